"""A world for each test that needs one."""

from pathlib import Path

import pytest

from tests.kit.command import run, xpip
from tests.kit.index import IndexServer
from tests.kit.world import World


@pytest.fixture(scope="session")
def template(tmp_path_factory) -> Path:
    """An empty environment, made once and copied per test."""
    path = tmp_path_factory.mktemp("template") / "environment"
    done = xpip("venv", path)
    assert done.code == 0, done
    return path


@pytest.fixture
def world(tmp_path, template):
    (tmp_path / "files").mkdir()
    environment = tmp_path / "environment"
    run("cp", "-a", template, environment)
    with IndexServer(tmp_path / "files").serving() as index:
        yield World(tmp_path, index, environment)
