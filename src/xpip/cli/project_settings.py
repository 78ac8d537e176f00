"""What a project says about xpip: `xpip.toml`, or `[tool.xpip]` in its `pyproject.toml`.

Keys are long options without hyphens; a table named after a command holds for that command alone.
Unlike pip's files these are xpip's own, so a key that no command knows is an error.
"""

from __future__ import annotations

import os

from xpip.documents import read_optional_document
from xpip.errors import UsageError, XpipError
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.urls import redact_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

OWN_FILE = "xpip.toml"
SHARED_FILE = "pyproject.toml"
_TABLE = "tool.xpip"


class Setting(NamedTuple):
    """A value, never empty, and where it stands."""

    value: str
    source: str
    """As messages name it."""
    folder: str = ""
    """Absolute folder that relative paths of the value start from; empty for the current one."""
    parts: tuple[str, ...] | None = None
    """The elements of a list; None where the text has to be split."""


class ProjectFile(NamedTuple):
    """What one file says."""

    path: str
    general: dict[str, Setting]
    """By long option without hyphens."""
    by_command: dict[str, dict[str, Setting]]


class Found(NamedTuple):
    """The file that counts, and what was looked at to find it."""

    file: ProjectFile | None
    consulted: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def find_project_file(start: str) -> Found:
    """Return the settings of the nearest folder that has some, from `start` upwards.

    In one folder `xpip.toml` counts and `pyproject.toml` does not.

    Args:
        start: Absolute folder.

    Raises:
        XpipError: A file cannot be read or is not in the right form.
    """
    consulted: list[str] = []
    warnings: list[str] = []
    for folder in _upwards(start):
        for name in (OWN_FILE, SHARED_FILE):
            path = f"{folder.rstrip('/')}/{name}"
            consulted.append(path)
            file = _read(path)
            if file is None:
                continue
            if folder != start and _is_foreign(path, start):
                warnings.append(
                    f"ignoring `{path}`, which belongs to another user:"
                    f" `--config-file {path}` reads it"
                )
                continue
            return Found(file, tuple(consulted), tuple(warnings))
    return Found(None, tuple(consulted), tuple(warnings))


def read_named_file(path: str) -> ProjectFile:
    """Return what the file of `--config-file` says.

    Args:
        path: Absolute.

    Raises:
        XpipError: It does not exist or is not in the right form.
    """
    file = _read(path, is_named=True)
    if file is None:
        raise UsageError(f"the configuration file `{path}` does not exist")
    return file


def _upwards(folder: str) -> Iterator[str]:
    while True:
        yield folder
        above = os.path.dirname(folder)
        if above == folder:
            return
        folder = above


def _is_foreign(path: str, start: str) -> bool:
    """Say whether a file above the current folder is of somebody who has no say here.

    Otherwise whoever can write to `/tmp` would choose the index of all who work below it.
    """
    try:
        owner = os.stat(path).st_uid
        return owner not in (0, os.geteuid(), os.stat(start).st_uid)
    except (OSError, AttributeError):
        return False


def _read(path: str, *, is_named: bool = False) -> ProjectFile | None:
    """Return what a file says, None when there is none or it says nothing of xpip."""
    data = read_optional_document(path)
    if data is None:
        return None
    name = os.path.basename(path)
    if name == SHARED_FILE and b"xpip" not in data:
        return None
    from xpip.formats.toml_text import parse_toml

    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{path}:{line}: the configuration file is not UTF-8") from error
    try:
        table: Any = parse_toml(text, path)
    except XpipError as error:
        if name == SHARED_FILE and not is_named and "tool.xpip" not in text:
            # It mentions xpip elsewhere; whoever reads the project itself will complain.
            return None
        raise UsageError(error.summary) from error
    if name == SHARED_FILE:
        for part in _TABLE.split("."):
            table = table.get(part) if isinstance(table, dict) else None
        if table is None:
            return None
        if not isinstance(table, dict):
            raise UsageError(f"`{_TABLE}` of `{path}` is not a table")
    return _file(table, path, f"{_TABLE}." if name == SHARED_FILE else "")


def _file(table: dict[str, Any], path: str, above: str) -> ProjectFile:
    general: dict[str, Setting] = {}
    by_command: dict[str, dict[str, Setting]] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            own = by_command.setdefault(key, {})
            for inner, content in value.items():
                _add(own, inner, content, (path, f"{above}{key}.{inner}"))
        else:
            _add(general, key, value, (path, above + key))
    return ProjectFile(path, general, by_command)


def _add(settings: dict[str, Setting], key: str, value: Any, place: tuple[str, str]) -> None:
    path, shown = place
    source = f"`{shown}` of `{path}`"
    name = key.lower().replace("_", "-")
    if name in settings:
        raise UsageError(f"{source} is given twice")
    folder = os.path.dirname(path)
    if isinstance(value, list):
        if not all(isinstance(part, str) and part for part in value):
            raise UsageError(f"{source} is not a list of texts")
        settings[name] = Setting("\n".join(value), source, folder, tuple(value))
        return
    if isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, (str, int, float)):
        text = str(value)
    else:
        raise UsageError(f"{source} is neither a text, a number, a boolean nor a list of texts")
    # A text is one value here, blanks and all; several are written as a list.
    settings[name] = Setting(text, source, folder, (text,) if text else ())


def ensure_known(file: ProjectFile, tables: Mapping[str, frozenset[str]]) -> None:
    """Refuse keys that no command knows: they would be typing errors that nobody notices.

    Args:
        tables: Command -> keys that it accepts.

    Raises:
        UsageError: Names the first such key, its file and the closest known one.
    """
    from xpip.formats.option_table import closest

    everywhere = frozenset().union(*tables.values())
    for key, setting in file.general.items():
        if key not in everywhere:
            raise _unknown(setting.source, closest(key, sorted((*everywhere, *tables))))
    for command, settings in file.by_command.items():
        if command not in tables:
            near = closest(command, sorted(tables))
            raise _unknown(f"the table `{redact_text(command)}` of `{file.path}`", near)
        for key, setting in settings.items():
            if key not in tables[command]:
                raise _unknown(setting.source, closest(key, sorted(tables[command])))


def _unknown(source: str, near: str | None) -> UsageError:
    hint = f"`{near}` is the closest known one" if near else "keys are options without hyphens"
    return UsageError(f"{source} is no setting of xpip", hints=(hint,))
