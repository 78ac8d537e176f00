"""Run xpip and other programs as a user would."""

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]


class Ran(NamedTuple):
    """What a program said and how it ended."""

    code: int
    out: str
    err: str

    def __str__(self) -> str:
        return f"exit {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


def run(*argv: str | Path, cwd: Path | None = None, timeout: float = 120, **variables: str) -> Ran:
    """Run a program; `variables` are added to this process's own."""
    done = subprocess.run(
        [str(word) for word in argv],
        cwd=cwd,
        env={**os.environ, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=timeout,
        check=False,
    )
    return Ran(
        done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
    )


def xpip(
    *words: str | Path, cwd: Path | None = None, timeout: float = 120, **variables: str
) -> Ran:
    """Run this checkout's xpip in a process of its own."""
    variables.setdefault("PYTHONPATH", str(ROOT / "src"))
    return run(sys.executable, "-m", "xpip", *words, cwd=cwd, timeout=timeout, **variables)


def interpreters() -> dict[str, str]:
    """Return minor version -> interpreter, for each CPython from 3.10 on that this machine has."""
    found = {f"{sys.version_info[0]}.{sys.version_info[1]}": sys._base_executable}
    root = Path(os.environ.get("PYENV_ROOT", Path("~").expanduser() / ".pyenv"))
    candidates = sorted(root.glob("versions/3.*/bin/python3"))
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    candidates += [folder / f"python3.{minor}" for minor in range(10, 15) for folder in folders]
    for candidate in candidates:
        if "shims" in candidate.parts or not candidate.exists():
            continue
        answer = run(candidate, "-c", "import sys; print('%d.%d' % sys.version_info[:2])")
        version = answer.out.strip()
        if answer.code == 0 and version.startswith("3.") and int(version[2:]) >= 10:
            found.setdefault(version, str(candidate))
    return found
