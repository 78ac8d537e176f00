"""Connected sockets that hand what they receive to a protocol.

`_socket` is what `socket` is made of; that one brings enumerations and selectors, 8 ms to import.
"""

from __future__ import annotations

import _socket
import os
from _socket import (
    AF_INET,
    AF_INET6,
    IPPROTO_TCP,
    SO_ERROR,
    SOCK_STREAM,
    SOL_SOCKET,
    TCP_NODELAY,
    inet_pton,
    socket,
)

from xpip.model.records import TYPE_CHECKING, Protocol
from xpip.network.loop.scheduler import get_running_loop

if TYPE_CHECKING:
    import ssl

    from xpip.network.loop.futures import Future
    from xpip.network.loop.scheduler import EventLoop

READ_SIZE = 1 << 16
"""Bytes that are taken from a socket at a time."""


class Receiver(Protocol):
    """Takes what comes over a connection; called by the loop, never from within `write`."""

    def connection_made(self, transport: Transport) -> None:
        """Take note of the connection."""

    def data_received(self, data: bytes) -> None:
        """Take the next bytes."""

    def connection_lost(self, error: Exception | None) -> None:
        """Take note of its end.

        Args:
            error: None when it was closed by either side.
        """


class Transport(Protocol):
    """One connection."""

    def set_protocol(self, receiver: Receiver) -> None:
        """Have somebody else receive from now on."""

    def write(self, data: bytes) -> None:
        """Send bytes, now or as soon as possible."""

    def pause_reading(self) -> None:
        """Receive nothing for the time being."""

    def resume_reading(self) -> None:
        """Receive again."""

    def abort(self) -> None:
        """Close at once; what has not been sent is lost."""


class SocketTransport:
    """A TCP connection."""

    def __init__(self, loop: EventLoop, connected: socket, receiver: Receiver) -> None:
        """Begin to receive."""
        self._loop = loop
        self._socket = connected
        self._descriptor = connected.fileno()
        self._receiver = receiver
        self._unsent = bytearray()
        self._is_closed = False
        loop.add_reader(self._descriptor, self._read)
        receiver.connection_made(self)

    def set_protocol(self, receiver: Receiver) -> None:
        """Have somebody else receive from now on."""
        self._receiver = receiver

    def write(self, data: bytes) -> None:
        """Send bytes, now or as soon as possible."""
        if self._is_closed:
            return
        is_waiting = bool(self._unsent)
        self._unsent += data
        if not is_waiting:
            self._send()
            if self._unsent and not self._is_closed:
                self._loop.add_writer(self._descriptor, self._send)

    def _send(self) -> None:
        try:
            sent = self._socket.send(self._unsent)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._end(error)
            return
        del self._unsent[:sent]
        if not self._unsent:
            self._loop.remove_writer(self._descriptor)

    def pause_reading(self) -> None:
        """Receive nothing for the time being."""
        self._loop.remove_reader(self._descriptor)

    def resume_reading(self) -> None:
        """Receive again."""
        if not self._is_closed:
            self._loop.add_reader(self._descriptor, self._read)

    def abort(self) -> None:
        """Close at once; what has not been sent is lost."""
        self._end(None)

    def _read(self) -> None:
        try:
            data = self._socket.recv(READ_SIZE)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._end(error)
            return
        if data:
            self._receiver.data_received(data)
        else:
            self._end(None)

    def _end(self, error: Exception | None) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        self._loop.remove_reader(self._descriptor)
        self._loop.remove_writer(self._descriptor)
        self._socket.close()
        self._loop.call_soon(self._tell_end, error)

    def _tell_end(self, error: Exception | None) -> None:
        self._receiver.connection_lost(error)


async def open_transport(
    receiver: Receiver,
    address: str,
    port: int,
    settings: ssl.SSLContext | None = None,
    hostname: str = "",
) -> Transport:
    """Return a connection, with TLS if there are settings for it.

    Args:
        address: An IP address, never a name.
        hostname: Whose certificate is expected.

    Raises:
        OSError: The network or TLS fails.
    """
    loop = get_running_loop()
    family = AF_INET6 if ":" in address else AF_INET
    connecting = socket(family, SOCK_STREAM)
    try:
        connecting.setblocking(False)
        await _connect(loop, connecting, address, port)
        # A request is sent in one piece and must not wait for the answer to an earlier one.
        connecting.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
    except BaseException:
        connecting.close()
        raise
    if settings is None:
        return SocketTransport(loop, connecting, receiver)
    from xpip.network.loop.tls import TlsTransport

    secured = TlsTransport(loop, receiver, settings, hostname)
    SocketTransport(loop, connecting, secured)
    await secured.shake_hands()
    return secured


async def start_tls(
    transport: Transport, receiver: Receiver, settings: ssl.SSLContext, hostname: str
) -> Transport:
    """Return a connection with TLS within another one.

    Raises:
        OSError: TLS fails.
    """
    from xpip.network.loop.tls import TlsTransport

    secured = TlsTransport(get_running_loop(), receiver, settings, hostname)
    transport.set_protocol(secured)
    secured.connection_made(transport)
    await secured.shake_hands()
    return secured


async def look_up(host: str, port: int) -> list[str]:
    """Return the addresses of a host, families alternating.

    Raises:
        OSError: It is not known.
        UnicodeError: It cannot be the name of a host.
    """
    if _is_address(host):
        return [host]
    # As text, the name would bring the codec for international ones.
    name = host.encode("ascii") if host.isascii() else host
    loop = get_running_loop()
    found = await loop.run_in_executor(None, _socket.getaddrinfo, name, port, 0, SOCK_STREAM)
    families: dict[int, list[str]] = {}
    for family, _, _, _, address in found:
        known = families.setdefault(family, [])
        if address[0] not in known:
            known.append(str(address[0]))
    columns = list(families.values())
    longest = max(map(len, columns))
    return [column[row] for row in range(longest) for column in columns if row < len(column)]


def _is_address(host: str) -> bool:
    for family in (AF_INET, AF_INET6):
        try:
            inet_pton(family, host)
        except (OSError, ValueError):
            continue
        return True
    return False


async def _connect(loop: EventLoop, connecting: socket, address: str, port: int) -> None:
    try:
        connecting.connect((address, port))
    except (BlockingIOError, InterruptedError):
        pass
    else:
        return
    descriptor = connecting.fileno()
    waiter: Future[None] = loop.create_future()

    loop.add_writer(descriptor, waiter.wake)
    try:
        await waiter
    finally:
        loop.remove_writer(descriptor)
    code = connecting.getsockopt(SOL_SOCKET, SO_ERROR)
    if code:
        raise OSError(code, os.strerror(code))
