"""Which project a line of a requirements file names."""

import pytest

from xpip.operations.freeze import project_of, without_comment


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("flask", "flask"),
        ("Flask[async]>=2,<3 ; python_version > '3'", "Flask"),
        ("flask @ https://files.example/x.whl", "flask"),
        ("flask==1.0 --hash=sha256:ab", "flask"),
        ("flask --config-settings x=y", "flask"),
        ("-e git+https://git.example/x.git#egg=Thing&subdirectory=src", "Thing"),
        ("--editable=git+https://git.example/x.git@main#subdirectory=src&egg=Thing[x]", "Thing"),
        ("https://files.example/Thing-1.0-py3-none-any.whl#sha256=ab", "Thing"),
        ("./wheels/thing-1.0-py3-none-any.whl", "thing"),
        ("thing-1.0-py3-none-any.whl", "thing"),
        ("./folder", ""),
        ("-e .", ""),
        ("https://files.example/", ""),
    ],
)
def test_the_name_is_what_stands_there(line, name):
    assert project_of(line) == name


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("a # b", "a"),
        ("a #", "a"),
        ("# b", ""),
        ("u#egg=x", "u#egg=x"),
        ("u#egg=x  # y", "u#egg=x"),
    ],
)
def test_a_comment_begins_after_a_blank(line, kept):
    assert without_comment(line) == kept
