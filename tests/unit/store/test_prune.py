"""What nobody needs goes, what somebody may need stays, and a pretended pruning tells the same."""

import os
import time
from pathlib import Path

import pytest

from tests.kit.wheels import WheelBuilder
from xpip.model.dependencies import CoreMetadata
from xpip.model.reporter import SilentReporter
from xpip.store.built import BuiltWheel, keep_built, read_built_wheel
from xpip.store.keys import key_of
from xpip.store.layout import (
    BUILD_ENVIRONMENTS,
    BUILD_LOGS,
    BUILT_WHEELS,
    BYTECODE,
    FILES,
    REPOSITORIES,
    SOURCES,
    UNCHANGED,
    open_store,
)
from xpip.store.metadata import read_metadata, write_metadata
from xpip.store.packing import pack, write_packed
from xpip.store.prune import PruneOptions, prune
from xpip.store.unpack import add_wheel
from xpip.store.upkeep import verify
from xpip.store.wheels import drop_wheel, read_wheel

DAY = 24 * 60 * 60
SHARED = "shared = 'the same long text in both of the wheels that this test unpacks'\n"
OWN = "own = 'a long text that only the wheel of this one project has in it: {}'\n"


@pytest.fixture
def store(tmp_path):
    return open_store(str(tmp_path / "cache"))


@pytest.fixture
def wheels(store, tmp_path):
    found = {}
    for name in ("one", "two"):
        builder = WheelBuilder(name, "1.0", {"shared.py": SHARED, f"{name}.py": OWN.format(name)})
        path = builder.build(tmp_path / "wheels")
        found[name] = add_wheel(store, str(path), path.name, ())
        write_metadata(store, found[name].key, CoreMetadata(name, "1.0"))
    return found


def pruned(store, *, after: float = 0, **wishes):
    """Prune so many seconds from now, once pretended and once done; both say the same."""
    options = PruneOptions(time.time() + after, **wishes)
    if after < 40 * DAY:
        # A pretended pruning does not see what was written within the same tick of the clock.
        time.sleep(0.02)
    told = prune(store, options._replace(dry_run=True, now=options.now + 0.02), SilentReporter())
    done = prune(store, options, SilentReporter())
    assert done[:2] + done[3:] == told[:2] + told[3:]
    return done


def blob(store, wheel, name) -> Path:
    file = next(file for folder in wheel.folders for file in folder.files if file.name == name)
    return Path(store.root, FILES, file.blob)


def make(store, *parts: str) -> Path:
    path = Path(store.root, *parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("something\n")
    return path


def test_an_absent_store_is_not_made(store):
    os.unlink(f"{store.root}/CACHEDIR.TAG")
    os.rmdir(store.root)
    assert pruned(store) == (0, 0, 0, (), True, ())
    assert not os.path.exists(store.root)


def test_blobs_that_no_wheel_names_go(store, wheels, tmp_path):
    os.link(blob(store, wheels["one"], "one.py"), tmp_path / "installed.py")
    drop_wheel(store, wheels["one"].key)
    done = pruned(store)
    assert not blob(store, wheels["one"], "one.py").exists()
    assert blob(store, wheels["two"], "shared.py").exists()
    assert (tmp_path / "installed.py").read_text() == OWN.format("one")
    assert done.size - done.freed == len(OWN.format("one")), "the environment keeps its link"
    assert read_wheel(store, wheels["two"].key) == wheels["two"]
    assert verify(store, True, time.time()).problems == ()


def test_wheels_stay_until_an_age_is_given(store, wheels):
    done = pruned(store, after=400 * DAY)
    assert done.wheels == ()
    assert read_wheel(store, wheels["one"].key) == wheels["one"]
    assert read_metadata(store, wheels["one"].key) is None, "the rest goes after three months"


def test_wheels_that_were_not_used_for_so_long_go(store, wheels):
    assert pruned(store, after=20 * DAY, older_than=30.0 * DAY).wheels == ()
    done = pruned(store, after=31 * DAY, older_than=30.0 * DAY)
    assert done.wheels == ("one-1.0-py3-none-any.whl", "two-1.0-py3-none-any.whl")
    assert not os.path.exists(f"{store.root}/{FILES}") or os.listdir(f"{store.root}/{FILES}") == []


def test_wheels_whose_files_are_all_in_environments_stay(store, wheels, tmp_path):
    folder = tmp_path / "environment"
    folder.mkdir()
    for folder_ in wheels["one"].folders:
        for file in folder_.files:
            os.link(f"{store.root}/{FILES}/{file.blob}", folder / file.name)
    done = pruned(store, after=90 * DAY, older_than=30.0 * DAY)
    assert done.wheels == ("two-1.0-py3-none-any.whl",)
    assert read_wheel(store, wheels["one"].key) == wheels["one"]
    assert verify(store, True, time.time()).problems == ()


def test_a_torn_manifest_goes_with_its_blobs(store, wheels):
    from xpip.store.layout import WHEELS

    Path(store.root, WHEELS, wheels["one"].key).write_bytes(b"torn")
    pruned(store)
    assert not Path(store.root, WHEELS, wheels["one"].key).exists()
    assert not blob(store, wheels["one"], "one.py").exists()
    assert read_wheel(store, wheels["two"].key) == wheels["two"]


def test_what_was_built_here_outlives_all_that_can_be_fetched(store, wheels, tmp_path):
    """With `ci` the wheel file is all that is kept: unpacking it again needs no network."""
    path = WheelBuilder("built", "1.0", {"built.py": OWN.format("built")}).build(tmp_path / "dist")
    wheel = add_wheel(store, str(path), path.name, ())
    key = key_of("how it was built")
    keep_built(store, key, BuiltWheel("built", wheel.key, path.name), str(path))
    orphan = make(store, BUILT_WHEELS, f"{key_of('of nobody')}.whl")
    done = pruned(store, ci=True)
    assert len(done.wheels) == 3
    assert read_metadata(store, wheels["one"].key) is None
    assert not orphan.exists()
    assert read_built_wheel(store, key) == wheel
    assert verify(store, True, time.time()).problems == ()


def test_a_built_wheel_whose_file_is_gone_stays_unpacked(store, tmp_path):
    path = WheelBuilder("built", "1.0", {"built.py": OWN.format("built")}).build(tmp_path / "dist")
    wheel = add_wheel(store, str(path), path.name, ())
    key = key_of("how it was built")
    keep_built(store, key, BuiltWheel("built", wheel.key, path.name), str(path))
    os.unlink(f"{store.root}/{BUILT_WHEELS}/{key}.whl")
    assert pruned(store, ci=True).wheels == ()
    assert read_built_wheel(store, key) == wheel


def test_environments_of_builds_go_when_they_are_old_or_nobody_names_them(store):
    used, unused = key_of("used"), key_of("unused")
    for key, name in ((used, "e-1"), (unused, "e-2")):
        make(store, BUILD_ENVIRONMENTS, name, "lib", "module.py")
        write_packed(store, store.path(BUILD_ENVIRONMENTS, key), (name, ("module.py",)))
    make(store, BUILD_ENVIRONMENTS, "e-3", "lib", "module.py")
    os.unlink(store.path(BUILD_ENVIRONMENTS, unused))
    pruned(store)
    assert set(os.listdir(f"{store.root}/{BUILD_ENVIRONMENTS}")) == {used, "e-1"}
    pruned(store, after=31 * DAY)
    assert os.listdir(f"{store.root}/{BUILD_ENVIRONMENTS}") == []


def test_unpacked_sources_go_after_a_month_or_without_their_list(store):
    whole = make(store, SOURCES, "ab", "cd", "tree", "setup.py").parents[1]
    (whole / "manifest").write_bytes(pack(("", ())))
    broken = make(store, SOURCES, "ab", "ef", "tree", "setup.py").parents[1]
    pruned(store)
    assert whole.exists()
    assert not broken.exists()
    pruned(store, after=31 * DAY)
    assert not whole.exists()


def test_checkouts_go_before_the_mirror_that_they_borrow_from(store):
    mirror = make(store, REPOSITORIES, "key", "mirror", "HEAD")
    checkout = make(store, REPOSITORIES, "key", "a" * 40, ".git", "HEAD")
    pruned(store)
    assert checkout.exists()
    pruned(store, after=31 * DAY)
    assert not checkout.exists()
    assert mirror.exists()
    pruned(store, after=91 * DAY)
    assert not mirror.exists()


def test_compiled_modules_go_with_their_wheel_or_after_three_months(store, wheels):
    kept = make(store, BYTECODE, wheels["one"].key, "cpython-311", "manifest")
    orphan = make(store, BYTECODE, "0" * 64, "cpython-311", "manifest")
    pruned(store)
    assert kept.exists()
    assert not orphan.exists()
    pruned(store, after=91 * DAY)
    assert not kept.exists()
    assert read_wheel(store, wheels["one"].key) == wheels["one"]


def test_stamps_and_logs_go_after_a_month(store):
    paths = [make(store, UNCHANGED, "stamp"), make(store, BUILD_LOGS, "app.log")]
    pruned(store, after=29 * DAY)
    assert all(path.exists() for path in paths)
    pruned(store, after=31 * DAY)
    assert not any(path.exists() for path in paths)


def test_a_cache_that_a_newer_xpip_shares_keeps_its_files(store, wheels):
    drop_wheel(store, wheels["one"].key)
    make(store, "wheels-v99", "entry")
    done = pruned(store)
    assert "a newer xpip shares this cache" in done.notes[0]
    assert blob(store, wheels["one"], "one.py").exists()


def test_links_to_elsewhere_are_never_followed(store, tmp_path):
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "file").write_text("mine")
    for bucket in ("pages-v1", "tmp"):
        Path(store.root, bucket).mkdir()
        os.symlink(victim, f"{store.root}/{bucket}/link")
    assert pruned(store).files == 2
    assert (victim / "file").read_text() == "mine"


def test_a_blob_that_is_found_present_at_this_moment_stays(store, wheels, tmp_path):
    """Unpacking marks what it means to use; pruning that began before leaves it alone."""
    from xpip.store.leases import Turn
    from xpip.store.prune import _Pruning

    drop_wheel(store, wheels["one"].key)
    turn = Turn(store)
    path = tmp_path / "wheels" / "one-1.0-py3-none-any.whl"
    assert add_wheel(store, str(path), path.name, ()) == wheels["one"]
    drop_wheel(store, wheels["one"].key)
    _Pruning(store, PruneOptions(time.time())).sweep(turn.began_ns)
    assert blob(store, wheels["one"], "one.py").exists()
