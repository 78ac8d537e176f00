"""From the place of a file to the key of its wheel, for indexes that state no sha256.

And which other digests a file was found to have: the store does not keep wheel files, so that only
what was checked when one was there can be known.
"""

from __future__ import annotations

import os

from xpip.model.file_names import parse_wheel_name
from xpip.model.names import normalized_name
from xpip.model.records import TYPE_CHECKING
from xpip.model.urls import url_to_path
from xpip.store.keys import key_of
from xpip.store.layout import POINTERS
from xpip.store.packing import keep_packed, read_packed
from xpip.store.wheels import is_key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xpip.model.distribution import StoredWheel
    from xpip.model.link import Digest, IndexFile
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


def has_digest(store: Store, key: str, digest: Digest) -> bool:
    """Say whether the file with some sha256 is known to have another digest, too."""
    if digest.algorithm == "sha256":
        return digest.value == key
    identity = _digest_identity(key, digest)
    return any(read_packed(path) == (key,) for path in store.paths(POINTERS, identity))


def is_as_stated(store: Store, wheel: StoredWheel, file: IndexFile) -> bool:
    """Say whether a wheel is known to be what a lock file or an index says of the file.

    An index may list one file under two names: what was right under one is none of the other.
    """
    if file.filename != wheel.filename and not _is_of_release(wheel, file.filename):
        return False
    if file.size is not None and wheel.archive_size not in (0, file.size):
        return False
    return all(has_digest(store, wheel.key, digest) for digest in file.digests)


def _is_of_release(wheel: StoredWheel, filename: str) -> bool:
    name = parse_wheel_name(filename)
    if name is None or name.name != normalized_name(wheel.name):
        return False
    if name.version == wheel.version:
        return True
    from xpip.model.versions_text import parse_version

    version = parse_version(name.version)
    return version is not None and version == parse_version(wheel.version)


def note_digests(store: Store, key: str, digests: Iterable[Digest]) -> None:
    """Remember digests that were checked; nothing is said when the store cannot take them."""
    for digest in digests:
        if digest.algorithm != "sha256":
            keep_packed(store, store.path(POINTERS, _digest_identity(key, digest)), (key,))


def _digest_identity(key: str, digest: Digest) -> str:
    return key_of("digest", key, str(digest))
