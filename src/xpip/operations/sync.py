"""Make an environment hold exactly what files pin.

Nothing is resolved: what is there already is compared with the pins, and only what differs is
looked for, in the store first and then on indexes. All changes are one transaction.
"""

from __future__ import annotations

from xpip.environment.faults import EnvironmentChanged
from xpip.environment.installed import scan_report
from xpip.environment.recover import recover
from xpip.errors import XpipError
from xpip.model.plan import Mending, Plan
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.operations.install import collect_placements
from xpip.operations.interrupted import tell_pending
from xpip.operations.pinned_state import DAMAGED, Judge
from xpip.operations.pins import PinnedLine, read_pins
from xpip.operations.protected import protected_names
from xpip.operations.resolve import Question, recall
from xpip.operations.trust import ensure_as_resolved
from xpip.operations.wheels import present_wheel
from xpip.planner.exact import ExactPlan, Pin, Step, compare

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from xpip.environment.installed import ScanReport
    from xpip.model.distribution import InstalledDistribution, StoredWheel
    from xpip.model.environment import Environment
    from xpip.model.lock import LockWish
    from xpip.model.options import ApplyOptions, SelectionPolicy
    from xpip.model.plan import ChangeReport, Restoration
    from xpip.model.reporter import Reporter
    from xpip.model.requirement import RequirementSources
    from xpip.model.resolution import Resolution, ResolvedPackage
    from xpip.operations.resolve import Access
    from xpip.operations.wanted import Reach
    from xpip.store.layout import Store

_ROUNDS = 20
"""Plans to make before giving way to other processes that change the same environment."""
FILES_DIFFER = "changed files"


class SyncRequest(NamedTuple):
    """What one `xpip sync` asks for."""

    sources: RequirementSources
    """From requirements files."""
    locks: tuple[str, ...]
    """Paths and URLs of lock files, as written."""
    wish: LockWish
    """Which parts of lock files are wanted."""
    policy: SelectionPolicy
    apply: ApplyOptions
    reach: Reach
    """What reading lock files may use, with the folder that all relative paths start from."""
    last_wins: bool = False
    """Of different pins of one project the last counts."""
    repair: bool = False
    """Compare every installed file with its RECORD."""
    dry_run: bool = False
    allow_empty: bool = False
    """Files that pin nothing empty the environment."""


class SyncOutcome(NamedTuple):
    """What a synchronisation came to."""

    plan: ExactPlan
    restorations: tuple[Restoration, ...] = ()
    """Files that were put back, or would be."""
    report: ChangeReport | None = None
    """None when nothing was changed."""
    refused: bool = False
    """Somebody said no, or nothing is pinned and that was not allowed."""
    direct: bool = False
    """Something is pinned by URL or path, behind which anything may change."""

    def is_empty(self) -> bool:
        """Say whether nothing has to change."""
        return not self.plan.steps and not self.restorations


class _Wanted(NamedTuple):
    """What is pinned, and what is known of it already."""

    pins: tuple[Pin, ...]
    """Each project once, all with names."""
    lines: dict[str, PinnedLine]
    """By normalised name; what a lock file lists is not among them."""
    packages: dict[str, ResolvedPackage]
    """By normalised name: what a lock file or a build has settled."""


def sync(
    request: SyncRequest,
    environment: Environment,
    store: Store,
    access: Access,
    reporter: Reporter,
    approve: Callable[[SyncOutcome], bool],
) -> SyncOutcome:
    """Bring an environment to hold exactly what is pinned.

    The environment is old or new afterwards. When another process changes it meanwhile, all is
    planned anew.

    Args:
        approve: Asked before the first change; False leaves everything as it is.

    Raises:
        XpipError: Anything that cannot be done; nothing has changed then.
    """
    work = _Work(request, environment, store, access, reporter)
    for _ in range(_ROUNDS - 1):
        try:
            return work.run(approve)
        except EnvironmentChanged as change:
            reporter.detail(f"{change.summary}: planning again")
    return work.run(approve)


class _Work:
    """One synchronisation."""

    def __init__(
        self,
        request: SyncRequest,
        environment: Environment,
        store: Store,
        access: Access,
        reporter: Reporter,
    ) -> None:
        self._request = request
        self._environment = environment
        self._store = store
        self._access = access
        self._reporter = reporter
        self._judge = Judge(store, request.reach.variables)
        self._fetched: dict[str, StoredWheel] = {}

    def run(self, approve: Callable[[SyncOutcome], bool]) -> SyncOutcome:
        """Plan and, if that is approved, change."""
        request = self._request
        if request.dry_run:
            tell_pending(self._environment, self._reporter)
        else:
            recover(self._environment, self._reporter, request.apply.lock_timeout)
        report = scan_report(self._environment)
        installed = report.distributions
        wanted = self._wanted(installed)
        if not wanted.pins and not request.allow_empty:
            return SyncOutcome(ExactPlan((), ()), refused=True)
        halves = self._unlisted_halves(report, wanted) if report.damaged else ()
        plan = compare(
            wanted.pins,
            (*installed, *halves),
            protected_names(self._environment, installed),
            self._judge,
        )
        restorations: tuple[Restoration, ...] = ()
        if request.repair:
            plan, restorations = self._look_at_files(plan, wanted)
        direct = any(pin.url for pin in wanted.pins)
        outcome = SyncOutcome(plan, restorations, direct=direct)
        if outcome.is_empty() or request.dry_run:
            return outcome
        if not approve(outcome):
            return outcome._replace(refused=True)
        return outcome._replace(report=self._change(outcome, wanted, installed))

    def _unlisted_halves(
        self, report: ScanReport, wanted: _Wanted
    ) -> tuple[InstalledDistribution, ...]:
        """Return dist-info folders without metadata whose files can be removed by somebody's list.

        Those of listed projects are replaced by their installation.
        """
        from xpip.environment.boundaries import Boundaries
        from xpip.environment.integrity import find_problems
        from xpip.operations.files import Damage, half_at

        names = {pin.name for pin in wanted.pins}
        boundaries = Boundaries(self._environment)
        own = self._environment.layout.library_folders()
        found = []
        for path in report.damaged:
            half = half_at(path)
            if half.name in names or half.location not in own:
                continue
            problems = () if half.legacy else find_problems(half, boundaries)
            lacks_record = bool(problems) and Damage(half, problems).lacks_record()
            if half.legacy or (lacks_record and not self._known_files(half)):
                self._reporter.warning(
                    f"`{path}` is damaged and not listed, and stays because nobody knows its files"
                )
            else:
                found.append(half)
        return tuple(found)

    def _wanted(self, installed: Sequence[InstalledDistribution]) -> _Wanted:
        request = self._request
        target = self._environment.interpreter.target
        lines = read_pins(request.sources, target, request.reach.cwd, last_wins=request.last_wins)
        pins = [line.pin for line in lines if line.pin.name]
        by_name = {line.pin.name: line for line in lines if line.pin.name}
        packages: dict[str, ResolvedPackage] = {}
        for path in request.locks:
            for package in self._read_lock(path):
                _ensure_new(package, path, by_name, packages)
                packages[package.name] = package
                pins.append(_as_pin(package))
        unnamed = [line for line in lines if not line.pin.name]
        if unnamed:
            left = []
            for line in unnamed:
                name = self._named_by_installed(line.pin, installed)
                if name and name not in by_name:
                    by_name[name] = line
                    pins.append(line.pin._replace(name=name))
                else:
                    left.append(line)
            for package in self._resolve(left).packages if left else ():
                _ensure_new(package, "a source", by_name, packages)
                packages[package.name] = package
                pins.append(_as_pin(package))
        return _Wanted(tuple(pins), by_name, packages)

    def _named_by_installed(self, pin: Pin, installed: Sequence[InstalledDistribution]) -> str:
        """Return the project of sources that are installed exactly so; empty when none are."""
        for distribution in installed:
            if distribution.changeable and not self._judge(distribution, pin):
                return distribution.name
        return ""

    def _read_lock(self, path: str) -> tuple[ResolvedPackage, ...]:
        from xpip.operations.locked import read_lock_file

        target = self._environment.interpreter.target
        locked = read_lock_file(path, self._request.reach, target, self._request.wish)
        for warning in locked.resolution.warnings:
            self._reporter.warning(warning)
        network = self._access.network
        self._access = self._access._replace(
            network=network._replace(credentials=locked.credentials + network.credentials)
        )
        return locked.resolution.packages

    def _look_at_files(
        self, plan: ExactPlan, wanted: _Wanted
    ) -> tuple[ExactPlan, tuple[Restoration, ...]]:
        """Add what is wrong with the files of what would stay.

        What cannot be put back from the store is installed again.
        """
        from xpip.operations.files import Restorer, find_damage

        restorer = Restorer(self._environment, self._store, self._reporter)
        pins = {pin.name: pin for pin in wanted.pins}
        restorations: list[Restoration] = []
        steps = list(plan.steps)
        again: set[InstalledDistribution] = set()
        for damage in find_damage(self._environment, plan.keep):
            restoration = restorer.restoration(damage)
            if restoration is not None:
                restorations.append(restoration)
                continue
            distribution = damage.distribution
            again.add(distribution)
            pin = pins[distribution.name]
            steps.append(Step(distribution.name, (distribution,), pin, FILES_DIFFER))
        keep = tuple([one for one in plan.keep if one not in again])
        steps.sort(key=lambda step: step.name)
        return ExactPlan(tuple(steps), keep, plan.protected), tuple(restorations)

    def _change(
        self,
        outcome: SyncOutcome,
        wanted: _Wanted,
        installed: tuple[InstalledDistribution, ...],
    ) -> ChangeReport:
        """Carry a plan out; wheels whose files in the store were edited are fetched again.

        Each round finds at least one damaged wheel, whose manifest the store has dropped by then,
        so there are never more rounds than wheels.
        """
        from xpip.environment.apply import apply
        from xpip.planner.conflicts import ensure_no_conflicts
        from xpip.store.blobs import DamagedBlob

        steps = outcome.plan.steps
        removals = tuple(one for step in steps for one in step.before)
        options = self._request.apply._replace(installed=installed, mending=self._mending(outcome))
        for _ in range(len(steps) + len(outcome.restorations) + 1):
            packages = self._packages(steps, wanted)
            plan = Plan(packages, removals, outcome.plan.keep)
            placements = collect_placements(
                plan, self._store, self._access, self._fetched, self._reporter
            )
            ensure_as_resolved(packages, [placed.wheel for placed in placements], self._store)
            if not options.allow_file_collisions:
                ensure_no_conflicts(placements, self._environment.layout)
            try:
                return apply(
                    self._environment, removals, placements, self._store, options, self._reporter
                )
            except DamagedBlob as damage:
                if outcome.restorations:
                    # What was to be put back must now be installed again: plan anew.
                    raise EnvironmentChanged(damage.summary) from damage
                self._reporter.warning(f"{damage.summary}; it is fetched again")
                self._fetched = {}
        raise XpipError("the cached files of the same wheels are changed again and again")

    def _mending(self, outcome: SyncOutcome) -> Mending:
        """Return what happens beside: files that are put back, and RECORDs that are no help."""
        unrecorded = []
        for step in outcome.plan.steps:
            for distribution in step.before:
                if distribution.legacy or self._judge(distribution, Pin("", "")) != DAMAGED:
                    continue
                known = self._known_files(distribution)
                if known or step.after is not None:
                    unrecorded.append((distribution, known))
        return Mending(outcome.restorations, (), tuple(unrecorded))

    def _known_files(self, distribution: InstalledDistribution) -> tuple[str, ...]:
        from xpip.operations.files import Restorer

        return Restorer(self._environment, self._store, self._reporter).files(distribution)

    def _packages(self, steps: Sequence[Step], wanted: _Wanted) -> tuple[ResolvedPackage, ...]:
        """Return what is to be installed, in the order of the steps."""
        from xpip.operations.stored_pins import StoredPins

        request = self._request
        stored = StoredPins(
            self._store,
            self._environment.interpreter.target,
            request.policy,
            self._access.locations.indexes,
        )
        found: dict[str, ResolvedPackage] = {}
        asked: list[PinnedLine] = []
        for step in steps:
            if step.after is None:
                continue
            package = wanted.packages.get(step.name) or stored.find(step.after)
            if package is not None:
                found[step.name] = package
            else:
                asked.append(wanted.lines[step.name])
        if asked:
            missing = [one for one in found.values() if self._is_missing(one)]
            resolution = self._resolve(asked, missing)
            found.update((package.name, package) for package in resolution.packages)
        return tuple(found[step.name] for step in steps if step.after is not None)

    def _is_missing(self, package: ResolvedPackage) -> bool:
        return present_wheel(self._store, package, self._access) is None

    def _resolve(
        self, lines: Sequence[PinnedLine], others: Sequence[ResolvedPackage] = ()
    ) -> Resolution:
        """Find what pinned lines stand for; wheels that are not in the store are fetched.

        Args:
            others: What else is to be fetched over the same connections.
        """
        request = self._request
        question = Question(
            request.sources._replace(
                requirements=tuple(line.text for line in lines), constraints=()
            ),
            self._environment.interpreter.target,
            request.policy,
            (),
            no_deps=True,
            cwd=request.reach.cwd,
        )
        resolution = recall(self._store, question, self._access)
        if resolution is None:
            from xpip.operations.online import resolve_online

            resolution, fetched = resolve_online(
                question,
                self._store,
                self._access,
                lambda answer: [
                    *(one for one in answer.packages if self._is_missing(one)),
                    *others,
                ],
                self._reporter,
            )
            self._fetched.update(fetched)
        for warning in resolution.warnings:
            self._reporter.warning(warning)
        return resolution


def _as_pin(package: ResolvedPackage) -> Pin:
    """Return what a lock file says of a project as a pin."""
    version = "" if package.direct else package.version
    url = (package.source.url if package.source else package.file.url) if package.direct else ""
    return Pin(package.name, version, package.file.digests, url, package.source)


def _ensure_new(
    package: ResolvedPackage,
    where: str,
    lines: dict[str, PinnedLine],
    packages: dict[str, ResolvedPackage],
) -> None:
    """Refuse a project that another file pins too.

    Raises:
        XpipError: One does.
    """
    from xpip.operations.pins import ConflictingPins

    line = lines.get(package.name)
    if line is None and package.name not in packages:
        return
    first = f"{line.text.origin}: `{line.text.text}`" if line else "another lock file"
    raise ConflictingPins(
        f"`{package.name}` is pinned in two ways",
        details=(first, f"{where}: `{package.name}=={package.version}`"),
    )
