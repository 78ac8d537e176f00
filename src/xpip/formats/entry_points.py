"""entry_points.txt: the scripts a distribution wants to have made.

Names become file names next to the interpreter, and objects become source code, so both are held
to what they may be (reliability.md 2.1: five installers have had holes here).
"""

from __future__ import annotations

from xpip.errors import IntegrityError
from xpip.model.records import NamedTuple

MAXIMUM_NAME_LENGTH = 200
"""Bytes; file systems stop at 255, and Windows launchers add a suffix."""
_FORBIDDEN = frozenset('/\\:*?"<>|')
_SCRIPT_GROUPS = ("console_scripts", "gui_scripts")


class EntryPoints(NamedTuple):
    """The scripts to be made: (name, `module:object`), in file order."""

    console_scripts: tuple[tuple[str, str], ...] = ()
    gui_scripts: tuple[tuple[str, str], ...] = ()


def parse_entry_points(text: str, owner: str) -> EntryPoints:
    """Return the scripts; other groups only have to be well formed.

    Args:
        owner: What the text is, for error messages.

    Raises:
        IntegrityError: The file cannot be read, or a script's name or object is not one.

    Spec: https://packaging.python.org/en/latest/specifications/entry-points/#file-format
    """
    groups = _parse_groups(text, owner)
    scripts = []
    for group in _SCRIPT_GROUPS:
        found = []
        for name, value in groups.get(group, {}).items():
            _ensure_name(name, owner)
            found.append((name, _object(value, name, owner)))
        scripts.append(tuple(found))
    return EntryPoints(*scripts)


def _parse_groups(text: str, owner: str) -> dict[str, dict[str, str]]:
    groups: dict[str, dict[str, str]] = {}
    points: dict[str, str] | None = None
    last = ""
    for number, raw in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        line = raw.strip()
        if not line or line[0] in "#;":
            continue
        if line[0] == "[" and line[-1] == "]":
            group = line[1:-1].strip()
            if group in groups:
                raise _damaged(owner, f"line {number} has the section `{_shown(group)}` again")
            points = groups[group] = {}
            last = ""
            continue
        if points is None:
            raise _damaged(owner, f"line {number} stands before the first section")
        if raw[0] in " \t" and last:
            # A value may go on in an indented line, as in every INI file.
            points[last] += "\n" + line
            continue
        name, equals, value = line.partition("=")
        last = name.strip()
        if not equals:
            raise _damaged(owner, f"line {number} has no `=`")
        if last in points:
            raise _damaged(owner, f"line {number} has the name `{_shown(last)}` again")
        points[last] = value.strip()
    return groups


def _ensure_name(name: str, owner: str) -> None:
    if not name or name.strip(".") == "" or name[0] == "~":
        reason = "is not a file name"
    elif len(name.encode("utf-8", "surrogatepass")) > MAXIMUM_NAME_LENGTH:
        reason = f"is longer than {MAXIMUM_NAME_LENGTH} bytes"
    elif not _FORBIDDEN.isdisjoint(name):
        reason = "is a path or has a character that file names may not have"
    elif not name.isprintable():
        reason = "has a character that cannot be seen"
    else:
        return
    raise _damaged(owner, f"the script name `{_shown(name)}` {reason}")


def _object(value: str, name: str, owner: str) -> str:
    """Return `module:object` without spaces and without the extras that old files add."""
    reference = value
    if reference.endswith("]") and "[" in reference:
        reference = reference[: reference.index("[")]
    module, colon, attribute = reference.partition(":")
    module, attribute = module.strip(), attribute.strip()
    if not colon or not all(
        part.isidentifier() for path in (module, attribute) for part in path.split(".")
    ):
        raise _damaged(
            owner, f"the script `{_shown(name)}` has no `module:object`: `{_shown(value)}`"
        )
    return f"{module}:{attribute}"


def _shown(text: str) -> str:
    """Return text as it may stand in a message: short, and nothing a terminal would act on."""
    return (ascii(text)[1:-1] if not text.isprintable() else text)[:100]


def _damaged(owner: str, reason: str) -> IntegrityError:
    return IntegrityError(f"`{owner}` cannot be used: {reason}")
