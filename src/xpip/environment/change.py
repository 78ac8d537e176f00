"""What a change of an environment consists of, worked out and checked.

Nothing but values, so that carrying out a change that was worked out before loads none of what
works changes out.
"""

from __future__ import annotations

import os

from xpip.environment.halves import is_large, split, split_folders
from xpip.model.distribution import StoredFile
from xpip.model.records import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from xpip.environment.transaction import Journal
    from xpip.environment.uninstall import Removal
    from xpip.model.distribution import StoredWheel
    from xpip.store.bytecode import CompiledFile


class Arrangement(NamedTuple):
    """One wheel in one environment."""

    wheel: StoredWheel
    library: str
    """The library folder that gets the dist-info."""
    folders: tuple[tuple[str, tuple[StoredFile, ...]], ...]
    """(absolute folder, files linked into it), parents first, without the dist-info."""
    info: tuple[tuple[str, tuple[StoredFile, ...]], ...]
    """(path below the dist-info folder, files), parents first; the first path is empty."""
    written: tuple[tuple[str, bytes], ...]
    """(absolute path, content) of scripts."""
    info_written: tuple[tuple[str, bytes], ...]
    """(name, content) of what is written into the dist-info, RECORD last."""
    compiled_blobs: str = ""
    """Absolute folder of the store, ended by `/`, that has the compiled files."""
    compiled: tuple[tuple[str, tuple[CompiledFile, ...]], ...] = ()
    """(absolute folder, compiled files of modules in the folder above)."""

    @property
    def info_folder(self) -> str:
        """Return the absolute path of the dist-info folder."""
        return f"{self.library}/{self.wheel.info_folder}"


class Places(NamedTuple):
    """What has to be done so that every new file has a free place."""

    folders: tuple[str, ...]
    """Folders to make, parents first."""
    displaced: tuple[str, ...]
    """Files of nobody that are moved aside."""
    spared: frozenset[str]
    """Files of others that are there already with the same bytes."""
    vanishing: tuple[str, ...]
    """Folders that hold nothing but what is removed, where a file is to go."""
    warnings: tuple[str, ...]
    edits: tuple[tuple[str, bytes], ...] = ()
    """(path, new content) of RECORDs of what stays, where some of its files are replaced."""

    def new_trees(self) -> tuple[str, ...]:
        """Return the folders to make that lie in no other folder to make."""
        made = set(self.folders)
        return tuple(folder for folder in self.folders if os.path.dirname(folder) not in made)


class Restored(NamedTuple):
    """A file to be put back."""

    path: str
    """Absolute."""
    wheel: StoredWheel
    new: StoredFile | bytes
    """A file of the store, or bytes that are written for this environment."""
    mode: int
    """Of a file that is written, before the umask."""


class Share:
    """What one process does of a change."""

    def __init__(self, folders: Sequence[str], arrangements: Sequence[Arrangement]) -> None:
        """Begin with folders that nobody else needs, parents first, and whose files go there."""
        self._folders = folders
        self._arrangements = arrangements

    def load(self) -> tuple[Sequence[str], Sequence[Arrangement]]:
        """Return the folders to make and the wheels."""
        return self._folders, self._arrangements


class Shares(NamedTuple):
    """The work of a change, in parts."""

    common: Sequence[str]
    """Folders that are made before any of them is begun, parents first."""
    parts: tuple[Share, ...]
    """One, or two that take about the same time."""


class Change(NamedTuple):
    """Everything that is going to happen, worked out and checked."""

    journal: Journal
    removals: tuple[Removal, ...]
    arrangements: tuple[Arrangement, ...]
    places: Places
    edits: tuple[tuple[str, bytes], ...]
    """(path, new content) of files that lose a line, and of RECORDs with other hashes."""
    restored: tuple[Restored, ...] = ()
    """Files that are put back."""
    made: tuple[str, ...] = ()
    """Folders that are made for them, parents first."""

    def shares(self) -> Shares:
        """Return the parts of the work that may be done by processes of their own."""
        folders = self.places.folders
        if self.journal.old or self.places.spared or not is_large(self.arrangements):
            return Shares(folders, (Share((), self.arrangements),))
        mine, other = split(self.arrangements)
        common, my_folders, other_folders = split_folders(folders, mine, other)
        return Shares(common, (Share(my_folders, mine), Share(other_folders, other)))

    @property
    def folder_count(self) -> int:
        """Return how many folders are made."""
        return len(self.places.folders) + len(self.made)

    def sizes(self, *, copied: bool) -> Iterable[int]:
        """Return the size of each file that takes space of its own.

        Args:
            copied: Files of the store do.
        """
        for arrangement in self.arrangements:
            for _, content in (*arrangement.written, *arrangement.info_written):
                yield len(content)
            if copied:
                for _, files in (*arrangement.folders, *arrangement.info):
                    for file in files:
                        yield file[2]
                for _, compiled in arrangement.compiled:
                    for one in compiled:
                        yield one[2]

    def sample(self) -> tuple[StoredWheel, StoredFile] | None:
        """Return some file that has a blob, with its wheel; None when all are tiny."""
        for arrangement in self.arrangements:
            for _, files in (*arrangement.info, *arrangement.folders):
                for file in files:
                    if file[3] is None:
                        return arrangement.wheel, file
        for one in self.restored:
            if isinstance(one.new, StoredFile) and one.new.content is None:
                return one.wheel, one.new
        return None


class Filling(Protocol):
    """What fills an environment, worked out now or read from the store (`repeating.py`)."""

    @property
    def journal(self) -> Journal:
        """Return what undoes it."""

    @property
    def arrangements(self) -> Collection[Arrangement]:
        """Return all wheels."""

    @property
    def places(self) -> Places:
        """Return what has to be done so that every new file has a free place."""

    @property
    def edits(self) -> tuple[tuple[str, bytes], ...]:
        """Return (path, new content) of files that are written anew."""

    @property
    def restored(self) -> tuple[Restored, ...]:
        """Return files that are put back."""

    @property
    def made(self) -> tuple[str, ...]:
        """Return folders that are made for them, parents first."""

    @property
    def folder_count(self) -> int:
        """Return how many folders are made."""

    def shares(self) -> Shares:
        """Return the parts of the work that may be done by processes of their own."""

    def sizes(self, *, copied: bool) -> Iterable[int]:
        """Return the size of each file that takes space of its own."""

    def sample(self) -> tuple[StoredWheel, StoredFile] | None:
        """Return some file that has a blob, with its wheel; None when all are tiny."""
