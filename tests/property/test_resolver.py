"""The solver against brute force, and against itself with answers in another order."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property.oracle import any_solution, is_solution
from tests.property.strategies import random_rules, random_universe
from tests.unit.resolver.releases import drive, pins, sourced
from xpip.resolver.facts import Facts
from xpip.resolver.failure import Unsolvable
from xpip.resolver.problem import Problem
from xpip.resolver.solver import Solver

seeds = st.integers(0, 2**32)


class Failed(NamedTuple):
    """An error in words."""

    summary: str
    details: tuple[str, ...]
    hints: tuple[str, ...]


def outcome(universe, roots, random=None, **rules):
    """Return the solution or the error in words, and the amount of work."""
    facts = Facts()
    solver = Solver(Problem(sourced(*roots), **rules), facts)
    try:
        return drive(solver, facts, universe, random), solver.counters
    except Unsolvable as error:
        return Failed(error.summary, error.details, error.hints), solver.counters


def check_against_brute_force(seed):
    universe, roots = random_universe(Random(seed))
    found, _ = outcome(universe, roots)
    if isinstance(found, Failed):
        assert any_solution(universe, roots) is None, found
    else:
        assert is_solution(universe, roots, pins(found))


def check_order_of_arrival(seed):
    universe, roots = random_universe(Random(seed))
    expected = outcome(universe, roots)
    for order in range(3):
        assert outcome(universe, roots, Random(seed + order)) == expected


@settings(max_examples=60, deadline=None, print_blob=True)
@given(seeds)
def test_solvable_iff_brute_force_finds_a_solution(seed):
    """A solution is one, has nothing to spare, and is found whenever there is any."""
    check_against_brute_force(seed)


@settings(max_examples=60, deadline=None, print_blob=True)
@given(seeds)
def test_order_of_arrival_changes_nothing(seed):
    """Pins, words and the amount of work are the same in whatever order facts arrive."""
    check_order_of_arrival(seed)


@settings(max_examples=60, deadline=None, print_blob=True)
@given(seeds)
def test_rules_do_not_depend_on_the_order_of_arrival(seed):
    """Pre-releases, yanked versions, preferences, constraints and references, all at once."""
    random = Random(seed)
    universe, roots = random_universe(random)
    rules = random_rules(random, universe)
    expected = outcome(universe, roots, **rules)
    for order in range(3):
        assert outcome(universe, roots, Random(seed + order), **rules) == expected
    if isinstance(expected[0], Failed) or universe.urls:
        return
    versions = pins(expected[0])
    assert is_solution(universe, roots, versions)
    for constraint in rules["constraints"]:
        version = versions.get(constraint.requirement.name)
        specifier = constraint.requirement.specifier
        assert version is None or specifier.contains(version, prereleases=True)


@settings(max_examples=60, deadline=None, print_blob=True)
@given(seeds)
def test_dependencies_come_first(seed):
    """What a chosen project needs comes before it unless they need each other."""
    universe, roots = random_universe(Random(seed))
    solution, _ = outcome(universe, roots)
    if isinstance(solution, Failed):
        return
    place = {chosen.candidate.project: rank for rank, chosen in enumerate(solution.packages)}
    needs = {project: set() for project in place}
    for chosen in solution.packages:
        for dependent in chosen.required_by:
            needs[dependent].add(chosen.candidate.project)
    for project, wanted in needs.items():
        for need in wanted:
            assert place[need] < place[project] or project in reachable(needs, need)


def reachable(needs, start):
    seen, stack = set(), [start]
    while stack:
        for need in needs[stack.pop()] - seen:
            seen.add(need)
            stack.append(need)
    return seen


def test_random_universes_are_of_both_kinds():
    """Otherwise the tests above would only ever look at one side."""
    failed = conflicts = 0
    for seed in range(150):
        universe, roots = random_universe(Random(seed))
        found, counters = outcome(universe, roots)
        failed += isinstance(found, Failed)
        conflicts += counters.conflicts > 0
    assert 30 < failed < 120
    assert conflicts > 30


@pytest.mark.long
@pytest.mark.parametrize("block", range(8))
def test_many_seeds(block):
    """The same over thousands of universes; the seed of a failure is in its message."""
    for seed in range(block * 500, block * 500 + 500):
        try:
            check_against_brute_force(seed)
            check_order_of_arrival(seed)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}") from error
