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


class Restoration(NamedTuple):
    """Files of an installed distribution that are put back."""

    distribution: InstalledDistribution
    placement: Placement
    """What it was installed from; only `paths` are taken from it."""
    paths: tuple[str, ...]
    """Absolute; each is a file that the placement brings, RECORD included."""


class Mending(NamedTuple):
    """What puts an environment right beside the distributions that come and go."""

    restorations: tuple[Restoration, ...] = ()
    rubbish: tuple[str, ...] = ()
    """Absolute paths of files and whole folders that go."""
    unrecorded: tuple[tuple[InstalledDistribution, tuple[str, ...]], ...] = ()
    """Distributions that go without a RECORD that could be followed, each with the files that are
    known to be its own."""


class ChangeReport(NamedTuple):
    """What was done to an environment."""

    installed: tuple[tuple[str, str], ...]
    """(name as METADATA spells it, version), by name."""
    removed: tuple[tuple[str, str], ...]
    """(name, version), by name."""
    warnings: tuple[str, ...] = ()
    restored: tuple[str, ...] = ()
    """Absolute paths of files that were put back, sorted."""
    change: object = None
    """All that was done, for `environment/repeating.py`."""
