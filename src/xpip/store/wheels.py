"""Manifests of unpacked wheels: a wheel is in the store iff its manifest is."""

from __future__ import annotations

import os

from xpip.model.distribution import StoredFile, StoredFolder, StoredWheel
from xpip.model.records import TYPE_CHECKING
from xpip.store.layout import FILES, WHEELS
from xpip.store.packing import keep_packed, plain, read_packed, write_packed

if TYPE_CHECKING:
    from typing import Any

    from xpip.store.layout import Store

INLINE_SIZE = 64
"""Files with fewer bytes are kept in the manifest: writing them is as fast as linking them."""
_FIELDS = len(StoredWheel._fields)
_FOLDERS = StoredWheel._fields.index("folders")


def read_wheel(store: Store, key: str) -> StoredWheel | None:
    """Return an unpacked wheel, None when it has to be unpacked (again).

    Args:
        key: sha256 of the wheel file, hexadecimal.
    """
    if not is_key(key):
        return None
    for path in store.paths(WHEELS, key):
        fields = read_packed(path)
        if fields == (key,):
            # `drop_wheel` said that the one in the cache that is only read is no good.
            return None
        # Another length is of another xpip that forgot to count up the bucket: a miss, no crash.
        if type(fields) is tuple and len(fields) == _FIELDS and fields[0] == key:
            return _as_wheel(fields)
    return None


def write_wheel(store: Store, wheel: StoredWheel) -> None:
    """Make a wheel present; all its blobs must be there.

    Raises:
        StoreFault: The store cannot take it.
    """
    write_packed(store, store.path(WHEELS, wheel.key), plain(wheel))


def drop_wheel(store: Store, key: str) -> None:
    """Make a wheel absent, so that it is fetched and unpacked again; its blobs stay."""
    if is_key(key) and store.base:
        keep_packed(store, store.path(WHEELS, key), (key,))
    elif is_key(key):
        try:
            os.unlink(store.path(WHEELS, key))
        except OSError:
            pass


def blob_folder(store: Store, key: str) -> str:
    """Return the folder that the blob names of a wheel start from, without a final slash."""
    if store.base and not os.path.exists(store.path(WHEELS, key)):
        return f"{store.base}/{FILES}"
    return f"{store.root}/{FILES}"


def is_key(text: str) -> bool:
    """Say whether this is 64 lower-case hexadecimal digits, and so safe as a file name."""
    return len(text) == 64 and not text.strip("0123456789abcdef")  # noqa: PLR2004


def _as_wheel(fields: tuple[Any, ...]) -> StoredWheel:
    make = StoredFile._make
    folders = [
        StoredFolder(scheme, path, tuple(map(make, files)))
        for scheme, path, files in fields[_FOLDERS]
    ]
    return StoredWheel._make((*fields[:_FOLDERS], tuple(folders), *fields[_FOLDERS + 1 :]))
