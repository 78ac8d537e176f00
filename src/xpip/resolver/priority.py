"""Which undecided package next, and in which version.

Nothing here looks at facts that merely happen to have arrived, so the order of arrival cannot
change the result.
"""

from __future__ import annotations

from xpip.model.records import TYPE_CHECKING
from xpip.resolver.versions import ABSENT, highest, lowest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from xpip.resolver.package import Package
    from xpip.resolver.package_table import PackageTable
    from xpip.resolver.partial_solution import PartialSolution
    from xpip.resolver.problem import Problem
    from xpip.resolver.requirement_table import OptIn, RequirementTable
    from xpip.resolver.versions import VersionSet

ALL = ":all:"
_DIRECT, _SINGLE, _ORDINARY, _YANKED, _LAST = range(5)


class Priority:
    """The order of decisions."""

    def __init__(
        self,
        problem: Problem,
        table: PackageTable,
        requirements: RequirementTable,
        solution: PartialSolution,
    ) -> None:
        self._problem = problem
        self._lowest = problem.lowest
        self._table = table
        self._requirements = requirements
        self._solution = solution
        self.conflicts: dict[int, int] = {}
        """By number: how often no version of the package that was tried went with the rest."""
        self._special: set[int] = set()
        self._looked_at = 0

    def undecided(self) -> list[Package]:
        """Return the projects that must be chosen and are not yet, in the order that came out."""
        packages = self._table.packages
        return [packages[number] for number in self._solution.open]

    def next(self) -> Package | None:
        """Return the package to decide next, None when all are decided.

        Direct references and extras come first, then what has one choice, then what was refused
        most often, then what was met first: so what the user names goes before what that needs.
        How many versions a project has does not count, since an upload would change the answer.
        An extra follows its project at once; it has no choice left, and what it requires counts
        like what its project requires. Yanked versions wait until everybody who might pin one has
        been decided.
        """
        allowed, packages = self._solution.allowed, self._table.packages
        special = self._special_numbers()
        refused = self.conflicts.get
        best = -1
        best_kind, least, first = _LAST, 0, 0
        for number in self._solution.open:
            choices = allowed[number]
            kind = _ORDINARY if choices & (choices - 1) else _SINGLE
            if number in special:
                package = packages[number]
                if package.extra:
                    if self._solution.decided[package.base.number]:
                        return package
                    continue
                kind = self._kind(package, choices, kind)
            # Before conflicts are counted most ranks are equal but for the number.
            if kind > best_kind:
                continue
            rank = -refused(number, 0)
            if kind < best_kind or rank < least or (rank == least and number < first):
                best, best_kind, least, first = number, kind, rank, number
        return packages[best] if best >= 0 else None

    def _special_numbers(self) -> set[int]:
        """Return the numbers of extras and of projects that have direct or yanked versions."""
        packages = self._table.packages
        for package in packages[self._looked_at :]:
            if package.extra or package.universe.direct or package.universe.yanked:
                self._special.add(package.number)
        self._looked_at = len(packages)
        return self._special

    def _kind(self, package: Package, choices: VersionSet, kind: int) -> int:
        universe = package.universe
        if choices & universe.direct:
            return _DIRECT
        if choices & ~universe.yanked or choices & self._table.freed(package):
            return kind
        return _YANKED

    def choice(self, package: Package, among: VersionSet) -> VersionSet:
        """Return the version of a project to try, empty when only forbidden yanked ones are left.

        What is preferred comes first, then final releases, then pre-releases, then yanked
        versions, each from the highest down, or from the lowest up where the problem says so.
        Versions behind a direct reference are not taken by requirements that name none while an
        index has others. Where indexes are looked at in turn, these rules hold for what is on the
        first one that has an ordinary version.
        """
        universe = package.universe
        first = lowest if self._lowest and self._is_lowest(package) else highest
        preference = self._problem.preferences.get(package.project)
        if preference and universe.at(preference) & among:
            return highest(universe.at(preference) & among)
        from_indexes = among & ~universe.direct
        if from_indexes:
            among = from_indexes
        ordinary = among & ~universe.yanked
        if not ordinary:
            permitted = among & self._permitted_yanked(package)
            return first(permitted) if permitted else 0
        for group in universe.groups:
            if ordinary & group:
                ordinary &= group
                break
        top = first(ordinary)
        if self._admits_prereleases(package) or not top & universe.prereleases:
            return top
        final = ordinary & ~universe.prereleases
        return first(final) if final else top

    def in_order(self, package: Package, among: VersionSet) -> Iterator[VersionSet]:
        """Yield versions of a project as `choice` would return them if each one was refused."""
        universe = package.universe
        first = lowest if self._lowest and self._is_lowest(package) else highest
        among &= ~ABSENT
        preference = self._problem.preferences.get(package.project)
        if preference:
            kept = universe.at(preference) & among
            yield from _one_by_one(kept, highest)
            among ^= kept
        final = universe.full
        if not self._admits_prereleases(package):
            final &= ~universe.prereleases
        for place in (among & ~universe.direct, among & universe.direct):
            ordinary = place & ~universe.yanked
            for group in universe.groups or (universe.full,):
                yield from _one_by_one(ordinary & group & final, first)
                yield from _one_by_one(ordinary & group & ~final, first)
            yanked = place & universe.yanked
            permitted = yanked & self._permitted_yanked(package) if yanked else 0
            yield from _one_by_one(permitted, first)
            if yanked != permitted:
                return

    def _is_lowest(self, package: Package) -> bool:
        return package.project in self._lowest or ALL in self._lowest

    def _admits_prereleases(self, package: Package) -> bool:
        verdict = self._problem.prerelease_packages.get(package.project)
        if verdict is not None:
            return verdict
        if self._problem.pre:
            return True
        if not self._problem.prerelease_by_specifier:
            return False
        return any(self._in_force(self._requirements.prereleases.get(package.number, ())))

    def _permitted_yanked(self, package: Package) -> VersionSet:
        permitted = self._table.freed(package)
        if self._problem.yanked_by_dependencies:
            for admitted in self._in_force(self._requirements.pins.get(package.number, ())):
                permitted |= admitted
        return permitted

    def _in_force(self, opt_ins: Iterable[OptIn]) -> Iterable[VersionSet]:
        """Return what the releases chosen so far, and the user, admit."""
        decided = self._solution.decided
        for opt_in in opt_ins:
            dependent = opt_in.dependent
            if dependent is None or decided[dependent.number] & opt_in.releases:
                yield opt_in.admitted


def _one_by_one(
    versions: VersionSet, first: Callable[[VersionSet], VersionSet]
) -> Iterator[VersionSet]:
    while versions:
        top = first(versions)
        yield top
        versions ^= top
