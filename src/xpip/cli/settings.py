"""What the user has decided: command line, variables and pip's configuration files together.

This file is the only reader of variables. `docs/configuration.md` has the rules for users.
"""

from __future__ import annotations

import os
import sys

from xpip.cli.arguments import command_module, command_names, parse_arguments
from xpip.cli.configuration import Sources, read_configuration
from xpip.cli.network_settings import (
    VARIABLES,
    certificate_places,
    credentials_of_variables,
    hosts,
    network_options,
)
from xpip.cli.options.shared import SHARED
from xpip.cli.options.values import OptionValues
from xpip.cli.places import NamedIndex, Places, place, ties
from xpip.cli.policy import (
    PrereleaseChoices,
    binary_choices,
    binary_sets,
    make_policy,
    moves_with_time,
    prerelease_choices,
    project_names,
    with_prereleases,
)
from xpip.cli.store_settings import StoreOptions, store_options
from xpip.errors import UsageError
from xpip.formats.option_table import OptionTable
from xpip.model.options import IndexOptions, NetworkOptions, SelectionPolicy
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.urls import redact_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xpip.cli.arguments import CommandLine
    from xpip.cli.project_settings import ProjectFile, Setting
    from xpip.model.requirement import RequirementSources

DEFAULT_INDEX = "https://pypi.org/simple"
"""The only place that names PyPI."""

GLOBAL_FILE = "/etc/pip.conf"

_VARIABLES = (*VARIABLES, "NO_COLOR", "XDG_CACHE_HOME")
_MAXIMUM_VERBOSITY = 3
_FEATURES = (
    "fast-deps", "inprocess-build-deps", "venv-isolation", "truststore",
    "no-binary-enable-wheel-cache", "new-resolver", "2020-resolver",
    "no-pip-version-check", "build-constraint", "in-tree-build",
)  # fmt: skip
"""What `--use-feature` of pip names and xpip does anyway, or need not do."""
_DEPRECATED = {
    "legacy-resolver": "`--resolver backtracking` searches as pip does",
    "legacy-certs": "`--cert FILE` trusts the certificates of one file only",
}
"""Values of `--use-deprecated`, and what to use instead."""


class OutputOptions(NamedTuple):
    """How to talk to the user."""

    verbosity: int = 0
    """From -3 (`-qqq`) to 3 (`-vvv`)."""
    color: str = "auto"
    """`auto`, `always` or `never`."""
    progress: str = "auto"
    """`auto`, `on`, `off` or `raw`."""
    debug: bool = False
    timings: bool = False
    json_errors: bool = False
    log: str = ""
    """Absolute path of the file of `--log`; empty for none."""


class IndexSources(NamedTuple):
    """Where projects are looked for, before requirements files have their say."""

    index_url: str = DEFAULT_INDEX
    extra_index_urls: tuple[str, ...] = ()
    no_index: bool = False
    named: tuple[NamedIndex, ...] = ()
    """Those of `--index`, which come before all others."""


class Settings(NamedTuple):
    """Everything that was decided before the first file of requirements is read."""

    command: str
    options: tuple[object, ...]
    """The command's own: `InstallOptions`, `UninstallOptions` ... of `cli/options/`."""
    index_options: IndexOptions
    network: NetworkOptions
    policy: SelectionPolicy
    store: StoreOptions
    output: OutputOptions
    cwd: str
    """Absolute folder that relative paths start from."""
    now: float
    """Seconds since the epoch, the same for the whole command."""
    environ: Mapping[str, str]
    """All variables: for `${NAME}` in files and for finding the environment."""
    warnings: tuple[str, ...] = ()
    """One sentence each."""
    consulted: tuple[str, ...] = ()
    """Absolute paths of the configuration files that were read or looked for in vain."""
    variables: tuple[str, ...] = ()
    """Names of the variables that were looked at, set or not. A new `PIP_*` or `XPIP_*` variable
    could matter too."""
    index_sources: IndexSources = IndexSources()
    require_hashes: bool | None = None
    """What `--require-hashes` or `--no-require-hashes` said; None: the files decide."""
    binary_choices: tuple[tuple[str, str], ...] = ()
    """`--only-binary` and `--no-binary` in order: pairs of their name without hyphens and value."""
    prereleases: PrereleaseChoices = PrereleaseChoices()
    override_files: tuple[str, ...] = ()
    """As written; relative to the current folder."""
    excludes: tuple[str, ...] = ()
    """Names of projects, or of files that list them, as written."""
    argv: tuple[str, ...] = ()
    """The arguments that all this comes from, as `cli/main.py` got them."""
    configuration: Sources | None = None
    """Where the configuration came from; None for `help` and `--version`."""
    isolated: bool = False
    """`--isolated`: variables, the user's files and the project's settings did not count."""
    project: str = ""
    """Absolute folder of `--project`; empty when it was not given."""
    moves_with_time: bool = False
    """The same options mean something else at another time: a limit counts back from now."""
    is_moved: bool = False
    """`--directory` chose another folder than the one xpip was started in."""


def load_settings(
    argv: Sequence[str],
    environ: Mapping[str, str],
    cwd: str,
    now: float,
    prefix: str = sys.prefix,
    global_file: str = GLOBAL_FILE,
) -> Settings:
    """Return the settings of one command.

    Strongest first: command line, `XPIP_*`, `PIP_*`, the file of `PIP_CONFIG_FILE`, that of the
    virtual environment, of the user, of the machine; in files, `[command]` before `[global]`.

    Args:
        argv: Arguments after the program's name.
        prefix: Environment that xpip runs in; its `pip.conf` counts where none is active.
        global_file: pip's configuration file for the whole machine.

    Raises:
        UsageError: The command line, a variable or a file says something impossible.
    """
    line = parse_arguments(argv)
    if line.command in ("help", "version"):
        return _without_command(line, environ, cwd, now)
    folder = _folder(line, "--directory", environ, cwd) or cwd
    sources = Sources(
        environ,
        folder,
        prefix,
        global_file,
        _folder(line, "--project", environ, folder),
        _last(line, "--config-file"),
        no_project=any(use.option.name == "--no-config" for use in line.given),
    )
    isolated = any(use.option.destination == "isolated" for use in line.given)
    configuration = read_configuration(sources, line.command, isolated=isolated)
    values = OptionValues(sources.home)
    pip_tools = None
    layers = configuration.layers
    if line.command in ("compile", "sync") and not sources.no_project and not isolated:
        from xpip.cli.pip_tools_settings import ensure_pip_tools_known, find_pip_tools

        pip_tools = find_pip_tools(
            line.command, _last(line, "--config"), line.positionals, sources.cwd
        )
        # Variables, which are stronger, are the last two layers.
        layers = (*layers[:-2], (pip_tools.layer, False), *layers[-2:])
    for layer, is_pip in layers:
        if layer:
            add_layer(values, line.table, layer, literal=is_pip)
    if configuration.project is not None:
        ensure_known(configuration.project, line.command, line.table)
    positionals = line.positionals
    if pip_tools is not None and pip_tools.path:
        ensure_pip_tools_known(pip_tools)
        positionals = positionals or pip_tools.sources
    for use in line.given:
        if use.option.destination:
            values.add_given(use)
    options = command_module(line.command).build(values, positionals)
    settings = _assemble(line.command, options, values, sources, now)
    return settings._replace(
        warnings=configuration.warnings + settings.warnings + _feature_warnings(values),
        consulted=configuration.consulted
        + (pip_tools.consulted if pip_tools else ())
        + certificate_places(environ, cwd),
        variables=tuple(sorted({*configuration.variables, *_VARIABLES})),
        configuration=sources,
        isolated=isolated,
        project=sources.project,
        is_moved=folder != cwd,
    )


def with_adjustments(sources: RequirementSources, settings: Settings) -> RequirementSources:
    """Return what was asked for with the overrides and exclusions of the settings.

    Raises:
        XpipError: A file of them cannot be used.
    """
    if not settings.override_files and not settings.excludes:
        return sources
    from xpip.operations.adjustments import adjust

    return adjust(
        sources, settings.override_files, settings.excludes, settings.environ, settings.cwd
    )


def with_sources(settings: Settings, sources: RequirementSources) -> Settings:
    """Return the settings with what requirements files say, which outranks the command line.

    As in pip, an index of a file replaces the index and the extra indexes of everything else.
    """
    known = settings.index_sources
    if sources.index_url is None:
        extra = known.extra_index_urls + sources.extra_index_urls
        index_sources = known._replace(
            extra_index_urls=extra, no_index=known.no_index or sources.no_index
        )
    else:
        index_url = place(sources.index_url, settings.cwd, settings.environ.get("HOME", ""))[0]
        index_sources = IndexSources(
            index_url, sources.extra_index_urls, known.no_index or sources.no_index, known.named
        )
    choices = settings.binary_choices + sources.binary_choices
    only_binary, no_binary = binary_sets(choices)
    require_hashes = settings.require_hashes
    trusted = tuple(
        (host, "`--trusted-host` of a requirements file") for host in sources.trusted_hosts
    )
    prereleases = settings.prereleases._replace(
        releases=settings.prereleases.releases + sources.release_choices
    )
    policy = with_prereleases(settings.policy, prereleases)
    network = settings.network
    return settings._replace(
        index_sources=index_sources,
        index_options=settings.index_options._replace(
            indexes=_indexes(index_sources),
            ties=() if index_sources.no_index else settings.index_options.ties,
            find_links=_unique(settings.index_options.find_links + sources.find_links),
        ),
        binary_choices=choices,
        prereleases=prereleases,
        policy=policy._replace(
            pre=policy.pre or sources.pre,
            prefer_binary=policy.prefer_binary or sources.prefer_binary,
            only_binary=only_binary,
            no_binary=no_binary,
            require_hashes=(sources.require_hashes if require_hashes is None else require_hashes),
        ),
        network=network._replace(
            trusted_hosts=_unique(network.trusted_hosts + hosts(trusted)),
            # The first wins where two are for the same place.
            credentials=sources.credentials + network.credentials,
        ),
    )


def _without_command(
    line: CommandLine, environ: Mapping[str, str], cwd: str, now: float
) -> Settings:
    """Return settings for `help` and `--version`, which must work beside a broken configuration."""
    values = OptionValues("")
    for use in line.given:
        if use.option.destination == "no_color":
            values.add_given(use)
    return Settings(
        line.command,
        command_module("help").build(values, line.positionals),
        IndexOptions(()),
        NetworkOptions(),
        SelectionPolicy(),
        StoreOptions(""),
        _output(values, environ),
        cwd,
        now,
        environ,
    )


def add_layer(
    values: OptionValues, table: OptionTable, settings: Mapping[str, Setting], *, literal: bool
) -> None:
    """Take the settings that name an option of a command; others are for other commands.

    They are taken in their order, so that of two spellings the later one counts, as in pip.
    """
    for key, setting in settings.items():
        option = table.find(f"--{key}")
        if option is not None and option.destination and not (literal and option.own):
            values.add_setting(option, setting, literal=literal)


def ensure_known(file: ProjectFile, command: str, table: OptionTable) -> None:
    """Refuse settings of a project that no command knows.

    Raises:
        UsageError: There is one.
    """
    own = file.by_command.get(command, {})
    if len(file.by_command) == len(file.by_command.keys() & {command}) and all(
        table.find(f"--{key}") for key in (*file.general, *own)
    ):
        return
    # Something is for another command, or for none: only now the others are worth their import.
    from xpip.cli.project_settings import ensure_known as ensure

    tables = {
        name: OptionTable((*command_module(name).GROUPS, *SHARED)) for name in command_names()
    }
    ensure(
        file,
        {
            name: frozenset(spelling[2:] for option in one.options for spelling in option.names)
            for name, one in tables.items()
        },
    )


def _folder(line: CommandLine, option: str, environ: Mapping[str, str], cwd: str) -> str:
    """Return the absolute folder that an option of the command line or a variable names.

    Raises:
        UsageError: It is no folder.
    """
    variable = f"XPIP_{option[2:].upper()}"
    written = _last(line, option) or environ.get(variable, "")
    if not written:
        return ""
    path = os.path.normpath(os.path.join(cwd, written))
    if not os.path.isdir(path):
        source = f"`{option}`" if _last(line, option) else f"the variable `{variable}`"
        raise UsageError(f"`{written}` is not a folder, as {source} needs")
    return path


def _last(line: CommandLine, option: str) -> str:
    """Return the last value of an option on the command line, empty without one."""
    values = [use.value for use in line.given if use.option.name == option]
    return values[-1] if values else ""


def _feature_warnings(values: OptionValues) -> tuple[str, ...]:
    """Return a warning for each feature or deprecated behaviour of pip that is not there."""
    warnings = [
        f"`{redact_text(name)}`, which {source} names, is no feature that xpip knows"
        for name, source in values.sourced("use_feature")
        if name not in _FEATURES
    ]
    for name, source in values.sourced("use_deprecated"):
        instead = _DEPRECATED.get(name)
        if instead is None:
            warnings.append(f"`{redact_text(name)}`, which {source} names, is not there any more")
        else:
            raise UsageError(f"{source} asks for `{name}`, which is not there", hints=(instead,))
    return tuple(warnings)


def _assemble(
    command: str,
    options: tuple[object, ...],
    values: OptionValues,
    sources: Sources,
    now: float,
) -> Settings:
    places = Places(sources.cwd, sources.home)
    index_sources = IndexSources(
        places.take(values.text("index_url", DEFAULT_INDEX), values.text_source("index_url")),
        tuple(places.take(*url) for url in values.sourced("extra_index_url")),
        values.flag("no_index"),
        places.take_named(values.sourced("index")),
    )
    find_links = tuple(places.take(*place) for place in values.sourced("find_links"))
    choices = binary_choices(values.sourced("binary"))
    only_binary, no_binary = binary_sets(choices)
    prereleases = prerelease_choices(values)
    indexes = _indexes(index_sources)
    tied = ties(values.sourced("index_package"), index_sources.named, indexes)
    refreshed = project_names(values.sourced("refresh_package"))
    warnings: list[str] = []
    return Settings(
        command,
        options,
        IndexOptions(
            indexes,
            _unique(find_links),
            values.text("index_strategy", "first-index"),
            values.flag("offline"),
            values.flag("refresh") or ":all:" in refreshed,
            refreshed,
            () if index_sources.no_index else tied,
        ),
        network_options(values, sources.environ, warnings)._replace(
            credentials=(
                *places.credentials,
                *credentials_of_variables(index_sources.named, sources.environ),
            )
        ),
        with_prereleases(make_policy(values, now), prereleases)._replace(
            only_binary=only_binary, no_binary=no_binary
        ),
        store_options(values, sources, warnings),
        _output(values, sources.environ)._replace(log=_log_file(values, sources.cwd)),
        sources.cwd,
        now,
        sources.environ,
        tuple(warnings),
        index_sources=index_sources,
        require_hashes=values.choice("require_hashes"),
        binary_choices=choices,
        prereleases=prereleases,
        override_files=values.list("override"),
        excludes=values.list("exclude_project"),
        moves_with_time=moves_with_time(values),
    )


def _indexes(sources: IndexSources) -> tuple[str, ...]:
    """Return the indexes, first to last: those of `--index` and extra indexes first, as in uv.

    With the first index that has a project serving it, a name of a private index cannot be taken
    over from the public one.
    """
    if sources.no_index:
        return ()
    named = (index.url for index in sources.named)
    return _unique((*named, *sources.extra_index_urls, sources.index_url))


def _unique(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


def _log_file(values: OptionValues, cwd: str) -> str:
    named = values.text("log")
    return os.path.normpath(os.path.join(cwd, named)) if named else ""


def _output(values: OptionValues, environ: Mapping[str, str]) -> OutputOptions:
    verbosity = values.number("verbose") - values.number("quiet")
    color = values.text("color", "never" if environ.get("NO_COLOR") else "auto")
    return OutputOptions(
        max(-_MAXIMUM_VERBOSITY, min(_MAXIMUM_VERBOSITY, verbosity)),
        "never" if values.flag("no_color") else color,
        "off" if values.flag("no_progress") else values.text("progress_bar", "auto"),
        values.flag("debug"),
        values.flag("timings"),
        values.flag("json_errors"),
    )
