"""Sets of terms that must not all be true, and why.

Spec: https://github.com/dart-lang/pub/blob/master/doc/solver.md#incompatibility
"""

from __future__ import annotations

from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.resolver.term import Term

if TYPE_CHECKING:
    from xpip.model.parsed_requirement import Requirement
    from xpip.model.requirement import SourcedRequirement
    from xpip.resolver.package import Package
    from xpip.resolver.versions import VersionSet


class Asked(NamedTuple):
    """The user requires it."""

    requirement: SourcedRequirement


class Constrained(NamedTuple):
    """The user narrows what may be chosen."""

    constraint: SourcedRequirement


class Depends(NamedTuple):
    """Releases require it."""

    requirement: Requirement


class Unusable(NamedTuple):
    """Versions exist that may not be chosen; the reason is the same for all of them."""

    reason: str
    """A clause that follows the versions, such as `requires Python >=3.12`."""


class Unpinned(NamedTuple):
    """Versions were yanked and nobody in force pins them."""


class SameVersion(NamedTuple):
    """An extra is chosen in the version of its project."""


class Derived(NamedTuple):
    """It follows from two others."""

    first: Incompatibility
    second: Incompatibility


Cause = Asked | Constrained | Depends | Unusable | Unpinned | SameVersion | Derived


class Incompatibility:
    """Terms that are never all true in a solution; no two are about one package."""

    __slots__ = ("cause", "terms")

    def __init__(self, terms: tuple[Term, ...], cause: Cause) -> None:
        self.terms = terms
        """None: there is no solution at all."""
        self.cause = cause

    def versions_of(self, package: Package) -> VersionSet:
        """Return the set of the term about a package that has one."""
        for owner, versions in self.terms:
            if owner is package:
                return versions
        raise KeyError(package.name)

    def __repr__(self) -> str:
        words = (
            f"{'' if term.is_positive else 'not '}{term.package.name}"
            f" {term.package.universe.describe(versions) or 'any'}"
            for term in self.terms
            for versions in ((term if term.is_positive else term.inverse()).versions,)
        )
        return f"<Incompatibility {{{', '.join(words)}}} {type(self.cause).__name__}>"


def requirement_terms(
    dependent: Package, releases: VersionSet, wanted: Package, admitted: VersionSet
) -> tuple[Term, ...]:
    """Return the terms of "these releases need one of those versions".

    A term that is always true is left out, as is the whole when it forbids nothing.
    """
    forbidden = wanted.universe.full ^ admitted
    if dependent is wanted:
        rest = releases & forbidden
        return (Term(dependent, rest),) if rest else ()
    first = Term(dependent, releases)
    return (first, Term(wanted, forbidden)) if admitted else (first,)


def resolvent(first: Incompatibility, second: Incompatibility, pivot: Package) -> tuple[Term, ...]:
    """Return the terms of what follows from two incompatibilities by the rule of resolution.

    Spec: https://github.com/dart-lang/pub/blob/master/doc/solver.md#conflict-resolution
    """
    terms: dict[Package, VersionSet] = dict(first.terms)
    for package, versions in second.terms:
        known = terms.get(package)
        if package is pivot:
            assert known is not None
            terms[package] = known | versions
        else:
            terms[package] = versions if known is None else known & versions
    if terms[pivot] == pivot.universe.full:
        del terms[pivot]
    return tuple(Term(package, versions) for package, versions in terms.items())
