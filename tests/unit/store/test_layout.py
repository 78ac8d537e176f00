"""Which folder may serve as the cache, and what happens with one that may not."""

import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.kit.wheels import WheelBuilder
from xpip.store.layout import BUCKETS, Store, discard_store, open_store, temporary_store
from xpip.store.unpack import add_wheel
from xpip.store.wheels import blob_folder, drop_wheel, read_wheel


def as_root() -> bool:
    return os.geteuid() == 0


def test_a_new_cache_is_for_its_owner_only_and_marked_as_one(tmp_path):
    store = open_store(str(tmp_path / "deep" / "cache"))
    assert stat.S_IMODE(os.stat(store.root).st_mode) == 0o700
    assert (
        Path(store.root, "CACHEDIR.TAG")
        .read_bytes()
        .startswith(b"Signature: 8a477f597d28d172789f06886806bc55\n")
    )
    assert store == open_store(str(tmp_path / "deep" / "cache"))
    assert (store.layers, store.temporary, store.warnings) == ((), False, ())


def test_a_relative_path_is_made_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert open_store("cache").root == str(tmp_path / "cache")


def replaced(root, reason: str) -> None:
    """A temporary store takes the place of the cache, and the reason names the path."""
    store = open_store(str(root))
    try:
        assert (store.temporary, store.layers) == (True, ())
        assert str(root) in store.warnings[0]
        assert reason in store.warnings[0]
    finally:
        discard_store(store)


def test_a_file_in_its_place_is_left_alone(tmp_path):
    (tmp_path / "cache").write_text("mine")
    replaced(tmp_path / "cache", "is not a folder")
    assert (tmp_path / "cache").read_text() == "mine"


def test_a_link_to_nothing_is_left_alone(tmp_path):
    (tmp_path / "cache").symlink_to(tmp_path / "gone")
    replaced(tmp_path / "cache", "is a link to something that does not exist")
    assert not (tmp_path / "gone").exists()


def test_a_circle_of_links_is_left_alone(tmp_path):
    (tmp_path / "cache").symlink_to(tmp_path / "cache")
    replaced(tmp_path / "cache", "cannot be read")


def test_one_that_its_group_may_write_to_is_not_even_read(tmp_path):
    if not as_root():
        pytest.skip("only root has another group at hand")
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache").chmod(0o775)
    store = open_store(str(tmp_path / "cache"))
    assert not store.temporary, "the group of root is root's own"
    os.chown(tmp_path / "cache", -1, 12345)
    replaced(tmp_path / "cache", "can be written by its group")


def test_root_makes_no_cache_in_the_folder_of_somebody_else(tmp_path):
    if not as_root():
        pytest.skip("only root can give a folder away")
    home = tmp_path / "home"
    home.mkdir()
    os.chown(home, 12345, -1)
    replaced(home / ".cache" / "xpip", "is not made there: `sudo -H`")
    assert os.listdir(home) == []


def test_one_that_everybody_may_write_to_is_not_even_read(tmp_path):
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache").chmod(0o777)
    store = open_store(str(tmp_path / "cache"))
    try:
        assert store.temporary
        assert not store.layers
        assert "can be written by every user" in store.warnings[0]
    finally:
        discard_store(store)


def test_one_of_another_user_is_not_even_read(tmp_path):
    if not as_root():
        pytest.skip("only root can give a folder away")
    (tmp_path / "cache").mkdir()
    os.chown(tmp_path / "cache", 12345, -1)
    store = open_store(str(tmp_path / "cache"))
    try:
        assert (store.temporary, store.layers) == (True, ())
        assert "belongs to another user" in store.warnings[0]
        assert "sudo -H" in store.warnings[0]
    finally:
        discard_store(store)


def test_one_that_cannot_be_made_is_replaced_by_a_temporary_one(tmp_path):
    (tmp_path / "file").touch()
    store = open_store(str(tmp_path / "file" / "cache"))
    try:
        assert store.temporary
        assert str(tmp_path / "file" / "cache") in store.warnings[0]
    finally:
        discard_store(store)


READ_ONLY = """
import os, sys, tempfile, random
from xpip.store.layout import open_store, discard_store
os.setgroups([]); os.setgid(65534); os.setuid(65534)
store = open_store(sys.argv[1])
print(store.layers == (sys.argv[1],), store.temporary, "cannot be written" in store.warnings[0])
discard_store(store)
"""


def test_one_of_root_that_cannot_be_written_is_read():
    if not as_root():
        pytest.skip("only root has another user at hand")
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        root = Path(folder).resolve() / "cache"
        root.mkdir(mode=0o755)
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        argv = [sys.executable, "-c", READ_ONLY, str(root)]
        done = subprocess.run(argv, capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.split() == ["True", "True", "True"]


def test_a_temporary_store_goes_with_all_that_is_in_it(tmp_path):
    store = temporary_store(str(tmp_path))
    path = WheelBuilder("app", "1.0").build(tmp_path / "wheels")
    add_wheel(store, str(path), path.name, ())
    assert os.listdir(store.root)
    discard_store(store)
    assert not os.path.exists(store.root)


def test_a_shared_cache_is_never_discarded(tmp_path):
    store = open_store(str(tmp_path / "cache"))
    discard_store(store)
    assert os.path.isdir(store.root)


def test_what_a_read_only_cache_has_is_used_and_what_is_bad_in_it_is_passed_over(tmp_path):
    shared = open_store(str(tmp_path / "shared"))
    builder = WheelBuilder("app", "1.0", {"a.py": "x" * 100})
    path = builder.build(tmp_path / "wheels")
    wheel = add_wheel(shared, str(path), path.name, ())
    store = Store(str(tmp_path / "own"), (shared.root,))
    assert read_wheel(store, wheel.key) == wheel
    assert blob_folder(store, wheel.key) == f"{shared.root}/files-v1"
    drop_wheel(store, wheel.key)
    assert read_wheel(store, wheel.key) is None
    assert read_wheel(shared, wheel.key) == wheel
    assert add_wheel(store, str(path), path.name, ()) == wheel
    assert read_wheel(store, wheel.key) == wheel
    assert blob_folder(store, wheel.key) == f"{store.root}/files-v1"


def test_unknown_buckets_are_left_alone(tmp_path):
    root = tmp_path / "cache"
    open_store(str(root))
    (root / "files-v9" / "ab").mkdir(parents=True)
    (root / "files-v9" / "ab" / "cd").touch()
    open_store(str(root))
    assert "files-v9" not in BUCKETS
    assert (root / "files-v9" / "ab" / "cd").exists()


def test_temporary_names_are_never_given_twice(tmp_path):
    store = open_store(str(tmp_path / "cache"))
    assert len({store.temporary_path() for _ in range(1000)}) == 1000
