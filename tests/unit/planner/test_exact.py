"""What makes an environment hold exactly what is pinned."""

import pytest

from xpip.model.distribution import InstalledDistribution
from xpip.planner.exact import MISSING, TWICE, UNLISTED, VERSION, Pin, compare, is_version


def installed(name: str, version: str, **more) -> InstalledDistribution:
    return InstalledDistribution(name, version, "/lib", f"{name}-{version}.dist-info", **more)


def nothing_wrong(_distribution, _pin) -> str:
    return ""


def reasons(pins, present, protected=frozenset(), judge=nothing_wrong):
    plan = compare(pins, present, protected, judge)
    return {step.name: step.reason for step in plan.steps}


def test_what_is_missing_other_or_not_listed():
    present = [installed("a", "1.0"), installed("b", "1.0"), installed("c", "1.0")]
    pins = [Pin("a", "1.0"), Pin("b", "2.0"), Pin("d", "1.0")]
    assert reasons(pins, present) == {"b": VERSION, "c": UNLISTED, "d": MISSING}


def test_what_is_protected_stays_unless_it_is_listed():
    present = [installed("pip", "1.0")]
    assert reasons([], present, frozenset({"pip"})) == {}
    assert reasons([Pin("pip", "2.0")], present, frozenset({"pip"})) == {"pip": VERSION}


def test_two_of_one_project_are_both_replaced():
    present = [installed("a", "1.0"), installed("a", "2.0")]
    plan = compare([Pin("a", "2.0")], present, frozenset(), nothing_wrong)
    assert plan.steps[0].reason == TWICE
    assert set(plan.steps[0].before) == set(present)


def test_what_shines_through_is_kept_and_never_removed():
    present = [installed("a", "1.0", changeable=False), installed("b", "1.0", changeable=False)]
    plan = compare([Pin("a", "2.0")], present, frozenset(), nothing_wrong)
    assert [(step.name, step.before) for step in plan.steps] == [("a", ())]


def test_the_judge_has_the_last_word_on_the_right_version():
    present = [installed("a", "1.0")]
    assert reasons([Pin("a", "1.0")], present, judge=lambda *_: "other hash") == {"a": "other hash"}


@pytest.mark.parametrize(
    ("version", "pinned", "same"),
    [
        ("1.0", "1.0", True),
        ("1.0", "1.0.0", True),
        ("1.0.post1", "1.0-1", True),
        ("2.0+cpu", "2.0", True),
        ("2.0", "2.0+cpu", False),
        ("2.0+cpu", "2.0+cuda", False),
        ("1.0", "1.0rc1", False),
    ],
)
def test_versions_mean_what_two_equal_signs_mean(version, pinned, same):
    assert is_version(version, pinned) is same
