"""`explain-migration` finds every place, names file and line, and says how to keep pip's way."""

import json

import pytest

from tests.kit.command import xpip
from xpip.operations.migration_rules import RULES

PROJECT = {
    "Dockerfile": """\
# syntax=docker/dockerfile:1
FROM python:3.12-slim
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \\
    PIP_EXTRA_INDEX_URL=https://user:secret@index.example/simple
# pip install commented-out
COPY requirements.txt .
RUN --mount=type=cache,target=/root/.cache/pip \\
    pip install --upgrade pip && \\
    # a comment between
    pip install --no-cache-dir --root-user-action=ignore -r requirements.txt
RUN ["python", "-m", "pip", "install", "-t", "/opt/lambda", "--platform", "manylinux2014_x86_64", "boto3"]
RUN <<EOS
pip install --only-binary :all: ./local --target vendor
EOS
""",
    ".github/workflows/ci.yml": """\
name: pip install things
on: push
jobs:
  test:
    env:
      UV_INDEX_URL: https://index.example/simple
    steps:
      - uses: actions/setup-python@v5
        with:
          cache: 'pip'
      - name: pip install nothing
        run: |
          pip install --extra-index-url https://index.example/simple -r requirements.txt
          if [ -f dev.txt ]; then pip install -r dev.txt; fi
      - run: pip-compile requirements.in
      - run: uv pip install --system -U flask
      - run: python3.11 -m pip install --global-option=x --frobnicate flask
""",
    ".gitlab-ci.yml": """\
variables:
  PIP_USE_DEPRECATED: legacy-resolver
test:
  before_script:
    - python -m venv .venv
    - source .venv/bin/activate
    - .venv/bin/pip install -i http://mirror.example/simple flask
  script:
    - pip search flask
    - "pip freeze everything"
""",
    "tox.ini": """\
[testenv]
install_command = python -I -m pip install --no-warn-script-location {opts} {packages}
commands =
    pip list --outdated
    py: pip check
setenv =
    PIP_EXTRA_INDEX_URL = https://index.example/extra
""",
    "noxfile.py": """\
import nox
@nox.session
def tests(session):
    session.install("-r", "requirements.txt", "--use-pep517")
    session.run("python", "-m", "pip", "install", "opencv-python", "opencv-python-headless")
""",
    "Makefile": "install:\n\t@$(PIP) install -e . \\\n\t  --no-use-pep517\n",
    "scripts/deploy.sh": "#!/bin/sh\nexport PIP_CONSTRAINT=c.txt\nsudo -H pip3 install --user flask\n",
    "requirements.txt": """\
--extra-index-url http://mirror.example/simple
--trusted-host mirror.example
-r nested/more.txt
flask --pre
requests>=2 --hash=sha256:0000000000000000000000000000000000000000000000000000000000000000
""",
    "nested/more.txt": "--find-links http://other.example/files\nnot a requirement!\n",
    "pip.conf": "[global]\nindex-url = https://index.example/simple\n[install]\nextra-index-url =\n    https://one.example/simple\n    https://two.example/simple\n",
    "node_modules/thing/Dockerfile": "RUN pip install --egg x\n",
    "README.md": "pip install --egg x\n",
}


@pytest.fixture
def project(tmp_path):
    for name, text in PROJECT.items():
        path = tmp_path / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "project"


def findings(folder, *words, **variables):
    done = xpip("explain-migration", "--format", "json", *words, cwd=folder, **variables)
    assert done.code == 0, done
    return json.loads(done.out)


def test_the_answer_for_people(project, goldens):
    done = xpip("explain-migration", cwd=project)
    assert (done.code, done.err) == (0, "")
    goldens.check("migration/project", done.out)
    assert "secret" not in done.out


def test_the_answer_for_programs(project):
    answer = findings(project)
    assert answer["version"] == 1
    assert answer["files"] == sorted(
        name for name in PROJECT if name not in ("node_modules/thing/Dockerfile", "README.md")
    )
    one = next(found for found in answer["findings"] if found["rule"] == "bytecode")
    assert one == {
        "path": "Dockerfile",
        "line": 8,
        "kind": "differs",
        "rule": "bytecode",
        "text": "pip install --upgrade pip",
        "why": RULES["bytecode"].why,
        "keep": "add `--compile`",
    }


def test_every_rule_finds_something(project):
    assert {found["rule"] for found in findings(project)["findings"]} == set(RULES)


def test_a_folder_or_a_file_can_be_named(project):
    whole = findings(project.parent, "project")
    assert {found["path"] for found in whole["findings"]} >= {"project/Dockerfile"}
    alone = findings(project.parent, "project/tox.ini")
    assert {found["path"] for found in alone["findings"]} == {"project/tox.ini"}
    assert alone["files"] == ["project/tox.ini"]


def test_what_is_set_on_this_machine_counts(tmp_path):
    configuration = tmp_path / "user.conf"
    configuration.write_text("[global]\nextra-index-url = https://index.example/simple\n")
    (tmp_path / "empty").mkdir()
    variables = {
        "PIP_CONFIG_FILE": str(configuration),
        "PIP_FIND_LINKS": "http://user:secret@files.example/page",
    }
    found = {
        (one["path"], one["line"], one["rule"]): one
        for one in findings(tmp_path / "empty", **variables)["findings"]
    }
    assert set(found) == {
        (str(configuration), 2, "index-priority"),
        ("the variable `PIP_FIND_LINKS`", None, "plain-http"),
    }
    assert "secret" not in str(found)
    assert findings(tmp_path / "empty", "--isolated", **variables)["findings"] == []


def test_a_project_that_says_nothing_special(tmp_path):
    (tmp_path / "requirements.txt").write_text("flask>=3\n")
    (tmp_path / "build.sh").write_text("pip install -r requirements.txt\n")
    done = xpip("explain-migration", cwd=tmp_path)
    assert done.code == 0
    assert done.out == "No place found where pip would have behaved differently (2 files read)\n"


def test_bytes_that_are_no_text_are_passed_over(tmp_path):
    (tmp_path / "requirements.txt").write_bytes(b"\xff\xfe\x00\xd8")
    (tmp_path / "Makefile").write_bytes(b"all:\n\tpip install --egg x \xff\n")
    (tmp_path / "noxfile.py").write_text("def broken(:\n")
    done = xpip("explain-migration", cwd=tmp_path)
    assert done.code == 0, done
    assert "requirements.txt" in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("words", "said"),
    [(["absent"], "`absent` does not exist"), (["a", "b"], "one folder or file"), (["--formt"], "--format")],
)  # fmt: skip
def test_mistakes(tmp_path, words, said):
    done = xpip("explain-migration", *words, cwd=tmp_path)
    assert done.code == 2
    assert said in done.err


def test_a_name_with_an_underscore_is_no_command(tmp_path):
    done = xpip("explain_migration", cwd=tmp_path)
    assert done.code == 1
    assert "`explain-migration` is the closest" in done.err
