"""Bytecode of wheels: made once for each kind of Python, then linked into every environment.

What a wheel has for one kind of Python is a folder with compiled files named by numbers and a
manifest that names them. It appears by one rename, so it is whole or absent, and nobody shares its
files. That a compiled file is missing or useless breaks nothing, since Python makes it again:
nothing here is ever healed, only dropped.
"""

from __future__ import annotations

import os

from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.store.layout import BYTECODE, WHEELS
from xpip.store.packing import pack, read_packed_status, write_new

if TYPE_CHECKING:
    from xpip.store.layout import Store

MANIFEST = "manifest"

CompiledFile = tuple[str, str, int, int]
"""(name in `__pycache__`, name in the folder of the store, bytes, CRC-32)."""
CompiledFolder = tuple[str, str, tuple[CompiledFile, ...]]
"""(scheme, path below the scheme's folder, ended by `__pycache__`, files)."""


class StoredBytecode(NamedTuple):
    """The compiled modules of one wheel for one kind of Python."""

    blobs: str
    """Absolute folder of the files, ended by `/`."""
    folders: tuple[CompiledFolder, ...]
    record: str
    """RECORD rows of scheme `library`, each ended by `\\n`; as with pip they state no digest."""


def has_any_bytecode(store: Store) -> bool:
    """Say whether anything was ever compiled into the store."""
    return any(os.path.isdir(f"{root}/{BYTECODE}") for root in (store.root, *store.layers))


def can_keep_bytecode(store: Store, key: str) -> bool:
    """Say whether bytecode of a wheel can be kept: it lies in the same cache as the wheel."""
    return store.holder(WHEELS, key) == store.root


def read_bytecode(store: Store, key: str, kind: str) -> StoredBytecode | None:
    """Return the compiled modules of a wheel, None when they have to be made (again).

    Args:
        key: sha256 of the wheel file, hexadecimal.
        kind: Which Python it is for (`environment.bytecode.bytecode_kind`).
    """
    folder = f"{store.holder(WHEELS, key)}/{BYTECODE}/{key}/{kind}"
    found = read_packed_status(f"{folder}/{MANIFEST}")
    if found is None:
        return None
    fields, status = found
    if type(fields) is not tuple or len(fields) != _FIELDS:
        return None
    bytecode = StoredBytecode(f"{folder}/", *fields)
    if status.st_ctime < store.booted and not _is_whole(store, bytecode, status):
        drop_bytecode(store, key, kind)
        return None
    return bytecode


def write_bytecode(
    store: Store, key: str, kind: str, folder: str, bytecode: StoredBytecode
) -> bool:
    """Give a folder with compiled files its name and say whether that worked.

    Where another process was first, its files stay and these go.

    Args:
        folder: Below `tmp/`; it has all the files and is used up.
    """
    target = store.path(BYTECODE, f"{key}/{kind}")
    try:
        write_new(f"{folder}/{MANIFEST}", pack(tuple(bytecode[1:])))
        os.makedirs(os.path.dirname(target), mode=0o700, exist_ok=True)
        os.rename(folder, target)
    except OSError:
        remove_folder(folder)
        return read_bytecode(store, key, kind) is not None
    return True


def drop_bytecode(store: Store, key: str, kind: str = "") -> None:
    """Make bytecode of a wheel absent; environments keep their links.

    Args:
        kind: Empty for that of all kinds of Python.
    """
    path = store.path(BYTECODE, f"{key}/{kind}".rstrip("/"))
    if not os.path.isdir(path):
        return
    aside = store.temporary_path()
    try:
        os.makedirs(os.path.dirname(aside), mode=0o700, exist_ok=True)
        os.rename(path, aside)
    except OSError:
        return
    remove_folder(aside)


def find_damaged(store: Store, *, deep: bool) -> list[str]:
    """Drop bytecode that is not as it was made, and return the paths of its manifests, sorted.

    Args:
        deep: Read every file; without it sizes are compared.
    """
    damaged = []
    for key in _names(f"{store.root}/{BYTECODE}"):
        for kind in _names(f"{store.root}/{BYTECODE}/{key}"):
            path = store.path(BYTECODE, f"{key}/{kind}")
            bytecode = read_bytecode(store, key, kind)
            if bytecode is None or not _has_its_files(bytecode, deep=deep):
                drop_bytecode(store, key, kind)
                damaged.append(f"{path}/{MANIFEST}")
    return damaged


def remove_folder(path: str) -> None:
    """Remove a folder with all that is in it, as far as that works: `tmp/` is cleaned later."""
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    remove_folder(entry.path)
                else:
                    os.unlink(entry.path)
        os.rmdir(path)
    except OSError:
        return


def _is_whole(store: Store, bytecode: StoredBytecode, status: os.stat_result) -> bool:
    """Say whether bytecode from before the machine's start survived it (`store/seals.py`)."""
    from xpip.store.seals import is_doubtful, seal

    path = f"{bytecode.blobs}{MANIFEST}"
    if not path.startswith(f"{store.root}/") or not is_doubtful(store, status):
        return True
    if not _has_its_files(bytecode, deep=True):
        return False
    seal(path, status)
    return True


def _has_its_files(bytecode: StoredBytecode, *, deep: bool) -> bool:
    from binascii import crc32

    for _, _, files in bytecode.folders:
        for _, blob, size, check in files:
            try:
                with open(bytecode.blobs + blob, "rb") as file:
                    if os.fstat(file.fileno()).st_size != size:
                        return False
                    if deep and crc32(file.read()) != check:
                        return False
            except OSError:
                return False
    return True


def _names(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


_FIELDS = len(StoredBytecode._fields) - 1
