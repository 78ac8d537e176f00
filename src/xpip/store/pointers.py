"""From the place of a file to the key of its wheel, for indexes that state no sha256."""

from __future__ import annotations

import os

from xpip.model.records import TYPE_CHECKING
from xpip.model.urls import url_to_path
from xpip.store.keys import key_of
from xpip.store.layout import POINTERS
from xpip.store.packing import keep_packed, read_packed
from xpip.store.wheels import is_key

if TYPE_CHECKING:
    from xpip.model.link import IndexFile
    from xpip.store.layout import Store


def file_identity(file: IndexFile) -> str:
    """Return a digest of where a file is and of what is known to change when the file does.

    For a local file these are size and time of modification, else what the index says of size and
    upload.
    """
    known: tuple[object, ...] = (file.size, file.upload_time, tuple(map(str, file.digests)))
    if file.url.startswith("file:"):
        try:
            status = os.stat(url_to_path(file.url))
        except OSError:
            known = (None, None)
        else:
            known = (status.st_size, status.st_mtime_ns)
    return key_of(file.url, *known)


def read_pointer(store: Store, file: IndexFile) -> str | None:
    """Return the key of the wheel that was unpacked from this file, None when none was."""
    identity = file_identity(file)
    for path in store.paths(POINTERS, identity):
        fields = read_packed(path)
        if type(fields) is tuple and len(fields) == 1 and is_key(fields[0]):
            return str(fields[0])
    return None


def write_pointer(store: Store, file: IndexFile, key: str) -> None:
    """Remember which wheel a file is; nothing is said when the store cannot take it."""
    keep_packed(store, store.path(POINTERS, file_identity(file)), (key,))
