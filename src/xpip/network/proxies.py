"""Which servers are reached without the proxy."""

from __future__ import annotations

from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from xpip.model.options import NetworkOptions
    from xpip.network.urls import Origin


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
