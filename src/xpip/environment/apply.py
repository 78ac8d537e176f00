"""Changes an environment: all of it or nothing.

Everything is checked before the first write. Then a journal makes every step undoable until the
last one, which removes it. docs/transactions.md has the order and the reason of each step.

Everything this needs is imported before the first write: xpip may be changing the environment it
runs in, and a late import would load a file that was just replaced.
"""

from __future__ import annotations

import os

from xpip.environment.arrangement import Arranger
from xpip.environment.boundaries import Boundaries
from xpip.environment.change import Change
from xpip.environment.collisions import Survey
from xpip.environment.compiled import BytecodeShelf
from xpip.environment.execution import Execution
from xpip.environment.faults import EnvironmentChanged, MissingRecord, write_fault
from xpip.environment.installed import scan
from xpip.environment.links import Placer, TouchedBlob, heal
from xpip.environment.locks import EnvironmentLock
from xpip.environment.ownership import find_owners
from xpip.environment.recover import recover_locked
from xpip.environment.restoring import missing_folders, plan_restorations
from xpip.environment.scripts import first_lines
from xpip.environment.transaction import Journal, remove_empty_folders
from xpip.environment.uninstall import Removal, find_removal, find_unrecorded
from xpip.model.distribution import InstalledDistribution
from xpip.model.environment import Environment
from xpip.model.names import normalized_name
from xpip.model.options import ApplyOptions as ApplyOptions  # noqa: PLC0414 - strict mypy wants re-exports said
from xpip.model.plan import ChangeReport, Mending, Placement
from xpip.model.records import TYPE_CHECKING
from xpip.model.reporter import Reporter
from xpip.store.holders import note_environment
from xpip.store.layout import Store

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet


def apply(
    environment: Environment,
    removals: Sequence[InstalledDistribution],
    placements: Sequence[Placement],
    store: Store,
    options: ApplyOptions,
    reporter: Reporter,
) -> ChangeReport:
    """Take distributions out of an environment and put wheels of the store into it.

    After a return the environment is new, after an error it is what it was. After a kill it is
    either, once `recover` or the next `apply` has run.

    Raises:
        EnvironmentChanged: The environment is not the one that was planned for; plan again.
        EnvironmentBusy: Another process kept the environment for too long.
        FileCollision: A new file would replace one of a distribution that stays.
        MissingRecord: A distribution to be removed has no list of its files.
        EnvironmentFault: The environment cannot be written.
        IntegrityError: A wheel wants a place that no wheel may have.
        StoreFault: A file of the store is damaged and cannot be healed.
    """
    libraries = environment.layout.library_folders()
    made = _make_libraries(libraries)
    try:
        with EnvironmentLock(libraries[0], options.lock_timeout, reporter):
            recover_locked(environment.layout, reporter)
            staying = _staying(environment, removals, placements, options)
            worker = _Worker(environment, store, reporter)
            if placements:
                note_environment(store, environment.layout)
            return worker.run(removals, placements, staying, options)
    except BaseException:
        remove_empty_folders(made, (), climb=False)
        raise


def _make_libraries(libraries: Iterable[str]) -> tuple[str, ...]:
    """Make library folders that do not exist; return all folders that were made."""
    made: list[str] = []
    for library in libraries:
        missing = []
        path = library
        while path and not os.path.isdir(path) and path != os.path.dirname(path):
            missing.append(path)
            path = os.path.dirname(path)
        for folder in reversed(missing):
            try:
                os.mkdir(folder)
            except FileExistsError:
                continue
            except OSError as error:
                remove_empty_folders(made, (), climb=False)
                raise write_fault("create", folder, error) from error
            made.append(folder)
    return tuple(made)


def _staying(
    environment: Environment,
    removals: Sequence[InstalledDistribution],
    placements: Sequence[Placement],
    options: ApplyOptions,
) -> tuple[InstalledDistribution, ...]:
    """Return the distributions that keep their files.

    Raises:
        EnvironmentChanged: What is installed is not what the plan was made for.
    """
    installed = scan(environment)
    if options.installed is not None and set(installed) != set(options.installed):
        raise EnvironmentChanged("another process changed the environment meanwhile")
    present = set(installed)
    for removal in removals:
        if removal not in present and not os.path.lexists(
            os.path.join(removal.location, removal.info_folder)
        ):
            raise EnvironmentChanged(
                f"`{removal.name} {removal.version}` was removed by another process meanwhile"
            )
    going = {(removal.location, removal.info_folder) for removal in removals}
    staying = tuple(
        one for one in installed if one.changeable and (one.location, one.info_folder) not in going
    )
    coming = {normalized_name(placement.wheel.name) for placement in placements}
    for distribution in staying:
        if distribution.name in coming:
            raise EnvironmentChanged(
                f"`{distribution.name} {distribution.version}` is installed, "
                "which the plan did not know"
            )
    return staying


class _Worker:
    """Carries out one change under the lock."""

    def __init__(self, environment: Environment, store: Store, reporter: Reporter) -> None:
        self._environment = environment
        self._layout = environment.layout
        self._store = store
        self._reporter = reporter
        self._boundaries = Boundaries(environment)

    def run(
        self,
        removals: Sequence[InstalledDistribution],
        placements: Sequence[Placement],
        staying: Sequence[InstalledDistribution],
        options: ApplyOptions,
    ) -> ChangeReport:
        try:
            return self._attempt(removals, placements, staying, options)
        except TouchedBlob:
            wheels = [placement.wheel for placement in placements]
            wheels += [one.placement.wheel for one in _mending(options).restorations]
            heal(self._store, wheels, self._reporter)
            return self._attempt(removals, placements, staying, options)

    def _attempt(
        self,
        removals: Sequence[InstalledDistribution],
        placements: Sequence[Placement],
        staying: Sequence[InstalledDistribution],
        options: ApplyOptions,
    ) -> ChangeReport:
        placer = Placer(self._store)
        change = self._prepare(removals, placements, staying, placer, options)
        execution = Execution(self._layout, self._store, self._reporter)
        execution.run(change, placer, options.link_mode, durable=options.durable)
        report = _report(change)
        for warning in report.warnings:
            self._reporter.warning(warning)
        return report

    def _prepare(
        self,
        removals: Sequence[InstalledDistribution],
        placements: Sequence[Placement],
        staying: Sequence[InstalledDistribution],
        placer: Placer,
        options: ApplyOptions,
    ) -> Change:
        """Work everything out and check it; nothing of the environment is written."""
        mending = _mending(options)
        interpreter = self._environment.interpreter
        coming = {normalized_name(placement.wheel.name) for placement in placements}
        found = tuple(self._find_removal(one, coming, dict(mending.unrecorded)) for one in removals)
        leaving = dict.fromkeys(path for removal in found for path in removal.payload)
        if leaving:
            for path in find_owners(leaving, staying):
                del leaving[path]
        infos = tuple(path for removal in found for path in removal.info)
        edits = _merged_edits(found)
        arranger = Arranger(
            self._layout,
            self._boundaries,
            first_lines(interpreter.executable),
            interpreter.target.python_version,
        )
        shelf = BytecodeShelf(self._store, interpreter, options.optimization)
        arrangements = []
        for placement in placements:
            placer.turn_to(placement.wheel)
            bytecode = shelf.find(placement.wheel.key)
            arrangements.append(arranger.arrange(placement, placer, bytecode))
        restored = plan_restorations(mending.restorations, arranger, self._boundaries, placer)
        made = missing_folders(restored)
        replaced = [one.path for one in restored if os.path.lexists(one.path)]
        leaving.update(dict.fromkeys(mending.rubbish))
        survey = Survey(
            arrangements,
            frozenset((*leaving, *infos)),
            self._boundaries,
            placer,
            later_wins=options.allow_file_collisions,
        )
        places = survey.look(staying)
        edits += places.edits
        journal = Journal(
            self._layout.library_folders(),
            tuple((one.library, one.wheel.info_folder) for one in survey.arrangements),
            (*leaving, *places.displaced, *replaced, *(path for path, _ in edits), *infos),
            tuple(places.spared),
            (*places.new_trees(), *(one for one in made if os.path.dirname(one) not in made)),
            tuple(one.path for one in restored),
        )
        return Change(journal, found, survey.arrangements, places, edits, restored, made)

    def _find_removal(
        self,
        distribution: InstalledDistribution,
        coming: AbstractSet[str],
        known: Mapping[InstalledDistribution, Sequence[str]],
    ) -> Removal:
        """Return what goes with a distribution; one without RECORD can only be replaced.

        Args:
            coming: Normalised names of what is installed.
            known: Files of distributions whose RECORD is not to be followed.
        """
        if distribution in known:
            return find_unrecorded(distribution, known[distribution], self._boundaries)
        try:
            return find_removal(distribution, self._boundaries)
        except MissingRecord:
            if distribution.name not in coming or distribution.legacy:
                raise
        removal = find_unrecorded(distribution, (), self._boundaries)
        warning = (
            f"`{distribution.name} {distribution.version}` had no RECORD: "
            "files that only it had may be left"
        )
        return removal._replace(warnings=(warning,))


def _merged_edits(removals: Iterable[Removal]) -> tuple[tuple[str, bytes], ...]:
    """Return the new content of each edited file, with the lines of all removals gone."""
    merged: dict[str, bytes] = {}
    for removal in removals:
        for path, content in removal.edits:
            if path in merged:
                kept = set(content.splitlines())
                lines = merged[path].splitlines(keepends=True)
                merged[path] = b"".join(line for line in lines if line.rstrip(b"\r\n") in kept)
            else:
                merged[path] = content
    return tuple(merged.items())


def _report(change: Change) -> ChangeReport:
    installed = [one.wheel for one in change.arrangements]
    return ChangeReport(
        tuple(sorted((wheel.name, wheel.version) for wheel in installed)),
        tuple(sorted((one.distribution.name, one.distribution.version) for one in change.removals)),
        tuple(w for removal in change.removals for w in removal.warnings) + change.places.warnings,
        tuple(sorted(one.path for one in change.restored)),
        change,
    )


def _mending(options: ApplyOptions) -> Mending:
    return options.mending or Mending()
