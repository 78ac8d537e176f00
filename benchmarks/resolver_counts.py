#!/usr/bin/env python3
"""Count what the solver does on a frozen index: decisions, conflicts, derivations, facts, time.

The index is a folder with `simple/NAME.json` pages and `files/WHEEL.metadata`; inputs and locks
are folders of requirement lists with one name each. Facts are made as the solver asks for them in
a first run; the second run finds all of them in memory, and its time is the solver's own.

    resolver_counts.py INDEX INPUTS LOCKS [NAME ...]

The pins of each lock are compared with the answer. The exit status is 1 when they differ.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time

from packaging.markers import default_environment
from packaging.tags import sys_tags

from xpip.errors import XpipError
from xpip.formats.core_metadata import parse_core_metadata
from xpip.formats.simple_index import parse_page
from xpip.model.candidate import ProjectCandidates
from xpip.model.markers import dependencies_for, marker_holds
from xpip.model.names import normalized_name
from xpip.model.options import SelectionPolicy
from xpip.model.origin import FileOrigin
from xpip.model.parsed_requirement import Requirement
from xpip.model.requirement import SourcedRequirement
from xpip.model.target import Target
from xpip.resolver.facts import Facts, NeedCandidates, Query
from xpip.resolver.problem import Blocked, Counters, Problem, Solution
from xpip.resolver.solver import Solver
from xpip.selection.rules import judge


def running_target() -> Target:
    """Return the running interpreter as a target."""
    markers = tuple(sorted((key, str(value)) for key, value in default_environment().items()))
    return Target(
        sys.version.split()[0],
        sys.implementation.name,
        markers,
        tuple(str(tag) for tag in sys_tags()),
    )


class Slice:
    """A frozen index that answers queries."""

    def __init__(self, folder: str, target: Target) -> None:
        self._folder = folder
        self._target = target

    def answer(self, query: Query, facts: Facts) -> None:
        """Put the answer to a query into the facts."""
        if isinstance(query, NeedCandidates):
            facts.add_candidates(self._candidates(query.project))
            return
        candidate = query.candidate
        path = os.path.join(self._folder, "files", candidate.file.filename + ".metadata")
        try:
            with open(path, "rb") as file:
                metadata = parse_core_metadata(file.read(), path)
            dependencies = dependencies_for(metadata, self._target)
        except (OSError, XpipError) as error:
            facts.add_unavailable(candidate.project, candidate.version, f"has no metadata: {error}")
        else:
            facts.add_dependencies(candidate.project, candidate.version, dependencies)

    def _candidates(self, project: str) -> ProjectCandidates:
        path = os.path.join(self._folder, "simple", project + ".json")
        if not os.path.exists(path):
            return ProjectCandidates(project, (), found=False)
        with open(path, "rb") as file:
            body = file.read()
        url = f"https://index.example/simple/{project}/"
        page = parse_page(body, "application/json", url, project, "https://index.example/simple")
        return judge((page,), self._target, SelectionPolicy())


def read_roots(path: str, target: Target) -> tuple[SourcedRequirement, ...]:
    """Return the requirements of a list that hold for the target."""
    roots = []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            text = line.partition("#")[0].strip()
            if text:
                requirement = Requirement(text)
                if marker_holds(requirement, target):
                    roots.append(SourcedRequirement(requirement, FileOrigin(path, number)))
    return tuple(roots)


def read_pins(path: str) -> dict[str, str]:
    """Return the versions that a lock pins."""
    with open(path, encoding="utf-8") as file:
        lines = [line.partition("#")[0].strip() for line in file]
    pairs = (line.split("==") for line in lines if line)
    return {normalized_name(name): version for name, version in pairs}


def solve(problem: Problem, facts: Facts, index: Slice | None) -> tuple[Solution, Counters, int]:
    """Return the answer, the counters and how often the solver was blocked."""
    solver = Solver(problem, facts)
    blocks = 0
    step = solver.advance()
    while isinstance(step, Blocked):
        assert index is not None, step
        blocks += 1
        for query in step.queries:
            index.answer(query, facts)
        step = solver.advance()
    return step, solver.counters, blocks


def write(line: str) -> None:
    """Put a line out."""
    sys.stdout.write(line + "\n")


def main() -> int:
    """Run all inputs and say how they came out."""
    folder, inputs, locks, *names = sys.argv[1:]
    target = running_target()
    different = 0
    for name in names or sorted(entry.split(".")[0] for entry in os.listdir(inputs)):
        index = Slice(folder, target)
        facts = Facts()
        roots = read_roots(os.path.join(inputs, name + ".in"), target)
        problem = Problem(roots, python_version=target.python_version)
        solution, counters, blocks = solve(problem, facts, index)
        times = []
        for _ in range(3):
            gc.collect()
            start = time.perf_counter()
            again, _, _ = solve(problem, facts, None)
            times.append(time.perf_counter() - start)
            assert again == solution
        pins = {
            chosen.candidate.project: str(chosen.candidate.version) for chosen in again.packages
        }
        expected = read_pins(os.path.join(locks, name + ".txt"))
        differences = {
            project: (pins.get(project), expected.get(project))
            for project in sorted({*pins, *expected})
            if pins.get(project) != expected.get(project)
        }
        different += bool(differences)
        row = {"pins": len(pins), "blocked": blocks, **counters._asdict()}
        write(f"{name}: {min(times):.4f} s {json.dumps(row)}")
        for project, (ours, theirs) in differences.items():
            write(f"    {project}: {ours}, lock {theirs}")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
