"""Hooks that run in forks of a program which has their backend imported."""

import json
import os
import sys
import threading
import time
from pathlib import Path

import pytest

from xpip.build.hooks import Place
from xpip.build.runner import HookRunner
from xpip.process import ProgramFailed, Stopper

SCRIPT = """
import json, os, sys
name, folder = sys.argv[1:]
def tell(**facts):
    with open(os.path.join(folder, name + ".json"), "w") as file:
        json.dump(facts, file)
exec(open(os.path.join(folder, name + ".code")).read())
"""


class Hall:
    """A runner with hooks that are pieces of code."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.stopper = Stopper()
        self.runner = HookRunner(self.stopper)
        (folder / "script").mkdir()
        self.script = folder / "script" / "script.py"
        self.script.write_text(SCRIPT)
        self.log = folder / "log"

    def run(self, name, code, backend="", **variables):
        (self.folder / f"{name}.code").write_text(code)
        place = Place(str(self.folder), sys.executable, {"PATH": os.environ["PATH"]}, str(self.log))
        argv = [sys.executable, str(self.script), name, str(self.folder)]
        return self.runner.run(argv, place, str(self.folder), variables, backend)

    def told(self, name):
        return json.loads((self.folder / f"{name}.json").read_text())


@pytest.fixture
def hall(tmp_path):
    hall = Hall(tmp_path)
    yield hall
    hall.stopper.stop()
    hall.runner.close()


def test_a_hook_sees_what_it_would_see_in_a_process_of_its_own(hall):
    code = "print('said'); tell(argv=sys.argv, cwd=os.getcwd(), path=sys.path[0], "
    code += (
        "main=sys.modules['__main__'].__file__, more=os.environ['MORE'], stdin=sys.stdin.read())"
    )
    assert hall.run("one", code, MORE="x") == 0
    assert hall.told("one") == {
        "argv": [str(hall.script), "one", str(hall.folder)], "cwd": str(hall.folder),
        "path": str(hall.script.parent), "main": str(hall.script), "more": "x", "stdin": "",
    }  # fmt: skip
    assert hall.log.read_text() == "said\n"


def test_nothing_of_one_hook_is_left_for_the_next(hall):
    code = "import calendar; os.environ['LEFT'] = '1'; os.chdir('/'); sys.path.insert(0, '/x')"
    assert hall.run("one", code) == 0
    assert hall.run("two", "tell(left='LEFT' in os.environ, cwd=os.getcwd(), path=sys.path, "
                           "seen='calendar' in sys.modules, parent=os.getppid())") == 0  # fmt: skip
    told = hall.told("two")
    assert not told["left"]
    assert not told["seen"]
    assert told["cwd"] == str(hall.folder)
    assert "/x" not in told["path"]


def test_hooks_of_one_backend_share_its_import(hall):
    code = "tell(there='calendar' in sys.modules, parent=os.getppid(), pid=os.getpid())"
    for name in ("one", "two"):
        assert hall.run(name, code, "calendar:backend") == 0
    one, two = hall.told("one"), hall.told("two")
    assert one["there"]
    assert one["parent"] == two["parent"]
    assert one["pid"] != two["pid"]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("sys.exit(3)", 3), ("raise ValueError('no luck')", 1), ("os._exit(7)", 7),
        ("os.kill(os.getpid(), 9)", -9), ("os.killpg(0, 9)", -9), ("sys.exit('words')", 1),
    ],
)  # fmt: skip
def test_the_end_of_a_hook_is_told(hall, code, expected):
    assert hall.run("one", code) == expected
    # And whatever it was, the next one runs.
    assert hall.run("two", "pass") == 0


def test_what_a_hook_does_at_its_exit_is_done(hall):
    code = "import atexit; atexit.register(lambda: tell(done=True)); print('unflushed', end='')"
    assert hall.run("one", code) == 0
    assert hall.told("one") == {"done": True}
    assert hall.log.read_text() == "unflushed"


def test_a_backend_that_cannot_be_imported_is_left_to_the_hook(hall):
    assert hall.run("one", "tell(ran=True)", "no_such_module_at_all") == 0


def test_a_backend_with_threads_is_imported_by_each_hook(hall):
    """What a thread holds when it is not there in a fork stays locked for ever."""
    (hall.script.parent / "threaded.py").write_text(
        "import threading, time\n"
        "threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
    )
    assert hall.run("one", "tell(there='threaded' in sys.modules)", "threaded") == 0
    assert hall.told("one") == {"there": False}


def test_stopping_ends_a_hook_with_what_it_started(hall):
    code = "import time; os.fork(); tell(pid=os.getpid()); time.sleep(60)"
    failures = []

    def work():
        try:
            hall.run("one", code)
        except ProgramFailed as error:
            failures.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    end = time.monotonic() + 20
    while not (hall.folder / "one.json").exists() and time.monotonic() < end:
        time.sleep(0.02)
    began = time.monotonic()
    hall.stopper.stop()
    thread.join(20)
    assert len(failures) == 1
    assert time.monotonic() - began < 20


def test_no_more_programs_are_kept_than_are_of_use(hall):
    for number in range(6):
        assert hall.run(f"h{number}", "tell(parent=os.getppid())", f"module{number}") == 0
    parents = [hall.told(f"h{number}")["parent"] for number in range(6)]
    assert len(set(parents)) == 6

    def is_there(pid):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        return True

    assert [is_there(pid) for pid in parents] == [False, False, True, True, True, True]
    hall.runner.close()
    assert not any(map(is_there, parents))
