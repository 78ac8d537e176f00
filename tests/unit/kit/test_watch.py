"""The watch sees what is done outside of the allowed folders, and nothing else."""

import os
import socket
import subprocess
import sys

import pytest

from tests.kit.watch import watching


@pytest.fixture
def places(tmp_path):
    for name in ("inside", "outside"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "old").write_text("old")
    return tmp_path / "inside", tmp_path / "outside"


DEEDS = {
    "write": lambda folder: (folder / "new").write_text("x"),
    "append": lambda folder: (folder / "old").open("a").close(),
    "create": lambda folder: os.close(os.open(folder / "new", os.O_RDWR | os.O_CREAT)),
    "make a folder": lambda folder: (folder / "new").mkdir(),
    "remove": lambda folder: (folder / "old").unlink(),
    "rename": lambda folder: (folder / "old").rename(folder / "new"),
    "link": lambda folder: os.link(folder / "old", folder / "new"),
    "symbolic link": lambda folder: (folder / "new").symlink_to("/nowhere"),
    "mode": lambda folder: (folder / "old").chmod(0o600),
    "time": lambda folder: os.utime(folder / "old", (1, 1)),
}


@pytest.mark.parametrize("deed", DEEDS.values(), ids=list(DEEDS))
def test_a_deed_counts_outside_only(places, deed):
    inside, outside = places
    with watching(inside) as watch:
        deed(inside)
    assert watch.deeds == []
    with watching(inside) as watch:
        deed(outside)
    assert len(watch.deeds) >= 1
    assert "outside" in watch.deeds[0]


def test_a_link_that_leads_out_is_no_hiding_place(places):
    inside, outside = places
    (inside / "way").symlink_to(outside)
    with watching(inside) as watch:
        (inside / "way" / "new").write_text("x")
    assert len(watch.deeds) == 1


def test_reading_is_no_deed_and_neither_is_what_happens_later(places):
    inside, outside = places
    with watching(inside) as watch:
        (outside / "old").read_text()
        os.listdir(outside)
    (outside / "new").write_text("x")
    assert watch.deeds == []


def test_processes_and_connections_count(places):
    inside, _ = places
    with watching(inside) as watch:
        subprocess.run([sys.executable, "-c", ""], check=True)
        with socket.socket() as connection:
            connection.connect_ex(("127.0.0.1", 9))
    assert any("subprocess" in deed or "posix_spawn" in deed for deed in watch.deeds)
    assert any("socket" in deed for deed in watch.deeds)
