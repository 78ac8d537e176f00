"""Real projects as they were on one day, `tests/fixtures/universe.json`, and how to search them.

`benchmarks/freeze_universe.py` writes that file.
"""

from __future__ import annotations

import json
import os

from tests.unit.resolver.releases import Release, Releases, drive
from xpip.model.candidate import Rejection
from xpip.model.requirement import SourcedRequirement
from xpip.resolver.explanation import Fix
from xpip.resolver.facts import Facts
from xpip.resolver.failure import GaveUp, Unsolvable
from xpip.resolver.fixes import Proposal, fix_of, propose, to_be_checked
from xpip.resolver.problem import Problem, Solution
from xpip.resolver.solver import Solver

TESTS = os.path.dirname(os.path.dirname(os.path.dirname(__file__)))
PYTHON = "3.11.7"


def frozen_universe() -> Releases:
    """Return the projects of the file."""
    with open(os.path.join(TESTS, "fixtures", "universe.json"), encoding="utf-8") as file:
        data = json.load(file)
    projects: dict[str, dict[str, Release]] = {}
    for name, (versions, rejected) in data["projects"].items():
        releases = projects[name] = {}
        for version, kind, detail in rejected:
            releases[version] = Release(rejection=Rejection(kind, detail))
        for version, number in versions.items():
            requires, extras, python = data["sets"][number]
            releases[version] = Release(tuple(requires), extras, requires_python=python)
    return Releases(projects)


def conflict(
    universe: Releases, problem: Problem
) -> tuple[Unsolvable, list[tuple[Proposal, Solution, Fix]]]:
    """Return the error of a problem without solution, and all proposals that solve it."""
    facts = Facts()
    try:
        drive(Solver(problem, facts), facts, universe)
    except Unsolvable as error:
        found = []
        for proposal in propose(problem, error.explanation):
            solution = solved(universe, proposal.problem, facts)
            written = solution and to_be_checked(proposal, solution)
            if written is not None and solved(universe, written, facts) is None:
                continue
            if solution is not None:
                fix = fix_of(proposal, solution, error.explanation)
                if fix is not None:
                    found.append((proposal, solution, fix))
        return error, found
    raise AssertionError("it has a solution")


def solved(universe: Releases, problem: Problem, facts: Facts | None = None) -> Solution | None:
    """Return the solution of a problem, None when there is none."""
    facts = facts or Facts()
    try:
        return drive(Solver(problem, facts, patience=2000), facts, universe)
    except GaveUp:
        return None


def applied(problem: Problem, fix: Fix) -> Problem:
    """Return the problem as a user writes it who does what a fix says."""
    from xpip.model.parsed_requirement import Requirement
    from xpip.resolver.phrases import requirement_text

    def change(given: tuple[SourcedRequirement, ...]) -> tuple[SourcedRequirement, ...]:
        kept = []
        for sourced in given:
            is_meant = str(sourced.origin) == fix.origin
            if is_meant and requirement_text(sourced.requirement) == fix.old:
                if fix.new:
                    kept.append(sourced._replace(requirement=Requirement(fix.new)))
            else:
                kept.append(sourced)
        return tuple(kept)

    changed = problem._replace(
        roots=change(problem.roots),
        constraints=change(problem.constraints),
        overrides=change(problem.overrides),
    )
    assert changed != problem, fix
    return changed
