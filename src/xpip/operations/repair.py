"""Finds what other tools left half done in an environment, and heals it in one transaction.

Everything is put back from wheels that the store has. What it does not have is told, with the
installation that would put it right; nothing is downloaded.
"""

from __future__ import annotations

import os

from xpip.environment.boundaries import Boundaries
from xpip.environment.installed import scan_report
from xpip.environment.integrity import find_problems
from xpip.environment.pending import has_pending_change
from xpip.environment.records import read_record
from xpip.environment.recover import recover
from xpip.environment.remains import find_remains, title_of_leftover
from xpip.model.distribution import InstalledDistribution
from xpip.model.names import normalized_name
from xpip.model.plan import Mending, Placement
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.operations.files import Damage, Restorer, half_at
from xpip.operations.pinned_state import is_unfinished

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.environment.installed import ScanReport
    from xpip.environment.integrity import FileProblem
    from xpip.model.distribution import StoredWheel
    from xpip.model.environment import Environment
    from xpip.model.options import ApplyOptions
    from xpip.model.plan import Restoration
    from xpip.model.reporter import Reporter
    from xpip.store.layout import Store

_INFO_SUFFIX = ".dist-info"


class Ailment(NamedTuple):
    """One thing that is wrong."""

    what: str
    """A sentence without its full stop."""
    remedy: str = ""
    """What is done about it, in the past tense; empty when nothing can be."""
    hint: str = ""
    """What would help where nothing is done."""


class RepairOutcome(NamedTuple):
    """What was found, and healed unless it was a dry run."""

    ailments: tuple[Ailment, ...]

    def is_healed(self) -> bool:
        """Say whether nothing is left that is wrong."""
        return all(one.remedy for one in self.ailments)


def repair(
    environment: Environment,
    store: Store,
    options: ApplyOptions,
    reporter: Reporter,
    *,
    now: float,
    dry_run: bool = False,
) -> RepairOutcome:
    """Look at everything in an environment and put right what can be.

    Args:
        now: Seconds since the epoch; what a running process may own is too young to be rubbish.

    Raises:
        XpipError: The environment cannot be read or changed; nothing has changed then.
    """
    ailments: list[Ailment] = []
    if has_pending_change(environment.layout):
        ailments.append(Ailment("a change by xpip was interrupted", "undone"))
        if not dry_run:
            recover(environment, reporter, options.lock_timeout)
    report = scan_report(environment)
    diagnosis = _Diagnosis(environment, store, reporter, report)
    diagnosis.look(now)
    if not dry_run and diagnosis.changes_something():
        from xpip.environment.apply import apply

        apply(
            environment,
            tuple(diagnosis.removals),
            tuple(diagnosis.placements),
            store,
            options._replace(installed=report.distributions, mending=diagnosis.mending()),
            reporter,
        )
    return RepairOutcome((*ailments, *diagnosis.ailments))


class _Diagnosis:
    """What is wrong, and what one transaction would do about it."""

    def __init__(
        self, environment: Environment, store: Store, reporter: Reporter, report: ScanReport
    ) -> None:
        self._environment = environment
        self._report = report
        self._boundaries = Boundaries(environment)
        self._restorer = Restorer(environment, store, reporter)
        self._mine = tuple(one for one in report.distributions if one.changeable)
        self.ailments: list[Ailment] = []
        self.removals: list[InstalledDistribution] = []
        self.placements: list[Placement] = []
        self._restorations: list[Restoration] = []
        self._rubbish: dict[str, None] = {}
        self._unrecorded: list[tuple[InstalledDistribution, tuple[str, ...]]] = []

    def changes_something(self) -> bool:
        """Say whether there is anything to do."""
        return bool(self.removals or self.placements or self._restorations or self._rubbish)

    def mending(self) -> Mending:
        """Return what happens beside removals and placements."""
        gone = {(one.location, one.info_folder) for one in self.removals}
        return Mending(
            tuple(self._restorations),
            tuple(
                path
                for path in self._rubbish
                if os.path.split(path) not in gone
                and os.path.split(os.path.split(path)[0]) not in gone
            ),
            tuple(self._unrecorded),
        )

    def look(self, now: float) -> None:
        """Find everything."""
        groups: dict[str, list[InstalledDistribution]] = {}
        for distribution in self._mine:
            groups.setdefault(distribution.name, []).append(distribution)
        halves = [half_at(path) for path in self._report.damaged]
        for half in halves:
            groups.setdefault(half.name, [])
        for name, group in groups.items():
            self._look_at_project(group, [half for half in halves if half.name == name])
        for path in self._report.leftovers:
            self._look_at_leftover(path)
        for path in find_remains(self._environment.layout, now):
            self._rubbish[path] = None
            self.ailments.append(Ailment(f"`{path}` was left behind", "removed"))

    def _look_at_project(
        self, group: Sequence[InstalledDistribution], halves: Sequence[InstalledDistribution]
    ) -> None:
        """Look at the distributions of one project, and at dist-info folders that are none."""
        whole = [one for one in group if not self._problems(one)]
        if len(group) + len(halves) == 1:
            for one in (*group, *halves):
                self._mend(one, is_half=one in halves)
            return
        everything = (*group, *halves)
        shown = ", ".join(f"`{one.info_folder}`" for one in everything)
        what = f"`{everything[0].name}` is there more than once: {shown}"
        if whole:
            kept = max(whole, key=_changed_at)
            for one in everything:
                if one is not kept:
                    self._remove(one)
            self.ailments.append(Ailment(what, f"reduced to {kept.version}, whose files are whole"))
            return
        for one in sorted(everything, key=_changed_at, reverse=True):
            wheel = next(iter(self._restorer.wheels(one)), None)
            if wheel is not None:
                for other in everything:
                    self._remove(other)
                self.placements.append(self._restorer.placement(one, wheel))
                self.ailments.append(Ailment(what, f"replaced by {one.version} from the cache"))
                return
        newest = max(everything, key=_changed_at)
        self.ailments.append(Ailment(what, hint=_reinstall(newest)))

    def _mend(self, distribution: InstalledDistribution, *, is_half: bool) -> None:
        """Heal the only distribution of a project."""
        problems = self._problems(distribution)
        if distribution.legacy and is_half:
            self.ailments.append(
                Ailment(
                    f"the metadata of `{distribution.info_folder}` is damaged",
                    hint=_reinstall(distribution),
                )
            )
            return
        unfinished = is_half or is_unfinished(distribution, read_record(distribution) or "")
        if not problems and not unfinished:
            return
        title = f"`{distribution.name} {distribution.version}`"
        if unfinished:
            self._finish(distribution, f"{title} is installed by half")
            return
        damage = Damage(distribution, problems)
        if damage.lacks_record():
            what = f"{title} has {problems[0].kind}"
        else:
            shown = "; ".join(f"`{one.path}` is {one.kind}" for one in problems[:3])
            more = f"; and {len(problems) - 3} more" if len(problems) > 3 else ""  # noqa: PLR2004
            what = f"{title}: {shown}{more}"
        restoration = self._restorer.restoration(damage)
        if restoration is None:
            self._finish(distribution, what)
            return
        self._restorations.append(restoration)
        self.ailments.append(Ailment(what, "put back from the cache"))

    def _finish(self, distribution: InstalledDistribution, what: str) -> None:
        """Install a distribution again where the store has what it was installed from."""
        wheel = next(iter(self._restorer.wheels(distribution)), None)
        if wheel is None:
            self.ailments.append(Ailment(what, hint=_reinstall(distribution)))
            return
        self._remove(distribution)
        data = f"{distribution.location}/{_stem(distribution)}.data"
        if os.path.isdir(data):
            # uv unpacks it here before it moves the files to where they belong.
            self._rubbish[data] = None
        self.placements.append(self._restorer.placement(distribution, wheel))
        self.ailments.append(Ailment(what, "installed again from the cache"))

    def _remove(self, distribution: InstalledDistribution) -> None:
        self.removals.append(distribution)
        problems = find_problems(distribution, self._boundaries)
        if problems and Damage(distribution, problems).lacks_record():
            self._unrecorded.append((distribution, self._restorer.files(distribution)))

    def _look_at_leftover(self, path: str) -> None:
        """Decide about a `~name`, to which pip renames what it is about to replace."""
        title = title_of_leftover(path)
        what = f"`{path}` was left behind by pip"
        name = normalized_name(title[0]) if title else ""
        is_installed = any(one.name == name for one in self._mine) or any(
            normalized_name(placed.wheel.name) == name for placed in self.placements
        )
        if title is None or is_installed:
            if title is not None or not self._is_needed(path):
                self._rubbish[path] = None
                self.ailments.append(Ailment(what, "removed"))
            return
        lost = InstalledDistribution(
            name, title[1], os.path.dirname(path), f"{title[0]}-{title[1]}{_INFO_SUFFIX}"
        )
        wheel = self._wheel_of_lost(lost)
        if wheel is None:
            self.ailments.append(
                Ailment(f"{what}, and `{lost.name} {lost.version}` is gone", hint=_reinstall(lost))
            )
            return
        self._rubbish[path] = None
        self.placements.append(Placement(wheel, requested=os.path.exists(f"{path}/REQUESTED")))
        self.ailments.append(
            Ailment(
                f"{what}, and `{lost.name} {lost.version}` was gone",
                "installed again from the cache",
            )
        )

    def _wheel_of_lost(self, lost: InstalledDistribution) -> StoredWheel | None:
        wheels = self._restorer.wheels(lost, any_folder=True)
        return wheels[0] if wheels else None

    def _is_needed(self, path: str) -> bool:
        """Say whether a leftover folder may be the only copy of a project that is gone."""
        for other in self._report.leftovers:
            title = title_of_leftover(other)
            if title is None or os.path.dirname(other) != os.path.dirname(path):
                continue
            name = normalized_name(title[0])
            if any(one.name == name for one in self._mine):
                continue
            if not any(normalized_name(placed.wheel.name) == name for placed in self.placements):
                lost = InstalledDistribution(name, title[1], os.path.dirname(path), "")
                if self._wheel_of_lost(lost) is None:
                    return True
        return False

    def _problems(self, distribution: InstalledDistribution) -> tuple[FileProblem, ...]:
        return find_problems(distribution, self._boundaries)


def _stem(distribution: InstalledDistribution) -> str:
    return distribution.info_folder.removesuffix(_INFO_SUFFIX)


def _changed_at(distribution: InstalledDistribution) -> int:
    """Return when a dist-info folder was last changed; the newest is what was wanted last."""
    try:
        return os.stat(f"{distribution.location}/{distribution.info_folder}").st_mtime_ns
    except OSError:
        return 0


def _reinstall(distribution: InstalledDistribution) -> str:
    pin = (
        f"{distribution.name}=={distribution.version}"
        if distribution.version
        else (distribution.name)
    )
    return f"`xpip install --force-reinstall --no-deps {pin}` puts it right"
