"""Who needs whom among installed packages, as people look at it."""

from __future__ import annotations

from xpip.model.records import NamedTuple

CYCLE = "cycle"
DUPLICATE = "duplicate"
MISSING = "missing"
CONFLICT = "conflict"


class Branch(NamedTuple):
    """One package at one place of a tree."""

    name: str
    """As its METADATA spells it; as the requirement does where it is not installed."""
    version: str
    """Empty when it is not installed."""
    required: str = ""
    """Specifiers of who stands above, or in an inverted tree of who stands here; empty for any
    version, and at the top."""
    extras: tuple[str, ...] = ()
    """Those asked for here, normalised and sorted."""
    mark: str = ""
    """`cycle`: it stands further up on the same branch. `duplicate`: what it needs was shown
    before. `missing`, `conflict`: it is not installed, or not in a version that will do. Empty:
    none of these."""
    latest: str = ""
    """The newest version that an index has, where it is newer."""
    branches: tuple[Branch, ...] = ()


class Step(NamedTuple):
    """One package of a chain of needs."""

    name: str
    """As METADATA spells it."""
    version: str
    required: str = ""
    """Specifiers of the step before; empty for any version, and for the first."""
