"""Show what is configured and where, and change pip's configuration files."""

from __future__ import annotations

import os

from xpip.cli.arguments import command_module, command_names
from xpip.cli.configuration import (
    NAMED,
    SITE,
    USER,
    are_files_off,
    from_variables,
    pip_files,
    read_configuration,
    read_pip_file,
    site_file,
)
from xpip.cli.options.shared import SHARED
from xpip.cli.pip_spellings import PIP_SPELLINGS
from xpip.documents import make_folders, read_optional_document, write_document
from xpip.errors import UsageError, XpipError
from xpip.formats.option_table import LIST, OptionTable
from xpip.formats.pip_conf import normalized_key, with_value, without_value
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.urls import HIDDEN, redact_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xpip.cli.configuration import Configuration, Sources
    from xpip.cli.options.config import ConfigOptions
    from xpip.cli.project_settings import Setting
    from xpip.cli.settings import Settings
    from xpip.terminal.console import Console

_ENVIRONMENT = ":env:"
"""As which section pip shows its variables."""
_IGNORED_VARIABLES = ("PIP_VERSION", "PIP_HELP")
_OWN_ENVIRONMENT = ":xpip-env:"
_PROJECT = ":project:"
_SHOWN_FOR = "install"
"""The command whose settings `debug` shows in full."""


class _Loaded(NamedTuple):
    """What pip's files say, as far as they were asked for."""

    files: dict[str, tuple[str, ...]]
    """All by kind, absolute."""
    values: dict[str, dict[str, str]]
    """Path of a file that was read -> `section.key` -> value."""
    kinds: dict[str, str]
    """Path of a file that was read -> its kind."""


def run(options: ConfigOptions, settings: Settings, console: Console) -> int:
    """Do what was asked for."""
    sources = settings.configuration
    if sources is None:
        raise UsageError("there is no configuration to look at")
    kind = options.kind
    if not kind and options.action in ("get", "set", "unset", "edit"):
        kind = SITE if os.path.exists(site_file(sources)) else USER
    if options.action == "list":
        _tell_all(_load(sources, kind, settings), settings, console)
    elif options.action == "debug":
        _tell_sources(_load(sources, kind, settings), settings, console)
    elif options.action == "get":
        console.out(_get(options.key, _load(sources, kind, settings), settings))
    elif options.action == "edit":
        _edit(_file_to_change(sources, kind, settings, console), options, settings)
    else:
        _change(options, kind, settings, console)
    return 0


# --- reading ------------------------------------------------------------


def _load(sources: Sources, kind: str, settings: Settings) -> _Loaded:
    """Read pip's files.

    Args:
        kind: Read those of this kind only; all when empty.
    """
    named = pip_files(sources, isolated=settings.isolated)
    files = {
        one: tuple(os.path.join(sources.cwd, path) for path in paths)
        for one, paths in named.items()
    }
    values: dict[str, dict[str, str]] = {}
    kinds: dict[str, str] = {}
    if are_files_off(sources):
        return _Loaded(files, values, kinds)
    for one, paths in files.items():
        # The file of `PIP_CONFIG_FILE` stands in for the user's.
        if kind and one != kind and not (one == NAMED and kind == USER):
            continue
        for path in paths:
            sections = read_pip_file(path)
            if sections is not None:
                values[path] = {
                    f"{section}.{key}": value
                    for section, content in sections.items()
                    for key, value in content.items()
                }
                kinds[path] = one
    return _Loaded(files, values, kinds)


def _pip_variables(settings: Settings) -> dict[str, str]:
    """Return the variables that pip takes for settings; empty values count here."""
    if settings.isolated:
        return {}
    return {
        name: value
        for name, value in settings.environ.items()
        if name.startswith("PIP_") and f"PIP_{name[4:].upper()}" not in _IGNORED_VARIABLES
    }


def _key_of(variable: str, prefix: str) -> str:
    return variable[len(prefix) :].lower().replace("_", "-")


def _get(written: str, loaded: _Loaded, settings: Settings) -> str:
    """Return a value as it stands, secrets and all: that is what was asked for.

    Raises:
        XpipError: There is none.
    """
    key = normalized_key(written)
    values = {key: value for content in loaded.values.values() for key, value in content.items()}
    for name, value in _pip_variables(settings).items():
        values[f"{_ENVIRONMENT}.{_key_of(name, 'PIP_')}"] = value
    if key not in values:
        _split(key)
        raise _no_such_key(written)
    return values[key]


def _split(key: str) -> tuple[str, str]:
    section, dot, name = key.partition(".")
    if not dot or not section or not name:
        raise XpipError(
            f"the key `{redact_text(key)}` has no section",
            hints=(f"`global.{redact_text(key)}` holds for all commands",),
        )
    return section, name


def _no_such_key(written: str) -> XpipError:
    return XpipError(f"there is no key `{redact_text(written)}`")


# --- telling ------------------------------------------------------------


def _tell_all(loaded: _Loaded, settings: Settings, console: Console) -> None:
    """Write pip's list, then what is configured for xpip alone, in the same form."""
    rows: list[tuple[str, str, str]] = []
    by_place = dict(loaded.values)
    by_place[_ENVIRONMENT] = {
        f"{_ENVIRONMENT}.{_key_of(name, 'PIP_')}": value
        for name, value in _pip_variables(settings).items()
    }
    for place in sorted(by_place):
        where = "variable" if place == _ENVIRONMENT else place
        rows += [(key, value, where) for key, value in sorted(by_place[place].items())]
    configuration = _configuration(settings, _SHOWN_FOR)
    if configuration.project is not None:
        rows += [
            (f"{_PROJECT}.{key}", setting.value, configuration.project.path)
            for key, setting in _project_rows(configuration)
        ]
    rows += [
        (f"{_OWN_ENVIRONMENT}.{_key_of(name, 'XPIP_')}", value, "variable")
        for name, value in _own_variables(settings)
    ]
    for key, value, where in rows:
        origin = f"  # {where}" if console.verbosity > 0 else ""
        console.out(f"{key}={_shown(value)!r}{origin}")


def _shown(value: str) -> str:
    """Return a value without passwords; that of a proxy may stand without a scheme."""
    return "\n".join(
        " ".join(_shown_word(word) for word in line.split(" ")) for line in value.split("\n")
    )


def _shown_word(word: str) -> str:
    user, at, host = word.rpartition("@")
    if at and ":" in user and "://" not in word:
        return f"{HIDDEN}@{host}"
    return redact_text(word)


def _tell_sources(loaded: _Loaded, settings: Settings, console: Console) -> None:
    """Write where pip looks, where xpip looks besides, and what it comes to."""
    console.out("env_var:")
    for name, value in sorted(
        (f"PIP_{n[4:].upper()}", v) for n, v in _pip_variables(settings).items()
    ):
        console.out(f"  {name}={_shown(value)!r}")
    for kind in sorted(loaded.files):
        console.out(f"{kind}:")
        for path in loaded.files[kind]:
            exists = os.path.exists(path)
            console.out(f"  {path}, exists: {exists}")
            for key, value in loaded.values.get(path, {}).items():
                if loaded.kinds[path] == kind:
                    shown = _shown(value).replace("\n", "\n    ")
                    console.out(f"    {key}: {shown}")
    console.out("xpip_env_var:")
    for name, value in _own_variables(settings):
        console.out(f"  {name}={_shown(value)!r}")
    configuration = _configuration(settings, _SHOWN_FOR)
    console.out("project:")
    if configuration.project is not None:
        console.out(f"  {configuration.project.path}, exists: True")
        for key, setting in _project_rows(configuration):
            console.out(f"    {key}: {_shown(setting.value)}")
    commands = [_SHOWN_FOR, *sorted(_with_own_section(loaded, configuration))]
    for command in dict.fromkeys(commands):
        _tell_effective(command, settings, console)


def _tell_effective(command: str, settings: Settings, console: Console) -> None:
    table = OptionTable((*command_module(command).GROUPS, *SHARED), PIP_SPELLINGS)
    effective: dict[str, list[Setting]] = {}
    unknown: list[Setting] = []
    names: dict[str, str] = {}
    for layer, is_pip in _configuration(settings, command).layers:
        for key, setting in layer.items():
            option = table.find(f"--{key}")
            if option is None or (is_pip and option.own):
                unknown.append(setting)
                continue
            # `timeout` and `default-timeout`, or `no-compile` and `compile`, are one value.
            place = option.destination or option.name
            if option.kind == LIST and option.marker:
                effective.setdefault(place, []).append(setting)
            else:
                effective[place] = [setting]
            names[place] = key
    console.out(f"effective for {command}:")
    for place in sorted(effective, key=lambda one: names[one]):
        for setting in effective[place]:
            value = " ".join(_shown(setting.value).split())
            console.out(f"  {names[place]}: {value}  ({redact_text(setting.source)})")
    if unknown and command == _SHOWN_FOR:
        console.out("not for install:")
        for setting in unknown:
            console.out(f"  {redact_text(setting.source)}")


def _configuration(settings: Settings, command: str) -> Configuration:
    sources = settings.configuration
    if sources is None:
        raise UsageError("there is no configuration to look at")
    return read_configuration(sources, command, isolated=settings.isolated)


def _project_rows(configuration: Configuration) -> Iterable[tuple[str, Setting]]:
    project = configuration.project
    if project is None:
        return
    for key, setting in sorted(project.general.items()):
        yield f"global.{key}", setting
    for command, settings in sorted(project.by_command.items()):
        for key, setting in sorted(settings.items()):
            yield f"{command}.{key}", setting


def _with_own_section(loaded: _Loaded, configuration: Configuration) -> set[str]:
    """Return the commands that some file speaks of."""
    named = {key.partition(".")[0] for content in loaded.values.values() for key in content}
    if configuration.project is not None:
        named |= configuration.project.by_command.keys()
    return named.intersection(command_names())


def _own_variables(settings: Settings) -> list[tuple[str, str]]:
    if settings.isolated:
        return []
    own = from_variables(settings.environ, "XPIP_")
    return sorted(
        (name, value)
        for name, value in settings.environ.items()
        if name.startswith("XPIP_") and _key_of(name, "XPIP_") in own
    )


# --- changing -----------------------------------------------------------


def _file_to_change(
    sources: Sources, kind: str, settings: Settings, console: Console, key: str = ""
) -> str:
    """Return the file that a change goes to: the strongest of its kind, or one that has the key.

    Raises:
        XpipError: There is none.
    """
    files = pip_files(sources, isolated=settings.isolated)
    named = sources.environ.get("PIP_CONFIG_FILE")
    if are_files_off(sources):
        raise XpipError(
            f"`PIP_CONFIG_FILE` is `{os.devnull}`, so that no configuration file counts",
            hints=("unset it first",),
        )
    if kind not in files:
        if named and kind == USER:
            console.warning(f"`PIP_CONFIG_FILE` is set: the change goes to `{named}`")
            return os.path.join(sources.cwd, named)
        raise XpipError(f"there is no configuration file of the kind `{kind}`: `HOME` is not set")
    paths = [os.path.join(sources.cwd, path) for path in files[kind]]
    section, _, name = key.partition(".")
    for path in reversed(paths) if key else ():
        if name in (read_pip_file(path) or {}).get(section, {}):
            return path
    return paths[-1]


def _change(options: ConfigOptions, kind: str, settings: Settings, console: Console) -> None:
    sources = settings.configuration
    if sources is None:
        raise UsageError("there is no configuration to look at")
    key = normalized_key(options.key)
    section, name = _split(key)
    is_removal = options.action == "unset"
    path = _file_to_change(sources, kind, settings, console, key if is_removal else "")
    text = _text(path)
    if is_removal:
        if name not in (read_pip_file(path) or {}).get(section, {}):
            raise _no_such_key(options.key)
        text = without_value(text, path, section, name)
    else:
        if not section.strip() or any(sign in section for sign in "[]\n"):
            raise XpipError(f"`{redact_text(section)}` cannot be the name of a section")
        if any(sign in name for sign in "=:\n#;") or not name.strip():
            raise XpipError(f"`{redact_text(name)}` cannot be the name of a key")
        text = with_value(text, path, section, name, options.value)
    make_folders(os.path.dirname(path))
    # Files of pip's configuration are often links into somebody's own repository.
    write_document(path, text.encode(), anywhere=True)
    console.say(f"Writing to {path}")


def _text(path: str) -> str:
    data = read_optional_document(path)
    read_pip_file(path)
    return (data or b"").decode("utf-8")


def _edit(path: str, options: ConfigOptions, settings: Settings) -> None:
    from shlex import split

    from xpip.process import run_in_foreground

    named = options.editor or settings.environ.get("VISUAL") or settings.environ.get("EDITOR")
    if not named:
        raise XpipError(
            "no editor is known",
            hints=("name one with `--editor`, or with the variable `EDITOR`",),
        )
    try:
        words = split(named)
    except ValueError as error:
        raise XpipError(f"the editor `{named}` cannot be split into words: {error}") from error
    make_folders(os.path.dirname(path))
    code = run_in_foreground((*words, path))
    if code:
        raise XpipError(f"`{words[0]}` ended with exit code {code}")
    # What was typed is looked at now and not by the next command.
    read_pip_file(path)
