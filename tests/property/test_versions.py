"""Positions in a universe against `packaging`, on random versions and specifiers."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

from xpip.resolver.versions import Universe

numbers = st.integers(0, 2)
releases = st.lists(numbers, min_size=1, max_size=3).map(lambda parts: ".".join(map(str, parts)))
epochs = st.sampled_from(["", "", "", "1!"])
pres = st.sampled_from(["", "", "a0", "a1", "b1", "rc1"])
posts = st.sampled_from(["", "", ".post0", ".post1", ".post20240102030405"])
devs = st.sampled_from(["", "", ".dev0", ".dev1"])
local_labels = st.sampled_from(["", "", "+1", "+abc.1"])
public = st.tuples(epochs, releases, pres, posts, devs).map("".join)
versions = st.tuples(public, local_labels).map("".join)
parts = st.one_of(
    st.tuples(st.sampled_from([">=", "<=", ">", "<"]), public).map("".join),
    st.tuples(st.sampled_from(["==", "!="]), versions).map("".join),
    st.tuples(st.sampled_from(["==", "!="]), epochs, releases, st.just(".*")).map("".join),
    st.tuples(st.just("~="), epochs, releases, st.just(".0"), pres, posts, devs).map("".join),
    st.tuples(st.just("==="), versions).map("".join),
)
specifiers = st.lists(parts, max_size=3).map(",".join)


@settings(max_examples=400, deadline=None, print_blob=True)
@given(st.lists(versions, max_size=12), specifiers)
def test_set_of_agrees_with_packaging(texts, specifier_text):
    """A set made by binary search holds exactly the versions that `packaging` admits."""
    universe = Universe([], others=map(Version, texts))
    try:
        specifier = SpecifierSet(specifier_text)
    except InvalidSpecifier:
        return
    found = universe.set_of(specifier)
    members = {universe.version(member) for member in universe.members(found)}
    expected = {
        version for version in universe.versions if specifier.contains(version, prereleases=True)
    }
    assert members == expected
