"""Whatever happens, a command ends with the right exit code and without a traceback."""

import io
import os
import signal
import subprocess
import sys
import time

import pytest

from tests.kit.command import ROOT
from tests.kit.environments import FakeEnvironment, run_main
from xpip.cli import unchanged


def python(code, *words, **more):
    """Run code in an interpreter that can import xpip."""
    variables = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, words)],
        capture_output=True, text=True, env=variables, check=False, **more,
    )  # fmt: skip


RUN = "from xpip.cli.main import run; run()"
LISTENING = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
"""A shell that starts the tests in the background has them ignore SIGINT."""


def test_an_answer_of_tier_0_is_all_that_is_said(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    argv = ["install", "flask", "--cache-dir", str(tmp_path / "cache")]
    unchanged.remember(argv, str(tmp_path / "cache"), [], "all is there\n", time.time())
    assert run_main(*argv) == (0, "all is there\n", "")


def test_the_exit_code_of_a_command_becomes_that_of_the_process():
    assert python(RUN, "--version").returncode == 0
    assert python(RUN, "frobnicate").returncode == 1
    assert python(RUN, "list", "--fromat").returncode == 2


def test_python_m_xpip_is_the_same_program():
    done = subprocess.run(
        [sys.executable, "-m", "xpip", "-V"],
        capture_output=True,
        text=True,
        cwd=ROOT / "src",
        check=True,
    )
    assert done.stdout == python(RUN, "-V").stdout


@pytest.mark.parametrize("words", [["-V"], ["help"], ["list", "--help"]])
def test_a_closed_standard_output_is_no_traceback(words):
    program = f"{sys.executable} -c '{RUN}' {' '.join(words)} >&-"
    done = subprocess.run(
        ["sh", "-c", program],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": f"{ROOT}/src"},
        check=False,
    )
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", [["-V"], ["help"]])
def test_a_full_disk_is_told(words):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-c", RUN, *words],
            stdout=full, stderr=subprocess.PIPE, text=True, env={"PYTHONPATH": f"{ROOT}/src"}, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == "error: standard output cannot be written: No space left on device\n"


@pytest.mark.parametrize("words", [["-V"], ["help"]])
def test_a_reader_that_went_away_is_exit_code_120(words):
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-c", RUN, *words],
        stdout=writer, stderr=subprocess.PIPE, text=True, env={"PYTHONPATH": f"{ROOT}/src"}, check=False,
    )  # fmt: skip
    os.close(writer)
    assert (done.returncode, done.stderr) == (120, "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_unwind_and_then_end_the_process_as_themselves(number, tmp_path):
    environment = FakeEnvironment(tmp_path / "environment")
    environment.add("flask", "3.0")
    cache = tmp_path / "cache"
    process = subprocess.Popen(
        [sys.executable, "-c", f"{LISTENING}; {RUN}", "uninstall", "flask", "--python", environment.folder, "--cache-dir", cache],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": f"{ROOT}/src"},
    )  # fmt: skip
    with process:
        while "Would remove" not in process.stdout.readline():
            pass
        time.sleep(0.2)  # It has asked and waits.
        process.send_signal(number)
        _, errors = process.communicate(timeout=20)
    assert process.returncode == -number
    assert "Traceback" not in errors
    assert "flask" in environment.names()


BUGGY = """
from xpip.operations import inspect
def broken(*words):
    raise KeyError("https://me:secret@index.example/simple")
inspect.inspect = broken
from xpip.cli.main import run
run()
"""


def test_a_bug_is_told_shortly_and_kept_in_a_file(tmp_path):
    environment = FakeEnvironment(tmp_path / "environment")
    words = ["list", "--python", environment.folder, "--cache-dir", tmp_path / "cache"]
    (tmp_path / "tmp").mkdir()
    variables = {**os.environ, "PYTHONPATH": f"{ROOT}/src", "TMPDIR": str(tmp_path / "tmp")}
    done = subprocess.run(
        [sys.executable, "-c", BUGGY, *words],
        capture_output=True,
        text=True,
        env=variables,
        check=False,
    )
    (report,) = (tmp_path / "tmp").iterdir()
    assert done.returncode == 2
    assert done.stderr.startswith("error: xpip has a bug: KeyError: ")
    assert f"  `{report}` tells where\n" in done.stderr
    assert "hint: `--debug` shows the traceback" in done.stderr
    text = report.read_text()
    assert "Traceback" in text
    assert "secret" not in text + done.stderr
    debugged = subprocess.run(
        [sys.executable, "-c", BUGGY, *words, "--debug"],
        capture_output=True,
        text=True,
        env=variables,
        check=False,
    )
    assert "Traceback" in debugged.stderr
    assert "secret" not in debugged.stderr
    assert len(list((tmp_path / "tmp").iterdir())) == 1


def test_debug_shows_where_an_ordinary_error_came_from():
    done = run_main("list", "--python", "/nowhere/at/all", "--debug", "--no-cache-dir")
    assert done.code == 1
    assert "Traceback" in done.err
    assert done.err.splitlines()[-1].startswith(("error: ", "  ", "hint: "))


def test_a_folder_that_is_gone_is_an_error(tmp_path):
    done = python(
        "import os, sys; os.mkdir(sys.argv[1]); os.chdir(sys.argv[1]); os.rmdir(sys.argv[1]);"
        "sys.argv[1:] = ['list']; from xpip.cli.main import run; run()",
        tmp_path / "gone",
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: the current folder cannot be read")


def test_what_a_saved_answer_cannot_be_written_in_is_escaped(tmp_path, monkeypatch):
    class Ascii(io.StringIO):
        encoding = "ascii"

        def write(self, text):
            return super().write(text.encode("ascii").decode())

    monkeypatch.setattr(sys, "stdout", Ascii())
    assert not unchanged.tell(sys.stdout, "naïve\n")
