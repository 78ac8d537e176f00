"""What a lock file has installed on a target: PEP 751's algorithm, compared with packaging's."""

import itertools
import random

import pytest

from xpip.errors import RequirementError
from xpip.model.lock import LockWish
from xpip.model.options import SelectionPolicy
from xpip.model.target import Target
from xpip.operations.locked import read_lock

HASH = "a" * 64
HEAD = 'lock-version = "1.0"\ncreated-by = "me"\n'
MARKERS = {
    "implementation_name": "cpython",
    "implementation_version": "3.11.7",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_release": "",
    "platform_system": "Linux",
    "platform_version": "",
    "python_full_version": "3.11.7",
    "python_version": "3.11",
    "sys_platform": "linux",
}
TAGS = (
    "cp311-cp311-manylinux_2_28_x86_64",
    "cp311-cp311-manylinux_2_17_x86_64",
    "cp311-abi3-manylinux_2_17_x86_64",
    "py3-none-any",
)
TARGET = Target("3.11.7", "cpython", tuple(sorted(MARKERS.items())), TAGS)


def package(name="app", version="1.0", *, fields="", tags=("py3-none-any",), sdist=False):
    lines = [f'[[packages]]\nname = "{name}"\nversion = "{version}"\n{fields}\n']
    if sdist:
        lines.append(
            f'sdist = {{ url = "https://h.example/{name}-{version}.tar.gz",'
            f' hashes = {{ sha256 = "{HASH}" }} }}\n'
        )
    lines.extend(
        f'[[packages.wheels]]\nurl = "https://h.example/{name}-{version}-{tag}.whl"\n'
        f'hashes = {{ sha256 = "{HASH}" }}\n'
        for tag in tags
    )
    return "".join(lines)


def read(text, target=TARGET, **wish):
    wish = LockWish(**wish)
    return read_lock("pylock.toml", text.encode(), target, "/work", wish).resolution


def names(text, **wish):
    return [one.name for one in read(HEAD + text, **wish).packages]


def filename(text, **wish):
    (one,) = read(HEAD + text, **wish).packages
    return one.file.filename


def refusal(text, **wish):
    with pytest.raises(RequirementError) as caught:
        read(text, **wish)
    return "\n".join((caught.value.summary, *caught.value.details))


def test_what_is_installed_has_its_file_and_hashes():
    (one,) = read(HEAD + package()).packages
    assert (one.name, one.version, one.requested, one.direct) == ("app", "1.0", True, False)
    assert one.file.digest("sha256") == HASH


def test_extras_and_groups_are_off_by_default():
    text = 'extras = ["net"]\ndependency-groups = ["dev"]\n' + "".join(
        (
            package("base"),
            package("http", fields="marker = \"'net' in extras\""),
            package("tests", fields="marker = \"'dev' in dependency_groups\""),
            package("both", fields="marker = \"'net' in extras or 'dev' in dependency_groups\""),
            package("odd", fields="marker = \"'net' not in extras and python_version >= '3'\""),
        )
    )
    assert names(text) == ["base", "odd"]
    assert names(text, extras=("net",)) == ["base", "http", "both"]
    assert names(text, all_extras=True) == ["base", "http", "both"]
    assert names(text, groups=("dev",)) == ["base", "tests", "both", "odd"]
    assert names(text, groups=("Dev",), extras=("net",)) == ["base", "http", "tests", "both"]


def test_default_groups_are_on_until_others_are_named():
    text = 'dependency-groups = ["dev", "docs"]\ndefault-groups = ["dev"]\n' + "".join(
        package(name, fields=f"marker = \"'{name}' in dependency_groups\"")
        for name in ("dev", "docs")
    )
    assert names(text) == ["dev"]
    assert names(text, groups=("docs",)) == ["docs"]
    assert names(text, groups=()) == []


def test_unknown_extras_and_groups_are_refused():
    text = HEAD + 'extras = ["net"]\npackages = []\n'
    assert "has no extra `nett`; it has `net`" in refusal(text, extras=("nett",))
    assert "has no dependency group `dev`; it has none" in refusal(text, groups=("dev",))


def test_the_best_wheel_for_the_target_is_taken():
    tags = ["py3-none-any", *TAGS[1:3], "cp310-cp310-manylinux_2_17_x86_64", "cp311-cp311-win32"]
    for order in itertools.permutations(tags):
        assert filename(package(tags=order)) == f"app-1.0-{TAGS[1]}.whl"


def test_the_highest_build_of_equal_wheels_is_taken():
    for order in itertools.permutations(("1-py3-none-any", "12-py3-none-any", "2a-py3-none-any")):
        assert filename(package(tags=order)) == "app-1.0-12-py3-none-any.whl"


def test_the_source_archive_is_taken_where_no_wheel_fits():
    text = package(tags=("cp39-cp39-win32",), sdist=True)
    assert filename(text) == "app-1.0.tar.gz"
    no_sources = SelectionPolicy(only_binary=frozenset((":all:",)))
    assert "has no file that can be installed here" in refusal(HEAD + text, policy=no_sources)


def test_no_binary_prefers_the_source_archive():
    text = package(sdist=True)
    assert filename(text) == "app-1.0-py3-none-any.whl"
    assert filename(text, policy=SelectionPolicy(no_binary=frozenset(("app",)))) == "app-1.0.tar.gz"


def test_a_project_without_a_file_for_the_target_is_an_error():
    told = refusal(HEAD + package(tags=("cp39-cp39-win32",)))
    assert "packages[0] (`app`) has no file" in told
    assert "it has: app-1.0-cp39-cp39-win32.whl" in told


def test_two_versions_of_a_project_are_ambiguous_unless_markers_tell_them_apart():
    assert "`app` is there more than once" in refusal(HEAD + package() + package(version="2.0"))
    told_apart = package(fields="marker = \"python_version < '3.10'\"") + package(
        version="2.0", fields="marker = \"python_version >= '3.10'\""
    )
    assert [one.version for one in read(HEAD + told_apart).packages] == ["2.0"]


@pytest.mark.parametrize(
    ("specifier", "fits"),
    [
        (">=3.9", True), (">=3.11.7", True), (">=3.11.8", False), ("<3.11", False), ("<4", True),
        (">=3.9, !=3.11.*", False), ("!=3.9.*,>=3.8", True), ("==3.11.*", True), ("==3.11", False),
        ("~=3.10", True), (">3.11", True), ("<=3.11", False), ("===3.11.7", True), ("", True),
        ("==3.*", True), (">=3.11.0rc1", True),
    ],
)  # fmt: skip
def test_requires_python_of_the_file_and_of_packages_counts(specifier, fits):
    for text in (
        HEAD + f'requires-python = "{specifier}"\n' + package(),
        HEAD + package(fields=f'requires-python = "{specifier}"'),
    ):
        if fits:
            assert len(read(text).packages) == 1
        else:
            assert f"Python {specifier}, not" in refusal(text)
        anyway = SelectionPolicy(ignore_requires_python=True)
        assert len(read(text, policy=anyway).packages) == 1


def test_one_of_the_environments_must_be_this_one():
    windows = HEAD + "environments = [\"sys_platform == 'win32'\"]\n" + package()
    assert read(windows.replace("]", ", \"os_name == 'posix'\"]", 1)).packages
    told = refusal(windows)
    assert "for other environments" in told
    assert "it is for: sys_platform == 'win32'" in told


def test_environments_know_no_extras():
    told = refusal(HEAD + "environments = [\"'net' in extras\"]\n" + package())
    assert "a marker of the lock file cannot be evaluated" in told


def test_a_marker_that_makes_no_sense_is_an_error():
    assert "cannot be evaluated" in refusal(HEAD + package(fields='marker = "what == 1"'))


def test_a_newer_minor_version_is_warned_of():
    text = HEAD.replace("1.0", "1.3") + package()
    assert read(text).warnings == (
        "`pylock.toml` has lock-version 1.3, and only 1.0 is understood",
    )
    assert read(HEAD + package()).warnings == ()


def test_direct_sources_are_direct():
    text = (
        HEAD
        + f"""
[[packages]]
name = "one"
directory = {{ path = "one", editable = true }}
[[packages]]
name = "two"
version = "3"
vcs = {{ type = "git", url = "https://h.example/two.git", commit-id = "abc123" }}
[[packages]]
name = "three"
archive = {{ url = "https://h.example/three-2-py3-none-any.whl", hashes = {{ sha256 = "{HASH}" }} }}
"""
    )
    one, two, three = read(text).packages
    assert one.direct
    assert one.source.editable
    assert one.file.url == "file:///work/one"
    assert (two.source.revision, two.version) == ("abc123", "3")
    assert two.file.url == "git+https://h.example/two.git@abc123"
    assert (three.source, three.version) == (None, "2")
    assert three.file.digest("sha256") == HASH


def random_lock(random):
    """Return the text of a lock whose markers, tags and specifiers are drawn from what occurs."""
    markers = (
        "", "", "", "'net' in extras", "'dev' in dependency_groups", "python_version >= '3.10'",
        "'net' in extras or 'dev' in dependency_groups", "sys_platform == 'win32'",
        "sys_platform == 'linux' and python_version == '3.11'", "python_full_version < '3.11.4'",
        "'net' not in extras", "platform_machine == 'x86_64' and 'net' in extras",
    )  # fmt: skip
    environments = [marker for marker in markers if marker and " in " not in marker]
    pythons = ("", "", "", ">=3.9", "<3.12", "!=3.11.*", ">=3.8,<4", ">=3.12")
    tags = (*TAGS, "cp310-cp310-manylinux_2_17_x86_64", "cp311-cp311-win32", "3-py3-none-any")
    lines = [HEAD, 'extras = ["net"]\ndependency-groups = ["dev"]\n']
    if random.random() < 0.3:
        lines.append(f'requires-python = "{random.choice(pythons)}"\n')
    if random.random() < 0.3:
        lines.append(f'environments = ["{random.choice(environments)}"]\n')
    lines.append("packages = []\n" if random.random() < 0.02 else "")
    if lines[-1]:
        return "".join(lines)
    for _ in range(random.randint(1, 4)):
        fields = ""
        if marker := random.choice(markers):
            fields += f'marker = "{marker}"\n'
        if python := random.choice(pythons):
            fields += f'requires-python = "{python}"\n'
        chosen = random.sample(tags, random.randint(0, 3))
        sdist = not chosen or random.random() < 0.3
        name = random.choice(("alpha", "beta", "gamma"))
        lines.append(package(name, random.choice("12"), fields=fields, tags=chosen, sdist=sdist))
    return "".join(lines)


@pytest.mark.parametrize("seed", range(150))
def test_packaging_selects_the_same_files(seed):
    """`packaging.pylock`, which pip uses, is the second opinion on locks drawn at random."""
    pylock = pytest.importorskip("packaging.pylock")
    if not hasattr(pylock.Pylock, "select"):
        pytest.skip("this packaging does not select yet")
    from packaging.tags import Tag

    from xpip.formats.toml_text import parse_toml

    text = random_lock(random.Random(seed))
    extras = ("net",) if seed % 2 else ()
    groups = ("dev",) if seed % 3 else ()
    theirs = pylock.Pylock.from_dict(parse_toml(text, "pylock.toml"))
    tags = [Tag(*tag.split("-")) for tag in TAGS]
    try:
        expected = [
            (one.name, file.filename)
            for one, file in theirs.select(
                environment=dict(MARKERS), tags=tags, extras=extras, dependency_groups=groups
            )
        ]
    except pylock.PylockSelectError:
        with pytest.raises(RequirementError):
            read(text, extras=extras, groups=groups)
    else:
        found = read(text, extras=extras, groups=groups).packages
        assert [(one.name, one.file.filename) for one in found] == expected
