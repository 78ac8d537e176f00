"""The two engines against each other: what one can solve, the other can."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property.oracle import is_solution
from tests.property.strategies import random_rules, random_universe
from tests.unit.resolver.releases import drive, pins, sourced
from xpip.resolver.engine import ENGINES, make_engine
from xpip.resolver.facts import Facts
from xpip.resolver.failure import Unsolvable
from xpip.resolver.problem import Problem

seeds = st.integers(0, 2**32)


def outcome(name, universe, problem, random=None):
    """Return pins, or the error in words."""
    facts = Facts()
    try:
        return pins(drive(make_engine(problem, facts, name), facts, universe, random))
    except Unsolvable as error:
        return error.summary, error.details


def check_agreement(seed):
    universe, roots = random_universe(Random(seed))
    problem = Problem(sourced(*roots))
    first, second = (outcome(name, universe, problem) for name in ENGINES)
    assert isinstance(first, dict) == isinstance(second, dict), (seed, first, second)
    if isinstance(second, dict):
        assert is_solution(universe, roots, second), seed


@settings(max_examples=80, deadline=None, print_blob=True)
@given(seeds)
def test_engines_agree_on_what_can_be_solved(seed):
    check_agreement(seed)


@settings(max_examples=60, deadline=None, print_blob=True)
@given(seeds)
def test_engines_agree_under_constraints_and_rules_for_prereleases(seed):
    """Yanked versions are left out: which pins are in force depends on the order of decisions."""
    random = Random(seed)
    universe, roots = random_universe(random)
    rules = random_rules(random, universe)
    for releases in universe.projects.values():
        for version, release in releases.items():
            releases[version] = release._replace(yanked=None)
    problem = Problem(sourced(*roots), **rules)
    first, second = (outcome(name, universe, problem) for name in ENGINES)
    assert isinstance(first, dict) == isinstance(second, dict), (first, second)


@settings(max_examples=40, deadline=None, print_blob=True)
@given(seeds)
def test_backtracking_does_not_depend_on_the_order_of_arrival(seed):
    random = Random(seed)
    universe, roots = random_universe(random)
    problem = Problem(sourced(*roots), **random_rules(random, universe))
    expected = outcome("backtracking", universe, problem)
    for order in range(3):
        assert outcome("backtracking", universe, problem, Random(seed + order)) == expected


@pytest.mark.long
@pytest.mark.parametrize("block", range(4))
def test_engines_over_many_seeds(block):
    for seed in range(block * 3000, block * 3000 + 3000):
        check_agreement(seed)
