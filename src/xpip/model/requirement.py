"""What somebody asked for."""

from __future__ import annotations

from xpip.model.link import Digest
from xpip.model.options import Credential
from xpip.model.origin import Origin
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.source import SourceLocation

if TYPE_CHECKING:
    from xpip.model.parsed_requirement import Requirement


class RequirementText(NamedTuple):
    """A requirement as it was written, before it is parsed.

    Parsing waits because it costs some 30 microseconds a line and 50 ms for the import, and a
    remembered resolution is found by the text alone.
    """

    text: str
    """PEP 508 text, path or URL; variables expanded, comments and options taken away."""
    origin: Origin
    hashes: tuple[Digest, ...] = ()
    """What `--hash` allows; empty when nothing was said."""
    editable: bool = False
    settings: tuple[tuple[str, str], ...] = ()
    """`--config-settings` of this line, in order."""


class SourcedRequirement(NamedTuple):
    """A parsed requirement and where it was written."""

    requirement: Requirement
    """Its `url` is set for direct references; a bare path or URL has been named by then."""
    origin: Origin
    hashes: tuple[Digest, ...] = ()
    source: SourceLocation | None = None
    """What must be built for it; None for a wheel or a name."""
    settings: tuple[tuple[str, str], ...] = ()
    """`--config-settings` of this line, in order."""


class RequirementSources(NamedTuple):
    """Everything that the arguments and files of one command ask for."""

    requirements: tuple[RequirementText, ...]
    constraints: tuple[RequirementText, ...] = ()
    require_hashes: bool = False
    """Some file said `--require-hashes`, or some requirement carries a hash (pip's rule)."""
    index_url: str | None = None
    """Last `-i` of a file; it outranks the command line, as in pip."""
    extra_index_urls: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    no_index: bool = False
    pre: bool = False
    prefer_binary: bool = False
    only_binary: tuple[str, ...] = ()
    """Values in the order written, each a name, `:all:` or `:none:`."""
    no_binary: tuple[str, ...] = ()
    trusted_hosts: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    """Absolute paths of all files that were read, in order."""
    binary_choices: tuple[tuple[str, str], ...] = ()
    """`only_binary` and `no_binary` together in the order written, where the later wins: pairs of
    `only-binary` or `no-binary` and a value."""
    credentials: tuple[Credential, ...] = ()
    """Taken out of the URLs of files and arguments; no other field holds a secret."""
    variables: tuple[str, ...] = ()
    """Names that files refer to as `${NAME}`, set or not, sorted."""
    release_choices: tuple[tuple[str, str], ...] = ()
    """`--all-releases` and `--only-final` in the order written: `OPTION=NAMES` without hyphens, and
    where it stands."""
    overrides: tuple[RequirementText, ...] = ()
    """Take the place of every other requirement on their projects."""
    excludes: tuple[str, ...] = ()
    """Normalised names of projects on which all requirements are dropped, sorted."""
    is_volatile: bool = False
    """Some file came from a pipe or a server, and may be another the next time."""
