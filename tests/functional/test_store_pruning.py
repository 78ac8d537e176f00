"""`xpip cache prune` beside installers that fill and use the same store.

The default run is a small sample; `-m long` takes the figure of reliability.md. `XPIP_TEST_ROUNDS`
replaces the number of rounds.
"""

import os
import re
import subprocess
import sys

import pytest

from tests.functional.commands.test_sync import MORE_OWN
from tests.functional.test_many_processes import start
from tests.kit.command import ROOT, run
from tests.kit.invariants import violations

ROUNDS = int(os.environ.get("XPIP_TEST_ROUNDS", "0"))


def pruned_beside(world, template, number: int, rounds: int, *options: str) -> int:
    """Install again and again while the store is pruned in a loop; return how often it was."""
    for name in ("alpha", "beta", "gamma"):
        shared = {f"{name}/shared{n}.py": f"shared = {n}\n" * 20 for n in range(20)}
        own = {f"{name}/m{n}.py": f"{name} = {n}\n" * 20 for n in range(20)}
        world.wheel(name, "1.0", files=shared | own)
    turns = 0
    for count in range(rounds):
        environments = [world.folder / f"e{count}-{n}" for n in range(number)]
        for environment in environments:
            run("cp", "-a", template, environment)
        names = ("alpha", "beta", "gamma")
        processes = [
            start(world, one, world.cache, "install", names[n % 3], names[(n + count) % 3])
            for n, one in enumerate(environments)
        ]
        while any(process.poll() is None for process in processes):
            done = world.xpip("cache", "prune", *options)
            assert done.code == 0, done
            assert re.match(r"Removed \d", done.out.replace(",", "")), done
            turns += 1
        for process in processes:
            out, err = process.communicate(timeout=300)
            assert process.returncode == 0, (out.decode(), err.decode())
            assert b"fetched again" not in err, err.decode()
        for environment in environments:
            assert violations(environment, MORE_OWN) == []
            run("rm", "-rf", environment)
    done = world.xpip("cache", "verify", "--deep")
    assert done.code == 0, done
    return turns


def test_installers_never_notice_that_the_store_is_pruned(world, template):
    assert pruned_beside(world, template, 3, 2, "--older-than", "0 days") > 0


@pytest.mark.long
@pytest.mark.parametrize("options", [(), ("--older-than", "0 days"), ("--ci",)], ids=str)
def test_eight_installers_beside_pruning_in_a_loop(world, template, options):
    assert pruned_beside(world, template, 8, ROUNDS or 25, *options) > 0


def test_what_no_environment_uses_goes_and_what_one_uses_stays(world):
    for name in ("alpha", "beta"):
        world.wheel(name, "1.0", files={f"{name}/m.py": f"{name} = 1\n" * 30})
    assert world.install("alpha", "beta").code == 0
    assert world.xpip("uninstall", "-y", "beta").code == 0
    told = world.xpip("cache", "prune", "--older-than", "0 days", "--dry-run", "-v")
    assert told.out.startswith("Would remove ")
    assert told.err == "would remove beta-1.0-py3-none-any.whl\n"
    assert "beta" in world.xpip("cache", "list").out
    done = world.xpip("cache", "prune", "--older-than", "0 days")
    assert done.out == told.out.replace("Would remove", "Removed"), done
    listed = world.xpip("cache", "list").out
    assert "alpha-1.0" in listed
    assert "beta-1.0" not in listed
    assert violations(world.environment, MORE_OWN) == []
    assert world.xpip("cache", "verify", "--deep").code == 0
    assert world.install("beta").code == 0


def test_without_an_age_wheels_stay(world):
    world.wheel("alpha", "1.0")
    assert world.install("alpha").code == 0
    assert world.xpip("uninstall", "-y", "alpha").code == 0
    assert world.xpip("cache", "prune").out == "Removed 0 files, 0 bytes\n"
    assert "alpha-1.0" in world.xpip("cache", "list").out


def test_a_running_process_is_waited_for_and_then_left_its_files(world):
    """Whoever has taken a lease before keeps all files until it ends, within the time limit."""
    world.wheel("alpha", "1.0")
    assert world.install("alpha").code == 0
    assert world.xpip("cache", "clean", "alpha").code == 0
    orphan = world.cache / "files-v1" / "ab" / "cd"
    orphan.parent.mkdir(parents=True, exist_ok=True)
    orphan.write_text("nobody names this")
    code = (
        "import sys; from xpip.store.layout import Store; from xpip.store.leases import Leases\n"
        "Leases(Store(sys.argv[1])).__enter__(); print('held', flush=True); sys.stdin.read()\n"
    )
    with started(world, code) as holder:
        assert holder.stdout.readline() == b"held\n"
        done = world.xpip("cache", "prune", "--lock-timeout", "0.2")
        assert done.code == 0
        assert "other xpip processes still use the cache" in done.err
        assert orphan.exists()
        holder.communicate()
    done = world.xpip("cache", "prune")
    assert (done.code, done.err) == (0, "")
    assert not orphan.exists()


def started(world, code: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", code, str(world.cache)],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip


def test_leftovers_of_killed_processes_go_at_once(world):
    world.wheel("alpha", "1.0")
    assert world.install("alpha").code == 0
    (world.cache / "tmp" / "1-dead" / "deep").mkdir(parents=True)
    (world.cache / "tmp" / "1-dead" / "deep" / "1").write_text("x")
    (world.cache / "tmp" / "2-dead.whl").write_text("x")
    assert world.xpip("cache", "prune").out == "Removed 2 files, 2 bytes\n"
    assert list((world.cache / "tmp").iterdir()) == []


def test_for_ci_only_what_was_built_here_stays(world):
    world.wheel("alpha", "1.0")
    assert world.install("alpha").code == 0
    assert world.xpip("cache", "prune", "--ci").code == 0
    left = {path.relative_to(world.cache).parts[0] for path in files(world.cache)}
    assert left == {"CACHEDIR.TAG", "leases-v1", "interpreters-v1", "environments-v1"}
    assert violations(world.environment, MORE_OWN) == []
    assert world.install("--force-reinstall", "alpha").code == 0


def files(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_buckets_of_older_versions_go_and_newer_ones_stay(world):
    world.wheel("alpha", "1.0")
    assert world.install("alpha").code == 0
    for name in ("pages-v1", "files-v9", "mine", "surprise-v3"):
        (world.cache / name).mkdir()
        (world.cache / name / "entry").write_text("12345")
    assert world.xpip("cache", "prune").out == "Removed 1 file, 5 bytes\n"
    assert not (world.cache / "pages-v1").exists()
    assert all((world.cache / name).exists() for name in ("files-v9", "mine", "surprise-v3"))


@pytest.mark.parametrize(
    ("words", "fragment"),
    [
        (["prune", "--older-than", "30"], "is not a length of time"),
        (["prune", "everything"], "takes no argument"),
        (["clean", "--ci"], "`--ci` belongs to `cache prune`"),
        (["size", "--dry-run"], "`--dry-run` belongs to `cache prune`"),
    ],
)
def test_mistakes_are_usage_errors(world, words, fragment):
    done = world.xpip("cache", *words)
    assert done.code in (1, 2)
    assert fragment in done.err
