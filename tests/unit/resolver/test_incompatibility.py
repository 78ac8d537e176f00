"""Terms and incompatibilities, by the words of solver.md."""

from __future__ import annotations

from tests.unit.resolver.test_versions import universe
from xpip.model.parsed_requirement import Requirement
from xpip.model.specifier import SpecifierSet
from xpip.resolver.incompatibility import (
    Depends,
    Incompatibility,
    SameVersion,
    requirement_terms,
    resolvent,
)
from xpip.resolver.package import Package
from xpip.resolver.term import Term
from xpip.resolver.versions import ABSENT

FOO = Package(0, "foo", universe("1.0", "2.0", "3.0"))
BAR = Package(1, "bar", universe("1.0", "2.0"))
BAZ = Package(2, "baz", universe("1.0"))


def some(package, specifier):
    return package.universe.set_of(SpecifierSet(specifier))


def test_inverse_of_a_term():
    """ "not foo ^1.0" is true when any other version or none at all is chosen."""
    term = Term(FOO, some(FOO, "<2"))
    assert term.is_positive
    assert not term.inverse().is_positive
    assert term.inverse().versions == some(FOO, ">=2") | ABSENT
    assert term.inverse().inverse() == term


def test_dependency_becomes_two_terms():
    """ "foo ^1.0 depends on bar ^2.0" is {foo ^1.0, not bar ^2.0}."""
    terms = requirement_terms(FOO, some(FOO, "<2"), BAR, some(BAR, ">=2"))
    assert terms == (Term(FOO, some(FOO, "<2")), Term(BAR, some(BAR, ">=2")).inverse())


def test_dependency_that_nothing_satisfies_forbids_the_release():
    assert requirement_terms(FOO, some(FOO, "<2"), BAR, 0) == (Term(FOO, some(FOO, "<2")),)


def test_release_that_needs_itself_is_fine_and_needing_another_version_is_not():
    assert requirement_terms(FOO, some(FOO, "<2"), FOO, some(FOO, "<3")) == ()
    terms = requirement_terms(FOO, some(FOO, ""), FOO, some(FOO, "<3"))
    assert terms == (Term(FOO, some(FOO, ">=3")),)


def test_resolvent_follows_from_both():
    """ "{a, c} and {b, not c} give {a, b}"; c disappears when its terms leave nothing open."""
    first = Incompatibility((Term(FOO, some(FOO, "<2")), Term(BAR, some(BAR, "<2"))), SameVersion())
    second = Incompatibility(
        (Term(BAZ, some(BAZ, "")), Term(BAR, some(BAR, "<2")).inverse()), SameVersion()
    )
    terms = resolvent(first, second, BAR)
    assert set(terms) == {Term(FOO, some(FOO, "<2")), Term(BAZ, some(BAZ, ""))}


def test_resolvent_keeps_what_is_left_of_the_pivot():
    first = Incompatibility((Term(FOO, some(FOO, "<2")), Term(BAZ, some(BAZ, ""))), SameVersion())
    second = Incompatibility((Term(FOO, some(FOO, ">=3")),), SameVersion())
    assert set(resolvent(first, second, FOO)) == {
        Term(FOO, some(FOO, "!=2")),
        Term(BAZ, some(BAZ, "")),
    }


def test_resolvent_intersects_what_both_say_of_another_package():
    first = Incompatibility((Term(FOO, some(FOO, "<3")), Term(BAR, some(BAR, "<2"))), SameVersion())
    second = Incompatibility(
        (Term(FOO, some(FOO, ">1")), Term(BAR, some(BAR, "<2")).inverse()), SameVersion()
    )
    assert resolvent(first, second, BAR) == (Term(FOO, some(FOO, "==2")),)


def test_representation_reads_like_solver_md():
    incompatibility = Incompatibility(
        requirement_terms(FOO, some(FOO, "<2"), BAR, some(BAR, ">=2")),
        Depends(Requirement("bar>=2")),
    )
    assert repr(incompatibility) == "<Incompatibility {foo 1.0, not bar 2.0} Depends>"
