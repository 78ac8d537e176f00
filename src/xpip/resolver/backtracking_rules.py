"""What the backtracking engine may choose, as a provider for resolvelib.

A key is a project and an extra, empty for the project itself. An extra that is chosen requires its
project in the same version.
"""

# The arguments of its methods are what resolvelib passes.
# ruff: noqa: ARG002

from __future__ import annotations

from resolvelib import AbstractProvider

from xpip.model.dependencies import Dependencies
from xpip.model.origin import DependencyOrigin
from xpip.model.records import TYPE_CHECKING
from xpip.model.requirement import SourcedRequirement
from xpip.resolver.attempt import UNUSABLE
from xpip.resolver.facts import NeedDependencies, Unavailable
from xpip.resolver.priority import ALL
from xpip.resolver.python_range import PythonRange
from xpip.resolver.requirement_table import admitted_versions, needs_of
from xpip.resolver.versions import highest, is_pin, lowest, names_prerelease

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from resolvelib.structs import Matches, RequirementInformation

    from xpip.model.candidate import Candidate
    from xpip.model.parsed_requirement import Requirement
    from xpip.resolver.attempt import Attempt
    from xpip.resolver.facts import Facts, Query
    from xpip.resolver.package import Package
    from xpip.resolver.package_table import References
    from xpip.resolver.problem import Problem
    from xpip.resolver.versions import VersionSet

Key = tuple[str, str]

_NOTHING = "!"
"""In place of an extra: a want that nothing satisfies, of a release that cannot be used."""


class Missing(Exception):
    """Facts are missing; ends a search."""

    def __init__(self, queries: tuple[Query, ...]) -> None:
        super().__init__()
        self.queries = queries


class NewReference(Exception):
    """A direct reference came out that changes what is known; ends a search."""


class Want:
    """Some versions of a project, or of an extra, are wanted."""

    __slots__ = ("admitted", "key", "reason", "requirement", "root")

    def __init__(
        self,
        key: Key,
        admitted: VersionSet,
        requirement: Requirement | None = None,
        root: SourcedRequirement | None = None,
        reason: str = "",
    ) -> None:
        self.key = key
        self.admitted = admitted
        self.requirement = requirement
        """None for what an extra wants of its project."""
        self.root = root
        """Set for what the user wants."""
        self.reason = reason
        """Set when nothing satisfies it, as who wants it cannot be used: why."""


class Choice:
    """A version of a project, or of an extra; compared by identity, as resolvelib needs."""

    __slots__ = ("key", "package", "version")

    def __init__(self, key: Key, package: Package, version: VersionSet) -> None:
        self.key = key
        self.package = package
        """Of the project, for extras too."""
        self.version = version

    @property
    def candidate(self) -> Candidate:
        """Return the file and all."""
        return self.package.universe.candidate(self.version)


class Rules(AbstractProvider[Want, Choice, Key]):
    """The provider; lives as long as no new reference comes out."""

    def __init__(
        self,
        problem: Problem,
        facts: Facts,
        attempt: Attempt,
        references: References,
        forbidden: Mapping[str, VersionSet],
    ) -> None:
        self._problem = problem
        self._facts = facts
        self._table = attempt.table
        self._solution = attempt.partial
        self._effective = attempt.requirements.effective
        self._references = references
        self._forbidden = forbidden
        self._python = PythonRange(problem.python_version)
        self._choices: dict[tuple[Key, VersionSet], Choice] = {}
        self._wants: dict[Choice, tuple[Want, ...]] = {}
        self._roots: tuple[Want, ...] | None = None
        self.releases_asked = 0

    def roots(self) -> tuple[Want, ...]:
        """Return what the user wants.

        Raises:
            Missing: A project is not known yet.
        """
        if self._roots is None:
            effective = [
                (given.requirement, given)
                for root in self._problem.roots
                for given in self._effective(root)
            ]
            self._roots = self._as_wants(effective)
        return self._roots

    def identify(self, requirement_or_candidate: Want | Choice) -> Key:
        """Return the key."""
        return requirement_or_candidate.key

    def narrow_requirement_selection(
        self,
        identifiers: Iterable[Key],
        resolutions: Mapping[Key, Choice],
        candidates: Mapping[Key, Iterator[Choice]],
        information: Mapping[Key, Iterator[RequirementInformation[Want, Choice]]],
        backtrack_causes: Sequence[RequirementInformation[Want, Choice]],
    ) -> Iterable[Key]:
        """Return the one key to pin next: what stood in the way last, then what was met first."""
        causes = {information.requirement.key for information in backtrack_causes}
        causes.update(info.parent.key for info in backtrack_causes if info.parent is not None)
        return [min(identifiers, key=lambda key: self._rank(key, causes))]

    def _rank(self, key: Key, causes: set[Key]) -> tuple[bool, bool, int, str]:
        package = self._table.package(key[0])
        # An extra goes before its project, which it then pins.
        return key not in causes, not package.universe.direct, package.number, f"{key[1] or '~'}"

    def get_preference(
        self,
        identifier: Key,
        resolutions: Mapping[Key, Choice],
        candidates: Mapping[Key, Iterator[Choice]],
        information: Mapping[Key, Iterator[RequirementInformation[Want, Choice]]],
        backtrack_causes: Sequence[RequirementInformation[Want, Choice]],
    ) -> int:
        """Return nothing of interest: `narrow_requirement_selection` leaves one key."""
        return 0

    def find_matches(
        self,
        identifier: Key,
        requirements: Mapping[Key, Iterator[Want]],
        incompatibilities: Mapping[Key, Iterator[Choice]],
    ) -> Matches[Choice]:
        """Return the versions that are left, best first."""
        project, extra = identifier
        if extra == _NOTHING:
            return ()
        package = self._table.package(project)
        universe = package.universe
        among = self._solution.settled(package.number) & universe.usable
        among &= ~self._forbidden.get(project, 0)
        wants = list(requirements[identifier])
        for want in wants:
            among &= want.admitted
        for choice in incompatibilities[identifier]:
            among &= ~choice.version
        blocks = self._in_order(package, among, wants)
        first = lowest if {project, ALL} & self._problem.lowest else highest

        def matches() -> Iterator[Choice]:
            for block in blocks:
                rest = block
                while rest:
                    version = first(rest)
                    rest ^= version
                    yield self._choice(identifier, package, version)

        return matches

    def is_satisfied_by(self, requirement: Want, candidate: Choice) -> bool:
        """Say whether a choice is among what is wanted."""
        return bool(requirement.admitted & candidate.version)

    def get_dependencies(self, candidate: Choice) -> tuple[Want, ...]:
        """Return what a choice wants.

        Raises:
            Missing: It is not known yet, or a project is not.
            NewReference: It names a file that was not known.
        """
        found = self._wants.get(candidate)
        if found is None:
            found = self._wants[candidate] = self._wants_of(candidate)
        return found

    def following(self, candidate: Candidate) -> Iterator[Candidate]:
        """Yield the releases of a project below one of them, highest first."""
        universe = self._table.package(candidate.project).universe
        below = universe.usable & (universe.at(str(candidate.version)) - 1)
        for version in universe.members(below):
            yield universe.candidate(version)

    def permitted_yanked(self, package: Package, wants: Iterable[Want]) -> VersionSet:
        """Return the versions that may be chosen though yanked when these wants are in force."""
        permitted = self._table.freed(package)
        for want in wants:
            by_user = want.root is not None
            if want.requirement is None or not (by_user or self._problem.yanked_by_dependencies):
                continue
            if is_pin(want.requirement.specifier):
                permitted |= want.admitted
        return permitted

    def _choice(self, key: Key, package: Package, version: VersionSet) -> Choice:
        found = self._choices.get((key, version))
        if found is None:
            found = self._choices[key, version] = Choice(key, package, version)
        return found

    def _in_order(
        self, package: Package, among: VersionSet, wants: Sequence[Want]
    ) -> list[VersionSet]:
        """Return versions as sets to be tried one after the other, by the rules of `priority.py`.

        Yanked versions that nobody pins so far come last: somebody may pin them yet.
        """
        universe = package.universe
        blocks: list[VersionSet] = []
        preference = self._problem.preferences.get(package.project)
        if preference:
            blocks.append(among & universe.at(preference))
        final = universe.full
        if not self._admits_prereleases(package, wants):
            final &= ~universe.prereleases
        permitted = self.permitted_yanked(package, wants)
        for place in (~universe.direct, universe.direct):
            ordinary = among & place & ~universe.yanked
            for group in universe.groups or (universe.full,):
                blocks += (ordinary & group & final, ordinary & group)
            blocks.append(among & place & permitted)
        blocks.append(among)
        seen = 0
        for position, block in enumerate(blocks):
            blocks[position] = block & ~seen
            seen |= block
        return blocks

    def _admits_prereleases(self, package: Package, wants: Iterable[Want]) -> bool:
        problem = self._problem
        verdict = problem.prerelease_packages.get(package.project)
        if verdict is not None:
            return verdict
        if problem.pre or not problem.prerelease_by_specifier:
            return problem.pre
        specifiers = [want.requirement.specifier for want in wants if want.requirement is not None]
        return any(names_prerelease(specifier, str(specifier)) for specifier in specifiers)

    def _wants_of(self, choice: Choice) -> tuple[Want, ...]:
        project, extra = choice.key
        same = (Want((project, ""), choice.version),) if extra else ()
        if self._problem.no_deps:
            return same
        candidate = choice.candidate
        dependencies = self._facts.dependencies(candidate)
        if dependencies is None:
            raise Missing((NeedDependencies(candidate),))
        reason = self._unusable(dependencies)
        if reason or isinstance(dependencies, Unavailable):
            return (Want((project, _NOTHING), 0, reason=reason),)
        requirements = dependencies.requires
        if extra:
            requirements = dependencies.of_extra(extra) or ()
        origin = DependencyOrigin(project, str(candidate.version))
        effective = [
            (given.requirement, None)
            for requirement in requirements
            for given in self._effective(SourcedRequirement(requirement, origin))
        ]
        found = self._as_wants(effective)
        self.releases_asked += not extra
        return same + tuple(_settled_with_itself(choice, want) for want in found)

    def _unusable(self, dependencies: Dependencies | Unavailable) -> str:
        if isinstance(dependencies, Unavailable):
            return dependencies.reason.removeprefix(UNUSABLE)
        if not self._python.admits(dependencies.requires_python):
            return f"requires Python {dependencies.requires_python}"
        return ""

    def _as_wants(
        self, requirements: Sequence[tuple[Requirement, SourcedRequirement | None]]
    ) -> tuple[Want, ...]:
        needs = [
            (need, requirement, root)
            for requirement, root in requirements
            for need in needs_of(requirement)
        ]
        is_new = False
        for need, requirement, _ in needs:
            if need.url and self._references.add(need.project, requirement.url or ""):
                is_new = True
        if is_new:
            raise NewReference
        queries: dict[Query, None] = {}
        for need, _, _ in needs:
            queries.update(dict.fromkeys(self._table.missing(need.project)))
        if queries:
            raise Missing(tuple(queries))
        wants = []
        for need, requirement, root in needs:
            universe = self._table.package(need.project).universe
            admitted = admitted_versions(universe, requirement, need.specifier)
            wants.append(Want((need.project, need.extra), admitted, requirement, root))
        return tuple(wants)


def _settled_with_itself(choice: Choice, want: Want) -> Want:
    """Return what a release wants; a want of another version of itself as one that nothing meets.

    resolvelib would take the release back for it, and with the release the want.
    """
    if want.key != choice.key or want.admitted & choice.version:
        return want
    return Want((want.key[0], _NOTHING), 0, want.requirement)
