"""Is there room for a change? Asked before the first write."""

from __future__ import annotations

import os

from xpip.errors import EnvironmentFault
from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_HINT = "make room on it, then run the command again"


def is_elsewhere(store_root: str, folder: str) -> bool:
    """Say whether the store is on another file system, so that its files must be copied."""
    try:
        return os.stat(store_root).st_dev != os.stat(folder).st_dev
    except OSError:
        return False


def ensure_room(sizes: Iterable[int], folders: int, library: str) -> None:
    """Refuse a change for which a file system has no room, before it is begun.

    A file system that does not know how much is free says so with zeros and is believed to have
    enough.

    Args:
        sizes: Of the files that take space of their own.
        folders: How many are to be made.
        library: On the file system that takes all of it.

    Raises:
        EnvironmentFault: There is not enough.
    """
    try:
        status = os.statvfs(library)
    except OSError:
        return
    block = status.f_frsize or 4096
    needed, files = folders * block, folders
    for size in sizes:
        needed += (size + block - 1) // block * block
        files += 1
    free = status.f_bavail * block
    if status.f_blocks and free < needed:
        raise EnvironmentFault(
            f"the file system of `{library}` has no room for {needed:,} bytes",
            details=(f"{free:,} bytes are free",),
            hints=(_HINT,),
        )
    if status.f_files and status.f_favail < files:
        raise EnvironmentFault(
            f"the file system of `{library}` has no room for {files:,} files",
            details=(f"it can take {status.f_favail:,} more, however small",),
            hints=(_HINT,),
        )
