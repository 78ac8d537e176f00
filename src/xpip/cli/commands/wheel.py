"""Build wheels of packages and of all they need, without installing them."""

from __future__ import annotations

import os

from xpip.cli.access import access_for
from xpip.cli.assembly import StoreInUse, find_any, make_reporter, standard_streams
from xpip.cli.builds import with_builds
from xpip.cli.settings import with_adjustments, with_sources
from xpip.cli.sources import ToldWhere, gather
from xpip.model.records import TYPE_CHECKING
from xpip.operations.bringing import FolderRequest
from xpip.operations.collecting import collect_wheels
from xpip.operations.install import ensure_something_was_asked

if TYPE_CHECKING:
    from xpip.cli.options.wheel import WheelOptions
    from xpip.cli.settings import Settings
    from xpip.terminal.console import Console


def run(options: WheelOptions, settings: Settings, console: Console) -> int:
    """Make wheels and say where they are."""
    sources = gather(options.wanted, settings, console)
    ensure_something_was_asked(sources, "build")
    sources = with_adjustments(sources, settings)
    settings = with_sources(settings, sources)
    reporter = make_reporter(console, settings, standard_streams())
    with StoreInUse(settings, console) as store:
        interpreter = find_any(options.environment, settings, store)
        access = with_builds(
            access_for(settings, console), options.builds, settings, sources, interpreter
        )
        request = FolderRequest(
            sources,
            interpreter.target,
            settings.policy,
            settings.cwd,
            os.path.normpath(os.path.join(settings.cwd, options.folder)),
            options.no_deps,
            options.only_deps,
        )
        with ToldWhere(sources, (), settings.cwd):
            collected = collect_wheels(request, store, access, reporter)
    for one in collected:
        path = one.path
        if path.startswith(f"{settings.cwd}/"):
            path = f".{path[len(settings.cwd) :]}"
        console.say(f"File was already there {path}" if one.was_there else f"Saved {path}")
    return 0
