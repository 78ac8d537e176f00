"""The pip that xpip is compared with: the one of the development environment."""

import importlib.metadata
import importlib.util
from pathlib import Path

import pytest

OLDEST = 26
"""Major version; requirements-dev.txt asks for it."""


def newest_pip() -> Path:
    """Return the folder of the pip that the development environment has; skip without a new one."""
    spec = importlib.util.find_spec("pip")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("the development environment has no pip; requirements-dev.txt names it")
    folder = Path(next(iter(spec.submodule_search_locations)))
    version = importlib.metadata.version("pip")
    if int(version.partition(".")[0]) < OLDEST:
        pytest.skip(f"pip {version} is older than {OLDEST}, which parity is about")
    return folder


def pip_command(environment: Path) -> list[Path]:
    """Return the beginning of a command line that runs that pip for another environment.

    It is what `pip --python` starts, without the process that only starts it.
    """
    return [environment / "bin" / "python", newest_pip() / "__pip-runner__.py"]
