"""Puts files of the store into folders: by reflink, hard link or copy.

The hot path of a warm install is `_link_all`: one `stat` and one `link` for each file and little
else. Nothing edited is ever linked: a blob whose size or time is not what the store gave it ends
the attempt, is healed by the store, and the whole change begins anew.
"""

from __future__ import annotations

import errno
import fcntl
import os

from xpip.environment.faults import FileCollision, write_fault
from xpip.errors import StoreFault
from xpip.model.distribution import StoredFile, StoredWheel
from xpip.model.records import TYPE_CHECKING
from xpip.model.reporter import Reporter
from xpip.store.blobs import ensure_blob, is_untouched
from xpip.store.layout import BLOB_MTIME, Store
from xpip.store.wheels import blob_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from xpip.store.bytecode import CompiledFile

    Folder = tuple[str, Sequence[StoredFile]]
    """An absolute folder that exists, ended by `/`, and the files to put into it."""
    CompiledFolder = tuple[str, Sequence[CompiledFile]]
    """The same for compiled files."""


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
_DATED = ".py"
"""Copies of modules get the time of the store, because bytecode names the time of its source."""


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
        self._repeated: dict[bytes, str] = {}
        self._modes = _wanted_modes()
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
        modes = self._modes
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
                            and status.st_mode & 0o777 == modes[executable]
                        ):
                            link(source, prefix + name)
                            continue
                    except OSError:
                        # The slow way meets the same error again where it lasts, and answers it.
                        pass
                self._place_slowly(file, prefix + name, "hardlink")

    def repeat(self, path: str, content: bytes) -> bool:
        """Link a file that holds what this one is to hold, and say whether that worked.

        The first one with some content is the one that later ones are links to. Where copies are
        wanted, nothing is linked.
        """
        if self.method != "hardlink":
            return False
        known = self._repeated.setdefault(content, path)
        if known == path:
            return False
        try:
            os.link(known, path)
        except OSError:
            self._repeated[content] = path
            return False
        return True

    def place_compiled(self, blobs: str, folders: Iterable[CompiledFolder]) -> None:
        """Put compiled files into their folders, where that works.

        Whatever is in a place goes: it was made of a source that was there before, or is as good.

        Args:
            blobs: Folder of the store that has them, ended by `/`.
        """
        stat, link, mtime = os.stat, os.link, float(BLOB_MTIME)
        is_linking = self.method == "hardlink"
        mode = self._modes[False]
        for prefix, files in folders:
            for name, blob, size, _ in files:
                source = blobs + blob
                try:
                    status = stat(source)
                    if status.st_size != size or status.st_mtime != mtime:
                        continue
                    if is_linking and status.st_mode & 0o777 == mode:
                        link(source, prefix + name)
                        continue
                except OSError:
                    # The slow way meets the same error again where it lasts, and leaves the file.
                    pass
                self._copy_compiled(source, prefix + name)

    def _copy_compiled(self, source: str, path: str) -> None:
        try:
            try:
                os.unlink(path)
            except FileNotFoundError:
                pass
            if self.method == "hardlink" and self._has_wanted_mode(source, executable=False):
                try:
                    os.link(source, path)
                except OSError as error:
                    if error.errno not in _CANNOT_LINK:
                        raise
                else:
                    return
            descriptor = os.open(source, _READ)
            try:
                _copy_to(path, descriptor, 0o666, clone=self.method != "copy", dated=True)
            except OSError:
                # Half of a compiled file would break imports; Python makes a missing one again.
                os.unlink(path)
            finally:
                os.close(descriptor)
        except OSError:
            return

    def _place_slowly(self, file: StoredFile, path: str, method: str) -> None:
        """Place one file after whatever stands in the way has been dealt with."""
        content = file[3]
        try:
            if content is not None and not (file[1] and method == "hardlink"):
                write_new(path, content, 0o777 if file[4] else 0o666)
                if path.endswith(_DATED):
                    os.utime(path, (BLOB_MTIME, BLOB_MTIME))
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
        if not self._has_wanted_mode(source, executable=file[4]):
            self._copy_one(file, path, clone=True)
            return
        try:
            os.link(source, path)
        except OSError as error:
            if error.errno not in _CANNOT_LINK:
                raise
            self._copy_one(file, path, clone=True)

    def _has_wanted_mode(self, source: str, *, executable: bool) -> bool:
        """Say whether a blob has the mode that a file written now gets; a link shares its mode.

        The store may have been filled under another umask.
        """
        return os.stat(source).st_mode & 0o777 == self._modes[executable]

    def _copy_one(self, file: StoredFile, path: str, *, clone: bool) -> None:
        source = os.open(self._whole_blob(file), _READ)
        try:
            mode = 0o777 if file[4] else 0o666
            _copy_to(path, source, mode, clone=clone, dated=path.endswith(_DATED))
            if file[4] and self._modes[True] != mode:
                os.chmod(path, self._modes[True])
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


def _wanted_modes() -> tuple[int, int]:
    """Return the modes that pip gives to files and to executables, which anyone may execute."""
    umask = os.umask(0o077)
    os.umask(umask)
    return 0o666 & ~umask, 0o777 & ~umask | 0o111


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


def _copy_to(path: str, source: int, mode: int, *, clone: bool, dated: bool) -> None:
    """Create a file with the bytes of an open one.

    Args:
        dated: It gets the time that files of the store have.
    """
    target = os.open(path, _CREATE, mode)
    try:
        if not (clone and _clone(source, target)):
            _copy(source, target)
        if dated:
            os.utime(target, (BLOB_MTIME, BLOB_MTIME))
    finally:
        os.close(target)


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
