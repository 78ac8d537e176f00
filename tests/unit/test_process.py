"""Programs whose output goes to a log."""

import os
import sys
import threading
import time
from pathlib import Path

import pytest

from xpip.process import ProgramFailed, Stopper, converse, run_logged


def start(tmp_path, code, stopper=None, **options):
    return run_logged(
        [sys.executable, "-c", code],
        str(tmp_path / "log"),
        environment={"PATH": os.environ["PATH"]},
        cwd=str(tmp_path),
        stopper=stopper or Stopper(),
        **options,
    )


def test_all_output_is_in_the_log_and_the_exit_code_is_returned(tmp_path):
    code = "import sys, os; print('out'); print('err', file=sys.stderr); os.write(1, b'raw'); sys.exit(3)"
    assert start(tmp_path, code) == 3
    text = (tmp_path / "log").read_text()
    assert all(word in text for word in ("out", "err", "raw"))


def test_a_second_program_adds_to_the_log(tmp_path):
    start(tmp_path, "print('one')")
    start(tmp_path, "print('two')")
    assert (tmp_path / "log").read_text() == "one\ntwo\n"


def test_a_signal_is_a_negative_code(tmp_path):
    assert start(tmp_path, "import os; os.kill(os.getpid(), 9)") == -9


def test_there_is_nothing_to_read(tmp_path):
    assert start(tmp_path, "import sys; assert sys.stdin.read() == ''") == 0


def test_stopping_ends_a_program_with_what_it_started(tmp_path):
    code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "open('pids', 'w').write(str(child.pid)); time.sleep(60)"
    )
    stopper = Stopper()
    failures = []

    def work():
        try:
            start(tmp_path, code, stopper)
        except ProgramFailed as error:
            failures.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    pids = tmp_path / "pids"
    while not (pids.exists() and pids.read_text()):
        time.sleep(0.02)
    stopper.stop()
    thread.join(10)
    assert len(failures) == 1
    end = time.monotonic() + 5
    while time.monotonic() < end:
        try:
            state = Path(f"/proc/{pids.read_text()}/stat").read_text().split()[2]
        except OSError:
            break
        if state == "Z":
            break
        time.sleep(0.05)
    else:
        raise AssertionError("the child lives on")


def test_nothing_is_started_once_it_was_stopped(tmp_path):
    stopper = Stopper()
    stopper.stop()
    with pytest.raises(ProgramFailed):
        start(tmp_path, "import time; time.sleep(60)", stopper)


def test_a_program_that_is_not_there(tmp_path):
    with pytest.raises(ProgramFailed) as caught:
        run_logged(
            ["/nothing/here"],
            str(tmp_path / "log"),
            environment={},
            cwd=str(tmp_path),
            stopper=Stopper(),
        )
    assert "/nothing/here" in caught.value.summary


def test_a_log_that_gets_too_large_keeps_its_end(tmp_path):
    code = "import time\nfor _ in range(4):\n    print('x' * 9000, flush=True); time.sleep(0.6)\nprint('END')"
    assert start(tmp_path, code, limit=10_000) == 0
    text = (tmp_path / "log").read_text()
    assert text.startswith("[the output before this was dropped")
    assert text.endswith("END\n")


ECHO = "import sys\nfor line in sys.stdin: print(line.strip()[::-1], flush=True)"


def answers(code, requests, number=2, silence=30.0):
    argv = (sys.executable, "-c", code)
    return dict(converse(argv, number, requests, silence))


def test_copies_of_a_program_share_the_requests():
    requests = [f"{number}.\n".encode() for number in range(50)]
    assert answers(ECHO, requests) == {n: f".{str(n)[::-1]}".encode() for n in range(50)}


def test_a_copy_that_ends_loses_only_what_it_was_asked():
    code = (
        "import sys\nfor line in sys.stdin:\n if line == 'end\\n': sys.exit(1)\n print(flush=True)"
    )
    requests = [b"a\n", b"end\n", b"b\n", b"c\n"]
    assert answers(code, requests) == {0: b"", 2: b"", 3: b""}


def test_programs_that_say_nothing_are_ended():
    with pytest.raises(ProgramFailed, match="said nothing"):
        answers("import time; time.sleep(60)", [b"a\n"], silence=0.1)


def test_a_program_that_cannot_be_started_is_named():
    with pytest.raises(ProgramFailed, match="/absent/program"):
        list(converse(("/absent/program",), 1, [b""], 1.0))
