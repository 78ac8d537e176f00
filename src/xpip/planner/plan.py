"""What turns the installed set into a resolution."""

from __future__ import annotations

from xpip.model.plan import Plan
from xpip.model.records import TYPE_CHECKING
from xpip.model.versions_text import parse_version

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from collections.abc import Set as AbstractSet

    from xpip.model.distribution import InstalledDistribution
    from xpip.model.resolution import Resolution, ResolvedPackage

_NOTHING: frozenset[str] = frozenset()


def make_plan(
    resolution: Resolution,
    installed: Sequence[InstalledDistribution],
    reinstall: AbstractSet[str] = _NOTHING,
    is_from: Callable[[InstalledDistribution, ResolvedPackage], bool] | None = None,
) -> Plan:
    """Return the changes that turn `installed` into `resolution`.

    Distributions of projects that the resolution does not name are not touched. When two
    distributions of one project are installed side by side, all of them are replaced: nobody can
    tell whose files are there.

    Args:
        reinstall: Normalised names that are installed again even where nothing differs.
        is_from: Says whether a distribution came from the URL of a direct reference; None: direct
            references are always installed again.
    """
    by_name: dict[str, list[InstalledDistribution]] = {}
    for distribution in installed:
        by_name.setdefault(distribution.name, []).append(distribution)
    install: list[ResolvedPackage] = []
    remove: list[InstalledDistribution] = []
    keep: list[InstalledDistribution] = []
    for package in resolution.packages:
        present = by_name.get(package.name, [])
        if len(present) == 1 and package.name not in reinstall:
            distribution = present[0]
            if _is_same(package, distribution, is_from):
                keep.append(distribution)
                continue
        install.append(package)
        # What only shines through from the base interpreter stays; the new one hides it.
        remove.extend([distribution for distribution in present if distribution.changeable])
    return Plan(tuple(install), tuple(sorted(remove)), tuple(sorted(keep)))


def _is_same(
    package: ResolvedPackage,
    distribution: InstalledDistribution,
    is_from: Callable[[InstalledDistribution, ResolvedPackage], bool] | None,
) -> bool:
    """Say whether a distribution is what the resolution wants."""
    if package.direct and (is_from is None or not is_from(distribution, package)):
        return False
    if package.version == distribution.version:
        return True
    # Folder names hold the version as the project spells it: `1.0.0` or `1.0-1` for `1.0.post1`.
    version = parse_version(distribution.version)
    return version is not None and version == parse_version(package.version)
