"""Bring packages into a folder without installing them."""

from __future__ import annotations

import os

from xpip.cli.access import access_for
from xpip.cli.assembly import StoreInUse, find, make_reporter, standard_streams
from xpip.cli.builds import with_builds
from xpip.cli.settings import with_adjustments, with_sources
from xpip.cli.sources import ToldWhere, gather
from xpip.errors import EnvironmentFault, UsageError
from xpip.model.records import TYPE_CHECKING
from xpip.operations.bringing import Brought, FolderRequest
from xpip.operations.download import download
from xpip.operations.install import ensure_something_was_asked

if TYPE_CHECKING:
    from xpip.cli.options.download import DownloadOptions
    from xpip.cli.settings import Settings
    from xpip.environment.foreign_target import TargetWish
    from xpip.model.environment import Interpreter
    from xpip.model.options import SelectionPolicy
    from xpip.model.target import Target
    from xpip.store.layout import Store
    from xpip.terminal.console import Console

_ALL = ":all:"
_RULE = (
    "`--platform`, `--python-version`, `--implementation` and `--abi` need `--only-binary :all:`"
    " without `--no-binary`, or `--no-deps`"
)


class BuildsElsewhere(UsageError):
    """Something would have to be built for another machine; the exit code is pip's."""

    exit_code = 1


def run(options: DownloadOptions, settings: Settings, console: Console) -> int:
    """Download and say what is where."""
    sources = gather(options.wanted, settings, console)
    ensure_something_was_asked(sources, "download")
    _ensure_nothing_is_built(options, settings.policy)
    sources = with_adjustments(sources, settings)
    settings = with_sources(settings, sources)
    access = access_for(settings, console)
    reporter = make_reporter(console, settings, standard_streams())
    with StoreInUse(settings, console) as store:
        interpreter = _interpreter(options, settings, store)
        if options.wish is None:
            access = with_builds(access, options.builds, settings, sources, interpreter)
        request = FolderRequest(
            sources,
            _target(interpreter, options.wish),
            settings.policy,
            settings.cwd,
            os.path.normpath(os.path.join(settings.cwd, options.folder)),
            options.no_deps,
            options.only_deps,
        )
        with ToldWhere(sources, (), settings.cwd):
            downloaded = download(request, store, access, reporter)
    _tell(downloaded, settings.cwd, console)
    return 0


def _tell(downloaded: tuple[Brought, ...], cwd: str, console: Console) -> None:
    for one in downloaded:
        path = one.path
        if path.startswith(f"{cwd}/"):
            path = f".{path[len(cwd) :]}"
        console.say(f"File was already downloaded {path}" if one.was_there else f"Saved {path}")
    if downloaded:
        names = " ".join(one.name for one in downloaded)
        console.say(f"Successfully downloaded {names}")


def _ensure_nothing_is_built(options: DownloadOptions, policy: SelectionPolicy) -> None:
    """Refuse what would need a build for another machine, by pip's rule.

    Raises:
        BuildsElsewhere: Source archives are allowed, and what they need counts.
    """
    if options.wish is None or options.no_deps:
        return
    if _ALL in policy.only_binary and not policy.no_binary:
        return
    raise BuildsElsewhere(
        "files for another machine can only be wheels: nothing can be built for it here",
        details=(_RULE,),
        hints=("add `--only-binary :all:`",),
    )


def _interpreter(options: DownloadOptions, settings: Settings, store: Store) -> Interpreter:
    request = options.environment
    try:
        environment = find(request, settings, store).environment
    except EnvironmentFault:
        if request.require_virtualenv or request.python or request.prefix or request.target:
            raise
        # Nothing is installed, so that any Python will do and no environment has to be there.
        environment = find(request._replace(target=settings.cwd), settings, store).environment
    return environment.interpreter


def _target(interpreter: Interpreter, wish: TargetWish | None) -> Target:
    if wish is None:
        return interpreter.target
    from xpip.environment.foreign_target import wished_target

    return wished_target(interpreter.target, wish)
