"""Programs whose output is read without `subprocess`."""

import sys
import time

import pytest

from xpip.process import ProgramFailed, run
from xpip.spawning import read_to_end, spawn


def spawned(code, timeout=20.0, environment=None):
    program = spawn((sys.executable, "-I", "-c", code), environment)
    assert program is not None
    return read_to_end(program, timeout)


def test_exit_code_and_both_outputs_come_back():
    code = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"
    assert spawned(code) == (3, b"out\n", b"err\n")


def test_much_output_on_both_sides_does_not_block():
    code = "import sys; sys.stdout.write('a' * 1_000_000); sys.stderr.write('b' * 1_000_000)"
    assert spawned(code) == (0, b"a" * 1_000_000, b"b" * 1_000_000)


def test_a_signal_is_a_negative_code():
    assert spawned("import os; os.kill(os.getpid(), 9)") == (-9, b"", b"")


def test_there_is_nothing_to_read_and_no_file_of_ours(tmp_path):
    (tmp_path / "ours").write_text("x")
    with open(tmp_path / "ours") as ours:
        code = (
            "import os, sys\n"
            "print(sys.stdin.read() == '')\n"
            f"try: os.fstat({ours.fileno()}); print('inherited')\n"
            "except OSError: print('closed')"
        )
        assert spawned(code)[1] == b"True\nclosed\n"


def test_variables_are_those_that_are_given():
    code = "import os; print(os.environ.get('COLOUR'), 'HOME' in os.environ)"
    assert spawned(code, environment={"COLOUR": "red"})[1] == b"red False\n"


@pytest.mark.parametrize(
    "code", ["import time; time.sleep(60)", "import os, time; os.close(1); os.close(2); time.sleep(60)"]
)  # fmt: skip
def test_one_that_takes_too_long_is_killed(code):
    begun = time.monotonic()
    assert spawned(code, timeout=0.5) is None
    assert time.monotonic() - begun < 5


def test_a_program_that_is_not_there_is_told_by_its_path(tmp_path):
    assert spawn((str(tmp_path / "nothing"),), None) is None
    with pytest.raises(ProgramFailed, match="cannot be started: No such file"):
        run((str(tmp_path / "nothing"),))
