"""Removing files of the store, and counting what that comes to."""

from __future__ import annotations

import os

from xpip.model.records import TYPE_CHECKING
from xpip.store.packing import fault

if TYPE_CHECKING:
    from collections.abc import Iterator


class Tally:
    """Removes files and counts them."""

    def __init__(self, *, pretend: bool = False) -> None:
        """Begin with nothing.

        Args:
            pretend: Only count.
        """
        self.files = 0
        self.size = 0
        self.freed = 0
        """Bytes of `size` that no environment holds a link to."""
        self.wheels: list[str] = []
        self._pretend = pretend

    def remove(self, path: str) -> None:
        """Remove a file, or a link and not what it leads to; an absent one is no fault."""
        try:
            status = os.lstat(path)
            if not self._pretend:
                os.unlink(path)
        except FileNotFoundError:
            return
        except OSError as error:
            raise fault("remove", path, error) from error
        self.files += 1
        self.size += status.st_size
        if status.st_nlink == 1:
            self.freed += status.st_size

    def remove_folder(self, path: str) -> None:
        """Remove a folder with all that is in it, never following a link."""
        if os.path.islink(path):
            self.remove(path)
            return
        try:
            entries = list(os.scandir(path))
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            raise fault("remove", path, error) from error
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                self.remove_folder(entry.path)
            else:
                self.remove(entry.path)
        if self._pretend:
            return
        try:
            os.rmdir(path)
        except OSError:
            # Another process has put something into it meanwhile, which is its good right.
            pass

    def remove_any(self, path: str) -> None:
        """Remove a file, or a folder with all that is in it."""
        if os.path.isdir(path) and not os.path.islink(path):
            self.remove_folder(path)
        else:
            self.remove(path)


def files_below(folder: str) -> Iterator[os.DirEntry[str]]:
    """Yield the files and links in a folder and below; none if there is no such folder."""
    for entry in entries_of(folder):
        if entry.is_dir(follow_symlinks=False):
            yield from files_below(entry.path)
        else:
            yield entry


def entries_of(folder: str) -> list[os.DirEntry[str]]:
    """Return what is in a folder; nothing if it cannot be read, or if a link stands in its place.

    What a planted link leads to belongs to somebody else, and would be removed file by file.
    """
    if os.path.islink(folder):
        return []
    return contents_of_root(folder)


def contents_of_root(folder: str) -> list[os.DirEntry[str]]:
    """Return what is in a cache, which may itself be a link; nothing if it cannot be read."""
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []
