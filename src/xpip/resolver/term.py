"""A statement about one package.

Spec: https://github.com/dart-lang/pub/blob/master/doc/solver.md#term
"""

from __future__ import annotations

from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.resolver.versions import ABSENT

if TYPE_CHECKING:
    from xpip.resolver.package import Package
    from xpip.resolver.versions import VersionSet


class Term(NamedTuple):
    """True while the choice for the package lies in the set; "no version" is a choice too."""

    package: Package
    versions: VersionSet
    """Has `ABSENT` when the term is negative; never all, which would say nothing."""

    @property
    def is_positive(self) -> bool:
        """Say whether the term needs some version to be chosen."""
        return not self.versions & ABSENT

    def inverse(self) -> Term:
        """Return the term that is true whenever this one is not."""
        return Term(self.package, self.package.universe.full ^ self.versions)
