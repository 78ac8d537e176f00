"""The journal and the way back."""

import os
from pathlib import Path

import pytest

from xpip.environment.faults import EnvironmentBusy
from xpip.environment.pending import is_pending
from xpip.environment.transaction import (
    Journal,
    bytecode_of,
    clear_away,
    commit,
    create_journal,
    move_aside,
    open_folders,
    read_journal,
    remove_empty_folders,
    roll_back,
    write_journal,
)
from xpip.errors import EnvironmentFault


def begin(library: Path, **fields) -> Journal:
    journal = Journal((str(library),), **fields)
    open_folders(journal.libraries, [])
    descriptor = create_journal(str(library))
    write_journal(journal, descriptor)
    os.close(descriptor)
    return journal


def test_a_journal_says_what_was_written(tmp_path):
    odd = f"{tmp_path}/tab\there %41 and\nline \udcff"
    journal = begin(
        tmp_path,
        staged=((str(tmp_path), "a-1.dist-info"),),
        old=(odd,),
        spared=(odd + "s",),
        folders=(odd + "f",),
    )
    assert read_journal(str(tmp_path)) == journal


def test_before_it_is_whole_a_journal_does_not_count(tmp_path):
    open_folders([str(tmp_path)], [])
    os.close(create_journal(str(tmp_path)))
    assert is_pending(str(tmp_path))
    assert read_journal(str(tmp_path)) is None
    assert clear_away([str(tmp_path)])
    assert not is_pending(str(tmp_path))


@pytest.mark.parametrize("text", ["xpip-transaction 9\nend", "xpip-transaction 1\nold\t/x", ""])
def test_a_journal_that_is_not_understood_is_left_alone(tmp_path, text):
    (tmp_path / ".xpip-txn").mkdir()
    (tmp_path / ".xpip-txn/journal").write_text(text)
    with pytest.raises(EnvironmentFault, match="cannot be undone"):
        read_journal(str(tmp_path))


def test_two_changes_at_once_are_impossible_even_without_a_lock(tmp_path):
    open_folders([str(tmp_path)], [])
    with pytest.raises(EnvironmentBusy):
        open_folders([str(tmp_path)], [])
    other = tmp_path / "other"
    other.mkdir()
    with pytest.raises(EnvironmentBusy):
        open_folders([str(other), str(tmp_path)], [])
    assert os.listdir(other) == []


def test_rolling_back_may_be_repeated_from_any_point(tmp_path):
    (tmp_path / "pkg").mkdir()
    for name in ("a.py", "b.py", "c.py"):
        (tmp_path / "pkg" / name).write_text(f"old {name}")
    paths = tuple(f"{tmp_path}/pkg/{name}" for name in ("a.py", "b.py", "c.py"))
    journal = begin(
        tmp_path,
        staged=((str(tmp_path), "pkg-2.dist-info"),),
        old=paths,
        folders=(f"{tmp_path}/pkg/new",),
    )
    staged = tmp_path / ".xpip-txn/pkg-2.dist-info"
    staged.mkdir()
    (staged / "RECORD").write_text(
        "pkg/a.py,,\npkg/b.py,,\npkg/new/d.py,,\npkg-2.dist-info/RECORD,,\n"
    )
    move_aside(journal, 0)
    move_aside(journal, 1)
    (tmp_path / "pkg/a.py").write_text("new a")
    (tmp_path / "pkg/new").mkdir()
    (tmp_path / "pkg/new/d.py").write_text("new d")
    # An earlier attempt to go back has brought `b.py` back already and was killed then.
    os.rename(tmp_path / ".xpip-txn/old/1", paths[1])

    roll_back(journal)
    assert clear_away(journal.libraries)

    assert sorted(os.listdir(tmp_path)) == ["pkg"]
    assert {path.name: path.read_text() for path in (tmp_path / "pkg").iterdir()} == {
        name: f"old {name}" for name in ("a.py", "b.py", "c.py")
    }


def test_a_dist_info_that_was_in_place_already_goes_too(tmp_path):
    (tmp_path / "pkg.py").write_text("new")
    journal = begin(tmp_path, staged=((str(tmp_path), "pkg-2.dist-info"),))
    (tmp_path / "pkg-2.dist-info").mkdir()
    (tmp_path / "pkg-2.dist-info/RECORD").write_text("pkg.py,,\n")
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__/pkg.cpython-311.pyc").write_text("made meanwhile")

    roll_back(journal)
    clear_away(journal.libraries)

    assert os.listdir(tmp_path) == []


def test_what_was_committed_is_not_undone(tmp_path):
    journal = begin(tmp_path, old=(f"{tmp_path}/a",))
    (tmp_path / "a").write_text("a")
    move_aside(journal, 0)
    commit(journal)
    assert read_journal(str(tmp_path)) is None
    assert clear_away(journal.libraries)
    assert os.listdir(tmp_path) == []


def test_a_torn_record_lists_what_it_lists(tmp_path):
    (tmp_path / "pkg.py").write_text("new")
    (tmp_path / "other.py").write_text("not ours")
    journal = begin(tmp_path, staged=((str(tmp_path), "pkg-2.dist-info"),))
    (tmp_path / ".xpip-txn/pkg-2.dist-info").mkdir()
    (tmp_path / ".xpip-txn/pkg-2.dist-info/RECORD").write_bytes(
        b"pkg.py,sha256=x,1\n\xff\xfe\n\0\0\0,\nothe"
    )
    roll_back(journal)
    assert (tmp_path / "other.py").exists()
    assert not (tmp_path / "pkg.py").exists()


def test_folders_are_removed_upwards_until_one_is_in_use_or_kept(tmp_path):
    (tmp_path / "a/b/c").mkdir(parents=True)
    (tmp_path / "a/mine").write_text("")
    (tmp_path / "d/e").mkdir(parents=True)
    remove_empty_folders([f"{tmp_path}/a/b/c", f"{tmp_path}/d/e"], {f"{tmp_path}/d", str(tmp_path)})
    assert sorted(os.listdir(tmp_path)) == ["a", "d"]
    assert os.listdir(tmp_path / "a") == ["mine"]


def test_bytecode_is_known_by_its_name(tmp_path):
    cache = tmp_path / "__pycache__"
    cache.mkdir()
    for name in (
        "a.cpython-311.pyc",
        "a.cpython-311.opt-1.pyc",
        "a.b.cpython-311.pyc",
        "ab.cpython-311.pyc",
        "a.txt",
    ):
        (cache / name).write_text("")
    assert sorted(os.path.basename(path) for path in bytecode_of([f"{tmp_path}/a.py"])) == [
        "a.cpython-311.opt-1.pyc",
        "a.cpython-311.pyc",
    ]
    assert len(bytecode_of([f"{tmp_path}/a.b.py"])) == 1
