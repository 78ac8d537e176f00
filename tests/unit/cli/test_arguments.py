"""Command lines are taken apart by optparse's rules, which pip's users know."""

import pytest

from xpip.cli.arguments import command_module, command_names, parse_arguments
from xpip.cli.options.help import describe, describe_groups, summaries
from xpip.errors import UsageError
from xpip.formats.option_table import BadOption, Option, OptionGroup, OptionTable, closest


def given(line):
    parsed = parse_arguments(line.split())
    uses = [(use.option.name, use.value) for use in parsed.given]
    return parsed.command, uses, parsed.positionals


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("install foo", ("install", [], ("foo",))),
        ("install foo -U bar", ("install", [("--upgrade", "")], ("foo", "bar"))),
        ("install -r a.txt", ("install", [("--requirement", "a.txt")], ())),
        ("install -ra.txt", ("install", [("--requirement", "a.txt")], ())),
        ("install --requirement=a.txt", ("install", [("--requirement", "a.txt")], ())),
        ("install --requirem a=b", ("install", [("--requirement", "a=b")], ())),
        ("install --timeout= x", ("install", [("--timeout", "")], ("x",))),
        ("install -Uq x", ("install", [("--upgrade", ""), ("--quiet", "")], ("x",))),
        ("install -qqvr a", ("install", [("--quiet", ""), ("--quiet", ""), ("--verbose", ""),
                                         ("--requirement", "a")], ())),
        ("install -r -x", ("install", [("--requirement", "-x")], ())),
        ("install -- -x --pre", ("install", [], ("-x", "--pre"))),
        ("install - x", ("install", [], ("-", "x"))),
        ("-q --timeout 5 install x --pre", ("install", [("--quiet", ""), ("--timeout", "5"),
                                                       ("--pre", "")], ("x",))),
        ("--python x install", ("install", [("--python", "x")], ())),
        ("-- list --not-required", ("list", [("--not-required", "")], ())),
        ("list -e", ("list", [("--editable", "")], ())),
        ("install -e .", ("install", [("--editable", ".")], ())),
        ("show -f x", ("show", [("--files", "")], ("x",))),
        ("venv -c -p 3.12 .v", ("venv", [("--clear", ""), ("--python", "3.12")], (".v",))),
        ("", ("help", [], ())),
        ("-v", ("help", [("--verbose", "")], ())),
        ("help install", ("help", [], ("install",))),
        ("install x -h", ("help", [("--help", "")], ("install",))),
        ("-h install x", ("help", [("--help", "")], ("install",))),
        ("--version", ("version", [("--version", "")], ())),
        ("-V install x", ("version", [("--version", "")], ())),
    ],
)  # fmt: skip
def test_command_lines(line, expected):
    assert given(line) == expected


@pytest.mark.parametrize(
    ("line", "summary", "hint"),
    [
        ("instal x", "unknown command `instal`", "`install` is the closest"),
        ("frobnicate", "unknown command `frobnicate`", "`xpip help` lists the commands"),
        ("groups", "unknown command `groups`", None),
        ("../install", "unknown command `../install`", None),
        ("install --upgrad-package x", "unknown option `--upgrad-package`",
         "`--upgrade-package` is the closest known option"),
        ("install -X", "unknown option `-X`", None),
        ("install -qX", "unknown option `-X`", None),
        ("install --no-i", "`--no-i` is ambiguous: it begins `--no-index`, `--no-input`", None),
        ("install -r", "`-r` needs a value (FILE)", None),
        ("install --requirement", "`--requirement` needs a value (FILE)", None),
        ("install --pre=yes", "`--pre` takes no value", None),
        ("--pre install", "unknown option `--pre`", None),
        ("help instal", None, None),
        ("freeze --require-hashes", "unknown option `--require-hashes`", None),
    ],
)  # fmt: skip
def test_mistakes_are_usage_errors(line, summary, hint):
    if line == "help instal":
        with pytest.raises(UsageError):
            command_module("instal")
        return
    with pytest.raises(UsageError) as caught:
        parse_arguments(line.split())
    # As in pip, an unknown command ends with 1 and a bad option with 2.
    assert caught.value.exit_code == (1 if "command" in summary else 2)
    assert caught.value.summary == summary
    if hint:
        assert caught.value.hints == (hint,)


def test_an_exact_name_is_no_abbreviation_of_a_longer_one():
    assert given("install --upgrade x")[1] == [("--upgrade", "")]
    assert given("install --no-cache x")[1] == [("--no-cache-dir", "")]


def test_a_table_says_which_argument_is_wrong():
    table = OptionTable((OptionGroup("All", (Option(("--known",), "known"),)),))
    with pytest.raises(BadOption) as caught:
        table.read(["x", "--known", "1", "--other"])
    assert caught.value.position == 3


@pytest.mark.parametrize(
    ("word", "expected"),
    [("instal", "install"), ("lsit", "list"), ("xyz", None), ("", None), ("install", "install")],
)
def test_the_closest_word(word, expected):
    assert closest(word, ("install", "list", "uninstall")) == expected


def test_commands_are_found_by_their_files():
    names = command_names()
    assert {"cache", "config", "help", "install", "list", "uninstall", "venv"} <= set(names)
    assert list(names) == sorted(names)
    # Files that several commands share are none of them.
    assert not {"groups", "shared", "values", "building"} & set(names)


@pytest.mark.parametrize("name", command_names())
def test_every_command_describes_itself(name):
    description = describe(name)
    assert description.summary.endswith(".")
    assert all(title and isinstance(lines, tuple) for title, lines in description.groups)
    spellings = [spelling for _, lines in description.groups for spelling, _ in lines]
    assert len(spellings) == len(set(spellings))
    assert ("-q, --quiet", "Tell less; up to three times") in dict(description.groups)[
        "General options"
    ]


@pytest.mark.parametrize("name", command_names())
def test_no_two_options_of_a_command_share_a_spelling(name):
    table = parse_arguments([name]).table
    spellings = [spelling for option in table.options for spelling in option.names]
    doubled = {spelling for spelling in spellings if spellings.count(spelling) > 1}
    # What calls pip-compile, and `pip completion`, is to work.
    meanings = {"compile": "pre", "completion": "powershell"}
    assert doubled == ({"-p"} if name in meanings else set())
    if doubled:
        assert table.find("-p").destination == meanings[name]


def test_options_that_do_nothing_are_accepted_and_not_shown():
    line = (
        "install x --disable-pip-version-check --root-user-action ignore --use-pep517 "
        "--no-warn-script-location --use-feature fast-deps --no-python-version-warning"
    )
    assert given(line)[2] == ("x",)
    shown = str(describe("install")) + str(describe_groups())
    assert "version-check" not in shown
    assert "root-user" not in shown


def test_summaries_list_every_command():
    assert [name for name, _ in summaries()] == list(command_names())
