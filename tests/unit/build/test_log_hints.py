"""Hints from the end of a log."""

import pytest

from xpip.build.log_hints import hints_for


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("ModuleNotFoundError: No module named 'numpy.core'", "`numpy` is used by the build"),
        ("x.c:1:10: fatal error: Python.h: No such file or directory", "python3-dev"),
        ("error: command 'gcc' failed: No such file or directory", "C compiler"),
        ("error: can't find Rust compiler", "Rust"),
    ],
)
def test_what_is_missing_is_named(line, word):
    (hint,) = hints_for(["something", line, line])
    assert word in hint


def test_other_failures_have_none():
    assert hints_for(["RuntimeError: no luck"]) == ()
