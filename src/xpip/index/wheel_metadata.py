"""METADATA of a wheel that is somewhere else, from as few of its bytes as possible."""

from __future__ import annotations

from collections.abc import Generator

from xpip.formats.core_metadata import parse_core_metadata
from xpip.formats.wheel_archive import (
    DEFLATED,
    ArchiveEntry,
    NeedMore,
    check_local_header,
    parse_directory,
)
from xpip.index.identity import damaged, ensure_same
from xpip.model.dependencies import CoreMetadata
from xpip.model.records import NamedTuple

TAIL = 64 << 10
"""Bytes to begin with: directory and METADATA of all but large wheels are in them."""
AHEAD = 64 << 10
"""Bytes to read before a directory that did not fit into the first ones."""
MAXIMUM_METADATA = 32 << 20
MAXIMUM_DIRECTORY = 64 << 20


class Part(NamedTuple):
    """A part of a wheel to be read."""

    start: int
    length: int


Steps = Generator[Part, bytes, bytes]


def metadata_steps(filename: str, total: int, start: int, tail: bytes) -> Steps:
    """Ask for parts of a wheel and return the bytes of METADATA.

    Args:
        total: Bytes of the wheel.
        start: Where `tail` begins; it goes on to the end.

    Raises:
        IntegrityError: The wheel is damaged or has not exactly one METADATA of its own.
    """
    while True:
        try:
            entries = parse_directory(tail, total, filename)
            break
        except NeedMore as more:
            if start - more.start > MAXIMUM_DIRECTORY:
                raise damaged(filename, "its directory is too large") from None
            # The dist-info folder is usually written last: a bit more saves another request.
            earlier = max(0, more.start - AHEAD)
            tail = (yield Part(earlier, start - earlier)) + tail
            start = earlier
    entry = _find(entries, filename)
    if entry.compressed_size > MAXIMUM_METADATA or entry.size > MAXIMUM_METADATA:
        raise damaged(filename, "its METADATA is too large")
    end = min(entry.end, entry.header_offset + entry.compressed_size + (128 << 10))
    if entry.header_offset >= start:
        data = tail[entry.header_offset - start : end - start]
    else:
        data = yield Part(entry.header_offset, min(end, start) - entry.header_offset)
        data += tail[: max(0, end - start)]
    return _unpacked(data, entry, filename)


def _find(entries: tuple[ArchiveEntry, ...], filename: str) -> ArchiveEntry:
    found = [
        entry
        for entry in entries
        if entry.name.endswith(".dist-info/METADATA") and entry.name.count("/") == 1
    ]
    if len(found) != 1:
        raise damaged(filename, f"it has {len(found) or 'no'} METADATA where one is needed")
    return found[0]


def _unpacked(data: bytes, entry: ArchiveEntry, filename: str) -> bytes:
    import zlib

    header = check_local_header(data, entry, filename)
    body = data[header : header + entry.compressed_size]
    if entry.method == DEFLATED:
        inflater = zlib.decompressobj(-15)
        try:
            body = inflater.decompress(body, entry.size + 1)
        except zlib.error as error:
            raise damaged(filename, "its METADATA cannot be unpacked") from error
    if len(body) != entry.size or zlib.crc32(body) != entry.crc:
        raise damaged(filename, "its METADATA has a wrong checksum")
    return body


def checked_metadata(data: bytes, filename: str) -> CoreMetadata:
    """Return the parsed METADATA of a wheel, which must be about what the file name says.

    Raises:
        IntegrityError: It does not parse, or is about something else.
    """
    return ensure_same(parse_core_metadata(data, filename), filename)
