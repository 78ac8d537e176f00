"""Every fix that is told has been found to work, and works as it is written."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property.oracle import is_solution
from tests.property.strategies import random_requirement, random_rules, random_universe
from tests.unit.resolver.frozen import applied, conflict, solved
from tests.unit.resolver.releases import pins, sourced
from xpip.resolver.problem import Problem

seeds = st.integers(0, 2**32)
KINDS = ("upper-bound", "lower-bound", "version", "drop")


def check_fixes(seed, with_rules=False):
    """Apply every fix as a user would and solve anew; return what kinds there were."""
    random = Random(seed)
    universe, roots = random_universe(random)
    rules = random_rules(random, universe) if with_rules else {}
    if with_rules and random.random() < 0.3:
        texts = (random_requirement(random, list(universe.projects)) for _ in range(2))
        rules["overrides"] = sourced(*texts, path="overrides.txt")
    problem = Problem(sourced(*roots), **rules)
    if solved(universe, problem) is not None:
        return []
    _, found = conflict(universe, problem)
    for _, _, fix in found:
        changed = applied(problem, fix)
        solution = solved(universe, changed)
        assert solution is not None, (seed, fix)
        if not with_rules:
            texts = tuple(str(root.requirement) for root in changed.roots)
            assert is_solution(universe, texts, pins(solution)), (seed, fix)
    return [(fix.kind, fix.origin.partition(":")[0]) for _, _, fix in found]


@settings(max_examples=80, deadline=None, print_blob=True)
@given(seeds)
def test_every_fix_resolves_when_it_is_applied(seed):
    check_fixes(seed)


@settings(max_examples=60, deadline=None, print_blob=True)
@given(seeds)
def test_every_fix_resolves_under_rules_for_prereleases_and_constraints(seed):
    check_fixes(seed, with_rules=True)


def test_there_are_conflicts_with_fixes_of_every_kind():
    """Otherwise the tests above would hold for proposals that never help."""
    plain = Counter(kind for seed in range(150) for kind, _ in check_fixes(seed))
    assert min(plain[kind] for kind in KINDS) >= 3, plain
    found = Counter(place for seed in range(300) for _, place in check_fixes(seed, with_rules=True))
    places = ("requirements.txt", "constraints.txt", "overrides.txt")
    assert min(found[place] for place in places) >= 2, found


@pytest.mark.long
@pytest.mark.parametrize("block", range(4))
def test_fixes_over_many_seeds(block):
    for seed in range(block * 1000, block * 1000 + 1000):
        check_fixes(seed)
        check_fixes(seed, with_rules=True)
