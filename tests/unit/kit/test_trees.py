"""The comparison of trees must see what it is there to see."""

import os

import pytest

from tests.kit.trees import describe_tree, differences

ROW = "pkg/__init__.py,sha256=abc,3\n"


@pytest.fixture
def pair(tmp_path):
    for name in ("one", "other"):
        library = tmp_path / name / "lib/python3.11/site-packages"
        (library / "pkg").mkdir(parents=True)
        (library / "pkg/__init__.py").write_text("x=1")
        (library / "pkg-1.dist-info").mkdir()
        (library / "pkg-1.dist-info/RECORD").write_text(
            ROW + f"pkg-1.dist-info/INSTALLER,sha256={name},3\n"
        )
        (library / "pkg-1.dist-info/INSTALLER").write_text(name)
        (tmp_path / name / "bin").mkdir()
        (tmp_path / name / "bin/tool").write_text(f"#!/{name}\n")
    return tmp_path / "one", tmp_path / "other"


def compare(pair):
    return differences(describe_tree(pair[0]), describe_tree(pair[1]))


def test_installer_and_wording_of_scripts_do_not_count(pair):
    assert compare(pair) == []


def test_other_bytes_are_seen(pair):
    (pair[1] / "lib/python3.11/site-packages/pkg/__init__.py").write_text("x=2")
    assert len(compare(pair)) == 1


def test_another_mode_is_seen(pair):
    os.chmod(pair[1] / "bin/tool", 0o700)
    assert len(compare(pair)) == 1


def test_missing_and_additional_files_are_seen(pair):
    (pair[1] / "lib/python3.11/site-packages/pkg/more.py").write_text("")
    (pair[1] / "bin/tool").unlink()
    assert [line.split(":")[0] for line in compare(pair)] == [
        "only in the first",
        "only in the second",
    ]


def test_another_record_row_is_seen(pair):
    record = pair[1] / "lib/python3.11/site-packages/pkg-1.dist-info/RECORD"
    record.write_text(record.read_text().replace("abc", "abd"))
    assert len(compare(pair)) == 1
