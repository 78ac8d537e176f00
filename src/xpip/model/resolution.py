"""Chosen versions, ready to be planned and to be remembered."""

from __future__ import annotations

from xpip.model.link import Digest, IndexFile
from xpip.model.records import NamedTuple
from xpip.model.source import SourceLocation


class Need(NamedTuple):
    """One project that another one asks for on the target."""

    extra: str
    """Normalised extra of who asks; empty when it asks always."""
    name: str
    """Normalised."""
    extras: tuple[str, ...] = ()
    """Normalised and sorted: what it asks for of the other project."""


class ResolvedPackage(NamedTuple):
    """One project with the version that was chosen and the file to install."""

    name: str
    """Normalised."""
    version: str
    """Normalised (PEP 440)."""
    file: IndexFile
    index_url: str
    """URL of the index without credentials; empty for a direct reference."""
    requested: bool
    """Asked for by the user and not only by another project."""
    direct: bool = False
    hashes: tuple[Digest, ...] = ()
    """What the user allows; empty when nothing was said."""
    required_by: tuple[str, ...] = ()
    """Normalised names of the chosen projects that ask for it, sorted; empty for roots alone."""
    extras: tuple[str, ...] = ()
    """Normalised and sorted: those that were asked for."""
    published: tuple[Digest, ...] = ()
    """sha256 of all files of this version, sorted; filled only where a question asks for it."""
    metadata_digest: str = ""
    """Of the core metadata that the answer was made from; empty when none was read."""
    source: SourceLocation | None = None
    """What a direct reference names that has to be built; None for wheels, and for sdists of an
    index. Of a repository `revision` is the commit where that is known."""
    files: tuple[IndexFile, ...] = ()
    """All files of this version; filled only where a question asks for it."""
    needs: tuple[Need, ...] = ()
    """What it asks for, sorted; filled only where a question asks for it."""
    direct_url: str = ""
    """Text of direct_url.json of sources that were named by path or URL; empty for all others."""


class Asked(NamedTuple):
    """What became of one requirement or constraint of the user."""

    name: str
    """Normalised."""
    in_force: bool
    """Its marker holds for the target."""
    marker: str = ""
    """As `packaging` writes it; empty without one."""


class Resolution(NamedTuple):
    """A whole answer."""

    packages: tuple[ResolvedPackage, ...]
    """Dependencies before what needs them; cycles broken by name."""
    warnings: tuple[str, ...] = ()
    """One sentence each: an extra that does not exist, a yanked version that was pinned."""
    requirements: tuple[Asked, ...] = ()
    """In the order of the question, so that nobody has to parse its texts again."""
    constraints: tuple[Asked, ...] = ()
    """In the order of the question."""
