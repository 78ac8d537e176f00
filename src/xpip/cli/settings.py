"""What the user has decided: command line, variables and pip's configuration files together.

This file is the only reader of variables. `docs/configuration.md` has the rules for users.
"""

from __future__ import annotations

import os
import sys

from xpip import __version__
from xpip.cli.arguments import command_module, parse_arguments
from xpip.cli.configuration import Sources, read_configuration
from xpip.cli.options.values import OptionValues
from xpip.cli.places import NamedIndex, Places, place, ties
from xpip.cli.policy import (
    PrereleaseChoices,
    binary_choices,
    binary_sets,
    make_policy,
    prerelease_choices,
    project_names,
    with_prereleases,
)
from xpip.errors import UsageError
from xpip.model.options import IndexOptions, NetworkOptions, SelectionPolicy
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.urls import redact, scheme_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xpip.cli.arguments import CommandLine
    from xpip.cli.configuration import Setting
    from xpip.model.requirement import RequirementSources

DEFAULT_INDEX = "https://pypi.org/simple"
"""The only place that names PyPI."""

GLOBAL_FILE = "/etc/pip.conf"

_CERTIFICATE_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
_VARIABLES = (
    *_CERTIFICATE_VARIABLES, "ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NETRC", "NO_COLOR",
    "NO_PROXY", "XDG_CACHE_HOME", "all_proxy", "http_proxy", "https_proxy", "no_proxy",
)  # fmt: skip
_MAXIMUM_VERBOSITY = 3


class StoreOptions(NamedTuple):
    """Where the shared cache is."""

    root: str
    """Absolute folder; empty for a temporary one that is thrown away."""


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
    sources = Sources(environ, cwd, prefix, global_file)
    isolated = any(use.option.destination == "isolated" for use in line.given)
    configuration = read_configuration(sources, line.command, isolated=isolated)
    values = OptionValues(sources.home)
    for layer, is_pip in configuration.layers:
        if layer:
            _add_layer(values, line, layer, literal=is_pip)
    for use in line.given:
        if use.option.destination:
            values.add_given(use)
    options = command_module(line.command).build(values, line.positionals)
    settings = _assemble(line.command, options, values, sources, now)
    return settings._replace(
        warnings=configuration.warnings + settings.warnings,
        consulted=configuration.consulted,
        variables=tuple(sorted({*configuration.variables, *_VARIABLES})),
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
            trusted_hosts=_unique(network.trusted_hosts + _hosts(trusted)),
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


def _add_layer(
    values: OptionValues, line: CommandLine, settings: Mapping[str, Setting], *, literal: bool
) -> None:
    """Take the settings that name an option of the command; others are for other commands."""
    for option in line.table.options:
        if not option.destination:
            continue
        # The first spelling is the strongest where a file has several.
        for name in reversed(option.names):
            setting = settings.get(name[2:]) if name[:2] == "--" else None
            if setting is not None and not (literal and option.own):
                values.add_setting(option, *setting, literal=literal)


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
    tied = ties(values.sourced("index_package"), index_sources.named)
    refreshed = project_names(values.sourced("refresh_package"))
    warnings: list[str] = []
    return Settings(
        command,
        options,
        IndexOptions(
            _indexes(index_sources),
            _unique(find_links),
            values.text("index_strategy", "first-index"),
            values.flag("offline"),
            values.flag("refresh") or ":all:" in refreshed,
            refreshed,
            () if index_sources.no_index else tied,
        ),
        _network(values, sources.environ, index_sources, warnings)._replace(
            credentials=tuple(places.credentials)
        ),
        with_prereleases(make_policy(values, now), prereleases)._replace(
            only_binary=only_binary, no_binary=no_binary
        ),
        StoreOptions(_store_root(values, sources, warnings)),
        _output(values, sources.environ),
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


def _network(
    values: OptionValues,
    environ: Mapping[str, str],
    index_sources: IndexSources,
    warnings: list[str],
) -> NetworkOptions:
    default = NetworkOptions()
    timeout = values.seconds("timeout", default.timeout)
    proxy = values.text("proxy", _proxy(environ, index_sources.index_url))
    return NetworkOptions(
        timeout,
        min(timeout, default.connect_timeout),
        values.integer("retries", default.retries),
        proxy if not proxy or "://" in proxy else f"http://{proxy}",
        tuple(_variable(environ, "no_proxy").replace(",", " ").split()),
        values.text("cert") or _certificates(environ, warnings),
        values.text("client_cert"),
        _hosts(values.sourced("trusted_host")),
        max(1, values.integer("concurrent_downloads", default.concurrent_downloads)),
        netrc=_netrc(environ),
        user_agent=f"xpip/{__version__}",
        interactive=not values.flag("no_input"),
    )


def _variable(environ: Mapping[str, str], name: str) -> str:
    """Return a variable that is known in both cases; the lower one wins, as in curl."""
    return environ.get(name) or environ.get(name.upper()) or ""


def _proxy(environ: Mapping[str, str], index_url: str) -> str:
    """Return the proxy for the index: there is one for all, and the index is what matters."""
    name = "http_proxy" if scheme_of(index_url) == "http" else "https_proxy"
    return _variable(environ, name) or _variable(environ, "all_proxy")


def _certificates(environ: Mapping[str, str], warnings: list[str]) -> str:
    for name in _CERTIFICATE_VARIABLES:
        path = environ.get(name)
        if not path:
            continue
        if os.path.exists(path):
            return path
        warnings.append(f"the variable `{name}` names `{path}`, which does not exist")
    return ""


def _netrc(environ: Mapping[str, str]) -> str:
    named = environ.get("NETRC")
    if named:
        return named
    home = environ.get("HOME")
    path = f"{home}/.netrc"
    return path if home and os.path.exists(path) else ""


def _hosts(written: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """Return `host` or `host:port`, also of values written as URLs."""
    hosts = []
    for host, source in written:
        cleaned = host.strip().rpartition("://")[2].partition("/")[0].lower()
        if not cleaned or "@" in cleaned or " " in cleaned:
            raise UsageError(f"`{redact(host)}` is not a host, as {source} needs")
        hosts.append(cleaned)
    return _unique(tuple(hosts))


def _store_root(values: OptionValues, sources: Sources, warnings: list[str]) -> str:
    """Return the folder of the shared cache; `cli/unchanged.py` follows the same rule."""
    if values.flag("no_cache"):
        return ""
    named = values.text("cache_dir")
    if named:
        return os.path.normpath(os.path.join(sources.cwd, named))
    if sys.platform == "win32":
        from platformdirs import user_cache_dir

        return user_cache_dir("xpip", appauthor=False)
    if sys.platform == "darwin":
        above = sources.home and f"{sources.home}/Library/Caches"
    else:
        above = sources.environ.get("XDG_CACHE_HOME", "").strip()
        above = above or (sources.home and f"{sources.home}/.cache")
    if not above:
        warnings.append("`HOME` is not set, so nothing is kept in a cache")
        return ""
    return os.path.normpath(os.path.join(sources.cwd, above, "xpip"))


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
