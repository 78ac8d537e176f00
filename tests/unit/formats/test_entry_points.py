"""Only scripts that can be made safely come out of entry_points.txt."""

import pytest

from xpip.errors import IntegrityError
from xpip.formats.entry_points import EntryPoints, parse_entry_points


def test_scripts_come_in_file_order_and_other_groups_are_ignored():
    text = """
# a comment
[console_scripts]
tool = app.cli:main
other=app.cli : Commands.other

[gui_scripts]
; another
window = app.gui:run [extra1, extra2]

[app.plugins]
any thing = whatever it is
"""
    assert parse_entry_points(text, "x") == EntryPoints(
        (("tool", "app.cli:main"), ("other", "app.cli:Commands.other")),
        (("window", "app.gui:run"),),
    )


def test_a_value_may_go_on_in_an_indented_line():
    assert parse_entry_points(
        "[x]\na =\n  one\n  two\n[console_scripts]\nt = m:f\n", "x"
    ).console_scripts == (("t", "m:f"),)


@pytest.mark.parametrize("text", ["", "\ufeff[console_scripts]\r\na = m:f\r\n"])
def test_an_empty_file_and_a_byte_order_mark_are_no_fault(text):
    parse_entry_points(text, "x")


@pytest.mark.parametrize(
    "name",
    ["../../x", "/abs", ".", "..", "a/b", "@s/../x", "n" * 300, "a\x1bb", "a\u202eb", "C:x", "a\\b", "a\x00b", "~x"],
)  # fmt: skip
def test_names_that_are_paths_or_cannot_be_seen_are_refused(name):
    with pytest.raises(IntegrityError) as caught:
        parse_entry_points(f"[console_scripts]\n{name} = m:f\n", "app.whl: entry_points.txt")
    assert "app.whl" in caught.value.summary
    assert caught.value.summary.isprintable()


def test_an_empty_name_is_refused():
    with pytest.raises(IntegrityError):
        parse_entry_points("[gui_scripts]\n = m:f\n", "x")


@pytest.mark.parametrize(
    "target",
    [
        "m:x;import os",
        "m",
        "m:",
        ":f",
        "m:f()",
        "m.:f",
        "m:f.",
        "a b:c",
        "m:f:g",
        "m:1x",
        "m:f\n  g",
    ],
)
def test_objects_that_are_no_dotted_names_are_refused(target):
    with pytest.raises(IntegrityError, match="module:object"):
        parse_entry_points(f"[console_scripts]\ntool = {target}\n", "x")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "[console_scripts]\na = m:f\n[console_scripts]\n",
            "line 3 has the section `console_scripts` again",
        ),
        ("[console_scripts]\njust words\n", "line 2 has no `=`"),
        ("a = m:f\n", "line 1 stands before the first section"),
        ("[console_scripts]\na = m:f\na = m:g\n", "line 3 has the name `a` again"),
    ],
)
def test_a_malformed_file_is_refused_with_its_line(text, reason):
    with pytest.raises(IntegrityError) as caught:
        parse_entry_points(text, "x")
    assert reason in caught.value.summary
