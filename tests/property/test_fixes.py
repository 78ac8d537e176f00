"""Every fix that is told has been found to work, and works as it is written."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property.oracle import is_solution
from tests.property.strategies import random_rules, random_universe
from tests.unit.resolver.frozen import applied, conflict, solved
from tests.unit.resolver.releases import pins, sourced
from xpip.resolver.problem import Problem

seeds = st.integers(0, 2**32)


def check_fixes(seed, with_rules=False):
    """Apply every fix as a user would and solve anew; return how many there were."""
    random = Random(seed)
    universe, roots = random_universe(random)
    rules = random_rules(random, universe) if with_rules else {}
    problem = Problem(sourced(*roots), **rules)
    if solved(universe, problem) is not None:
        return 0
    _, found = conflict(universe, problem)
    for _, _, fix in found:
        changed = applied(problem, fix)
        solution = solved(universe, changed)
        assert solution is not None, (seed, fix)
        if not with_rules:
            texts = tuple(str(root.requirement) for root in changed.roots)
            assert is_solution(universe, texts, pins(solution)), (seed, fix)
    return len(found)


@settings(max_examples=80, deadline=None, print_blob=True)
@given(seeds)
def test_every_fix_resolves_when_it_is_applied(seed):
    check_fixes(seed)


@settings(max_examples=60, deadline=None, print_blob=True)
@given(seeds)
def test_every_fix_resolves_under_rules_for_prereleases_and_constraints(seed):
    check_fixes(seed, with_rules=True)


def test_most_conflicts_have_a_fix():
    """Otherwise the tests above would hold for proposals that never help."""
    assert sum(check_fixes(seed) for seed in range(120)) > 20


@pytest.mark.long
@pytest.mark.parametrize("block", range(4))
def test_fixes_over_many_seeds(block):
    for seed in range(block * 1000, block * 1000 + 1000):
        check_fixes(seed)
        check_fixes(seed, with_rules=True)
