"""pip's configuration files are read as configparser does for pip."""

import configparser
import subprocess
import sys

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.kit.command import ROOT
from xpip.errors import UsageError
from xpip.formats.pip_conf import normalized_key, parse_pip_conf, with_value, without_value


def test_sections_keys_and_values():
    text = (
        "[global]\nIndex_URL = https://h/%40simple\n--timeout: 5\n; comment\n# comment\n"
        "find-links =\n    one\n    two\n[install]\nno-deps = yes\nempty =\n"
    )
    assert parse_pip_conf(text, "pip.conf") == {
        "global": {"index-url": "https://h/%40simple", "timeout": "5", "find-links": "\none\ntwo"},
        "install": {"no-deps": "yes", "empty": ""},
    }


@pytest.mark.parametrize("text", ["", "# nothing\n", "\ufeff[global]\n"])
def test_files_that_say_nothing(text):
    assert not any(parse_pip_conf(text, "pip.conf").values())


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ("timeout = 5", "pip.conf:1: a value stands before the first section"),
        ("[global]\na=1\nA=2", "pip.conf:3: `a` is given twice"),
        ("[global]\n[global]\n", "pip.conf:2: `[global]` is given twice"),
        ("[global]\nS3CR3T", "`pip.conf` is not a valid configuration file: line 2"),
        ("[global]\nx\ny\n", "`pip.conf` is not a valid configuration file: lines 2, 3"),
    ],
)
def test_mistakes_are_named_without_their_content(text, summary):
    with pytest.raises(UsageError) as caught:
        parse_pip_conf(text, "pip.conf")
    assert caught.value.summary == summary
    assert "S3CR3T" not in str(caught.value.details) + str(caught.value.hints)


# --- as configparser -------------------------------------------------------------------------------

LINES = st.sampled_from(
    [
        "[global]", "[install]", "[DEFAULT]", "[global]  # why", "[a]b]", "[]", "[]]", " [indented]", "[open", "]",
        "a = 1", "a=2", "A : 3", "--a = 4", "a_b = 5", "a-b: 6", "c == = 7 : 8", " d = indented", "\te\t=\ttab", "f =",
        "= nothing", ": nothing", "-- = dashes", "bare", "  further", "\tfurther too", "      deep", "  # no further",
        "# comment", "; comment", "g = 1 ; kept # kept", "h = %(a)s %% ${b}", "", "   ", "\t", "i = é\u2028ü", "\ufeff[x]",
        "j = x\r", "\r", "\x0b k = 1", "\x85", "\x1c", "İ = 1", "l = a\rb", "rem = 1", "REM comment", "m : = :",
    ]
)  # fmt: skip


def by_configparser(text):
    """Return what Python's own reader makes of a text, None where it refuses it."""
    parser = configparser.RawConfigParser()
    parser.optionxform = normalized_key
    try:
        parser.read_string(text.removeprefix("\ufeff"))
    except configparser.Error:
        return None
    return [(name, list(parser.items(name))) for name in parser.sections()]


def by_xpip(text):
    try:
        found = parse_pip_conf(text, "pip.conf")
    except UsageError:
        return None
    return [(name, list(values.items())) for name, values in found.items()]


@settings(max_examples=200, deadline=None)
@given(
    st.one_of(
        st.lists(LINES, max_size=8).map("\n".join),
        st.lists(LINES, max_size=8).map(lambda lines: "\r\n".join(["[global]", *lines])),
        st.lists(LINES, max_size=8).map(lambda lines: "\ufeff[global]\n" + "\n".join(lines)),
        st.text(st.sampled_from(list("[]=:#; \t\n\raA-_%x\x0b\x1c\x85\u2028\ufeffé"))).map(
            "[g]\n".__add__
        ),
        st.text(),
    )
)
@example("[global]\na = 1\n\n  b\n\n")
@example("[a]\nx = 1\n[DEFAULT]\nx = 2\ny = 3\n[DEFAULT]\nz = 4\n")
@example("[a]\nx = 1\n[DEFAULT]\ny = 3\n[DEFAULT]\ny = 4\n")
@example("[g]\n  a = 1\n b = 2\n   c = 3\n# x\n    d = 4")
def test_every_text_is_read_or_refused_as_configparser_does(text):
    assert by_xpip(text) == by_configparser(text)


def test_reading_a_file_in_the_right_form_needs_no_configparser():
    code = (
        "import sys; from xpip.formats.pip_conf import parse_pip_conf as parse\n"
        "text = '# top\\n[global]\\nindex-url = https://h/\\n; why\\nfind-links =\\n  one\\n\\n  two\\n'\n"
        "assert parse(text, '')['global']['find-links'] == '\\none\\n\\ntwo'\n"
        "print(*sorted({'configparser', 're', 'enum', 'functools', 'types'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        env={"PYTHONPATH": str(ROOT / "src")}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == ""


# --- changing --------------------------------------------------------------------------------------

TEXTS = [
    "",
    "[global]\ntimeout = 5\n",
    "# top\n\n[global]\n; why\ntimeout = 5\nfind-links =\n    one\n\n    two\n# end\n[install]\na: 1\n",
    "[a]\nx = 1\n[global]\n--Index_URL=https://h/%40\n\n\n[b]\n",
    "[global]\nempty\t=\nlist = one\n  two\n  # no comment, a value? no\n  three\n",
]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("section", ["global", "install", "new"])
@pytest.mark.parametrize("key", ["timeout", "find-links", "index-url", "list", "fresh"])
@pytest.mark.parametrize("value", ["1", "https://u:p@h/%x#f", "one\ntwo", ""])
def test_a_value_is_set_and_taken_away_and_nothing_else_changes(text, section, key, value):
    before = parse_pip_conf(text, "pip.conf")
    changed = with_value(text, "pip.conf", section, key, value)
    expected = {**before, section: {**before.get(section, {}), key: value}}
    assert parse_pip_conf(changed, "pip.conf") == expected
    again = parse_pip_conf(without_value(changed, "pip.conf", section, key), "pip.conf")
    expected[section] = {k: v for k, v in expected[section].items() if k != key}
    assert {name: keys for name, keys in again.items() if keys} == {
        name: keys for name, keys in expected.items() if keys
    }
    for comment in ("# top", "; why", "# end"):
        assert (comment in changed) == (comment in text)


def test_what_stands_for_all_sections_cannot_be_taken_from_one():
    text = "[DEFAULT]\ntimeout = 5\n[global]\nretries = 1\n"
    with pytest.raises(UsageError, match=r"\[DEFAULT\]"):
        without_value(text, "pip.conf", "global", "timeout")
