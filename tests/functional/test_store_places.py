"""Caches that cannot be written, must not be used, are full, or stand in layers."""

import os
import shutil
import subprocess
import sys
from functools import cache

import pytest

from tests.functional.commands.test_sync import MORE_OWN
from tests.kit.command import ROOT, run
from tests.kit.invariants import snapshot, violations


@cache
def why_not_mounted() -> str:
    if shutil.which("unshare") is None:
        return "unshare is not installed"
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", "mount -t tmpfs none /mnt"], capture_output=True, check=False
    )
    return "" if done.returncode == 0 else "no file system may be mounted here"


@pytest.fixture
def mounting(world):
    """Run xpip where the cache was mounted by a line of shell."""
    if why_not_mounted():
        pytest.skip(why_not_mounted())

    def mounted(line: str, *words):
        command = [
            sys.executable, "-m", "xpip", words[0], "--python", world.environment,
            "--cache-dir", world.cache, *words[1:],
        ]  # fmt: skip
        return run(
            "unshare", "-rm", "sh", "-c", f'{line} && exec "$@"', "sh", *command,
            cwd=world.folder, PYTHONPATH=str(ROOT / "src"),
        )  # fmt: skip

    return mounted


def index(world) -> list[str]:
    return ["--index-url", world.index.simple]


def two_wheels(world) -> None:
    for name in ("alpha", "beta"):
        world.wheel(name, "1.0", files={f"{name}/m{n}.py": f"{n}\n" * 500 for n in range(20)})


def tree(folder) -> dict:
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


def test_a_read_only_cache_is_read_and_what_is_new_goes_elsewhere(world, mounting):
    two_wheels(world)
    assert world.install("alpha").code == 0
    assert world.xpip("uninstall", "-y", "alpha").code == 0
    before = snapshot(world.cache)
    read_only = (
        f"mount --bind {world.cache} {world.cache} && mount -o remount,bind,ro {world.cache}"
    )
    done = mounting(read_only, "install", *index(world), "alpha", "beta")
    assert done.code == 0, done
    assert f"the cache `{world.cache}` cannot be written, so it is only read" in done.err
    assert violations(world.environment, MORE_OWN) == []
    assert set(world.installed()) == {"alpha", "beta"}
    assert snapshot(world.cache) == before


@pytest.mark.parametrize("size", ["16k", "64k", "128k"])
def test_a_full_cache_is_named_and_the_installation_succeeds(world, mounting, size):
    two_wheels(world)
    world.cache.mkdir(mode=0o700)
    small = f"mount -t tmpfs -o size={size},mode=700 none {world.cache}"
    done = mounting(small, "install", *index(world), "alpha", "beta")
    assert done.code == 0, done
    assert str(world.cache) in done.err
    assert "no space left on device; what is new goes to a temporary folder" in done.err
    assert violations(world.environment, MORE_OWN) == []
    assert set(world.installed()) == {"alpha", "beta"}


def test_a_cache_that_is_a_file_is_named_and_passed_over(world):
    two_wheels(world)
    world.cache.write_text("mine")
    done = world.install("alpha")
    assert done.code == 0, done
    assert f"the cache `{world.cache}` is not a folder, so it is not used" in done.err
    assert world.installed() == {"alpha": "1.0"}
    assert world.cache.read_text() == "mine"


def test_a_part_of_the_cache_that_cannot_be_written_is_named_and_passed_over(world):
    two_wheels(world)
    world.cache.mkdir(mode=0o700)
    (world.cache / "tmp").write_text("in the way")
    done = world.install("alpha")
    assert done.code == 0, done
    assert str(world.cache / "tmp") in done.err
    assert world.installed() == {"alpha": "1.0"}


def test_a_cache_that_others_may_write_is_not_trusted(world):
    two_wheels(world)
    world.cache.mkdir()
    world.cache.chmod(0o777)
    done = world.install("alpha")
    assert done.code == 0, done
    assert f"the cache `{world.cache}` can be written by every user" in done.err
    assert os.listdir(world.cache) == []
    assert world.installed() == {"alpha": "1.0"}


def test_layers_are_used_and_never_written(world, template):
    two_wheels(world)
    lower = world.folder / "lower"
    assert world.install("alpha", "--cache-dir", lower).code == 0
    run("rm", "-rf", world.environment)
    run("cp", "-a", template, world.environment)
    before, times = snapshot(lower), tree(lower)
    done = world.install("alpha", "beta", "--store-layer", lower)
    assert (done.code, done.err) == (0, ""), done
    assert violations(world.environment, MORE_OWN) == []
    assert snapshot(lower) == before
    assert tree(lower) == times
    listed = world.xpip("cache", "list").out
    assert "beta-1.0" in listed
    assert "alpha-1.0" not in listed, "what a layer has is not fetched again"


def test_a_layer_is_enough_to_install_offline(world, template):
    two_wheels(world)
    lower = world.folder / "lower"
    assert world.install("alpha", "--cache-dir", lower).code == 0
    run("rm", "-rf", world.environment)
    run("cp", "-a", template, world.environment)
    done = world.install("alpha", "--offline", XPIP_STORE_LAYER=f"{world.folder}/none {lower}")
    assert done.code == 0, done
    assert f"the store layer `{world.folder}/none` cannot be read" in done.err
    assert world.installed() == {"alpha": "1.0"}


def test_an_edited_file_of_a_layer_is_fetched_anew(world, template):
    two_wheels(world)
    lower = world.folder / "lower"
    assert world.install("alpha", "--cache-dir", lower).code == 0
    library = next((world.environment / "lib").iterdir()) / "site-packages"
    (library / "alpha" / "m1.py").write_text("evil\n")
    run("rm", "-rf", world.environment)
    run("cp", "-a", template, world.environment)
    done = world.install("alpha", "--store-layer", lower)
    assert done.code == 0, done
    assert "it is fetched again" in done.err
    assert violations(world.environment, MORE_OWN) == []
    # From now on the upper cache has it.
    assert "alpha-1.0" in world.xpip("cache", "list").out
    assert world.install("alpha", "--force-reinstall", "--store-layer", lower).err == ""


def test_a_layer_that_others_may_write_is_not_trusted(world):
    two_wheels(world)
    lower = world.folder / "lower"
    lower.mkdir()
    lower.chmod(0o777)
    done = world.install("alpha", "--store-layer", lower)
    assert done.code == 0
    assert f"the store layer `{lower}` can be written by every user" in done.err
