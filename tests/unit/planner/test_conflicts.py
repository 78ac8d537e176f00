"""Two owners of one file."""

import hashlib
import time

import pytest

from xpip.errors import IntegrityError
from xpip.model.distribution import StoredFile, StoredFolder, StoredWheel
from xpip.model.environment import Layout
from xpip.model.plan import Placement
from xpip.planner.conflicts import FileConflict, OwnedFile, ensure_no_conflicts, find_conflicts

LAYOUT = Layout("/e", "/e/lib", "/e/lib", "/e/bin", "/e", "/e/include")


def blob(text):
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f"{digest[:2]}/{digest[2:]}"


def placement(name, files=(), scripts=(), pure=True):
    """Files are (scheme, folder, name, text); a text of at most three letters is kept inline."""
    folders = {}
    for scheme, folder, filename, text in files:
        stored = (
            StoredFile(filename, "", len(text), text.encode())
            if len(text) <= 3
            else StoredFile(filename, blob(text), len(text))
        )
        folders.setdefault((scheme, folder), []).append(stored)
    wheel = StoredWheel(
        "k", name, "1", f"{name}-1.whl", pure, f"{name}-1.dist-info",
        tuple(StoredFolder(scheme, folder, tuple(found)) for (scheme, folder), found in folders.items()),
        "", tuple(scripts), (), (name, "1", (), "", (), "2.1"), (), 0,
    )  # fmt: skip
    return Placement(wheel, requested=True)


def test_wheels_without_a_common_file_get_along():
    one = placement("a", [("library", "a", "__init__.py", "one a")])
    two = placement("b", [("library", "b", "__init__.py", "two b"), ("library", "ns", "b.py", "b")])
    three = placement("c", [("library", "ns", "c.py", "c")])
    assert find_conflicts([one, two, three], LAYOUT) == ()


@pytest.mark.parametrize("text", ["", "pkg", "the same in both"])
def test_files_of_equal_content_are_no_conflict(text):
    files = [("library", "ns", "__init__.py", text)]
    assert find_conflicts([placement("a", files), placement("b", files)], LAYOUT) == ()


def test_a_file_and_its_executable_twin_are_of_equal_content():
    one = StoredFolder("library", "ns", (StoredFile("x", "ab/cd", 9),))
    two = StoredFolder("library", "ns", (StoredFile("x", "ab/cd-x", 9, executable=True),))
    first, second = placement("a"), placement("b")
    first = first._replace(wheel=first.wheel._replace(folders=(one,)))
    second = second._replace(wheel=second.wheel._replace(folders=(two,)))
    assert find_conflicts([first, second], LAYOUT) == ()


@pytest.mark.parametrize(
    ("one", "two"), [("one thing", "another thing"), ("", "x"), ("x", "long text")]
)
def test_files_of_other_content_are_a_conflict(one, two):
    first = placement("A_B", [("library", "ns", "m.py", one)])
    second = placement("c", [("library", "ns", "m.py", two)])
    assert find_conflicts([first, second], LAYOUT) == (FileConflict("/e/lib/ns/m.py", "a-b", "c"),)


def test_all_schemes_meet_where_they_meet_on_disk():
    first = placement("a", [("library", "", "m.py", "first text")], pure=False)
    second = placement("b", [("purelib", "", "m.py", "other text")])
    third = placement("c", [("data", "lib", "m.py", "third text")])
    assert {conflict.second for conflict in find_conflicts([first, second, third], LAYOUT)} == {
        "b",
        "c",
    }


def test_purelib_and_platlib_may_be_two_folders():
    layout = LAYOUT._replace(platlib="/e/lib64")
    first = placement("a", [("library", "", "m.py", "first text")], pure=False)
    second = placement("b", [("library", "", "m.py", "other text")])
    assert find_conflicts([first, second], layout) == ()


def test_headers_are_kept_apart_by_project():
    files = [("headers", "", "x.h")]
    first = placement("a", [(*files[0], "first text")])
    second = placement("b", [(*files[0], "other text")])
    assert find_conflicts([first, second], LAYOUT) == ()


def test_scripts_of_entry_points_conflict_unless_they_call_the_same():
    first = placement("a", scripts=[("run", "a:main"), ("same", "x:main")])
    second = placement("b", scripts=[("run", "b:main"), ("same", "x:main")])
    assert find_conflicts([first, second], LAYOUT) == (FileConflict("/e/bin/run", "a", "b"),)


def test_a_script_may_be_both_for_the_console_and_for_windows_of_one_project():
    one = placement("a", scripts=[("run", "a:main")])
    one = one._replace(wheel=one.wheel._replace(gui_scripts=(("run", "a:window"),)))
    assert find_conflicts([one], LAYOUT) == ()


def test_files_of_installed_distributions_that_stay_are_respected():
    wheel = placement("a", [("library", "ns", "m.py", "long text"), ("library", "ns", "n.py", "n")])
    same = OwnedFile("b", hashlib.sha256(b"long text").hexdigest())
    small = OwnedFile("b", hashlib.sha256(b"n").hexdigest())
    owned = {"/e/lib/ns/m.py": same, "/e/lib/ns/n.py": small, "/e/lib/other.py": same}
    assert find_conflicts([wheel], LAYOUT, owned) == ()
    owned["/e/lib/ns/n.py"] = same
    owned["/e/lib/ns/m.py"] = OwnedFile("c", None)
    assert find_conflicts([wheel], LAYOUT, owned) == (
        FileConflict("/e/lib/ns/m.py", "c", "a", installed=True),
        FileConflict("/e/lib/ns/n.py", "b", "a", installed=True),
    )


def test_a_project_does_not_conflict_with_what_it_replaces():
    wheel = placement("a", [("library", "a", "m.py", "new text")])
    assert find_conflicts([wheel], LAYOUT, {"/e/lib/a/m.py": OwnedFile("a", "0" * 64)}) == ()


def test_the_error_names_both_projects_and_all_files():
    files = [("library", "tests", f"{name}.py") for name in "zyx"]
    first = placement("a", [(*file, "first text") for file in files])
    second = placement("b", [(*file, "other text") for file in files])
    with pytest.raises(IntegrityError) as caught:
        ensure_no_conflicts([first, second], LAYOUT)
    assert caught.value.summary == "`a` and `b` contain the same files with other content"
    assert caught.value.details == tuple(
        f"/e/lib/tests/{name}.py: in `a` and in `b`" for name in "xyz"
    )
    ensure_no_conflicts([first], LAYOUT)


def test_the_error_names_the_owner_of_installed_files():
    wheel = placement("a", [("library", "", "m.py", "new text")])
    with pytest.raises(IntegrityError) as caught:
        ensure_no_conflicts([wheel], LAYOUT, {"/e/lib/m.py": OwnedFile("b", None)})
    assert caught.value.summary == "`a` would overwrite files of the installed `b`"
    assert caught.value.details == ("/e/lib/m.py: in `b` (installed) and in `a`",)


def test_a_long_list_of_conflicts_is_cut_and_counted():
    names = ("a", "b", "c")
    wheels = [
        placement(n, [("library", "t", f"{number}.py", f"text of {n}") for number in range(30)])
        for n in names
    ]
    with pytest.raises(IntegrityError) as caught:
        ensure_no_conflicts(wheels, LAYOUT)
    assert caught.value.summary == "2 pairs of projects contain the same files with other content"
    assert len(caught.value.details) == 21
    assert caught.value.details[-1] == "and 40 more files"


def test_a_large_environment_is_checked_in_a_moment():
    placements = [
        placement(
            f"p{number}",
            [("library", f"p{number}/s{n % 16}", f"m{n}.py", f"text {n}") for n in range(120)],
        )
        for number in range(100)
    ]
    started = time.perf_counter()
    assert find_conflicts(placements, LAYOUT) == ()
    assert time.perf_counter() - started < 0.2
