"""SIGKILL at random moments of an upgrade of five projects: old or new, and never silently broken.

The window in which the environment changes is measured first, so that most kills fall into it.
`XPIP_TEST_KILLS` says how many there are in the long run; 1000 is what reliability.md asks for.
"""

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest

from tests.functional.commands.test_sync import MORE_OWN, library, sync
from tests.kit.command import ROOT
from tests.kit.invariants import violations

KILLS = int(os.environ.get("XPIP_TEST_KILLS", "1000"))
SAMPLE = 10
PROJECTS = ("alpha", "beta", "gamma", "delta", "epsilon")
FILES = 150


class Upgrade:
    """Five projects that go from one version to the other and back."""

    def __init__(self, world):
        self.world = world
        for name in PROJECTS:
            for version in ("1.0", "2.0"):
                world.wheel(
                    name, version,
                    files={f"{name}/part{n % 9}/m{n}.py": f"{name} = {version!r}\n" * 9 for n in range(FILES)},
                    entry_points={"console_scripts": {name: f"{name}:main"}},
                )  # fmt: skip
        for version in ("1.0", "2.0"):
            world.write(f"to{version}.txt", "".join(f"{name}=={version}\n" for name in PROJECTS))
            self.finish(version)
        self.version = "2.0"

    def finish(self, version: str) -> None:
        done = sync(self.world, f"to{version}.txt")
        assert done.code == 0, done

    def begin(self, version: str) -> subprocess.Popen:
        argv = [
            sys.executable, "-m", "xpip", "sync", f"to{version}.txt", "-q",
            "--index-url", self.world.index.simple, "--python", str(self.world.environment),
            "--cache-dir", str(self.world.cache),
        ]  # fmt: skip
        return subprocess.Popen(
            argv, cwd=self.world.folder, env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip

    def window(self) -> tuple[float, float]:
        """Return seconds from the start to the first change, and how long changes take."""
        starts, lengths = [], []
        for _ in range(3):
            version = self.other()
            began = time.monotonic()
            process = self.begin(version)
            changing = self.wait_for_change(process)
            process.communicate()
            starts.append(changing - began)
            lengths.append(time.monotonic() - changing)
            self.version = version
        return min(starts), sorted(lengths)[1]

    def other(self) -> str:
        return "1.0" if self.version == "2.0" else "2.0"

    def wait_for_change(self, process) -> float:
        journal = library(self.world) / ".xpip-txn" / "journal"
        while process.poll() is None and not journal.exists():
            time.sleep(0.0005)
        return time.monotonic()

    def kill_once(
        self, chance: random.Random, window: tuple[float, float], aimed: bool = True
    ) -> str:
        """Kill one upgrade; return `changing`, `before` or `after`, after everything was checked.

        Args:
            aimed: Wait for the first change; else kill anywhere between start and end.
        """
        start, length = window
        version = self.other()
        process = self.begin(version)
        if aimed:
            self.wait_for_change(process)
            time.sleep(chance.random() * length * 0.6)
        else:
            time.sleep(chance.random() * (start + length))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        survived = process.returncode == 0
        pending = (library(self.world) / ".xpip-txn" / "journal").exists()
        listed = self.world.xpip("list", "--format=freeze")
        assert listed.code == 0, listed
        assert ("is pending" in listed.err) == (library(self.world) / ".xpip-txn").exists()
        # Any command that may change something will do, also where nothing seems to be missing.
        recover = chance.choice((self.repair, self.install_what_is_there))
        recovered = recover()
        assert recovered.code == 0, recovered
        assert violations(self.world.environment, MORE_OWN) == []
        found = set(self.world.installed().values())
        assert len(self.world.installed()) == len(PROJECTS)
        assert found in ({self.version}, {version}), "neither old nor new"
        assert not survived or found == {version}
        self.finish(version)
        assert violations(self.world.environment, MORE_OWN) == []
        assert set(self.world.installed().values()) == {version}
        self.version = version
        return "changing" if pending else "after" if found == {version} else "before"

    def repair(self):
        return self.world.xpip("repair")

    def install_what_is_there(self):
        return self.world.install(*PROJECTS)

    def ensure_store_whole(self) -> None:
        done = self.world.xpip("cache", "verify", "--deep")
        assert done.code == 0, done


def kill_many(world, number: int, seed: int) -> None:
    upgrade = Upgrade(world)
    window = upgrade.window()
    chance = random.Random(seed)
    landed: list[str] = []
    # On a busy machine fewer kills hit what they were aimed at, so that more are needed.
    while len(landed) < number or landed.count("changing") < number // 2:
        assert len(landed) < 5 * number, landed
        landed.append(upgrade.kill_once(chance, window, len(landed) % 4 != 3))
        if len(landed) % 100 == 0:
            upgrade.ensure_store_whole()
    upgrade.ensure_store_whole()


def test_a_few_random_kills_break_nothing(world):
    kill_many(world, SAMPLE, 20260)


@pytest.mark.long
def test_many_random_kills_break_nothing(world):
    kill_many(world, KILLS, 4)


def kill_fillings(world, number: int, seed: int) -> int:
    """Kill installations that fill an empty cache, and go on each time.

    Returns how many wheels the killed ones had finished, none of which may be fetched again.
    """
    upgrade = Upgrade(world)
    chance = random.Random(seed)
    finished = 0
    began = time.monotonic()
    fill(upgrade).communicate()
    length = time.monotonic() - began
    for _ in range(number):
        process = fill(upgrade)
        time.sleep(chance.random() * length)
        process.kill()
        process.communicate()
        checked = world.xpip("cache", "verify", "--deep")
        assert checked.code == 0, checked
        wheels = set(re.findall(r"\S+\.whl", world.xpip("cache", "list").out))
        seen = len(world.index.requests)
        upgrade.finish("2.0")
        again = {path.rsplit("/", 1)[1] for path in world.index.requests[seen:]}
        assert not wheels & again
        assert violations(world.environment, MORE_OWN) == []
        assert world.xpip("cache", "verify", "--deep").code == 0
        finished += len(wheels)
    return finished


def fill(upgrade: Upgrade) -> subprocess.Popen:
    """Begin an installation into an empty environment from an empty cache."""
    upgrade.world.xpip("uninstall", "-y", *PROJECTS)
    shutil.rmtree(upgrade.world.cache)
    return upgrade.begin("2.0")


def test_a_few_kills_while_the_cache_is_filled_break_nothing(world):
    kill_fillings(world, SAMPLE // 2, 7)


@pytest.mark.long
def test_many_kills_while_the_cache_is_filled_break_nothing(world):
    assert kill_fillings(world, KILLS // 5, 8) > 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_rolls_back_at_once(world, number, code):
    """The process dies of the signal, which shells show as 130 and 143."""
    upgrade = Upgrade(world)
    _, length = upgrade.window()
    landed = 0
    for attempt in range(8):
        version = upgrade.other()
        process = upgrade.begin(version)
        upgrade.wait_for_change(process)
        time.sleep(length * 0.1 * attempt)
        process.send_signal(number)
        _, err = process.communicate()
        assert b"Traceback" not in err
        assert not (library(world) / ".xpip-txn").exists()
        assert violations(world.environment, MORE_OWN) == []
        assert process.returncode in (0, -number)
        found = set(world.installed().values())
        assert found == {version} or (process.returncode == -number and found == {upgrade.version})
        landed += process.returncode == -number
        upgrade.version = found.pop()
    assert landed, "no signal arrived while it worked"
    assert 128 + number == code
