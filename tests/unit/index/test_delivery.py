"""Files brought into a user's folder appear there whole and verified, or not at all."""

import hashlib
import os

import pytest

from xpip.errors import IntegrityError, XpipError
from xpip.index.delivery import deliver
from xpip.index.remote import OfflineError
from xpip.model.link import Digest, IndexFile
from xpip.model.urls import path_to_url

DATA = b"PK" + bytes(range(256)) * 20


def sha256(data):
    return Digest("sha256", hashlib.sha256(data).hexdigest())


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "wheels"
    path.mkdir()
    return path


@pytest.fixture
def local(tmp_path):
    path = tmp_path / "thing-1.0-py3-none-any.whl"
    path.write_bytes(DATA)
    return IndexFile(path.name, path_to_url(str(path)), (sha256(DATA),), size=len(DATA))


def brought(bench, file, folder, expected=(), **options):
    """Run one delivery with a client of its own."""
    from tests.unit.index.conftest import QUICK
    from xpip.model.options import NetworkOptions
    from xpip.network.client import Client
    from xpip.network.loop import scheduler

    async def work():
        if options.get("offline"):
            return await deliver(file, expected, str(folder), None, bench.reporter)
        connection = NetworkOptions(retries=1, timeout=1.0)
        async with Client(connection, bench.reporter, pace=QUICK) as network:
            return await deliver(file, expected, str(folder), network, bench.reporter)

    return scheduler.run(work())


def test_a_local_file_is_copied(bench, local, folder):
    found = brought(bench, local, folder, offline=True)
    assert found == (str(folder / local.filename), False)
    assert (folder / local.filename).read_bytes() == DATA
    assert brought(bench, local, folder, offline=True).was_there


def test_a_file_with_another_hash_leaves_nothing_behind(bench, local, folder):
    wrong = local._replace(digests=(sha256(b"other"),))
    with pytest.raises(IntegrityError, match="not the file that its index promises"):
        brought(bench, wrong, folder, offline=True)
    assert os.listdir(folder) == []


def test_one_of_the_users_hashes_is_enough(bench, local, folder):
    plain = local._replace(digests=())
    brought(bench, plain, folder, (sha256(b"other"), sha256(DATA)), offline=True)
    (folder / local.filename).unlink()
    with pytest.raises(IntegrityError, match="none of the hashes") as caught:
        brought(bench, plain, folder, (sha256(b"other"),), offline=True)
    assert f"expected: {sha256(b'other')}" in caught.value.details
    assert f"got: {sha256(DATA)}" in caught.value.details


def test_without_any_known_hash_what_is_there_stays(bench, local, folder):
    place = folder / local.filename
    place.write_bytes(b"mine")
    found = brought(bench, local._replace(digests=(), size=None), folder, offline=True)
    assert found.was_there
    assert place.read_bytes() == b"mine"


def test_a_broken_file_that_is_there_stays_until_the_right_one_has_come(bench, local, folder):
    place = folder / local.filename
    place.write_bytes(b"broken")
    remote = local._replace(url="https://files.example/thing.whl")
    with pytest.raises(OfflineError):
        brought(bench, remote, folder, offline=True)
    assert place.read_bytes() == b"broken"
    brought(bench, local, folder, offline=True)
    assert place.read_bytes() == DATA
    assert os.listdir(folder) == [local.filename]


def test_a_folder_that_is_not_there_is_one_error(bench, local, folder):
    with pytest.raises(XpipError, match="cannot be written"):
        brought(bench, local, folder / "absent", offline=True)


def test_a_web_page_in_place_of_a_file_is_refused_at_its_first_bytes(
    bench, local, folder, tmp_path
):
    (tmp_path / local.filename).write_bytes(b"<!DOCTYPE html><title>Login</title>")
    with pytest.raises(IntegrityError, match="a web page"):
        brought(bench, local._replace(digests=()), folder, offline=True)
    assert os.listdir(folder) == []
