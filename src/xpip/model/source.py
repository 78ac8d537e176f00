"""Where sources come from that have to be built before they can be installed."""

from __future__ import annotations

from xpip.model.link import Digest
from xpip.model.options import Credential
from xpip.model.origin import Origin
from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class SourceLocation(NamedTuple):
    """A source archive, a folder or a repository, as somebody asked for it."""

    kind: str
    """`archive`, `directory` or `vcs`."""
    url: str
    """Without credentials, fragment, revision and the `git+`; `file:` for local ones."""
    subdirectory: str = ""
    """Where the project is inside, with `/`; empty for the top."""
    editable: bool = False
    vcs: str = ""
    """`git`, `hg`, `svn` or `bzr`; empty for the other kinds."""
    revision: str = ""
    """Branch, tag or commit asked for; empty for what the repository offers first."""
    hashes: tuple[Digest, ...] = ()
    """Digests stated in the URL's fragment; of archives only."""


class UnnamedSource(NamedTuple):
    """A requirement on sources whose project is known only once they have been looked at."""

    location: SourceLocation
    extras: tuple[str, ...]
    marker: str
    """PEP 508 text; empty for none."""
    origin: Origin
    hashes: tuple[Digest, ...] = ()
    """What `--hash` allows."""
    settings: tuple[tuple[str, str], ...] = ()
    """`--config-settings` of this line, in order."""


class SourceTree(NamedTuple):
    """Sources that are at hand."""

    location: SourceLocation
    path: str
    """Absolute path of the project's folder, `subdirectory` included. Only `directory` sources and
    editable ones may be written to, by their build."""
    root: str
    """What `path` must not leave: the unpacked archive, the checkout, the folder itself."""
    identity: str
    """Changes when the contents change: digest of the archive, the commit; empty for a folder."""
    direct_url: str
    """Text of direct_url.json (PEP 610), without secrets; empty for an archive of an index."""


class CheckoutOptions(NamedTuple):
    """How repositories are checked out."""

    variables: Mapping[str, str]
    """All variables of xpip itself; programs see those that they need."""
    folder: str
    """Where editable checkouts go (`--src`), absolute."""
    exists_action: str = ""
    """What to do with another checkout that is in the way: `s` switches, `i` ignores, `w` wipes,
    `b` backs up, `a` aborts; empty when the user did not say."""
    credentials: tuple[Credential, ...] = ()
    interactive: bool = False
    """A person can be asked, by the programs too."""
    offline: bool = False
    timeout: float = 600.0
    """Seconds that one program may run."""
    lock_timeout: float = 300.0
    """Seconds to wait for another process that fetches from the same repository."""
