"""Connections to origins, opened as needed and used again.

Opening belongs to the pool, not to the request that happened to need it: a request takes whichever
comes first, a connection that another one gave back or a new one, and cancelling a request breaks
nobody else's connection.
"""

from __future__ import annotations

import os

from xpip.model.records import TYPE_CHECKING
from xpip.network.connection import Connection, StaleConnection
from xpip.network.faults import ConnectFault, TimedOut
from xpip.network.handshakes import certificate_fault, is_refused_certificate, is_tls_error
from xpip.network.loop.futures import CancelledError
from xpip.network.loop.scheduler import get_running_loop
from xpip.network.loop.transports import look_up, open_transport
from xpip.network.loop.waiting import (
    FIRST_COMPLETED,
    current_task,
    ensure_future,
    shield,
    sleep,
    wait,
    wait_for,
)
from xpip.network.proxies import proxy_for

if TYPE_CHECKING:
    import ssl
    from collections import deque

    from xpip.model.options import NetworkOptions
    from xpip.network.connection import Head
    from xpip.network.loop.futures import Future, Task
    from xpip.network.loop.scheduler import Timer
    from xpip.network.messages import Request
    from xpip.network.proxies import Proxy
    from xpip.network.trust import Trust
    from xpip.network.urls import Origin
else:
    from _collections import deque

EYEBALLS_DELAY = 0.25
"""Seconds before the next address of a host is tried beside the one that has not answered."""
_PROXY_LOGIN = 407


class PooledReply:
    """An answer on a pooled connection."""

    __slots__ = ("_connection", "_owner", "headers", "status")

    def __init__(self, head: Head, connection: Connection, owner: _OriginPool) -> None:
        self.status = head.status
        self.headers = head.headers
        self._connection: Connection | None = connection
        self._owner = owner

    async def read(self) -> bytes:
        """Return the next piece of the body, empty at its end."""
        if self._connection is None:
            return b""
        piece = await self._connection.read()
        if not piece:
            self._release()
        return piece

    async def close(self) -> None:
        """Let go of the connection."""
        self._release()

    def _release(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            self._owner.release(connection)


class Pool:
    """Answers requests over its own connections."""

    def __init__(self, trust: Trust, options: NetworkOptions) -> None:
        """Prepare a pool; nothing is opened yet."""
        self.trust = trust
        self.options = options
        self.limit = max(1, options.concurrent_downloads)
        self.timeout = options.timeout
        self.connect_timeout = min(options.connect_timeout, options.timeout)
        """Seconds to open a connection, TLS and proxy included."""
        self.busy: set[Connection] = set()
        self._origins: dict[Origin, _OriginPool] = {}
        self._clock: Timer | None = None
        self._next_look = 0.0

    async def send(self, request: Request) -> PooledReply:
        """Return the answer to a request as soon as its head is there.

        A connection that the server closed while it was idle is replaced without further ado: the
        request cannot have been answered, and a GET may be sent twice.
        """
        origin = request.address.origin
        owner = self._origins.get(origin)
        if owner is None:
            owner = _OriginPool(self, origin, proxy_for(self.options, origin))
            self._origins[origin] = owner
        data = _encode(request, owner.forwarder)
        while True:
            connection = await owner.acquire()
            try:
                head = await connection.ask(data)
            except StaleConnection:
                owner.release(connection)
                continue
            except BaseException:
                connection.abort()
                owner.release(connection)
                raise
            if head.status == _PROXY_LOGIN and owner.forwarder is not None:
                connection.abort()
                owner.release(connection)
                from xpip.network.tunnels import refused_by_proxy

                raise refused_by_proxy(owner.forwarder, head.status)
            return PooledReply(head, connection, owner)

    async def close(self) -> None:
        """Close every connection."""
        if self._clock is not None:
            self._clock.cancel()
        for owner in self._origins.values():
            owner.close()
        # Transports finish closing in the next turns of the loop.
        await sleep(0)

    def watch(self, connection: Connection) -> None:
        """Have the deadline of a connection looked at until it is released."""
        self.busy.add(connection)
        if self._clock is None:
            self._tick()

    def _tick(self) -> None:
        # One timer for all connections: a timer per read costs more than the read.
        loop = get_running_loop()
        now = loop.time()
        interval = min(1.0, self.timeout / 8)
        late = now - self._next_look if self._clock is not None else 0.0
        for connection in [*self.busy]:
            if late > interval and connection.deadline:
                # Nobody was looking: somebody typed a password, or the machine slept. What came
                # meanwhile has not been read yet.
                connection.deadline += late
            elif connection.deadline and connection.deadline < now:
                connection.expire()
        self._next_look = now + interval
        self._clock = loop.call_later(interval, self._tick) if self.busy else None


class _OriginPool:
    """The connections to one origin."""

    def __init__(self, pool: Pool, origin: Origin, proxy: Proxy | None) -> None:
        self._pool = pool
        self._origin = origin
        self._proxy = proxy
        self._peer = origin if proxy is None else proxy.origin
        """Whom connections are opened to."""
        passes_on = proxy is not None and (origin.scheme == "https" or proxy.is_socks)
        self._tunnels = passes_on
        self.forwarder = None if passes_on else proxy
        """The proxy that is asked in place of the origin, None when requests reach the origin."""
        self._idle: list[Connection] = []
        self._connections: set[Connection] = set()
        self._waiters: deque[Future[Connection]] = deque()
        self._openers: set[Task[None]] = set()
        self._addresses: Future[list[str]] | None = None
        self._closed = False

    async def acquire(self) -> Connection:
        """Return a connection for one exchange."""
        while self._idle:
            connection = self._idle.pop()
            if not connection.closed:
                self._pool.watch(connection)
                return connection
        waiter: Future[Connection] = get_running_loop().create_future()
        self._waiters.append(waiter)
        self._open_more()
        try:
            return await waiter
        except CancelledError:
            if waiter in self._waiters:
                self._waiters.remove(waiter)
            elif waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                self._pass_on(waiter.result())
            raise

    def release(self, connection: Connection) -> None:
        """Take a connection back, after its answer or its failure."""
        self._pool.busy.discard(connection)
        if not connection.finish():
            self._connections.discard(connection)
            self._open_more()
        else:
            self._pass_on(connection)

    def close(self) -> None:
        """Close every connection and fail whoever waits."""
        self._closed = True
        for opener in self._openers:
            opener.cancel()
        for connection in [*self._connections]:
            connection.abort()
        self._fail(ConnectFault("the client was closed"))

    def _pass_on(self, connection: Connection) -> None:
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                self._pool.watch(connection)
                waiter.set_result(connection)
                return
        self._pool.busy.discard(connection)
        self._idle.append(connection)

    def _open_more(self) -> None:
        room = self._pool.limit - len(self._connections) - len(self._openers)
        for _ in range(min(room, len(self._waiters) - len(self._openers))):
            opener = get_running_loop().create_task(self._open())
            self._openers.add(opener)

    async def _open(self) -> None:
        task = current_task()
        assert task is not None
        try:
            connection = await self._connect()
        except BaseException as error:
            self._openers.discard(task)
            if isinstance(error, CancelledError):
                raise
            # While others are connected, waiting for one of those is better than failing.
            if not self._connections and not self._openers:
                self._fail(error)
            return
        self._openers.discard(task)
        if self._closed:
            connection.abort()
            return
        self._connections.add(connection)
        self._pass_on(connection)

    def _fail(self, error: BaseException) -> None:
        waiters, self._waiters = self._waiters, deque()
        for waiter in waiters:
            if not waiter.done():
                waiter.set_exception(error)

    def _lost(self, connection: Connection) -> None:
        if connection in self._idle:
            self._idle.remove(connection)
        if connection not in self._pool.busy:
            self._connections.discard(connection)

    async def _connect(self) -> Connection:
        """Open one connection.

        Raises:
            TransferFault: It cannot be opened.
            IndexAccessError: The certificates to check it with cannot be read.
        """
        context = None
        trust = self._pool.trust
        was_narrow = False
        if "https" in (self._origin.scheme, self._peer.scheme):
            was_narrow = trust.is_narrow()
        if self._origin.scheme == "https":
            context = ensure_future(trust.context_for(self._origin))
        try:
            return await wait_for(self._race(context), self._pool.connect_timeout)
        except TimeoutError:
            seconds = f"{self._pool.connect_timeout:g} seconds"
            raise TimedOut(f"no connection to {self._named_peer()} within {seconds}") from None
        except OSError as error:
            if is_tls_error(error):
                if is_refused_certificate(error) and was_narrow:
                    trust.widen()
                    return await self._connect()
                raise certificate_fault(self._named_ends(), error) from error
            reason = os.strerror(error.errno) if error.errno else str(error) or "no reason given"
            raise ConnectFault(f"no connection to {self._named_peer()}: {reason}") from error
        finally:
            if context is not None and not context.done():
                context.cancel()

    def _named_ends(self) -> str:
        """Return whose certificate may be meant."""
        if self._proxy is not None and self._proxy.origin.scheme == "https":
            return f"`{self._origin}` or of the proxy `{self._proxy}`"
        return f"`{self._origin}`"

    def _named_peer(self) -> str:
        return f"`{self._origin}`" if self._proxy is None else f"the proxy `{self._proxy}`"

    async def _resolve(self) -> list[str]:
        """Return the peer's addresses, families alternating, asked for once per run."""
        if self._addresses is None or (self._addresses.done() and self._addresses.exception()):
            self._addresses = ensure_future(_look_up(self._peer))
        return await shield(self._addresses)

    async def _race(self, context: Future[ssl.SSLContext] | None) -> Connection:
        """Try the host's addresses, each a moment after the one before, and keep the first.

        Spec: RFC 8305
        """
        addresses = await self._resolve()
        if len(addresses) == 1:
            return await self._connect_to(addresses[0], context)
        pending: set[Future[Connection]] = set()
        errors: list[BaseException] = []
        ahead = list(addresses)
        try:
            while ahead or pending:
                if ahead:
                    pending.add(ensure_future(self._connect_to(ahead.pop(0), context)))
                delay = EYEBALLS_DELAY if ahead else None
                done, pending = await wait(pending, timeout=delay, return_when=FIRST_COMPLETED)
                for task in done:
                    error = task.exception()
                    if error is None:
                        return task.result()
                    errors.append(error)
        finally:
            for task in pending:
                task.cancel()
        raise errors[0]

    async def _connect_to(self, address: str, context: Future[ssl.SSLContext] | None) -> Connection:
        settings = None if context is None else await shield(context)
        connection = Connection(get_running_loop(), self._pool.timeout)
        if self._proxy is None:
            origin = self._origin
            await open_transport(connection, address, origin.port, settings, origin.host)
        else:
            await self._connect_through(self._proxy, address, settings, connection)
        addresses = await self._resolve()
        if addresses[0] != address:
            # What answered first is asked first from now on.
            addresses.remove(address)
            addresses.insert(0, address)
        connection.on_lost = lambda: self._lost(connection)
        return connection

    async def _connect_through(
        self,
        proxy: Proxy,
        address: str,
        settings: ssl.SSLContext | None,
        connection: Connection,
    ) -> None:
        outer = None
        if proxy.origin.scheme == "https":
            outer = await self._pool.trust.context_for(proxy.origin)
        if self._tunnels:
            from xpip.network.tunnels import Tunnel, open_tunnel

            tunnel = Tunnel(proxy, self._origin, address, outer, settings)
            await open_tunnel(tunnel, connection)
        else:
            await open_transport(connection, address, proxy.origin.port, outer, proxy.origin.host)


async def _look_up(origin: Origin) -> list[str]:
    try:
        return await look_up(origin.host, origin.port)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConnectFault(f"the host `{origin.host}` is not known: {reason}") from error


def _encode(request: Request, forwarder: Proxy | None) -> bytes:
    address = request.address
    # A proxy is told the whole URL (RFC 9112, section 3.2.2).
    target = address.target if forwarder is None else address.url
    lines = [f"GET {target} HTTP/1.1", f"Host: {address.origin.host_header()}"]
    lines += [f"{name}: {value}" for name, value in request.headers]
    if forwarder is not None:
        lines += [f"{name}: {value}" for name, value in forwarder.headers()]
    text = "\r\n".join(lines)
    assert text.count("\r") == text.count("\n") == len(lines) - 1, "a header value has a line end"
    return (text + "\r\n\r\n").encode("latin-1")
