"""Manifests of unpacked wheels: a wheel is in the store iff its manifest is."""

from __future__ import annotations

import os

from xpip.model.distribution import StoredFile, StoredFolder, StoredWheel
from xpip.model.names import normalized_name
from xpip.model.records import TYPE_CHECKING
from xpip.store.layout import FILES, WHEELS
from xpip.store.packing import (
    keep_packed,
    peek_packed,
    plain,
    read_packed,
    read_packed_status,
    write_packed,
)

if TYPE_CHECKING:
    from typing import Any

    from xpip.store.layout import Store

INLINE_SIZE = 64
"""Files with fewer bytes are kept in the manifest: writing them is as fast as linking them."""
_FIELDS = len(StoredWheel._fields)
_FOLDERS = StoredWheel._fields.index("folders")
_NAME = StoredWheel._fields.index("name")
"""The version follows."""
_FILENAME = StoredWheel._fields.index("filename")
_RECORD = StoredWheel._fields.index("record")


def read_wheel(store: Store, key: str) -> StoredWheel | None:
    """Return an unpacked wheel, None when it has to be unpacked (again).

    Args:
        key: sha256 of the wheel file, hexadecimal.
    """
    if not is_key(key):
        return None
    for path in store.paths(WHEELS, key):
        found = read_packed_status(path)
        if found is None:
            continue
        fields, status = found
        if fields == (key,):
            # `drop_wheel` said that what the caches have that are only read is no good.
            return None
        # Another length is of another xpip that forgot to count up the bucket: a miss, no crash.
        if type(fields) is tuple and len(fields) == _FIELDS and fields[0] == key:
            wheel = _as_wheel(fields)
            if status.st_ctime < store.booted:
                from xpip.store.seals import is_whole

                if not is_whole(store, wheel, path, status):
                    continue
            return wheel
    return None


def wheel_keys(store: Store) -> frozenset[str]:
    """Return the keys of all wheels that the store has, without reading one."""
    keys: set[str] = set()
    for root in (store.root, *store.layers):
        try:
            keys.update(os.listdir(f"{root}/{WHEELS}"))
        except OSError:
            continue
    return frozenset(keys)


def read_rows(store: Store, key: str) -> str | None:
    """Return the RECORD rows of a wheel (`StoredWheel.record`), None when it is not there.

    Far cheaper than `read_wheel`, which makes an object of every file.
    """
    for path in store.paths(WHEELS, key):
        fields = read_packed(path)
        if type(fields) is tuple and len(fields) == _FIELDS and fields[0] == key:
            return str(fields[_RECORD])
    return None


def read_blobs(path: str) -> tuple[str, list[str]] | None:
    """Return the file name of a wheel and the names of its blobs, None for a torn manifest.

    Both are empty for the note of `drop_wheel`, which is no wheel.

    Args:
        path: Of the manifest.
    """
    fields = peek_packed(path)
    if type(fields) is tuple and len(fields) == 1:
        return "", []
    if type(fields) is not tuple or len(fields) != _FIELDS:
        return None
    files = [file for _, _, files in fields[_FOLDERS] for file in files]
    return str(fields[_FILENAME]), [file[1] for file in files if file[1]]


def keys_by_release(store: Store) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return (normalised name, version as METADATA spells it) -> keys of wheels, sorted.

    Reads every manifest, which takes some 50 microseconds each: for repairs, not for installing.
    """
    found: dict[tuple[str, str], list[str]] = {}
    for key in sorted(wheel_keys(store)):
        for path in store.paths(WHEELS, key):
            fields = read_packed(path)
            if type(fields) is tuple and len(fields) == _FIELDS and fields[0] == key:
                release = (normalized_name(str(fields[_NAME])), str(fields[_NAME + 1]))
                found.setdefault(release, []).append(key)
                break
    return {release: tuple(keys) for release, keys in found.items()}


def write_wheel(store: Store, wheel: StoredWheel) -> None:
    """Make a wheel present; all its blobs must be there.

    Raises:
        StoreFault: The store cannot take it.
    """
    write_packed(store, store.path(WHEELS, wheel.key), plain(wheel))


def drop_wheel(store: Store, key: str) -> None:
    """Make a wheel absent, so that it is fetched and unpacked again; its blobs stay.

    What was compiled of it goes: it may have been made of bytes that are no longer trusted.
    """
    from xpip.store.bytecode import drop_bytecode

    if is_key(key) and store.layers:
        keep_packed(store, store.path(WHEELS, key), (key,))
    elif is_key(key):
        try:
            os.unlink(store.path(WHEELS, key))
        except OSError:
            pass
    if is_key(key):
        drop_bytecode(store, key)


def blob_folder(store: Store, key: str) -> str:
    """Return the folder that the blob names of a wheel start from, without a final slash."""
    return f"{store.holder(WHEELS, key)}/{FILES}"


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
