"""Pages, metadata, pointers, resolutions and facts about interpreters are kept as they were."""

import hashlib
import os

import pytest

from xpip.model.dependencies import CoreMetadata
from xpip.model.environment import Interpreter, Layout
from xpip.model.link import Digest, IndexFile, IndexPage
from xpip.model.resolution import Resolution, ResolvedPackage
from xpip.model.target import Target
from xpip.store.interpreters import read_interpreter, write_interpreter
from xpip.store.keys import key_of
from xpip.store.layout import Store, open_store
from xpip.store.metadata import metadata_key, read_metadata, write_metadata
from xpip.store.pages import CachedPage, page_path, read_page, write_page
from xpip.store.pointers import read_pointer, write_pointer
from xpip.store.resolutions import (
    RememberedResolution,
    evidence_of,
    read_resolution,
    write_resolution,
)
from xpip.store.wheels import is_key, read_wheel

INDEX = "https://index.example/simple"
KEY = "ab" * 32
FILES = (
    IndexFile("app-1.0-py3-none-any.whl", f"{INDEX}/app.whl", (Digest("sha256", KEY), Digest("md5", "00")),
              ">=3.8", "it broke", 123, "2026-01-01T00:00:00Z", Digest("sha256", KEY)),
    IndexFile("app-2.0.tar.gz", f"{INDEX}/app.tar.gz", (), "", "", None, None, True),
    IndexFile("app-3.0.tar.gz", f"{INDEX}/app.tar.gz"),
)  # fmt: skip
PAGE = CachedPage(IndexPage("app", INDEX, FILES), 1234.5, '"etag"', "Sat, 21 Nov 2026", "cd" * 32)


@pytest.fixture
def store(tmp_path):
    return open_store(str(tmp_path / "cache"))


def kinds(value):
    """The value with its types, so that a plain tuple in place of a named one shows."""
    if isinstance(value, tuple):
        return type(value), tuple(map(kinds, value))
    return type(value), value


def test_a_page_comes_back_as_it_was(store):
    assert read_page(store, INDEX, "app") is None
    write_page(store, PAGE)
    found = read_page(store, INDEX, "app")
    files = tuple(found.page.files)
    assert kinds(found._replace(page=found.page._replace(files=files))) == kinds(PAGE)
    assert read_page(store, INDEX, "other") is None
    assert read_page(store, INDEX + "/x", "app") is None


def test_no_name_from_outside_becomes_a_file_name(store):
    hostile = "../../../etc/passwd\0"
    write_page(store, PAGE._replace(page=IndexPage(hostile, hostile, ())))
    assert read_page(store, hostile, hostile) is not None
    assert all(len(name) == 64 for name in os.listdir(f"{store.root}/pages-v2"))
    write_metadata(store, "../escaped", CoreMetadata("a", "1"))
    write_resolution(store, "../escaped", RememberedResolution(Resolution(()), (), 0.0))
    assert read_metadata(store, "../escaped") is None
    assert read_resolution(store, "../escaped") is None
    assert read_wheel(store, "../escaped") is None
    assert sorted(os.listdir(store.root)) == ["CACHEDIR.TAG", "pages-v2", "tmp"]


@pytest.mark.parametrize("content", [b"", b"torn", b"\0" * 200])
def test_a_torn_entry_is_a_miss(store, content):
    write_page(store, PAGE)
    with open(page_path(store, INDEX, "app"), "wb") as file:
        file.write(content)
    assert read_page(store, INDEX, "app") is None


def test_metadata_comes_back_under_its_key(store):
    metadata = CoreMetadata("App", "1.0", ("lib>=1",), ">=3.8", ("fast",), "2.1")
    key = metadata_key(FILES[0])
    assert key == KEY
    assert metadata_key(FILES[1]) != metadata_key(FILES[1]._replace(url=f"{INDEX}/other"))
    assert read_metadata(store, key) is None
    write_metadata(store, key, metadata)
    assert kinds(read_metadata(store, key)) == kinds(metadata)


def test_a_pointer_holds_as_long_as_the_local_file_is_what_it_was(store, tmp_path):
    wheel = tmp_path / "app.whl"
    wheel.write_text("one")
    file = IndexFile("app.whl", f"file://{wheel}")
    assert read_pointer(store, file) is None
    write_pointer(store, file, KEY)
    assert read_pointer(store, file) == KEY
    wheel.write_text("another")
    assert read_pointer(store, file) is None
    wheel.unlink()
    assert read_pointer(store, file) is None


def test_a_pointer_from_a_server_holds_as_long_as_the_index_says_the_same(store):
    write_pointer(store, FILES[1], KEY)
    assert read_pointer(store, FILES[1]) == KEY
    assert read_pointer(store, FILES[1]._replace(size=5)) is None
    assert read_pointer(store, FILES[1]._replace(upload_time="2026-01-01T00:00:00Z")) is None


def test_a_resolution_comes_back_with_its_evidence(store, tmp_path):
    package = ResolvedPackage(
        "app", "1.0", FILES[0], INDEX, True, False, (Digest("sha256", KEY),), ("lib",)
    )
    evidence = (evidence_of(str(tmp_path), 99.0), evidence_of(str(tmp_path / "none"), float("inf")))
    plain_package = ResolvedPackage("lib", "2", FILES[1], "", False)
    remembered = RememberedResolution(
        Resolution((package, plain_package), ("a warning",)), evidence, 99.0
    )
    key = key_of("question")
    assert read_resolution(store, key) is None
    write_resolution(store, key, remembered)
    assert kinds(read_resolution(store, key)) == kinds(remembered)


def test_evidence_holds_until_what_it_saw_changes(tmp_path):
    path = tmp_path / "wheels"
    absent = evidence_of(str(path), 0.0)
    assert absent.still_holds()
    path.mkdir()
    assert not absent.still_holds()
    present = evidence_of(str(path), 0.0)
    assert present.still_holds()
    os.utime(path, (1, 1))
    assert not present.still_holds()


def test_interpreter_facts_hold_for_one_state_of_its_file(store):
    interpreter = Interpreter(
        "/usr/bin/python3", "/usr/bin/python3.11", Target("3.11.2", "cpython", (("a", "b"),), ("py3-none-any",)),
        "/usr", "/usr", "/usr/lib/python3.11", Layout("/usr", "/p", "/q", "/s", "/d", "/h"), "cpython-311",
    )  # fmt: skip
    write_interpreter(store, "/usr/bin/python3", 10, 20, interpreter)
    assert kinds(read_interpreter(store, "/usr/bin/python3", 10, 20)) == kinds(interpreter)
    assert read_interpreter(store, "/usr/bin/python3", 10, 21) is None
    assert read_interpreter(store, "/usr/bin/python3", 11, 20) is None
    assert read_interpreter(store, "/usr/bin/python", 10, 20) is None


def test_entries_of_a_cache_that_is_only_read_are_found(store, tmp_path):
    write_page(store, PAGE)
    layered = Store(str(tmp_path / "own"), layers=(store.root,))
    assert read_page(layered, INDEX, "app") == PAGE
    assert page_path(layered, INDEX, "app") == page_path(store, INDEX, "app")
    newer = PAGE._replace(fresh_until=9999.0)
    write_page(layered, newer)
    assert read_page(layered, INDEX, "app") == newer
    assert read_page(store, INDEX, "app") == PAGE
    assert page_path(layered, INDEX, "app").startswith(layered.root)


def test_keys_tell_parts_apart_and_are_the_same_in_every_process():
    assert key_of("a", 1, None) == hashlib.blake2b(b"('a', 1, None)", digest_size=32).hexdigest()
    assert key_of("a", "b") != key_of("ab")
    assert is_key(key_of("\udcff"))
