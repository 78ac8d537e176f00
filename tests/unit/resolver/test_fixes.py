"""The words of fixes, and what is proposed at all."""

from __future__ import annotations

import pytest

from tests.unit.resolver.frozen import conflict
from tests.unit.resolver.releases import Release, releases, sourced
from xpip.model.candidate import Rejection
from xpip.resolver.explanation import Explanation, ProjectReport
from xpip.resolver.fixes import other_pythons, prereleases_refused
from xpip.resolver.problem import Problem


def fixes(universe, *roots, constraints=()):
    problem = Problem(sourced(*roots), sourced(*constraints, path="constraints.txt"))
    return [fix for _, _, fix in conflict(universe, problem)[1]]


def needs(text, *versions):
    return releases(a={"1.0": (text,)}, b=dict.fromkeys(versions, ()))


@pytest.mark.parametrize(
    ("needed", "versions", "asked", "instead"),
    [
        ("b>=2", ("1.0", "2.5"), "b<2", "b<3"),
        ("b>=0.7", ("0.6", "0.7.1"), "b<0.7", "b<0.8"),
        ("b>=2.0rc1", ("1.0", "2.0rc1"), "b<2.0rc1", "b<=2.0rc1"),
        ("b<2", ("1.4", "2.0"), "b>=2", "b>=1.4"),
        ("b<2", ("1.4", "2.0"), "b>=2,!=2.1", "b>=1.4,!=2.1"),
        ("b>=2", ("1.0", "2.0"), "b==1.0", "b==2.0"),
        ("b>=2", ("1.0", "2.3.1"), "b==1.*", "b==2.*"),
        ("b>=2", ("1.1", "2.3.1"), "b~=1.0", "b~=2.3.1"),
        ("b>=2", ("1.0", "2.0+cpu"), "b<2", "b<3"),
        ("b==2", ("1.0", "2.0"), "b!=2", "b"),
        ("b>=1!2", ("1.0", "1!2.0"), "b<1!2", "b<1!3"),
    ],
)
def test_a_requirement_is_written_as_a_person_would(needed, versions, asked, instead):
    found = fixes(needs(needed, *versions), "a", asked)
    assert (found[0].old, found[0].new, found[0].origin) == (asked, instead, "requirements.txt:2")


def test_bounds_first_then_what_can_be_left_out():
    found = fixes(needs("b>=2", "1.0", "2.0"), "a", "b<2")
    assert [(fix.kind, fix.text) for fix in found] == [
        (
            "upper-bound",
            "`b<3` in place of `b<2` (requirements.txt:2), which selects a 1.0 and b 2.0",
        ),
        ("drop", "without `a` (requirements.txt:1), which selects b 1.0"),
        ("drop", "without `b<2` (requirements.txt:2), which selects a 1.0 and b 2.0"),
    ]


def test_a_constraint_can_be_changed_too():
    found = fixes(needs("b>=2", "1.0", "2.0"), "a", constraints=["b<2"])
    assert found[0].text == (
        "`b<3` in place of `b<2` (constraints.txt:1), which selects a 1.0 and b 2.0"
    )


def test_what_does_not_help_is_not_told():
    universe = releases(a={"1.0": ("b>=9",)}, b={"1.0": ()})
    assert fixes(universe, "a", "b<2") == [
        fix for fix in fixes(universe, "a", "b<2") if fix.text.startswith("without `a`")
    ]


def test_a_project_that_does_not_exist_has_no_fix():
    assert fixes(releases(a={"1.0": ()}), "a", "nowhere>=2") == []


def explained(*refused):
    report = ProjectReport("a", ("1.0",), refused, (), found=True)
    return Explanation((), (), (report,), uses_dependencies=False)


def test_another_python_is_the_nearest_that_some_release_asks_for():
    found = explained(
        ("2.0", "requires Python >=3.13"),
        ("3.0", "requires Python >=3.14"),
        ("0.9", "requires Python <3.10,>=3.8"),
        ("0.8", "requires Python nonsense"),
        ("0.7", "yanked"),
    )
    assert other_pythons(found, "3.11.7") == ("3.13", "3.9")
    assert other_pythons(found, "") == ()
    assert other_pythons(explained(("0.7", "yanked")), "3.11.7") == ()


def test_prereleases_matter_only_where_some_were_refused():
    assert prereleases_refused(explained(("2.0rc1", "a pre-release, and these are not allowed")))
    assert not prereleases_refused(explained(("2.0", "yanked")))


def test_a_rejected_version_is_no_way_out():
    universe = releases(
        a={"1.0": Release(("b>=2",))},
        b={"1.0": Release(), "2.0": Release(rejection=Rejection("tags", "win_amd64"))},
    )
    assert fixes(universe, "a", "b<2") == []
