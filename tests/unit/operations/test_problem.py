"""What modes for pre-releases come to, and what overrides leave of requirements."""

import pytest

from xpip.model.options import SelectionPolicy
from xpip.model.origin import ArgumentOrigin
from xpip.model.parsed_requirement import Requirement
from xpip.model.requirement import RequirementSources, SourcedRequirement
from xpip.model.target import Target
from xpip.operations.problem import make_problem, selection_policy
from xpip.operations.resolve import Question

TARGET = Target("3.11.7", "cpython", (("python_version", "3.11"), ("sys_platform", "linux")), ())


def sourced(*texts):
    return tuple(SourcedRequirement(Requirement(text), ArgumentOrigin(text)) for text in texts)


def question(policy=None, excludes=()):
    sources = RequirementSources((), excludes=excludes)
    return Question(sources, TARGET, policy or SelectionPolicy(), (), False, "/")


NAMED = sourced("named>=1rc1", "other")


@pytest.mark.parametrize(
    ("mode", "packages", "only_final", "all_releases"),
    [
        ("", (), set(), set()),
        ("allow", (("a", "disallow"),), {"a"}, set()),
        ("disallow", (("a", "allow"),), {":all:"}, {"a"}),
        ("disallow", (("a", "if-necessary"), ("named", "explicit")), {":all:"}, {"a", "named"}),
        ("explicit", (("named", "disallow"),), {":all:", "named"}, set()),
        ("explicit", (), {":all:"}, {"named"}),
        ("if-necessary", (("other", "explicit"),), {"other"}, set()),
    ],
)
def test_what_may_be_used_at_all(mode, packages, only_final, all_releases):
    policy = SelectionPolicy(pre=mode == "allow", prereleases=mode, prerelease_packages=packages)
    found = selection_policy(policy, NAMED)
    assert (set(found.only_final), set(found.all_releases)) == (only_final, all_releases)


def test_what_counts_like_a_final_release():
    policy = SelectionPolicy(
        prerelease_packages=(
            ("a", "allow"), ("b", "if-necessary"), ("named", "explicit"), ("other", "explicit"),
        )
    )  # fmt: skip
    problem = make_problem(question(policy), NAMED, ())
    assert problem.prerelease_packages == {"a": True, "b": False, "named": True, "other": False}


def test_overrides_that_do_not_hold_leave_nothing():
    overrides = sourced(
        'a==1; sys_platform == "win32"',
        'b==1; sys_platform == "win32"',
        'b==2; sys_platform == "linux"',
    )
    problem = make_problem(question(excludes=("c",)), NAMED, (), overrides)
    assert problem.overrides == overrides[2:]
    assert problem.excludes == {"a", "c"}


def test_lowest_direct_is_about_what_the_user_names():
    problem = make_problem(question(SelectionPolicy(resolution="lowest-direct")), NAMED, ())
    assert problem.lowest == {"named", "other"}
