#!/usr/bin/env python3
"""Write a small universe in memory out of a frozen index, for tests that need real requirements.

    freeze_universe.py INDEX OUTPUT INPUT.in ...

`tests/fixtures/universe.json` is made from `conflicts/*.in` but for `litellm-openai.in`, whose
releases are too many, and the inputs fastapi, trio, starlette-fastapi, django and boto3.

The universe has the newest versions of every project that some search over the inputs asked about,
as CPython 3.11 on Linux x86_64 sees them. Releases with the same requirements share one entry, and
extras that nobody asks for are left out.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping

from resolver_counts import Slice, read_roots, running_target

from xpip.model.candidate import ProjectCandidates
from xpip.model.dependencies import Dependencies
from xpip.model.names import normalized_name
from xpip.resolver.facts import Facts, NeedCandidates, NeedDependencies
from xpip.resolver.failure import GaveUp, Unsolvable
from xpip.resolver.fixes import propose
from xpip.resolver.problem import Blocked, Problem
from xpip.resolver.solver import Solver

NEWEST = 120
"""Versions of a project, at most."""


class NewestOnly(Slice):
    """A frozen index as if it had only the newest versions."""

    def _candidates(self, project: str) -> ProjectCandidates:
        found = super()._candidates(project)
        gone = {str(candidate.version) for candidate in found.candidates[:-NEWEST]}
        return found._replace(
            candidates=found.candidates[-NEWEST:],
            rejected=tuple(row for row in found.rejected if row.version not in gone),
        )


def extras_asked(projects: Mapping[str, ProjectCandidates], facts: Facts) -> set[tuple[str, str]]:
    """Return the extras that some release, or the extra of one, asks for."""
    asked: set[tuple[str, str]] = set()
    for found in projects.values():
        for candidate in found.candidates:
            needs = facts.dependencies(candidate)
            if isinstance(needs, Dependencies):
                for requirement in (
                    *needs.requires,
                    *(r for _, adds in needs.extras for r in adds),
                ):
                    name = normalized_name(requirement.name)
                    asked.update((name, normalized_name(extra)) for extra in requirement.extras)
    return asked


def search(solver: Solver, facts: Facts, index: Slice, asked: set[str]) -> None:
    """Solve, and note the projects that were asked for."""
    while isinstance(step := solver.advance(), Blocked):
        for query in step.queries:
            if isinstance(query, NeedCandidates):
                asked.add(query.project)
            index.answer(query, facts)


def shared(number_of: dict[str, int], value: object) -> int:
    """Return the number of a value, giving it the next one when it is new."""
    return number_of.setdefault(json.dumps(value), len(number_of))


def frozen(
    found: ProjectCandidates, facts: Facts, extras_kept: set[tuple[str, str]], sets: dict[str, int]
) -> object:
    """Return a project with its releases."""
    releases = {}
    for candidate in found.candidates:
        needs = facts.dependencies(candidate)
        if isinstance(needs, Dependencies):
            extras = {
                extra: list(map(str, adds))
                for extra, adds in needs.extras
                if (found.project, extra) in extras_kept
            }
            value = [list(map(str, needs.requires)), extras, needs.requires_python]
            releases[str(candidate.version)] = shared(sets, value)
        else:
            releases[str(candidate.version)] = -1
    known = {str(candidate.version) for candidate in found.candidates}
    rejected = sorted(
        {
            (row.version, *row.rejection)
            for row in found.rejected
            if row.version and row.version not in known
        }
    )
    return [releases, rejected]


def main() -> int:
    """Search, then write all that was asked about."""
    folder, output, *inputs = sys.argv[1:]
    target = running_target()
    index = NewestOnly(folder, target)
    facts = Facts()
    asked: set[str] = set()
    for path in inputs:
        problem = Problem(read_roots(path, target), python_version=target.python_version)
        try:
            search(Solver(problem, facts), facts, index, asked)
        except Unsolvable as error:
            for proposal in propose(problem, error.explanation):
                try:
                    search(Solver(proposal.problem, facts, patience=2000), facts, index, asked)
                except GaveUp:
                    pass
    found: dict[str, ProjectCandidates] = {}
    for project in sorted(asked):
        candidates = facts.candidates(project)
        if isinstance(candidates, ProjectCandidates) and candidates.found:
            found[project] = candidates
            for candidate in candidates.candidates:
                index.answer(NeedDependencies(candidate), facts)
    kept = extras_asked(found, facts)
    sets: dict[str, int] = {}
    projects = {name: frozen(known, facts, kept, sets) for name, known in found.items()}
    rows = ",\n".join(f"{json.dumps(name)}: {json.dumps(row)}" for name, row in projects.items())
    values = ",\n".join(sets)
    with open(output, "w", encoding="utf-8") as file:
        file.write(f'{{"projects": {{\n{rows}\n}},\n"sets": [\n{values}\n]}}\n')
    sys.stdout.write(f"{len(projects)} projects, {os.path.getsize(output)} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
