"""The recipes of `docs/recipes/` run as they are written, without their containers.

A shell runs the lines, an index on loopback has what they install, and every tool notes that it was
called. tox and nox themselves run where they are installed, beside the tests or on PATH; in any case
their commands are read and run.
"""

import ast
import os
import re
import shutil
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.kit.command import ROOT
from tests.kit.projects import ProjectBuilder
from tests.kit.wheels import WheelBuilder

RECIPES = ROOT / "docs" / "recipes"
TOOLS = ("ruff", "pytest", "tox", "sphinx")
ACTIONS = ("actions/checkout", "actions/setup-python", "actions/cache")
PROGRAM = """\
import sys
def main():
    with open("calls.txt", "a") as file:
        file.write(" ".join([{name!r}, *sys.argv[1:]]) + "\\n")
"""
VIRTUALENV = """\
import sys, venv
def main():
    venv.create(sys.argv[1], symlinks=True)
"""


def installed_tool(name: str) -> str | None:
    """Return where a program is: beside the Python of the tests, or on PATH."""
    beside = os.path.dirname(sys.executable)
    return shutil.which(name, path=os.pathsep.join((beside, os.environ.get("PATH", ""))))


def needs_tool(name: str):
    return pytest.mark.skipif(installed_tool(name) is None, reason=f"{name} is not installed")


def recipe(name: str) -> str:
    """Return the file that a page of the recipes is about."""
    page = (RECIPES / f"{name}.md").read_text()
    blocks = re.findall(r"^```\w+\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 1, "a page has one file"
    return blocks[0]


class Machine:
    """A project, an index, a Python that CI has put on PATH, and xpip beside it."""

    def __init__(self, world):
        self.world = world
        self.project = ProjectBuilder(
            "my-project",
            requires=["flask"],
            headers=["Provides-Extra: test", "Requires-Dist: pytest; extra == 'test'"],
            modules={"my_project.py": "print('it runs')\n"},
        ).folder(world.folder / "project")
        (self.project / "requirements.txt").write_text("flask>=2\n")
        self.programs = world.folder / "programs"
        self.programs.mkdir()
        self.script("pip", '#!/bin/sh\n[ "$*" = "install xpip" ]\n')
        self.script(
            "xpip",
            f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(ROOT / 'src')!r})\n"
            "from xpip.cli.main import run\nrun()\n",
        )
        self.fill_index()

    def fill_index(self) -> None:
        for name in TOOLS:
            self.program(name, PROGRAM.format(name=name))
        self.program("virtualenv", VIRTUALENV)
        for name in ("pip", "setuptools", "wheel", "pytest-cov", "sphinx-rtd-theme", "flask"):
            self.world.wheel(name, "3.0")

    def program(self, name: str, text: str) -> None:
        WheelBuilder(
            name, "8.0", files={f"{name}_tool.py": text},
            entry_points={"console_scripts": {name: f"{name}_tool:main"}},
        ).build(self.world.index.folder)  # fmt: skip

    def script(self, name: str, text: str) -> None:
        path = self.programs / name
        path.write_text(text)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def variables(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("LANG", "LC_ALL") if name in os.environ}
        path = [
            self.programs,
            self.world.environment / "bin",
            *os.environ["PATH"].split(os.pathsep),
        ]
        return {
            **kept,
            "PATH": os.pathsep.join(map(str, path)),
            "HOME": str(self.world.folder / "home"),
            "VIRTUAL_ENV": str(self.world.environment),
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_INDEX_URL": self.world.index.simple,
            "PIP_RETRIES": "0",
            "PIP_TIMEOUT": "5",
            "CI_PROJECT_DIR": str(self.project),
            # What tox makes its environments with looks for newer wheels of pip now and then.
            "VIRTUALENV_NO_PERIODIC_UPDATE": "1",
        }

    def shell(self, script: str, cwd: Path | None = None, **variables: str) -> str:
        """Run lines as a CI service does: the first that fails ends all, and the test."""
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script],
            cwd=cwd or self.project, env={**self.variables(), **variables},
            capture_output=True, timeout=120, check=False, text=True,
        )  # fmt: skip
        assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def calls(self) -> list[str]:
        """Return which tools were called, in order."""
        path = self.project / "calls.txt"
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def machine(world):
    return Machine(world)


def test_every_recipe_has_a_test():
    assert {path.stem for path in RECIPES.glob("*.md")} == {
        "docker", "github-actions", "gitlab-ci", "nox", "tox",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["docker", "github-actions", "gitlab-ci", "nox", "tox"])
def test_pip_is_asked_for_nothing_but_xpip(name):
    code = "\n".join(line.partition(" # ")[0] for line in recipe(name).splitlines())
    calls = re.findall(
        r"(?<![\w/.~-])pip3? +(?:install|uninstall|wheel|freeze|list|check|download)\b.*", code
    )
    assert set(calls) <= {"pip install xpip"}


def github_steps(text: str) -> list[tuple[str, str]]:
    """Return (`run` or `uses`, value) of the steps of a workflow."""
    steps = []
    lines = text.splitlines()
    for number, line in enumerate(lines):
        found = re.match(r"^( +)(?:- )?(run|uses): *(.*)$", line)
        if not found:
            continue
        value = found[3]
        if value == "|":
            body = []
            for following in lines[number + 1 :]:
                if following.strip() and not following.startswith(" " * (len(found[1]) + 2)):
                    break
                body.append(following)
            value = textwrap.dedent("\n".join(body))
        steps.append((found[2], value))
    return steps


def test_github_actions(machine):
    steps = github_steps(recipe("github-actions"))
    scripts = [value for kind, value in steps if kind == "run"]
    assert len(scripts) == 5
    for kind, value in steps:
        if kind == "uses":
            assert value.partition("@")[0] in ACTIONS
        else:
            machine.shell(value)
    assert machine.calls() == [
        "ruff check --output-format=github --target-version=py39",
        "pytest tests --doctest-modules --junitxml=junit/test-results.xml",
    ]
    frozen = (machine.project / "installed.txt").read_text()
    assert "flask==3.0" in frozen
    assert "-e " in frozen
    assert set(machine.world.installed()) == {
        "flask", "my_project", "pip", "pytest", "pytest_cov", "ruff", "setuptools", "wheel",
    }  # fmt: skip


def gitlab_scripts(text: str) -> dict[str, list[str]]:
    """Return job -> lines of its script; `before_script` is one of them."""
    found: dict[str, list[str]] = {}
    job = key = ""
    for line in text.splitlines():
        if match := re.match(r"^(\w+):", line):
            job = key = match[1]
        elif match := re.match(r"^  (\w+):", line):
            key = match[1]
        elif (match := re.match(r"^ +- (.*)$", line)) and key in ("script", "before_script"):
            found.setdefault(job, []).append(match[1])
    return found


def test_gitlab(machine):
    scripts = gitlab_scripts(recipe("gitlab-ci"))
    before = scripts.pop("before_script")
    assert sorted(scripts) == ["pages", "run", "test"]
    outputs = {}
    for job, lines in scripts.items():
        shutil.rmtree(machine.project / "venv", ignore_errors=True)
        script = "\n".join([*before, *lines])
        outputs[job] = machine.shell(script, PIP_CACHE_DIR=f"{machine.project}/.cache/pip")
    assert "it runs" in outputs["run"]
    assert machine.calls() == ["tox -e py,ruff"]
    assert (machine.project / ".cache" / "pip").is_dir()
    assert [path.name for path in (machine.project / "dist").iterdir()] == [
        "my_project-1.0-py3-none-any.whl"
    ]
    assert "sphinx==8.0" in (machine.project / "public.txt").read_text()
    # Activating made that environment the one to work on, and the machine's own stayed as it was.
    assert set(machine.world.installed()) == {"virtualenv"}


def docker_instructions(text: str) -> list[tuple[str, str]]:
    """Return the instructions of a Dockerfile, continued lines joined."""
    joined = re.sub(r"\\\n\s*", "", text)
    lines = [line for line in joined.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in lines]


def test_docker(machine, tmp_path):
    root = tmp_path / "image"
    folders = {"/usr/src/app": root / "app", "/wheels": root / "wheels", "/root": root / "home"}

    def there(text: str) -> str:
        for path, folder in folders.items():
            text = text.replace(path, str(folder))
        return text

    for folder in folders.values():
        folder.mkdir(parents=True)
    variables: dict[str, str] = {}
    cwd = root
    output = ""
    for name, rest in docker_instructions(recipe("docker")):
        if name == "FROM":
            variables, cwd = {"HOME": str(root / "home")}, root
            shutil.rmtree(folders["/usr/src/app"], ignore_errors=True)
        elif name == "ENV":
            variables.update(dict(pair.split("=", 1) for pair in rest.split()))
        elif name == "WORKDIR":
            cwd = Path(there(rest))
            cwd.mkdir(parents=True, exist_ok=True)
        elif name == "COPY":
            *flags, source, target = rest.split()
            if not flags:
                machine.shell(f"cp -r '{machine.project}/{source}' '{there(target)}'", cwd)
        elif name == "RUN":
            output = machine.shell(there(re.sub(r"--mount=\S+ +", "", rest)), cwd, **variables)
        else:
            assert name == "CMD"
            output = machine.shell(" ".join(ast.literal_eval(rest)), cwd)
    assert output == "it runs\n"
    assert [path.name for path in folders["/wheels"].iterdir()] == ["flask-3.0-py3-none-any.whl"]
    assert set(machine.world.installed()) == {"flask", "my_project"}


def tox_settings(text: str) -> dict[str, dict[str, str]]:
    """Return section -> key -> value of a tox.ini."""
    import configparser

    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(text)
    return {section: dict(parser.items(section)) for section in parser.sections()}


def test_what_tox_would_run(machine):
    """tox calls `install_command` for dependencies and then for the archive that it has built."""
    settings = tox_settings(recipe("tox"))["testenv"]
    command = settings["install_command"]
    deps = " ".join(f"'{line}'" if ">" in line else line for line in settings["deps"].split("\n"))
    archive = ProjectBuilder("my-project", requires=["flask"]).sdist(machine.project / ".tox")
    machine.shell(command.format(opts="", packages=deps))
    again = command.format(opts="--force-reinstall --no-deps", packages=archive)
    machine.shell(again)
    machine.shell(again)
    assert set(machine.world.installed()) == {"flask", "pytest", "my_project"}
    assert "pytest==8.0" in machine.shell(settings["list_dependencies_command"])
    machine.shell(settings["commands"].replace("{posargs:tests}", "tests"))
    assert machine.calls() == ["pytest tests"]


@needs_tool("tox")
def test_tox_itself(machine):
    (machine.project / "tox.ini").write_text(recipe("tox"))
    machine.shell(f"{installed_tool('tox')} run -e py,lint")
    assert machine.calls() == ["pytest tests", "ruff ."]
    assert machine.world.installed() == {}, "each environment of tox is one of its own"


def nox_commands(text: str) -> list[str]:
    """Return what `install` and `session.run` of the sessions come to as shell lines."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.FunctionDef) or node.name == "install":
            continue
        for call in ast.walk(node):
            if not isinstance(call, ast.Call):
                continue
            words = [one.value for one in call.args if isinstance(one, ast.Constant)]
            if isinstance(call.func, ast.Name) and call.func.id == "install":
                words = ["xpip", "install", "--python", "$VIRTUAL_ENV", *words]
            elif not isinstance(call.func, ast.Attribute) or call.func.attr != "run":
                continue
            found.append(" ".join(words))
    return found


def test_what_nox_would_run(machine):
    text = recipe("nox")
    beginning = 'session.run_install("xpip","install","--python",session.virtualenv.location'
    assert beginning in "".join(text.split())
    commands = nox_commands(text)
    assert len(commands) == 6
    for command in commands:
        machine.shell(command)
    assert machine.calls() == ["pytest", "ruff check ."]
    assert set(machine.world.installed()) == {"flask", "my_project", "pytest", "ruff"}


@needs_tool("nox")
def test_nox_itself(machine):
    (machine.project / "noxfile.py").write_text(recipe("nox"))
    machine.shell(str(installed_tool("nox")))
    assert machine.calls() == ["pytest", "ruff check ."]
    assert machine.world.installed() == {}, "each session has an environment of its own"
