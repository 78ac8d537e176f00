"""What follows from incompatibilities."""

from __future__ import annotations

import pytest

from tests.unit.resolver.test_versions import universe
from xpip.model.specifier import SpecifierSet
from xpip.resolver.incompatibility import Incompatibility, SameVersion
from xpip.resolver.package import Package
from xpip.resolver.partial_solution import PartialSolution
from xpip.resolver.propagation import Propagation
from xpip.resolver.term import Term


class State:
    def __init__(self):
        self.packages = [Package(number, "abc"[number], universe("1", "2")) for number in range(3)]
        self.solution = PartialSolution()
        self.propagation = Propagation(self.solution)
        for package in self.packages:
            self.propagation.meet(package)

    def term(self, number, specifier):
        package = self.packages[number]
        return Term(package, package.universe.set_of(SpecifierSet(specifier)))

    def add(self, *terms):
        incompatibility = Incompatibility(terms, SameVersion())
        self.propagation.add(incompatibility)
        return incompatibility

    def decide(self, number, specifier):
        self.solution.decide(number, self.term(number, specifier).versions)
        self.propagation.decided(number)
        return self.propagation.run()


@pytest.fixture
def state():
    return State()


def test_unit_propagation(state):
    """solver.md: if all terms but one are satisfied, the negation of that one is derived."""
    state.add(state.term(0, "==2"), state.term(1, "<2").inverse())
    assert state.decide(0, "==2") is None
    assert state.solution.allowed[1] == state.term(1, "<2").versions
    assert state.solution.wanted == [1]


def test_nothing_follows_while_two_terms_are_open(state):
    state.add(state.term(0, "==2"), state.term(1, "==1"), state.term(2, ""))
    assert state.decide(0, "==2") is None
    assert state.solution.allowed[1] == state.packages[1].universe.full


def test_nothing_follows_from_a_term_that_is_false(state):
    state.add(state.term(0, "==1"), state.term(1, "==1"))
    assert state.decide(0, "==2") is None
    assert state.solution.allowed[1] == state.packages[1].universe.full


def test_conclusions_lead_to_conclusions(state):
    state.add(state.term(0, "==2"), state.term(1, "==2").inverse())
    state.add(state.term(1, ""), state.term(2, "==1").inverse())
    assert state.decide(0, "==2") is None
    assert state.solution.allowed[2] == state.term(2, "==1").versions


def test_incompatibility_with_all_terms_true_is_a_conflict(state):
    state.add(state.term(0, "==2"), state.term(1, "==2").inverse())
    conflict = state.add(state.term(0, ""), state.term(1, "==1").inverse())
    other = state.decide(0, "==2")
    assert other is not None
    assert other is conflict or other.terms[1] == state.term(1, "==2").inverse()


def test_what_always_holds_is_restored_after_backtracking(state):
    state.decide(0, "==2")
    fact = state.add(state.term(1, "==2"))
    assert state.propagation.draw(fact) is None
    state.solution.backtrack(0)
    state.propagation.forget()
    assert state.propagation.restore() is None
    assert not state.solution.allowed[1] & state.term(1, "==2").versions


def test_draw_tells_when_everything_is_true(state):
    state.decide(0, "==2")
    fact = state.add(state.term(0, "==2"))
    assert state.propagation.draw(fact) is fact
