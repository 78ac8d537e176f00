"""Source archives, unpacked and named by the sha256 of the archive.

A folder below the bucket is a whole archive: it is filled under `tmp/` and gets its name at the
end. Builds get a copy and never write here; a list of sizes and times beside the files shows when
somebody did, and the archive is fetched again then.
"""

from __future__ import annotations

import os

from xpip.errors import IntegrityError
from xpip.formats.sdist_archive import (
    DEFAULT_LIMITS,
    FILE,
    FOLDER,
    HARDLINK,
    SYMLINK,
    Contents,
    Member,
    TarReader,
    is_ignored,
    member_refused,
    refused,
)
from xpip.formats.wheel_archive import shown
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.store.archive import Archive
from xpip.store.decompression import ZIP, DecompressedFile, compression_of
from xpip.store.incoming import WheelWriter, verify_file
from xpip.store.layout import SOURCES
from xpip.store.packing import cannot, pack, read_packed_status, unwritable, write_all, write_file
from xpip.store.seals import is_doubtful
from xpip.store.wheels import is_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from xpip.formats.sdist_archive import SourceLimits
    from xpip.formats.wheel_archive import ArchiveEntry
    from xpip.model.link import Digest
    from xpip.store.layout import Store

MANIFEST = "manifest"
TREE = "tree"
_PIECE = 1 << 18
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
_TYPE_MASK = 0o170000
_LINK = 0o120000
_LONGEST_TARGET = 4096


class StoredSource(NamedTuple):
    """An unpacked source archive."""

    key: str
    """sha256 of the archive, hexadecimal."""
    path: str
    """Absolute path of the folder at its top."""


class _LimitedWriter(WheelWriter):
    """A download that ends when it gets too large."""

    def __init__(self, path: str, algorithms: Sequence[str], limit: int) -> None:
        super().__init__(path, algorithms)
        self._limit = limit

    def write(self, data: bytes) -> None:
        if self.size + len(data) > self._limit:
            raise IntegrityError(f"the download is larger than {self._limit} bytes")
        super().write(data)


def source_writer(store: Store, algorithms: Sequence[str], limit: int) -> WheelWriter:
    """Return a file that takes a download.

    Args:
        algorithms: What to hash besides sha256.
        limit: Bytes after which to give up.

    Raises:
        StoreFault: The store cannot take it.
    """
    return _LimitedWriter(store.temporary_path() + ".src", algorithms, limit)


def read_source(store: Store, key: str) -> StoredSource | None:
    """Return an unpacked archive, None when the store has none or somebody changed its files."""
    if not is_key(key):
        return None
    for folder in store.paths(SOURCES, _name(key)):
        found = read_packed_status(f"{folder}/{MANIFEST}")
        if found is None:
            continue
        manifest, status = found
        if type(manifest) is not tuple or len(manifest) != 2:  # noqa: PLR2004
            continue
        top, files = manifest
        # Nobody knows digests of the files, so what may be torn is unpacked anew.
        is_torn = is_doubtful(store, status) and folder.startswith(f"{store.root}/")
        if not is_torn and _is_untouched(f"{folder}/{TREE}", files):
            return StoredSource(key, f"{folder}/{TREE}/{top}")
        if folder.startswith(f"{store.root}/"):
            discard_source(store, key)
    return None


def discard_source(store: Store, key: str) -> None:
    """Take an unpacked archive out of use, so that it is unpacked again when needed."""
    import shutil

    aside = store.temporary_path()
    try:
        os.makedirs(os.path.dirname(aside), mode=0o700, exist_ok=True)
        os.rename(store.path(SOURCES, _name(key)), aside)
    except OSError:
        return
    shutil.rmtree(aside, ignore_errors=True)


def add_source(
    store: Store,
    path: str,
    filename: str,
    expected: Sequence[Sequence[Digest]],
    known: Sequence[Digest] = (),
    limits: SourceLimits = DEFAULT_LIMITS,
) -> StoredSource:
    """Verify a source archive and unpack it into the store.

    Args:
        path: Where the file is; it stays there.
        filename: Its name, which may say how it is packed; `path` may be called anything.
        expected: What it must have, each group by itself: an index and a user may promise. Any
            digest of a group will do, an empty group asks for nothing.
        known: Digests that this process computed while it wrote the file.

    Raises:
        IntegrityError: The file is not what was expected, or cannot be unpacked safely. The store
            is as before.
        StoreFault: The file cannot be read, or the store cannot take it.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise cannot(f"read `{path}`", error) from error
    folder = store.temporary_path()
    try:
        key = _verified(descriptor, filename, expected, known)
        stored = read_source(store, key)
        if stored is not None:
            return stored
        unpacking = _Unpacking(folder, shown(filename), limits)
        top = unpacking.run(descriptor, filename)
        manifest = pack((top, _listing(f"{folder}/{TREE}")))
        write_file(store, f"{folder}/{MANIFEST}", manifest)
        target = store.path(SOURCES, _name(key))
        _publish(folder, target)
        return StoredSource(key, f"{target}/{TREE}/{top}")
    except OSError as error:
        what = f"unpack `{shown(filename)}` into the cache `{store.root}`"
        raise unwritable(what, error) from error
    finally:
        os.close(descriptor)
        if os.path.isdir(folder):
            import shutil

            shutil.rmtree(folder, ignore_errors=True)


def _name(key: str) -> str:
    return f"{key[:2]}/{key[2:]}"


def _verified(
    descriptor: int,
    filename: str,
    expected: Sequence[Sequence[Digest]],
    known: Sequence[Digest],
) -> str:
    """Return the sha256 once the file has what each group of digests asks for."""
    key = ""
    for group in (*expected, ()):
        algorithms = dict.fromkeys(digest.algorithm for digest in group)
        for algorithm in algorithms:
            part = [digest for digest in group if digest.algorithm == algorithm]
            key = verify_file(descriptor, filename, part, known)
        if not group:
            key = key or verify_file(descriptor, filename, (), known)
    return key


def _publish(folder: str, target: str) -> None:
    try:
        os.makedirs(os.path.dirname(target), mode=0o700, exist_ok=True)
        os.rename(folder, target)
    except OSError:
        # Another process has unpacked the same archive meanwhile.
        if not os.path.isdir(f"{target}/{TREE}"):
            raise


class _Unpacking:
    """One archive on its way into a folder that nobody else knows."""

    def __init__(self, folder: str, owner: str, limits: SourceLimits) -> None:
        self._tree = f"{folder}/{TREE}"
        self._owner = owner
        self._limits = limits
        self._contents = Contents(owner, limits)
        self._folders = {self._tree}
        self._times: list[tuple[str, int]] = []

    def run(self, descriptor: int, filename: str) -> str:
        """Unpack everything and return the name of the folder at the top."""
        os.makedirs(self._tree, mode=0o700)
        if compression_of(descriptor, filename) == ZIP:
            self._unpack_zip(descriptor)
        else:
            self._unpack_tar(descriptor, filename)
        top, links = self._contents.finish()
        # Links come last, so that nothing was ever written through one.
        for name, target in links:
            self._make_parent(name)
            os.symlink(target, f"{self._tree}/{name}")
        for path, mtime in self._times:
            os.utime(path, (mtime, mtime))
        return top

    def _unpack_tar(self, descriptor: int, filename: str) -> None:
        allowed = self._limits.allowed(os.fstat(descriptor).st_size)
        kind = compression_of(descriptor, filename)
        reader = TarReader(
            DecompressedFile(descriptor, kind, self._owner, allowed).read, self._owner
        )
        while (member := reader.next()) is not None:
            if is_ignored(member.name):
                continue
            self._take(member, lambda: iter(lambda: reader.data(_PIECE), b""))

    def _unpack_zip(self, descriptor: int) -> None:
        try:
            archive = Archive(descriptor, self._owner)
            entries = archive.entries()
            total = sum(entry.size for entry in entries)
            allowed = self._limits.allowed(os.fstat(descriptor).st_size)
            if total > allowed:
                raise refused(self._owner, f"its files have {total} bytes, more than {allowed}")
            for entry in entries:
                if not is_ignored(entry.name):
                    member = self._zip_member(archive, entry)
                    self._take(member, lambda entry=entry: _checked(archive, entry))  # type: ignore[misc]
        except IntegrityError as error:
            # The reader of zip archives talks of wheels.
            summary = error.summary.replace("not a usable wheel", "no usable source archive")
            summary = summary.replace("is not allowed in wheels", "is not unpacked")
            raise IntegrityError(summary, details=error.details, hints=error.hints) from error

    def _zip_member(self, archive: Archive, entry: ArchiveEntry) -> Member:
        kind = entry.mode & _TYPE_MASK
        name = entry.name.removesuffix("/")
        if entry.is_folder():
            return Member(name, FOLDER)
        if kind == _LINK:
            if entry.size > _LONGEST_TARGET:
                raise member_refused(self._owner, name, "it is a link without a usable target")
            try:
                target = archive.read(entry).decode()
            except UnicodeDecodeError:
                target = ""
            if not target or not target.isprintable():
                raise member_refused(self._owner, name, "it is a link without a usable target")
            return Member(name, SYMLINK, target=target)
        if kind not in (0, 0o100000):
            raise member_refused(self._owner, name, "it is no file, folder or link")
        return Member(name, FILE, entry.size, entry.mode & 0o111 != 0)

    def _take(self, member: Member, pieces: Callable[[], Iterator[bytes]]) -> None:
        is_new = self._contents.add(member)
        path = f"{self._tree}/{member.name}"
        if member.kind == FOLDER:
            self._make_folder(path)
        elif member.kind == FILE and is_new:
            self._make_parent(member.name)
            self._write(path, member, pieces())
        elif member.kind == FILE:
            if not _has_content(path, pieces()):
                raise member_refused(
                    self._owner, member.name, "it is there twice with different content"
                )
        elif member.kind == HARDLINK and is_new:
            self._make_parent(member.name)
            self._copy(f"{self._tree}/{member.target}", path)

    def _make_parent(self, name: str) -> None:
        self._make_folder(f"{self._tree}/{name}".rpartition("/")[0])

    def _make_folder(self, path: str) -> None:
        if path not in self._folders:
            self._make_folder(path.rpartition("/")[0])
            os.mkdir(path, 0o755)
            self._folders.add(path)

    def _write(self, path: str, member: Member, pieces: Iterator[bytes]) -> None:
        descriptor = os.open(path, _NEW, 0o755 if member.executable else 0o644)
        try:
            for piece in pieces:
                write_all(descriptor, piece)
        finally:
            os.close(descriptor)
        if member.mtime:
            # Makefiles compare times; modes and owners of the archive count for nothing.
            self._times.append((path, member.mtime))

    def _copy(self, source: str, path: str) -> None:
        """Copy a file that a hard link names: a change of one must never change the other."""
        import shutil

        shutil.copyfile(source, path, follow_symlinks=False)
        os.chmod(path, os.lstat(source).st_mode & 0o777)


def _checked(archive: Archive, entry: ArchiveEntry) -> Iterator[bytes]:
    """Yield the content of an entry once more compared with its checksum."""
    from binascii import crc32

    checksum = 0
    for piece in archive.pieces(entry):
        checksum = crc32(piece, checksum)
        yield piece
    if checksum != entry.crc:
        raise archive.damaged(entry, "its checksum is wrong")


def _has_content(path: str, pieces: Iterator[bytes]) -> bool:
    with open(path, "rb") as file:
        for piece in pieces:
            if file.read(len(piece)) != piece:
                return False
        return not file.read(1)


def _listing(tree: str) -> tuple[tuple[str, int, int, int], ...]:
    """Return path, mode, size and time in ns of all files and links below a folder, sorted."""
    found: list[tuple[str, int, int, int]] = []
    pending = [""]
    while pending:
        folder = pending.pop()
        with os.scandir(f"{tree}/{folder}" if folder else tree) as entries:
            for entry in entries:
                name = f"{folder}/{entry.name}" if folder else entry.name
                if entry.is_dir(follow_symlinks=False):
                    pending.append(name)
                    continue
                status = entry.stat(follow_symlinks=False)
                found.append((name, status.st_mode, status.st_size, status.st_mtime_ns))
    found.sort()
    return tuple(found)


def _is_untouched(tree: str, files: object) -> bool:
    try:
        return _listing(tree) == files
    except OSError:
        return False
