"""Which user name and password go to which server, and to no other."""

from __future__ import annotations

from binascii import b2a_base64

from xpip.model.records import TYPE_CHECKING, NamedTuple, Protocol
from xpip.network.netrc import parse_netrc

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xpip.model.options import Credential, NetworkOptions
    from xpip.model.reporter import Reporter
    from xpip.network.urls import Address, Origin

_LARGEST_NETRC = 1 << 20
"""Bytes."""


class Login(NamedTuple):
    """A user name and password, and where the user gave them."""

    username: str
    password: str
    source: str

    def header(self) -> str:
        """Return the value of Authorization."""
        return basic(self.username, self.password)

    def __repr__(self) -> str:
        return f"Login(****, {self.source!r})"


def basic(username: str, password: str) -> str:
    """Return the value of a header that proves who one is.

    Spec: RFC 7617
    """
    text = f"{username}:{password}".encode("utf-8", "surrogateescape")
    return "Basic " + b2a_base64(text, newline=False).decode("ascii")


class LoginSource(Protocol):
    """Finds logins that a server has to ask for first: in a keyring, from a person."""

    def candidates(self, url: str, host: str, username: str) -> Iterator[Login]:
        """Return what to try for one server, one after the other; it may take its time.

        Args:
            url: What the server refused, without credentials.
            host: Of the server, with the port where it is not the usual one.
            username: What is known already; may be empty.
        """

    def accepted(self, host: str, login: Login) -> None:
        """Note that a server took one of them."""


class Credentials:
    """Finds the login for an address.

    A credential belongs to one scheme, host and port. Where an origin has several, the one whose
    path shares the most leading segments with the address wins: an index below `/team/simple`
    often keeps its files below `/team/files`, and pip sends them its password too.
    """

    def __init__(
        self, options: NetworkOptions, source: LoginSource | None, reporter: Reporter
    ) -> None:
        self._known: dict[tuple[str, str, int], list[Credential]] = {}
        for credential in options.credentials:
            key = (credential.scheme, credential.host, credential.port)
            self._known.setdefault(key, []).append(credential)
        self._netrc_path = options.netrc
        self._netrc: dict[str, tuple[str, str]] | None = None
        self._reporter = reporter
        self._source = source
        self._learnt: dict[Origin, Login] = {}
        """What a server asked for and got, or was offered last."""
        self._unconfirmed: set[Origin] = set()
        self._candidates: dict[Origin, Iterator[Login]] = {}

    def find(self, address: Address) -> Login | None:
        """Return what to send along, None for nothing."""
        known = self._stated(address)
        if known is not None and known.password:
            return known
        learnt = self._learnt.get(address.origin)
        if learnt is not None and (known is None or known.username == learnt.username):
            return learnt
        # A user name without a password may be a token.
        return known or self._from_netrc(address.origin)

    def another(self, address: Address, refused: Login | None) -> Login | None:
        """Return what to try where a server refused a login or asks for one, None for no more.

        This may start programs and wait for a person.
        """
        stated = self._stated(address)
        if stated is not None and stated.password:
            return None
        origin = address.origin
        learnt = self._learnt.get(origin)
        if learnt is not None and learnt != refused:
            # Somebody else was asked for the same while this request was under way.
            return learnt
        if self._source is None:
            return None
        if origin not in self._candidates:
            username = "" if stated is None else stated.username
            host = origin.host_header()
            self._candidates[origin] = self._source.candidates(address.url, host, username)
        for login in self._candidates[origin]:
            if login != refused:
                self._learnt[origin] = login
                self._unconfirmed.add(origin)
                return login
        return None

    def accepted(self, origin: Origin, login: Login) -> None:
        """Note that a server took a login."""
        if origin in self._unconfirmed and self._source and login == self._learnt.get(origin):
            self._unconfirmed.discard(origin)
            self._source.accepted(origin.host_header(), login)

    def _stated(self, address: Address) -> Login | None:
        """Return what the URL or the URL of an index says."""
        if address.username or address.password:
            return Login(address.username, address.password, "the URL")
        origin = address.origin
        known = self._known.get((origin.scheme, origin.host, origin.port))
        if not known:
            return None
        best = max(known, key=lambda one: _shared_segments(one.path, address.path))
        return Login(best.username, best.password, "the index URL")

    def _from_netrc(self, origin: Origin) -> Login | None:
        if not self._netrc_path:
            return None
        if self._netrc is None:
            self._netrc = self._read_netrc(self._netrc_path)
        found = self._netrc.get(origin.host)
        return None if found is None else Login(*found, f"`{self._netrc_path}`")

    def _read_netrc(self, path: str) -> dict[str, tuple[str, str]]:
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                text = file.read(_LARGEST_NETRC)
        except FileNotFoundError:
            # A netrc file is optional, and a name in `NETRC` may be one for other machines.
            return {}
        except OSError as error:
            self._reporter.warning(f"`{path}` cannot be read: {error.strerror or error}")
            return {}
        return parse_netrc(text)


def _shared_segments(path: str, other: str) -> int:
    shared = 0
    for one, two in zip(path.strip("/").split("/"), other.strip("/").split("/"), strict=False):
        if one != two:
            break
        shared += 1
    return shared
