"""`xpip completion` makes shells complete words."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

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


def test_a_value_after_an_equals_sign_is_offered_with_its_option():
    """zsh, fish and PowerShell have one word there, and replace it as a whole."""
    assert words("xpip", "list", "--format=j") == ["--format=json"]
    assert words("xpip", "list", "--format=") == [
        "--format=columns", "--format=freeze", "--format=json",
    ]  # fmt: skip
    assert words("xpip", "--no-color=") == []


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
    first = "#compdef xpip\n" if shell == "zsh" else ""
    assert done.out.startswith(f"{first}# xpip {shell} completion start\n")
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
    home = tmp_path / "home"
    home.mkdir()
    return {
        **os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "HOME": str(home), "TERM": "dumb",
    }  # fmt: skip


def shell(program, variables, code):
    path = shutil.which(program)
    if path is None:
        pytest.skip(f"there is no {program} on this machine")
    done = subprocess.run(
        [path, "-c", code], env=variables, cwd=variables["HOME"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout


def test_bash_completes_for_real(program):
    code = """
eval "$(xpip completion --bash)"
complete -p xpip | grep -o _xpip_completion
COMP_WORDS=(xpip cache pu); COMP_CWORD=2; _xpip_completion; echo "${COMPREPLY[@]}"
COMP_WORDS=(xpip list --format = j); COMP_CWORD=4; _xpip_completion; echo "${COMPREPLY[@]}"
"""
    assert shell("bash", program, code).split() == ["_xpip_completion", "purge", "json"]


def test_zsh_completes_for_real(program):
    """Words are typed in a terminal inside zsh; a key writes down what became of the line."""
    code = r"""
zmodload zsh/zpty
zpty line zsh -f -i
zpty -w line 'autoload -Uz compinit && compinit -u -D; eval "$(xpip completion --zsh)"'
zpty -w line 'note() { print -r -- $=BUFFER >> lines; BUFFER=""; print -n no""ted; }'
zpty -w line 'zle -N note; bindkey "^O" note'
for typed in 'cache pu' 'list --format=j' 'list --outd' 'install -r wan'; do
    zpty -w -n line "xpip $typed"$'\t\x0f'
    zpty -r -m line shown '*noted*'
done
zpty -d line
cat lines
"""
    (Path(program["HOME"]) / "wanted.txt").touch()
    assert shell("zsh", program, code).splitlines() == [
        "xpip cache purge", "xpip list --format=json", "xpip list --outdated",
        "xpip install -r wanted.txt",
    ]  # fmt: skip


def test_zsh_loads_the_script_from_its_own_folder_of_functions(program):
    code = r"""
mkdir functions; xpip completion --zsh > functions/_xpip
zmodload zsh/zpty
zpty line zsh -f -i
zpty -w line 'fpath=($PWD/functions $fpath); autoload -Uz compinit && compinit -u -D'
zpty -w line 'note() { print -r -- $=BUFFER >> lines; BUFFER=""; print -n no""ted; }'
zpty -w line 'zle -N note; bindkey "^O" note'
for typed in 'cache pu' 'cache pr' 'uninst'; do
    zpty -w -n line "xpip $typed"$'\t\x0f'
    zpty -r -m line shown '*noted*'
done
zpty -d line
cat lines
"""
    assert shell("zsh", program, code).splitlines() == [
        "xpip cache purge", "xpip cache prune", "xpip uninstall",
    ]  # fmt: skip


def test_fish_completes_for_real(program):
    (Path(program["HOME"]) / "wanted.txt").touch()
    code = """
xpip completion --fish | source
for line in 'xpip cache pu' 'xpip list --format=j' 'xpip list --format j' 'xpip install -r ./wan'
    complete --do-complete $line
end
"""
    assert shell("fish", program, code).split() == [
        "purge", "--format=json", "json", "./wanted.txt",
    ]  # fmt: skip
