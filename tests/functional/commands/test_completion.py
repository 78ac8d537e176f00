"""`xpip completion` makes shells complete words."""

import os
import shutil
import stat
import subprocess
import sys

import pytest

from tests.kit.command import ROOT
from tests.kit.environments import run_main


def words(*line):
    """Return what is offered for the last word of a line."""
    done = run_main("completion", "--word", str(len(line) - 1), "--", *line)
    assert (done.code, done.err) == (0, "")
    return done.out.split()


def test_the_first_word_is_a_command():
    assert {"install", "list", "why"} <= set(words("xpip", ""))
    assert words("xpip", "uninst") == ["uninstall"]


def test_options_are_those_of_the_command_and_of_all():
    found = words("xpip", "list", "--")
    assert {"--outdated", "--format", "--quiet"} <= set(found)
    assert "--no-deps" not in found
    assert words("xpip", "--no-col") == ["--no-color"]


def test_options_that_do_nothing_are_not_offered():
    assert words("xpip", "list", "--disable-pip") == []


def test_values_with_choices_are_offered():
    assert words("xpip", "list", "--format", "") == ["columns", "freeze", "json"]
    assert words("xpip", "list", "--format", "=", "j") == ["json"]


def test_a_value_without_choices_is_left_to_the_shell():
    assert words("xpip", "install", "-r", "") == []


def test_actions_come_before_names():
    assert "purge" in words("xpip", "cache", "")
    assert words("xpip", "cache", "purge", "") == []
    assert words("xpip", "help", "unin") == ["uninstall"]


def test_options_before_the_command_are_skipped():
    assert words("xpip", "-q", "--python", "3.11", "unin") == ["uninstall"]


def test_installed_packages_are_offered_where_they_fit(environment, monkeypatch):
    environment.add("flask", "3.0")
    environment.add("flake8", "7.0")
    environment.add("click", "8.0")
    monkeypatch.setenv("VIRTUAL_ENV", str(environment.folder))
    assert words("xpip", "uninstall", "-y", "fla") == ["flake8", "flask"]
    assert words("xpip", "show", "Cl") == ["click"]
    assert words("xpip", "list", "--exclude", "click") == ["click"]


def test_without_an_environment_nothing_is_offered_and_nothing_fails(monkeypatch, tmp_path):
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "absent"))
    assert words("xpip", "show", "x") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_each_shell_gets_its_script_between_marks(shell):
    done = run_main("completion", f"--{shell}")
    assert done.code == 0
    assert done.out.startswith(f"# xpip {shell} completion start\n")
    assert done.out.endswith(f"# xpip {shell} completion end\n")


@pytest.mark.parametrize("line", [[], ["--bash", "--zsh"], ["bash"]])
def test_exactly_one_shell_has_to_be_named(line):
    done = run_main("completion", *line)
    assert (done.code, done.out) == (2, "")
    assert "`--bash`" in done.err


@pytest.fixture
def program(tmp_path):
    """A program `xpip` on PATH, as an installation has it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    script = folder / "xpip"
    script.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}/src" exec "{sys.executable}" -m xpip "$@"\n')
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}


def shell(program, variables, code):
    path = shutil.which(program)
    if path is None:
        pytest.skip(f"there is no {program} on this machine")
    done = subprocess.run(
        [path, "-c", code], env=variables, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stderr == ""
    return done.stdout.split()


def test_bash_completes_for_real(program):
    code = """
eval "$(xpip completion --bash)"
complete -p xpip | grep -o _xpip_completion
COMP_WORDS=(xpip cache pu); COMP_CWORD=2; _xpip_completion; echo "${COMPREPLY[@]}"
COMP_WORDS=(xpip list --format = j); COMP_CWORD=4; _xpip_completion; echo "${COMPREPLY[@]}"
"""
    assert shell("bash", program, code) == ["_xpip_completion", "purge", "json"]


def test_zsh_takes_the_script(program):
    code = 'autoload -Uz compinit && compinit -u -D; eval "$(xpip completion --zsh)"; echo $_comps[xpip]'
    assert shell("zsh", program, code) == ["_xpip_completion"]


def test_fish_completes_for_real(program):
    code = "xpip completion --fish | source; complete --do-complete 'xpip cache pu'"
    assert shell("fish", program, code) == ["purge"]
