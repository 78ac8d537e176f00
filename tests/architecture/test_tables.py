"""Tables of the documentation that say which test holds which promise name tests that are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("docs/transactions.md", "docs/hostile-input.md")
REFERENCE = re.compile(r"`(tests/\w+/[\w/]+\.py)?(?:::(test_\w+))?`")


def references(page: str) -> list[tuple[str, str]]:
    """Return (file, test) of everything in code marks; a test alone is one of the file before."""
    found, file = [], ""
    for match in REFERENCE.finditer((ROOT / page).read_text(encoding="utf-8")):
        file = match[1] or file
        if match[0] != "``":
            found.append((file, match[2] or ""))
    return found


@pytest.mark.parametrize("page", PAGES)
def test_every_test_that_a_page_names_is_there(page):
    named = references(page)
    assert len(named) > 10
    for file, test in named:
        assert (ROOT / file).is_file(), file
        assert not test or f"def {test}(" in (ROOT / file).read_text(encoding="utf-8"), (file, test)


@pytest.mark.parametrize("function", ["_paths", "_bombs", "_records", "_scripts", "_data_folders"])
def test_every_group_of_rows_that_a_page_names_is_there(function):
    page = (ROOT / "docs/hostile-input.md").read_text(encoding="utf-8")
    kit = (ROOT / "tests/kit/hostile_wheels.py").read_text(encoding="utf-8")
    assert f"`{function}`" in page
    assert f"def {function}(" in kit
