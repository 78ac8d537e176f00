"""Zip archives, read so that no other reader can see something else in them.

A wheel is checked by one program and installed by another, so whatever two readers could understand
differently is refused: a second directory, bytes that no entry owns, headers that disagree, names
that file systems fold together (reliability.md 2.1 lists who was hit). Works on bytes that somebody
else has read: the end of the archive holds the directory, so metadata of a remote wheel costs two
ranges.

Spec: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
"""

from __future__ import annotations

import struct
from struct import Struct

from xpip.errors import IntegrityError
from xpip.model.records import NamedTuple

STORED = 0
DEFLATED = 8

_METHODS = {
    1: "shrink", 6: "implode", 9: "deflate64", 12: "bzip2", 14: "lzma", 93: "zstandard", 95: "xz",
    98: "ppmd", 99: "AES encryption",
}  # fmt: skip
_END = Struct("<4s4H2LH")
_END64 = Struct("<4sQ2H2L4Q")
_LOCATOR = Struct("<4sLQL")
_CENTRAL = Struct("<4s4B4H3L5H2L")
_LOCAL = Struct("<4s5H3L2H")
_FIELD = Struct("<HH")
_END_MARK = b"PK\x05\x06"
_END64_MARK = b"PK\x06\x06"
_LOCATOR_MARK = b"PK\x06\x07"
_CENTRAL_MARK = b"PK\x01\x02"
_LOCAL_MARK = b"PK\x03\x04"
LOCAL_HEADER_SIZE = _LOCAL.size
LONGEST_COMMENT = 0xFFFF
_END64_REST = 44
"""What the size field of a zip64 end record without extensible data says."""
_FULL16 = 0xFFFF
_FULL32 = 0xFFFFFFFF
_ZIP64_FIELD = 1
_UNICODE_PATH_FIELD = 0x7075

_ENCRYPTED = 0x0001
_DESCRIPTOR = 0x0008
_PATCH = 0x0020
_STRONG_ENCRYPTION = 0x0040
_UTF8 = 0x0800
_MASKED_HEADER = 0x2000

_TYPE_MASK = 0o170000
_REGULAR = 0o100000
_FOLDER = 0o040000
_SET_BITS = 0o6000


class Limits(NamedTuple):
    """How large an archive may be when unpacked."""

    entries: int = 200_000
    ratio: int = 50
    """Unpacked bytes per archive byte; the largest among the wheels of a scientific stack is 8."""
    never_too_large: int = 512 * 1024 * 1024
    """Bytes that may always come out, whatever the ratio."""
    size: int = 64 * 1024 * 1024 * 1024
    """Bytes that may come out at most."""
    component: int = 255
    """Bytes of one file or folder name."""
    path: int = 2048
    """Bytes of a path in the archive."""
    depth: int = 100


DEFAULT_LIMITS = Limits()


class NeedMore(Exception):
    """The directory starts before the bytes that were given."""

    def __init__(self, start: int) -> None:
        super().__init__(start)
        self.start = start
        """Offset in the archive from which on bytes are needed, up to its end."""


class ArchiveEntry(NamedTuple):
    """One entry of the central directory."""

    name: str
    """With `/`; a folder ends in one."""
    raw_name: bytes
    """As it stands in the archive, for comparison with the local header."""
    method: int
    flags: int
    crc: int
    compressed_size: int
    size: int
    header_offset: int
    end: int
    """Offset of the next local header, or of the central directory: where its bytes must end."""
    mode: int
    """As in `st_mode`; 0 when the archive says nothing."""

    def is_folder(self) -> bool:
        """Say whether it stands for a folder."""
        return self.name[-1] == "/"

    def is_executable(self) -> bool:
        """Say whether pip would make the file executable: a regular file with any such bit."""
        return self.mode & _TYPE_MASK == _REGULAR and self.mode & 0o111 != 0


def parse_directory(
    tail: bytes, file_size: int, owner: str = "archive", limits: Limits = DEFAULT_LIMITS
) -> tuple[ArchiveEntry, ...]:
    """Return the entries of an archive in the order of their bytes.

    Args:
        tail: The last bytes of the archive, as many as there are at hand.
        owner: File name for error messages.

    Raises:
        NeedMore: The directory starts before `tail`.
        IntegrityError: The archive is damaged, too large, or readable in more than one way.
    """
    base = file_size - len(tail)
    start, end, expected = _find_directory(tail, base, file_size, owner)
    if expected > limits.entries:
        raise _refused(owner, f"it has {expected} entries, more than {limits.entries}")
    if start < base:
        raise NeedMore(start)
    entries = _read_entries(tail[start - base : end - base], expected, owner)
    total = sum(entry.size for entry in entries)
    allowed = min(limits.size, max(limits.never_too_large, limits.ratio * file_size))
    if total > allowed:
        raise _refused(owner, f"its files have {total} bytes, more than the {allowed} allowed")
    return _with_ends(entries, start, owner)


def check_local_header(data: bytes, entry: ArchiveEntry, owner: str = "archive") -> int:
    """Return how many bytes the local header of an entry takes.

    Args:
        data: Bytes from `entry.header_offset` on; they may go on behind the header.

    Raises:
        IntegrityError: The header is not there, or it disagrees with the directory.
    """
    try:
        mark, _, flags, method, _, _, crc, compressed_size, size, name_size, extra_size = (
            _LOCAL.unpack_from(data)
        )
    except struct.error:
        mark, flags, method, crc, compressed_size, size, name_size, extra_size = b"", *(0,) * 7
    if mark != _LOCAL_MARK:
        raise _entry_refused(owner, entry.name, "its header is not where the directory says")
    names_end = LOCAL_HEADER_SIZE + name_size
    if data[LOCAL_HEADER_SIZE:names_end] != entry.raw_name:
        raise _entry_refused(owner, entry.name, "its header has another name than the directory")
    if method != entry.method:
        raise _entry_refused(owner, entry.name, "its header has another method than the directory")
    if (flags ^ entry.flags) & (_UTF8 | _DESCRIPTOR | _ENCRYPTED):
        raise _entry_refused(owner, entry.name, "its header has other flags than the directory")
    header_size: int = names_end + extra_size
    if flags & _DESCRIPTOR:
        agrees = crc in (0, entry.crc)
    else:
        sizes: tuple[int, ...] = (size, compressed_size)
        if _FULL32 in sizes:
            extra = data[names_end:header_size]
            sizes = _zip64_values(extra, sizes, owner, entry.name)
        agrees = (crc, *sizes) == (entry.crc, entry.size, entry.compressed_size)
    if not agrees:
        raise _entry_refused(owner, entry.name, "its header has other sizes than the directory")
    return header_size


def check_descriptor(data: bytes, entry: ArchiveEntry, owner: str = "archive") -> None:
    """Ensure that what follows the bytes of an entry belongs to it.

    Args:
        data: Everything between its bytes and `entry.end`.

    Raises:
        IntegrityError: There are bytes that no entry owns, or a data descriptor that disagrees.
    """
    if not data and not entry.flags & _DESCRIPTOR:
        return
    if entry.flags & _DESCRIPTOR:
        body = data[4:] if len(data) in (16, 24) and data[:4] == b"PK\x07\x08" else data
        width = {12: 4, 20: 8}.get(len(body))
        if width is not None and body == b"".join(
            (
                entry.crc.to_bytes(4, "little"),
                _to_bytes(entry.compressed_size, width),
                _to_bytes(entry.size, width),
            )
        ):
            return
        raise _entry_refused(owner, entry.name, "its data descriptor disagrees with the directory")
    raise _entry_refused(owner, entry.name, f"{len(data)} bytes behind it belong to no entry")


def check_names(
    entries: tuple[ArchiveEntry, ...], owner: str = "archive", limits: Limits = DEFAULT_LIMITS
) -> tuple[tuple[ArchiveEntry, ...], tuple[str, ...]]:
    """Return the entries without repetitions, and warnings, once every name is safe anywhere.

    Anywhere: a lock that was made on one system is installed on another, so names are refused that
    only Windows or macOS would stumble over.

    Raises:
        IntegrityError: A name leads outside, could be read differently by another system, or two
            entries with different content share one.
    """
    warnings = []
    for entry in entries:
        name = entry.name
        reason = _name_fault(name, limits)
        if reason:
            raise _entry_refused(owner, name, reason)
        kind = entry.mode & _TYPE_MASK
        if kind not in (_REGULAR, 0) and not (kind == _FOLDER and name[-1] == "/"):
            warnings.append(f"`{name}` in `{owner}` is marked as no regular file but becomes one")
        elif entry.mode & _SET_BITS and name[-1] != "/":
            warnings.append(f"the set-user bits of `{name}` in `{owner}` are ignored")
    return _check_collisions(entries, owner, warnings)


def _check_collisions(
    entries: tuple[ArchiveEntry, ...], owner: str, warnings: list[str]
) -> tuple[tuple[ArchiveEntry, ...], tuple[str, ...]]:
    names = {entry.name for entry in entries}
    if all(map(str.isascii, names)):
        folded = {name.lower() for name in names}
    else:
        folded = {fold(name) for name in names}
    if len(folded) != len(entries):
        entries = _without_repetitions(entries, owner, warnings)
        folded = {fold(entry.name) for entry in entries}
    folders = {name.rpartition("/")[0] for name in folded}
    pending = list(folders)
    while pending:
        parent = pending.pop().rpartition("/")[0]
        if parent and parent not in folders:
            folders.add(parent)
            pending.append(parent)
    clash = folders & folded
    if clash:
        shown = next(entry.name for entry in entries if fold(entry.name) in clash)
        raise _entry_refused(owner, shown, "it is a file and a folder at once")
    return entries, tuple(warnings)


def _without_repetitions(
    entries: tuple[ArchiveEntry, ...], owner: str, warnings: list[str]
) -> tuple[ArchiveEntry, ...]:
    """Return the first of entries that share a name, folded as file systems do."""
    seen: dict[str, ArchiveEntry] = {}
    kept = []
    for entry in entries:
        first = seen.setdefault(fold(entry.name), entry)
        if first is entry:
            kept.append(entry)
        elif (first.crc, first.size) != (entry.crc, entry.size):
            if first.name == entry.name:
                raise _entry_refused(owner, entry.name, "it is there twice with different content")
            raise _entry_refused(
                owner,
                entry.name,
                f"a file system may take it for `{first.name}`, which has different content",
            )
        elif first.name == entry.name:
            warnings.append(f"`{shown(entry.name)}` is in `{owner}` twice with equal content")
        else:
            kept.append(entry)
            warnings.append(
                f"`{shown(entry.name)}` and `{shown(first.name)}` in `{owner}` are one file on"
                " some file systems"
            )
    return tuple(kept)


def fold(name: str) -> str:
    """Return what a file system that ignores case and Unicode form takes a name for."""
    if name.isascii():
        return name.lower()
    from unicodedata import normalize

    return normalize("NFC", normalize("NFC", name).casefold())


def shown(name: str) -> str:
    """Return a name as it may stand in a message: short, and nothing a terminal would act on."""
    text = name if name.isprintable() else ascii(name)[1:-1]
    return text if len(text) <= 200 else f"{text[:200]}..."  # noqa: PLR2004  (one line or so)


def _find_directory(tail: bytes, base: int, file_size: int, owner: str) -> tuple[int, int, int]:
    """Return offsets of start and end of the central directory and how many entries it has."""
    position = _find_end(tail, base, owner)
    end = _END.unpack_from(tail, position)
    _, disk, first_disk, here, total, size, start, _ = end
    directory_end = base + position
    locator_position = position - _LOCATOR.size
    if locator_position < 0 and base:
        raise NeedMore(max(0, file_size - LONGEST_COMMENT - _END.size - _LOCATOR.size))
    locator = tail[max(0, locator_position) : position]
    if locator_position >= 0 and locator[:4] == _LOCATOR_MARK:
        claimed = (here, total, size, start)
        directory_end, (here, total, size, start) = _read_zip64_end(
            tail, base, locator_position, owner
        )
        fulls = (_FULL16, _FULL16, _FULL32, _FULL32)
        for old, new, full in zip(claimed, (here, total, size, start), fulls, strict=True):
            if old not in (full, new):
                raise _refused(owner, "its two end records disagree")
    if disk not in (0, _FULL16) or first_disk not in (0, _FULL16) or here != total:
        raise _refused(owner, "it is one part of a split archive")
    if start + size != directory_end:
        raise _refused(owner, "its directory is not where its end record says")
    return start, directory_end, total


def _find_end(tail: bytes, base: int, owner: str) -> int:
    """Return where in `tail` the end record is."""
    lowest = max(0, len(tail) - LONGEST_COMMENT - _END.size)
    position = tail.rfind(_END_MARK, lowest)
    if position < 0:
        if base and lowest == 0 and len(tail) < LONGEST_COMMENT + _END.size:
            raise NeedMore(max(0, base + len(tail) - LONGEST_COMMENT - _END.size))
        raise _no_zip(tail, base, owner)
    if position + _END.size > len(tail):
        raise _refused(owner, "it is cut off in its end record")
    comment_size = len(tail) - position - _END.size
    if _END.unpack_from(tail, position)[-1] != comment_size:
        raise _refused(owner, "there are bytes behind its end, or two ends")
    earlier = tail.rfind(_END_MARK, lowest, position)
    while earlier >= 0:
        if _END.unpack_from(tail, earlier)[-1] == len(tail) - earlier - _END.size:
            raise _refused(owner, "it has two ends")
        earlier = tail.rfind(_END_MARK, lowest, earlier)
    return position


def _read_zip64_end(
    tail: bytes, base: int, locator_position: int, owner: str
) -> tuple[int, tuple[int, int, int, int]]:
    """Return the offset of the zip64 end record, and its counts, size and start."""
    _, disk, offset, disks = _LOCATOR.unpack_from(tail, locator_position)
    position = locator_position - _END64.size
    if position < 0:
        raise NeedMore(max(0, base + position - LONGEST_COMMENT))
    record = _END64.unpack_from(tail, position)
    mark, rest, _, _, own_disk, first_disk, here, total, size, start = record
    if mark != _END64_MARK or rest != _END64_REST or offset != base + position:
        raise _refused(owner, "its zip64 end record is not where its locator says")
    if disk or own_disk or first_disk or disks not in (0, 1):
        raise _refused(owner, "it is one part of a split archive")
    return base + position, (here, total, size, start)


def _read_entries(directory: bytes, expected: int, owner: str) -> list[ArchiveEntry]:
    entries = []
    position = 0
    unpack = _CENTRAL.unpack_from
    fixed = _CENTRAL.size
    for _ in range(expected):
        try:
            fields = unpack(directory, position)
        except struct.error:
            raise _refused(owner, "its directory has fewer entries than it says") from None
        (
            mark, _, _, _, _, flags, method, _, _, crc, compressed_size, size,
            name_size, extra_size, comment_size, disk, _, attributes, offset,
        ) = fields  # fmt: skip
        if mark != _CENTRAL_MARK:
            raise _refused(owner, "its directory has fewer entries than it says")
        names_end = position + fixed + name_size
        raw_name = directory[position + fixed : names_end]
        position = names_end + extra_size + comment_size
        if position > len(directory):
            raise _refused(owner, "its directory is cut off")
        name = _decode(raw_name, flags, owner)
        if extra_size or _FULL32 in (size, compressed_size, offset):
            extra = directory[names_end : names_end + extra_size]
            size, compressed_size, offset = _zip64_values(
                extra, (size, compressed_size, offset), owner, name
            )
            _check_unicode_path(extra, raw_name, owner, name)
        _check_kind(name, flags, method, (compressed_size, size), owner)
        if disk not in (0, _FULL16):
            raise _refused(owner, "it is one part of a split archive")
        mode = attributes >> 16
        entries.append(
            ArchiveEntry(name, raw_name, method, flags, crc, compressed_size, size, offset, 0, mode)
        )
    if position != len(directory):
        raise _refused(owner, "its directory has more entries than it says")
    return entries


def _check_kind(name: str, flags: int, method: int, sizes: tuple[int, int], owner: str) -> None:
    compressed_size, size = sizes
    if flags & (_ENCRYPTED | _STRONG_ENCRYPTION | _MASKED_HEADER):
        raise _entry_refused(owner, name, "it is encrypted")
    if method not in (STORED, DEFLATED) or flags & _PATCH:
        method_name = _METHODS.get(method, f"number {method}")
        raise _entry_refused(
            owner, name, f"its compression method `{method_name}` is not allowed in wheels"
        )
    if method == STORED and compressed_size != size:
        raise _entry_refused(owner, name, "it is stored but has two sizes")
    if method == STORED and flags & _DESCRIPTOR and size:
        # A reader that starts at the front cannot know where such an entry ends.
        raise _entry_refused(owner, name, "its end cannot be found from the front")
    if name[-1:] == "/" and size:
        raise _entry_refused(owner, name, "it is a folder with content")


def _with_ends(
    entries: list[ArchiveEntry], directory_start: int, owner: str
) -> tuple[ArchiveEntry, ...]:
    """Return the entries by offset, each with the offset where its bytes must end."""
    entries.sort(key=_offset)
    if not entries:
        if directory_start:
            raise _refused(owner, "there are bytes before its first entry")
        return ()
    if entries[0].header_offset:
        raise _refused(owner, "there are bytes before its first entry")
    ends = [entry.header_offset for entry in entries[1:]]
    ends.append(directory_start)
    result = []
    for entry, end in zip(entries, ends, strict=True):
        least = LOCAL_HEADER_SIZE + len(entry.raw_name) + entry.compressed_size
        if entry.header_offset + least > end:
            raise _entry_refused(owner, entry.name, "its bytes overlap with what follows")
        result.append(entry._replace(end=end))
    return tuple(result)


def _offset(entry: ArchiveEntry) -> int:
    return entry.header_offset


def _decode(raw_name: bytes, flags: int, owner: str) -> str:
    if not raw_name:
        raise _refused(owner, "it has an entry without a name")
    try:
        return raw_name.decode("utf-8" if flags & _UTF8 or raw_name.isascii() else "cp437")
    except UnicodeDecodeError:
        name = raw_name.decode("ascii", "backslashreplace")
        raise _entry_refused(owner, name, "its name is not valid UTF-8") from None


def _extra_fields(extra: bytes, owner: str, name: str) -> list[tuple[int, bytes]]:
    fields = []
    position = 0
    while position < len(extra):
        if position + _FIELD.size > len(extra):
            # Old writers pad with a few zero bytes.
            if extra[position:].strip(b"\0"):
                raise _entry_refused(owner, name, "its extra field is damaged")
            break
        kind, size = _FIELD.unpack_from(extra, position)
        position += _FIELD.size
        if position + size > len(extra):
            raise _entry_refused(owner, name, "its extra field is damaged")
        fields.append((kind, extra[position : position + size]))
        position += size
    return fields


def _zip64_values(extra: bytes, values: tuple[int, ...], owner: str, name: str) -> tuple[int, ...]:
    """Return values with those that are full replaced by what the zip64 field says."""
    found = [field for kind, field in _extra_fields(extra, owner, name) if kind == _ZIP64_FIELD]
    if not found:
        return values
    if len(found) > 1:
        raise _entry_refused(owner, name, "it has two zip64 fields")
    field = found[0]
    if len(field) % 8 not in (0, 4):
        raise _entry_refused(owner, name, "its zip64 field is damaged")
    numbers = [int.from_bytes(field[at : at + 8], "little") for at in range(0, len(field) - 7, 8)]
    result = []
    if len(numbers) == len(values):
        # Some writers give all values, full or not: then those that are not must agree.
        for value, number in zip(values, numbers, strict=True):
            if value not in (_FULL32, number):
                raise _entry_refused(owner, name, "its zip64 field disagrees with its header")
        return tuple(numbers)
    for value in values:
        if value != _FULL32:
            result.append(value)
        elif numbers:
            result.append(numbers.pop(0))
        else:
            raise _entry_refused(owner, name, "its zip64 field is too short")
    if numbers:
        raise _entry_refused(owner, name, "its zip64 field is too long")
    return tuple(result)


def _check_unicode_path(extra: bytes, raw_name: bytes, owner: str, name: str) -> None:
    for kind, field in _extra_fields(extra, owner, name):
        # One byte of version and four of CRC stand before the name.
        if kind == _UNICODE_PATH_FIELD and field[5:] != raw_name:
            raise _entry_refused(owner, name, "it has a second, different name")


def _name_fault(name: str, limits: Limits) -> str:
    """Return why a name may not be used, empty when it may."""
    if "\\" in name or ":" in name:
        return "its name has a backslash or a colon, which is a path on some systems"
    if not name.isprintable() and _has_invisible(name):
        return "its name has a character that cannot be seen"
    path = name[:-1] if name[-1] == "/" else name
    parts = path.split("/")
    if ".." in parts:
        return "its path leads outside"
    if "" in parts or "." in parts:
        return "its path is absolute or not in its shortest form"
    if path[-1] in ". " or "./" in path or " /" in path:
        return "a part of its path ends in a dot or blank, which Windows leaves out"
    return _length_fault(path, parts, limits)


def _length_fault(path: str, parts: list[str], limits: Limits) -> str:
    size = len(path) if path.isascii() else len(path.encode("utf-8", "surrogatepass"))
    if size > limits.path:
        return f"its path has {size} bytes, more than {limits.path}"
    if len(parts) > limits.depth:
        return f"its path has {len(parts)} parts, more than {limits.depth}"
    if size > limits.component:
        longest = max(len(part.encode("utf-8", "surrogatepass")) for part in parts)
        if longest > limits.component:
            return f"a part of its path has {longest} bytes, more than {limits.component}"
    return ""


def _has_invisible(name: str) -> bool:
    """Tell whether a name has a control, a format character (bidi) or a line separator.

    Characters that this Python's Unicode tables do not know yet are let through, so that the same
    wheel is not refused by an older Python only.
    """
    from unicodedata import category

    return any(category(character) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") for character in name)


def _no_zip(tail: bytes, base: int, owner: str) -> IntegrityError:
    """Return the error for bytes without an end record, saying what they look like."""
    if not tail:
        return _refused(owner, "the file is empty")
    if base == 0:
        start = tail[:512].lstrip().lower()
        if start.startswith((b"<!doctype", b"<html", b"<head", b"<?xml")):
            return _refused(
                owner, "it is not a zip archive, it looks like HTML: is a login page in the way?"
            )
        if not tail.startswith(_LOCAL_MARK):
            return _refused(owner, "it is not a zip archive")
    return _refused(owner, "it has no end record: it is cut off, or not a zip archive")


def _to_bytes(value: int, width: int) -> bytes:
    return (value & ((1 << 8 * width) - 1)).to_bytes(width, "little")


def _refused(owner: str, reason: str) -> IntegrityError:
    return IntegrityError(f"`{owner}` is not a usable wheel: {reason}")


def _entry_refused(owner: str, name: str, reason: str) -> IntegrityError:
    return IntegrityError(f"`{owner}` is not a usable wheel: `{shown(name)}`: {reason}")
