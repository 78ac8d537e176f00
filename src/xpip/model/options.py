"""What a user has decided, grouped by the room that needs to know."""

from __future__ import annotations

from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from xpip.model.distribution import InstalledDistribution
    from xpip.model.plan import Mending


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
    refresh_packages: frozenset[str] = frozenset()
    """Normalised names of projects whose cached pages are revalidated."""
    ties: tuple[tuple[str, str], ...] = ()
    """(normalised project, URL of its only index), sorted; find-links do not count for it."""


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
    http_proxy: str = ""
    """URL, perhaps with credentials, of the way to `http` servers; empty: straight."""
    https_proxy: str = ""
    """The same for `https` servers."""
    no_proxy: tuple[str, ...] = ()
    """Hosts, domains or networks reached without a proxy."""
    certificates: str = ""
    """PEM file or folder that replaces the trust store; empty: the system's."""
    client_certificate: str = ""
    """PEM file with key and certificate; empty: none."""
    trusted_hosts: tuple[str, ...] = ()
    """`host` or `host:port` whose certificate is not checked and whose plain http is accepted."""
    concurrent_downloads: int = 16
    credentials: tuple[Credential, ...] = ()
    netrc: str = ""
    """Path of a netrc file with further credentials; empty: none is read."""
    user_agent: str = "xpip"
    interactive: bool = False
    """A person can be asked for a password."""
    resume_retries: int = 5
    """Further attempts after downloads that broke off; `retries` counts all other failures."""
    keyring_provider: str = "auto"
    """`auto`, `disabled`, `import` or `subprocess`: how the keyring is asked for passwords."""


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
    prereleases: str = ""
    """`disallow`, `allow`, `if-necessary` or `explicit`; empty for pip's rule: those that somebody
    names, and all where nothing else is left."""
    prerelease_packages: tuple[tuple[str, str], ...] = ()
    """(normalised name, mode) of projects with a mode of their own, sorted."""
    uploaded_before: float | None = None
    """Seconds since the epoch; files of indexes that are not older do not count."""
    uploaded_before_packages: tuple[tuple[str, float | None], ...] = ()
    """(normalised name, limit) of projects with a limit of their own, or None for none; sorted."""
    only_final: frozenset[str] = frozenset()
    """Normalised names whose pre-releases do not count, or `:all:`."""
    all_releases: frozenset[str] = frozenset()
    """Normalised names that `only_final` with `:all:` does not concern."""
    sdists: bool = False
    """Source archives count where no wheel of their version does: something is to be pinned, and
    nothing to be installed."""
    resolution: str = "highest"
    """`highest`, `lowest` or `lowest-direct`: which versions are chosen, of dependencies too or
    only of what the user names."""
    resolver: str = "pubgrub"
    """`pubgrub` or `backtracking`: which engine searches."""


class ApplyOptions(NamedTuple):
    """How an environment is changed."""

    link_mode: str = "auto"
    """`auto`, `reflink`, `hardlink` or `copy`."""
    lock_timeout: float = 300.0
    """Seconds to wait for another process that changes the same environment."""
    installed: tuple[InstalledDistribution, ...] | None = None
    """What was installed when the plan was made; None when nobody wants it compared."""
    durable: bool = False
    """Return only when the change is on the disk."""
    mending: Mending | None = None
    """What else happens in the same transaction; None for nothing."""
    allow_file_collisions: bool = False
    """The later of two distributions wins where both bring a file."""
    optimization: int | None = 0
    """Level of the bytecode that is taken from the store, as of Python's `-O`; None: none is."""
