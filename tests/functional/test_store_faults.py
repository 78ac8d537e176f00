"""Links that cannot be made and disks that fail while the store is filled, injected by `strace`.

Each leaves the environment as it was or as it should be, and nothing in `tmp/` of the cache.
"""

import os
import shutil
import sys

import pytest

from tests.functional.commands.test_sync import MORE_OWN
from tests.functional.test_system_faults import why_not_traced
from tests.kit.command import ROOT, run
from tests.kit.invariants import snapshot, violations
from xpip.store.layout import FILES as FILES_BUCKET

FILES = 70


@pytest.fixture
def traced(world):
    """Return what runs an installation of `alpha` under strace."""
    if why_not_traced():
        pytest.skip(why_not_traced())
    files = {f"alpha/m{n}.py": f"alpha = {n}\n" * 20 for n in range(FILES)}
    world.wheel("alpha", "1.0", files=files)

    def install(*inject: str):
        return run(
            *strace(*inject), sys.executable, "-B", "-m", "xpip", "install", "--index-url", world.index.simple,
            "alpha", "--python", world.environment, "--cache-dir", world.cache,
            cwd=world.folder, PYTHONPATH=str(ROOT / "src"),
        )  # fmt: skip

    return install


def strace(*inject: str) -> list[str]:
    calls = ",".join(fault.partition(":")[0] for fault in inject)
    options = [word for fault in inject for word in ("-e", f"inject={fault}")]
    return ["strace", "-f", "-qq", "-e", f"trace={calls}", *options, "-o", "/dev/null"]


def litter(world) -> list:
    return list((world.cache / "tmp").glob("*"))


def reset(world, template) -> None:
    shutil.rmtree(world.environment)
    run("cp", "-a", template, world.environment)


@pytest.mark.parametrize("error", ["EMLINK", "EXDEV", "EPERM", "EOPNOTSUPP"])
def test_a_link_that_cannot_be_made_is_a_copy(world, template, traced, error):
    for when in ("1", "50", "50+"):
        reset(world, template)
        done = traced(f"link,linkat:error={error}:when={when}")
        assert (done.code, done.err) == (0, ""), (when, done)
        assert violations(world.environment, MORE_OWN) == []
        assert litter(world) == []


def test_a_file_system_without_links_and_locks_will_do(world, template, traced):
    faults = ("link,linkat:error=EPERM", "flock:error=ENOLCK")
    done = traced(*faults)
    assert done.code == 0, done
    assert violations(world.environment, MORE_OWN) == []
    assert litter(world) == []
    pruned = run(
        *strace("flock:error=ENOLCK"), sys.executable, "-m", "xpip", "cache", "prune",
        "--cache-dir", world.cache, PYTHONPATH=str(ROOT / "src"),
    )  # fmt: skip
    assert (pruned.code, pruned.err) == (0, ""), pruned
    assert world.xpip("cache", "verify", "--deep").code == 0


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("write", "ENOSPC"),
        ("write", "EIO"),
        ("write", "EDQUOT"),
        ("rename,renameat2", "EROFS"),
        ("rename,renameat2", "EIO"),
        ("mkdir,mkdirat", "EACCES"),
        ("mkdir,mkdirat", "ENOSPC"),
        ("utimensat", "EIO"),
    ],
)
def test_a_failure_while_the_store_is_filled_leaves_old_or_new(
    world, template, traced, call, error
):
    before = snapshot(world.environment)
    # Calls are counted for each thread, so that the second attempt fails at the same place.
    for when in (3, 3 + FILES // 2):
        shutil.rmtree(world.cache, ignore_errors=True)
        reset(world, template)
        done = traced(f"{call}:error={error}:when={when}")
        assert "Traceback" not in done.err
        assert "has a bug" not in done.err, done
        if done.code == 0:
            assert violations(world.environment, MORE_OWN) == []
        else:
            assert snapshot(world.environment) == before, done
            assert "`" in done.err, "the place is named"
        assert litter(world) == []
        again = world.install("alpha")
        assert again.code == 0, again
        assert violations(world.environment, MORE_OWN) == []
        assert world.xpip("cache", "verify", "--deep").code == 0


def test_sixty_four_open_files_are_enough(world):
    for number in range(12):
        files = {f"p{number}/m{n}.py": f"{number}, {n}\n" * 99 for n in range(30)}
        world.wheel(f"p{number}", "1.0", files=files)
    done = run(
        "sh", "-c", 'ulimit -n 64 && exec "$@"', "sh", sys.executable, "-m", "xpip", "install",
        "--index-url", world.index.simple, *(f"p{number}" for number in range(12)),
        "--python", world.environment, "--cache-dir", world.cache,
        cwd=world.folder, PYTHONPATH=str(ROOT / "src"),
    )  # fmt: skip
    assert (done.code, done.err) == (0, ""), done
    assert violations(world.environment, MORE_OWN) == []
    assert litter(world) == []


def test_a_blob_that_vanishes_between_manifest_and_link_is_fetched_again(world, template):
    world.wheel("alpha", "1.0", files={"alpha/m.py": "alpha = 1\n" * 20})
    assert world.install("alpha").code == 0
    shutil.rmtree(world.cache / FILES_BUCKET)
    os.mkdir(world.cache / FILES_BUCKET)
    reset(world, template)
    done = world.install("alpha")
    assert done.code == 0, done
    assert "it is fetched again" in done.err
    assert violations(world.environment, MORE_OWN) == []
