"""Many installers at the same time, on one store and in one environment.

The default run is a small sample; `-m long` takes the figures of reliability.md. `XPIP_TEST_ROUNDS`
replaces the number of rounds.
"""

import os
import subprocess
import sys

import pytest

from tests.functional.commands.test_sync import MORE_OWN
from tests.kit.command import ROOT, run
from tests.kit.invariants import violations

ROUNDS = int(os.environ.get("XPIP_TEST_ROUNDS", "0"))


def start(world, environment, cache, *words) -> subprocess.Popen:
    index = ("--index-url", world.index.simple)
    return begin(world, *words, "-q", *index, "--python", environment, "--cache-dir", cache)


def begin(world, *words) -> subprocess.Popen:
    argv = [sys.executable, "-m", "xpip", *map(str, words)]
    return subprocess.Popen(
        argv, cwd=world.folder, env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def finish(processes) -> None:
    for process in processes:
        out, err = process.communicate(timeout=300)
        assert process.returncode == 0, (out.decode(), err.decode())


def many_on_one_store(world, template, number: int, rounds: int) -> None:
    for name in ("alpha", "beta", "gamma"):
        world.wheel(
            name, "1.0", files={f"{name}/m{n}.py": f"{name} = {n}\n" * 20 for n in range(60)}
        )
    for count in range(rounds):
        cache = world.folder / f"cache{count}"
        environments = [world.folder / f"e{count}-{n}" for n in range(number)]
        for environment in environments:
            run("cp", "-a", template, environment)
        finish(
            [start(world, one, cache, "install", "alpha", "beta", "gamma") for one in environments]
        )
        for environment in environments:
            assert violations(environment, MORE_OWN) == []
            run("rm", "-rf", environment)
        done = world.xpip("cache", "verify", "--deep", "--cache-dir", cache)
        assert done.code == 0, done
        assert list((cache / "tmp").glob("*")) == []


def many_in_one_environment(world, number: int, rounds: int) -> None:
    for count in range(number):
        for version in ("1.0", "2.0"):
            world.wheel(
                f"p{count}", version,
                files={f"p{count}/m{n}.py": f"v = {version!r}\n" * 9 for n in range(40)},
            )  # fmt: skip
    for count in range(rounds):
        version = ("1.0", "2.0")[count % 2]
        wishes = [f"p{n}=={version}" for n in range(number)]
        finish([start(world, world.environment, world.cache, "install", one) for one in wishes])
        assert violations(world.environment, MORE_OWN) == []
        assert world.installed() == {f"p{n}": version for n in range(number)}
    versions = [("1.0", "2.0")[n % 2] for n in range(number)]
    finish(
        [start(world, world.environment, world.cache, "install", f"p0=={one}") for one in versions]
    )
    assert violations(world.environment, MORE_OWN) == []
    assert world.installed()["p0"] in versions


def many_removals_from_one_environment(world, number: int, rounds: int) -> None:
    for count in range(number):
        world.wheel(f"q{count}", "1.0", files={f"q{count}/m{n}.py": f"{n}\n" for n in range(40)})
    names = [f"q{count}" for count in range(number)]
    for _ in range(rounds):
        done = world.install(*names)
        assert done.code == 0, done
        place = ("--python", world.environment, "--cache-dir", world.cache)
        finish([begin(world, "uninstall", "-y", *place, name) for name in names])
        assert world.installed() == {}
        assert violations(world.environment, MORE_OWN) == []


def test_a_few_removals_from_one_environment(world):
    many_removals_from_one_environment(world, 8, 2)


@pytest.mark.long
def test_eight_removals_from_one_environment(world):
    many_removals_from_one_environment(world, 8, ROUNDS or 50)


def test_a_few_installers_fill_one_store(world, template):
    many_on_one_store(world, template, 4, 1)


def test_a_few_installers_share_one_environment(world):
    many_in_one_environment(world, 3, 2)


@pytest.mark.long
def test_thirty_two_installers_fill_one_store(world, template):
    many_on_one_store(world, template, 32, ROUNDS or 20)


@pytest.mark.long
def test_eight_installers_share_one_environment(world):
    many_in_one_environment(world, 8, ROUNDS or 50)


@pytest.mark.long
def test_installers_beside_a_cache_that_is_emptied(world, template):
    """A cache that is emptied in a loop takes nothing away that a running installer needs."""
    for name in ("alpha", "beta"):
        world.wheel(name, "1.0", files={f"{name}/m{n}.py": f"{n}\n" * 50 for n in range(60)})
    for count in range(ROUNDS or 10):
        environments = [world.folder / f"e{count}-{n}" for n in range(8)]
        for environment in environments:
            run("cp", "-a", template, environment)
        processes = [
            start(world, one, world.cache, "install", "alpha", "beta") for one in environments
        ]
        while any(process.poll() is None for process in processes):
            done = world.xpip("cache", "clean", "alpha")
            assert done.code == 0, done
        finish(processes)
        for environment in environments:
            assert violations(environment, MORE_OWN) == []
            run("rm", "-rf", environment)
