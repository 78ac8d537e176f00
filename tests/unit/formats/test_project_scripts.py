"""What runs in CI is found in every kind of file, and what only looks like it is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpip.formats.project_scripts import kind_of, read_project_file


def found(text, kind):
    return [
        (one.line, one.program, one.words, one.python)
        for one in read_project_file(text, "x", kind).invocations
    ]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("Dockerfile", "dockerfile"), ("docker/api.Dockerfile", "dockerfile"), ("Dockerfile.dev", "dockerfile"),
        ("Containerfile", "dockerfile"), (".github/workflows/a.yml", "workflow"),
        ("sub/.github/workflows/a.yaml", "workflow"), (".gitlab-ci.yml", "workflow"),
        (".gitlab/ci/a.yml", "workflow"), (".circleci/config.yml", "workflow"), ("docker-compose.yml", "workflow"),
        ("values.yml", ""), ("tox.ini", "ini"), ("setup.cfg", "ini"), ("Makefile", "make"), ("rules.mk", "make"),
        ("noxfile.py", "nox"), ("a.sh", "shell"), (".envrc", "shell"), ("a.py", ""), ("README.md", ""),
    ],
)  # fmt: skip
def test_kinds(path, kind):
    assert kind_of(path) == kind


@pytest.mark.parametrize(
    ("command", "program", "words", "python"),
    [
        ("pip install x", "pip", ("install", "x"), ""),
        ("pip3 list", "pip", ("list",), ""),
        ("pip3.12 list", "pip", ("list",), "python3.12"),
        (".venv/bin/pip list", "pip", ("list",), ".venv"),
        ("/opt/venv/bin/python -m pip list", "pip", ("list",), "/opt/venv"),
        ("python3 -I -m pip list", "pip", ("list",), ""),
        ("python3.11 -m pip list", "pip", ("list",), "python3.11"),
        ("py -3 -m pip list", "pip", ("list",), ""),
        ("$PYTHON -m pip list", "pip", ("list",), ""),
        ("${PIP} list", "pip", ("list",), ""),
        ("uv pip sync a.txt", "uv pip", ("sync", "a.txt"), ""),
        ("pip-compile a.in", "pip-compile", ("a.in",), ""),
        ("python -m piptools sync", "pip-sync", (), ""),
    ],
)
def test_programs(command, program, words, python):
    assert found(command, "shell") == [(1, program, words, python)]


@pytest.mark.parametrize(
    "text", ["pipx install x", "pipenv install", "uv sync", "python x.py -m pip", "echo pip install x", "python -m build"]
)  # fmt: skip
def test_other_programs(text):
    assert found(text, "shell") == []


WORKFLOW = """\
name: pip install a
jobs:
  a:
    steps:
      - name: pip install b
        run: pip install c  # and no more
      - run: >-
          pip install
          d
      - run: |
          cd x
          pip install e

      - with:
          run: "pip install f"
      - commands: [pip install g, "pip install h"]
  script:
    - pip install i
    - |
      pip install j
    - 'pip install k'
  description:
    - pip install l
  entrypoint: ["pip", "install", "m"]
"""


def test_workflows():
    names = [(line, words[1]) for line, _, words, _ in found(WORKFLOW, "workflow")]
    assert names == [
        (6, "c"), (8, "d"), (12, "e"), (15, "f"), (16, "g"), (16, "h"), (18, "i"), (20, "j"), (21, "k"), (24, "m"),
    ]  # fmt: skip


def test_variables_and_mentions():
    text = "env:\n  PIP_INDEX_URL: 'https://index.example'\nlist:\n  - UV_X=1\ncache:\n  paths:\n    - .cache/pip\n"
    file = read_project_file(text, "x", "workflow")
    assert [(one.line, one.name, one.value) for one in file.assignments] == [
        (2, "PIP_INDEX_URL", "https://index.example"),
        (4, "UV_X", "1"),
    ]
    assert [(one.line, one.kind) for one in file.mentions] == [(7, "cache-folder")]


def test_docker_variables():
    text = "ENV PIP_A 1 2\nARG PIP_B=3 \\\n  PIP_C='4'\nENV VIRTUAL_ENV=/opt/venv\n"
    file = read_project_file(text, "x", "dockerfile")
    assert [(one.line, one.name, one.value) for one in file.assignments] == [
        (1, "PIP_A", "1 2"), (2, "PIP_B", "3"), (3, "PIP_C", "4"), (4, "VIRTUAL_ENV", "/opt/venv"),
    ]  # fmt: skip
    assert [(one.line, one.kind) for one in file.mentions] == [(4, "environment")]


def test_nox_sessions():
    text = (
        "def a(s, name):\n    s.install('x', name)\n    s.run('pip', 'list')\n    s.run('pytest')\n"
    )
    assert found(text, "nox") == [
        (2, "pip", ("install", "x", "*"), ""),
        (3, "pip", ("list",), ""),
    ]


@pytest.mark.parametrize("kind", ["dockerfile", "workflow", "ini", "make", "nox", "shell"])
@given(text=st.text(alphabet="aR:-|> \t\n\\\"'[]{}$#=<UNEOFrun"))
def test_no_file_is_too_odd(kind, text):
    file = read_project_file(text, "x", kind)
    assert all(one.line >= 1 for one in (*file.invocations, *file.assignments, *file.mentions))
