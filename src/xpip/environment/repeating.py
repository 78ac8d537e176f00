"""Carries out a change once more, in an environment that is as empty as it was the first time.

What was worked out and checked for an empty environment holds for each later one in the same place
with the same Python: paths, texts of RECORD, scripts, and that no two wheels want one place. So it
is kept whole, and only what an environment may hold by now is looked at again, under the lock. What
carries it out is the same as ever: journal, order, tamper check, way back.
"""

from __future__ import annotations

import os
from itertools import repeat as repeated

from xpip.environment.change import Arrangement, Change, Places, Restored, Share, Shares
from xpip.environment.execution import Execution
from xpip.environment.links import Placer
from xpip.environment.locks import EnvironmentLock
from xpip.environment.transaction import Journal
from xpip.errors import StoreFault, XpipError
from xpip.model.distribution import StoredFile, StoredWheel
from xpip.model.environment import Layout
from xpip.model.records import TYPE_CHECKING
from xpip.model.reporter import SilentReporter
from xpip.store.packing import read_packed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

    from xpip.store.layout import Store

    Surroundings = tuple[tuple[str, str, tuple[str, ...]], ...]
    """Folders that were there and get something: path, real path, names that it gets."""

WHEELS = 2
"""Position of (key, dist-info name) of all wheels in the head."""
_NO_METADATA = ("", "", (), "", (), "")


class KeptShare(Share):
    """A part of a change that is read from the store by the process that does it."""

    def __init__(self, library: str, path: str) -> None:
        self._library = library
        self._path = path

    def load(self) -> tuple[Sequence[str], Sequence[Arrangement]]:
        """Return the folders to make and the wheels, whose files can be gone through once.

        Raises:
            StoreFault: It cannot be read any more.
        """
        fields = read_packed(self._path)
        if type(fields) is not tuple:
            raise StoreFault(f"`{self._path}` is damaged")
        folders, wheels = fields
        return folders, [_arrangement(self._library, one) for one in wheels]


class KeptWheels:
    """All wheels of a change, read anew each time somebody looks at them."""

    def __init__(self, count: int, parts: tuple[KeptShare, ...]) -> None:
        self._count = count
        self._parts = parts

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Arrangement]:
        for part in self._parts:
            yield from part.load()[1]

    def __contains__(self, wanted: object) -> bool:
        return any(one == wanted for one in self)


class KeptChange:
    """A change that filled an empty environment, to be done in another one."""

    def __init__(self, library: str, fields: Sequence[Any], paths: Iterable[str]) -> None:
        """Take the head that `packed_change` returned, after layout and surroundings.

        Args:
            paths: Of the parts.
        """
        wheels, common, folder_count, trees, sizes, self._sample = fields
        self._common = common
        self._sizes = sizes
        self._parts = tuple([KeptShare(library, path) for path in paths])
        staged = tuple([(library, info_folder) for _, info_folder in wheels])
        self.journal = Journal((library,), staged, folders=trees)
        self.places = Places((), (), frozenset(), (), ())
        self.folder_count: int = folder_count
        self.arrangements = KeptWheels(len(wheels), self._parts)
        self.edits: tuple[tuple[str, bytes], ...] = ()
        self.restored: tuple[Restored, ...] = ()
        self.made: tuple[str, ...] = ()

    def shares(self) -> Shares:
        """Return the parts of the work that may be done by processes of their own."""
        return Shares(self._common, self._parts)

    def sizes(self, *, copied: bool) -> Iterable[int]:
        """Return the size of each file that takes space of its own."""
        if not copied:
            return tuple(self._sizes)
        folders = [folder for one in self.arrangements for folder in (*one.folders, *one.info)]
        return (*self._sizes, *(file[2] for _, files in folders for file in files))

    def sample(self) -> tuple[StoredWheel, StoredFile] | None:
        """Return some file that has a blob, with its wheel; None when all are tiny."""
        if self._sample is None:
            return None
        key, file = self._sample
        return _wheel(key, "", "", ""), StoredFile(*file)


def packed_change(
    change: object, layout: Layout
) -> tuple[tuple[Any, ...], tuple[tuple[Any, ...], ...]] | None:
    """Return a change as plain tuples for `repeat`: head and parts; None when it may not be.

    Only a change that did nothing but fill an environment without any distribution may be, and
    none that was warned about.

    Args:
        change: What `apply` returned as `ChangeReport.change`.
    """
    if not isinstance(change, Change) or not _is_filling(change):
        return None
    if len(layout.library_folders()) != 1:
        return None
    sample = change.sample()
    common, parts = change.shares()
    head = (
        tuple(layout),
        _surroundings(change, layout.purelib),
        tuple([(one.wheel.key, one.wheel.info_folder) for one in change.arrangements]),
        tuple(common),
        change.folder_count,
        change.journal.folders,
        tuple(change.sizes(copied=False)),
        None if sample is None else (sample[0].key, tuple(sample[1])),
    )
    return head, tuple([_packed_share(part) for part in parts])


def repeat(head: tuple[Any, ...], paths: Sequence[str], store: Store, link_mode: str) -> bool:
    """Carry out a change once more and say whether it was; if not, nothing has changed.

    Args:
        head: What `packed_change` returned.
        paths: Packed files with the parts that it returned.
    """
    try:
        places, surroundings, *rest = head
        layout = Layout(*places)
        change = KeptChange(layout.purelib, rest, paths)
    except (TypeError, ValueError):
        # An xpip that forgot to count up the bucket wrote it.
        return False
    reporter = SilentReporter()
    try:
        with EnvironmentLock(layout.purelib, 0.0, reporter):
            if os.listdir(layout.purelib) or not _are_free(surroundings):
                return False
            Execution(layout, store, reporter).run(change, Placer(store), link_mode, durable=False)
    except (XpipError, OSError):
        # All was taken back, or will be by the command itself, which meets the same trouble where
        # it lasts and has the words for it.
        return False
    return True


def _is_filling(change: Change) -> bool:
    """Say whether a change did nothing but to put wheels where nothing was."""
    places = change.places
    if change.journal.old or change.removals or change.edits or change.restored:
        return False
    if places.displaced or places.spared or places.vanishing or places.warnings:
        return False
    # Bytecode may have been added to the store, or dropped, by the next time.
    return not any(one.compiled for one in change.arrangements)


def _surroundings(change: Change, library: str) -> Surroundings:
    made = set(change.places.folders)
    names: dict[str, list[str]] = {library: []}
    for path in (*change.places.folders, *_files_above(change, made)):
        folder, _, name = path.rpartition("/")
        if folder not in made:
            names.setdefault(folder, []).append(name)
    return tuple(
        (folder, os.path.realpath(folder), tuple(inside)) for folder, inside in names.items()
    )


def _files_above(change: Change, made: set[str]) -> Iterable[str]:
    """Yield the files of a change that go to folders which were there."""
    for arrangement in change.arrangements:
        for folder, files in arrangement.folders:
            if folder not in made:
                for file in files:
                    yield f"{folder}/{file[0]}"
        for path, _ in arrangement.written:
            yield path


def _are_free(surroundings: Surroundings) -> bool:
    """Say whether folders are where they were and nothing has a name that is to come."""
    for folder, real, names in surroundings:
        if os.path.realpath(folder) != real or not set(names).isdisjoint(os.listdir(folder)):
            return False
    return True


def _packed_share(share: Share) -> tuple[Any, ...]:
    folders, arrangements = share.load()
    return tuple(folders), tuple([_packed_arrangement(one) for one in arrangements])


def _packed_arrangement(arrangement: Arrangement) -> tuple[Any, ...]:
    wheel = arrangement.wheel
    return (
        (wheel.key, wheel.name, wheel.version, wheel.info_folder),
        tuple([_packed_folder(*folder) for folder in arrangement.folders]),
        tuple([_packed_folder(*folder) for folder in arrangement.info]),
        arrangement.written,
        arrangement.info_written,
    )


def _packed_folder(path: str, files: Sequence[StoredFile]) -> tuple[Any, ...]:
    """Return a folder with one text for all names and one for all blobs.

    That is read in half the time, as is one value in place of many that are equal.
    """
    if not files:
        return path, "", "", (), None, False
    names, blobs, sizes, contents, executables = zip(*files, strict=True)
    return (
        path,
        "/".join(names),
        "\n".join(blobs),
        sizes,
        contents if any(content is not None for content in contents) else None,
        executables if any(executables) else False,
    )


def _arrangement(library: str, fields: tuple[Any, ...]) -> Arrangement:
    wheel, folders, info, written, info_written = fields
    return Arrangement(
        _wheel(*wheel),
        library,
        tuple([_folder(*folder) for folder in folders]),
        tuple([_folder(*folder) for folder in info]),
        written,
        info_written,
    )


def _folder(
    path: str,
    names: str,
    blobs: str,
    sizes: tuple[int, ...],
    contents: tuple[bytes | None, ...] | None,
    executables: tuple[bool, ...] | bool,
) -> tuple[str, Any]:
    # The texts of a folder without files are split into one empty name, and `zip` leaves it out.
    files = zip(
        names.split("/"),
        blobs.split("\n"),
        sizes,
        repeated(None) if contents is None else contents,
        repeated(False) if executables is False else executables,  # type: ignore[arg-type]
        strict=False,
    )
    return path, files


def _wheel(key: str, name: str, version: str, info_folder: str) -> StoredWheel:
    """Return what placing files needs to know of a wheel."""
    return StoredWheel(
        key, name, version, "", True, info_folder, (), "", (), (), _NO_METADATA, (), 0
    )
