"""Install packages into an environment."""

from __future__ import annotations

from xpip.cli.assembly import (
    StoreInUse,
    ensure_changeable,
    find,
    installed_paths,
    make_reporter,
    remember,
    standard_streams,
)
from xpip.cli.settings import with_adjustments, with_sources
from xpip.environment.apply import ApplyOptions
from xpip.model.names import normalized_name
from xpip.model.origin import FileOrigin
from xpip.model.records import TYPE_CHECKING
from xpip.operations.install import (
    ChangeOptions,
    InstallRequest,
    ensure_something_was_asked,
    install,
)
from xpip.operations.requirements import read_sources
from xpip.operations.resolve import Access
from xpip.terminal.reports import (
    asked_by_file,
    installed_line,
    satisfied_line,
    would_install_line,
)

if TYPE_CHECKING:
    from xpip.cli.options.install import InstallOptions
    from xpip.cli.settings import Settings
    from xpip.environment.discover import Discovery
    from xpip.environment.foreign_target import TargetWish
    from xpip.model.environment import Environment
    from xpip.model.origin import Origin
    from xpip.operations.install import InstallOutcome
    from xpip.planner.satisfied import Satisfied
    from xpip.terminal.console import Console


def run(options: InstallOptions, settings: Settings, console: Console) -> int:
    """Install and say what was done."""
    sources = read_sources(
        options.requirements,
        options.requirement_files,
        options.constraint_files,
        settings.environ,
        settings.cwd,
        options.editables,
    )
    ensure_something_was_asked(sources)
    sources = with_adjustments(sources, settings)
    settings = with_sources(settings, sources)
    request = InstallRequest(
        sources,
        settings.policy,
        _changes(options),
        ApplyOptions(options.link_mode),
        settings.cwd,
    )
    access = Access(settings.index_options, settings.network, settings.now)
    reporter = make_reporter(console, settings, standard_streams())
    timed = None
    if settings.output.timings:
        from xpip.terminal.timings import TimedReporter

        reporter = timed = TimedReporter(reporter, console)
    with StoreInUse(settings, console) as store:
        discovery = find(options.environment, settings, store)
        ensure_changeable(discovery.environment)
        environment = _for_target(discovery.environment, options.wish)
        outcome = install(request, environment, store, access, reporter)
        _tell(outcome, console)
        if timed is not None:
            timed.tell()
        if outcome.satisfied is not None and not _names_a_file(outcome.satisfied):
            remember(settings, _depends_on(discovery, sources.files), console)
    return 0


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
    )


def _depends_on(discovery: Discovery, files: tuple[str, ...]) -> tuple[str, ...]:
    """Return the paths that decide whether the same command would find the same again."""
    return (*files, *discovery.consulted, *installed_paths(discovery.environment))


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
