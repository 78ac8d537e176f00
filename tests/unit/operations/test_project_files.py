"""Projects and scripts as sources of requirements; the command's own tests have the errors."""

import pytest

from xpip.errors import RequirementError
from xpip.model.origin import ProjectOrigin
from xpip.operations.project_files import ProjectWish, read_group, read_project
from xpip.operations.wanted import is_project_file

PROJECT = """
[project]
name = "Foo"
requires-python = ">=3.9"
dependencies = ["a>=1", "b; python_version < '4'"]
[project.optional-dependencies]
One_Extra = ["c"]
two = ["foo[one-extra, three]", "d"]
three = ["foo[two]"]
[dependency-groups]
x = ["e", {include-group = "Y"}]
y = ["f"]
"""


def texts(requirements):
    return [requirement.text for requirement in requirements]


@pytest.fixture
def project(tmp_path):
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    return str(tmp_path)


def test_dependencies_come_with_their_origin(project):
    found = read_project("pyproject.toml", project, ProjectWish())
    assert texts(found) == ["a>=1", "b; python_version < '4'"]
    assert found[0].origin == ProjectOrigin("pyproject.toml", "Foo", "project.dependencies")


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        (ProjectWish(("one-extra",)), ["c"]),
        # Extras that name each other are each read once.
        (ProjectWish(("two",)), ["d", "c"]),
        (ProjectWish((), all_extras=True), ["c", "d"]),
    ],
)
def test_extras_bring_those_they_name(project, wish, expected):
    assert texts(read_project("pyproject.toml", project, wish))[2:] == expected


def test_groups_bring_those_they_include(project):
    assert texts(read_group("pyproject.toml", project, "X")) == ["e", "f"]


@pytest.mark.parametrize(
    "groups", ["x = 'e'", "x = [1]", "x = [{include = 'y'}]", "x = [{include-group = 1}]"]
)
def test_groups_of_another_form_are_refused(tmp_path, groups):
    (tmp_path / "pyproject.toml").write_text(f"[dependency-groups]\n{groups}\n")
    with pytest.raises(RequirementError):
        read_group("pyproject.toml", str(tmp_path), "x")


def test_a_script_block_is_read_to_its_end(tmp_path):
    text = "import a\n# /// script\n# dependencies = [\n#\n#   'a', # ///\n# ]\n# requires-python = '>=3.12'\n# ///\n# dependencies = ['b']\n"
    (tmp_path / "job.py").write_text(text)
    assert texts(read_project("job.py", str(tmp_path), ProjectWish())) == ["a"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("pyproject.toml", True), ("a/pyproject.toml", True), ("setup.py", True), ("setup.cfg", True),
        ("x.py", True), ("x.in", False), ("pyproject.toml.in", False), ("-", False),
    ],
)  # fmt: skip
def test_sources_are_told_apart_by_name(path, expected):
    assert is_project_file(path) is expected
