"""The order in which versions of a project are tried."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.resolver.releases import Release, Releases, sourced
from xpip.resolver.attempt import Attempt
from xpip.resolver.facts import Facts, NeedCandidates
from xpip.resolver.package_table import References
from xpip.resolver.problem import Problem

VERSIONS = ("0.9", "1.0", "1.1rc1", "1.1", "1.2.dev1", "1.2", "2.0a1", "2.0")


def attempt_for(groups, yanked, **options):
    releases = Releases(
        {
            "a": {
                version: Release(group=group, yanked="bad" if bad else None)
                for version, group, bad in zip(VERSIONS, groups, yanked, strict=True)
            }
        }
    )
    facts = Facts()
    problem = Problem(sourced("a"), **options)
    attempt = Attempt(problem, facts, References(problem), explaining=False)
    releases.answer(NeedCandidates("a"), facts)
    return attempt


@settings(max_examples=300, deadline=None, print_blob=True)
@given(
    st.lists(st.integers(0, 2), min_size=8, max_size=8),
    st.lists(st.sampled_from([False, False, True]), min_size=8, max_size=8),
    st.sampled_from(["", "1.1", "1.2.dev1", "9"]),
    st.booleans(),
    st.sampled_from([frozenset(), frozenset(("a",))]),
    st.integers(0, (1 << 9) - 1),
)
def test_all_at_once_is_the_order_of_one_after_the_other(
    groups, yanked, preferred, pre, lowest, among
):
    """`in_order` yields what `choice` gives while each answer is taken away."""
    preferences = {"a": preferred} if preferred else {}
    attempt = attempt_for(groups, yanked, preferences=preferences, pre=pre, lowest=lowest)
    package = attempt.table.package("a")
    rest = among & package.universe.any_version
    expected = []
    while rest:
        version = attempt.priority.choice(package, rest)
        if not version:
            break
        expected.append(version)
        rest ^= version
    assert list(attempt.priority.in_order(package, among)) == expected
