"""Pages that are sorted by releases are judged as their files are."""

import marshal

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.model.test_markers import VALUES
from xpip.model.link import Digest, IndexFile, IndexPage
from xpip.model.on_demand import OnDemand
from xpip.model.options import SelectionPolicy
from xpip.model.page_table import Choices, PageFiles, tabulate
from xpip.model.target import Target
from xpip.selection.rules import judge

INDEX = "https://index.example/simple"
TARGET = Target(
    "3.11.7",
    "cpython",
    tuple(sorted(VALUES.items())),
    ("cp311-cp311-linux_x86_64", "cp311-none-any", "py3-none-linux_x86_64", "py3-none-any"),
)
versions = st.sampled_from(["1.0", "1.1", "2.0rc1", "2.0", "2.0.post1", "1!0.1", "bad", "1.0+x"])
tags = st.sampled_from(
    ["py3-none-any", "cp311-cp311-linux_x86_64", "py2.py3-none-any", "cp311-cp311-win32",
     "cp310-cp310-linux_x86_64", "py3-none-linux_x86_64"]
)  # fmt: skip
builds = st.sampled_from(["", "", "", "-1", "-2", "-1a"])
wheels = st.tuples(st.sampled_from(["app", "App", "other"]), versions, builds, tags).map(
    lambda parts: f"{parts[0]}-{parts[1]}{parts[2]}-{parts[3]}.whl"
)
sdists = (
    st.tuples(st.sampled_from(["app", "app-2"]), versions).map("-".join).map("{}.tar.gz".format)
)
odd = st.sampled_from(["app-1.0.egg", "app.whl", "app-1.0-py3.whl", "readme.txt"])
files = st.builds(
    lambda name, python, yanked, number: IndexFile(
        name,
        f"https://files.example/{number}/{name}",
        (Digest("sha256", f"{number:064x}"),),
        python,
        yanked,
        number,
        "2026-01-01T00:00:00Z",
        Digest("sha256", "ab" * 32) if number % 2 else None,
    ),
    st.one_of(wheels, wheels, sdists, odd),
    st.sampled_from(["", "", ">=3.8", ">=3.12", "<3.12", "nonsense"]),
    st.sampled_from([None, None, None, "", "broken"]),
    st.integers(0, 9),
)
policies = st.sampled_from(
    [
        SelectionPolicy(),
        SelectionPolicy(sdists=True),
        SelectionPolicy(sdists=True, only_binary=frozenset(("app",))),
        SelectionPolicy(ignore_requires_python=True),
        SelectionPolicy(no_binary=frozenset((":all:",)), sdists=True),
        SelectionPolicy(only_final=frozenset(("app",))),
        SelectionPolicy(uploaded_before=0.0),
        SelectionPolicy(prefer_binary=True, sdists=True),
    ]
)


def sorted_page(page):
    table = tabulate(page.project, page.files, marshal.dumps)
    table = type(table)(*marshal.loads(marshal.dumps(tuple(table))))
    return page._replace(files=PageFiles(table, marshal.loads))


@settings(max_examples=500, deadline=None, print_blob=True)
@given(st.lists(files, max_size=12), policies)
def test_candidates_and_refusals_are_the_same(listed, policy):
    page = IndexPage("app", INDEX, tuple(listed))
    by_release = sorted_page(page)
    assert tuple(by_release.files) == page.files
    expected = judge((page,), TARGET, policy)
    found = judge((by_release,), TARGET, policy)
    assert [plain(one) for one in found.candidates] == [plain(one) for one in expected.candidates]
    assert tuple(found.rejected) == tuple(expected.rejected)
    assert found.indexes == expected.indexes


@settings(max_examples=100, deadline=None, print_blob=True)
@given(st.lists(files, max_size=12))
def test_hashes_of_the_user_count_for_single_files(listed):
    page = IndexPage("app", INDEX, tuple(listed))
    hashes = {"app": frozenset((f"sha256:{3:064x}",))}
    found = judge((sorted_page(page),), TARGET, SelectionPolicy(), hashes)
    expected = judge((page,), TARGET, SelectionPolicy(), hashes)
    assert [plain(one) for one in found.candidates] == [plain(one) for one in expected.candidates]


def plain(candidate):
    return (candidate.project, candidate.version.key, candidate.file, candidate.index_url,
            candidate.yanked, candidate.direct, candidate.group)  # fmt: skip


def test_neither_files_nor_refusals_are_made_before_they_are_looked_at():
    names = ("app-1.0-py3-none-any.whl", "app-2.0-py3-none-any.whl", "app-3.0-cp37-cp37m-win32.whl")
    page = IndexPage("app", INDEX, tuple(IndexFile(name, f"{INDEX}/{name}") for name in names))
    by_release = sorted_page(page)
    unpacked = []

    def unpack(data):
        unpacked.append(data)
        return marshal.loads(data)

    page = by_release._replace(files=PageFiles(by_release.files.table, unpack))
    found = judge((page,), TARGET, SelectionPolicy())
    assert isinstance(found.candidates, Choices)
    assert isinstance(found.rejected, OnDemand)
    assert len(found.candidates) == 2
    assert not found.candidates.takes_all
    assert str(found.candidates.version(1)) == "2.0"
    assert unpacked == []
    assert found.candidates.candidate(1).file.filename == names[1]
    assert found.candidates.candidate(1) is found.candidates[1]
    assert len(unpacked) == 1 + 1, "that of 2.0, and then that of 1.0 for the whole tuple"
    assert [item.filename for item in found.rejected] == [names[2]]
