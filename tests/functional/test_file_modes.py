"""Modes of installed files follow the umask of who installs, as with pip, not that of the cache."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit.command import ROOT

UMASKS = (0o022, 0o077, 0o002)


def install(world, umask: int, *words: str) -> None:
    """Install into an environment of its own, `venv-UMASK`, as somebody with this umask."""
    for command in (
        ["venv", f"venv-{umask:o}", "-q"],
        ["install", "--python", f"venv-{umask:o}", "--index-url", world.index.simple, *words],
    ):
        done = subprocess.run(
            [sys.executable, "-m", "xpip", *command, "--cache-dir", str(world.cache)],
            cwd=world.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
            umask=umask,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done


def modes(folder: Path) -> dict[str, int]:
    library = next((folder / "lib").iterdir()) / "site-packages"
    paths = [path for path in library.rglob("*") if "app" in str(path.relative_to(library))]
    paths += [folder / "bin" / name for name in ("tool", "run-app")]
    return {str(path.relative_to(folder)): stat.S_IMODE(path.stat().st_mode) for path in paths}


@pytest.mark.parametrize("first", UMASKS, ids=[f"{umask:03o}" for umask in UMASKS])
def test_modes_follow_the_umask_whoever_filled_the_cache(world, first):
    world.wheel(
        "app",
        "1.0",
        files={
            "app/__init__.py": "def main(): return 0\n" * 20,
            "app/small.py": "x = 1\n",
            "app-1.0.data/scripts/tool": "#!python\nprint()\n",
        },
        entry_points="[console_scripts]\nrun-app = app:main\n",
    )
    for umask in sorted(UMASKS, key=lambda one: one != first):
        install(world, umask, "app", "--compile")
        found = modes(world.folder / f"venv-{umask:o}")
        for path, mode in found.items():
            is_folder = (world.folder / f"venv-{umask:o}" / path).is_dir()
            if is_folder or path.startswith("bin/"):
                assert mode == 0o777 & ~umask, path
            else:
                assert mode == 0o666 & ~umask, path
        assert any(path.endswith(".pyc") for path in found)
