"""`docs/migration.md` tells the truth: its tables are made of rules, option tables and scenarios.

`pytest --update-goldens` writes them anew.
"""

import importlib.metadata
import re

import pytest

from tests.compat.parity.pips import newest_pip
from tests.compat.parity.test_parity import SCENARIOS
from tests.kit.command import ROOT
from xpip.cli.arguments import UnknownCommand, command_module
from xpip.cli.migration_speaker import CommandLines, is_needless
from xpip.cli.options.shared import SHARED
from xpip.formats.option_table import OptionTable
from xpip.operations.migration_rules import RULES

PAGE = ROOT / "docs" / "migration.md"
WITHOUT = {"search"}
"""Commands of pip that xpip does not have, on purpose."""
NEWER = "pip {} has options that the page, made with pip {}, does not know"
_KINDS = {"differs": "different", "refused": "refused", "needless": "needless"}


def check(name: str, text: str, update: bool) -> None:
    """Compare one of the tables of the page with what it should be, or write it."""
    page = PAGE.read_text()
    pattern = re.compile(rf"(<!-- {name}: [^\n]*-->\n)(.*?)(<!-- end -->)", re.DOTALL)
    found = pattern.search(page)
    assert found, f"the page has no place for {name}"
    if update:
        PAGE.write_text(page[: found.start(2)] + text + page[found.end(2) :])
    else:
        assert found[2] == text


def cell(text: str) -> str:
    return text.replace("|", "\\|")


def test_the_rules_of_explain_migration(goldens):
    rows = ["", "| rule | kind | pip | xpip | for pip's way |", "|---|---|---|---|---|"]
    for key, rule in RULES.items():
        keep = ", ".join(f"`{text}`" for text in (rule.option, rule.variable, rule.setting) if text)
        why = (rule.pip, rule.xpip)
        rows.append(f"| {' | '.join(map(cell, (key, _KINDS[rule.kind], *why, keep)))} |")
    check("rules", "\n".join([*rows, "", ""]), goldens.update)


@pytest.mark.parametrize("key", RULES)
def test_what_a_rule_says_to_write_is_known(key):
    rule, lines = RULES[key], CommandLines()
    command = "compile" if key.startswith("compile-") else "install"
    words = tuple(rule.option.replace("[HOST]", "host.example").split())
    reading = lines.read(command, words)
    assert not reading.problems
    if rule.variable:
        assert lines.option(
            rule.variable.partition("_")[2].partition("=")[0].lower().replace("_", "-")
        ).is_known
    if rule.setting:
        assert lines.option(rule.setting.partition(" ")[0]).is_known


def pip_options() -> dict[tuple[str, ...], list[str]]:
    """Return spellings of each option of pip -> the commands that have it."""
    newest_pip()
    from pip._internal.commands import commands_dict, create_command

    found: dict[tuple[str, ...], list[str]] = {}
    for command in sorted(commands_dict):
        parser = create_command(command).parser
        for option in parser.option_list_all:
            names = (*option._long_opts, *option._short_opts)
            found.setdefault(names, []).append(command)
    return found


def state(command: str, names: tuple[str, ...]) -> tuple[str, str]:
    """Return what xpip does with an option of pip, and what to use in its place."""
    table = OptionTable((*command_module(command).GROUPS, *SHARED))
    options = [table.find(name) for name in names]
    if not all(options):
        return "missing", ", ".join(name for name in names if table.find(name) is None)
    option = options[0]
    if option.refusal:
        return "refused", option.refusal
    return ("nothing to do" if is_needless(option) else "works"), ""


def option_rows() -> list[tuple[str, str, str, str]]:
    rows = []
    options = pip_options()
    everywhere = {command for commands in options.values() for command in commands} - WITHOUT
    for names, commands in sorted(options.items()):
        by_state: dict[tuple[str, str], list[str]] = {}
        for command in commands:
            if command not in WITHOUT:
                by_state.setdefault(state(command, names), []).append(command)
        for (word, instead), where in by_state.items():
            told = "every command" if set(where) == everywhere else ", ".join(where)
            spelled = ", ".join(f"`{name}`" for name in names)
            rows.append((spelled, told, word, instead))
    return rows


def test_every_option_of_pip(goldens):
    rows = option_rows()
    missing = [row for row in rows if row[2] == "missing"]
    assert not missing, "xpip neither has nor refuses these"
    version = importlib.metadata.version("pip")
    page_version = re.search(r"Made with pip ([\d.]+)\.", PAGE.read_text())
    if not goldens.update and page_version and page_version[1] != version:
        pytest.skip(f"the page is about pip {page_version[1]}, and this is {version}")
    lines = [
        "",
        f"Made with pip {version}.",
        "",
        "| option of pip | commands | in xpip |",
        "|---|---|---|",
        *(
            f"| {name} | {where} | {word}{': ' + cell(instead) if instead else ''} |"
            for name, where, word, instead in rows
        ),
        "",
        "",
    ]
    check("options", "\n".join(lines), goldens.update)


def test_pip_has_no_command_that_xpip_lacks():
    newest_pip()
    from pip._internal.commands import commands_dict

    lacking = set()
    for command in commands_dict:
        try:
            command_module(command)
        except UnknownCommand:
            lacking.add(command)
    assert lacking == WITHOUT


def test_the_differences_of_the_parity_suite(goldens):
    by_reason: dict[str, list[str]] = {}
    for area, scenario in SCENARIOS:
        if not scenario.why:
            continue
        codes = "" if scenario.code is None else f" ({scenario.fails}, xpip {scenario.code})"
        by_reason.setdefault(scenario.why, []).append(f"*{area}: {scenario.name}*{codes}")
    rows = ["", "| why | scenarios (exit codes where they differ) |", "|---|---|"]
    rows += [
        f"| {cell(why)} | {cell('; '.join(names))} |" for why, names in sorted(by_reason.items())
    ]
    check("differences", "\n".join([*rows, "", ""]), goldens.update)


def test_a_scenario_whose_trees_differ_says_why():
    for area, scenario in SCENARIOS:
        assert scenario.trees or scenario.why, f"{area}: {scenario.name}"
