"""Launchers and rewritten scripts."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit.store import FakeStore
from xpip.environment.boundaries import is_reserved_script
from xpip.environment.scripts import first_lines, launcher, rewritten, script_references
from xpip.errors import EnvironmentFault, IntegrityError


def run_script(path: Path, content: bytes, *words: str) -> subprocess.CompletedProcess[str]:
    path.write_bytes(content)
    path.chmod(0o755)
    return subprocess.run([path, *words], capture_output=True, text=True, check=False)


def test_a_short_path_stands_in_the_first_line():
    assert first_lines("/env/bin/python") == b"#!/env/bin/python\n"


@pytest.mark.parametrize(
    "folder",
    [
        "with blank",
        "quote'd",
        'double"quoted',
        "$(touch pwned)",
        "`touch pwned`",
        "l" * 150,
        "é ü",
        "a''b c",
    ],
)
def test_any_interpreter_path_runs_a_script_and_nothing_else(tmp_path, folder):
    interpreter = tmp_path / folder / "python"
    interpreter.parent.mkdir()
    interpreter.symlink_to(sys.executable)
    content = first_lines(str(interpreter)) + b"import sys\nprint(sys.argv[1:], 'quoted')\n"

    done = run_script(tmp_path / "script", content, "a b", "c")

    assert (done.stdout, done.stderr) == ("['a b', 'c'] quoted\n", "")
    assert not list(Path.cwd().glob("pwned"))
    assert not list(tmp_path.glob("**/pwned"))


def test_the_longest_first_line_the_kernel_takes_is_used_directly():
    assert first_lines("/" + "x" * 124).startswith(b"#!/x")
    assert first_lines("/" + "x" * 125).startswith(b"#!/bin/sh\n")


@pytest.mark.parametrize("path", ["/a\nb/python", "/a\\b/python", "/a\rb"])
def test_a_path_that_no_script_can_name_is_refused(path):
    with pytest.raises(EnvironmentFault, match="no script can name"):
        first_lines(path)


def test_a_launcher_calls_the_function_and_exits_with_its_result(tmp_path):
    (tmp_path / "tool.py").write_text(
        "class group:\n    @staticmethod\n    def main():\n        return 7\n"
    )
    start = first_lines(sys.executable)

    done = run_script(tmp_path / "launch", launcher(start, "tool:group.main"))

    assert (done.returncode, done.stdout, done.stderr) == (7, "", "")


def test_a_launcher_imports_no_more_than_it_must():
    assert b"import re" not in launcher(b"#!x\n", "a:b")
    assert launcher(b"#!x\n", "a.b:c").splitlines()[1:3] == [b"import sys", b"from a.b import c"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"#!python\nprint()\n", b"#!/p\nprint()\n"),
        (b"#!pythonw\r\nprint()\n", b"#!/p\nprint()\n"),
        (b"#!python -x\nrest", b"#!/p\nrest"),
        (b"#!python", b"#!/p\n"),
        (b"#!/bin/sh\n#!python\n", b"#!/bin/sh\n#!python\n"),
    ],
)
def test_only_a_first_line_that_asks_for_it_is_rewritten(before, after):
    assert rewritten(b"#!/p\n", before) == after


@pytest.mark.parametrize(
    "name",
    ["python", "python3", "Python3.11", "python3.13t", "pythonw.exe", "pypy3.10", "activate", "Activate.ps1",
     "activate_this.py", "deactivate.bat"],
)  # fmt: skip
def test_names_of_the_environment_itself_are_reserved(name):
    assert is_reserved_script(name)


@pytest.mark.parametrize(
    "name",
    ["python-argcomplete-check-easy-install-script", "activate-global-python-argcomplete", "pythonista", "py.test",
     "ipython", "python-config", "reactivate"],
)  # fmt: skip
def test_names_that_only_look_alike_are_free(name):
    assert not is_reserved_script(name)


def test_pip_gets_the_scripts_that_pip_gives_it(tmp_path):
    wheel = FakeStore(tmp_path).add(
        "pip",
        "26",
        {},
        console_scripts={"pip": "p:m", "pip3": "p:m", "pip3.7": "p:m", "other": "o:m"},
    )

    assert script_references(wheel, "3.12.1") == {
        "other": "o:m",
        "pip": "p:m",
        "pip3": "p:m",
        "pip3.12": "p:m",
    }


def test_no_other_project_gets_a_script_called_pip(tmp_path):
    wheel = FakeStore(tmp_path).add("pipette", "1", {}, console_scripts={"pip3.11": "p:m"})
    with pytest.raises(IntegrityError, match=r"pip3\.11"):
        script_references(wheel, "3.11.7")
    assert os.listdir(tmp_path)
