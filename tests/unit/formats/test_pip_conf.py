"""pip's configuration files are read as configparser does for pip."""

import pytest

from xpip.errors import UsageError
from xpip.formats.pip_conf import parse_pip_conf


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
