"""What has to change."""

import pytest

from xpip.model.distribution import InstalledDistribution
from xpip.model.link import IndexFile
from xpip.model.resolution import Resolution, ResolvedPackage
from xpip.planner.plan import make_plan


def wanted(name, version, **fields):
    file = IndexFile(f"{name}-{version}-py3-none-any.whl", f"https://h.example/{name}")
    return ResolvedPackage(name, version, file, "https://h.example", requested=True, **fields)


def there(name, version, folder="", **fields):
    return InstalledDistribution(
        name, version, "/site", folder or f"{name}-{version}.dist-info", **fields
    )


def plan(packages, installed, **options):
    made = make_plan(Resolution(tuple(packages)), installed, **options)
    return (
        [package.name for package in made.install],
        [distribution.info_folder for distribution in made.remove],
        [distribution.name for distribution in made.keep],
    )


def test_what_is_missing_is_installed_in_the_order_of_the_resolution():
    assert plan([wanted("b", "1"), wanted("a", "1")], []) == (["b", "a"], [], [])


def test_what_is_there_is_kept_and_what_differs_is_replaced():
    assert plan(
        [wanted("b", "2"), wanted("a", "1"), wanted("c", "1")],
        [there("c", "1"), there("b", "1"), there("a", "1"), there("other", "1")],
    ) == (["b"], ["b-1.dist-info"], ["a", "c"])


def test_an_environment_that_is_right_needs_nothing():
    made = make_plan(Resolution((wanted("a", "1"),)), [there("a", "1")])
    assert made.is_empty()


@pytest.mark.parametrize(
    ("resolved", "installed", "same"),
    [
        ("1.0", "1.0.0", True),
        ("1.0.post1", "1.0-1", True),
        ("1.0", "1.0+cpu", False),
        ("1.0", "1.0rc1", False),
        ("1.0", "not a version", False),
    ],
)
def test_versions_are_compared_by_what_they_mean(resolved, installed, same):
    assert bool(plan([wanted("a", resolved)], [there("a", installed)])[2]) is same


def test_what_was_asked_to_be_reinstalled_is():
    packages, installed = [wanted("a", "1"), wanted("b", "1")], [there("a", "1"), there("b", "1")]
    assert plan(packages, installed, reinstall=frozenset({"a"})) == (
        ["a"],
        ["a-1.dist-info"],
        ["b"],
    )


def test_two_distributions_of_one_project_are_both_replaced():
    assert plan([wanted("a", "1")], [there("a", "1"), there("a", "2")]) == (
        ["a"],
        ["a-1.dist-info", "a-2.dist-info"],
        [],
    )


def test_what_only_shines_through_from_the_base_is_hidden_and_not_removed():
    base = there("a", "1", changeable=False)
    assert plan([wanted("a", "2")], [base]) == (["a"], [], [])
    assert plan([wanted("a", "1")], [base]) == ([], [], ["a"])
    assert plan([wanted("a", "1")], [base], reinstall=frozenset({"a"})) == (["a"], [], [])


def test_a_direct_reference_is_kept_only_when_it_is_known_to_be_the_same():
    package, distribution = wanted("a", "1", direct=True), there("a", "1")
    assert plan([package], [distribution])[0] == ["a"]
    assert plan([package], [distribution], is_from=lambda *_: True)[2] == ["a"]
    assert plan([package], [distribution], is_from=lambda *_: False)[0] == ["a"]


def test_legacy_distributions_are_replaced_like_others():
    assert plan([wanted("a", "2")], [there("a", "1", "a-1.egg-info", legacy=True)]) == (
        ["a"],
        ["a-1.egg-info"],
        [],
    )
