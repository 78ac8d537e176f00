"""One file into a sink, over as many attempts as it takes."""

from __future__ import annotations

from time import monotonic

from xpip.errors import IntegrityError
from xpip.model.records import TYPE_CHECKING, Protocol
from xpip.network.decoding import Decoder
from xpip.network.faults import BrokenOff, TimedOut
from xpip.network.ranges import parse_content_range

if TYPE_CHECKING:
    from xpip.network.messages import Reply
    from xpip.network.retry import Pace

MAX_FILE = 1 << 40


class Sink(Protocol):
    """Where a download goes."""

    def write(self, data: bytes) -> None:
        """Take the next bytes."""

    def restart(self) -> None:
        """Forget everything taken so far."""

    @property
    def size(self) -> int:
        """Bytes taken so far."""


class Transfer:
    """Remembers between attempts what a server must say for a download to go on."""

    def __init__(self, sink: Sink, expected_size: int | None, pace: Pace) -> None:
        self._sink = sink
        self._expected = expected_size
        self._pace = pace
        self._validator = ""

    def headers(self) -> dict[str, str]:
        """Return what to ask for now: the rest of the file, or all of it."""
        asked = {"Accept-Encoding": "identity"}
        if self._sink.size and self._validator:
            asked["Range"] = f"bytes={self._sink.size}-"
            asked["If-Range"] = self._validator
        elif self._sink.size:
            self._sink.restart()
        return asked

    async def receive(self, reply: Reply, url: str) -> None:
        """Write an answer's body into the sink and check the size of the whole.

        Args:
            url: For messages.

        Raises:
            TransferFault: The body cannot be had in full.
            IntegrityError: The file has not the expected size.
        """
        try:
            self._place(reply)
            self._validator = _validator(reply.headers)
            await self._stream(reply, url)
        except (BrokenOff, TimedOut) as fault:
            fault.is_incomplete = True
            raise
        finally:
            await reply.close()
        if self._expected is not None and self._sink.size != self._expected:
            raise self._wrong_size(url)

    def _place(self, reply: Reply) -> None:
        """Make sure that the body continues what the sink has.

        Raises:
            BrokenOff: It does not; the sink starts anew.
        """
        size = self._sink.size
        if reply.status == 206:  # noqa: PLR2004
            place = parse_content_range(reply.headers.get("content-range", ""))
            known = self._expected in (None, place.total if place else None)
            if place and known and place.start == size and place.end == place.total - 1:
                return
            what = "the server resumed the file at the wrong place"
        elif reply.status == 200:  # noqa: PLR2004
            if size:
                self._sink.restart()
            return
        else:
            what = f"the server answered {reply.status} to a request for a file"
        self._sink.restart()
        self._validator = ""
        raise BrokenOff(what)

    async def _stream(self, reply: Reply, url: str) -> None:
        speed = self._pace.meter(monotonic())
        limit = MAX_FILE if self._expected is None else self._expected + 1
        coding = reply.headers.get("content-encoding", "")
        decoder = Decoder(coding, limit) if coding.strip().lower() not in ("", "identity") else None
        if decoder is not None:
            # What is stored there is not what arrives: offsets would mean nothing.
            self._validator = ""
        while piece := await reply.read():
            self._sink.write(piece if decoder is None else decoder.feed(piece))
            if self._expected is not None and self._sink.size > self._expected:
                raise self._wrong_size(url)
            if not speed.accepts(len(piece), monotonic()):
                raise TimedOut(speed.complaint())
        if decoder is not None:
            decoder.end()

    def _wrong_size(self, url: str) -> IntegrityError:
        size = self._sink.size
        more = "more than " if self._expected is not None and size > self._expected else ""
        return IntegrityError(
            f"`{url}` is not the file that its index promises",
            details=(
                f"expected: {self._expected} bytes",
                f"got: {more}{self._expected if more else size} bytes",
            ),
        )


def _validator(headers: dict[str, str]) -> str:
    """Return what identifies the file's content for If-Range, empty when nothing does.

    A weak ETag may not be used there (RFC 9110, section 13.1.5).
    """
    etag = headers.get("etag", "")
    if etag.startswith('"'):
        return etag
    return headers.get("last-modified", "")
