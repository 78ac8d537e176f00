"""Puts files of the store into folders: by reflink, hard link or copy.

The hot path of a warm install is `_link_all`: one `stat` and one `link` for each file and little
else. Nothing edited is ever linked: a blob whose size or time is not what the store gave it ends
the attempt, is healed by the store, and the whole change begins anew.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Callable, Iterable, Sequence

from xpip.environment.faults import FileCollision, write_fault
from xpip.errors import StoreFault
from xpip.model.distribution import StoredFile, StoredWheel
from xpip.model.reporter import Reporter
from xpip.store.blobs import ensure_blob, is_untouched
from xpip.store.layout import BLOB_MTIME, Store
from xpip.store.wheels import blob_folder

Folder = tuple[str, Sequence[StoredFile]]
"""An absolute folder that exists, ended by `/`, and the files to put into it."""

_CANNOT_LINK = frozenset(
    {
        errno.EXDEV,
        errno.EPERM,
        errno.EACCES,
        errno.EMLINK,
        errno.EOPNOTSUPP,
        errno.ENOSYS,
        errno.EINVAL,
        errno.ENOTTY,
    }
)
"""What says that this file must be copied. EPERM is that of `fs.protected_hardlinks`, EMLINK that
of a blob that is in 65,000 places already."""
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
_READ = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW
_FICLONE = 0x40049409
_CHUNK = 1 << 20


class TouchedBlob(StoreFault):
    """A blob has not the size and time the store gave it; it must be healed before it is used."""

    code = "touched-blob"

    def __init__(self, wheel: StoredWheel | None, name: str) -> None:
        owner = f" of `{wheel.name} {wheel.version}`" if wheel else ""
        super().__init__(
            f"`{name}`{owner} does not stay whole in the cache",
            hints=("`xpip cache verify` looks for the damage",),
        )


class Placer:
    """Places files of the store by one method, falling back file by file."""

    def __init__(self, store: Store) -> None:
        """Remember the source; files are copied until `choose` finds something better."""
        self._store = store
        self._wheel: StoredWheel | None = None
        self._blobs = ""
        self.method = "copy"
        """`hardlink`, `reflink` or `copy`."""
        self.strangers: list[str] = []
        """Files that appeared in a place after it was found free; they are not ours to remove."""

    def turn_to(self, wheel: StoredWheel) -> None:
        """Take the files that come next from this wheel."""
        self._wheel = wheel
        self._blobs = blob_folder(self._store, wheel.key) + "/"

    def choose(
        self, wanted: str, sample: tuple[StoredWheel, StoredFile] | None, descriptor: int
    ) -> None:
        """Decide how files get from the store to the file system of the environment.

        A reflink is tried once; that it works for one file says that it works for all. A hard link
        is not tried: where it cannot be made, each file falls back by itself.

        Args:
            wanted: `auto`, `reflink`, `hardlink` or `copy`.
            sample: Some file with a blob and its wheel; None when there is none.
            descriptor: An empty file there, open for writing; it is empty again afterwards.
        """
        self.method = wanted if wanted != "auto" else "hardlink"
        if wanted != "auto" or sample is None:
            return
        self.turn_to(sample[0])
        try:
            source = os.open(self._whole_blob(sample[1]), _READ)
        except OSError:
            return
        try:
            if _clone(source, descriptor):
                os.ftruncate(descriptor, 0)
                self.method = "reflink"
            elif os.fstat(source).st_dev != os.fstat(descriptor).st_dev:
                self.method = "copy"
        finally:
            os.close(source)

    def place(self, folders: Sequence[Folder]) -> None:
        """Put files into their folders.

        Raises:
            FileCollision: A place was taken by something else meanwhile.
            EnvironmentFault: A file cannot be created.
            TouchedBlob: A blob is not as the store left it.
        """
        if self.method == "hardlink":
            self._link_all(folders)
            return
        for prefix, files in folders:
            for file in files:
                self._place_slowly(file, prefix + file[0], self.method)

    def _link_all(self, folders: Sequence[Folder]) -> None:
        stat, link, blobs, mtime = os.stat, os.link, self._blobs, float(BLOB_MTIME)
        for prefix, files in folders:
            for file in files:
                name, blob, size, _, executable = file
                if blob:
                    source = blobs + blob
                    try:
                        status = stat(source)
                        if (
                            status.st_size == size
                            and status.st_mtime == mtime
                            and bool(status.st_mode & 0o111) is executable
                        ):
                            link(source, prefix + name)
                            continue
                    except OSError:
                        # The slow way meets the same error again where it lasts, and answers it.
                        pass
                self._place_slowly(file, prefix + name, "hardlink")

    def _place_slowly(self, file: StoredFile, path: str, method: str) -> None:
        """Place one file after whatever stands in the way has been dealt with."""
        content = file[3]
        try:
            if content is not None and not (file[1] and method == "hardlink"):
                write_new(path, content, 0o777 if file[4] else 0o666)
            elif method == "hardlink":
                self._link_one(file, path)
            else:
                self._copy_one(file, path, clone=method == "reflink")
        except FileExistsError as error:
            if not self.is_same(file, path):
                self.strangers.append(path)
                raise FileCollision(
                    f"`{path}` appeared while it was being installed",
                    hints=("run one installer at a time, then run the command again",),
                ) from error
        except OSError as error:
            raise write_fault("create", path, error) from error

    def _link_one(self, file: StoredFile, path: str) -> None:
        source = self._whole_blob(file)
        try:
            os.link(source, path)
        except OSError as error:
            if error.errno not in _CANNOT_LINK:
                raise
            self._copy_one(file, path, clone=True)

    def _copy_one(self, file: StoredFile, path: str, *, clone: bool) -> None:
        source = os.open(self._whole_blob(file), _READ)
        try:
            target = os.open(path, _CREATE, 0o777 if file[4] else 0o666)
            try:
                if not (clone and _clone(source, target)):
                    _copy(source, target)
            finally:
                os.close(target)
        finally:
            os.close(source)

    def _whole_blob(self, file: StoredFile) -> str:
        """Return the path of a blob that has the size and time the store gave it."""
        source = self._blobs + file[1]
        if not _is_whole(source, file):
            raise TouchedBlob(self._wheel, file[0])
        return source

    def read(self, file: StoredFile) -> bytes:
        """Return the bytes of a stored file.

        Raises:
            TouchedBlob: The blob is not as the store left it.
        """
        content = file[3]
        if content is not None:
            return content
        source = self._whole_blob(file)
        try:
            descriptor = os.open(source, _READ)
            try:
                return _read_all(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise write_fault("read", source, error) from error

    def is_same(self, file: StoredFile, path: str) -> bool:
        """Say whether a path holds a plain file with the very bytes of a stored one."""
        return holds(path, file[2], lambda: self.read(file))


def heal(store: Store, wheels: Iterable[StoredWheel], reporter: Reporter) -> None:
    """Put right every touched blob of some wheels.

    Nothing may be half changed meanwhile: hashing is imported here, and later.

    Raises:
        StoreFault: The bytes of one are not what they were.
    """
    for wheel in wheels:
        blobs = blob_folder(store, wheel.key)
        for folder in wheel.folders:
            for file in folder[2]:
                if file[1] and not _is_whole(f"{blobs}/{file[1]}", file):
                    ensure_blob(store, wheel, StoredFile(*file))
                    reporter.warning(
                        f"`{file[0]}` of `{wheel.name} {wheel.version}` was touched in the cache, "
                        "perhaps through an environment that links to it; it was put right"
                    )


def _is_whole(source: str, file: StoredFile) -> bool:
    """Say whether a blob is there as the store left it."""
    try:
        status = os.stat(source, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return is_untouched(status, file[2], file[4])


def holds(path: str, size: int, content: Callable[[], bytes]) -> bool:
    """Say whether a path is a plain file with these bytes, which are only read if sizes agree."""
    try:
        descriptor = os.open(path, _READ | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        return os.fstat(descriptor).st_size == size and _read_all(descriptor) == content()
    except OSError:
        return False
    finally:
        os.close(descriptor)


def write_new(path: str, content: bytes, mode: int) -> None:
    """Create a file; an error of closing it counts, because a full disk may show only there."""
    descriptor = os.open(path, _CREATE, mode)
    try:
        write_all(descriptor, content)
    finally:
        os.close(descriptor)


def write_all(descriptor: int, content: bytes) -> None:
    """Write all bytes, however many a single call takes."""
    written = os.write(descriptor, content)
    while written < len(content):
        written += os.write(descriptor, memoryview(content)[written:])


def _read_all(descriptor: int) -> bytes:
    parts = []
    while part := os.read(descriptor, _CHUNK):
        parts.append(part)
    return b"".join(parts)


def _clone(source: int, target: int) -> bool:
    try:
        fcntl.ioctl(target, _FICLONE, source)
    except OSError:
        return False
    return True


def _copy(source: int, target: int) -> None:
    if hasattr(os, "copy_file_range"):
        try:
            while os.copy_file_range(source, target, 1 << 30):
                pass
        except OSError as error:
            if error.errno not in _CANNOT_LINK or os.lseek(target, 0, os.SEEK_CUR):
                raise
        else:
            return
    while part := os.read(source, _CHUNK):
        write_all(target, part)
