"""TOML that would take the parser minutes, or that it cannot say is wrong, is refused in words."""

import time

import pytest

from xpip.errors import RequirementError
from xpip.formats.toml_text import MAXIMUM_PARTS, parse_toml


def dotted(parts: int) -> str:
    return ".".join(["a"] * parts)


@pytest.mark.parametrize(
    "text",
    [
        f"{dotted(20_000)} = 1\n",
        f"[{dotted(20_000)}]\n",
        f"x = {{{dotted(20_000)} = 1}}\n",
        '"a" . ' * 20_000 + "b = 1\n",
        f"\n\n{dotted(MAXIMUM_PARTS + 2)} = 1",
    ],
)
def test_a_key_of_too_many_parts_is_refused_at_once_with_its_line(text):
    began = time.process_time()
    with pytest.raises(RequirementError, match=f"more than {MAXIMUM_PARTS} parts") as caught:
        parse_toml(text, "x.toml")
    assert time.process_time() - began < 1
    assert f"at line {text.count(chr(10), 0, text.index('a')) + 1}" in caught.value.summary


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{dotted(5)} = 1", {"a": {"a": {"a": {"a": {"a": 1}}}}}),
        ("x = '" + "1.2 .3, " * 500 + "'", {"x": "1.2 .3, " * 500}),
        ("x = [" + "1.5, " * 500 + "]", {"x": [1.5] * 500}),
    ],
)
def test_other_dots_do_not_count(text, expected):
    assert parse_toml(text, "x.toml") == expected


@pytest.mark.parametrize(
    ("text", "fragment"),
    [
        ("a = " + "9" * 5000, "out of range"),
        ("a = 2023-13-45", "not valid TOML"),
        ("a = " + "[" * 20_000, "nested too deeply"),
        ("a = \n", "not valid TOML"),
    ],
)
def test_every_mistake_is_an_error_of_the_file(text, fragment):
    with pytest.raises(RequirementError, match=fragment) as caught:
        parse_toml(text, "x.toml")
    assert "`x.toml`" in caught.value.summary
