"""A universe of releases in memory, and a solver driven over it.

`Releases` answers queries from a table. `Driver` feeds the answers one at a time in a random order,
together with answers to questions that nobody asked, as a network would.
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from types import MappingProxyType
from typing import NamedTuple

from xpip.model.candidate import Candidate, ProjectCandidates, RejectedFile, Rejection
from xpip.model.dependencies import Dependencies
from xpip.model.link import IndexFile
from xpip.model.names import normalized_name
from xpip.model.origin import FileOrigin
from xpip.model.parsed_requirement import Requirement
from xpip.model.requirement import SourcedRequirement
from xpip.model.version import Version
from xpip.resolver.facts import Facts, NeedCandidates, NeedDependencies, Query
from xpip.resolver.problem import Blocked, Problem, Solution
from xpip.resolver.solver import Solver

INDEX = "https://index.example/simple"


class Release(NamedTuple):
    """One version of a project."""

    requires: tuple[str, ...] = ()
    extras: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    yanked: str | None = None
    rejection: Rejection | None = None
    unavailable: str = ""
    requires_python: str = ""
    """In its metadata only."""
    group: int = 0
    """Which index has it, where indexes are looked at in turn."""


class Releases:
    """Projects with their releases; a project that is missing is unknown to the index."""

    def __init__(self, projects: dict[str, dict[str, Release]]) -> None:
        self.projects = projects
        self.urls: dict[str, tuple[str, str, Release]] = {}
        """URL -> (project, version, release) of a file that only a reference leads to."""
        self.asked: list[Query] = []

    def answer(self, query: Query, facts: Facts) -> None:
        """Put the answer to a query into the facts."""
        self.asked.append(query)
        if isinstance(query, NeedDependencies):
            self._answer_dependencies(query.candidate, facts)
        elif query.url:
            project, version, release = self.urls[query.url]
            file = IndexFile(query.url.rpartition("/")[2], query.url)
            candidate = Candidate(project, Version(version), file, "", direct=True)
            found = ProjectCandidates(project, (candidate,), indexes=("",))
            if release.rejection is not None:
                rejected = RejectedFile(file.filename, version, release.rejection)
                found = ProjectCandidates(project, (), (rejected,), ("",))
            facts.add_candidates(found, query.url)
        else:
            facts.add_candidates(self._candidates(query.project))

    def _candidates(self, project: str) -> ProjectCandidates:
        releases = self.projects.get(project)
        if releases is None:
            return ProjectCandidates(project, (), indexes=(INDEX,), found=False)
        candidates = []
        rejected = []
        for text, release in sorted(releases.items(), key=lambda item: Version(item[0])):
            filename = f"{project.replace('-', '_')}-{text}-py3-none-any.whl"
            if release.rejection is not None:
                rejected.append(RejectedFile(filename, text, release.rejection))
                continue
            file = IndexFile(filename, f"{INDEX}/{filename}", yanked=release.yanked)
            yanked = release.yanked is not None
            candidates.append(
                Candidate(project, Version(text), file, INDEX, yanked, group=release.group)
            )
        return ProjectCandidates(project, tuple(candidates), tuple(rejected), (INDEX,))

    def _answer_dependencies(self, candidate: Candidate, facts: Facts) -> None:
        if candidate.direct:
            release = self.urls[candidate.file.url][2]
        else:
            versions = self.projects[candidate.project]
            release = next(
                release for text, release in versions.items() if Version(text) == candidate.version
            )
        url = candidate.file.url if candidate.direct else ""
        if release.unavailable:
            facts.add_unavailable(candidate.project, candidate.version, release.unavailable, url)
            return
        dependencies = Dependencies(
            tuple(map(Requirement, release.requires)),
            tuple(
                (normalized_name(extra), tuple(map(Requirement, requires)))
                for extra, requires in release.extras.items()
            ),
            release.requires_python,
        )
        facts.add_dependencies(candidate.project, candidate.version, dependencies, url)

    def every_query(self) -> list[Query]:
        """Return all questions that could be asked of the index."""
        queries: list[Query] = []
        for project in self.projects:
            queries.append(NeedCandidates(project))
            queries += [
                NeedDependencies(candidate) for candidate in self._candidates(project).candidates
            ]
        return queries


def releases(**projects: dict[str, Release | tuple[str, ...]]) -> Releases:
    """Return a universe; underscores in names stand for hyphens, a tuple for requirements only."""
    return Releases(
        {
            name.replace("_", "-"): {
                version: release if isinstance(release, Release) else Release(release)
                for version, release in versions.items()
            }
            for name, versions in projects.items()
        }
    )


def sourced(*texts: str, path: str = "requirements.txt") -> tuple[SourcedRequirement, ...]:
    """Return requirements as if they stood in a file, one a line."""
    return tuple(
        SourcedRequirement(Requirement(text), FileOrigin(path, line))
        for line, text in enumerate(texts, 1)
    )


def drive(
    solver: Solver, facts: Facts, universe: Releases, random: Random | None = None
) -> Solution:
    """Return the solution, answering what the solver asks for.

    Args:
        random: Answers come in random order then, with others that nobody waits for between them.
    """
    spare = universe.every_query() if random else []
    while isinstance(step := solver.advance(), Blocked):
        assert step.queries
        assert not any(facts.is_known(query) for query in step.queries)
        waiting = list(step.queries)
        if random is None:
            solver.wishlist()
        else:
            waiting += random.sample(spare, min(len(spare), random.randrange(4)))
            waiting += [query for query in solver.wishlist() if random.random() < 0.5]
            random.shuffle(waiting)
            # Some answers are still on their way when the solver is asked to go on.
            waiting = waiting[: random.randrange(1, len(waiting) + 1)]
        for query in waiting:
            if not facts.is_known(query):
                universe.answer(query, facts)
        if random is not None and not any(map(facts.is_known, step.queries)):
            universe.answer(step.queries[0], facts)
    return step


def solve(universe: Releases, *roots: str, **options: object) -> Solution:
    """Return the solution for requirements; further options are those of `Problem`."""
    facts = Facts()
    problem = Problem(sourced(*roots), **options)  # type: ignore[arg-type]
    return drive(Solver(problem, facts), facts, universe)


def pins(solution: Solution) -> dict[str, str]:
    """Return the versions that were chosen, by project."""
    return {chosen.candidate.project: str(chosen.candidate.version) for chosen in solution.packages}
