"""Which files of a project may be installed, and why not the others."""

import time

import pytest

from xpip.model.candidate import Rejection
from xpip.model.link import Digest, IndexFile, IndexPage
from xpip.model.options import SelectionPolicy
from xpip.model.target import Target
from xpip.selection.rules import NoUploadTime, judge

INDEX = "https://index.example/simple"
A = "a" * 64
B = "b" * 64
TAGS = (
    "cp311-cp311-manylinux_2_17_x86_64",
    "cp311-cp311-manylinux2014_x86_64",
    "cp311-abi3-manylinux_2_17_x86_64",
    "cp311-none-any",
    "py311-none-any",
    "py3-none-any",
)
TARGET = Target("3.11.7", "cpython", (), TAGS)
DEFAULT = SelectionPolicy()


def file(filename, sha256="", **fields):
    digests = (Digest("sha256", sha256),) if sha256 else ()
    return IndexFile(filename, f"https://files.example/{filename}", digests, **fields)


def page(*files, index_url=INDEX):
    return IndexPage("foo", index_url, tuple(file(f) if isinstance(f, str) else f for f in files))


def chosen(*files, policy=DEFAULT, target=TARGET, hashes=None):
    found = judge([page(*files)], target, policy, hashes or {})
    return [candidate.file.filename for candidate in found.candidates]


def rejected(*files, policy=DEFAULT, target=TARGET, hashes=None):
    found = judge([page(*files)], target, policy, hashes or {})
    return [(item.filename, item.version, item.rejection) for item in found.rejected]


def test_candidates_are_sorted_by_version_and_not_by_text():
    found = judge(
        [
            page(
                *(
                    f"foo-{v}-py3-none-any.whl"
                    for v in ("1.10", "1.9", "1!0.1", "1.10rc1", "1.10.post1", "0.2+x", "0.2")
                )
            )
        ],
        TARGET,
        DEFAULT,
    )
    assert [str(candidate.version) for candidate in found.candidates] == [
        "0.2", "0.2+x", "1.9", "1.10rc1", "1.10", "1.10.post1", "1!0.1",
    ]  # fmt: skip
    assert found.found
    assert found.indexes == (INDEX,)
    assert {candidate.project for candidate in found.candidates} == {"foo"}
    assert {candidate.index_url for candidate in found.candidates} == {INDEX}


@pytest.mark.parametrize(
    ("best", "other"),
    [
        ("foo-1-cp311-cp311-manylinux_2_17_x86_64.whl", "foo-1-py3-none-any.whl"),
        ("foo-1-py311-none-any.whl", "foo-1-py3-none-any.whl"),
        ("foo-1-cp38-abi3-any.cp311-abi3-manylinux_2_17_x86_64.whl", "foo-1-py3-none-any.whl"),
        ("foo-1-2-py3-none-any.whl", "foo-1-py3-none-any.whl"),
        ("foo-1-10-py3-none-any.whl", "foo-1-9-py3-none-any.whl"),
        ("foo-1-1b-py3-none-any.whl", "foo-1-1a-py3-none-any.whl"),
        ("foo-1-cp311-none-any.whl", "foo-1-99-py3-none-any.whl"),
    ],
)
def test_the_best_file_of_a_version_has_the_best_tag_and_then_the_highest_build(best, other):
    best = best.replace("cp38-abi3-any.cp311-abi3-", "cp38.cp311-abi3-")
    assert chosen(best, other) == [best]
    assert chosen(other, best) == [best]


def test_of_equal_files_the_first_page_has_the_one_to_use():
    links = page(file("foo-1-py3-none-any.whl"), index_url="/wheels")
    index = page(file("foo-1-py3-none-any.whl"))
    found = judge([links, index], TARGET, DEFAULT)
    assert [candidate.index_url for candidate in found.candidates] == ["/wheels"]
    assert found.indexes == ("/wheels", INDEX)


def test_two_spellings_of_a_version_are_one_version_spelled_as_its_file():
    found = judge(
        [page("foo-1.0-py3-none-any.whl", "foo-1.0.0-py311-none-any.whl")], TARGET, DEFAULT
    )
    (candidate,) = found.candidates
    assert (str(candidate.version), candidate.file.filename) == (
        "1.0.0",
        "foo-1.0.0-py311-none-any.whl",
    )


def test_wheels_for_other_platforms_are_rejected_with_their_tags():
    assert rejected("foo-1-cp38-cp38-win_amd64.whl", "foo-2-py3-none-win32.win_amd64.whl") == [
        ("foo-1-cp38-cp38-win_amd64.whl", "1", Rejection("tags", "cp38-cp38-win_amd64")),
        ("foo-2-py3-none-win32.win_amd64.whl", "2", Rejection("tags", "py3-none-win32.win_amd64")),
    ]


def test_versions_for_other_pythons_are_rejected_with_their_specifier():
    name = "foo-1-py3-none-any.whl"
    assert rejected(file(name, requires_python=">=3.12")) == [
        (name, "1", Rejection("requires-python", ">=3.12"))
    ]
    assert rejected(file(name, requires_python="<3.11")) == [
        (name, "1", Rejection("requires-python", "<3.11"))
    ]
    assert chosen(file(name, requires_python=">=3.8,<3.12")) == [name]


@pytest.mark.parametrize("text", ["", "nonsense", ">=3.6.*", ">=1." + "9" * 5000])
def test_requires_python_that_cannot_be_parsed_admits_all(text):
    assert chosen(file("foo-1-py3-none-any.whl", requires_python=text))


def test_requires_python_can_be_ignored():
    policy = SelectionPolicy(ignore_requires_python=True)
    assert chosen(file("foo-1-py3-none-any.whl", requires_python=">=4"), policy=policy)


@pytest.mark.parametrize("python", ["3.15.0b1", "3.15.0rc2+", "3.15.0a7+dirty", "3.15.0"])
def test_a_prerelease_interpreter_counts_as_its_release(python):
    target = Target(python, "cpython", (), TAGS)
    assert chosen(file("foo-1-py3-none-any.whl", requires_python=">=3.15"), target=target)
    assert not chosen(file("foo-1-py3-none-any.whl", requires_python="<3.15"), target=target)


def test_yanked_files_stay_candidates_that_say_so():
    found = judge(
        [page(file("foo-1-py3-none-any.whl", yanked=""), "foo-2-py3-none-any.whl")], TARGET, DEFAULT
    )
    assert [candidate.yanked for candidate in found.candidates] == [True, False]
    assert found.rejected == ()


def test_a_version_is_yanked_only_when_all_its_files_are():
    yanked = file("foo-1-cp311-none-any.whl", yanked="bad")
    assert chosen(yanked, "foo-1-py3-none-any.whl") == ["foo-1-py3-none-any.whl"]
    assert chosen(yanked, file("foo-1-py3-none-any.whl", yanked="bad")) == [
        "foo-1-cp311-none-any.whl"
    ]


def test_sdists_are_no_wheels():
    assert rejected("foo-0.1.tar.gz") == [("foo-0.1.tar.gz", "0.1", Rejection("no-wheel"))]


@pytest.mark.parametrize(
    ("filename", "version", "kind", "detail"),
    [
        ("bar-1-py3-none-any.whl", "1", "other-project", ""),
        ("foo_bar-1-py3-none-any.whl", "1", "other-project", ""),
        ("foo-2-2.tar.gz", "", "other-project", ""),
        ("bar-1.tar.gz", "", "other-project", ""),
        ("foo-1-py3-none.whl", "", "name", ""),
        ("foo-..%2f-py3-none-any.whl", "", "name", ""),
        ("foo-1.x-py3-none-any.whl", "1.x", "name", "1.x"),
        ("foo-1.0_1-py3-none-any.whl", "1.0_1", "name", "1.0_1"),
        ("foo-1." + "9" * 300 + "-py3-none-any.whl", "1." + "9" * 300, "name", "1." + "9" * 300),
        ("foo-1-py2.7.egg", "", "format", "egg"),
        ("foo-1.win32.exe", "", "format", "exe"),
        ("readme", "", "format", ""),
    ],
)
def test_other_files_are_rejected_with_the_reason(filename, version, kind, detail):
    (item,) = rejected(filename)
    assert item == (filename, version, Rejection(kind, detail))


def test_rejected_files_come_in_page_order():
    names = ["foo-2.tar.gz", "bar-1.zip", "foo-1-cp27-cp27m-win32.whl", "foo-1.tar.gz"]
    assert [item[0] for item in rejected(*names)] == names


@pytest.mark.parametrize(
    ("no_binary", "only_binary", "usable"),
    [
        ((), (), True),
        (("foo",), (), False),
        ((":all:",), (), False),
        ((":all:",), ("foo",), True),
        (("foo",), (":all:",), False),
        (("bar",), (), True),
        ((), (":all:",), True),
    ],
)
def test_no_binary_refuses_wheels_and_a_name_says_more_than_all(no_binary, only_binary, usable):
    policy = SelectionPolicy(no_binary=frozenset(no_binary), only_binary=frozenset(only_binary))
    name = "foo-1-py3-none-any.whl"
    assert bool(chosen(name, policy=policy)) is usable
    if not usable:
        assert rejected(name, policy=policy) == [(name, "1", Rejection("no-binary"))]


def test_files_with_another_hash_than_allowed_are_rejected_with_theirs():
    good, bad = file("foo-1-py3-none-any.whl", A), file("foo-2-py3-none-any.whl", B)
    hashes = {"foo": frozenset({f"sha256:{A}"})}
    assert chosen(good, bad, hashes=hashes) == ["foo-1-py3-none-any.whl"]
    assert rejected(good, bad, hashes=hashes) == [
        ("foo-2-py3-none-any.whl", "2", Rejection("hash", f"sha256:{B}, allowed: sha256:{A}"))
    ]


def test_a_file_whose_hash_cannot_be_compared_is_looked_at_later():
    hashes = {"foo": frozenset({f"sha256:{A}"})}
    md5 = IndexFile("foo-2-py3-none-any.whl", "u", (Digest("md5", "c" * 32),))
    policy = SelectionPolicy(require_hashes=True)
    assert len(chosen("foo-1-py3-none-any.whl", md5, hashes=hashes, policy=policy)) == 2


def test_one_right_hash_does_not_excuse_a_wrong_one():
    both = IndexFile("foo-1-py3-none-any.whl", "u", (Digest("sha256", B), Digest("sha512", A)))
    assert not chosen(both, hashes={"foo": frozenset({f"sha256:{A}", f"sha512:{A}"})})


def test_where_hashes_are_required_a_project_without_any_has_no_usable_file():
    policy = SelectionPolicy(require_hashes=True)
    assert rejected(
        file("foo-1-py3-none-any.whl", A), policy=policy, hashes={"bar": {"sha256:" + A}}
    ) == [("foo-1-py3-none-any.whl", "1", Rejection("hash", f"sha256:{A}"))]


def test_hashes_of_other_projects_do_not_matter():
    assert chosen(file("foo-1-py3-none-any.whl", A), hashes={"bar": frozenset({f"sha256:{B}"})})


def test_a_project_whose_page_is_empty_is_known_all_the_same():
    found = judge([page()], TARGET, DEFAULT)
    assert (found.found, found.candidates, found.rejected) == (True, (), ())


def test_a_long_page_takes_a_moment():
    files = [
        f"foo-{major}.{minor}-cp{python}-cp{python}-{platform}.whl"
        for major in range(10)
        for minor in range(10)
        for python in (38, 39, 310, 311, 312, 313, 314)
        for platform in (
            "manylinux_2_17_x86_64.manylinux2014_x86_64",
            "win_amd64",
            "macosx_11_0_arm64",
        )
    ]
    started = time.perf_counter()
    found = judge([page(*files)], TARGET, DEFAULT)
    assert time.perf_counter() - started < 1
    assert len(found.candidates) == 100
    assert len(found.rejected) == 2000


class TestUploadTimes:
    LIMIT = 1_767_225_600.0  # 2026-01-01T00:00:00Z

    def old(self, version="1", **fields):
        return file(f"foo-{version}-py3-none-any.whl", upload_time="2025-12-31T23:59:59Z", **fields)

    def new(self, version="2"):
        return file(f"foo-{version}-py3-none-any.whl", upload_time="2026-01-01T00:00:00.000Z")

    def test_only_files_from_before_the_limit_count(self):
        policy = SelectionPolicy(uploaded_before=self.LIMIT)
        assert chosen(self.old(), self.new(), policy=policy) == ["foo-1-py3-none-any.whl"]
        assert rejected(self.old(), self.new(), policy=policy) == [
            (
                "foo-2-py3-none-any.whl",
                "2",
                Rejection("uploaded-after", "2026-01-01T00:00:00.000Z"),
            )
        ]

    @pytest.mark.parametrize(
        ("general", "own", "expected"),
        [
            (LIMIT, None, ["foo-1-py3-none-any.whl", "foo-2-py3-none-any.whl"]),
            (None, LIMIT, ["foo-1-py3-none-any.whl"]),
            (LIMIT, LIMIT + 1, ["foo-1-py3-none-any.whl", "foo-2-py3-none-any.whl"]),
        ],
    )
    def test_what_is_said_of_the_project_outranks_the_general_limit(self, general, own, expected):
        policy = SelectionPolicy(uploaded_before=general, uploaded_before_packages=(("foo", own),))
        assert chosen(self.old(), self.new(), policy=policy) == expected

    def test_an_index_without_upload_times_is_an_error(self):
        with pytest.raises(NoUploadTime) as caught:
            chosen("foo-1-py3-none-any.whl", policy=SelectionPolicy(uploaded_before=self.LIMIT))
        assert INDEX in caught.value.summary
        assert "does not state when `foo-1-py3-none-any.whl` was uploaded" in caught.value.summary

    def test_a_file_that_does_not_count_anyway_needs_no_upload_time(self):
        policy = SelectionPolicy(uploaded_before=self.LIMIT)
        assert chosen(self.old(), "foo-2-cp39-cp39-win32.whl", policy=policy) == [
            "foo-1-py3-none-any.whl"
        ]

    def test_files_of_this_machine_and_direct_references_have_no_limit(self):
        policy = SelectionPolicy(uploaded_before=self.LIMIT)
        local = IndexFile("foo-1-py3-none-any.whl", "file:///links/foo-1-py3-none-any.whl")
        assert judge([page(local)], TARGET, policy).candidates
        direct = file("foo-1-py3-none-any.whl")
        assert judge([page(direct, index_url="")], TARGET, policy).candidates


class TestPrereleases:
    FILES = ("foo-1.0-py3-none-any.whl", "foo-2.0rc1-py3-none-any.whl", "foo-2.0.dev1-py3-none-any.whl")  # fmt: skip
    FINAL = ("foo-1.0-py3-none-any.whl",)

    @pytest.mark.parametrize("only_final", ["foo", ":all:"])
    def test_a_project_that_is_to_be_final_has_no_pre_releases(self, only_final):
        policy = SelectionPolicy(only_final=frozenset((only_final,)))
        assert chosen(*self.FILES, policy=policy) == list(self.FINAL)

    def test_a_name_says_more_than_all(self):
        policy = SelectionPolicy(only_final=frozenset((":all:",)), all_releases=frozenset(("foo",)))
        assert len(chosen(*self.FILES, policy=policy)) == 3
