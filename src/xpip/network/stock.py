"""Exchanges through httpx: behind a proxy, and over any httpx transport that a caller brings."""

from __future__ import annotations

import ssl

import httpx

from xpip.errors import IndexAccessError
from xpip.model.records import TYPE_CHECKING
from xpip.network.faults import BrokenOff, ConnectFault, ProtocolFault, ProxyFault, TimedOut
from xpip.network.pool import certificate_fault
from xpip.network.urls import redacted

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from xpip.model.options import NetworkOptions
    from xpip.network.faults import TransferFault
    from xpip.network.messages import Request
    from xpip.network.trust import Trust
    from xpip.network.urls import Origin


class StockReply:
    """An answer that httpx gave."""

    def __init__(self, response: httpx.Response, origin: Origin) -> None:
        self.status = response.status_code
        self.headers = dict(response.headers.items())
        self._response = response
        self._origin = origin
        self._pieces: AsyncIterator[bytes] | None = None

    async def read(self) -> bytes:
        """Return the next piece of the raw body, empty at its end."""
        stream = self._response.stream
        if not isinstance(stream, httpx.AsyncByteStream):
            raise ProtocolFault("the transport gave a body that cannot be awaited")
        if self._pieces is None:
            self._pieces = stream.__aiter__()
        try:
            async for piece in self._pieces:
                if piece:
                    return piece
        except httpx.HTTPError as error:
            raise translated(error, self._origin) from error
        return b""

    async def close(self) -> None:
        """Let go of the connection."""
        stream = self._response.stream
        if isinstance(stream, httpx.AsyncByteStream):
            await stream.aclose()


class StockExchange:
    """Answers requests over one httpx transport."""

    def __init__(self, transport: httpx.AsyncBaseTransport, options: NetworkOptions) -> None:
        self._transport = transport
        connect = min(options.connect_timeout, options.timeout)
        timeout = httpx.Timeout(options.timeout, connect=connect, pool=None)
        self._extensions = {"timeout": timeout.as_dict()}

    async def send(self, request: Request) -> StockReply:
        """Return the answer to a request as soon as its head is there."""
        address = request.address
        headers = [("Host", address.origin.host_header()), *request.headers]
        asked = httpx.Request(
            "GET", address.url, headers=headers, extensions=dict(self._extensions)
        )
        try:
            response = await self._transport.handle_async_request(asked)
        except httpx.HTTPError as error:
            raise translated(error, address.origin) from error
        response.request = asked
        return StockReply(response, address.origin)

    async def close(self) -> None:
        """Close every connection."""
        await self._transport.aclose()


class ProxyExchange:
    """Answers requests through the user's proxy."""

    def __init__(self, options: NetworkOptions, trust: Trust) -> None:
        self._options = options
        self._trust = trust
        self._exchanges: dict[int, StockExchange] = {}

    async def send(self, request: Request) -> StockReply:
        """Return the answer to a request as soon as its head is there."""
        context = await self._trust.context_for(request.address.origin)
        exchange = self._exchanges.get(id(context))
        if exchange is None:
            exchange = self._exchanges[id(context)] = self._make(context)
        return await exchange.send(request)

    def _make(self, context: ssl.SSLContext) -> StockExchange:
        limit = self._options.concurrent_downloads
        try:
            transport = httpx.AsyncHTTPTransport(
                verify=context,
                proxy=httpx.Proxy(self._options.proxy, ssl_context=None),
                trust_env=False,
                limits=httpx.Limits(max_connections=limit, max_keepalive_connections=limit),
            )
        except (ValueError, ImportError, httpx.InvalidURL) as error:
            raise IndexAccessError(
                f"the proxy `{redacted(self._options.proxy)}` cannot be used",
                details=(str(error).partition("\n")[0],),
                hints=("name it as `http://host:port` or `https://host:port`",),
            ) from error
        return StockExchange(transport, self._options)

    async def close(self) -> None:
        """Close every connection."""
        for exchange in self._exchanges.values():
            await exchange.close()


def translated(error: httpx.HTTPError, origin: Origin) -> TransferFault:
    """Return our word for what httpx raised."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return certificate_fault(origin, cause)
        cause = cause.__cause__ or cause.__context__
    text = str(error) or type(error).__name__
    if isinstance(error, httpx.TimeoutException):
        return TimedOut(f"`{origin}` was silent for too long")
    if isinstance(error, httpx.ProxyError):
        return ProxyFault(f"the proxy refused: {text}")
    if isinstance(error, httpx.ConnectError):
        return ConnectFault(f"no connection to `{origin}`: {text}")
    if isinstance(error, (httpx.NetworkError, httpx.RemoteProtocolError)):
        return BrokenOff(f"the connection was closed before the end of the answer: {text}")
    return ProtocolFault(text)
