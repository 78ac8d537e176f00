"""What has been decided and derived so far, in order, and how to take it back.

Spec: https://github.com/dart-lang/pub/blob/master/doc/solver.md#partial-solution
"""

from __future__ import annotations

from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.resolver.versions import ABSENT

if TYPE_CHECKING:
    from xpip.resolver.incompatibility import Incompatibility
    from xpip.resolver.package import Package
    from xpip.resolver.term import Term
    from xpip.resolver.versions import VersionSet


class Assignment(NamedTuple):
    """A decision or derivation about one package, and what it leaves for it."""

    order: int
    """Grows with every assignment; below zero for what holds whatever is decided."""
    level: int
    """How many decisions had been made, this one included."""
    before: VersionSet
    after: VersionSet
    """A subset of `before`."""
    cause: Incompatibility | None
    """None for a decision."""


class PartialSolution:
    """The assignments in order, with the choices they leave for each package."""

    def __init__(self) -> None:
        self.allowed: list[VersionSet] = []
        """By package number: the choices that are left; without `ABSENT` it must be chosen."""
        self.decided: list[VersionSet] = []
        """By package number: the version that was decided, or the empty set."""
        self.wanted: list[int] = []
        """Numbers of the packages that must be chosen, in the order in which that came out."""
        self._open: list[int] | None = []
        """Those of `wanted` that are not decided; None when it has to be made anew."""
        self.level = 0
        self._history: list[list[Assignment]] = []
        self._trail: list[int] = []
        self._facts = 0

    def meet(self, package: Package) -> None:
        """Take up the next package; packages come in the order of their numbers."""
        assert package.number == len(self.allowed)
        self.allowed.append(package.universe.full)
        self.decided.append(0)
        self._history.append([])

    def settle(self, package: Package, versions: VersionSet, cause: Incompatibility) -> None:
        """Exclude versions of a package just met for good; others must be left."""
        number = package.number
        before = self.allowed[number]
        after = before & ~versions
        # Below zero and growing: such facts come before every assignment on the trail.
        self._facts += 1
        order = self._facts - (1 << 60)
        self.allowed[number] = after
        self._history[number].append(Assignment(order, 0, before, after, cause))

    def derive(self, number: int, after: VersionSet, cause: Incompatibility) -> None:
        """Narrow the choices for a package to a smaller set."""
        before = self.allowed[number]
        self.allowed[number] = after
        if before & ABSENT and not after & ABSENT:
            self.wanted.append(number)
            if self._open is not None and not self.decided[number]:
                self._open.append(number)
        self._history[number].append(Assignment(len(self._trail), self.level, before, after, cause))
        self._trail.append(number)

    def decide(self, number: int, version: VersionSet) -> None:
        """Choose one version of a package that must be chosen."""
        self.level += 1
        before = self.allowed[number]
        self.allowed[number] = self.decided[number] = version
        if self._open is not None and number in self._open:
            self._open.remove(number)
        self._history[number].append(
            Assignment(len(self._trail), self.level, before, version, None)
        )
        self._trail.append(number)

    def backtrack(self, level: int) -> None:
        """Take back every assignment above a level."""
        self._open = None
        while self._trail:
            number = self._trail[-1]
            history = self._history[number]
            assignment = history[-1]
            if assignment.level <= level:
                break
            self._trail.pop()
            history.pop()
            self.allowed[number] = assignment.before
            if assignment.cause is None:
                self.decided[number] = 0
            elif assignment.before & ABSENT and not assignment.after & ABSENT:
                self.wanted.pop()
        self.level = level

    @property
    def open(self) -> list[int]:
        """Numbers of the packages that must be chosen and are not decided, in that order."""
        if self._open is None:
            decided = self.decided
            self._open = [number for number in self.wanted if not decided[number]]
        return self._open

    def satisfier(self, term: Term) -> Assignment:
        """Return the earliest assignment after which a term that is true now was true.

        Spec: https://github.com/dart-lang/pub/blob/master/doc/solver.md#satisfier
        """
        inverse = term.package.universe.full ^ term.versions
        history = self._history[term.package.number]
        low, high = 0, len(history) - 1
        while low < high:
            middle = (low + high) // 2
            if history[middle].after & inverse:
                low = middle + 1
            else:
                high = middle
        return history[low]

    def settled(self, number: int) -> VersionSet:
        """Return the choices for a package that are left before any decision."""
        left = self.allowed[number]
        for assignment in self._history[number]:
            if assignment.level > 0:
                return assignment.before
        return left

    def decision_level(self, number: int) -> int:
        """Return the level at which a package was decided."""
        return self._history[number][-1].level
