"""Assignments, satisfiers and backtracking."""

from __future__ import annotations

import pytest

from tests.unit.resolver.test_versions import universe
from xpip.model.specifier import SpecifierSet
from xpip.resolver.incompatibility import Incompatibility, SameVersion
from xpip.resolver.package import Package
from xpip.resolver.partial_solution import PartialSolution
from xpip.resolver.term import Term
from xpip.resolver.versions import ABSENT

FOO = Package(0, "foo", universe("1.0", "2.0", "3.0"))
BAR = Package(1, "bar", universe("1.0", "2.0"))
WHY = Incompatibility((), SameVersion())


def some(package, specifier):
    return package.universe.set_of(SpecifierSet(specifier))


@pytest.fixture
def solution():
    found = PartialSolution()
    found.meet(FOO)
    found.meet(BAR)
    return found


def test_package_just_met_may_be_anything_or_absent(solution):
    assert solution.allowed[0] == FOO.universe.full
    assert solution.wanted == []


def test_satisfier_is_the_earliest_assignment_after_which_the_term_holds(solution):
    """solver.md: "the earliest assignment such that the incompatibility is satisfied by the
    partial solution up to and including that assignment"."""
    solution.derive(0, some(FOO, ">=1"), WHY)
    solution.derive(0, some(FOO, ">=2"), WHY)
    solution.derive(0, some(FOO, ">=3"), WHY)
    assert solution.satisfier(Term(FOO, some(FOO, ">=2"))).after == some(FOO, ">=2")
    assert solution.satisfier(Term(FOO, some(FOO, "!=1"))).after == some(FOO, ">=2")
    assert solution.satisfier(Term(FOO, some(FOO, ""))).after == some(FOO, ">=1")


def test_backtracking_takes_back_everything_above_a_level(solution):
    solution.derive(0, some(FOO, ""), WHY)
    solution.decide(0, some(FOO, "==3"))
    solution.derive(1, some(BAR, "==2"), WHY)
    assert solution.wanted == [0, 1]
    assert solution.decision_level(0) == 1
    solution.backtrack(0)
    assert solution.level == 0
    assert solution.wanted == [0]
    assert solution.decided[0] == 0
    assert solution.allowed == [some(FOO, ""), BAR.universe.full]


def test_facts_come_before_all_assignments_and_stay(solution):
    later = Package(2, "later", universe("1.0", "2.0"))
    solution.decide(0, some(FOO, "==3"))
    solution.meet(later)
    solution.settle(later, some(later, "==2"), WHY)
    fact = solution.satisfier(Term(later, some(later, "==2")).inverse())
    assert fact.level == 0
    assert fact.order < solution.satisfier(Term(FOO, some(FOO, "==3"))).order
    solution.backtrack(0)
    assert solution.allowed[2] == some(later, "==1") | ABSENT


def test_settled_ignores_what_was_decided(solution):
    solution.derive(0, some(FOO, "<3"), WHY)
    solution.decide(1, some(BAR, "==1"))
    solution.derive(0, some(FOO, "<2"), WHY)
    assert solution.settled(0) == some(FOO, "<3")
    assert solution.settled(1) == BAR.universe.full
