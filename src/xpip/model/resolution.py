"""Chosen versions, ready to be planned and to be remembered."""

from __future__ import annotations

from typing import NamedTuple

from xpip.model.link import Digest, IndexFile


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


class Resolution(NamedTuple):
    """A whole answer."""

    packages: tuple[ResolvedPackage, ...]
    """Dependencies before what needs them; cycles broken by name."""
    warnings: tuple[str, ...] = ()
    """One sentence each, such as an extra that does not exist or a yanked version that was pinned."""
