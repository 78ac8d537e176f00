"""Incompatibilities by the packages they speak of, and what follows from them.

Almost all incompatibilities have two terms (a release needs another project), so these are kept
apart as plain tuples of sets: the loop over them is where a resolution spends its time. Of these,
the ones about a single version are found by that version: boto3 has 1,500 of them, and looking
through all at every change took half of the time.

Spec: https://github.com/dart-lang/pub/blob/master/doc/solver.md#unit-propagation
"""

from __future__ import annotations

from xpip.model.records import TYPE_CHECKING
from xpip.resolver.versions import size

if TYPE_CHECKING:
    from xpip.resolver.incompatibility import Incompatibility
    from xpip.resolver.package import Package
    from xpip.resolver.partial_solution import PartialSolution
    from xpip.resolver.term import Term
    from xpip.resolver.versions import VersionSet

_PAIR = 2
_Pair = tuple[int, int, int, "Incompatibility"]
"""(complement of the own term, the other package, complement of its term, the incompatibility)."""


class Propagation:
    """All incompatibilities, and the derivations that they force."""

    def __init__(self, solution: PartialSolution) -> None:
        self._solution = solution
        self._pairs: list[list[_Pair]] = []
        self._exact: list[dict[VersionSet, list[_Pair]]] = []
        self._groups: list[list[tuple[VersionSet, Incompatibility]]] = []
        self._single: list[Incompatibility] = []
        self._changed: dict[int, None] = {}
        self.added = 0
        """How many incompatibilities there are."""
        self.derivations = 0

    def meet(self, package: Package) -> None:
        """Take up the next package; packages come in the order of their numbers."""
        self._solution.meet(package)
        self._pairs.append([])
        self._exact.append({})
        self._groups.append([])

    def add(self, incompatibility: Incompatibility) -> None:
        """Record an incompatibility without drawing conclusions from it yet."""
        self.added += 1
        terms = incompatibility.terms
        if len(terms) == _PAIR:
            first, second = terms
            self._add_pair(first, second, incompatibility)
            self._add_pair(second, first, incompatibility)
        elif len(terms) == 1:
            self._single.append(incompatibility)
        else:
            for package, versions in terms:
                inverse = package.universe.full ^ versions
                self._groups[package.number].append((inverse, incompatibility))

    def _add_pair(self, own: Term, other: Term, incompatibility: Incompatibility) -> None:
        package, versions = own
        inverse = package.universe.full ^ versions
        other_inverse = other.package.universe.full ^ other.versions
        pair = (inverse, other.package.number, other_inverse, incompatibility)
        if size(versions) == 1:
            self._exact[package.number].setdefault(versions, []).append(pair)
        else:
            self._pairs[package.number].append(pair)

    def decided(self, number: int) -> None:
        """Note that a decision has changed the choices for a package."""
        self._changed[number] = None

    def forget(self) -> None:
        """Drop what was about to follow from assignments that were taken back."""
        self._changed.clear()

    def restore(self) -> Incompatibility | None:
        """Derive again what always holds; return an incompatibility that is all true, if any."""
        for incompatibility in self._single:
            conflict = self.draw(incompatibility)
            if conflict is not None:
                self._changed.clear()
                return conflict
        return None

    def draw(self, incompatibility: Incompatibility) -> Incompatibility | None:
        """Derive what one incompatibility forces now; return it when all its terms are true."""
        allowed = self._solution.allowed
        open_number = -1
        open_rest = 0
        for package, versions in incompatibility.terms:
            left = allowed[package.number]
            rest = left & ~versions
            if rest:
                if rest == left or open_number >= 0:
                    return None
                open_number = package.number
                open_rest = rest
        if open_number < 0:
            return incompatibility
        self._derive(open_number, open_rest, incompatibility)
        return None

    def run(self) -> Incompatibility | None:
        """Draw all conclusions; return an incompatibility whose terms are all true, if any."""
        allowed = self._solution.allowed
        changed = self._changed
        while changed:
            number, _ = changed.popitem()
            left = allowed[number]
            pairs = self._pairs[number]
            if left in self._exact[number]:
                pairs = pairs + self._exact[number][left]
            for inverse, other, other_inverse, incompatibility in pairs:
                if left & inverse:
                    continue
                choices = allowed[other]
                rest = choices & other_inverse
                if rest == choices:
                    continue
                if not rest:
                    changed.clear()
                    return incompatibility
                self._derive(other, rest, incompatibility)
            for inverse, incompatibility in self._groups[number]:
                if not left & inverse:
                    conflict = self.draw(incompatibility)
                    if conflict is not None:
                        changed.clear()
                        return conflict
        return None

    def _derive(self, number: int, rest: VersionSet, cause: Incompatibility) -> None:
        self.derivations += 1
        self._solution.derive(number, rest, cause)
        self._changed[number] = None
