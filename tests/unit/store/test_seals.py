"""What may have been torn when the machine went down is hashed once, and never again."""

import os
import shutil
from pathlib import Path

import pytest

from tests.kit.wheels import WheelBuilder
from xpip.store.layout import FILES, WHEELS, Store, open_store
from xpip.store.seals import is_sealed
from xpip.store.unpack import add_wheel
from xpip.store.wheels import read_wheel

TEXT = "a text that is long enough to have a blob of its own in the store: {}\n"
LATER = 9_000_000_000.0
"""A start of the machine after everything here was written."""


@pytest.fixture
def filled(tmp_path):
    store = open_store(str(tmp_path / "cache"))
    builder = WheelBuilder(
        "app", "1.0", {"a.py": TEXT.format(1), "b.py": TEXT.format(2), "c.py": ""}
    )
    path = builder.build(tmp_path / "wheels")
    return store, add_wheel(store, str(path), path.name, ())


def blob(store, wheel, name) -> Path:
    file = next(file for folder in wheel.folders for file in folder.files if file.name == name)
    return Path(store.root, FILES, file.blob)


def zero(path: Path) -> None:
    status = path.stat()
    path.write_bytes(bytes(status.st_size))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def manifest(store, wheel) -> Path:
    return Path(store.root, WHEELS, wheel.key)


def test_a_whole_wheel_is_sealed_and_used(filled):
    store, wheel = filled
    assert not is_sealed(manifest(store, wheel).stat())
    assert read_wheel(Store(store.root, booted=LATER), wheel.key) == wheel
    assert is_sealed(manifest(store, wheel).stat())


def test_a_torn_blob_takes_the_wheel_out_of_use(filled):
    store, wheel = filled
    zero(blob(store, wheel, "b.py"))
    assert read_wheel(store, wheel.key) == wheel, "nothing shows it"
    assert read_wheel(Store(store.root, booted=LATER), wheel.key) is None
    assert not manifest(store, wheel).exists()


def test_what_is_sealed_is_not_read_again(filled):
    store, wheel = filled
    restarted = Store(store.root, booted=LATER)
    assert read_wheel(restarted, wheel.key) == wheel
    zero(blob(store, wheel, "b.py"))
    assert read_wheel(restarted, wheel.key) == wheel


def test_what_was_written_since_the_start_is_not_read(filled):
    store, wheel = filled
    zero(blob(store, wheel, "b.py"))
    written = manifest(store, wheel).stat().st_ctime
    assert read_wheel(Store(store.root, booted=written - 1), wheel.key) == wheel


def test_a_copy_of_the_store_has_no_seals(filled, tmp_path):
    store, wheel = filled
    assert read_wheel(Store(store.root, booted=LATER), wheel.key) == wheel
    copy = Store(str(tmp_path / "copy"), booted=LATER)
    shutil.copytree(store.root, copy.root)
    zero(blob(copy, wheel, "a.py"))
    assert read_wheel(copy, wheel.key) is None


def test_a_layer_is_trusted_as_it_was_delivered(filled, tmp_path):
    store, wheel = filled
    before = manifest(store, wheel).stat()
    upper = Store(str(tmp_path / "upper"), (store.root,), booted=LATER)
    assert read_wheel(upper, wheel.key) == wheel
    assert manifest(store, wheel).stat().st_mtime == before.st_mtime
