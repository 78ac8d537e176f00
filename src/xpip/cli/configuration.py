"""pip's configuration files and the `PIP_*` and `XPIP_*` variables, as layers of settings.

Names of files and their order are those of pip:
https://pip.pypa.io/en/stable/topics/configuration/
"""

from __future__ import annotations

import os
import sys

from xpip.documents import read_optional_document
from xpip.errors import UsageError, XpipError
from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

CONFIGURATION_VARIABLES = (
    "HOME",
    "PIP_CONFIG_FILE",
    "VIRTUAL_ENV",
    "XDG_CONFIG_DIRS",
    "XDG_CONFIG_HOME",
)

_FALSE = ("", "n", "no", "f", "false", "off", "0")
_WITHOUT_EFFECT = (
    "build-constraint", "root", "user",
)  # fmt: skip
"""Options of `pip install` that would change the result and that xpip does not have yet."""


class Sources(NamedTuple):
    """Where configuration can come from."""

    environ: Mapping[str, str]
    cwd: str
    prefix: str
    """Environment that xpip runs in."""
    global_file: str
    """pip's configuration file for the whole machine."""

    @property
    def home(self) -> str:
        """The user's home folder, empty when `HOME` is not set."""
        return self.environ.get("HOME", "")


Setting = tuple[str, str]
"""A value, never empty, and where it stands, as messages name that."""

Layer = tuple[dict[str, Setting], bool]
"""Settings of one strength by long option without hyphens, and whether pip's rules for the values
of flags count."""


class Configuration(NamedTuple):
    """Everything that was configured."""

    layers: tuple[Layer, ...]
    """Weakest first."""
    consulted: tuple[str, ...]
    """Absolute paths of the files that were read or looked for in vain."""
    variables: tuple[str, ...]
    """Names of the variables that were looked at, set or not."""
    warnings: tuple[str, ...]


def read_configuration(sources: Sources, command: str, *, isolated: bool) -> Configuration:
    """Read the files and variables that count for a command.

    Args:
        isolated: Leave out variables and the user's files, as `--isolated` asks for.

    Raises:
        UsageError: A file is not in the form of configuration files.
    """
    warnings: list[str] = []
    own = {} if isolated else _from_variables(sources.environ, "XPIP_")
    if "isolated" in own and own["isolated"][0].strip().lower() not in _FALSE:
        isolated, own = True, {}
    consulted = _files(sources, warnings, isolated=isolated)
    layers = _from_files(consulted, command, warnings)
    if not isolated:
        layers.append((_from_variables(sources.environ, "PIP_"), True))
        layers.append((own, False))
    if command == "install":
        for settings, _ in layers:
            warnings.extend(_without_effect(settings))
    prefixed = (name for name in sources.environ if name.startswith(("PIP_", "XPIP_")))
    variables = tuple(sorted({*CONFIGURATION_VARIABLES, *prefixed}))
    return Configuration(tuple(layers), consulted, variables, tuple(warnings))


def _files(sources: Sources, warnings: list[str], *, isolated: bool) -> tuple[str, ...]:
    """Return the files to look for, weakest first."""
    environ = sources.environ
    named = environ.get("PIP_CONFIG_FILE")
    if named == os.devnull:
        return ()
    files = [
        f"{folder}/pip/pip.conf"
        for folder in _global_folders(environ.get("XDG_CONFIG_DIRS", ""))
        if folder
    ]
    files.append(sources.global_file)
    named = named and os.path.join(sources.cwd, named)
    named_exists = bool(named) and os.path.exists(str(named))
    if not isolated and not named_exists and sources.home:
        files += [f"{sources.home}/.pip/pip.conf", _user_file(sources)]
    files.append(f"{environ.get('VIRTUAL_ENV') or sources.prefix}/pip.conf")
    if named:
        files.append(named)
        if not named_exists:
            warnings.append(f"`PIP_CONFIG_FILE` names `{named}`, which does not exist")
    return tuple(os.path.normpath(os.path.join(sources.cwd, file)) for file in files)


def _global_folders(configured: str) -> list[str]:
    if sys.platform == "darwin":
        return ["/Library/Application Support"]
    return (configured if configured.strip() else "/etc/xdg").split(os.pathsep)


def _user_file(sources: Sources) -> str:
    if sys.platform == "darwin":
        folder = f"{sources.home}/Library/Application Support/pip"
        if os.path.isdir(folder):
            return f"{folder}/pip.conf"
    above = sources.environ.get("XDG_CONFIG_HOME", "").strip() or f"{sources.home}/.config"
    return f"{above}/pip/pip.conf"


def _from_files(files: tuple[str, ...], command: str, warnings: list[str]) -> list[Layer]:
    """Return the `[global]` sections of all files, and over them the sections of the command."""
    merged: tuple[dict[str, Setting], dict[str, Setting]] = ({}, {})
    for path in files:
        try:
            data = read_optional_document(path)
        except XpipError as error:
            # As in pip: a file of somebody else must not keep this user from working.
            warnings.append(f"the configuration file {error.summary}")
            continue
        if data is None:
            continue
        sections = _parse(data, path)
        for section, settings in zip(("global", command), merged, strict=True):
            for key, value in sections.get(section, {}).items():
                settings[key] = value, f"`{key}` in section `[{section}]` of `{path}`"
    # As in pip, an empty value takes back one of a weaker file.
    return [
        ({key: setting for key, setting in settings.items() if setting[0]}, True)
        for settings in merged
    ]


def _parse(data: bytes, path: str) -> dict[str, dict[str, str]]:
    from xpip.formats.pip_conf import parse_pip_conf

    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{path}:{line}: the configuration file is not UTF-8") from error
    return parse_pip_conf(text, path)


def _from_variables(environ: Mapping[str, str], prefix: str) -> dict[str, Setting]:
    settings = {}
    for name, value in environ.items():
        if not name.startswith(prefix):
            continue
        if value:
            key = name[len(prefix) :].lower().replace("_", "-")
            settings[key] = value, f"the variable `{name}`"
        elif name == "XPIP_CACHE_DIR":
            # Nearly always `XPIP_CACHE_DIR=$UNSET`; a cache elsewhere than meant can fill a disk.
            raise UsageError(
                f"the variable `{name}` is empty",
                hints=("unset it for the default, or set `XPIP_NO_CACHE_DIR=1`",),
            )
    return settings


def _without_effect(settings: Mapping[str, Setting]) -> list[str]:
    return [
        f"{settings[key][1]} has no effect: xpip does not have this option yet"
        for key in _WITHOUT_EFFECT
        if key in settings and settings[key][0].strip().lower() not in _FALSE
    ]
