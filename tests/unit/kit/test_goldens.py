"""Goldens compare word by word and are written only on purpose."""

import pytest

from tests.kit.goldens import GoldenMismatch, Goldens


@pytest.fixture(autouse=True)
def outside_ci(monkeypatch):
    monkeypatch.delenv("CI", raising=False)


def test_a_text_is_written_once_and_compared_afterwards(tmp_path):
    Goldens(True, tmp_path).check("a/text", "in /tmp/x: 1\n", place="/tmp/x")
    assert (tmp_path / "a" / "text.txt").read_text() == "in [PLACE]: 1\n"
    Goldens(False, tmp_path).check("a/text", "in /tmp/other: 1\n", place="/tmp/other")
    with pytest.raises(AssertionError):
        Goldens(False, tmp_path).check("a/text", "in /tmp/other: 2\n", place="/tmp/other")


def test_a_missing_golden_fails(tmp_path):
    with pytest.raises(GoldenMismatch, match="does not exist"):
        Goldens(False, tmp_path).check("new", "text")


def test_ci_refuses_to_update(tmp_path, monkeypatch):
    monkeypatch.setenv("CI", "true")
    with pytest.raises(GoldenMismatch, match="CI"):
        Goldens(True, tmp_path)
