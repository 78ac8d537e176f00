"""Interpreters of this machine that environments can be made of."""

import functools
import os
import subprocess
import sys
from pathlib import Path

OLDEST, NEWEST = 8, 14


@functools.lru_cache
def interpreters() -> dict[str, str]:
    """Return minor version -> path; always holds the one that runs the tests."""
    found = {f"3.{sys.version_info[1]}": sys._base_executable}
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    root = os.environ.get("PYENV_ROOT", "")
    if root:
        folders += sorted(Path(root).glob("versions/3.*/bin"))
    for minor in range(OLDEST, NEWEST + 1):
        for folder in folders:
            path = folder / f"python3.{minor}"
            if f"3.{minor}" in found or folder.name == "shims" or not path.exists():
                continue
            done = subprocess.run([path, "-c", "pass"], capture_output=True, check=False)
            if done.returncode == 0:
                found[f"3.{minor}"] = str(path)
    return found


def run(*argv: str | Path, **variables: str) -> str:
    """Return what a program prints; it has to succeed."""
    done = subprocess.run(
        [str(word) for word in argv],
        capture_output=True,
        text=True,
        env={**os.environ, **variables},
        stdin=subprocess.DEVNULL,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
