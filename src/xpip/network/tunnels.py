"""Connections that a proxy passes on: CONNECT of HTTP, and SOCKS 5.

What the proxy says before it passes bytes on is read by a protocol of its own; the connection takes
over afterwards and cannot tell the difference.
"""

from __future__ import annotations

from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.network.connection import MAX_HEAD, Head
from xpip.network.faults import BadStatus, BrokenOff, ProxyFault
from xpip.network.loop.scheduler import get_running_loop
from xpip.network.loop.transports import open_transport, start_tls
from xpip.network.retry import STATUSES

if TYPE_CHECKING:
    import ssl

    from xpip.network.connection import Connection
    from xpip.network.loop.futures import Future
    from xpip.network.loop.scheduler import EventLoop
    from xpip.network.loop.transports import Transport
    from xpip.network.proxies import Proxy
    from xpip.network.urls import Origin

_SOCKS_VERSION = 5
_LOGIN_VERSION = 1
_NO_LOGIN, _WITH_LOGIN = 0, 2
_LONGEST = 255
_ADDRESS_SIZES = {1: 4, 4: 16}
"""Bytes of an address by its type; a name (3) says its length itself."""
_SOCKS_REASONS = {
    1: "it failed",
    2: "its rules forbid it",
    3: "the network cannot be reached",
    4: "the host cannot be reached",
    5: "the connection was refused",
    6: "the time ran out",
}


class Tunnel(NamedTuple):
    """What is to be connected with what."""

    proxy: Proxy
    origin: Origin
    """At the far end."""
    address: str
    """Of the proxy."""
    proxy_settings: ssl.SSLContext | None
    """For an https proxy."""
    settings: ssl.SSLContext | None
    """For an https origin."""


async def open_tunnel(tunnel: Tunnel, connection: Connection) -> None:
    """Open a connection to an origin through a proxy.

    Raises:
        ProxyFault: The proxy will not, ever.
        TransferFault: It cannot now.
        OSError: The network or TLS fails.
    """
    proxy = tunnel.proxy
    talk = _Talk(get_running_loop(), proxy)
    transport = await open_transport(
        talk, tunnel.address, proxy.origin.port, tunnel.proxy_settings, proxy.origin.host
    )
    try:
        if proxy.is_socks:
            await _socks(talk, tunnel)
        else:
            await _connect(talk, tunnel)
        if tunnel.settings is None:
            transport.set_protocol(connection)
            connection.connection_made(transport)
        else:
            await start_tls(transport, connection, tunnel.settings, tunnel.origin.host)
    except BaseException:
        transport.abort()
        raise


class _Talk:
    """What the proxy says before it passes bytes on."""

    def __init__(self, loop: EventLoop, proxy: Proxy) -> None:
        self._loop = loop
        self._proxy = proxy
        self._buffer = bytearray()
        self._waiter: Future[None] | None = None
        self._lost = False
        self._transport: Transport | None = None

    def connection_made(self, transport: Transport) -> None:
        """Take the transport."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Take bytes."""
        self._buffer += data
        self._wake()

    def connection_lost(self, _error: Exception | None) -> None:
        """Note the end."""
        self._lost = True
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None:
            self._waiter.wake()

    def send(self, data: bytes) -> None:
        """Write."""
        assert self._transport is not None
        self._transport.write(data)

    async def _more(self) -> None:
        if self._lost:
            raise BrokenOff(f"the proxy `{self._proxy}` closed the connection")
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    async def take(self, size: int) -> bytes:
        """Return the next bytes, exactly so many."""
        while len(self._buffer) < size:
            await self._more()
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken

    async def head(self) -> bytes:
        """Return a head of HTTP without its closing empty line."""
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            if len(self._buffer) > MAX_HEAD:
                raise ProxyFault(f"the proxy `{self._proxy}` does not speak HTTP")
            await self._more()
        return (await self.take(end + 4))[:-4]


async def _connect(talk: _Talk, tunnel: Tunnel) -> None:
    """Have an HTTP proxy connect.

    Spec: RFC 9110, section 9.3.6
    """
    origin = tunnel.origin
    host = f"[{origin.host}]" if ":" in origin.host else origin.host
    lines = [f"CONNECT {host}:{origin.port} HTTP/1.1", f"Host: {host}:{origin.port}"]
    lines += [f"{name}: {value}" for name, value in tunnel.proxy.headers()]
    talk.send(("\r\n".join(lines) + "\r\n\r\n").encode("ascii"))
    while True:
        head = Head(await talk.head())
        if head.status >= 200:  # noqa: PLR2004
            break
    # Lengths of a 2xx answer mean nothing: the tunnel begins after the head.
    if head.status < 300:  # noqa: PLR2004
        return
    if head.status in STATUSES:
        raise BadStatus(head.status, None, f"the proxy `{tunnel.proxy}`")
    raise refused_by_proxy(tunnel.proxy, head.status)


def refused_by_proxy(proxy: Proxy, status: int) -> ProxyFault:
    """Return what to say of a proxy's answer that asking again would not change."""
    if status != 407:  # noqa: PLR2004
        return ProxyFault(f"the proxy `{proxy}` refused with {status}")
    if proxy.username or proxy.password:
        return ProxyFault(f"the proxy `{proxy}` did not accept its user name and password (407)")
    return ProxyFault(f"the proxy `{proxy}` asks for a user name and password (407)")


async def _socks(talk: _Talk, tunnel: Tunnel) -> None:
    """Have a SOCKS proxy connect; it looks up the host.

    Spec: RFC 1928, RFC 1929
    """
    proxy, origin = tunnel.proxy, tunnel.origin
    methods = [_NO_LOGIN] + ([_WITH_LOGIN] if proxy.username or proxy.password else [])
    talk.send(bytes((_SOCKS_VERSION, len(methods), *methods)))
    version, method = await talk.take(2)
    if version != _SOCKS_VERSION:
        raise ProxyFault(f"the proxy `{proxy}` does not speak SOCKS 5")
    if method not in methods:
        what = "accept" if len(methods) > 1 else "do without"
        raise ProxyFault(f"the proxy `{proxy}` does not {what} a user name and password")
    if method == _WITH_LOGIN:
        words = [word.encode()[:_LONGEST] for word in (proxy.username, proxy.password)]
        talk.send(bytes((_LOGIN_VERSION,)) + b"".join(bytes((len(w),)) + w for w in words))
        if (await talk.take(2))[1]:
            raise ProxyFault(f"the proxy `{proxy}` did not accept its user name and password")
    host = origin.host.encode("ascii")[:_LONGEST]
    talk.send(bytes((_SOCKS_VERSION, 1, 0, 3, len(host))) + host + origin.port.to_bytes(2, "big"))
    _, answer, _, kind = await talk.take(4)
    if answer:
        reason = _SOCKS_REASONS.get(answer, f"error {answer}")
        raise ProxyFault(f"the proxy `{proxy}` cannot connect to `{origin}`: {reason}")
    size = _ADDRESS_SIZES.get(kind)
    await talk.take((await talk.take(1))[0] if size is None else size)
    await talk.take(2)
