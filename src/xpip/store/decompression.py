"""Compressed tar files as a stream of bytes that never grows beyond a limit."""

from __future__ import annotations

import os

from xpip.formats.sdist_archive import refused
from xpip.model.records import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

GZIP = "gzip"
BZIP2 = "bzip2"
XZ = "xz"
ZIP = "zip"
TAR = "tar"

_PIECE = 1 << 18
_MAGIC = (
    (b"\x1f\x8b", GZIP),
    (b"BZh", BZIP2),
    (b"\xfd7zXZ\0", XZ),
    (b"]\0\0", XZ),
    (b"PK\x03\x04", ZIP),
    (b"PK\x05\x06", ZIP),
)
_SUFFIXES = (
    (".tar.gz", GZIP), (".tgz", GZIP), (".tar.bz2", BZIP2), (".tbz", BZIP2), (".tbz2", BZIP2),
    (".tar.xz", XZ), (".txz", XZ), (".tar.lzma", XZ), (".tlz", XZ), (".zip", ZIP), (".tar", TAR),
)  # fmt: skip
_MEMORY = 512 << 20
"""Bytes that the dictionary of an xz file may take."""
_HTML = (b"<!doctype", b"<html", b"<head", b"<?xml")
_USTAR = 257


class _Inflater(Protocol):
    """What zlib, bz2 and lzma have in common."""

    @property
    def eof(self) -> bool:
        """Whether the end of the compressed stream was reached."""

    @property
    def unused_data(self) -> bytes:
        """What stands behind that end."""

    def decompress(self, data: bytes, max_length: int = ..., /) -> bytes:
        """Return some of the bytes that come out."""


def compression_of(descriptor: int, filename: str) -> str:
    """Return how an archive is packed: by its first bytes, which its name must not deny.

    Raises:
        IntegrityError: It is no archive, or its name says that it is another kind.
    """
    start = os.pread(descriptor, 512, 0)
    found = next((kind for magic, kind in _MAGIC if start.startswith(magic)), "")
    if not found and start[_USTAR : _USTAR + 5] == b"ustar":
        found = TAR
    lowered = filename.lower()
    stated = next((kind for suffix, kind in _SUFFIXES if lowered.endswith(suffix)), "")
    if found and stated in ("", found):
        return found
    if not start:
        raise refused(filename, "the file is empty")
    if start.lstrip().lower().startswith(_HTML):
        raise refused(filename, "it is a web page (HTML): is a login page in the way?")
    if stated == TAR and not found:
        return TAR
    if not stated:
        raise refused(filename, "it is neither a zip archive nor a tar archive")
    instead = f", but one of {found}" if found else ""
    raise refused(filename, f"it is not a {stated} file{instead}")


class DecompressedFile:
    """Reads the bytes that come out of a file; holds little of them at a time."""

    def __init__(self, descriptor: int, compression: str, owner: str, limit: int) -> None:
        """Begin at the start of the file.

        Args:
            compression: `gzip`, `bzip2`, `xz` or `tar` for none.
            owner: File name for error messages.
            limit: Bytes that may come out.
        """
        self._descriptor = descriptor
        self._owner = owner
        self._limit = limit
        self._out = 0
        self._offset = 0
        self._waiting = b""
        self._plain = compression == TAR
        self._new = _maker(compression)
        self._state: _Inflater | None = None
        self._buffer = b""
        self._position = 0

    def read(self, length: int) -> bytes:
        """Return the next bytes; fewer than asked for only at the end.

        Raises:
            IntegrityError: The compressed bytes are damaged, or too many come out.
        """
        if self._position + length <= len(self._buffer):
            self._position += length
            return self._buffer[self._position - length : self._position]
        pieces = [self._buffer[self._position :]]
        have = len(pieces[0])
        self._buffer, self._position = b"", 0
        while have < length:
            piece = self._piece()
            if not piece:
                break
            need = length - have
            if len(piece) > need:
                self._buffer, self._position = piece, need
                piece = piece[:need]
            pieces.append(piece)
            have += len(piece)
        return b"".join(pieces)

    def _piece(self) -> bytes:
        while True:
            piece = self._load() if self._plain else self._inflated()
            if piece is None:
                return b""
            if piece:
                self._out += len(piece)
                if self._out > self._limit:
                    raise refused(
                        self._owner, f"more than the {self._limit} bytes allowed come out of it"
                    )
                return piece

    def _load(self) -> bytes | None:
        data = os.pread(self._descriptor, _PIECE, self._offset)
        self._offset += len(data)
        return data or None

    def _inflated(self) -> bytes | None:
        """Return some bytes, perhaps none yet; None at the end."""
        ended = False
        state = self._state
        # bz2 and lzma keep input that has more to give than was asked for.
        hungry = state is None or state.eof or getattr(state, "needs_input", True)
        if hungry and not self._waiting:
            loaded = self._load()
            ended = loaded is None
            self._waiting = loaded or b""
        if self._state is None or self._state.eof:
            # A file may be several compressed ones in a row, and be padded with zeros.
            if self._state is not None:
                self._waiting = self._waiting.lstrip(b"\0")
            if not self._waiting:
                return None if ended else b""
            self._state = self._new()
        try:
            piece, self._waiting = _advance(self._state, self._waiting)
        except Exception as error:
            # zlib.error, EOFError, OSError, ValueError or LZMAError, by the kind of the file.
            if isinstance(error, MemoryError):
                raise
            raise refused(self._owner, "its compressed bytes are damaged") from error
        if not piece and ended and not self._state.eof:
            raise refused(self._owner, "it is cut off")
        return piece


def _maker(compression: str) -> Callable[[], _Inflater]:
    if compression == BZIP2:
        from bz2 import BZ2Decompressor

        return BZ2Decompressor
    if compression == XZ:
        from lzma import LZMADecompressor

        return lambda: LZMADecompressor(memlimit=_MEMORY)
    from zlib import decompressobj

    return lambda: decompressobj(31)


def _advance(state: _Inflater, data: bytes) -> tuple[bytes, bytes]:
    """Return the next bytes that come out, and what is left to be put in."""
    piece = state.decompress(data, _PIECE)
    if state.eof:
        return piece, state.unused_data
    rest = getattr(state, "unconsumed_tail", None)
    if rest is not None:
        return piece, rest
    # bz2 and lzma keep what they have not used.
    return piece, b""
