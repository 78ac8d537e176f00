"""Files of the store get into folders."""

import os

import pytest

from tests.kit.store import FakeStore
from xpip.environment.faults import FileCollision
from xpip.environment.links import Placer, TouchedBlob, heal, holds, write_all
from xpip.errors import EnvironmentFault, StoreFault
from xpip.model.reporter import SilentReporter

TEXT = "text " * 30


@pytest.fixture
def stored(tmp_path):
    return FakeStore(tmp_path / "store")


@pytest.fixture
def wheel(stored):
    return stored.add(
        "demo", "1", {"plain.py": TEXT, "run": "#!/bin/sh\n", "empty.py": ""}, executables=("run",)
    )


def placer_of(stored, wheel, method="hardlink"):
    placer = Placer(stored.store)
    placer.method = method
    placer.turn_to(wheel)
    return placer


def files_of(wheel):
    return next(folder.files for folder in wheel.folders if folder.path == "")


@pytest.mark.parametrize("method", ["hardlink", "copy", "reflink"])
def test_content_and_mode_are_those_of_the_wheel(tmp_path, stored, wheel, method):
    placer_of(stored, wheel, method).place([(f"{tmp_path}/", files_of(wheel))])

    assert (tmp_path / "plain.py").read_text() == TEXT
    assert (tmp_path / "empty.py").read_bytes() == b""
    assert not (tmp_path / "plain.py").stat().st_mode & 0o111
    assert (tmp_path / "run").stat().st_mode & 0o111 == 0o111
    assert (tmp_path / "plain.py").stat().st_nlink == (2 if method == "hardlink" else 1)


def test_a_place_with_the_same_bytes_is_as_good(tmp_path, stored, wheel):
    (tmp_path / "plain.py").write_text(TEXT)
    placer_of(stored, wheel).place([(f"{tmp_path}/", files_of(wheel))])
    assert (tmp_path / "run").exists()


def test_a_place_with_other_bytes_is_a_strangers(tmp_path, stored, wheel):
    (tmp_path / "plain.py").write_text("other")
    placer = placer_of(stored, wheel)
    with pytest.raises(FileCollision):
        placer.place([(f"{tmp_path}/", files_of(wheel))])
    assert placer.strangers == [f"{tmp_path}/plain.py"]


@pytest.mark.parametrize("method", ["hardlink", "copy"])
@pytest.mark.parametrize("damage", ["time", "size", "gone", "link"])
def test_no_touched_blob_is_placed(tmp_path, stored, wheel, method, damage):
    blob = stored.blob_of(TEXT)
    if damage == "time":
        blob.write_text(TEXT.replace("t", "T"))
    elif damage == "size":
        blob.write_text("short")
        os.utime(blob, (10**9, 10**9))
    else:
        blob.unlink()
    if damage == "link":
        blob.symlink_to("/etc/passwd")
    with pytest.raises(TouchedBlob, match=r"plain\.py"):
        placer_of(stored, wheel, method).place([(f"{tmp_path}/", files_of(wheel))])
    assert not (tmp_path / "plain.py").exists()


def test_a_missing_folder_is_an_error_that_names_the_file(tmp_path, stored, wheel):
    with pytest.raises(EnvironmentFault, match=r"nowhere/plain\.py"):
        placer_of(stored, wheel).place([(f"{tmp_path}/nowhere/", files_of(wheel))])


def test_only_whole_blobs_are_healed(stored, wheel):
    blob = stored.blob_of(TEXT)
    os.utime(blob, (7, 7))
    heal(stored.store, [wheel], SilentReporter())
    assert blob.stat().st_mtime == 10**9

    blob.write_text("x" * len(TEXT))
    with pytest.raises(StoreFault):
        heal(stored.store, [wheel], SilentReporter())


def test_reading_gives_the_bytes(stored, wheel):
    assert placer_of(stored, wheel).read(files_of(wheel)[0]) == TEXT.encode()


def test_equal_files_are_recognised(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"abc")
    assert holds(str(path), 3, lambda: b"abc")
    assert not holds(str(path), 3, lambda: b"abd")
    assert not holds(str(path), 4, lambda: pytest.fail("sizes differ"))
    assert not holds(str(tmp_path), 3, lambda: b"abc")
    assert not holds(str(tmp_path / "none"), 3, lambda: b"abc")
    os.mkfifo(tmp_path / "pipe")
    assert not holds(str(tmp_path / "pipe"), 0, lambda: b"x")


def test_long_writes_are_written_to_the_end(tmp_path):
    descriptor = os.open(tmp_path / "file", os.O_WRONLY | os.O_CREAT)
    write_all(descriptor, b"x" * 3_000_000)
    os.close(descriptor)
    assert (tmp_path / "file").stat().st_size == 3_000_000


def test_the_method_suits_the_file_systems(tmp_path, stored, wheel):
    descriptor = os.open(tmp_path / "probe", os.O_RDWR | os.O_CREAT)
    try:
        placer = Placer(stored.store)
        placer.choose("auto", (wheel, files_of(wheel)[0]), descriptor)
        assert placer.method in {"hardlink", "reflink"}
        assert os.fstat(descriptor).st_size == 0
        placer.choose("copy", (wheel, files_of(wheel)[0]), descriptor)
        assert placer.method == "copy"
        placer.choose("auto", None, descriptor)
        assert placer.method == "hardlink"
    finally:
        os.close(descriptor)
