"""Remove packages from an environment."""

from __future__ import annotations

from xpip.cli.assembly import (
    StoreInUse,
    ensure_changeable,
    find,
    make_reporter,
    standard_streams,
)
from xpip.cli.sources import gather
from xpip.errors import RequirementError, UsageError
from xpip.model.records import TYPE_CHECKING
from xpip.operations.uninstall import folded, names_in, plan_removal, uninstall
from xpip.operations.wanted import Wanted
from xpip.terminal.reports import removal_lines, would_remove_lines

if TYPE_CHECKING:
    from xpip.cli.options.uninstall import UninstallOptions
    from xpip.cli.settings import Settings
    from xpip.model.environment import Environment
    from xpip.operations.uninstall import Departure, RemovalPlan
    from xpip.terminal.console import Console


def run(options: UninstallOptions, settings: Settings, console: Console) -> int:
    """Ask about each distribution, then remove those agreed to in one transaction."""
    if not options.packages and not options.requirement_files:
        raise _NothingNamed
    wanted = Wanted(options.packages, requirement_files=options.requirement_files)
    sources = gather(wanted, settings, console)
    names = names_in(sources)
    if not names:
        raise RequirementError(
            "there is nothing to uninstall",
            details=tuple(f"`{path}` names no project" for path in options.requirement_files),
        )
    reporter = make_reporter(console, settings, standard_streams())
    with StoreInUse(settings, console) as store:
        environment = find(options.environment, settings, store).environment
        ensure_changeable(environment)
        plan = plan_removal(environment, names, reporter, options.apply.lock_timeout)
        if _is_of_user(plan, environment, settings):
            from xpip.environment.user_scheme import user_environment

            environment = user_environment(environment, settings.environ)
            plan = plan_removal(environment, names, reporter, options.apply.lock_timeout)
        _tell_skipped(plan, environment, console)
        agreed = [
            departure
            for departure in plan.departures
            if _is_agreed(departure, environment, options.yes, settings, console)
        ]
        if not agreed:
            return 0
        libraries = environment.layout.library_folders()
        shown = [folded(departure.paths, libraries) for departure in agreed]
        report = uninstall(agreed, plan, environment, store, options.apply, reporter)
    for warning in report.warnings:
        console.warning(warning)
    for departure, paths in zip(agreed, shown, strict=True):
        found, heading, done = removal_lines(departure.name, departure.version)
        if options.yes:
            console.say(found)
            console.say(heading)
            for path in paths:
                console.detail(f"  Removed {path}")
        console.say(done)
    return 0


_NothingNamed = RequirementError(
    "there is nothing to uninstall",
    hints=("name a project, or a file of requirements with `-r`",),
)


def _is_of_user(plan: RemovalPlan, environment: Environment, settings: Settings) -> bool:
    """Say whether all that was named is what the user installed for herself."""
    if plan.departures or not plan.outside:
        return False
    from xpip.environment.user_library import user_library

    folder = user_library(environment, settings.environ)
    return all(one.distribution.location == folder for one in plan.outside)


def _tell_skipped(plan: RemovalPlan, environment: Environment, console: Console) -> None:
    for name in plan.missing:
        console.warning(f"Skipping {name} as it is not installed.")
    for departure in plan.outside:
        console.warning(
            f"Not uninstalling {departure.name} at {departure.distribution.location}, outside"
            f" environment {environment.layout.prefix}"
        )


def _is_agreed(
    departure: Departure,
    environment: Environment,
    yes: bool,
    settings: Settings,
    console: Console,
) -> bool:
    """Ask whether a distribution may go.

    Raises:
        UsageError: Nobody is there to answer.
    """
    if yes:
        return True
    found, heading, _ = removal_lines(departure.name, departure.version)
    console.out(found)
    console.out(heading)
    shown = folded(departure.paths, environment.layout.library_folders())
    console.out("\n".join(would_remove_lines(shown)))
    while True:
        answer = None if settings.network.interactive is False else console.ask("Proceed (Y/n)?")
        if answer is None:
            raise UsageError(
                f"nobody answered whether to uninstall `{departure.name}`",
                details=("nothing was removed",),
                hints=("pass `-y` to remove without being asked",),
            )
        if answer.lower() in ("", "y", "n"):
            return answer.lower() != "n"
        console.out(f"Your response ({answer!r}) was not one of the expected responses: y, n, ")
