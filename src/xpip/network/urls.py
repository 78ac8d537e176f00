"""URLs taken apart for sending, and URLs made safe for showing.

Without `urllib.parse`, which takes 4 ms to import: every run that asks a server would pay them.
"""

from __future__ import annotations

from xpip.errors import IndexAccessError, UsageError
from xpip.model.records import NamedTuple
from xpip.model.urls import redact, scheme_of, split_credentials

DEFAULT_PORTS = {"http": 80, "https": 443}
_SENT = frozenset(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/%:@!$&'()*+,;=-._~?[]"
)
_HEXADECIMAL = frozenset("0123456789abcdefABCDEF:.")
_LARGEST_PORT = 65535


class Origin(NamedTuple):
    """Who is talked to: credentials, connections and trust belong to exactly one of these."""

    scheme: str
    host: str
    """Lower case, ASCII, an IPv6 address without brackets."""
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if DEFAULT_PORTS.get(self.scheme) == self.port else f":{self.port}"
        return f"{self.scheme}://{host}{port}"

    def host_header(self) -> str:
        """Return the value of `Host`."""
        return str(self)[len(self.scheme) + 3 :]


class Address(NamedTuple):
    """A URL ready to be asked for."""

    origin: Origin
    target: str
    """Path and query, percent-encoded, at least `/`."""
    username: str = ""
    password: str = ""

    @property
    def url(self) -> str:
        """The URL without credentials and fragment."""
        return f"{self.origin}{self.target}"

    @property
    def path(self) -> str:
        """The path alone."""
        return self.target.partition("?")[0]


def parse_url(url: str) -> Address:
    """Return the parts of an http or https URL.

    Raises:
        IndexAccessError: Another scheme, no host, a bad port, or an ambiguous user part.
    """
    try:
        # `https://me/name:secret@host` reads as host `me`: what follows must not be shown or sent.
        split = split_credentials(url)
        scheme = scheme_of(split.url)
        if scheme not in DEFAULT_PORTS:
            raise IndexAccessError(f"`{redacted(url)}` is not an http or https URL")
        host, port, target = _parts(split.url[len(scheme) + 1 :])
    except (ValueError, UsageError) as error:
        raise IndexAccessError(f"`{redacted(url)}` is not a valid URL") from error
    origin = Origin(scheme, host, DEFAULT_PORTS[scheme] if port is None else port)
    return Address(origin, target, split.username, split.password)


def _parts(rest: str) -> tuple[str, int | None, str]:
    """Return host, port and target of what follows the colon of the scheme.

    Raises:
        ValueError: There is no host, or it or the port is malformed.
    """
    if rest[:2] != "//":
        raise ValueError("no host")
    before, mark, query = rest[2:].partition("#")[0].partition("?")
    authority, slash, path = before.partition("/")
    host, port = _host_and_port(authority)
    target = _encoded(slash + path or "/")
    return host, port, f"{target}?{_encoded(query)}" if mark and query else target


def _host_and_port(authority: str) -> tuple[str, int | None]:
    """Return the host in lower case and ASCII, an IPv6 address without brackets, and the port.

    Raises:
        ValueError: It is neither a name nor an address, or the port is none.
    """
    if authority[:1] == "[":
        host, bracket, port = authority[1:].partition("]")
        if not bracket or port[:1] not in ("", ":") or not _HEXADECIMAL.issuperset(host):
            raise ValueError("a malformed address")
        port = port[1:]
    else:
        host, _, port = authority.partition(":")
    if not host.isascii():
        host = host.encode("idna").decode("ascii")
    if not host or any(c <= " " or c in '\\"<>@[]^`{|}\x7f' for c in host):
        raise ValueError("a malformed host")
    if not port:
        return host.lower(), None
    if not (port.isascii() and port.isdigit()) or int(port[:6]) > _LARGEST_PORT:
        raise ValueError("a malformed port")
    return host.lower(), int(port)


def _encoded(text: str) -> str:
    """Return the text with everything percent-encoded that must not be sent as it is."""
    if _SENT.issuperset(text):
        return text
    return "".join(
        letter if letter in _SENT else "".join(f"%{byte:02X}" for byte in letter.encode())
        for letter in text
    )


def join(base: str, location: str) -> str:
    """Return the absolute form of what a Location header says."""
    from urllib.parse import urljoin

    try:
        return urljoin(base, location)
    except ValueError:
        return location


def redacted(url: str) -> str:
    """Return the URL as it may be shown: no secrets, no control characters."""
    shown = redact(url)
    return shown if shown.isprintable() else "".join(c if c.isprintable() else "?" for c in shown)


def is_loopback(host: str) -> bool:
    """Say whether a host can only be this machine."""
    if host == "localhost" or host.endswith(".localhost") or host == "::1":
        return True
    parts = host.split(".")
    return len(parts) == 4 and parts[0] == "127" and all(part.isdigit() for part in parts)  # noqa: PLR2004
