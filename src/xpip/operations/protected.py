"""What is never removed only because nobody lists it."""

from __future__ import annotations

from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.model.distribution import InstalledDistribution
    from xpip.model.environment import Environment

_SEEDS = frozenset(("distribute", "pip", "pkg-resources", "setuptools", "wheel"))
"""What `venv`, `virtualenv` and Linux distributions put into environments, as in pip-sync."""
_OWN = "xpip"


def protected_names(
    environment: Environment, installed: Sequence[InstalledDistribution]
) -> frozenset[str]:
    """Return normalised names of what installs packages, and of what xpip needs if it is there."""
    own = [one for one in installed if one.name == _OWN and one.changeable]
    if not own:
        return _SEEDS
    return _SEEDS | _needed_by(own[0], environment, installed)


def _needed_by(
    first: InstalledDistribution,
    environment: Environment,
    installed: Sequence[InstalledDistribution],
) -> frozenset[str]:
    """Return a distribution's name and those of all that it needs."""
    from xpip.model.names import normalized_name
    from xpip.operations.installed_needs import needs_of

    by_name = {one.name: one for one in installed}
    names = [first.name]
    for name in names:
        distribution = by_name.get(name)
        needs = distribution and needs_of(distribution, environment.interpreter.target)
        if needs is None:
            continue
        names += [
            other
            for other in dict.fromkeys(normalized_name(one.name) for one in needs.requires)
            if other not in names
        ]
    return frozenset(names)
