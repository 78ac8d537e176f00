"""What builds see."""

import pytest

from xpip.build.hooks import grouped_settings, log_tail
from xpip.build.variables import build_variables, is_withheld


@pytest.mark.parametrize(
    "name",
    ["PIP_INDEX_URL", "XPIP_X", "UV_INDEX", "TWINE_PASSWORD", "GITHUB_TOKEN", "token", "DB_PASSWORD",
     "AWS_SECRET_ACCESS_KEY", "SIGNING_PRIVATE_KEY", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "NETRC"],
)  # fmt: skip
def test_configuration_secrets_and_other_pythons_are_withheld(name):
    assert is_withheld(name)


@pytest.mark.parametrize(
    "name",
    ["CFLAGS", "CC", "PATH", "HOME", "SETUPTOOLS_SCM_PRETEND_VERSION", "MAKEFLAGS", "KEYBOARD"],
)
def test_everything_else_is_handed_on(name):
    assert not is_withheld(name)


def test_programs_of_the_environment_come_first():
    variables = build_variables({"PATH": "/usr/bin", "A": "b"}, "/env/bin", "/env")
    assert variables["PATH"] == "/env/bin:/usr/bin"
    assert variables["A"] == "b"
    assert variables["VIRTUAL_ENV"] == "/env"
    assert build_variables({}, "/env/bin", "/env")["PATH"] == "/env/bin"


def test_a_setting_that_is_repeated_becomes_a_list():
    settings = (("a", "1"), ("b", "2"), ("a", "3"), ("a", "4"))
    assert grouped_settings(settings) == {"a": ["1", "3", "4"], "b": "2"}


def test_the_end_of_a_log_is_short_and_narrow(tmp_path):
    path = tmp_path / "log"
    path.write_text("".join(f"line {number}\n\n" for number in range(100)) + "x" * 5000)
    tail = log_tail(str(path))
    assert len(tail) == 25
    assert tail[0] == "  line 76"
    assert len(tail[-1]) == 402
    assert log_tail(str(tmp_path / "nothing")) == ()
