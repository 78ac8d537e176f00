"""Changes an environment: all of it or nothing.

Everything is checked before the first write. Then a journal makes every step undoable until the
last one, which removes it. docs/transactions.md has the order and the reason of each step.

Everything this needs is imported before the first write: xpip may be changing the environment it
runs in, and a late import would load a file that was just replaced.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from xpip.environment.arrangement import Arrangement, Arranger
from xpip.environment.boundaries import Boundaries, kept_folders
from xpip.environment.collisions import Places, Survey
from xpip.environment.faults import EnvironmentChanged, write_fault
from xpip.environment.halves import OtherHalf, is_worth_sharing, split, split_folders
from xpip.environment.installed import scan
from xpip.environment.links import Placer, TouchedBlob, heal, write_new
from xpip.environment.locks import EnvironmentLock
from xpip.environment.ownership import find_owners
from xpip.environment.recover import recover_locked
from xpip.environment.scripts import first_lines
from xpip.environment.transaction import (
    Journal,
    clear_away,
    commit,
    create_journal,
    move_aside,
    move_in,
    open_folders,
    read_journal,
    remove_bytecode,
    remove_empty_folders,
    remove_hollow_tree,
    roll_back,
    staging_folder,
    write_journal,
)
from xpip.environment.uninstall import Removal, find_removal
from xpip.errors import EnvironmentFault
from xpip.model.distribution import InstalledDistribution, StoredFile, StoredWheel
from xpip.model.environment import Environment
from xpip.model.names import normalized_name
from xpip.model.options import ApplyOptions as ApplyOptions  # noqa: PLC0414 - strict mypy wants re-exports said
from xpip.model.plan import ChangeReport, Placement
from xpip.model.records import NamedTuple
from xpip.model.reporter import Reporter
from xpip.store.layout import Store


class Change(NamedTuple):
    """Everything that is going to happen, worked out and checked."""

    journal: Journal
    removals: tuple[Removal, ...]
    arrangements: tuple[Arrangement, ...]
    places: Places
    edits: tuple[tuple[str, bytes], ...]
    """(path, new content) of files that lose a line."""

    def sample(self) -> tuple[StoredWheel, StoredFile] | None:
        """Return some file that has a blob, with its wheel; None when all are tiny."""
        for arrangement in self.arrangements:
            for _, files in (*arrangement.info, *arrangement.folders):
                for file in files:
                    if file[3] is None:
                        return arrangement.placement.wheel, file
        return None


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
            heal(self._store, (placement.wheel for placement in placements), self._reporter)
            return self._attempt(removals, placements, staying, options)

    def _attempt(
        self,
        removals: Sequence[InstalledDistribution],
        placements: Sequence[Placement],
        staying: Sequence[InstalledDistribution],
        options: ApplyOptions,
    ) -> ChangeReport:
        placer = Placer(self._store)
        change = self._prepare(removals, placements, staying, placer)
        journal = change.journal
        open_folders(journal.libraries)
        self._reporter.started("install", len(placements))
        try:
            self._make_ready(change, placer, options.link_mode)
            self._carry_out(change, placer)
            commit(journal)
        except BaseException:
            self._undo(journal, placer)
            raise
        finally:
            self._reporter.finished("install")
        if not clear_away(journal.libraries):
            self._reporter.detail("some files of the transaction folder could not be deleted yet")
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
    ) -> Change:
        """Work everything out and check it; nothing of the environment is written."""
        interpreter = self._environment.interpreter
        found = tuple(find_removal(removal, self._boundaries) for removal in removals)
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
        arrangements = []
        for placement in placements:
            placer.turn_to(placement.wheel)
            arrangements.append(arranger.arrange(placement, placer))
        survey = Survey(arrangements, frozenset((*leaving, *infos)), self._boundaries, placer)
        places = survey.look(staying)
        journal = Journal(
            self._layout.library_folders(),
            tuple((one.library, one.placement.wheel.info_folder) for one in arrangements),
            (*leaving, *places.displaced, *(path for path, _ in edits), *infos),
            tuple(places.spared),
            places.new_trees(),
        )
        return Change(journal, found, tuple(arrangements), places, edits)

    def _make_ready(self, change: Change, placer: Placer, link_mode: str) -> None:
        """Write the journal; nothing is visible yet."""
        journal = change.journal
        descriptor = create_journal(journal.libraries[0])
        try:
            placer.choose(link_mode, change.sample(), descriptor)
            if placer.method == "copy":
                _ensure_room(change.arrangements, self._layout.purelib)
            write_journal(journal, descriptor)
        finally:
            os.close(descriptor)

    def _carry_out(self, change: Change, placer: Placer) -> None:
        """Make every change but the last, which is to remove the journal."""
        journal, places = change.journal, change.places
        if journal.old:
            # What may go wrong with new files goes wrong while the old ones are still in place.
            for arrangement in change.arrangements:
                _stage(arrangement, placer)
            for position in range(len(journal.old)):
                move_aside(journal, position)
            for folder in places.vanishing:
                remove_hollow_tree(folder)
        self._fill(change, placer)
        for path, content in change.edits:
            _write(path, content, 0o666)
        for library, info_folder in journal.staged:
            move_in(library, info_folder)
        # A process that read an old source may have compiled it after the old bytecode had left.
        remove_bytecode(journal.old, ())
        remove_empty_folders(
            {os.path.dirname(path) for path in journal.old}, kept_folders(self._layout)
        )

    def _fill(self, change: Change, placer: Placer) -> None:
        """Put all new files into place, each distribution's after its RECORD is staged."""
        arrangements = change.arrangements
        if change.journal.old or change.places.spared or not is_worth_sharing(arrangements):
            _make_folders(change.places.folders)
            for arrangement in arrangements:
                if not change.journal.old:
                    _stage(arrangement, placer)
                _fill_one(arrangement, placer, change.places.spared)
                self._reporter.progressed("install", 1)
            return
        mine, other = split(arrangements)
        common, my_folders, other_folders = split_folders(change.places.folders, mine, other)
        _make_folders(common)

        def fill(some: Sequence[Arrangement], folders: Sequence[str], report: bool) -> None:
            _make_folders(folders)
            for arrangement in some:
                _stage(arrangement, placer)
                _fill_one(arrangement, placer, frozenset())
                if report:
                    self._reporter.progressed("install", 1)

        half = OtherHalf(lambda: fill(other, other_folders, report=False))
        try:
            fill(mine, my_folders, report=True)
        except BaseException:
            half.stop()
            raise
        if not half.succeeded():
            _make_folders(other_folders)
            for arrangement in other:
                _stage(arrangement, placer, again=True)
                _fill_one(arrangement, placer, frozenset(), again=True)
        self._reporter.progressed("install", len(other))

    def _undo(self, journal: Journal, placer: Placer) -> None:
        """Bring back the old environment; what cannot be done now is left to `recover`."""
        try:
            if read_journal(journal.libraries[0]) is not None:
                roll_back(journal, placer.strangers)
            clear_away(journal.libraries)
        except EnvironmentFault as error:
            self._reporter.warning(
                f"the change could not be undone ({error.summary}): "
                "the next xpip command in this environment tries again"
            )


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


def _stage(arrangement: Arrangement, placer: Placer, *, again: bool = False) -> None:
    """Make a finished dist-info folder in the transaction folder, RECORD last.

    Args:
        again: Some of it may be there already.
    """
    folder = f"{staging_folder(arrangement.library)}/{arrangement.placement.wheel.info_folder}"
    folders = [(f"{folder}/{path}" if path else folder, files) for path, files in arrangement.info]
    placer.turn_to(arrangement.placement.wheel)
    _make_folders([path for path, _ in folders])
    placer.place([(path + "/", files) for path, files in folders])
    for name, content in arrangement.info_written:
        path = f"{folder}/{name}"
        if again:
            # A RECORD that is there must stay: files that it lists may be in place.
            _remove_file(f"{path}.new")
            _write(f"{path}.new", content, 0o666)
            os.replace(f"{path}.new", path)
        else:
            _write(path, content, 0o666)


def _fill_one(
    arrangement: Arrangement, placer: Placer, spared: frozenset[str], *, again: bool = False
) -> None:
    placer.turn_to(arrangement.placement.wheel)
    placer.place(_folders_to_fill(arrangement, spared))
    for path, content in arrangement.written:
        if path not in spared:
            if again:
                _remove_file(path)
            _write(path, content, 0o777)


def _remove_file(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        return
    except OSError as error:
        raise write_fault("remove", path, error) from error


def _folders_to_fill(
    arrangement: Arrangement, spared: frozenset[str]
) -> Sequence[tuple[str, Sequence[StoredFile]]]:
    if not spared:
        return [(folder + "/", files) for folder, files in arrangement.folders]
    return [
        (folder + "/", [file for file in files if f"{folder}/{file[0]}" not in spared])
        for folder, files in arrangement.folders
    ]


def _make_folders(folders: Iterable[str]) -> None:
    """Make folders, parents first; nobody is asked before whether they exist (2 to 3 us each)."""
    mkdir = os.mkdir
    for folder in folders:
        try:
            mkdir(folder)
        except FileExistsError:
            continue
        except OSError as error:
            raise write_fault("create", folder, error) from error


def _write(path: str, content: bytes, mode: int) -> None:
    try:
        write_new(path, content, mode)
    except OSError as error:
        raise write_fault("create", path, error) from error


def _ensure_room(arrangements: Iterable[Arrangement], folder: str) -> None:
    """Refuse a change for which the file system has no room, before it is begun.

    Raises:
        EnvironmentFault: There is not enough.
    """
    needed = sum(arrangement.placement.wheel.size for arrangement in arrangements)
    try:
        status = os.statvfs(folder)
    except OSError:
        return
    free = status.f_bavail * status.f_frsize
    if free < needed:
        raise EnvironmentFault(
            f"the file system of `{folder}` has no room for {needed:,} bytes",
            details=(f"{free:,} bytes are free",),
            hints=("make room on it, then run the command again",),
        )


def _report(change: Change) -> ChangeReport:
    installed = [one.placement.wheel for one in change.arrangements]
    return ChangeReport(
        tuple(sorted((wheel.name, wheel.version) for wheel in installed)),
        tuple(sorted((one.distribution.name, one.distribution.version) for one in change.removals)),
        tuple(w for removal in change.removals for w in removal.warnings) + change.places.warnings,
    )
