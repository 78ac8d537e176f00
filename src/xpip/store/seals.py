"""What a machine that went down may have torn is checked once before it is trusted again.

Blobs are not synced when they are written (441 seconds of waiting for the disk were measured for
one restore elsewhere). When the power fails within the half minute that a kernel takes to write
them back, a blob may have its name, its size and its time, and zeros inside, which no `stat` shows.
So a wheel whose manifest is older than the start of this machine has all its blobs hashed when it
is used first. They were read from the disk then and are good for ever: the manifest gets a seal,
and starting the machine again costs nothing more.

The seal is a modification time that is made of the number of the inode. A copy of the cache has
other inodes and so no seals, and has to be trusted or checked by itself. Pages, metadata and
manifests carry a checksum and need none of this. A warm install pays one comparison for each wheel.
"""

from __future__ import annotations

import os

from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from xpip.model.distribution import StoredWheel
    from xpip.store.layout import Store

_EPOCH = 1_000_000_000
"""Seconds since the epoch; no manifest is that old by itself."""


def is_doubtful(store: Store, status: os.stat_result) -> bool:
    """Say whether what was written with a file may have been torn when the machine went down."""
    return status.st_ctime < store.booted and not is_sealed(status)


def is_sealed(status: os.stat_result) -> bool:
    """Say whether all that a manifest names was found whole after it had reached the disk."""
    return status.st_mtime == _seal_of(status)


def seal(path: str, status: os.stat_result) -> None:
    """Note that everything is whole; what cannot be noted is checked again next time.

    Args:
        status: Of the manifest that was read: one that has taken its place since gets a seal that
            does not fit.
    """
    moment = _seal_of(status)
    try:
        os.utime(path, (moment, moment))
    except OSError:
        pass


def is_whole(store: Store, wheel: StoredWheel, path: str, status: os.stat_result) -> bool:
    """Say whether a wheel whose manifest is older than the machine's start can be used.

    One that was torn is dropped, so that it is fetched again. A cache that is only read is trusted:
    nothing could be noted there, so that every run would have to hash everything again.

    Args:
        path: Of its manifest.
        status: Of its manifest.
    """
    if not path.startswith(f"{store.root}/") or not is_doubtful(store, status):
        return True
    from xpip.store.blobs import forsake, has_its_bytes
    from xpip.store.layout import FILES
    from xpip.store.wheels import drop_wheel

    torn = 0
    files = {file.blob: file for folder in wheel.folders for file in folder.files if file.blob}
    for blob, file in files.items():
        if not has_its_bytes(store.path(FILES, blob), file):
            torn += 1
            forsake(store.path(FILES, blob))
    if torn:
        drop_wheel(store, wheel.key)
        return False
    seal(path, status)
    return True


def _seal_of(status: os.stat_result) -> int:
    return _EPOCH + status.st_ino % _EPOCH
