"""Which proxy leads to a server, and which servers are reached without one."""

from __future__ import annotations

from xpip.errors import IndexAccessError
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.urls import scheme_of
from xpip.network.urls import Origin, parse_url, redacted

if TYPE_CHECKING:
    from xpip.model.options import NetworkOptions

_SOCKS = ("socks5", "socks5h")
_SOCKS_PORT = 1080
_WITHOUT_PORT = 80


class Proxy(NamedTuple):
    """A proxy, and what it wants to know."""

    origin: Origin
    """Scheme `http`, `https` or `socks5h`; host and port."""
    username: str
    password: str

    def __str__(self) -> str:
        return str(self.origin)

    def __repr__(self) -> str:
        return f"Proxy({self.origin}, ****)"

    @property
    def is_socks(self) -> bool:
        """Say whether it speaks SOCKS and not HTTP."""
        return self.origin.scheme in _SOCKS

    def headers(self) -> tuple[tuple[str, str], ...]:
        """Return what a request has to carry for the proxy alone."""
        if not (self.username or self.password):
            return ()
        from xpip.network.auth import basic

        return (("Proxy-Authorization", basic(self.username, self.password)),)


def proxy_for(options: NetworkOptions, origin: Origin) -> Proxy | None:
    """Return the proxy that leads to an origin, None for a straight connection.

    Raises:
        IndexAccessError: It is not the address of a proxy.
    """
    url = options.https_proxy if origin.scheme == "https" else options.http_proxy
    if not url or bypasses_proxy(options, origin):
        return None
    return parse_proxy(url)


def parse_proxy(url: str) -> Proxy:
    """Return the proxy of a URL; without a scheme it is an http proxy.

    Raises:
        IndexAccessError: It is not the address of a proxy.
    """
    written = url if "://" in url else f"http://{url}"
    scheme = scheme_of(written)
    is_socks = scheme in _SOCKS
    try:
        # The rest of such a URL is that of an http one.
        address = parse_url("http" + written[len(scheme) :] if is_socks else written)
    except IndexAccessError as error:
        raise IndexAccessError(
            f"the proxy `{redacted(url)}` cannot be used",
            details=("it is not the URL of an http, https or socks5 proxy",),
            hints=("name it as `http://host:port`, `https://host:port` or `socks5://host:port`",),
        ) from error
    origin = address.origin
    if is_socks:
        port = _SOCKS_PORT if origin.port == _WITHOUT_PORT else origin.port
        origin = Origin("socks5h", origin.host, port)
    return Proxy(origin, address.username, address.password)


def bypasses_proxy(options: NetworkOptions, origin: Origin) -> bool:
    """Say whether `no_proxy` names an origin: `*`, a host, a domain, host:port, or a network."""
    return any(_matches(entry.strip().lower(), origin) for entry in options.no_proxy)


def _matches(entry: str, origin: Origin) -> bool:
    if entry == "*":
        return True
    if "/" in entry:
        return _in_network(entry, origin.host)
    name, colon, port = entry.rpartition(":")
    if colon and port.isdecimal() and not (":" in name and not name.endswith("]")):
        if int(port[:6]) != origin.port:
            return False
        entry = name
    entry = entry.strip("[]").lstrip("*").lstrip(".")
    return bool(entry) and (origin.host == entry or origin.host.endswith("." + entry))


def _in_network(entry: str, host: str) -> bool:
    from ipaddress import ip_address, ip_network

    try:
        return ip_address(host) in ip_network(entry, strict=False)
    except ValueError:
        return False
