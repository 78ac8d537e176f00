"""Content codings undone with a limit on what comes out.

An index page of ten megabytes can unpack to ten gigabytes, and libraries do not look.
"""

from __future__ import annotations

from xpip.model.records import TYPE_CHECKING
from xpip.network.faults import ProtocolFault

if TYPE_CHECKING:
    import zlib

ACCEPTED = "gzip, deflate"


class TooLarge(ProtocolFault):
    """A body is larger than anybody would want."""


class Decoder:
    """Collects a body, decoded."""

    def __init__(self, coding: str, limit: int) -> None:
        """Choose a decoder.

        Args:
            coding: Value of Content-Encoding, perhaps empty.
            limit: Bytes of decoded data after which to give up.

        Raises:
            ProtocolFault: An unknown coding, or several.
        """
        coding = coding.strip().lower()
        if coding == "x-gzip":
            coding = "gzip"
        if coding not in ("", "identity", "gzip", "deflate"):
            raise ProtocolFault(f"the answer is coded as `{coding}`, which was not asked for")
        self._coding = "" if coding == "identity" else coding
        self._limit = limit
        self._size = 0
        self._pieces: list[bytes] = []
        self._inflater: zlib._Decompress | None = None

    def feed(self, data: bytes) -> bytes:
        """Return the decoded form of the next piece.

        Raises:
            ProtocolFault: The data is damaged or too much.
        """
        decoded = self._inflate(data) if self._coding else data
        self._size += len(decoded)
        if self._size > self._limit:
            raise TooLarge(f"the answer is larger than {self._limit} bytes")
        return decoded

    def end(self) -> None:
        """Check that the coded data is complete.

        Raises:
            ProtocolFault: It is not.
        """
        if self._inflater is not None and not self._inflater.eof:
            raise ProtocolFault(f"the answer is not complete {self._coding} data")

    def _inflate(self, data: bytes) -> bytes:
        import zlib

        pieces = []
        room = self._limit - self._size + 1
        try:
            while data and room > 0:
                if self._inflater is None:
                    self._inflater = zlib.decompressobj(self._window_bits(data))
                elif self._inflater.eof:
                    # gzip allows several members in a row.
                    if self._coding != "gzip":
                        raise ProtocolFault("the answer has data after its compressed end")
                    self._inflater = zlib.decompressobj(self._window_bits(data))
                piece = self._inflater.decompress(data, room)
                pieces.append(piece)
                room -= len(piece)
                data = self._inflater.unconsumed_tail or self._inflater.unused_data
        except zlib.error as error:
            raise ProtocolFault(f"the answer is not valid {self._coding} data") from error
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _window_bits(self, data: bytes) -> int:
        if self._coding == "gzip":
            return 31
        # `deflate` means zlib, but some servers send the bare stream (RFC 9110, section 8.4.1.2).
        return 15 if data[0] & 0x0F == 8 else -15  # noqa: PLR2004
