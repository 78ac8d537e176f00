"""What a project says to pip-tools: `[tool.pip-tools]` in `.pip-tools.toml` or `pyproject.toml`.

It holds for `compile` and `sync`, so that a project which moves from pip-tools keeps its choices;
`[tool.xpip]` and pip's files are weaker, variables and the command line are stronger.
"""

from __future__ import annotations

import os

from xpip.cli.project_settings import Setting
from xpip.documents import read_document, read_optional_document
from xpip.errors import UsageError
from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

OWN_FILE = ".pip-tools.toml"
SHARED_FILE = "pyproject.toml"
COMMANDS = ("compile", "sync")
_SOURCES = "src-files"


class PipToolsSettings(NamedTuple):
    """What one file says to one command."""

    path: str = ""
    """As messages name it; empty when no file says anything."""
    layer: dict[str, Setting] = {}  # noqa: RUF012 - no caller changes it
    """By long option without hyphens."""
    sources: tuple[str, ...] = ()
    """What to compile where the command line names nothing; relative to the current folder."""
    consulted: tuple[str, ...] = ()
    """Absolute paths of the files that were looked for."""


def find_pip_tools(
    command: str, named: str, positionals: Sequence[str], cwd: str
) -> PipToolsSettings:
    """Return what the file of `--config` says, else the one beside the sources.

    Args:
        named: Value of `--config`; empty for none.

    Raises:
        XpipError: The file cannot be read, or says something that is no option.
    """
    if named:
        path = os.path.normpath(os.path.join(cwd, named))
        data = read_document(path, "configuration file")
        return _parse(data, named, path, command)._replace(consulted=(path,))
    folders = dict.fromkeys(os.path.dirname(name) for name in positionals if name != "-")
    consulted: list[str] = []
    for folder in folders or [""]:
        for name in (OWN_FILE, SHARED_FILE):
            path = os.path.normpath(os.path.join(cwd, folder, name))
            consulted.append(path)
            content = read_optional_document(path)
            if content is not None and b"pip-tools" in content:
                found = _parse(content, os.path.join(folder, name), path, command)
                if found.path:
                    return found._replace(consulted=tuple(consulted))
    return PipToolsSettings(consulted=tuple(consulted))


def ensure_pip_tools_known(found: PipToolsSettings) -> None:
    """Refuse keys that neither `compile` nor `sync` has an option for.

    Raises:
        UsageError: There is one.
    """
    from xpip.cli.arguments import command_module, command_names
    from xpip.cli.options.shared import SHARED
    from xpip.formats.option_table import OptionTable

    present = command_names()
    tables = [
        OptionTable((*command_module(name).GROUPS, *SHARED)) for name in COMMANDS if name in present
    ]
    known = {name[2:] for table in tables for option in table.options for name in option.names}
    for key in found.layer:
        if key not in known:
            raise UsageError(f"`{key}` in `[tool.pip-tools]` of `{found.path}` is no option")


def _parse(data: bytes, shown: str, path: str, command: str) -> PipToolsSettings:
    from xpip.formats.toml_text import parse_toml

    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{shown}:{line}: the configuration file is not UTF-8") from error
    tables = parse_toml(text, shown)
    above = tables.get("tool")
    table = above.get("pip-tools") if isinstance(above, dict) else None
    if not isinstance(table, dict):
        return PipToolsSettings()
    merged = {key: value for key, value in table.items() if key not in COMMANDS}
    own = table.get(command, {})
    if not isinstance(own, dict):
        raise UsageError(f"`tool.pip-tools.{command}` of `{shown}` is not a table")
    merged.update(own)
    layer: dict[str, Setting] = {}
    sources: tuple[str, ...] = ()
    for written, value in merged.items():
        key = written.replace("_", "-")
        setting = _setting(value, f"`{written}` of `{shown}`", os.path.dirname(path))
        if key == _SOURCES:
            folder = os.path.dirname(shown)
            sources = tuple(os.path.join(folder, one) for one in setting.parts or (setting.value,))
        elif setting.value:
            layer[key] = setting
    # Whoever has such a file expects pip-compile's choice of an output, which this option of its
    # own brings with it.
    layer.setdefault("reuse-hashes", Setting("true", shown))
    return PipToolsSettings(shown, layer, sources)


def _setting(value: Any, source: str, folder: str) -> Setting:
    if isinstance(value, bool):
        return Setting("true" if value else "false", source, folder)
    if isinstance(value, (str, int)):
        return Setting(str(value), source, folder)
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return Setting(" ".join(value), source, folder, tuple(value))
    raise UsageError(f"{source} is not a text, a number, true, false or a list of texts")
