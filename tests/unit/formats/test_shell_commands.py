"""Simple commands are found in shell text of any shape, with their lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpip.formats.shell_commands import shell_commands


def words_of(text):
    return [command.words for command in shell_commands(text) if command.words]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pip install x", [("pip", "install", "x")]),
        ("a && b || c; d | e & f", [("a",), ("b",), ("c",), ("d",), ("e",), ("f",)]),
        ("pip install 'a b' \"c d\" e\\ f", [("pip", "install", "a b", "c d", "e f")]),
        ("pip install \\\n  x \\\n  y\nz", [("pip", "install", "x", "y"), ("z",)]),
        ("pip install x # not y\n# nothing\n", [("pip", "install", "x")]),
        (
            "if [ -f a ]; then pip install a; fi",
            [("[", "-f", "a", "]"), ("pip", "install", "a"), ("fi",)],
        ),
        ("sudo -H pip install x", [("pip", "install", "x")]),
        ("A=1 B='2 3' pip list", [("pip", "list")]),
        ("(cd x && pip list)", [("cd", "x"), ("pip", "list")]),
        ("pip install ${A:-b c} $(cat x)", [("pip", "install", "${A:-b c}", "$(cat x)")]),
        ("run: ${{ matrix.x }} y", [("run:", "${{ matrix.x }}", "y")]),
        ("pip install 'never closed", [("pip", "install", "never closed")]),
        ("x ${never closed\npip list", [("x", "${never closed"), ("pip", "list")]),
        ("a#b", [("a#b",)]),
        ("", []),
    ],
)
def test_words(text, expected):
    assert words_of(text) == expected


def test_lines_are_those_of_the_program_and_of_each_assignment():
    text = "\n\nA=1 \\\n  B=2 \\\n  pip \\\n  list\nexport C=3\n"
    first, second = shell_commands(text, 10)
    assert (first.line, first.words) == (14, ("pip", "list"))
    assert first.assignments == ((12, "A", "1"), (13, "B", "2"))
    assert (second.words, second.assignments) == ((), ((16, "C", "3"),))


@given(st.text(alphabet="ab \\\n'\"${}()#&;=-|`"))
def test_no_text_is_too_odd(text):
    lines = [command.line for command in shell_commands(text)]
    assert lines == sorted(lines)
    assert all(1 <= line <= text.count("\n") + 1 for line in lines)
