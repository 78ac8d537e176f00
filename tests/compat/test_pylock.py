"""Lock files between xpip, pip and uv, from PyPI: each installs what the others have locked."""

import os
import sys
from pathlib import Path

import pytest

from tests.kit.command import run, xpip

pytestmark = [pytest.mark.network, pytest.mark.long]

PROJECT = """
[project]
name = "demo"
version = "1"
requires-python = ">=3.10"
dependencies = ["flask", "markupsafe"]
[project.optional-dependencies]
async = ["flask[async]"]
[dependency-groups]
dev = ["iniconfig"]
"""
BASE = {"blinker", "click", "flask", "itsdangerous", "jinja2", "markupsafe", "werkzeug"}
QUIET = {"PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": "", "PIP_EXTRA_INDEX_URL": ""}


@pytest.fixture(scope="module")
def peers(tmp_path_factory) -> Path:
    """An environment with the newest pip and uv."""
    folder = tmp_path_factory.mktemp("peers")
    assert xpip("venv", folder, "--python", sys.executable).code == 0
    done = xpip("install", "--python", folder, "pip>=26.1", "uv")
    assert done.code == 0, done
    return folder / "bin"


@pytest.fixture
def project(tmp_path) -> Path:
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    assert xpip("venv", tmp_path / "environment", "--python", sys.executable).code == 0
    return tmp_path


def installed(project: Path) -> set[str]:
    library = next((project / "environment" / "lib").iterdir()) / "site-packages"
    names = (path.name.partition("-")[0] for path in library.glob("*.dist-info"))
    return {name.lower().replace("_", "-") for name in names}


def uv(peers: Path, project: Path, *words: str):
    done = run(peers / "uv", *words, cwd=project, VIRTUAL_ENV=str(project / "environment"))
    assert done.code == 0, done


def test_pip_installs_our_lock(peers, project):
    assert xpip("lock", "--python", sys.executable, cwd=project).code == 0
    done = run(
        peers / "python", "-m", "pip", "--python", project / "environment", "install",
        "-r", "pylock.toml", cwd=project, **QUIET,
    )  # fmt: skip
    assert done.code == 0, done
    assert installed(project) == BASE


def test_uv_installs_our_lock(peers, project):
    assert xpip("lock", "--python", sys.executable, cwd=project).code == 0
    uv(peers, project, "pip", "install", "-r", "pylock.toml", "--extra", "async")
    assert installed(project) == {*BASE, "asgiref"}
    uv(peers, project, "pip", "sync", "pylock.toml", "--group", "dev")
    assert installed(project) == {*BASE, "iniconfig"}


@pytest.mark.parametrize("maker", ["pip lock", "uv export", "uv pip compile"])
def test_we_install_their_locks(peers, project, maker):
    (project / "requirements.in").write_text("flask\nmarkupsafe\n")
    expected = BASE
    if maker == "pip lock":
        done = run(
            peers / "python", "-m", "pip", "lock", "-r", "requirements.in", "-o", "pylock.toml",
            cwd=project, **QUIET,
        )  # fmt: skip
        assert done.code == 0, done
    elif maker == "uv export":
        words = (
            "--format",
            "pylock.toml",
            "--all-extras",
            "--no-emit-project",
            "-o",
            "pylock.toml",
        )
        uv(peers, project, "export", "--quiet", *words)
        # uv locks the extras and groups that are asked for without markers for them.
        expected = {*BASE, "asgiref", "iniconfig"}
    else:
        words = ("requirements.in", "--format", "pylock.toml", "-o", "pylock.toml")
        uv(peers, project, "pip", "compile", "--quiet", *words)
    done = xpip("install", "--python", "environment", "-r", "pylock.toml", cwd=project)
    assert done.code == 0, done
    assert installed(project) == expected
    again = xpip("install", "--python", "environment", "-r", "pylock.toml", cwd=project)
    assert "Successfully installed" not in again.out
