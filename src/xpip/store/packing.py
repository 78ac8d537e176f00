"""Values in files: written whole or not at all, and never believed when torn.

A file is a 16-byte header and one marshalled value. Bytes that are torn, zeroed or from another
program fail the check of the header and are a miss; they never get to `marshal.loads`, which
trusts its input. Marshal reads 12,000 file entries in some milliseconds, json takes ten times that.
Its format 4 is the same in all Pythons that xpip runs on, and only tuples, strings, bytes, numbers,
booleans and None are stored.
"""

from __future__ import annotations

import marshal
import os
from binascii import crc32

from xpip.errors import StoreFault
from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    from xpip.store.layout import Store

MAGIC = b"xpip"
FORMAT = 1
"""Changes when the header does; what is stored has the version of its bucket."""
_MARSHAL_VERSION = 4
_HEADER_SIZE = 16


def pack(value: Any) -> bytes:
    """Return the bytes of a file that holds a value of plain tuples, strings, bytes and numbers."""
    payload = marshal.dumps(value, _MARSHAL_VERSION)
    return b"".join(
        (
            MAGIC,
            FORMAT.to_bytes(2, "little"),
            len(payload).to_bytes(6, "little"),
            crc32(payload).to_bytes(4, "little"),
            payload,
        )
    )


def unpack(data: bytes) -> Any:
    """Return the value, None when the bytes are not exactly what `pack` made."""
    if data[:4] != MAGIC or int.from_bytes(data[4:6], "little") != FORMAT:
        return None
    payload = memoryview(data)[_HEADER_SIZE:]
    if int.from_bytes(data[6:12], "little") != len(payload):
        return None
    if int.from_bytes(data[12:16], "little") != crc32(payload):
        return None
    try:
        return marshal.loads(payload)  # noqa: S302  (the header was checked, the folder is ours)
    except (ValueError, EOFError, TypeError):
        return None


def plain(value: Any) -> Any:
    """Return a value with its named tuples as plain ones, which is what marshal takes."""
    if isinstance(value, tuple):
        return tuple([plain(item) if isinstance(item, tuple) else item for item in value])
    return value


def read_file(path: str) -> bytes | None:
    """Return all bytes of a file, None when it cannot be read for whatever reason."""
    found = _read(path)
    return None if found is None else found[0]


def peek_packed(path: str) -> Any:
    """Do as `read_packed` without counting as a use: pruning goes by the time of last access."""
    found = _read(path, getattr(os, "O_NOATIME", 0))
    return None if found is None else unpack(found[0])


def _read(path: str, flags: int = 0) -> tuple[bytes, os.stat_result] | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | flags)
    except PermissionError:
        # Only the owner of a file may leave the time of its last access alone.
        return _read(path) if flags else None
    except OSError:
        return None
    try:
        status = os.fstat(descriptor)
        size = status.st_size
        # One byte more than expected, so that the end is seen without another call.
        data = os.read(descriptor, size + 1)
        while data and len(data) < size:
            more = os.read(descriptor, size - len(data))
            if not more:
                break
            data += more
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return data, status


def read_packed(path: str) -> Any:
    """Return the value of a file, None when it is absent, unreadable or damaged."""
    found = _read(path)
    return None if found is None else unpack(found[0])


def read_packed_status(path: str) -> tuple[Any, os.stat_result] | None:
    """Return the value of a file with what the system knows of the file; else as `read_packed`."""
    found = _read(path)
    return None if found is None else (unpack(found[0]), found[1])


def write_packed(store: Store, path: str, value: Any) -> None:
    """Write a value under a name of the store, replacing what was there.

    Raises:
        StoreFault: The store cannot take it.
    """
    write_file(store, path, pack(value))


def keep_packed(store: Store, path: str, value: Any) -> None:
    """Write a value whose loss costs only time: nothing is said when the store cannot take it."""
    try:
        write_packed(store, path, value)
    except StoreFault:
        pass


def write_file(store: Store, path: str, data: bytes) -> None:
    """Write bytes under a name of the store: others see all of them or none.

    Raises:
        StoreFault: The store cannot take them.
    """
    temporary = store.temporary_path()
    try:
        write_new(temporary, data)
        try:
            os.replace(temporary, path)
        except FileNotFoundError:
            os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
            os.replace(temporary, path)
    except OSError as error:
        remove_quietly(temporary)
        raise fault("write", path, error) from error


def write_new(path: str, data: bytes) -> None:
    """Write a file that must not exist yet and close it.

    Raises:
        OSError: As the system says; closing is where a full disk may be told (reliability.md 0.9).
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        descriptor = os.open(path, flags, 0o600)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        descriptor = os.open(path, flags, 0o600)
    try:
        write_all(descriptor, data)
    finally:
        os.close(descriptor)


def write_all(descriptor: int, data: bytes | memoryview) -> None:
    """Write all bytes, however few the system takes at a time."""
    written = os.write(descriptor, data)
    while written < len(data):
        written += os.write(descriptor, memoryview(data)[written:])


def remove_quietly(path: str) -> None:
    """Remove a file if it is there and can be removed."""
    try:
        os.unlink(path)
    except OSError:
        pass


class CacheUnwritable(StoreFault):
    """The cache cannot take what is new; everything but that can still be done with it."""

    code = "cache-unwritable"


def fault(act: str, path: str, error: OSError) -> CacheUnwritable:
    """Return the error for a failed act on a file of the cache, in words for people."""
    return unwritable(f"{act} `{path}` in the cache", error)


def unwritable(what: str, error: OSError) -> CacheUnwritable:
    """Return the error for anything that the cache did not take, in words for people."""
    found = cannot(what, error)
    return CacheUnwritable(found.summary, hints=found.hints)


def cannot(what: str, error: OSError) -> StoreFault:
    """Return the error for anything that the system did not allow, in words for people."""
    hints: tuple[str, ...] = ()
    if error.errno in _FULL:
        hints = ("`xpip cache clean` frees its space, `--cache-dir` moves it to another disk",)
    return StoreFault(f"cannot {what}: {(error.strerror or str(error)).lower()}", hints=hints)


_FULL = frozenset((28, 122))
"""ENOSPC and EDQUOT on Linux; `errno` is not imported for two numbers that only pick a hint."""
