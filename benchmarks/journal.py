#!/usr/bin/env python3
"""Time what transactions cost: a warm installation against the same xpip with its journal off.

Two copies are made of an environment that xpip is installed in. In the second one some functions
do nothing:

- `journal`: no journal is written, synced, renamed and removed (`write_journal`, `commit`);
- `all`: nor is the environment locked, free room asked for, signals held, or the environment noted
  in the cache.

What stays in both: files are checked before they are linked, collisions are looked for, and each
dist-info is made ready in the transaction folder and renamed into place, which is how a file gets
there at all. Runs take turns, each into a new environment from a filled cache without asking the
index; ratios are taken pair by pair.

    journal.py --requirements FILE --index-url URL [--xpip ENVIRONMENT] [--rounds N]
               [--dir FOLDER] [journal|all]
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
MOST = 1.10
"""Time with the journal divided by that without, the most that will do."""
_NO_JOURNAL = """

def write_journal(journal, descriptor):
    if journal.old:
        _make_folder(f"{staging_folder(journal.libraries[0])}/{_OLD}")


def commit(journal, *, durably=False):
    return
"""
_NO_CONTEXT = """

def __enter__(self):
    return self


def __exit__(self, *_):
    return None


{name}.__enter__, {name}.__exit__ = __enter__, __exit__
"""
_JOURNAL = {"environment/transaction.py": _NO_JOURNAL}
SWITCHED_OFF = {
    "journal": _JOURNAL,
    "all": _JOURNAL
    | {
        "environment/locks.py": _NO_CONTEXT.format(name="EnvironmentLock"),
        "environment/interrupts.py": _NO_CONTEXT.format(name="SignalsHeld"),
        "environment/room.py": "\n\ndef ensure_room(*_, **__):\n    return\n",
        "store/holders.py": "\n\ndef note_environment(*_):\n    return\n",
    },
}


class Run(NamedTuple):
    """What one installation took, in seconds."""

    wall: float
    processor: float


def arguments() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", nargs="?", choices=sorted(SWITCHED_OFF), default="journal")
    parser.add_argument("--requirements", type=Path, required=True, help="pinned")
    parser.add_argument("--index-url", required=True)
    parser.add_argument("--xpip", type=Path, help="environment with xpip (default: of tasks.py)")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--dir", type=Path, help="parent of the folder to work in")
    return parser.parse_args()


def own_environment() -> Path:
    """Return the environment of the xpip of this checkout, made anew if that has changed."""
    sys.path.insert(0, str(ROOT))
    import tasks

    tasks.set_up_xpip()
    return tasks.XPIP_HOME


def copy_of(environment: Path, target: Path, changes: dict[str, str]) -> Path:
    """Copy an environment, let some functions of its xpip do nothing, and compile both alike."""
    shutil.copytree(environment, target, symlinks=True)
    (package,) = target.glob("lib/*/site-packages/xpip")
    for name, text in changes.items():
        path = package / name
        path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")
    python = target / "bin" / "python"
    subprocess.run([python, "-m", "compileall", "-q", "-f", package], check=True)
    return python


def install(python: Path, environment: Path, words: list[str]) -> Run:
    """Install into an environment and return what that took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    argv = [python, "-m", "xpip", "install", "-q", "--python", environment, *words]
    subprocess.run([os.fspath(word) for word in argv], check=True, stdin=subprocess.DEVNULL)
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(wall, processor)


def measure(options: argparse.Namespace, folder: Path) -> list[tuple[Run, Run]]:
    """Return pairs of runs: with, and without."""
    environment = options.xpip or own_environment()
    changes = SWITCHED_OFF[options.what]
    pythons = [
        copy_of(environment, folder / "with", {}),
        copy_of(environment, folder / "without", changes),
    ]
    words = ["--cache-dir", str(folder / "cache"), "--index-url", options.index_url]
    words += ["-r", str(options.requirements)]
    pairs = []
    # The first pair fills the cache and the memory, and is not counted.
    for number in range(options.rounds + 1):
        runs: dict[int, Run] = {}
        for which in (0, 1) if number % 2 else (1, 0):
            # Nothing is deleted between runs: the file system would be slow for a minute.
            target = folder / f"environment-{number}-{which}"
            subprocess.run([pythons[0], "-m", "xpip", "venv", "-q", target], check=True)
            runs[which] = install(pythons[which], target, words + ["--offline"] * (number > 0))
        if number:
            pairs.append((runs[0], runs[1]))
    return pairs


def tell(name: str, pairs: list[tuple[float, float]]) -> float:
    """Print one line and return the median of the ratios."""
    ratios = sorted(mine / other for mine, other in pairs)
    median = statistics.median(ratios)
    left, right = zip(*pairs, strict=True)
    print(
        f"{name:10} with {statistics.median(left):.3f} s (least {min(left):.3f}),"
        f" without {statistics.median(right):.3f} s (least {min(right):.3f});"
        f" pair by pair {median:.3f} [{ratios[0]:.3f}-{ratios[-1]:.3f}], goal {MOST}"
    )
    return median


def main() -> int:
    """Measure and say whether the price is within the goal, by the time of the processor."""
    options = arguments()
    with tempfile.TemporaryDirectory(dir=options.dir, prefix="xpip-journal-") as folder:
        pairs = measure(options, Path(folder))
    tell("wall", [(mine.wall, other.wall) for mine, other in pairs])
    median = tell("processor", [(mine.processor, other.processor) for mine, other in pairs])
    return 0 if median <= MOST else 1


if __name__ == "__main__":
    sys.exit(main())
