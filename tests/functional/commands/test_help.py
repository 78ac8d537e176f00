"""Help, version, and what happens to words that are no command."""

import os
import sys

import pytest

import xpip
from tests.kit.command import ROOT
from tests.kit.environments import run_main
from xpip.cli.arguments import command_module, command_names
from xpip.cli.options.shared import SHARED


@pytest.fixture(autouse=True)
def width(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")


@pytest.mark.parametrize("words", [["help"], ["--help"], ["-h"], []])
def test_the_overview(words, goldens):
    done = run_main(*words)
    assert (done.code, done.err) == (0, "")
    goldens.check("help/overview", done.out)


@pytest.mark.parametrize("command", command_names())
def test_each_command_explains_itself_in_two_ways(command):
    asked = run_main("help", command)
    assert asked.code == 0
    assert asked.out.startswith(f"Usage: xpip {command} ")
    assert run_main(command, "--help") == asked
    assert max(map(len, asked.out.splitlines())) <= 80


@pytest.mark.parametrize("command", command_names())
def test_help_names_every_spelling_of_every_option_that_does_something(command):
    shown = run_main("help", command).out
    for group in (*command_module(command).GROUPS, *SHARED):
        for option in group.options:
            if option.help:
                assert option.name in shown
                assert f"\n{group.title}:\n" in shown


@pytest.mark.parametrize("command", command_names())
def test_a_spelling_means_one_thing(command):
    """What two options of one command share, the second would never get."""
    meant = {}
    for group in command_module(command).GROUPS:
        for option in group.options:
            for name in option.names:
                assert meant.setdefault(name, option.destination) == option.destination


def test_help_of_what_is_no_command_is_pips_failure_with_the_closest_name():
    done = run_main("help", "unistall")
    assert (done.code, done.out) == (1, "")
    assert "`uninstall`" in done.err


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_the_version_says_which_xpip_on_which_python(option):
    done = run_main(option)
    assert done.code == 0
    folder = xpip.__file__.rpartition("/")[0]
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert done.out == f"xpip {xpip.__version__} from {folder} (python {version})\n"


def test_the_version_is_told_before_a_command_too():
    assert run_main("list", "--version").out == run_main("--version").out


@pytest.mark.parametrize(
    ("written", "meant"), [("instal", "install"), ("lst", "list"), ("unistall", "uninstall")]
)
def test_a_misspelt_command_gets_the_closest_name(written, meant):
    done = run_main(written, "flask")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(f"error: unknown command `{written}`\n")
    assert f"`{meant}`" in done.err


def test_a_word_like_no_command_gets_the_way_to_the_list():
    done = run_main("frobnicate")
    assert done.code == 1
    assert "xpip help" in done.err


def test_a_misspelt_option_is_a_usage_error():
    done = run_main("list", "--fromat", "json")
    assert (done.code, done.out) == (2, "")
    assert "unknown option `--fromat`" in done.err
    assert "`--format`" in done.err


def test_help_works_beside_a_broken_configuration(monkeypatch, tmp_path):
    file = tmp_path / "pip.conf"
    file.write_text("[broken")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(file))
    assert run_main("help").code == 0


HELP_LIMIT = 0.060
"""Seconds that help may take beside those of the interpreter itself; it needs 8 to 20 ms."""
_ATTEMPTS = 9


def processor_seconds(*words):
    """Return what a Python needed of the processor; waiting for other processes does not count."""
    variables = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "COLUMNS": "80"}
    silent = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    argv = [sys.executable, *words]
    child = os.posix_spawn(sys.executable, argv, variables, file_actions=silent)
    _, status, used = os.wait4(child, 0)
    assert status == 0, words
    return used.ru_utime + used.ru_stime


@pytest.mark.parametrize("command", [*command_names(), ""])
def test_help_is_ready_soon(command):
    """The best of several runs: on a busy machine the processor's caches belong to others too."""
    words = ("-m", "xpip", *([command] if command else []), "--help")
    bare = helped = float("inf")
    for attempt in range(_ATTEMPTS):
        bare = min(bare, processor_seconds("-c", ""))
        helped = min(helped, processor_seconds(*words))
        if attempt and helped - bare <= HELP_LIMIT:
            break
    assert helped - bare <= HELP_LIMIT
