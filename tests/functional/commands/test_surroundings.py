"""Commands that only read, in surroundings where programs like to fail."""

import json
import os
import subprocess
import sys

import pytest

from tests.kit.command import ROOT, run, xpip
from tests.kit.environments import FakeEnvironment

READING = {
    "list": ["list"],
    "freeze": ["freeze"],
    "show": ["show", "thing"],
    "inspect": ["inspect"],
    "tree": ["tree"],
    "why": ["why", "thing"],
    "debug": ["debug"],
    "help": ["help"],
}


@pytest.fixture
def environment(tmp_path):
    environment = FakeEnvironment(tmp_path / "environment")
    environment.add("thing", "1.0", fields="Summary: größer → ☃")
    environment.add("app", "1.0", requires=["thing"])
    return environment


def words_of(name, environment):
    place = [] if name == "help" else ["--python", str(environment.folder)]
    return [*READING[name], *place]


@pytest.mark.parametrize("name", READING)
def test_a_reader_that_has_gone_ends_with_120_and_without_a_word(name, environment):
    """As `xpip list | head -0` does; pip's exit code."""
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "xpip", *words_of(name, environment)],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")}, stdout=write,
        stderr=subprocess.PIPE, check=False, timeout=60,
    )  # fmt: skip
    os.close(write)
    assert done.returncode == 120
    assert b"Traceback" not in done.stderr
    assert b"error" not in done.stderr


@pytest.mark.parametrize("name", READING)
def test_a_closed_standard_output_is_no_crash(name, environment):
    command = " ".join(f"'{word}'" for word in words_of(name, environment))
    done = run("sh", "-c", f"'{sys.executable}' -m xpip {command} >&-")
    assert "Traceback" not in done.err
    assert done.code in (0, 1, 120)


@pytest.mark.parametrize("name", READING)
def test_the_c_locale_shows_everything_in_letters_it_has(name, environment):
    done = xpip(*words_of(name, environment), LC_ALL="C", PYTHONCOERCECLOCALE="0", PYTHONUTF8="0")
    assert done.code == 0, done
    assert done.out
    assert done.out.isascii()
    if name == "inspect":
        (thing,) = (
            one for one in json.loads(done.out)["installed"] if one["metadata"]["name"] == "thing"
        )
        assert thing["metadata"]["summary"] == "größer → ☃"


@pytest.mark.parametrize("name", READING)
def test_no_colour_reaches_a_pipe_whatever_the_variables(name, environment):
    for variables in ({"NO_COLOR": "1"}, {"FORCE_COLOR": "1"}, {"TERM": "xterm-256color"}):
        assert "\x1b" not in xpip(*words_of(name, environment), **variables).out


@pytest.mark.parametrize("name", READING)
def test_no_home_and_no_folder_for_temporary_files_are_needed(name, environment, tmp_path):
    place = tmp_path / "nowhere"
    place.mkdir(mode=0o500)
    variables = {key: value for key, value in os.environ.items() if key != "HOME"}
    variables.update(TMPDIR=str(place / "absent"), PYTHONPATH=str(ROOT / "src"))
    done = subprocess.run(
        [sys.executable, "-m", "xpip", *words_of(name, environment), "--cache-dir", str(tmp_path / "c")],
        env=variables, capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("columns", ["1", "20", "0", "nonsense", "100000"])
def test_help_is_readable_on_any_terminal(columns):
    done = xpip("help", "list", COLUMNS=columns)
    assert (done.code, done.err) == (0, "")
    assert "--outdated" in done.out
    if columns != "100000":
        assert max(map(len, done.out.splitlines())) <= 80
