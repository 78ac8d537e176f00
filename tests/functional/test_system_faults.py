"""Kill xpip at a system call that changes something, or let the call fail; then look.

`strace` lists the calls of an undisturbed run first, then kills at the n-th of a kind. The default
run takes a sample; `-m long` kills at every call.
"""

import os
import shutil
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from tests.kit.invariants import snapshot, violations
from tests.kit.store import FakeStore, bare_environment, place
from xpip.environment.apply import ApplyOptions, apply
from xpip.environment.installed import scan
from xpip.environment.pending import has_pending_change
from xpip.environment.recover import recover
from xpip.environment.repeating import packed_change, repeat
from xpip.errors import EnvironmentFault
from xpip.model.plan import ChangeReport
from xpip.model.reporter import SilentReporter
from xpip.store.packing import pack, read_packed

ROOT = Path(__file__).parents[2]
CALLS = (
    "openat,write,link,linkat,rename,renameat,renameat2,mkdir,mkdirat,unlink,unlinkat,rmdir,"
    "ftruncate,copy_file_range,fsync"
)
OPERATIONS = ("install", "upgrade", "uninstall", "reinstall", "repeat")
SAMPLE = 4
"""Points of each operation in the default run."""


@cache
def why_not_traced() -> str:
    if shutil.which("strace") is None:
        return "strace is not installed"
    done = subprocess.run(
        ["strace", "-qq", "-e", "trace=none", "true"], capture_output=True, check=False
    )
    return "" if done.returncode == 0 else "strace may not trace here"


class Scene:
    """One operation that can be started again and again from the same state."""

    def __init__(self, folder: Path, operation: str, mode: str) -> None:
        self.folder = folder
        self.operation = operation
        self.mode = mode
        self.stored = FakeStore(folder / "store")
        self.environment = bare_environment(folder / "env")
        one, _ = self.wheels()
        if operation == "repeat":
            shutil.copytree(folder / "env", folder / "saved", symlinks=True)
            report = self.change([], [one], mode)
            head, parts = packed_change(report.change, self.environment.layout)
            for number, part in enumerate((head, *parts)):
                (folder / f"plan{number}").write_bytes(pack(part))
            self.reset()
            shutil.rmtree(folder / "saved")
        elif operation != "install":
            self.change([], [one], mode)
            for library in (folder / "env").glob("lib/*/site-packages"):
                cache_folder = library / "demo/__pycache__"
                cache_folder.mkdir()
                (cache_folder / "__init__.cpython-311.pyc").write_bytes(b"bytecode")
        shutil.copytree(folder / "env", folder / "saved", symlinks=True)
        self.old = snapshot(folder / "env")
        self.run()
        self.new = snapshot(folder / "env")
        assert self.new != self.old or operation == "reinstall"

    def wheels(self):
        """Return the old and the new version."""
        one = self.stored.add(
            "demo",
            "1.0",
            {f"demo/part{number}/f.py": f"one {number}" for number in range(4)}
            | {"demo/__init__.py": "v = 1"},
            data={"scripts/run": "#!python\n", "data/share/demo.txt": "one" * 30},
            console_scripts={"demo": "demo:main", "demo-old": "demo:main"},
        )
        two = self.stored.add(
            "demo",
            "2.0",
            {f"demo/part{number}/f.py": f"two {number}" for number in range(2, 6)}
            | {"demo/__init__.py": "v = 2"},
            data={"scripts/run": "#!python\n#2", "data/share/demo.txt": "two" * 30},
            console_scripts={"demo": "demo:main", "demo-new": "demo:main"},
        )
        return one, two

    def change(self, removals, wheels, mode: str) -> ChangeReport:
        options = ApplyOptions(mode, lock_timeout=5)
        return apply(
            self.environment,
            removals,
            [place(w) for w in wheels],
            self.stored.store,
            options,
            SilentReporter(),
        )

    def run(self) -> None:
        """Carry the operation out in this process."""
        if self.operation == "repeat":
            head, *parts = sorted(map(str, self.folder.glob("plan?")))
            if not repeat(read_packed(head), parts, self.stored.store, self.mode):
                raise EnvironmentFault("the plan could not be repeated")
            return
        one, two = self.wheels()
        wheels = {"install": [one], "upgrade": [two], "uninstall": [], "reinstall": [one]}[
            self.operation
        ]
        self.change(scan(self.environment), wheels, self.mode)

    def reset(self) -> None:
        shutil.rmtree(self.folder / "env")
        shutil.copytree(self.folder / "saved", self.folder / "env", symlinks=True)

    def traced(self, *options: str) -> subprocess.CompletedProcess[bytes]:
        """Carry the operation out in a process of its own under strace."""
        code = (
            f"import sys; sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / 'src')!r}]\n"
            "from pathlib import Path\n"
            "from tests.functional.test_system_faults import Scene\n"
            "scene = Scene.again(Path(sys.argv[1]), *sys.argv[2:])\n"
            "scene.run()\n"
        )
        argv = [sys.executable, "-B", "-c", code, str(self.folder), self.operation, self.mode]
        variables = {**os.environ, "PYTHONHASHSEED": "0"}
        return subprocess.run(
            ["strace", "-f", "-qq", *options, *argv],
            env=variables,
            capture_output=True,
            check=False,
            timeout=60,
        )

    @classmethod
    def again(cls, folder: Path, operation: str, mode: str) -> "Scene":
        """Return a scene for the state that is there."""
        scene = cls.__new__(cls)
        scene.folder, scene.operation, scene.mode = folder, operation, mode
        scene.stored = FakeStore(folder / "store")
        scene.environment = bare_environment(folder / "env")
        return scene

    def points(self) -> list[tuple[str, int]]:
        """Return (call, how many of its kind came so far) from the first write to the end.

        strace counts each kind of call for itself.
        """
        self.reset()
        log = self.folder / "trace"
        done = self.traced("-e", f"trace={CALLS}", "-o", str(log))
        assert done.returncode == 0, done.stderr.decode()
        found: list[tuple[str, int]] = []
        counts: Counter[str] = Counter()
        for line in log.read_text().splitlines():
            # Lines start with the number of the process because of `-f`.
            call = line.split(None, 1)[1].partition("(")[0]
            counts[call] += 1
            if found or ('.xpip-txn"' in line and call.startswith("mkdir")):
                found.append((call, counts[call]))
        return found

    def kill_at(self, point: tuple[str, int]) -> bool:
        """Carry the operation out up to a call; say whether it was killed there."""
        self.reset()
        call, number = point
        done = self.traced(
            "-e",
            f"trace={call}",
            "-e",
            f"inject={call}:signal=SIGKILL:when={number}",
            "-o",
            "/dev/null",
        )
        assert done.returncode in {-9, 137, 0}, done.stderr.decode()
        return done.returncode != 0


def check(scene: Scene, point: tuple[str, int]) -> bool:
    """Kill at a point, recover, and see what it came to; say whether the point was reached.

    The last calls of a kind may be missing: a run opens fewer files when bytecode has appeared.
    """
    where = f"{scene.operation} {scene.mode}, {point}"
    killed = scene.kill_at(point)
    recover(scene.environment, SilentReporter())
    after = snapshot(scene.folder / "env")
    assert after in ((scene.old, scene.new) if killed else (scene.new,)), (
        f"{where}: neither old nor new"
    )
    assert violations(scene.folder / "env") == [], where
    assert not has_pending_change(scene.environment.layout)
    if after != scene.new:
        scene.run()
        assert snapshot(scene.folder / "env") == scene.new, f"{where}: no way on"
    return killed


@pytest.fixture
def scene(tmp_path, request):
    if why_not_traced():
        pytest.skip(why_not_traced())
    return Scene(tmp_path, *request.param)


@pytest.mark.parametrize(
    "scene", [(operation, "hardlink") for operation in OPERATIONS], indirect=True, ids="-".join
)
def test_a_sample_of_kills_leaves_old_or_new(scene):
    points = scene.points()
    step = len(points) / SAMPLE
    reached = [check(scene, points[int(step * (number + 0.5))]) for number in range(SAMPLE)]
    assert any(reached)


@pytest.mark.long
@pytest.mark.parametrize(
    "scene",
    [(operation, mode) for operation in OPERATIONS for mode in ("hardlink", "copy")],
    indirect=True,
    ids="-".join,
)
def test_every_kill_leaves_old_or_new(scene):
    reached = [check(scene, point) for point in scene.points()]
    assert reached.count(False) <= 3


@pytest.mark.parametrize("scene", [("install", "hardlink")], indirect=True, ids="-".join)
@pytest.mark.parametrize("error", ["EMLINK", "EXDEV", "EPERM", "EOPNOTSUPP"])
def test_a_link_that_cannot_be_made_is_a_copy(scene, error):
    scene.reset()
    done = scene.traced(
        "-e",
        "trace=link,linkat",
        "-e",
        f"inject=link,linkat:error={error}:when=3+2",
        "-o",
        "/dev/null",
    )
    assert done.returncode == 0, done.stderr.decode()
    assert snapshot(scene.folder / "env") == scene.new
    assert violations(scene.folder / "env") == []


@pytest.mark.parametrize(
    ("scene", "call", "error"),
    [
        (("upgrade", "hardlink"), "link", "ENOSPC"),
        (("upgrade", "hardlink"), "mkdir", "EDQUOT"),
        (("upgrade", "hardlink"), "rename", "EIO"),
        (("upgrade", "copy"), "copy_file_range", "ENOSPC"),
        (("uninstall", "hardlink"), "rename", "EROFS"),
        (("repeat", "hardlink"), "link", "ENOSPC"),
        (("repeat", "hardlink"), "mkdir", "EDQUOT"),
        (("repeat", "hardlink"), "rename", "EIO"),
    ],
    indirect=["scene"],
)
def test_a_failing_call_leaves_the_old_state_at_once(scene, call, error):
    points = [point for point in scene.points() if point[0] == call]
    for number in {points[0][1], points[len(points) // 2][1], points[-1][1]}:
        scene.reset()
        # A link that failed once is tried once more.
        inject = f"inject={call}:error={error}:when={number}{'+' if call == 'link' else ''}"
        done = scene.traced("-e", f"trace={call}", "-e", inject, "-o", "/dev/null")
        assert done.returncode == 1
        assert b"EnvironmentFault" in done.stderr
        assert snapshot(scene.folder / "env") == scene.old, f"{call} {number}"
