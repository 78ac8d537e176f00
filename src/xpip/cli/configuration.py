"""Configuration files and the `PIP_*` and `XPIP_*` variables, as layers of settings.

Names of pip's files and their order are those of pip:
https://pip.pypa.io/en/stable/topics/configuration/
"""

from __future__ import annotations

import os
import sys

from xpip.cli.project_settings import ProjectFile, Setting, find_project_file, read_named_file
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
GLOBAL, USER, SITE, NAMED = "global", "user", "site", "env"
"""Kinds of pip's files, weakest first, as `pip config` calls them."""

FALSE_WORDS = ("", "n", "no", "f", "false", "off", "0")


class Sources(NamedTuple):
    """Where configuration can come from."""

    environ: Mapping[str, str]
    cwd: str
    prefix: str
    """Environment that xpip runs in."""
    global_file: str
    """pip's configuration file for the whole machine."""
    project: str = ""
    """Absolute folder where the search for a project's settings begins; empty: the current one."""
    config_file: str = ""
    """Of `--config-file`, as written: takes the place of the project's settings."""
    no_project: bool = False
    """`--no-config`: the project's settings do not count."""

    @property
    def home(self) -> str:
        """The user's home folder, empty when `HOME` is not set."""
        return self.environ.get("HOME", "")


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
    project: ProjectFile | None = None
    """The project's own settings, or the file of `--config-file`."""


def read_configuration(sources: Sources, command: str, *, isolated: bool) -> Configuration:
    """Read the files and variables that count for a command.

    Args:
        isolated: Leave out variables, the user's files and the project's settings, as `--isolated`
            asks for.

    Raises:
        XpipError: A file is not in the form of configuration files.
    """
    warnings: list[str] = []
    own = {} if isolated else from_variables(sources.environ, "XPIP_")
    if "isolated" in own and own["isolated"].value.strip().lower() not in FALSE_WORDS:
        isolated, own = True, {}
    sources = _with_variables(sources, own)
    files = _looked_at(pip_files(sources, isolated=isolated), sources, warnings)
    layers = _from_files(files, command, warnings)
    project, looked_at = _project_file(sources, warnings, isolated=isolated)
    if project is not None:
        layers.append((project.general, False))
        layers.append((project.by_command.get(command, {}), False))
    if not isolated:
        layers.append((from_variables(sources.environ, "PIP_"), True))
        layers.append((own, False))
    prefixed = (name for name in sources.environ if name.startswith(("PIP_", "XPIP_")))
    variables = tuple(sorted({*CONFIGURATION_VARIABLES, *prefixed}))
    return Configuration(tuple(layers), files + looked_at, variables, tuple(warnings), project)


def pip_files(sources: Sources, *, isolated: bool) -> dict[str, tuple[str, ...]]:
    """Return pip's files by kind, weakest first; a kind that does not count is left out.

    With `PIP_CONFIG_FILE=/dev/null` they are named all the same, though none is read then.
    """
    environ = sources.environ
    folders = _global_folders(environ.get("XDG_CONFIG_DIRS", ""))
    machine = [f"{folder}/pip/pip.conf" for folder in folders if folder]
    files = {GLOBAL: (*machine, sources.global_file)}
    named = environ.get("PIP_CONFIG_FILE")
    named_exists = bool(named) and os.path.exists(os.path.join(sources.cwd, str(named)))
    if not isolated and not named_exists and sources.home:
        files[USER] = (f"{sources.home}/.pip/pip.conf", _user_file(sources))
    files[SITE] = (site_file(sources),)
    files[NAMED] = (named,) if named else ()
    return files


def site_file(sources: Sources) -> str:
    """Return the file of the active environment, else of the one that xpip runs in."""
    return f"{sources.environ.get('VIRTUAL_ENV') or sources.prefix}/pip.conf"


def are_files_off(sources: Sources) -> bool:
    """Say whether `PIP_CONFIG_FILE` switches pip's files off."""
    return sources.environ.get("PIP_CONFIG_FILE") == os.devnull


def read_pip_file(path: str) -> dict[str, dict[str, str]] | None:
    """Return section -> key -> value of one of pip's files, None when it does not exist.

    Raises:
        XpipError: It cannot be read or understood.
    """
    data = read_optional_document(path)
    return None if data is None else _parse(data, path)


def from_variables(environ: Mapping[str, str], prefix: str) -> dict[str, Setting]:
    """Return what variables with a prefix say, in the order of the variables; empty ones do not.

    Raises:
        UsageError: `XPIP_CACHE_DIR` is empty.
    """
    settings = {}
    for name, value in environ.items():
        if not name.startswith(prefix):
            continue
        if value:
            key = name[len(prefix) :].lower().replace("_", "-")
            settings[key] = Setting(value, f"the variable `{name}`")
        elif name == "XPIP_CACHE_DIR":
            # Nearly always `XPIP_CACHE_DIR=$UNSET`; a cache elsewhere than meant can fill a disk.
            raise UsageError(
                f"the variable `{name}` is empty",
                hints=("unset it for the default, or set `XPIP_NO_CACHE_DIR=1`",),
            )
    return settings


def _with_variables(sources: Sources, own: Mapping[str, Setting]) -> Sources:
    """Return the sources with what `XPIP_CONFIG_FILE` and `XPIP_NO_CONFIG` say of files."""
    if not sources.config_file and "config-file" in own:
        sources = sources._replace(config_file=own["config-file"].value)
    off = own.get("no-config")
    if off is not None and off.value.strip().lower() not in FALSE_WORDS:
        sources = sources._replace(no_project=True)
    return sources


def _project_file(
    sources: Sources, warnings: list[str], *, isolated: bool
) -> tuple[ProjectFile | None, tuple[str, ...]]:
    if sources.config_file:
        path = os.path.normpath(os.path.join(sources.cwd, sources.config_file))
        return read_named_file(path), (path,)
    if isolated or sources.no_project:
        return None, ()
    found = find_project_file(sources.project or sources.cwd)
    warnings.extend(found.warnings)
    return found.file, found.consulted


def _looked_at(
    files: Mapping[str, tuple[str, ...]], sources: Sources, warnings: list[str]
) -> tuple[str, ...]:
    """Return the absolute paths of the files to look for, weakest first."""
    if are_files_off(sources):
        return ()
    for named in files.get(NAMED, ()):
        path = os.path.join(sources.cwd, named)
        if not os.path.exists(path):
            warnings.append(f"`PIP_CONFIG_FILE` names `{path}`, which does not exist")
    return tuple(
        os.path.normpath(os.path.join(sources.cwd, file))
        for kind in files.values()
        for file in kind
    )


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
            sections = read_pip_file(path)
        except UsageError:
            raise
        except XpipError as error:
            # As in pip: a file of somebody else must not keep this user from working.
            warnings.append(f"the configuration file {error.summary}")
            continue
        if sections is None:
            continue
        for section, settings in zip(("global", command), merged, strict=True):
            for key, value in sections.get(section, {}).items():
                source = f"`{key}` in section `[{section}]` of `{path}`"
                settings[key] = Setting(value, source)
    # As in pip, an empty value takes back one of a weaker file.
    return [
        ({key: setting for key, setting in settings.items() if setting.value}, True)
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
