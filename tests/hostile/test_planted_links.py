"""Links that somebody planted in the cache or the environment: what they lead to is never touched."""

import os
import shutil

import pytest

from tests.kit.environments import FakeEnvironment
from tests.kit.invariants import improper, violations, witness
from tests.kit.wheels import WheelBuilder
from xpip.environment.locks import EnvironmentLock
from xpip.model.reporter import SilentReporter
from xpip.store.layout import BUCKETS, FILES, LEASES, TEMPORARY, WHEELS

COMMANDS = (
    ("cache", "prune", "--older-than", "0 days"),
    ("cache", "clean", "app"),
    ("cache", "verify", "--deep"),
    ("cache", "purge"),
)


@pytest.fixture
def place(tmp_path):
    """Return an environment with `app` in it, and a folder of somebody else's."""
    environment = FakeEnvironment(tmp_path / "environment")
    victim = tmp_path / "victim"
    (victim / "aa").mkdir(parents=True)
    (victim / "aa" / "KEPT").write_text("kept")
    (victim / "KEPT").write_text("kept")
    (victim / "KEPT").chmod(0o600)
    WheelBuilder("app", "1.0", {"app/m.py": "app = 1\n" * 40}).build(tmp_path / "wheels")
    done = install(environment)
    assert done.code == 0, done
    return environment, victim


def install(environment):
    folder = environment.folder.parent / "wheels"
    return environment.main("install", "--force-reinstall", "--no-index", "-f", folder, "app")


def said(done) -> None:
    """Fail when a command ended as none may; `verify` tells of what it finds without an error."""
    assert set(improper(done)) <= {"no error for a failure"}, done


def cache_of(environment):
    return environment.folder.parent / "cache"


def replace(path, target) -> None:
    """Put a link in the place of a file or folder."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)


@pytest.mark.parametrize("bucket", [name for name in BUCKETS if name != LEASES])
def test_a_bucket_that_is_a_link_is_not_followed(place, bucket):
    environment, victim = place
    before = witness(victim)
    for words in COMMANDS:
        replace(cache_of(environment) / bucket, victim)
        said(environment.main(*words))
        assert witness(victim) == before, words


@pytest.mark.parametrize("name", ["bb", "aa/bb"])
def test_a_link_inside_a_bucket_is_not_followed(place, name):
    environment, victim = place
    before = witness(victim)
    for words in COMMANDS:
        replace(cache_of(environment) / FILES / name, victim)
        said(environment.main(*words))
        assert witness(victim) == before, words


def test_a_folder_of_temporary_files_that_is_a_link_is_not_emptied(place):
    environment, victim = place
    before = witness(victim)
    replace(cache_of(environment) / TEMPORARY, victim)
    for words in COMMANDS:
        said(environment.main(*words))
        assert witness(victim) == before


@pytest.mark.parametrize("what", ["blob", "manifest", "lease", "tag"])
def test_a_file_of_the_cache_that_is_a_link_is_neither_written_nor_installed(place, what):
    environment, victim = place
    before = witness(victim)
    cache = cache_of(environment)
    blobs = [path for path in (cache / FILES).rglob("*") if path.is_file()]
    manifests = [path for path in (cache / WHEELS).rglob("*") if path.is_file()]
    paths = {
        "blob": blobs, "manifest": manifests, "lease": [cache / LEASES / "current"],
        "tag": [cache / "CACHEDIR.TAG"],
    }  # fmt: skip
    for path in paths[what]:
        replace(path, victim / "KEPT")
    done = install(environment)
    assert improper(done) == []
    assert done.code == 0, done
    assert violations(environment.folder) == []
    assert not any(path.is_symlink() for path in environment.library.rglob("*"))
    assert witness(victim) == before


def test_the_lock_of_an_environment_is_not_taken_through_a_link(place):
    """File systems that cannot lock folders get a file, which could be a link."""
    environment, victim = place
    before = witness(victim)
    (environment.library / ".xpip-lock").symlink_to(victim / "KEPT")
    done = install(environment)
    assert improper(done) == []
    assert witness(victim) == before
    with EnvironmentLock(str(environment.library), 1, SilentReporter()):
        assert witness(victim) == before


@pytest.mark.parametrize("name", [".xpip-txn", ".xpip-txn/journal.new"])
def test_a_transaction_folder_that_is_a_link_is_not_followed(place, name):
    environment, victim = place
    before = witness(victim)
    path = environment.library / name
    path.parent.mkdir(exist_ok=True)
    path.symlink_to(victim if name == ".xpip-txn" else victim / "KEPT")
    done = install(environment)
    assert improper(done) == []
    assert witness(victim) == before
    assert os.path.lexists(environment.library / "app" / "m.py")
