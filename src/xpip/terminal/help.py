"""Help texts: what commands there are, and what one of them accepts."""

from __future__ import annotations

from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Rows = Sequence[tuple[str, str]]
    """(what to write, what it does)."""
    Groups = Iterable[tuple[str, Rows]]
    """(title, rows)."""

_INDENT = 2
_GAP = 2
_LEFT_LIMIT = 24
"""Letters; what is longer stands on a line of its own."""
_SMALLEST = 40
_LARGEST = 100


def overview(commands: Rows, groups: Groups, width: int = 80) -> list[str]:
    """Return the lines of `xpip help`.

    Args:
        width: Letters a line may have.
    """
    lines = ["Usage: xpip COMMAND [OPTIONS] [ARGUMENTS]", "", "Commands:"]
    lines += _rows(commands, width, max(len(name) for name, _ in commands))
    lines += _groups(groups, width)
    return [*lines, "", "`xpip help COMMAND` shows what a command accepts."]


def command_help(name: str, summary: str, usage: str, groups: Groups, width: int = 80) -> list[str]:
    """Return the lines of `xpip help NAME`.

    Args:
        usage: The arguments of the command; empty for none.
        width: Letters a line may have.
    """
    start = f"Usage: xpip {name} [OPTIONS]"
    usage_lines = _wrapped(usage, len("Usage: "), width)
    if len(start) + 1 + len(usage) <= width:
        usage_lines = [f"{start} {usage}".rstrip()]
    else:
        usage_lines.insert(0, start)
    return [*usage_lines, "", *_wrapped(summary, 0, width), *_groups(groups, width)]


def _groups(groups: Groups, width: int) -> list[str]:
    lines = []
    for title, rows in groups:
        if rows:
            fitting = [len(left) for left, _ in rows if len(left) <= _LEFT_LIMIT]
            lines += ["", f"{title}:", *_rows(rows, width, max(fitting, default=_LEFT_LIMIT))]
    return lines


def _rows(rows: Rows, width: int, left_width: int) -> list[str]:
    lines = []
    start = _INDENT + left_width + _GAP
    for left, right in rows:
        explained = _wrapped(right, start, width)
        if len(left) <= left_width:
            head = " " * _INDENT + left
            explained[0] = head.ljust(start) + explained[0].lstrip()
        else:
            lines.append(" " * _INDENT + left)
        lines += explained
    return lines


def _wrapped(text: str, indent: int, width: int) -> list[str]:
    """Return text in lines that start after `indent` spaces; at least one line."""
    room = max(min(width, _LARGEST), _SMALLEST + indent) - indent
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".lstrip()
        if len(longer) <= room or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return [" " * indent + line for line in lines]
