"""Versions and specifiers from strangers."""

import pytest
from packaging.version import Version

from xpip.model.versions_text import parse_specifier, parse_version


@pytest.mark.parametrize(
    "text", ["1", "1!2.0rc1.post2.dev3+local.4", " 1.0 ", "v1.0", "1.0-1", "2004d"]
)
def test_valid_versions_are_parsed_and_others_are_none(text):
    try:
        expected = Version(text)
    except ValueError:
        expected = None
    found = parse_version(text)
    assert (found and str(found)) == (expected and str(expected))


@pytest.mark.parametrize("text", ["", "x", "1.x", "1." + "9" * 5000, "1\x00", "1+" + "a" * 300])
def test_invalid_and_absurd_versions_are_none(text):
    assert parse_version(text) is None


def test_a_version_is_parsed_once():
    assert parse_version("1.2.3") is parse_version("1.2.3")


@pytest.mark.parametrize("text", ["", ">=1", ">=1,<2,!=1.5", "==1.*", "~=1.4"])
def test_valid_specifiers_are_parsed(text):
    specifier = parse_specifier(text)
    assert specifier is not None
    assert len(specifier) == len([part for part in text.split(",") if part])


@pytest.mark.parametrize("text", ["1", ">=x", ">=1.*", ">=1." + "9" * 5000, "," + ">=1," * 4000])
def test_invalid_and_absurd_specifiers_are_none(text):
    assert parse_specifier(text) is None


def test_many_short_specifiers_are_no_problem():
    assert parse_specifier(",".join(f"!=1.{number}" for number in range(500))) is not None
