"""Sets of versions as numbers."""

from __future__ import annotations

import pytest

from xpip.model.candidate import Candidate
from xpip.model.link import IndexFile
from xpip.model.specifier import SpecifierSet
from xpip.model.version import Version
from xpip.resolver.versions import ABSENT, Universe, highest, is_pin, names_prerelease


def candidate(version, *, yanked=False, direct=False):
    file = IndexFile(f"a-{version}-py3-none-any.whl", f"https://files.example/a-{version}.whl")
    return Candidate("a", Version(version), file, "", yanked, direct)


def universe(*versions, others=()):
    return Universe([candidate(version) for version in versions], others=map(Version, others))


def admitted(found, specifier):
    members = found.members(found.set_of(SpecifierSet(specifier)))
    return [str(found.version(member)) for member in members][::-1]


ALL = ("0.9", "1.0", "1.0+x", "1.0.post1", "1.1rc1", "1.1", "2.0.dev1", "2.0rc1", "2.0", "1!0.1")


@pytest.mark.parametrize(
    ("specifier", "expected"),
    [
        ("==1.0", ["1.0", "1.0+x"]),
        ("==1.0+x", ["1.0+x"]),
        ("==1.0+y", []),
        ("!=1.0", ["0.9", "1.0.post1", "1.1rc1", "1.1", "2.0.dev1", "2.0rc1", "2.0", "1!0.1"]),
        ("<2", ["0.9", "1.0", "1.0+x", "1.0.post1", "1.1rc1", "1.1"]),
        ("<2.0rc1", ["0.9", "1.0", "1.0+x", "1.0.post1", "1.1rc1", "1.1", "2.0.dev1"]),
        ("<=1.0", ["0.9", "1.0", "1.0+x"]),
        (">1.0", ["1.1rc1", "1.1", "2.0.dev1", "2.0rc1", "2.0", "1!0.1"]),
        (">=1.0,<1.1", ["1.0", "1.0+x", "1.0.post1"]),
        ("==1.*", ["1.0", "1.0+x", "1.0.post1", "1.1rc1", "1.1"]),
        ("!=1.*", ["0.9", "2.0.dev1", "2.0rc1", "2.0", "1!0.1"]),
        ("~=1.0", ["1.0", "1.0+x", "1.0.post1", "1.1rc1", "1.1"]),
        ("===1.0+x", ["1.0+x"]),
        ("===1", []),
        ("==1!0.1", ["1!0.1"]),
        ("", list(ALL)),
    ],
)
def test_specifiers_admit_what_pep_440_says(specifier, expected):
    assert admitted(universe(*ALL), specifier) == expected


def test_absent_is_in_full_and_in_no_set_of_versions():
    found = universe("1.0", "2.0")
    assert found.full & ABSENT
    assert not found.any_version & ABSENT
    assert not found.set_of(SpecifierSet("")) & ABSENT


def test_versions_without_candidate_are_known_and_not_usable():
    found = universe("1.0", others=("2.0", "1.0"))
    assert [str(version) for version in found.versions] == ["1.0", "2.0"]
    assert found.usable == found.set_of(SpecifierSet("==1.0"))


def test_at_finds_a_version_by_any_spelling():
    found = universe("1.0", "2.0")
    assert found.at("1") == found.set_of(SpecifierSet("==1.0"))
    assert found.at("3") == 0
    assert found.at("not a version") == 0


def test_direct_candidate_beside_the_same_version_of_an_index():
    found = Universe([candidate("1.0"), candidate("1.0", direct=True)], ["https://x/a.whl"])
    by_reference = found.from_url("https://x/a.whl")
    assert by_reference == found.direct
    assert found.candidate(by_reference).direct
    assert found.set_of(SpecifierSet("==1.0")) == found.any_version
    assert found.from_url("https://y/a.whl") == 0


@pytest.mark.parametrize(
    ("specifier", "text"),
    [
        ("", ""),
        ("==1.1", "1.1"),
        ("<=1.1", "<=1.1"),
        (">=1.1", ">=1.1"),
        ("!=1.1", "1.0 or >=1.2"),
        (">=1.1,<=1.2", ">=1.1,<=1.2"),
    ],
)
def test_describe_writes_runs_as_a_person_would(specifier, text):
    found = universe("1.0", "1.1", "1.2", "1.3")
    assert found.describe(found.set_of(SpecifierSet(specifier))) == text


def test_describe_joins_runs_over_versions_that_may_not_be_chosen():
    found = universe("1.0", "1.2", "1.3", others=("1.1",))
    assert found.describe(found.set_of(SpecifierSet("!=1.1,<1.3"))) == "<=1.2"


def test_describe_counts_what_is_too_much_to_list():
    found = universe(*(f"1.{number}" for number in range(12)))
    even = found.set_of(SpecifierSet(",".join(f"!=1.{number}" for number in range(1, 12, 2))))
    assert found.describe(even) == "1.0 or 1.2 or 1.4 or 1.6 or 2 more ranges"


def test_highest_is_the_top_version_alone():
    found = universe("1.0", "2.0")
    assert str(found.version(highest(found.any_version))) == "2.0"


@pytest.mark.parametrize(
    ("specifier", "expected"),
    [(">=1.0a1", True), ("!=1.0a1", False), (">=1.0.post1", False), ("<2", False), ("", False)],
)
def test_names_prerelease(specifier, expected):
    assert names_prerelease(SpecifierSet(specifier), specifier) is expected


@pytest.mark.parametrize(
    ("specifier", "expected"),
    [("==1.0", True), ("===1.0", True), ("==1.*", False), (">=1,==1.2", True), (">=1", False)],
)
def test_is_pin(specifier, expected):
    assert is_pin(SpecifierSet(specifier)) is expected
