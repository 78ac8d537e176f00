"""What a user has decided, grouped by the room that needs to know."""

from __future__ import annotations

from typing import NamedTuple


class IndexOptions(NamedTuple):
    """Where projects are looked for, first to last."""

    indexes: tuple[str, ...]
    """Simple API URLs or `file:` URLs or folders, without credentials; empty with `--no-index`."""
    find_links: tuple[str, ...] = ()
    """Folders, local HTML files or URLs of flat pages."""
    strategy: str = "first-index"
    """`first-index`, `unsafe-first-match` or `unsafe-best-match`."""
    offline: bool = False
    """Use what is cached or local, connect to nobody."""
    refresh: bool = False
    """Revalidate every cached page."""


class Credential(NamedTuple):
    """A user name and password for one origin."""

    scheme: str
    host: str
    port: int
    path: str
    """Only URLs below this path; `/` for the whole origin."""
    username: str
    password: str

    def __repr__(self) -> str:
        return f"Credential({self.scheme}://{self.host}:{self.port}{self.path}, ****)"


class NetworkOptions(NamedTuple):
    """How to talk to servers."""

    timeout: float = 15.0
    """Seconds without a byte before an attempt fails."""
    connect_timeout: float = 10.0
    """Seconds to open a connection; never more than `timeout`."""
    retries: int = 5
    """Further attempts after the first."""
    proxy: str = ""
    """URL, perhaps with credentials; empty: none."""
    no_proxy: tuple[str, ...] = ()
    """Hosts, domains or networks reached without the proxy."""
    certificates: str = ""
    """PEM file or folder that replaces the trust store; empty: the system's."""
    client_certificate: str = ""
    """PEM file with key and certificate; empty: none."""
    trusted_hosts: tuple[str, ...] = ()
    """`host` or `host:port` whose certificate is not checked and whose plain http is accepted."""
    concurrent_downloads: int = 16
    credentials: tuple[Credential, ...] = ()
    user_agent: str = "xpip"
    interactive: bool = False
    """A person can be asked for a password."""


class SelectionPolicy(NamedTuple):
    """Which candidates may be used."""

    pre: bool = False
    """Pre-releases count like final releases."""
    only_binary: frozenset[str] = frozenset()
    """Normalised names, or `:all:`."""
    no_binary: frozenset[str] = frozenset()
    """Normalised names, or `:all:`."""
    prefer_binary: bool = False
    ignore_requires_python: bool = False
    require_hashes: bool = False
