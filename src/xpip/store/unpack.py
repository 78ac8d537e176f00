"""From a wheel file to blobs and a manifest.

One pass over the bytes inflates, hashes, compares with RECORD and gives the blob its name. Blobs
wait in a folder of their own under `tmp/` until the whole wheel has been found right, so a refused
wheel leaves nothing behind; the manifest comes last. zlib and sha256 release the interpreter lock,
so wheels may be added by several threads at once.
"""

from __future__ import annotations

import os
import zlib
from hashlib import sha256

from xpip.errors import IntegrityError
from xpip.formats.core_metadata import parse_core_metadata
from xpip.formats.entry_points import EntryPoints, parse_entry_points
from xpip.formats.record import format_row, parse_record
from xpip.formats.wheel_archive import check_names, shown
from xpip.formats.wheel_layout import (
    LIBRARY,
    check_record,
    check_release,
    is_protected_script,
    parse_wheel_file,
    protected_script,
    sort_entries,
    wrong_digest,
)
from xpip.formats.wheel_name import parse_wheel_name
from xpip.model.distribution import StoredFile, StoredFolder, StoredWheel
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.store.archive import Archive
from xpip.store.blobs import (
    blob_name,
    close_blob,
    has_digest,
    is_untouched,
    make_durable,
    make_empty_blob,
    publish_blob,
    small_blob_name,
)
from xpip.store.incoming import WheelWriter, new_hasher, verify_file
from xpip.store.layout import BLOB_MTIME, EXECUTABLE_SUFFIX, FILES
from xpip.store.packing import cannot, unwritable, write_all
from xpip.store.wheels import INLINE_SIZE, write_wheel

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from xpip.formats.wheel_archive import ArchiveEntry
    from xpip.formats.wheel_layout import WheelContents, WheelFile
    from xpip.formats.wheel_name import WheelName
    from xpip.model.link import Digest
    from xpip.store.layout import Store

_WHOLE = 8 * 1024 * 1024
"""Files up to this size are inflated in one call; larger ones in pieces, so memory stays flat."""
_TICK = 1_000_000_000
"""Nanoseconds of a second, the coarsest time that file systems keep."""
_LARGEST_TEXT = 64 * 1024 * 1024
"""Bytes of RECORD, METADATA, WHEEL or entry_points.txt."""


def wheel_writer(store: Store, algorithms: Sequence[str] = ()) -> WheelWriter:
    """Return a file that takes a download.

    Args:
        algorithms: What to hash besides sha256.

    Raises:
        StoreFault: The store cannot take it.
    """
    return WheelWriter(store.temporary_path() + ".whl", algorithms)


def add_wheel(
    store: Store,
    path: str,
    filename: str,
    expected: Sequence[Digest],
    known: Sequence[Digest] = (),
    warn: Callable[[str], None] | None = None,
) -> StoredWheel:
    """Verify a wheel, unpack it into the store and return its manifest.

    Args:
        path: Where the file is; it stays there.
        filename: Its name, which says what it is; `path` may be called anything.
        expected: What an index, a user or a lock promises; where several are of one algorithm, any
            of them will do.
        known: Digests that this process computed while it wrote the file (`WheelWriter.digests`).
        warn: Told, once the wheel is in the store, what is odd about it, a sentence at a time.

    Raises:
        IntegrityError: The file is not what was expected, or not a wheel that may be installed. The
            store is as before.
        StoreFault: The file cannot be read, or the store cannot take it.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise cannot(f"read `{path}`", error) from error
    try:
        key = verify_file(descriptor, filename, expected, known)
        work = _Unpacking(store, Archive(descriptor, filename), filename, key)
        wheel = work.run()
    except OSError as error:
        what = f"unpack `{shown(filename)}` into the cache `{store.root}`"
        raise unwritable(what, error) from error
    finally:
        os.close(descriptor)
    if warn is not None:
        for warning in work.warnings:
            warn(warning)
    return wheel


class _Written(NamedTuple):
    """A file whose bytes are verified."""

    scheme: str
    folder: str
    """Path of its folder below the scheme's."""
    file: StoredFile
    sha256: bytes
    temporary: str
    """Where its blob waits; empty when the store has it already or it needs none."""


class _Unpacking:
    """The work on one wheel."""

    def __init__(self, store: Store, archive: Archive, filename: str, key: str) -> None:
        self._store = store
        self._archive = archive
        self._filename = filename
        self._owner = archive.owner
        self._key = key
        self._folder = store.temporary_path()
        self._blobs = f"{store.root}/{FILES}/"
        self._serial = 0
        self.warnings: tuple[str, ...] = ()
        """What is odd about the wheel."""
        self._small = 0
        self._waiting: set[str] = set()
        self._replaced: set[str] = set()
        """Blobs that are there and not as they should be."""

    def run(self) -> StoredWheel:
        """Return the manifest of the wheel, which is in the store by then."""
        owner = self._owner
        name = parse_wheel_name(self._filename)
        if name is None:
            raise IntegrityError(f"`{owner}` is not the file name of a wheel")
        entries = self._archive.entries()
        checked, odd_names = check_names(entries, owner)
        contents = sort_entries(checked, name, owner)
        facts = parse_wheel_file(self._text(contents.info["WHEEL"]), name, owner)
        self.warnings = odd_names + facts.warnings
        metadata = parse_core_metadata(self._text(contents.info["METADATA"]), f"{owner}: METADATA")
        check_release(metadata.name, metadata.version, name, owner)
        scripts = self._entry_points(contents, name)
        rows = parse_record(self._decoded(contents.info["RECORD"]), f"{owner}: RECORD")
        digests = check_record(rows, checked, contents.info_folder, owner)
        try:
            written, rewrite = self._write_files(contents, digests)
            self._check_rest(entries, contents, digests)
            self._publish(written)
        finally:
            self._remove_folder()
        folders, record = _arranged(written)
        wheel = StoredWheel(
            key=self._key,
            name=metadata.name,
            version=metadata.version,
            filename=self._filename,
            root_is_purelib=facts.root_is_purelib,
            info_folder=contents.info_folder,
            folders=folders,
            record=record,
            console_scripts=scripts.console_scripts,
            gui_scripts=scripts.gui_scripts,
            metadata=(
                metadata.name,
                metadata.version,
                metadata.requires_dist,
                metadata.requires_python,
                metadata.provides_extra,
                metadata.metadata_version,
            ),
            rewrite_scripts=rewrite,
            size=sum(item.file.size for item in written),
            archive_size=self._archive.size,
        )
        write_wheel(self._store, wheel)
        return wheel

    def _text(self, entry: ArchiveEntry) -> bytes:
        """Return the bytes of a file that is needed before all others."""
        if entry.size > _LARGEST_TEXT:
            raise self._archive.damaged(
                entry, f"it has {entry.size} bytes, more than {_LARGEST_TEXT}"
            )
        data = self._archive.read(entry)
        self._check(entry, zlib.crc32(data), None, "")
        return data

    def _decoded(self, entry: ArchiveEntry) -> str:
        try:
            return self._text(entry).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise self._archive.damaged(entry, "it is not valid UTF-8") from error

    def _entry_points(self, contents: WheelContents, wheel: WheelName) -> EntryPoints:
        entry = contents.info.get("entry_points.txt")
        if entry is None:
            return EntryPoints()
        points = parse_entry_points(self._decoded(entry), f"{self._owner}: entry_points.txt")
        for scripts in points:
            for script, _ in scripts:
                if is_protected_script(script, wheel.name):
                    raise protected_script(script, self._owner)
        return points

    def _write_files(
        self, contents: WheelContents, digests: dict[str, Digest]
    ) -> tuple[list[_Written], tuple[str, ...]]:
        """Return every file with its blob waiting, and the scripts with a first line to change."""
        written = []
        rewrite = []
        for file in contents.files:
            expected = digests.get(file.entry.name)
            if file.entry.size > _WHOLE:
                item, start = self._write_large(file, expected)
            else:
                item, start = self._write_file(file, expected)
            written.append(item)
            if file.scheme == "scripts" and start.startswith(b"#!python"):
                rewrite.append(file.path)
        return written, tuple(rewrite)

    def _write_file(self, file: WheelFile, expected: Digest | None) -> tuple[_Written, bytes]:
        """Verify one file, and return it with its content."""
        entry = file.entry
        data = self._archive.read(entry)
        digest = sha256(data).digest()
        found = digest.hex()
        self._check(entry, zlib.crc32(data), expected, _as_promised(expected, found, data))
        content = None
        blob = blob_name(found, _is_executable(file))
        if entry.size < INLINE_SIZE:
            content = data
            blob = small_blob_name(self._key, self._next(), _is_executable(file))
        temporary = ""
        if not self._is_present(blob, entry.size, found):
            temporary = self._temporary()
            descriptor = make_empty_blob(temporary, _is_executable(file))
            try:
                write_all(descriptor, data)
            finally:
                close_blob(descriptor)
        return _item(file, digest, temporary, blob, content), data

    def _write_large(self, file: WheelFile, expected: Digest | None) -> tuple[_Written, bytes]:
        """Do the same in pieces, and return the file with the start of its content."""
        entry = file.entry
        hasher = sha256()
        other = None
        if expected is not None and expected.algorithm != "sha256":
            other = new_hasher(expected.algorithm)
        crc = 0
        start = b""
        temporary = self._temporary()
        descriptor = make_empty_blob(temporary, _is_executable(file))
        try:
            for piece in self._archive.pieces(entry):
                start = start or piece[:16]
                crc = zlib.crc32(piece, crc)
                hasher.update(piece)
                if other is not None:
                    other.update(piece)
                write_all(descriptor, piece)
        finally:
            close_blob(descriptor)
        self._check(entry, crc, expected, (other or hasher).hexdigest())
        digest = hasher.digest()
        blob = blob_name(digest.hex(), _is_executable(file))
        if self._is_present(blob, entry.size, digest.hex()):
            os.unlink(temporary)
            temporary = ""
        return _item(file, digest, temporary, blob, None), start

    def _next(self) -> int:
        """Return a number for a small file; the same file gets the same at each unpacking."""
        self._small += 1
        return self._small

    def _check(self, entry: ArchiveEntry, crc: int, expected: Digest | None, found: str) -> None:
        if expected is not None and found != expected.value:
            raise wrong_digest(self._owner, entry.name, expected, found)
        if crc != entry.crc:
            raise self._archive.damaged(entry, "its CRC is wrong")

    def _check_rest(
        self,
        entries: tuple[ArchiveEntry, ...],
        contents: WheelContents,
        digests: dict[str, Digest],
    ) -> None:
        """Verify the entries that are not written: folders, repetitions, what gets made anew.

        Another reader might use them, and their bytes must not hide anything either.
        """
        done = {file.entry.header_offset for file in contents.files}
        for entry in entries:
            if entry.header_offset in done:
                continue
            expected = digests.get(entry.name)
            hasher = new_hasher(expected.algorithm if expected else "sha256")
            crc = 0
            for piece in self._archive.pieces(entry):
                crc = zlib.crc32(piece, crc)
                hasher.update(piece)
            self._check(entry, crc, expected, hasher.hexdigest())

    def _is_present(self, blob: str, size: int, digest: str) -> bool:
        """Say whether a blob need not be written, being there or waiting.

        One that is there is marked as used again, or pruning at this moment might take it for
        something that no wheel needs.
        """
        if blob in self._waiting:
            return True
        path = self._blobs + blob
        try:
            status = os.lstat(path)
            present = is_untouched(status, size, blob.endswith(EXECUTABLE_SUFFIX))
            if present and status.st_ctime < self._store.booted:
                # It may have been torn when the machine went down.
                present = has_digest(path, digest)
            if present:
                os.utime(path, ns=(status.st_atime_ns + _TICK, BLOB_MTIME * _TICK))
            else:
                self._replaced.add(blob)
        except OSError:
            present = False
        if not present:
            self._waiting.add(blob)
        return present

    def _temporary(self) -> str:
        self._serial += 1
        return f"{self._folder}/{self._serial}"

    def _publish(self, written: list[_Written]) -> None:
        for item in written:
            if item.temporary:
                if item.file.blob in self._replaced:
                    make_durable(item.temporary)
                publish_blob(self._store, item.temporary, item.file.blob)

    def _remove_folder(self) -> None:
        """Remove what was not published; in an orderly run only the empty folder is left."""
        try:
            os.rmdir(self._folder)
        except FileNotFoundError:
            pass
        except OSError:
            import shutil

            shutil.rmtree(self._folder, ignore_errors=True)


def _item(
    file: WheelFile, digest: bytes, temporary: str, blob: str, content: bytes | None
) -> _Written:
    folder, _, name = file.path.rpartition("/")
    stored = StoredFile(name, blob, file.entry.size, content, _is_executable(file))
    return _Written(file.scheme, folder, stored, digest, temporary)


def _is_executable(file: WheelFile) -> bool:
    return file.scheme == "scripts" or file.entry.is_executable()


def _as_promised(expected: Digest | None, sha256_value: str, data: bytes) -> str:
    """Return the digest of data by the algorithm that RECORD uses."""
    if expected is None or expected.algorithm == "sha256":
        return sha256_value
    hasher = new_hasher(expected.algorithm)
    hasher.update(data)
    return hasher.hexdigest()


def _arranged(written: list[_Written]) -> tuple[tuple[StoredFolder, ...], str]:
    """Return the folders, parents first, and the rows of RECORD in their order."""
    found: dict[tuple[str, str], list[_Written]] = {}
    for item in written:
        found.setdefault((item.scheme, item.folder), []).append(item)
    for scheme, path in list(found):
        parent = path
        while parent:
            parent = parent.rpartition("/")[0]
            found.setdefault((scheme, parent), [])
    folders = []
    rows = []
    for scheme, path in sorted(found, key=_folder_order):
        items = found[scheme, path]
        folders.append(StoredFolder(scheme, path, tuple([item.file for item in items])))
        if scheme == LIBRARY:
            prefix = f"{path}/" if path else ""
            rows += [
                format_row(prefix + item.file.name, item.sha256, item.file.size) for item in items
            ]
    return tuple(folders), "".join(rows)


def _folder_order(folder: tuple[str, str]) -> tuple[bool, str, str]:
    return (folder[0] != LIBRARY, folder[0], folder[1])
