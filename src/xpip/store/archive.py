"""Reads the entries of a wheel file, each byte of it once and only where the directory says."""

from __future__ import annotations

import os
import zlib

from xpip.errors import IntegrityError
from xpip.formats.wheel_archive import (
    DEFLATED,
    LOCAL_HEADER_SIZE,
    NeedMore,
    check_descriptor,
    check_local_header,
    parse_directory,
    shown,
)
from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xpip.formats.wheel_archive import ArchiveEntry

_TAIL = 256 * 1024
"""Bytes read first from the end of a wheel: enough for the directory of 2,000 files."""
_LONGEST_HEADER = LOCAL_HEADER_SIZE + 2 * 0xFFFF
_LONGEST_DESCRIPTOR = 24
PIECE = 1024 * 1024
"""Bytes of a large file that are in memory at a time."""


class Archive:
    """An open wheel file; reading moves no file position, so threads may share it."""

    def __init__(self, descriptor: int, filename: str) -> None:
        """Remember the file; closing it stays with the caller."""
        self._descriptor = descriptor
        self.owner = shown(filename)
        """The file name for error messages."""
        self.size = os.fstat(descriptor).st_size
        """Bytes of the file."""

    def entries(self) -> tuple[ArchiveEntry, ...]:
        """Return the entries in the order of their bytes.

        Raises:
            IntegrityError: The archive is damaged, too large, or readable in more than one way.
        """
        size = self.size
        start = max(0, size - _TAIL)
        while True:
            tail = self._bytes(start, size - start)
            try:
                return parse_directory(tail, size, self.owner)
            except NeedMore as request:
                if request.start >= start:
                    raise IntegrityError(
                        f"`{self.owner}` is not a usable wheel: its directory cannot be found"
                    ) from None
                start = request.start

    def read(self, entry: ArchiveEntry) -> bytes:
        """Return the content of an entry.

        Raises:
            IntegrityError: It has another size than the directory says, or headers disagree.
        """
        span = memoryview(self._bytes(entry.header_offset, entry.end - entry.header_offset))
        start = check_local_header(bytes(span[:_LONGEST_HEADER]), entry, self.owner)
        stop = start + entry.compressed_size
        if stop > len(span):
            raise self.damaged(entry, "its bytes overlap with what follows")
        check_descriptor(bytes(span[stop:]), entry, self.owner)
        if entry.method != DEFLATED:
            return bytes(span[start:stop])
        # One byte more than promised lets the end of the stream be seen, and a bomb not go off.
        inflater = zlib.decompressobj(-15)
        try:
            data = inflater.decompress(span[start:stop], entry.size + 1)
        except zlib.error as error:
            raise self.damaged(entry, "its compressed bytes are damaged") from error
        self._check_end(entry, len(data), inflater)
        return data

    def pieces(self, entry: ArchiveEntry) -> Iterator[bytes]:
        """Yield the content of an entry in pieces; memory stays flat whatever its size.

        Raises:
            IntegrityError: It has another size than the directory says, or headers disagree.
        """
        span = entry.end - entry.header_offset
        head = self._bytes(entry.header_offset, min(span, _LONGEST_HEADER))
        position = entry.header_offset + check_local_header(head, entry, self.owner)
        stop = position + entry.compressed_size
        rest = entry.end - stop
        if rest < 0:
            raise self.damaged(entry, "its bytes overlap with what follows")
        if rest > _LONGEST_DESCRIPTOR:
            raise self.damaged(entry, f"{rest} bytes behind it belong to no entry")
        check_descriptor(self._bytes(stop, rest), entry, self.owner)
        if entry.method != DEFLATED:
            while position < stop:
                piece = self._bytes(position, min(PIECE, stop - position))
                position += len(piece)
                yield piece
            return
        inflater = zlib.decompressobj(-15)
        size = 0
        waiting = b""
        while not inflater.eof and (waiting or position < stop):
            if not waiting:
                waiting = self._bytes(position, min(PIECE, stop - position))
                position += len(waiting)
            try:
                piece = inflater.decompress(waiting, min(PIECE, entry.size - size + 1))
            except zlib.error as error:
                raise self.damaged(entry, "its compressed bytes are damaged") from error
            waiting = inflater.unconsumed_tail
            size += len(piece)
            if size > entry.size:
                break
            if piece:
                yield piece
        if position < stop:
            raise self.damaged(entry, "it has bytes behind its end")
        self._check_end(entry, size, inflater)

    def damaged(self, entry: ArchiveEntry, reason: str) -> IntegrityError:
        """Return the error for an entry that cannot be used."""
        name = shown(entry.name)
        return IntegrityError(f"`{self.owner}` is not a usable wheel: `{name}`: {reason}")

    def _check_end(self, entry: ArchiveEntry, size: int, inflater: zlib._Decompress) -> None:
        if size != entry.size:
            relation = "more" if size > entry.size else "fewer"
            raise self.damaged(entry, f"it has {relation} than the {entry.size} bytes it promises")
        if not inflater.eof or inflater.unused_data or inflater.unconsumed_tail:
            raise self.damaged(entry, "its compressed bytes do not end where they should")

    def _bytes(self, start: int, size: int) -> bytes:
        data = os.pread(self._descriptor, size, start)
        while len(data) < size:
            more = os.pread(self._descriptor, size - len(data), start + len(data))
            if not more:
                raise IntegrityError(f"`{self.owner}` became shorter while it was read")
            data += more
        return data
