"""Make the source archive and the wheel of a project."""

from __future__ import annotations

import os

from xpip.cli.access import access_for
from xpip.cli.assembly import StoreInUse, find_any, make_reporter, standard_streams
from xpip.cli.builds import with_builds
from xpip.model.records import TYPE_CHECKING
from xpip.model.requirement import RequirementSources
from xpip.operations.project_builds import ProjectBuild, build_project

if TYPE_CHECKING:
    from xpip.cli.options.build import BuildOptions
    from xpip.cli.settings import Settings
    from xpip.terminal.console import Console


def run(options: BuildOptions, settings: Settings, console: Console) -> int:
    """Make the files and say where they are."""
    path = os.path.normpath(os.path.join(settings.cwd, options.path))
    beside = path if os.path.isdir(path) else os.path.dirname(path)
    folder = os.path.join(beside, "dist") if os.path.isdir(path) else beside
    if options.folder:
        folder = os.path.normpath(os.path.join(settings.cwd, options.folder))
    reporter = make_reporter(console, settings, standard_streams())
    with StoreInUse(settings, console) as store:
        interpreter = find_any(options.environment, settings, store)
        access = with_builds(
            access_for(settings, console),
            options.builds,
            settings,
            RequirementSources(()),
            interpreter,
        )
        request = ProjectBuild(path, folder, settings.policy, options.sdist, options.wheel)
        made = build_project(request, store, access, reporter)
    for one in made:
        shown = f".{one[len(settings.cwd) :]}" if one.startswith(f"{settings.cwd}/") else one
        console.say(f"Successfully built {shown}")
    return 0
