"""What installed distributions say of themselves, where they can be understood."""

from __future__ import annotations

from xpip.environment.installed import read_core_metadata
from xpip.errors import XpipError
from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from xpip.model.dependencies import CoreMetadata, Dependencies
    from xpip.model.distribution import InstalledDistribution
    from xpip.model.target import Target


def metadata_of(distribution: InstalledDistribution) -> CoreMetadata | None:
    """Return the core metadata of a distribution, None when it is missing or makes no sense."""
    try:
        return read_core_metadata(distribution)
    except XpipError:
        return None


def needs_of(distribution: InstalledDistribution, target: Target) -> Dependencies | None:
    """Return what a distribution needs on a target, None when nobody can tell."""
    from xpip.model.markers import dependencies_for

    try:
        return dependencies_for(read_core_metadata(distribution), target)
    except (XpipError, ValueError):
        return None
