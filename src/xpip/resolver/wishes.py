"""What the solver is likely to ask next, so that answers can be on their way.

Guesses may look at everything that has arrived: they only cost a download when they are wrong and
never change the result.
"""

from __future__ import annotations

from xpip.model.candidate import ProjectCandidates
from xpip.model.dependencies import Dependencies
from xpip.model.names import normalized_name
from xpip.model.page_table import Choices
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.resolver.facts import NeedCandidates, NeedDependencies
from xpip.resolver.versions import is_pin, names_prerelease

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from xpip.model.candidate import Candidate
    from xpip.model.on_demand import OnDemand
    from xpip.model.parsed_requirement import Requirement
    from xpip.model.specifier import SpecifierSet
    from xpip.model.version import Version
    from xpip.resolver.attempt import Attempt
    from xpip.resolver.facts import Facts, Query
    from xpip.resolver.package import Package
    from xpip.resolver.problem import Problem
    from xpip.resolver.versions import VersionSet

    Candidates = tuple[Candidate, ...] | OnDemand[Candidate]


class _Guess(NamedTuple):
    """A project that will probably be needed."""

    project: str
    extras: frozenset[str]
    url: str
    specifier: SpecifierSet


class Wishes:
    """Likely questions, followed through the facts that are there.

    A guess is dropped once its dependencies have arrived and their projects are guesses in turn,
    so a call costs as much as there is on the way and not as much as is known.
    """

    def __init__(self, problem: Problem, facts: Facts) -> None:
        self._facts = facts
        self._problem = problem
        self._followed: set[tuple[str, frozenset[str]]] = set()
        self._unknown: list[_Guess] = []
        self._unread: list[tuple[_Guess, Candidate]] = []
        self._checked: dict[Package, VersionSet] = {}
        self._add(root.requirement for root in problem.roots)

    def collect(self, attempt: Attempt) -> tuple[Query, ...]:
        """Return questions without an answer, most likely first, each once."""
        candidates: dict[int, Candidate] = {}
        if not self._problem.no_deps:
            self._collect_choices(attempt, candidates)
        projects: dict[NeedCandidates, None] = {}
        self._follow()
        for guess in self._unknown:
            projects[NeedCandidates(guess.project, guess.url)] = None
        for _, candidate in self._unread:
            candidates[id(candidate)] = candidate
        # Pages first: nothing can be guessed of a project without its page.
        return (*projects, *map(NeedDependencies, candidates.values()))

    def _collect_choices(self, attempt: Attempt, candidates: dict[int, Candidate]) -> None:
        """Add what would be chosen for each undecided project as things stand."""
        allowed = attempt.partial.allowed
        for package in attempt.priority.undecided():
            choices = allowed[package.number]
            if package.extra or self._checked.get(package) == choices:
                continue
            version = attempt.priority.choice(package, choices)
            if version:
                candidate = package.universe.candidate(version)
                if self._facts.dependencies(candidate) is None:
                    candidates[id(candidate)] = candidate
                    continue
            self._checked[package] = choices

    def _follow(self) -> None:
        """Move guesses on for which something has arrived."""
        arrived = True
        while arrived:
            arrived = False
            unknown, self._unknown = self._unknown, []
            for guess in unknown:
                answer = self._facts.candidates(guess.project, guess.url)
                if answer is None:
                    self._unknown.append(guess)
                elif isinstance(answer, ProjectCandidates) and not self._problem.no_deps:
                    preferred = self._problem.preferences.get(guess.project, "")
                    candidates = answer.candidates
                    candidate = likely_candidate(candidates, guess.specifier, preferred)
                    if candidate is not None:
                        self._unread.append((guess, candidate))
            unread, self._unread = self._unread, []
            for guess, candidate in unread:
                dependencies = self._facts.dependencies(candidate)
                if dependencies is None:
                    self._unread.append((guess, candidate))
                elif isinstance(dependencies, Dependencies):
                    arrived = True
                    self._add(dependencies.requires)
                    for extra in sorted(guess.extras):
                        self._add(dependencies.of_extra(extra) or ())

    def _add(self, requirements: Iterable[Requirement]) -> None:
        for requirement in requirements:
            project = normalized_name(requirement.name)
            extras = frozenset(map(normalized_name, requirement.extras))
            if project in self._problem.excludes:
                continue
            if (project, extras) not in self._followed:
                self._followed.add((project, extras))
                guess = _Guess(project, extras, requirement.url or "", requirement.specifier)
                self._unknown.append(guess)


def likely_candidate(
    candidates: Candidates, specifier: SpecifierSet, preferred: str
) -> Candidate | None:
    """Return the candidate that would be chosen if nothing else mattered, None for none.

    Args:
        candidates: Ascending by version.
        preferred: Taken where the specifier admits it; may be empty.
    """
    fallback = -1
    admits_prereleases = names_prerelease(specifier, str(specifier))
    pinned = is_pin(specifier)
    for place, version, yanked in _from_the_top(candidates):
        if yanked and not pinned:
            continue
        if not specifier.contains(version):
            continue
        if str(version) == preferred:
            return _at(candidates, place)
        if preferred or (version.is_prerelease and not admits_prereleases):
            fallback = fallback if fallback >= 0 else place
            continue
        return _at(candidates, place)
    return _at(candidates, fallback) if fallback >= 0 else None


def _from_the_top(candidates: Candidates) -> Iterator[tuple[int, Version, bool]]:
    """Yield place, version and whether it was yanked of each candidate, the highest first."""
    places = range(len(candidates) - 1, -1, -1)
    if isinstance(candidates, Choices):
        for place in places:
            yield place, candidates.version(place), place in candidates.yanked
    else:
        for place in places:
            yield place, candidates[place].version, candidates[place].yanked


def _at(candidates: Candidates, place: int) -> Candidate:
    if isinstance(candidates, Choices):
        return candidates.candidate(place)
    return candidates[place]
