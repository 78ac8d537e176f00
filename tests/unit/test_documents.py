"""The user's own files are read with clear errors and replaced in one step."""

import os

import pytest

from xpip.documents import is_stream, read_document, read_optional_document, write_document
from xpip.errors import RequirementError, XpipError


def test_a_document_is_its_bytes(tmp_path):
    (tmp_path / "a").write_bytes(b"\x00\xff")
    assert read_document(str(tmp_path / "a")) == b"\x00\xff"
    assert read_optional_document(str(tmp_path / "a")) == b"\x00\xff"


def test_a_pipe_can_be_read():
    reader, writer = os.pipe()
    os.write(writer, b"foo")
    os.close(writer)
    try:
        assert read_document(f"/dev/fd/{reader}") == b"foo"
    finally:
        os.close(reader)


def test_what_is_missing_or_no_file_is_said(tmp_path):
    with pytest.raises(RequirementError, match=r"the lock `.*/x` does not exist"):
        read_document(str(tmp_path / "x"), "lock")
    with pytest.raises(RequirementError, match="is a folder"):
        read_document(str(tmp_path))
    with pytest.raises(RequirementError, match="cannot be read"):
        read_document("a\0b")
    assert read_optional_document(str(tmp_path / "x")) is None
    assert read_optional_document(str(tmp_path / "x" / "y")) is None
    with pytest.raises(XpipError, match="cannot be read"):
        read_optional_document(str(tmp_path))


def test_writing_replaces_a_file_and_keeps_its_mode_and_link(tmp_path):
    real = tmp_path / "real"
    real.write_bytes(b"old")
    real.chmod(0o640)
    link = tmp_path / "link"
    link.symlink_to("real")
    write_document(str(link), b"new")
    assert real.read_bytes() == b"new"
    assert link.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert sorted(os.listdir(tmp_path)) == ["link", "real"]


@pytest.mark.parametrize("target", ["victim", "not-there"])
def test_nothing_is_written_through_a_link_that_leads_out_of_its_folder(tmp_path, target):
    """Whoever is given a project with such a link would write wherever its author likes."""
    (tmp_path / "victim").write_text("mine")
    (tmp_path / "project").mkdir()
    link = tmp_path / "project" / "requirements.txt"
    link.symlink_to(f"../{target}")
    with pytest.raises(XpipError, match="link that leads out of its folder") as caught:
        write_document(str(link), b"new")
    assert str(tmp_path / target) in caught.value.details[0]
    assert (tmp_path / "victim").read_text() == "mine"
    assert sorted(os.listdir(tmp_path)) == ["project", "victim"]
    # A file that only its user could have linked may lie anywhere.
    write_document(str(link), b"new", anywhere=True)
    assert (tmp_path / target).read_bytes() == b"new"


def test_a_pipe_is_written_to_and_stays_one(tmp_path):
    """A device such as `/dev/null` must never be replaced by a file, which root could do."""
    path = str(tmp_path / "pipe")
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_document(path, b"content")
        assert os.read(reader, 100) == b"content"
    finally:
        os.close(reader)
    assert is_stream(path)
    assert os.listdir(tmp_path) == ["pipe"]


def test_a_new_document_can_be_written(tmp_path):
    write_document(str(tmp_path / "new"), b"content")
    assert (tmp_path / "new").read_bytes() == b"content"


def test_a_failed_write_leaves_the_old_content_and_nothing_else(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(XpipError, match="cannot be written"):
        write_document(str(tmp_path / "folder"), b"x")
    with pytest.raises(XpipError, match="cannot be written"):
        write_document(str(tmp_path / "lost" / "x"), b"x")
    assert os.listdir(tmp_path) == ["folder"]
