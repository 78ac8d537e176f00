"""Install what was asked for, and only change what has to change."""

from __future__ import annotations

from xpip.environment.faults import EnvironmentChanged
from xpip.environment.installed import scan
from xpip.errors import XpipError
from xpip.model.names import leading_name
from xpip.model.plan import ChangeReport, Placement, Plan
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.operations.interrupted import ensure_settled, tell_pending
from xpip.operations.resolve import Access, Question, question_key, recall
from xpip.operations.trust import ensure_as_resolved
from xpip.operations.wheels import direct_url_text, present_wheel
from xpip.planner.plan import make_plan
from xpip.store.resolutions import read_resolution

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xpip.environment.apply import ApplyOptions
    from xpip.model.dependencies import CoreMetadata
    from xpip.model.distribution import InstalledDistribution, StoredWheel
    from xpip.model.environment import Environment
    from xpip.model.options import SelectionPolicy
    from xpip.model.reporter import Reporter
    from xpip.model.requirement import RequirementSources
    from xpip.model.resolution import Resolution, ResolvedPackage
    from xpip.planner.satisfied import Satisfied
    from xpip.store.layout import Store
    from xpip.store.resolutions import RememberedResolution


_NO_WHEELS: Mapping[str, StoredWheel] = {}
_ROUNDS = 50
"""Plans to make before giving way to other processes that change the same environment.

Each round that is lost was the success of another process: of eight at a time, one lost five.
"""


class ChangeOptions(NamedTuple):
    """How far an installation may go."""

    upgrade: bool = False
    """Do not prefer the installed versions of what was named."""
    upgrade_packages: frozenset[str] = frozenset()
    """Normalised names whose installed versions are not preferred."""
    eager: bool = False
    """With `upgrade`: not those of dependencies either."""
    reinstall: bool = False
    reinstall_packages: frozenset[str] = frozenset()
    ignore_installed: bool = False
    """Resolve as if nothing were there."""
    no_deps: bool = False
    dry_run: bool = False
    compile: bool = False
    """Make bytecode for what was installed."""
    only_deps: bool = False
    """Leave out what was asked for."""
    find_breakage: bool = False
    """Find out what the change breaks of what stays."""
    report: bool = False
    """Describe what is installed, with all its metadata."""


class InstallRequest(NamedTuple):
    """What one `xpip install` asks for."""

    sources: RequirementSources
    policy: SelectionPolicy
    changes: ChangeOptions
    apply: ApplyOptions
    cwd: str
    """Folder that relative paths of requirements start from."""
    resolution: Resolution | None = None
    """What a lock file has installed; then nothing is resolved and `sources` do not count."""


class InstallOutcome(NamedTuple):
    """What an installation came to."""

    satisfied: Satisfied | None
    """Set when the environment had everything; nothing else is set then."""
    resolution: Resolution | None = None
    plan: Plan | None = None
    report: ChangeReport | None = None
    """None when nothing had to change, and for `--dry-run`."""
    breakage: tuple[str, ...] = ()
    """A sentence for each requirement of a staying package that does not hold any more."""
    description: dict[str, object] | None = None
    """The report of what was installed, or would be, ready for JSON; None when none was wanted."""


def install(
    request: InstallRequest,
    environment: Environment,
    store: Store,
    access: Access,
    reporter: Reporter,
) -> InstallOutcome:
    """Bring the environment to satisfy the request.

    The environment is old or new afterwards: everything is resolved, fetched, verified and checked
    for conflicts before the first write. When another process changes it meanwhile, all is planned
    anew.

    Raises:
        XpipError: Anything that cannot be done; nothing has changed then.
    """
    for _ in range(_ROUNDS - 1):
        try:
            return _install(request, environment, store, access, reporter)
        except EnvironmentChanged as change:
            reporter.detail(f"{change.summary}: planning again")
    return _install(request, environment, store, access, reporter)


def _install(
    request: InstallRequest,
    environment: Environment,
    store: Store,
    access: Access,
    reporter: Reporter,
) -> InstallOutcome:
    installed = scan(environment)
    resolution = request.resolution
    if resolution is None and _may_be_satisfied(request, installed):
        from xpip.operations.satisfied import check_satisfied

        satisfied = check_satisfied(request.sources, request.cwd, environment, installed)
        if satisfied is not None:
            _settle(request, environment, installed, reporter)
            return _described(InstallOutcome(satisfied), request, environment, (store, access))
    wheels: dict[str, StoredWheel] = {}
    if resolution is None:
        question = make_question(request, environment, installed)
        resolution = recall(store, question, access)
    if resolution is None:
        from xpip.operations.online import resolve_online

        resolution, wheels = resolve_online(
            question,
            store,
            access,
            lambda answer: _to_fetch(answer, request, installed, (store, access)),
            reporter,
        )
    for warning in resolution.warnings:
        reporter.warning(warning)
    plan = _plan(resolution, request, installed, wheels)
    if environment.read_first:
        from xpip.operations.user_copies import with_hidden

        plan = with_hidden(plan, environment)
    outcome = InstallOutcome(None, resolution, plan)
    outcome = _described(outcome, request, environment, (store, access), wheels, reporter)
    if request.changes.dry_run or plan.is_empty():
        _settle(request, environment, installed, reporter)
        return outcome
    place = (request, environment, installed)
    return _carry_out(outcome, wheels, place, (store, access), reporter)


def _settle(
    request: InstallRequest,
    environment: Environment,
    installed: tuple[InstalledDistribution, ...],
    reporter: Reporter,
) -> None:
    """Deal with an interrupted change where nothing else will.

    Raises:
        EnvironmentChanged: Plan again.
    """
    if request.changes.dry_run:
        tell_pending(environment, reporter)
    else:
        ensure_settled(environment, installed, request.apply, reporter)


def _described(
    outcome: InstallOutcome,
    request: InstallRequest,
    environment: Environment,
    sources: tuple[Store, Access],
    wheels: Mapping[str, StoredWheel] = _NO_WHEELS,
    reporter: Reporter | None = None,
) -> InstallOutcome:
    """Return the outcome with the report, where one is wanted."""
    if not request.changes.report:
        return outcome
    from xpip.model.reporter import SilentReporter
    from xpip.operations.report import make_report

    plan = outcome.plan or Plan((), (), ())
    target = environment.interpreter.target
    told = make_report(plan, target, wheels, sources, reporter or SilentReporter())
    return outcome._replace(description=told)


def _carry_out(
    outcome: InstallOutcome,
    wheels: dict[str, StoredWheel],
    place: tuple[InstallRequest, Environment, tuple[InstalledDistribution, ...]],
    sources: tuple[Store, Access],
    reporter: Reporter,
) -> InstallOutcome:
    """Change the environment as planned, and say what that breaks."""
    request, environment, installed = place
    changes, plan = request.changes, outcome.plan
    assert plan is not None
    if changes.find_breakage and not changes.no_deps:
        from xpip.operations.breakage import find_breakage

        outcome = outcome._replace(breakage=find_breakage(plan, installed, environment))
    report = _apply(plan, wheels, place, sources, reporter)
    return outcome._replace(report=report)


def _apply(
    plan: Plan,
    wheels: dict[str, StoredWheel],
    place: tuple[InstallRequest, Environment, tuple[InstalledDistribution, ...]],
    sources: tuple[Store, Access],
    reporter: Reporter,
) -> ChangeReport:
    """Carry out a plan; wheels whose files in the store were edited are fetched again.

    Each round finds at least one damaged wheel, whose manifest the store has dropped by then, so
    there are never more rounds than wheels.
    """
    from xpip.environment.apply import apply
    from xpip.planner.conflicts import ensure_no_conflicts
    from xpip.store.blobs import DamagedBlob

    request, environment, installed = place
    store, access = sources
    options = request.apply._replace(installed=installed)
    if request.changes.compile:
        # Nothing may be imported once packages have changed: xpip may be one of them.
        from xpip.operations.compiling import compile_rest, compile_wheels
    for _ in range(len(plan.install) + 1):
        placements = collect_placements(plan, store, access, wheels, reporter)
        ensure_as_resolved(plan.install, [placed.wheel for placed in placements], store)
        if not options.allow_file_collisions:
            ensure_no_conflicts(placements, environment.layout)
        rest: tuple[str, ...] = ()
        if request.changes.compile:
            rest = compile_wheels(placements, environment, store, options, reporter)
        try:
            report = apply(environment, plan.remove, placements, store, options, reporter)
        except DamagedBlob as damage:
            reporter.warning(f"{damage.summary}; it is fetched again")
            wheels = {}
        else:
            if rest:
                compile_rest(rest, environment, reporter)
            return report
    raise XpipError("the cached files of the same wheels are changed again and again")


def make_question(
    request: InstallRequest,
    environment: Environment,
    installed: tuple[InstalledDistribution, ...],
) -> Question:
    """Return what is to be resolved, with the installed versions that should stay."""
    changes = request.changes
    preferences: tuple[tuple[str, str], ...] = ()
    again = changes.reinstall or changes.ignore_installed
    # As in pip, what is installed again is the newest that will do.
    if not (again or (changes.upgrade and changes.eager)):
        dropped = set(changes.upgrade_packages)
        if changes.upgrade:
            dropped.update(leading_name(line.text) for line in request.sources.requirements)
        preferences = tuple((d.name, d.version) for d in installed if d.name not in dropped)
    staying = () if again else _staying(installed, changes.reinstall_packages)
    by_name = {distribution.name: distribution for distribution in installed}

    def metadata_by_name(name: str) -> CoreMetadata | None:
        from xpip.operations.installed_needs import metadata_of

        return metadata_of(by_name[name])

    return Question(
        request.sources,
        environment.interpreter.target,
        request.policy,
        preferences,
        changes.no_deps,
        request.cwd,
        staying,
        metadata_by_name,
        build_now=not (changes.dry_run or changes.only_deps),
    )


def remembered_answer(
    request: InstallRequest, environment: Environment, store: Store, access: Access
) -> RememberedResolution | None:
    """Return what is remembered of the resolution for an empty environment, None for nothing."""
    locations = access.locations
    if locations.refresh or locations.refresh_packages or request.resolution is not None:
        return None
    question = make_question(request, environment, ())
    answer = read_resolution(store, question_key(question, access))
    if answer is not None and locations.offline:
        return answer._replace(fresh_until=float("inf"))
    return answer


def _staying(
    installed: tuple[InstalledDistribution, ...], reinstalled: frozenset[str]
) -> tuple[tuple[str, str], ...]:
    return tuple((one.name, one.version) for one in installed if one.name not in reinstalled)


def _may_be_satisfied(
    request: InstallRequest, installed: tuple[InstalledDistribution, ...]
) -> bool:
    """Tell cheaply whether a look at installed metadata can pay.

    In a fresh environment it cannot, and parsing the requirements would cost 50 ms of imports.
    """
    changes = request.changes
    if changes.upgrade or changes.upgrade_packages or changes.reinstall or changes.ignore_installed:
        return False
    if changes.only_deps:
        return False
    if changes.reinstall_packages or request.sources.overrides or request.sources.excludes:
        return False
    names = {distribution.name for distribution in installed}
    return all(
        ";" in line.text or "@" in line.text or "/" in line.text or leading_name(line.text) in names
        for line in request.sources.requirements
    )


def _plan(
    resolution: Resolution,
    request: InstallRequest,
    installed: tuple[InstalledDistribution, ...],
    wheels: Mapping[str, StoredWheel] = _NO_WHEELS,
) -> Plan:
    """Return what must change.

    Args:
        wheels: Normalised name -> what was built of the user's own folders just now; they are
            installed again unless it is what is installed already.
    """
    changes = request.changes
    if changes.reinstall or changes.ignore_installed:
        again = frozenset(package.name for package in resolution.packages)
    else:
        again = changes.reinstall_packages

    def is_from(distribution: InstalledDistribution, package: ResolvedPackage) -> bool:
        if package.direct_url:
            from xpip.operations.origins import is_made_of

            return is_made_of(distribution, package, wheels.get(package.name))
        from xpip.operations.inspect import was_installed_from

        return was_installed_from(distribution, package.file.url)

    if changes.only_deps:
        resolution = _without_roots(resolution)
    return make_plan(resolution, installed, again, is_from)


def _without_roots(resolution: Resolution) -> Resolution:
    """Return what `--only-deps` installs; what was asked for goes even if needed, as in pip."""
    packages = tuple(package for package in resolution.packages if not package.requested)
    return resolution._replace(packages=packages)


def _to_fetch(
    resolution: Resolution,
    request: InstallRequest,
    installed: tuple[InstalledDistribution, ...],
    sources: tuple[Store, Access],
) -> tuple[ResolvedPackage, ...]:
    """Return what must be fetched or built before the plan of a resolution can be carried out."""
    if request.changes.dry_run:
        return ()
    plan = _plan(resolution, request, installed)
    store, access = sources
    return tuple(one for one in plan.install if present_wheel(store, one, access) is None)


def collect_placements(
    plan: Plan,
    store: Store,
    access: Access,
    fetched: dict[str, StoredWheel],
    reporter: Reporter,
) -> tuple[Placement, ...]:
    """Return the wheels to place, fetching those that the store lacks."""
    wheels = dict(fetched)
    missing = []
    for package in plan.install:
        if package.name in wheels:
            continue
        wheel = present_wheel(store, package, access)
        if wheel is None:
            missing.append(package)
        else:
            wheels[package.name] = wheel
    if missing:
        from xpip.operations.online import fetch_online

        wheels.update(fetch_online(tuple(missing), store, access, reporter))
    return tuple(
        Placement(
            wheels[package.name],
            package.requested,
            direct_url_text(package, wheels[package.name]) if package.direct else "",
        )
        for package in plan.install
    )


def ensure_something_was_asked(sources: RequirementSources, what_for: str = "install") -> None:
    """Refuse a request without any requirement, as pip does.

    Args:
        what_for: The command, as a verb.

    Raises:
        XpipError: There is none.
    """
    if not sources.requirements and not sources.files:
        raise XpipError(
            f"nothing to {what_for} was named",
            hints=("name a project, or a file with `-r requirements.txt`",),
        )
