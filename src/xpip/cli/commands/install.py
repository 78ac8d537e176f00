"""Install packages into an environment."""

from __future__ import annotations

import os

from xpip.cli.access import access_for
from xpip.cli.assembly import (
    StoreInUse,
    ensure_changeable,
    find,
    installed_paths,
    make_reporter,
    remember,
    standard_streams,
)
from xpip.cli.builds import allow_builds
from xpip.cli.install_stamps import remember_filling
from xpip.cli.installed_words import (
    ReportedFailure,
    tell_breakage,
    tell_target,
    write_report,
)
from xpip.cli.locked import lock_among, with_lock
from xpip.cli.options.changing import at_level
from xpip.cli.settings import with_adjustments, with_sources
from xpip.cli.sources import ToldWhere, ensure_scripts_fit, gather, reach_of
from xpip.model.names import normalized_name
from xpip.model.origin import FileOrigin
from xpip.model.records import TYPE_CHECKING
from xpip.operations.install import (
    ChangeOptions,
    InstallRequest,
    ensure_something_was_asked,
    install,
)
from xpip.operations.wanted import Wanted, is_remote, is_script
from xpip.terminal.reports import (
    asked_by_file,
    installed_line,
    satisfied_line,
    would_install_line,
)

if TYPE_CHECKING:
    from xpip.cli.locked import ChosenLock
    from xpip.cli.options.install import InstallOptions
    from xpip.cli.settings import Settings
    from xpip.environment.discover import Discovery
    from xpip.environment.foreign_target import TargetWish
    from xpip.model.environment import Environment
    from xpip.model.origin import Origin
    from xpip.model.reporter import Reporter
    from xpip.model.requirement import RequirementSources
    from xpip.operations.install import InstallOutcome
    from xpip.operations.resolve import Access
    from xpip.planner.satisfied import Satisfied
    from xpip.store.layout import Store
    from xpip.terminal.console import Console


def run(options: InstallOptions, settings: Settings, console: Console) -> int:
    """Install and say what was done."""
    wanted = options.wanted
    lock = lock_among(wanted, settings)
    wanted = wanted if lock is None else Wanted()
    sources = gather(wanted, settings, console)
    if lock is None:
        ensure_something_was_asked(sources)
    sources = with_adjustments(sources, settings)
    settings = with_sources(settings, sources)
    request = InstallRequest(
        sources,
        settings.policy,
        _changes(options),
        at_level(options.apply, settings.environ),
        settings.cwd,
    )
    access = access_for(settings, console)
    reporter = make_reporter(console, settings, standard_streams())
    timed = None
    if settings.output.timings:
        from xpip.terminal.timings import TimedReporter

        reporter = timed = TimedReporter(reporter, console)
    with StoreInUse(settings, console) as store:
        discovery = find(options.environment, settings, store)
        environment = _for_user(discovery.environment, options, settings, console)
        environment = _for_target(environment, options.wish)
        scripts = (*wanted.scripts, *filter(is_script, wanted.requirement_files))
        ensure_scripts_fit(scripts, settings, environment.interpreter.target.python_version)
        if options.wish is None:
            # A build makes what is for the Python that it runs on.
            interpreter = environment.interpreter
            request, access = allow_builds(request, access, options.builds, settings, interpreter)
        if lock is not None:
            reach, target = reach_of(settings, console), environment.interpreter.target
            request, access = with_lock(lock, request, access, reach, target)
        told = ToldWhere(sources, () if lock is None else (lock.name,), settings.cwd)
        with ReportedFailure(options.report, environment, settings, console), told:
            outcome = _install(request, environment, (store, access), settings, reporter)
        _tell_all(outcome, options, settings, environment, console)
        if timed is not None:
            timed.tell()
        if environment.layout != discovery.environment.layout or options.report:
            return 0
        if _may_be_remembered(outcome, lock, sources):
            files = sources.files if lock is None else (os.path.join(settings.cwd, lock.name),)
            remember(settings, _depends_on(discovery, files), console)
        elif lock is None and not options.compile and options.wish is None:
            remember_filling(outcome, request, discovery, (store, access), (settings, console))
    return 0


def _install(
    request: InstallRequest,
    environment: Environment,
    sources: tuple[Store, Access],
    settings: Settings,
    reporter: Reporter,
) -> InstallOutcome:
    """Install, and remove what would stay in front of it."""
    store, access = sources
    outcome = install(request, environment, store, access, reporter)
    if environment.read_first and outcome.report is not None and outcome.plan is not None:
        from xpip.operations.user_copies import remove_user_copies

        variables, options = settings.environ, request.apply
        remove_user_copies(outcome.plan, environment, variables, store, options, reporter)
    return outcome


def _for_user(
    environment: Environment, options: InstallOptions, settings: Settings, console: Console
) -> Environment:
    """Return the environment, or the user's own where the proper one cannot be written.

    Raises:
        EnvironmentFault: Somebody else looks after it.
    """
    if options.dry_run and options.report:
        # As in pip: nothing is changed, only somebody wants to know.
        return environment
    ensure_changeable(environment)
    request = options.environment
    if request.user is not None or request.target or request.prefix or request.root:
        return environment
    if environment.is_virtual and not environment.read_also:
        return environment
    from xpip.environment.user_scheme import fallback

    found = fallback(environment, settings.environ)
    if found is None:
        return environment
    console.say("Defaulting to user installation because normal site-packages is not writeable")
    return found


def _may_be_remembered(
    outcome: InstallOutcome, lock: ChosenLock | None, sources: RequirementSources
) -> bool:
    """Say whether the same command line would do the same while no file changes."""
    if lock is not None:
        return not is_remote(lock.name) and _is_nothing_to_do(outcome)
    if outcome.satisfied is None or sources.is_volatile:
        return False
    return not _names_a_file(outcome.satisfied)


def _is_nothing_to_do(outcome: InstallOutcome) -> bool:
    """Say whether all that a lock lists is there, and nothing of it could change by itself."""
    if outcome.plan is None or outcome.resolution is None or not outcome.plan.is_empty():
        return False
    return not any(package.direct for package in outcome.resolution.packages)


def _for_target(environment: Environment, wish: TargetWish | None) -> Environment:
    """Return the environment with the target that was asked for."""
    if wish is None:
        return environment
    from xpip.environment.foreign_target import wished_target

    interpreter = environment.interpreter
    target = wished_target(interpreter.target, wish)
    return environment._replace(interpreter=interpreter._replace(target=target))


def _names_a_file(satisfied: Satisfied) -> bool:
    """Say whether a requirement is a URL or path, behind which anything may change."""
    return any(found.requirement.url for found in satisfied.found)


def _changes(options: InstallOptions) -> ChangeOptions:
    return ChangeOptions(
        options.upgrade,
        options.upgrade_packages,
        options.eager,
        options.force_reinstall,
        options.reinstall_packages,
        # What is installed here says nothing of another machine.
        options.ignore_installed or (options.wish is not None and not options.environment.target),
        options.no_deps,
        options.dry_run,
        # Bytecode is for the Python that makes it.
        options.compile and options.wish is None,
        options.only_deps,
        # What is in a folder for other machines, or below another root, fits something else.
        options.warn_conflicts and not options.environment.root,
        bool(options.report),
    )


def _depends_on(discovery: Discovery, files: tuple[str, ...]) -> tuple[str, ...]:
    """Return the paths that decide whether the same command would find the same again."""
    return (*files, *discovery.consulted, *installed_paths(discovery.environment))


def _tell_all(
    outcome: InstallOutcome,
    options: InstallOptions,
    settings: Settings,
    environment: Environment,
    console: Console,
) -> None:
    """Say what was done, what it broke, and what the report wants to know."""
    _tell(outcome, console)
    if options.environment.target:
        tell_target(outcome, environment, console, is_upgrade=options.upgrade)
    tell_breakage(outcome, console)
    if outcome.description is not None:
        write_report(outcome.description, options.report, settings.cwd, console)


def _tell(outcome: InstallOutcome, console: Console) -> None:
    if outcome.satisfied is not None:
        _tell_satisfied(outcome.satisfied, console)
        return
    if outcome.report is not None:
        for name, version in outcome.report.removed:
            console.detail(f"removed {name} {version}")
        console.say(installed_line(outcome.report.installed))
        return
    plan = outcome.plan
    if plan is not None and plan.install:
        console.say(would_install_line((one.name, one.version) for one in plan.install))
    elif outcome.resolution is not None:
        kept = {one.name: one for one in plan.keep} if plan is not None else {}
        for package in outcome.resolution.packages:
            location = kept[package.name].location if package.name in kept else ""
            console.say(satisfied_line(package.name, location, package.version))


def _tell_satisfied(satisfied: Satisfied, console: Console) -> None:
    for warning in satisfied.warnings:
        console.warning(warning)
    for found in satisfied.found:
        requirement = found.requirement
        extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
        console.say(
            satisfied_line(
                f"{requirement.name}{extras}{requirement.specifier}",
                found.distribution.location,
                found.distribution.version,
                _asked_by(found.origin),
            )
        )


def _asked_by(origin: Origin) -> str:
    if isinstance(origin, FileOrigin):
        return asked_by_file(origin.path, origin.line)
    project = getattr(origin, "project", "")
    return normalized_name(project) if project else ""
