"""TLS over any transport, so that it works within TLS, too."""

from __future__ import annotations

import ssl

from xpip.model.records import TYPE_CHECKING
from xpip.network.loop.transports import READ_SIZE

if TYPE_CHECKING:
    from xpip.network.loop.futures import Future
    from xpip.network.loop.scheduler import EventLoop
    from xpip.network.loop.transports import Receiver, Transport


class TlsTransport:
    """Receives what is encrypted and hands on what is in it."""

    def __init__(
        self, loop: EventLoop, receiver: Receiver, settings: ssl.SSLContext, hostname: str
    ) -> None:
        """Prepare; the connection below comes by `connection_made`.

        Args:
            hostname: Whose certificate is expected.
        """
        self._receiver = receiver
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        # As text, the name would bring the codec for international ones.
        name = hostname.encode("ascii") if hostname.isascii() else hostname
        self._tls = settings.wrap_bio(self._incoming, self._outgoing, server_hostname=name)
        self._below: Transport | None = None
        self._shaken: Future[None] = loop.create_future()
        self._is_open = False
        self._unsent = bytearray()
        self._error: Exception | None = None

    async def shake_hands(self) -> None:
        """Return when both sides agree.

        Raises:
            OSError: They do not, or the connection ends.
        """
        try:
            await self._shaken
        except BaseException:
            self.abort()
            raise

    def connection_made(self, transport: Transport) -> None:
        """Take the connection below and begin."""
        self._below = transport
        self._advance()

    def data_received(self, data: bytes) -> None:
        """Take encrypted bytes."""
        self._incoming.write(data)
        self._advance()

    def connection_lost(self, error: Exception | None) -> None:
        """Note the end of the connection below."""
        if self._is_open:
            self._is_open = False
            self._receiver.connection_lost(self._error or error)
        elif not self._shaken.done():
            self._shaken.set_exception(self._error or error or _ended_early())

    def set_protocol(self, receiver: Receiver) -> None:
        """Have somebody else receive from now on."""
        self._receiver = receiver

    def write(self, data: bytes) -> None:
        """Send bytes, now or as soon as possible."""
        self._unsent += data
        self._advance()

    def pause_reading(self) -> None:
        """Receive nothing for the time being, but for what has come already."""
        if self._below is not None:
            self._below.pause_reading()

    def resume_reading(self) -> None:
        """Receive again."""
        if self._below is not None:
            self._below.resume_reading()

    def abort(self) -> None:
        """Close at once; what has not been sent is lost."""
        if self._below is not None:
            self._below.abort()

    def _advance(self) -> None:
        """Do whatever the bytes that are there allow."""
        try:
            if not self._shaken.done():
                self._tls.do_handshake()
                self._is_open = True
                self._receiver.connection_made(self)
                self._shaken.set_result(None)
            self._send()
            self._receive()
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError as error:
            self._error = error
            self._flush()
            self.abort()
        self._flush()

    def _send(self) -> None:
        try:
            while self._unsent:
                del self._unsent[: self._tls.write(self._unsent)]
        except ssl.SSLWantReadError:
            pass  # The other side wants to agree anew first.

    def _receive(self) -> None:
        while piece := self._tls.read(READ_SIZE):
            self._receiver.data_received(piece)
        # The other side has said that nothing follows.
        self.abort()

    def _flush(self) -> None:
        if self._outgoing.pending and self._below is not None:
            self._below.write(self._outgoing.read())


def _ended_early() -> OSError:
    return ssl.SSLEOFError(ssl.SSL_ERROR_EOF, "the connection was closed while TLS began")
