"""Intended changes to an environment, and what was done."""

from __future__ import annotations

from xpip.model.distribution import InstalledDistribution, StoredWheel
from xpip.model.records import NamedTuple
from xpip.model.resolution import ResolvedPackage


class Plan(NamedTuple):
    """What turns the installed set into the resolution."""

    install: tuple[ResolvedPackage, ...]
    """In the order of the resolution."""
    remove: tuple[InstalledDistribution, ...]
    """What is replaced or must go, by name."""
    keep: tuple[InstalledDistribution, ...]
    """What satisfies the resolution already, by name."""

    def is_empty(self) -> bool:
        """Say whether nothing has to change."""
        return not self.install and not self.remove


class Placement(NamedTuple):
    """A wheel of the store that is to appear in the environment."""

    wheel: StoredWheel
    requested: bool
    """Write REQUESTED."""
    direct_url: str = ""
    """Text of direct_url.json; empty for wheels from an index."""


class ChangeReport(NamedTuple):
    """What was done to an environment."""

    installed: tuple[tuple[str, str], ...]
    """(name as METADATA spells it, version), by name."""
    removed: tuple[tuple[str, str], ...]
    """(name, version), by name."""
    warnings: tuple[str, ...] = ()
