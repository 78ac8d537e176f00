"""Builds what commands work with from the settings: console, reporter, store, environment.

Also the clean end of every run: what is late to import is imported before packages change, and a
temporary cache goes.
"""

from __future__ import annotations

import sys

from xpip.cli import unchanged
from xpip.cli.boot import booted
from xpip.environment.discover import discover
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.store.layout import discard_store, open_store
from xpip.terminal.console import Console
from xpip.terminal.progress import LiveReporter, QuietReporter, RawReporter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import TextIO

    from xpip.cli.settings import OutputOptions, Settings
    from xpip.environment.discover import Discovery, EnvironmentRequest
    from xpip.errors import EnvironmentFault, StoreFault
    from xpip.model.environment import Environment, Interpreter
    from xpip.model.reporter import Reporter
    from xpip.store.layout import Store
    from xpip.store.leases import Leases


class Streams(NamedTuple):
    """Standard input, output and error of this process; None for one that is closed."""

    stdin: TextIO | None
    stdout: TextIO | None
    stderr: TextIO | None


def standard_streams() -> Streams:
    """Return the streams as they are now."""
    return Streams(sys.stdin, sys.stdout, sys.stderr)


def make_console(
    streams: Streams,
    output: OutputOptions,
    environ: Mapping[str, str],
    log: TextIO | None = None,
) -> Console:
    """Return a console that talks as the user wants it.

    Args:
        log: Gets everything that could be told.
    """
    console = Console(
        streams.stdout,
        streams.stderr,
        output.verbosity,
        color=_is_coloured(streams.stderr, output.color, environ),
        stdin=streams.stdin,
        json_errors=output.json_errors,
    )
    if log is not None:
        console.log_to(log)
    return console


def open_log(settings: Settings, program: str) -> TextIO:
    """Return the file of `--log`, with a line that says which run begins.

    Args:
        program: Version of xpip, as the line should have it.

    Raises:
        UsageError: It cannot be written.
    """
    from time import gmtime, strftime

    from xpip.errors import UsageError
    from xpip.model.urls import redact_text

    path = settings.output.log
    try:
        # Line by line, so that a killed process leaves what it had to tell.
        log = open(path, "a", buffering=1, encoding="utf-8", errors="backslashreplace")  # noqa: SIM115 - as long as the command
        moment = strftime("%Y-%m-%dT%H:%M:%SZ", gmtime(settings.now))
        words = " ".join(map(redact_text, settings.argv))
        log.write(f"{moment} {program}: xpip {words}\n")
    except OSError as error:
        raise UsageError(f"the log `{path}` cannot be written: {error.strerror}") from error
    return log


def make_reporter(console: Console, settings: Settings, streams: Streams) -> Reporter:
    """Return a reporter for this terminal or pipe; nothing is drawn with `-q` or `-v`.

    With `-v` details scroll by instead.
    """
    progress = settings.output.progress
    if settings.output.verbosity < 0 or progress == "off":
        return QuietReporter(console)
    if progress == "raw":
        return RawReporter(console)
    if not _is_terminal(streams.stderr) or settings.environ.get("TERM") == "dumb":
        return QuietReporter(console)
    if settings.output.verbosity > 0 and progress == "auto":
        return QuietReporter(console)
    return LiveReporter(console)


class StoreInUse:
    """The shared cache for the time of a command, as a context manager."""

    def __init__(self, settings: Settings, console: Console) -> None:
        """Remember which cache to open; an empty root means one that is thrown away."""
        self._options = settings.store
        self._booted = booted(settings.now)
        self._console = console
        self._store: Store | None = None
        self._leases: Leases | None = None

    def __enter__(self) -> Store:
        """Open it.

        Raises:
            StoreFault: Neither the cache nor a temporary folder can be used.
        """
        store = open_store(self._options.root, self._options.layers, self._booted)
        for warning in store.warnings:
            self._console.warning(warning)
        self._store = store
        from xpip.store.leases import Leases

        self._leases = Leases(store)
        self._leases.__enter__()
        return store

    def __exit__(self, *_: object) -> None:
        if self._leases is not None:
            self._leases.__exit__()
        if self._store is not None:
            discard_store(self._store)


def with_spare_store(settings: Settings, error: StoreFault, console: Console) -> Settings | None:
    """Return settings with which a command may succeed whose cache could not take something.

    What the cache has is used all the same; what is new goes to a temporary folder. None when that
    is no help.
    """
    from xpip.store.packing import CacheUnwritable

    root = settings.store.root
    if not isinstance(error, CacheUnwritable) or not root or settings.command == "cache":
        return None
    console.warning(f"{error.summary}; what is new goes to a temporary folder")
    spare = settings.store._replace(root="", layers=(root, *settings.store.layers))
    return settings._replace(store=spare)


def find(request: EnvironmentRequest, settings: Settings, store: Store | None) -> Discovery:
    """Return the environment to work on and what led to it.

    Raises:
        XpipError: There is none, or not the one that was asked for.
    """
    return discover(request, settings.environ, settings.cwd, store)


def find_any(request: EnvironmentRequest, settings: Settings, store: Store | None) -> Interpreter:
    """Return the Python to work for where nothing is installed: that of an environment, else any.

    Raises:
        XpipError: There is none, or not the one that was asked for.
    """
    from xpip.errors import EnvironmentFault

    try:
        return find(request, settings, store).environment.interpreter
    except EnvironmentFault:
        if request.require_virtualenv or request.python or request.prefix or request.target:
            raise
        request = request._replace(target=settings.cwd)
        return find(request, settings, store).environment.interpreter


def ensure_changeable(environment: Environment) -> None:
    """Make sure that nobody else looks after an environment (PEP 668).

    Raises:
        EnvironmentFault: Somebody does, and `--break-system-packages` was not given.
    """
    if environment.externally_managed is not None:
        raise _managed(environment)


def remember(settings: Settings, paths: Iterable[str], console: Console) -> bool:
    """Have tier 0 answer this very run from now on; say whether it will.

    Only for a run that found everything satisfied without a direct requirement and without an
    option, from wherever, that asks for more (`unchanged.remember` has the list).

    Args:
        paths: What was consulted besides configuration files: requirements files, what
            `Discovery.consulted` names, `installed_paths`.
    """
    if console.has_diagnostics or settings.output.verbosity > 0 or not settings.store.root:
        return False
    # That the folder of `--project` is there is not looked at by a stamp.
    if settings.is_moved or settings.project or settings.output.log:
        return False
    return unchanged.remember(
        settings.argv,
        settings.store.root,
        (*settings.consulted, *paths),
        "".join(console.stdout_text),
        settings.now,
        settings.variables,
    )


def installed_paths(environment: Environment) -> list[str]:
    """Return the paths on which it depends what is installed: folders, dist-infos, metadata."""
    import os

    paths = []
    for folder in (*environment.layout.library_folders(), *environment.read_also):
        paths.append(folder)
        try:
            names = os.listdir(folder)
        except OSError:
            continue
        for name in names:
            path = f"{folder}/{name}"
            if name.endswith(".dist-info"):
                paths += (path, f"{path}/METADATA", f"{path}/RECORD")
            elif name.endswith((".egg-info", ".egg-link")):
                paths += (path, f"{path}/PKG-INFO", f"{path}/requires.txt")
    return paths


def _managed(environment: Environment) -> EnvironmentFault:
    from xpip.errors import EnvironmentFault

    fault = EnvironmentFault(
        f"the environment `{environment.layout.prefix}` is managed by another program",
        details=tuple((environment.externally_managed or "").splitlines()),
        hints=(
            "`xpip venv` makes an environment of your own",
            "`--break-system-packages` overrides this, at the risk of breaking that Python",
        ),
    )
    fault.code = "externally-managed-environment"
    return fault


def _is_terminal(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # It is closed.
        return False


def _is_coloured(stream: TextIO | None, wish: str, environ: Mapping[str, str]) -> bool:
    if wish != "auto":
        return wish == "always"
    if environ.get("NO_COLOR") or environ.get("TERM") == "dumb":
        return False
    return bool(environ.get("FORCE_COLOR")) or _is_terminal(stream)
