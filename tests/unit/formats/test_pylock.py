"""Lock files are read strictly: every mistake is told with file, line and key."""

import pytest

from xpip.errors import RequirementError
from xpip.formats.lock_names import is_lock_name
from xpip.formats.pylock import parse_lock
from xpip.model.link import Digest
from xpip.model.source import SourceLocation

HASH = "a" * 64
HEAD = 'lock-version = "1.0"\ncreated-by = "me"\n'
WHEEL = f"""
[[packages]]
name = "app"
version = "1.0"
[[packages.wheels]]
url = "https://h.example/files/app-1.0-py3-none-any.whl"
size = 12
upload-time = 2026-01-02T03:04:05Z
hashes = {{ sha256 = "{HASH}" }}
"""


def parse(text, base="/work/project"):
    return parse_lock(text, "pylock.toml", base)[0]


def refusal(text, base="/work/project"):
    with pytest.raises(RequirementError) as caught:
        parse(text, base)
    error = caught.value
    return "\n".join((error.summary, *error.details))


@pytest.mark.parametrize(
    ("name", "is_lock"),
    [
        ("pylock.toml", True),
        ("pylock.dev.toml", True),
        ("pylock.a-b.toml", True),
        ("pylock..toml", False),
        ("pylock.a.b.toml", False),
        ("Pylock.toml", False),
        ("mypylock.toml", False),
        ("pylock.txt", False),
    ],
)
def test_lock_files_are_known_by_their_names(name, is_lock):
    assert is_lock_name(name) is is_lock


def test_a_wheel_has_all_that_the_file_says_of_it():
    package = parse(HEAD + WHEEL).packages[0]
    (wheel,) = package.wheels
    assert (package.name, package.version) == ("app", "1.0")
    assert wheel.filename == "app-1.0-py3-none-any.whl"
    assert wheel.url == "https://h.example/files/app-1.0-py3-none-any.whl"
    assert wheel.digests == (Digest("sha256", HASH),)
    assert (wheel.size, wheel.upload_time) == (12, "2026-01-02T03:04:05Z")


def test_the_tables_above_the_packages_are_read():
    lock = parse(
        HEAD + 'requires-python = ">=3.10"\nenvironments = ["os_name == \'posix\'"]\n'
        'extras = ["net"]\ndependency-groups = ["dev", "test"]\ndefault-groups = ["dev"]\n'
        "packages = []\n"
    )
    assert lock.requires_python == ">=3.10"
    assert lock.environments == ("os_name == 'posix'",)
    assert (lock.extras, lock.groups, lock.default_groups) == (("net",), ("dev", "test"), ("dev",))


def test_paths_start_from_the_folder_of_the_file():
    text = HEAD + WHEEL.replace('url = "https://h.example/files/', 'path = "../wheels/./')
    (wheel,) = parse(text).packages[0].wheels
    assert wheel.url == "file:///work/wheels/app-1.0-py3-none-any.whl"
    assert wheel.filename == "app-1.0-py3-none-any.whl"


def test_a_path_comes_before_a_url():
    text = HEAD + WHEEL.replace("size = 12", 'path = "w/app-1.0-py3-none-any.whl"')
    assert parse(text).packages[0].wheels[0].url.startswith("file:///work/project/w/")


def test_a_name_alone_is_enough_for_a_file_of_an_index():
    text = HEAD + WHEEL.replace('url = "https://h.example/files/app', 'name = "app')
    (wheel,) = parse(text).packages[0].wheels
    assert (wheel.url, wheel.filename) == ("", "app-1.0-py3-none-any.whl")


def test_direct_sources_are_read():
    text = (
        HEAD
        + f"""
[[packages]]
name = "one"
[packages.directory]
path = "libs/one"
editable = true
subdirectory = "python"

[[packages]]
name = "two"
[packages.vcs]
type = "git"
url = "https://h.example/two.git"
requested-revision = "main"
commit-id = "0123456789abcdef0123456789abcdef01234567"

[[packages]]
name = "three"
[packages.archive]
url = "https://h.example/three-2.tar.gz"
subdirectory = "src"
[packages.archive.hashes]
sha256 = "{HASH}"
"""
    )
    one, two, three = parse(text).packages
    assert one.source == SourceLocation(
        "directory", "file:///work/project/libs/one", "python", editable=True
    )
    assert two.source == SourceLocation(
        "vcs", "https://h.example/two.git", vcs="git", revision="main"
    )
    assert two.commit == "0123456789abcdef0123456789abcdef01234567"
    assert three.archive.url == "https://h.example/three-2.tar.gz"
    assert three.source.subdirectory == "src"


def test_credentials_are_taken_out_of_urls():
    text = HEAD + WHEEL.replace("https://h", "https://me:S3CR3T@h")
    lock, credentials = parse_lock(text, "pylock.toml", "/work")
    assert "S3CR3T" not in repr(lock)
    assert [(one.host, one.password) for one in credentials] == [("h.example", "S3CR3T")]


def test_keys_of_a_newer_minor_version_are_ignored():
    lock = parse(
        'lock-version = "1.7"\ncreated-by = "x"\nnew = 1\npackages = []\n[tool.x]\ny = 1\n'
    )
    assert lock.version == "1.7"


@pytest.mark.parametrize("version", ["2.0", "0.9", "2", "one", "1.x", "1.0.0", ""])
def test_other_major_versions_are_refused(version):
    assert "`lock-version`" in refusal(f'lock-version = "{version}"\npackages = 7\n')


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('created-by = "me"\n', ""), "pylock.toml: `created-by` is missing"),
        (('lock-version = "1.0"\n', ""), "pylock.toml: `lock-version` is missing"),
        (('name = "app"\n', ""), "pylock.toml:4: packages[0] `name` is missing"),
        (('"app"', "1"), "pylock.toml:4: packages[0] `name` is not a string"),
        (('name = "app"', 'name = "App"'), "`name` is not normalised"),
        (('"app"\nversion = "1.0"', '"app"\nversion = "1/0"'), "`version` is no version"),
        (('"app"\nversion = "1.0"', '"app"\nversion = 1.0'), "`version` is not a string"),
        (("size = 12", 'size = "12"'), "`wheels[0].size` is not a number of bytes"),
        (("size = 12", "size = -1"), "`wheels[0].size` is not a number of bytes"),
        (("size = 12", "size = true"), "`wheels[0].size` is not a number of bytes"),
        (("{ sha256", "{ md5"), "has no hash that is safe"),
        ((f'{{ sha256 = "{HASH}" }}', "{}"), "`wheels[0].hashes` is empty"),
        ((f'hashes = {{ sha256 = "{HASH}" }}', ""), "`wheels[0].hashes` is missing"),
        ((HASH, "xyz"), "`wheels[0].hashes.sha256` is not a hexadecimal string"),
        (("app-1.0-py3", "other-1.0-py3"), "is of another project or version"),
        (("app-1.0-py3", "app-1.1-py3"), "is of another project or version"),
        (("py3-none-any.whl", "any.whl"), "is no name of a wheel"),
        (("https://h.example", "nothing"), "`wheels[0].url` is no URL"),
        (("[[packages.wheels]]", "[packages.wheels]"), "`wheels` is not an array of tables"),
        (("[[packages.wheels]]", "[[packages.wheel]]"), "has no `wheels`, `sdist`"),
        (('"app"\nversion = "1.0"', '"app"\nmarker = 3'), "`marker` is not a string"),
        (('created-by = "me"', 'created-by = "me"\nextras = "x"'), "`extras` is not an array"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place_and_key(change, message):
    parse(HEAD + WHEEL)
    assert message in refusal((HEAD + WHEEL).replace(*change))


def test_sources_exclude_each_other():
    text = HEAD + WHEEL + '[packages.directory]\npath = "."\n'
    assert "`directory` and `wheels`, which exclude each other" in refusal(text)


def test_packages_must_be_there():
    assert refusal(HEAD) == "pylock.toml: `packages` is missing"
    assert "`packages` is not an array of tables" in refusal(HEAD + "packages = 3\n")


def test_all_mistakes_are_told_together():
    text = HEAD + WHEEL.replace('version = "1.0"', "version = 1") + WHEEL.replace("12", "-1")
    told = refusal(text)
    assert "has 2 mistakes" in told
    assert "pylock.toml:4: packages[0] (`app`)" in told
    assert "pylock.toml:13: packages[1] (`app`)" in told


@pytest.mark.parametrize("length", [60, 100, 150, 200, 250])
def test_a_file_that_is_cut_off_is_said_to_be(length):
    told = refusal((HEAD + WHEEL)[:length])
    assert "ends in the middle of something" in told or "missing" in told or "no `wheels`" in told
    assert "pylock.toml" in told


def test_what_is_no_toml_is_told_with_its_line():
    told = refusal(HEAD + "[[packages]]\nname = app\nversion = '1'\n")
    assert told.startswith("pylock.toml:4: the lock file is not valid TOML")


def test_marks_of_a_merge_are_told_with_their_line():
    told = refusal(HEAD + "<<<<<<< HEAD\n" + WHEEL + "=======\n>>>>>>> other\n")
    assert told == "pylock.toml:3: `<<<<<<< HEAD` is left over from a merge"


@pytest.mark.parametrize(
    "place",
    [
        'path = "/etc/app-1.0-py3-none-any.whl"',
        'path = "app-1.0-py3-none-any.whl"',
        'url = "file:///etc/app-1.0-py3-none-any.whl"',
    ],
)
def test_a_lock_from_a_url_may_not_use_this_machine(place):
    text = HEAD + WHEEL.replace('url = "https://h.example/files/app-1.0-py3-none-any.whl"', place)
    parse(text)
    assert "a lock file from a URL may not use" in refusal(
        text, "https://h.example/locks/pylock.toml"
    )


@pytest.mark.parametrize("place", ["../../etc", "/etc", "a/../../b", "..\\x"])
def test_sources_do_not_lead_out_of_themselves(place):
    text = (
        HEAD + f"[[packages]]\nname='x'\n[packages.directory]\npath='.'\nsubdirectory='{place}'\n"
    )
    assert "leads out of the sources" in refusal(text)


def test_revisions_do_not_pass_for_options():
    text = (
        HEAD + "[[packages]]\nname='x'\n[packages.vcs]\ntype='git'\nurl='https://h.example/x'\n"
        "commit-id='--upload-pack=touch x'\n"
    )
    assert "do not begin with `-`" in refusal(text)
