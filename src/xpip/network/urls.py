"""URLs taken apart for sending, and URLs made safe for showing."""

from __future__ import annotations

from urllib.parse import quote, urljoin, urlsplit

from xpip.errors import IndexAccessError, UsageError
from xpip.model.records import NamedTuple
from xpip.model.urls import redact, split_credentials

DEFAULT_PORTS = {"http": 80, "https": 443}
_SAFE = "/%:@!$&'()*+,;=-._~?[]"


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
        parts = urlsplit(split.url)
        port = parts.port
        host = (parts.hostname or "").encode("idna" if not url.isascii() else "ascii").decode()
    except (ValueError, UnicodeError, UsageError) as error:
        raise IndexAccessError(f"`{redacted(url)}` is not a valid URL") from error
    scheme = parts.scheme.lower()
    if scheme not in DEFAULT_PORTS:
        raise IndexAccessError(f"`{redacted(url)}` is not an http or https URL")
    if not host or any(c <= " " or c in '\\"<>^`{|}\x7f' for c in host) or "@" in parts.netloc:
        raise IndexAccessError(f"`{redacted(url)}` is not a valid URL")
    target = quote(parts.path or "/", safe=_SAFE)
    if parts.query:
        target += "?" + quote(parts.query, safe=_SAFE)
    origin = Origin(scheme, host, DEFAULT_PORTS[scheme] if port is None else port)
    return Address(origin, target, split.username, split.password)


def join(base: str, location: str) -> str:
    """Return the absolute form of what a Location header says."""
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
