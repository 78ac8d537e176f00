"""Every option that users of pip, pip-tools and uv bring along works, or is refused by a sentence."""

import configparser

import pytest

from tests.kit.command import ROOT
from xpip.cli.arguments import command_module, command_names
from xpip.cli.options.shared import SHARED
from xpip.cli.pip_spellings import PIP_SPELLINGS
from xpip.formats.option_table import OptionTable

LISTS = configparser.ConfigParser(interpolation=None)
LISTS.read(ROOT / "tests" / "fixtures" / "options.txt", encoding="utf-8")


def wanted(section: str, kind: str) -> list[str]:
    """Return the spellings of one kind, those of the lists that a section names included."""
    own = LISTS.get(section, kind, fallback="").split()
    named = LISTS.get(section, "lists", fallback="").split()
    return [word for name in named for word in wanted(name, kind)] + own


def commands() -> list[str]:
    return [section for section in LISTS.sections() if not section.isupper()]


def table(command: str) -> OptionTable:
    return OptionTable((*command_module(command).GROUPS, *SHARED), PIP_SPELLINGS)


def test_the_lists_are_of_commands():
    assert set(commands()) <= set(command_names())


@pytest.mark.parametrize("command", commands())
def test_what_has_to_work_is_accepted(command):
    known = table(command)
    found = {word: known.find(word) for word in wanted(command, "works")}
    assert [word for word, option in found.items() if option is None] == []
    assert [word for word, option in found.items() if option.refusal] == []


@pytest.mark.parametrize("command", commands())
def test_what_is_known_works_or_is_refused_with_what_to_do_instead(command):
    known = table(command)
    found = {word: known.find(word) for word in wanted(command, "known")}
    assert [word for word, option in found.items() if option is None] == []
    for option in found.values():
        assert not option.refusal or len(option.refusal.split()) > 3
