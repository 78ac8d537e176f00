"""Versions, specifiers, markers and positions in a universe against `packaging`."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st
from packaging.markers import Marker as PackagingMarker
from packaging.specifiers import InvalidSpecifier
from packaging.specifiers import SpecifierSet as PackagingSpecifierSet
from packaging.version import InvalidVersion
from packaging.version import Version as PackagingVersion

from xpip.model.marker import Marker
from xpip.model.specifier import SpecifierSet
from xpip.model.version import Version, read
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


pieces = st.sampled_from(
    ["1", "0", "00", "01", "2.0", "1.0.0", ".", "-", "_", "a", "b", "c", "rc", "alpha", "beta",
     "pre", "preview", "post", "rev", "r", "dev", "+", "!", "v", "V", "RC", "abc", "1!", ".post1",
     ".dev1", "a1", "rc2", "-1", "+l.1", "+ubuntu-1", "\u017f", "\u0663"]
)  # fmt: skip
texts_like_versions = st.one_of(
    versions, st.lists(st.one_of(pieces, st.just(" ")), max_size=7).map("".join)
)


def as_packaging(text):
    try:
        return PackagingVersion(text)
    except InvalidVersion:
        return None


@settings(max_examples=3000, deadline=None, print_blob=True)
@given(texts_like_versions)
def test_a_version_has_the_parts_that_packaging_sees(text):
    """What is valid, the normal form and every part are the same."""
    expected, found = as_packaging(text), read(text)
    assert (found is None) == (expected is None)
    if expected is None:
        return
    version = Version(text)
    assert str(version) == str(expected)
    for part in (
        "epoch",
        "release",
        "pre",
        "post",
        "dev",
        "local",
        "public",
        "is_prerelease",
        "major",
    ):
        assert getattr(version, part) == getattr(expected, part), part


@settings(max_examples=3000, deadline=None, print_blob=True)
@given(versions, versions)
def test_keys_have_the_order_of_versions(first, second):
    """Comparing two keys gives what comparing two versions gives."""
    ours = Version(first), Version(second)
    theirs = PackagingVersion(first), PackagingVersion(second)
    assert (ours[0] < ours[1]) == (theirs[0] < theirs[1])
    assert (ours[0] == ours[1]) == (theirs[0] == theirs[1])
    assert (ours[0] >= ours[1]) == (theirs[0] >= theirs[1])


odd_parts = st.one_of(
    parts,
    st.tuples(
        st.sampled_from(["==", "!=", ">=", "<=", "<", ">", "~=", "===", "=", "= ="]),
        st.sampled_from(["", " ", "v"]),
        texts_like_versions,
        st.sampled_from(["", "", ".*", " ", ";"]),
    ).map("".join),
)


@settings(max_examples=3000, deadline=None, print_blob=True)
@example("==1 .*", ["1.0"])
@example("==0.dev0,==0a0,==0.0a0", ["0"])
@given(st.lists(odd_parts, max_size=3).map(",".join), st.lists(versions, min_size=1, max_size=6))
def test_a_specifier_admits_what_packaging_admits(text, texts):
    """Validity, text, pre-releases and what is contained are the same."""
    try:
        expected = PackagingSpecifierSet(text)
    except InvalidSpecifier:
        expected = None
    try:
        found = SpecifierSet(text)
    except ValueError:
        found = None
    assert (found is None) == (expected is None)
    if found is None or expected is None:
        return
    assert str(found) == str(expected)
    assert found.names_prerelease == bool(expected.prereleases)
    for version in texts:
        admitted = expected.contains(PackagingVersion(version), prereleases=True)
        assert found.contains(Version(version)) == admitted, version


ENVIRONMENT = {
    "implementation_name": "cpython",
    "implementation_version": "3.11.7",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_release": "6.1.0-13-amd64",
    "platform_system": "Linux",
    "platform_version": "1",
    "python_full_version": "3.11.7",
    "python_version": "3.11",
    "sys_platform": "linux",
}
variables = st.sampled_from(
    [*ENVIRONMENT, "os.name", "python_implementation", "extra", "extra", "extras", "unknown"]
)
literals = st.sampled_from(
    ["'3.8'", '"3.11"', "'3.*'", "'linux'", '"win32 linux"', "''", "'Foo_Bar'", "'3.8,3.9'",
     "'a\"b'", '"3.11.7"', "'x\\\\y'", "' 3.8'", "'6.1'"]
)  # fmt: skip
operators = st.sampled_from(["==", "!=", "<=", ">=", "<", ">", "~=", "===", "in", "not in"])
comparisons = st.one_of(
    st.tuples(variables, operators, literals).map(" ".join),
    st.tuples(literals, operators, variables).map(" ".join),
)
conditions = st.recursive(
    comparisons,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([" and ", " or "]), inner).map("".join),
        inner.map("({})".format),
    ),
    max_leaves=5,
)


@settings(max_examples=3000, deadline=None, print_blob=True)
@given(conditions, st.sampled_from(["", "foo-bar", "x"]))
def test_a_marker_means_what_it_means_to_packaging(text, extra):
    """Validity, text and verdict are the same, an error being a verdict too."""
    try:
        expected = PackagingMarker(text)
    except ValueError:
        expected = None
    try:
        found = Marker(text)
    except ValueError:
        found = None
    assert (found is None) == (expected is None)
    if found is None or expected is None:
        return
    environment = {**ENVIRONMENT, "extra": extra}
    assert str(found) == str(expected)
    assert verdict(lambda: found.holds(environment)) == verdict(
        lambda: expected.evaluate(environment)
    )


def verdict(evaluate):
    try:
        return evaluate()
    except (ValueError, KeyError):
        return "error"


@settings(max_examples=400, deadline=None, print_blob=True)
@given(st.lists(versions, max_size=12), specifiers)
def test_set_of_agrees_with_packaging(texts, specifier_text):
    """A set made by binary search holds exactly the versions that `packaging` admits."""
    universe = Universe([], others=map(Version, texts))
    try:
        specifier = PackagingSpecifierSet(specifier_text)
    except InvalidSpecifier:
        return
    found = universe.set_of(SpecifierSet(specifier_text))
    members = {str(universe.version(member)) for member in universe.members(found)}
    expected = {
        str(version)
        for version in universe.versions
        if specifier.contains(PackagingVersion(str(version)), prereleases=True)
    }
    assert members == expected
