"""Blobs: one file per content, named by its sha256, never changed once it has its name.

Environments hold hard links to blobs, so an edit there is an edit here. It shows: every blob has
the same modification time, `BLOB_MTIME`, and the size its wheel says. Whoever links a blob compares
both (one `stat`) and calls `ensure_blob` on a difference. A blob is replaced by renaming over it
and never unlinked: other processes may be linking it, other environments keep what they have.
"""

from __future__ import annotations

import os

from xpip.errors import StoreFault
from xpip.model.records import TYPE_CHECKING
from xpip.store.layout import BLOB_MTIME, EXECUTABLE_SUFFIX, FILES
from xpip.store.packing import fault, remove_quietly, write_all
from xpip.store.wheels import blob_folder, drop_wheel

if TYPE_CHECKING:
    from xpip.model.distribution import StoredFile, StoredWheel
    from xpip.store.layout import Store

_CHUNK = 1 << 20
_ATTEMPTS = 3
_READ = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW


class DamagedBlob(StoreFault):
    """A blob was edited or is gone, and its wheel must be fetched again."""

    code = "damaged-blob"


def blob_name(digest: str, executable: bool) -> str:
    """Return the name of the blob with a sha256, below the files bucket."""
    suffix = EXECUTABLE_SUFFIX if executable else ""
    return f"{digest[:2]}/{digest[2:]}{suffix}"


def small_blob_name(key: str, serial: int, executable: bool) -> str:
    """Return the name of the file that holds a small file of one wheel, below the files bucket.

    Small files are not shared between wheels: most are empty, and one inode for every empty file
    of every project would soon have as many links as a file system allows, and one edit of it would
    show everywhere.

    Args:
        key: sha256 of the wheel, hexadecimal.
        serial: Which file of the wheel it is.
    """
    suffix = EXECUTABLE_SUFFIX if executable else ""
    return f"{key[:2]}/{key[2:]}.{serial}{suffix}"


def blob_path(store: Store, wheel: StoredWheel, file: StoredFile) -> str:
    """Return where the blob of a file is."""
    return f"{blob_folder(store, wheel.key)}/{file.blob}"


def is_untouched(status: os.stat_result, size: int, executable: bool) -> bool:
    """Say whether a blob looks as the store left it; the hot loops spell this out.

    A `chmod` in one environment shows as an executable bit that came or went: it changes no time.
    """
    return (
        status.st_size == size
        and status.st_mtime == BLOB_MTIME
        and bool(status.st_mode & 0o111) is executable
    )


def heal(store: Store, wheel: StoredWheel, file: StoredFile) -> bool:
    """Make the blob of a file whole again if its bytes still are; say whether it is whole.

    When they are not, the manifest of the wheel is removed, so that the wheel is fetched again,
    which re-makes the blob.

    Raises:
        StoreFault: The store cannot take the new blob.
    """
    path = blob_path(store, wheel, file)
    if not path.startswith(f"{store.root}/"):
        # A cache that is only read cannot be mended.
        drop_wheel(store, wheel.key)
        return False
    if file.content is not None:
        return _write_anew(store, file, path)
    try:
        source = os.open(path, _READ)
    except OSError:
        drop_wheel(store, wheel.key)
        return False
    try:
        whole = _copy_if_whole(store, source, file)
    except OSError as error:
        raise fault("re-make", path, error) from error
    finally:
        os.close(source)
    if not whole:
        drop_wheel(store, wheel.key)
    return whole


def ensure_blob(store: Store, wheel: StoredWheel, file: StoredFile) -> None:
    """Make the blob of a file whole again.

    Raises:
        DamagedBlob: Its bytes are not what they were; the wheel is no longer in the store.
        StoreFault: The store cannot take the new blob.
    """
    from xpip.store.holders import holders_of

    path = blob_path(store, wheel, file)
    holders = holders_of(store, path, ((wheel, file),))
    if not heal(store, wheel, file):
        shown = ", ".join(f"`{holder}`" for holder in holders)
        raise DamagedBlob(
            f"`{file.name}` of `{wheel.name} {wheel.version}` was changed in the cache or removed"
            + (f" (changed in {shown} too, which share it)" if holders else ""),
            details=(f"it is `{path}`",),
            hints=("run the command again: the wheel is fetched anew",),
        )


def make_empty_blob(path: str, executable: bool) -> int:
    """Create a file that is to become a blob and return its descriptor.

    The mode is what pip gives: what the umask leaves of 0666, and for executables of 0777 with all
    executable bits.
    """
    try:
        descriptor = os.open(path, _NEW, 0o777 if executable else 0o666)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        descriptor = os.open(path, _NEW, 0o777 if executable else 0o666)
    if executable:
        mode = os.fstat(descriptor).st_mode & 0o7777
        if mode & 0o111 != 0o111:  # noqa: PLR2004
            os.fchmod(descriptor, mode | 0o111)
    return descriptor


def close_blob(descriptor: int) -> None:
    """Give a blob its time and close it; its bytes are all written."""
    try:
        os.utime(descriptor, (BLOB_MTIME, BLOB_MTIME))
    finally:
        os.close(descriptor)


def make_durable(path: str) -> None:
    """Have the disk itself hold the bytes of a file that is to replace a blob.

    Wheels whose blobs were checked since the machine was started are not checked again
    (`store/seals.py`), and such a wheel may share this blob. Replacing is rare, so that waiting for
    the disk costs nothing that anybody notices.

    Raises:
        OSError: The disk does not take it.
    """
    descriptor = os.open(path, _READ)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def publish_blob(store: Store, temporary: str, name: str) -> None:
    """Give a closed blob its name; whatever has it already is replaced."""
    path = f"{store.root}/{FILES}/{name}"
    for _ in range(_ATTEMPTS):
        try:
            os.rename(temporary, path)
        except FileNotFoundError:
            # Also when `xpip cache clean` removes the folder between the two calls.
            os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        else:
            return
    os.rename(temporary, path)


def digest_of(descriptor: int) -> str:
    """Return the sha256 of an open file from its start, hexadecimal."""
    import hashlib

    hasher = hashlib.sha256()
    position = 0
    while chunk := os.pread(descriptor, _CHUNK, position):
        hasher.update(chunk)
        position += len(chunk)
    return hasher.hexdigest()


def forsake(path: str) -> None:
    """Have a blob with other bytes not pass for whole when its wheel is unpacked again.

    Unlinking it would take it from under processes that link it at this moment.
    """
    try:
        os.utime(path, (0, 0), follow_symlinks=False)
    except OSError:
        pass


def has_its_bytes(path: str, file: StoredFile) -> bool:
    """Say whether a blob has the sha256 that it is named by, or what its manifest holds."""
    if file.content is not None:
        import hashlib

        return has_digest(path, hashlib.sha256(file.content).hexdigest())
    return has_digest(path, file.blob.replace("/", "").removesuffix(EXECUTABLE_SUFFIX))


def has_digest(path: str, digest: str) -> bool:
    """Say whether a file has a sha256, hexadecimal; False as well if it cannot be read."""
    try:
        descriptor = os.open(path, _READ)
    except OSError:
        return False
    try:
        return digest_of(descriptor) == digest
    except OSError:
        return False
    finally:
        os.close(descriptor)


def _write_anew(store: Store, file: StoredFile, path: str) -> bool:
    """Replace a small blob by the bytes that its manifest holds."""
    temporary = store.temporary_path()
    try:
        target = make_empty_blob(temporary, file.executable)
        try:
            write_all(target, file.content or b"")
        finally:
            close_blob(target)
        make_durable(temporary)
        publish_blob(store, temporary, file.blob)
    except OSError as error:
        remove_quietly(temporary)
        raise fault("re-make", path, error) from error
    return True


def _copy_if_whole(store: Store, source: int, file: StoredFile) -> bool:
    """Replace a blob by a fresh copy if it has the bytes that its name says."""
    expected = file.blob.replace("/", "").removesuffix(EXECUTABLE_SUFFIX)
    if os.fstat(source).st_size != file.size or digest_of(source) != expected:
        return False
    temporary = store.temporary_path()
    target = make_empty_blob(temporary, file.executable)
    try:
        import hashlib

        hasher = hashlib.sha256()
        position = 0
        try:
            while chunk := os.pread(source, _CHUNK, position):
                hasher.update(chunk)
                write_all(target, chunk)
                position += len(chunk)
        finally:
            close_blob(target)
        # The inode is still linked from an environment: somebody may have written meanwhile.
        if hasher.hexdigest() != expected:
            remove_quietly(temporary)
            return False
        make_durable(temporary)
        publish_blob(store, temporary, file.blob)
    except OSError:
        remove_quietly(temporary)
        raise
    return True
