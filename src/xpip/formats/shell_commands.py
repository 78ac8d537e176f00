"""Simple commands of shell text, found without running or fully parsing it.

Whatever a shell might expand stays as it is written. What is not understood is passed over: the
text belongs to somebody else and may be for any shell.
"""

from __future__ import annotations

from xpip.model.records import NamedTuple

_BLANKS = " \t\r"
_ENDS = "\n;&|(){}`"
_WRAPPERS = frozenset(
    (
        "sudo",
        "exec",
        "time",
        "command",
        "env",
        "nice",
        "nohup",
        "then",
        "do",
        "else",
        "if",
        "!",
        "&&",
    )
)


class ShellCommand(NamedTuple):
    """One simple command."""

    line: int
    """Where it begins, from 1."""
    words: tuple[str, ...]
    """Without quotes, without what stands before the program."""
    assignments: tuple[tuple[int, str, str], ...] = ()
    """`NAME=VALUE` before the program as (line, name, value); of `export` too."""


def shell_commands(text: str, first_line: int = 1) -> tuple[ShellCommand, ...]:
    """Return the simple commands of a text in the order written."""
    found: list[ShellCommand] = []
    words: list[tuple[int, str]] = []
    line = first_line
    position = 0
    while position < len(text):
        sign = text[position]
        if sign == "\\" and text[position + 1 : position + 2] == "\n":
            line, position = line + 1, position + 2
        elif sign in _BLANKS:
            position += 1
        elif sign in _ENDS:
            _finish(words, found)
            line += sign == "\n"
            position += 1
        elif sign == "#":
            end = text.find("\n", position)
            position = len(text) if end < 0 else end
        else:
            word, end = _word(text, position)
            words.append((line, word))
            line += text.count("\n", position, end)
            position = end
    _finish(words, found)
    return tuple(found)


def _word(text: str, start: int) -> tuple[str, int]:
    """Return the word that begins at a position, without quotes, and where it ends."""
    parts: list[str] = []
    position = start
    while position < len(text):
        sign = text[position]
        if sign == "\\":
            if text[position + 1 : position + 2] != "\n":
                parts.append(text[position + 1 : position + 2])
            position += 2
        elif sign in "'\"":
            end = _closing(text, position)
            parts.append(text[position + 1 : end])
            position = end + 1
        elif text.startswith(("${", "$(", "${{"), position):
            end = _expansion_end(text, position)
            parts.append(text[position:end])
            position = end
        elif sign in _BLANKS or sign in _ENDS:
            break
        else:
            parts.append(sign)
            position += 1
    return "".join(parts), position


def _closing(text: str, start: int) -> int:
    """Return where the quote that begins somewhere ends, the end of the text without one."""
    quote = text[start]
    position = start + 1
    while position < len(text) and text[position] != quote:
        position += 2 if text[position] == "\\" and quote == '"' else 1
    return min(position, len(text))


def _expansion_end(text: str, start: int) -> int:
    opening = text[start + 1]
    closing = "}" if opening == "{" else ")"
    depth = 0
    for position in range(start + 1, len(text)):
        if text[position] == "\n":
            return position
        depth += (text[position] == opening) - (text[position] == closing)
        if depth == 0:
            return position + 1
    return len(text)


def _finish(words: list[tuple[int, str]], found: list[ShellCommand]) -> None:
    """Take the words that were collected as a command, if they are one."""
    if not words:
        return
    assignments: list[tuple[int, str, str]] = []
    rest = list(words)
    words.clear()
    exports = rest[0][1] == "export"
    if exports:
        del rest[0]
    while rest and (_is_assignment(rest[0][1]) or rest[0][1] in _WRAPPERS):
        line, word = rest.pop(0)
        name, equals, value = word.partition("=")
        if equals:
            assignments.append((line, name, value))
        while rest and not equals and rest[0][1].startswith("-"):
            del rest[0]
    program = () if exports else tuple(word for _, word in rest)
    begin = rest[0][0] if rest else assignments[0][0] if assignments else 0
    found.append(ShellCommand(begin, program, tuple(assignments)))


def _is_assignment(word: str) -> bool:
    name, equals, _ = word.partition("=")
    return bool(equals) and name.isidentifier() and name.isascii()
