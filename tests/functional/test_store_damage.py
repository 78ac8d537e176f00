"""Files of the store that were edited, or torn when the machine went down: nobody installs them."""

import os
import shutil
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

import pytest

from tests.functional.commands.test_sync import MORE_OWN
from tests.kit.command import ROOT, run
from tests.kit.invariants import violations
from xpip.store.layout import FILES, INTERPRETERS, METADATA, PAGES, RESOLUTIONS, WHEELS

PACKED = (WHEELS, PAGES, METADATA, RESOLUTIONS, INTERPRETERS)


def truncated(content: bytes) -> bytes:
    return b""


def zeroed(content: bytes) -> bytes:
    return bytes(len(content))


def halved(content: bytes) -> bytes:
    return content[: len(content) // 2]


DAMAGES = {"truncated": truncated, "zeroed": zeroed, "halved": halved}


@cache
def why_not_restarted() -> str:
    if shutil.which("unshare") is None:
        return "unshare is not installed"
    done = subprocess.run(restarted("true"), capture_output=True, check=False)
    return "" if done.returncode == 0 else "no time namespace may be made here"


def restarted(*argv) -> list[str]:
    """Return a command that runs as if the machine had just been started."""
    up = int(time.clock_gettime(time.CLOCK_BOOTTIME))
    return ["unshare", "-r", "-T", "--boottime", str(-up), *map(str, argv)]


def damage(path: Path, kind: str) -> None:
    """Damage a file as a lost write does: its times stay."""
    status = path.stat()
    path.write_bytes(DAMAGES[kind](path.read_bytes()))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def install_after_restart(world, cache_folder, environment):
    command = [
        sys.executable, "-m", "xpip", "install", "--index-url", world.index.simple, "alpha", "beta",
        "--python", environment, "--cache-dir", cache_folder,
    ]  # fmt: skip
    return run(*restarted(*command), cwd=world.folder, PYTHONPATH=str(ROOT / "src"))


def fill(world) -> None:
    for name in ("alpha", "beta"):
        files = {f"{name}/m{n}.py": f"{name} = {n}\n" * 30 for n in range(10)}
        files |= {f"{name}/shared.py": "shared = 1\n" * 30, f"{name}/__init__.py": ""}
        world.wheel(name, "1.0", files=files)
    done = world.install("alpha", "beta")
    assert done.code == 0, done


def entries(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def check_torn(world, template, chosen: list[Path], kind: str) -> None:
    """Damage some files of a copy of the cache, install from it, and see that all is right."""
    copy = world.folder / "copy"
    environment = world.folder / "after"
    for folder in (copy, environment):
        shutil.rmtree(folder, ignore_errors=True)
    run("cp", "-a", world.cache, copy)
    run("cp", "-a", template, environment)
    for path in chosen:
        damage(copy / path.relative_to(world.cache), kind)
    done = install_after_restart(world, copy, environment)
    assert done.code == 0, done
    assert violations(environment, MORE_OWN) == [], (kind, chosen)
    checked = world.xpip("cache", "verify", "--deep", "--cache-dir", copy)
    edited = [line for line in checked.out.splitlines() if f"/{FILES}/" in line]
    assert edited == [], (kind, chosen, done)


@pytest.mark.parametrize("kind", DAMAGES)
def test_torn_files_are_noticed_after_a_restart(world, template, kind):
    if why_not_restarted():
        pytest.skip(why_not_restarted())
    fill(world)
    blobs = [path for path in entries(world.cache / FILES) if path.stat().st_size]
    check_torn(world, template, blobs[:: len(blobs) // 3], kind)
    packed = [entries(world.cache / bucket)[0] for bucket in PACKED]
    check_torn(world, template, packed, kind)


@pytest.mark.long
@pytest.mark.parametrize("kind", DAMAGES)
def test_each_torn_file_is_noticed_after_a_restart(world, template, kind):
    if why_not_restarted():
        pytest.skip(why_not_restarted())
    fill(world)
    for path in entries(world.cache):
        if path.stat().st_size and path.parent.name != "leases-v1":
            check_torn(world, template, [path], kind)


def test_what_was_checked_after_a_restart_is_not_hashed_again(world, template):
    if why_not_restarted():
        pytest.skip(why_not_restarted())
    fill(world)
    manifests = entries(world.cache / WHEELS)
    environment = world.folder / "after"
    run("cp", "-a", template, environment)
    assert install_after_restart(world, world.cache, environment).code == 0
    seals = [path.stat().st_mtime for path in manifests]
    assert seals == [10**9 + path.stat().st_ino % 10**9 for path in manifests]
    # A copy has other inodes: nobody knows whether it reached the disk.
    run("cp", "-a", world.cache, world.folder / "copy")
    for path in entries(world.folder / "copy" / WHEELS):
        assert path.stat().st_mtime != 10**9 + path.stat().st_ino % 10**9


def library(environment: Path) -> Path:
    return next((environment / "lib").iterdir()) / "site-packages"


def test_an_edit_of_a_file_that_two_projects_share_reaches_nobody(world, template):
    fill(world)
    other = world.folder / "other"
    run("cp", "-a", template, other)
    assert world.install("beta", "--python", other).code == 0
    path = library(world.environment) / "alpha" / "shared.py"
    assert path.stat().st_nlink == 4, "the store, both projects here, one there"
    path.write_text("evil = 1\n" * 30)
    third = world.folder / "third"
    run("cp", "-a", template, third)
    done = world.install("alpha", "beta", "--python", third)
    assert done.code == 0, done
    assert "`shared.py` of `alpha 1.0` was changed in the cache or removed" in done.err
    assert str(world.environment) in done.err
    assert violations(third, MORE_OWN) == []


def test_the_environments_that_share_an_edited_file_are_named(world, template):
    fill(world)
    other = world.folder / "other"
    run("cp", "-a", template, other)
    assert world.install("alpha", "--python", other).code == 0
    path = library(world.environment) / "alpha" / "m3.py"
    status = path.stat()
    path.write_text("evil".ljust(status.st_size - 1) + "\n")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert world.xpip("cache", "verify").code == 0, "size and time are as they were"
    done = world.xpip("cache", "verify", "--deep")
    assert done.code == 1
    assert f"also in {world.environment}, {other} (of alpha-1.0" in done.out
    third = world.folder / "third"
    run("cp", "-a", template, third)
    assert world.install("alpha", "--python", third).code == 0
    assert violations(third, MORE_OWN) == []
    assert world.xpip("cache", "verify", "--deep").code == 0
