"""Is there room for a change? Asked before the first write."""

from __future__ import annotations

import os

from xpip.environment.arrangement import Arrangement
from xpip.errors import EnvironmentFault
from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_HINT = "make room on it, then run the command again"


def is_elsewhere(store_root: str, folder: str) -> bool:
    """Say whether the store is on another file system, so that its files must be copied."""
    try:
        return os.stat(store_root).st_dev != os.stat(folder).st_dev
    except OSError:
        return False


def ensure_room(
    arrangements: Sequence[Arrangement], folders: Sequence[str], library: str, *, copied: bool
) -> None:
    """Refuse a change for which a file system has no room, before it is begun.

    A file system that does not know how much is free says so with zeros and is believed to have
    enough.

    Args:
        folders: What is to be made.
        library: On the file system that takes all of it.
        copied: Every file takes its own space; linked ones take none.

    Raises:
        EnvironmentFault: There is not enough.
    """
    try:
        status = os.statvfs(library)
    except OSError:
        return
    block = status.f_frsize or 4096
    needed, files = len(folders) * block, len(folders)
    for size in _sizes(arrangements, copied):
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


def _sizes(arrangements: Iterable[Arrangement], copied: bool) -> Iterable[int]:
    """Return the size of each file that takes space of its own."""
    for arrangement in arrangements:
        for _, content in (*arrangement.written, *arrangement.info_written):
            yield len(content)
        if copied:
            for _, files in (*arrangement.folders, *arrangement.info):
                for file in files:
                    yield file[2]
            for _, compiled in arrangement.compiled:
                for one in compiled:
                    yield one[2]
