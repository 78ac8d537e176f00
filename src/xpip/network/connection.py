"""One HTTP/1.1 connection: strict reading of answers, no sockets opened, no policy.

The parser runs inside `data_received`, so a small answer costs one wake-up of its reader. What an
answer may look like follows RFC 9112 with the lenient parts left out: two lengths, a length beside
a transfer coding, folded or malformed header lines, bytes after the end are all refused, because
each is how an answer is smuggled past a proxy.
"""

from __future__ import annotations

from xpip.model.records import TYPE_CHECKING
from xpip.network.faults import BrokenOff, ProtocolFault, TimedOut, TransferFault
from xpip.network.handshakes import certificate_fault, is_tls_error

if TYPE_CHECKING:
    from xpip.network.loop.futures import Future
    from xpip.network.loop.scheduler import EventLoop
    from xpip.network.loop.transports import Transport

MAX_HEAD = 64 * 1024
MAX_HEADERS = 100
MAX_INTERIM = 16
"""How many 1xx answers may come before the real one."""
MAX_CHUNK_LINE = 256
HIGH_WATER = 1 << 20
LOW_WATER = 1 << 18

_TOKEN = frozenset(b"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_NO_BODY = (204, 304)


class Head:
    """Status line and headers of one answer, with what they say about the body."""

    __slots__ = ("chunked", "headers", "keep_alive", "length", "status")

    def __init__(self, block: bytes) -> None:
        """Parse a head without its closing empty line.

        Raises:
            ProtocolFault: It is malformed or contradicts itself.
        """
        lines = block.split(b"\r\n")
        self.status, old = _parse_status_line(lines[0])
        if len(lines) > MAX_HEADERS + 1:
            raise ProtocolFault(f"the answer has more than {MAX_HEADERS} header lines")
        self.headers: dict[str, str] = {}
        for line in lines[1:]:
            name, value = _parse_header_line(line)
            known = self.headers.get(name)
            self.headers[name] = value if known is None else f"{known}, {value}"
        self.chunked = self._transfer_coding(old=old)
        self.length = 0 if self.status in _NO_BODY else self._content_length()
        options = self.headers.get("connection", "").lower()
        self.keep_alive = "close" not in options and (not old or "keep-alive" in options)

    def _transfer_coding(self, *, old: bool) -> bool:
        coding = self.headers.get("transfer-encoding")
        if coding is None:
            return False
        if "content-length" in self.headers:
            raise ProtocolFault("the answer has both Content-Length and Transfer-Encoding")
        if coding.strip().lower() != "chunked" or old:
            raise ProtocolFault("the answer uses a transfer coding other than `chunked`")
        return self.status not in _NO_BODY

    def _content_length(self) -> int | None:
        text = self.headers.get("content-length")
        if text is None:
            return None
        values = {value.strip() for value in text.split(",")}
        value = values.pop()
        if values or not (value.isascii() and value.isdigit()) or len(value) > 18:  # noqa: PLR2004
            raise ProtocolFault("the answer has a contradictory or malformed Content-Length")
        return int(value)


def _parse_status_line(line: bytes) -> tuple[int, bool]:
    """Return the status and whether the server speaks HTTP/1.0."""
    version, code = line[:9], line[9:12]
    known = version in (b"HTTP/1.1 ", b"HTTP/1.0 ") and code.isdigit() and code >= b"100"
    if not known or line[12:13] not in (b"", b" "):
        raise ProtocolFault("the answer is not HTTP/1.1")
    return int(code), version == b"HTTP/1.0 "


def _parse_header_line(line: bytes) -> tuple[str, str]:
    name, colon, value = line.partition(b":")
    if not colon or not name or not _TOKEN.issuperset(name):
        raise ProtocolFault("the answer has a malformed header line")
    if b"\n" in value or b"\r" in value or b"\0" in value:
        raise ProtocolFault("the answer has a control character in a header")
    return name.decode("ascii").lower(), value.strip(b" \t").decode("latin-1")


_IDLE, _HEAD, _LENGTH, _CHUNK_LINE, _CHUNK, _CHUNK_END, _TRAILER, _UNTIL_CLOSE, _DONE = range(9)


class Connection:
    """Carries one exchange at a time: `ask`, `read` until it returns nothing, `finish`."""

    def __init__(self, loop: EventLoop, timeout: float) -> None:
        """Prepare a connection.

        Args:
            timeout: Seconds for a whole head, and without a byte of a body.
        """
        self.deadline = 0.0
        """Loop time after which the pool's clock calls `expire`; 0 while nobody waits."""
        self.exchanges = 0
        """How many answers were read to their end."""
        self.closed = False
        self.on_lost = _nothing
        """Called when the connection ends, for whatever reason."""
        self._loop = loop
        self._timeout = timeout
        self._transport: Transport | None = None
        self._waiter: Future[None] | None = None
        self._state = _IDLE
        self._buffer = bytearray()
        self._pieces: list[bytes] = []
        self._held = 0
        self._paused = False
        self._remaining = 0
        self._interim = 0
        self._trailer = 0
        self._head: Head | None = None
        self._fault: TransferFault | None = None
        self._heard = False

    # The owner's side.

    async def ask(self, request: bytes) -> Head:
        """Send a request and return the head of its answer.

        Raises:
            StaleConnection: The server had closed the idle connection already.
            TransferFault: No usable answer came.
        """
        assert self._state == _IDLE
        if self.closed or self._transport is None:
            if self._fault is not None and not self.exchanges:
                raise self._fault
            kind = StaleConnection if self.exchanges else BrokenOff
            raise kind("the connection was closed before anything was asked")
        self._state, self._head, self._heard, self._interim = _HEAD, None, False, 0
        self._transport.write(request)
        self.deadline = self._loop.time() + self._timeout
        head = await self._wait_for_head()
        self.deadline = 0.0
        return head

    async def _wait_for_head(self) -> Head:
        while True:
            if self._head is not None:
                return self._head
            if self._fault is not None:
                if self.exchanges and not self._heard and isinstance(self._fault, BrokenOff):
                    raise StaleConnection(str(self._fault))
                raise self._fault
            await self._wait()

    async def read(self) -> bytes:
        """Return the next piece of the body, empty at its end.

        Raises:
            TransferFault: The rest cannot be had.
        """
        while not self._pieces:
            if self._fault is not None:
                raise self._fault
            if self._state == _DONE:
                return b""
            self.deadline = self._loop.time() + self._timeout
            try:
                await self._wait()
            finally:
                self.deadline = 0.0
        pieces, self._pieces = self._pieces, []
        self._held = 0
        if self._paused and self._transport is not None:
            self._paused = False
            self._transport.resume_reading()
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def finish(self) -> bool:
        """End the exchange and say whether the connection can carry another one."""
        complete = self._state == _DONE and not self._pieces and not self._buffer
        if complete and not self.closed and self._head is not None and self._head.keep_alive:
            self._state = _IDLE
            self.exchanges += 1
            return True
        self.abort()
        return False

    def abort(self) -> None:
        """Close at once."""
        self.closed = True
        if self._transport is not None:
            self._transport.abort()

    def expire(self) -> None:
        """Fail the waiting reader, because its deadline has passed."""
        what = "no answer" if self._head is None else "no data"
        self._fail(TimedOut(f"{what} for {self._timeout:g} seconds"))
        self.abort()

    async def _wait(self) -> None:
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    # The event loop's side.

    def connection_made(self, transport: Transport) -> None:
        """Take the transport."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Take bytes."""
        self._heard = True
        if self._fault is not None:
            return
        if self._state in (_IDLE, _DONE):
            # Nothing was asked, so whatever this is, it must not be taken for the next answer.
            self._fail(ProtocolFault("the server sent data after the end of its answer"))
            self.abort()
            return
        try:
            self._parse(data)
        except ProtocolFault as fault:
            self._fail(fault)
            self.abort()
            return
        if self._held > HIGH_WATER and not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    def connection_lost(self, error: Exception | None) -> None:
        """Note the end of the connection."""
        self.closed = True
        if self._state == _UNTIL_CLOSE and error is None:
            self._state = _DONE
            self._wake()
        elif self._state not in (_IDLE, _DONE) or (error is not None and is_tls_error(error)):
            self._fail(_broken_off(error))
        self.on_lost()

    def _wake(self) -> None:
        if self._waiter is not None:
            self._waiter.wake()

    def _fail(self, fault: TransferFault) -> None:
        if self._fault is None:
            self._fault = fault
        self._wake()

    # The parser.

    def _parse(self, data: bytes) -> None:
        while data or self._buffer:
            state = self._state
            if state in (_LENGTH, _CHUNK):
                data = self._take_counted(data)
            elif state == _UNTIL_CLOSE:
                self._keep(bytes(self._buffer) + data)
                self._buffer.clear()
                return
            elif state == _DONE:
                raise ProtocolFault("the server sent data after the end of its answer")
            else:
                self._buffer += data
                data = b""
                if not self._parse_line():
                    return

    def _take_counted(self, data: bytes) -> bytes:
        """Keep up to `_remaining` bytes as body and return what is left over."""
        if self._buffer:
            data = bytes(self._buffer) + data
            self._buffer.clear()
        piece = data if len(data) <= self._remaining else data[: self._remaining]
        self._keep(piece)
        self._remaining -= len(piece)
        if not self._remaining:
            self._state = _DONE if self._state == _LENGTH else _CHUNK_END
        return data[len(piece) :]

    def _keep(self, piece: bytes) -> None:
        if piece:
            self._pieces.append(piece)
            self._held += len(piece)

    def _parse_line(self) -> bool:
        """Take the next line or head from the buffer; False when it is not complete yet."""
        if self._state == _HEAD:
            return self._parse_head()
        end = self._buffer.find(b"\r\n")
        if end < 0:
            if len(self._buffer) > MAX_CHUNK_LINE and self._state != _TRAILER:
                raise ProtocolFault("the answer has a malformed chunk")
            if len(self._buffer) > MAX_HEAD:
                raise ProtocolFault("the answer has too long a trailer")
            return False
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 2]
        if self._state == _CHUNK_LINE:
            self._begin_chunk(line)
        elif self._state == _CHUNK_END:
            if line:
                raise ProtocolFault("the answer has a chunk longer than it says")
            self._state = _CHUNK_LINE
        elif not line:
            self._state = _DONE
        else:
            self._trailer += len(line)
            if self._trailer > MAX_HEAD:
                raise ProtocolFault("the answer has too long a trailer")
        return True

    def _begin_chunk(self, line: bytes) -> None:
        digits = line.partition(b";")[0].strip(b" \t")
        if not digits or len(digits) > 15 or digits.strip(b"0123456789abcdefABCDEF"):  # noqa: PLR2004
            raise ProtocolFault("the answer has a malformed chunk size")
        self._remaining = int(digits, 16)
        self._trailer = 0
        self._state = _CHUNK if self._remaining else _TRAILER

    def _parse_head(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0 or end > MAX_HEAD:
            if len(self._buffer) > MAX_HEAD:
                raise ProtocolFault(f"the answer's head is larger than {MAX_HEAD} bytes")
            return False
        head = Head(bytes(self._buffer[:end]))
        del self._buffer[: end + 4]
        if head.status < 200:  # noqa: PLR2004
            self._interim += 1
            if head.status == 101 or self._interim > MAX_INTERIM:  # noqa: PLR2004
                raise ProtocolFault("the server sent interim answers only")
            return True
        self._head = head
        if head.chunked:
            self._state = _CHUNK_LINE
        elif head.length is None:
            self._state = _UNTIL_CLOSE
            head.keep_alive = False
        else:
            self._remaining = head.length
            self._state = _LENGTH if head.length else _DONE
        return True


def _broken_off(error: Exception | None) -> TransferFault:
    if error is not None and is_tls_error(error):
        # With TLS 1.3 a server refuses a missing client certificate only after the handshake.
        return certificate_fault("the server", error)
    reason = (getattr(error, "strerror", None) or str(error)) if error else ""
    text = "the connection was closed before the end of the answer"
    return BrokenOff(f"{text}: {reason}" if reason else text)


def _nothing() -> None:
    """Do nothing."""


class StaleConnection(TransferFault):
    """An idle connection had been closed by the server before the request reached it."""
