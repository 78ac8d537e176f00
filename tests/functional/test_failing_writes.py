"""Every system call by which a command writes fails once: the environment is old, and told so.

`strace` lists the calls of an undisturbed run below the folder of the test, which are those on the
environment, the cache and the folder for temporary files. Then each of them gets an error. The
default run takes a sample; `-m long` takes every call.
"""

import re
import shutil
import sys
from collections import Counter
from typing import NamedTuple

import pytest

from tests.functional.commands.test_sync import MORE_OWN
from tests.functional.test_system_faults import why_not_traced
from tests.kit.command import ROOT, Ran, run
from tests.kit.invariants import improper, snapshot, violations
from xpip.environment.transaction import FOLDER

WRITING = (
    "openat,write,pwrite64,writev,link,linkat,symlink,symlinkat,rename,renameat,renameat2,mkdir,"
    "mkdirat,ftruncate,fallocate,copy_file_range,sendfile,fsync,fdatasync,syncfs,utimensat,fchmod"
)
"""What needs room."""
REMOVING = "unlink,unlinkat,rmdir"
OPERATIONS = ("install", "upgrade", "uninstall", "sync", "cold install", "cold upgrade", "durable")
SAMPLE = 3
"""Calls of each operation in the default run."""


class Point(NamedTuple):
    """One call of a process."""

    call: str
    number: int
    """How many of its kind its thread has made so far, which is how strace counts."""


class Failed(NamedTuple):
    """A run in which one call failed."""

    done: Ran
    hits: tuple[str, ...]
    """The call as strace shows it, once for each thread; empty when it did not come about."""
    is_beside: bool
    """What xpip said failed as well, or a pipe between its threads, which no disk can do."""


class Scene:
    """One command that is run again and again from the same state."""

    def __init__(self, world, operation: str, mode: str) -> None:
        self.world = world
        self.operation = operation
        self.temporary = world.folder / "temporary"
        self.temporary.mkdir()
        for version in ("1.0", "2.0"):
            world.wheel(
                "demo", version,
                files={f"demo/part{n}/f.py": f"v = {version!r}, {n}\n" * 20 for n in range(3)}
                | {"demo/__init__.py": "", f"demo/{version}.py": "only = 'here'\n" * 9},
                data={"data/share/demo.txt": version * 300, "scripts/run": f"#!python\n#{version}"},
                entry_points={"console_scripts": {"demo": "demo:main"}},
            )  # fmt: skip
        world.write("pins.txt", "demo==2.0\n")
        self.words = self._words(mode)
        # The interpreter is known and the wheels are stored, but where the cache begins empty.
        for version in ("2.0", "1.0"):
            assert world.install(f"demo=={version}").code == 0
        if operation.endswith("install"):
            assert world.xpip("uninstall", "-y", "demo").code == 0
        run("cp", "-a", world.environment, world.folder / "saved")
        self.old = snapshot(world.environment)
        self.reset()
        done = self.undisturbed()
        assert (done.code, improper(done)) == (0, []), done
        self.new = snapshot(world.environment)

    def _words(self, mode: str) -> list:
        command = {"uninstall": "uninstall", "sync": "sync"}.get(self.operation, "install")
        index = ("--index-url", self.world.index.simple, "--link-mode", mode)
        words: list = [command, *(() if command == "uninstall" else index)]
        words += ["--python", self.world.environment, "--cache-dir", self.world.cache]
        if self.operation == "durable":
            words.append("--durable")
        arguments = {"uninstall": ["-y", "demo"], "sync": ["pins.txt"]}
        return words + arguments.get(command, ["-r", "pins.txt"])

    def reset(self) -> None:
        shutil.rmtree(self.world.environment)
        run("cp", "-a", self.world.folder / "saved", self.world.environment)
        if self.operation.startswith("cold"):
            shutil.rmtree(self.world.cache, ignore_errors=True)

    def undisturbed(self, *before: str) -> Ran:
        argv = [*before, sys.executable, "-B", "-m", "xpip", *self.words]
        variables = {"PYTHONPATH": str(ROOT / "src"), "TMPDIR": str(self.temporary)}
        return run(*argv, cwd=self.world.folder, **variables)

    def traced(self, calls: str, *options: str) -> tuple[Ran, list[str]]:
        """Run under strace; return what it said and the lines of its log."""
        self.reset()
        log = self.world.folder / "trace"
        strace = ["strace", "-f", "-y", "-qq", "-s", "0", "-o", str(log), "-e", f"trace={calls}"]
        done = self.undisturbed(*strace, *options)
        return done, log.read_text(errors="replace").splitlines()

    def points(self, calls: str) -> list[Point]:
        """Return every call that changes something below the folder, in order."""
        done, lines = self.traced(calls)
        assert done.code == 0, done
        counts: Counter[tuple[str, str]] = Counter()
        found: dict[Point, None] = {}
        for line in lines:
            # Lines start with the number of the process because of `-f`; some end in `resumed>`.
            match = re.match(r"(\d+) +(\w+)\(", line)
            if match is None:
                continue
            counts[match.groups()] += 1
            point = Point(match[2], counts[match.groups()])
            if self.is_change(line):
                found[point] = None
        assert found
        return list(found)

    def is_change(self, line: str) -> bool:
        if str(self.world.folder) not in line or ("openat(" in line and "O_CREAT" not in line):
            return False
        return not is_speech(line)

    def fail(self, point: Point, error: str) -> Failed:
        inject = f"inject={point.call}:error={error}:when={point.number}"
        done, lines = self.traced(point.call, "-e", inject)
        hits = [line for line in lines if "(INJECTED)" in line]
        changes = tuple(filter(self.is_change, hits))
        return Failed(done, changes, len(changes) < len(hits))

    def problems(self, failed: Failed, error: str) -> list[str]:
        """Return what was not as it should be after a call failed."""
        done, environment = failed.done, self.world.environment
        if done.code == 0 and any(FOLDER in hit and is_removal(hit) for hit in failed.hits):
            # The change has happened, and what its folder still holds means nothing.
            self.ensure_only_rubbish()
        found = [] if failed.is_beside else improper(done)
        found += violations(environment, MORE_OWN)
        after = snapshot(environment)
        if failed.is_beside:
            found += [] if after in (self.old, self.new) else ["neither old nor new"]
        elif done.code == 0 and after != self.new:
            found.append("exit code 0, but the environment is not new")
        elif done.code:
            found += [] if done.code == 1 else ["the exit code"]
            found += [] if after == self.old else ["the environment is not as before"]
            found += self.unclear(done.err, error)
        if not any(is_removal(hit) for hit in failed.hits):
            # What could not be removed goes with the next pruning.
            found += [f"left in the cache: {path}" for path in (self.world.cache / "tmp").glob("*")]
        found += [f"left for ever: {path}" for path in self.temporary.iterdir()]
        return found

    def ensure_only_rubbish(self) -> None:
        """Have the next command delete a transaction folder, which holds no journal."""
        (folder,) = self.world.environment.glob(f"lib/*/site-packages/{FOLDER}")
        assert not (folder / "journal").exists()
        assert self.world.xpip("repair").code == 0
        assert not folder.exists()

    def unclear(self, told: str, error: str) -> list[str]:
        """Return what is wrong with an error: it is one, and it names the place and the cause."""
        errors = [line for line in told.splitlines() if line.startswith("error: ")]
        found = [] if len(errors) == 1 else ["not exactly one error"]
        # Threads count for themselves: what took the place of the cache may have failed as well.
        if f"`{self.world.folder}" not in told:
            found.append("the path is not named")
        cause = {"ENOSPC": "no space left", "EIO": "input/output error"}[error]
        return found if cause in told.lower() else [*found, "the cause is not named"]


def is_speech(line: str) -> bool:
    return re.search(r" write(v?)\([12]<", line) is not None


def is_removal(line: str) -> bool:
    return line.split(None, 1)[1].startswith(("unlink", "rmdir"))


def check(scene: Scene, point: Point, error: str) -> bool:
    """Let a call fail and judge what comes of it; say whether it came about."""
    failed = scene.fail(point, error)
    problems = scene.problems(failed, error)
    assert not problems, (problems, scene.operation, point, failed.hits, str(failed.done))
    again = scene.undisturbed()
    assert again.code == 0, (scene.operation, point, str(again))
    assert snapshot(scene.world.environment) == scene.new, (scene.operation, point, "no way on")
    return bool(failed.hits)


@pytest.fixture
def scene(world, request):
    if why_not_traced():
        pytest.skip(why_not_traced())
    return Scene(world, *request.param)


def scenes(*modes: str):
    return pytest.mark.parametrize(
        "scene",
        [(operation, mode) for operation in OPERATIONS for mode in modes],
        indirect=True,
        ids="-".join,
    )


@scenes("hardlink")
def test_a_disk_that_is_full_at_some_write_leaves_the_old_environment(scene):
    points = scene.points(WRITING)
    step = len(points) / SAMPLE
    reached = [check(scene, points[int(step * (n + 0.5))], "ENOSPC") for n in range(SAMPLE)]
    assert any(reached)


@pytest.mark.parametrize("scene", [("durable", "hardlink")], indirect=True, ids="-".join)
def test_a_change_that_does_not_reach_the_disk_is_undone(scene):
    """The last of the calls comes when the journal counts no more."""
    calls = "fsync,syncfs"
    points = scene.points(calls)
    assert [point.call for point in points] == ["fsync", "fsync", "syncfs", "fsync"]
    for point in points:
        assert check(scene, point, "EIO")


@pytest.mark.long
@pytest.mark.parametrize("error", ["ENOSPC", "EIO"])
@scenes("hardlink", "copy")
def test_a_failure_of_any_write_leaves_the_old_environment(scene, error):
    """A disk that is full refuses what needs room; one that breaks, removals too."""
    calls = WRITING if error == "ENOSPC" else f"{WRITING},{REMOVING}"
    points = scene.points(calls)
    reached = [check(scene, point, error) for point in points]
    # Counts differ from run to run by what other threads and the import system do.
    assert reached.count(False) <= len(reached) // 4
    assert scene.world.xpip("cache", "verify", "--deep").code == 0
