#!/usr/bin/env python3
"""Time how long xpip and uv take to say that real requirement sets have no solution.

Both read the same index in turn, each as a whole process with a filled cache of its own; the ratio
of neighbouring runs is what to look at.

    run.py --index URL --uv PATH [--xpip COMMAND] [--python PATH] [--rounds 7] [NAME ...]

The exit status is 1 when some set is solved, or takes xpip twice as long as uv.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

FOLDER = os.path.dirname(os.path.abspath(__file__))


def arguments() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--index", required=True)
    parser.add_argument("--uv", required=True)
    parser.add_argument("--xpip", default=f"{sys.executable} -m xpip")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("names", nargs="*")
    return parser.parse_args()


def clean_environment() -> dict[str, str]:
    """Return the variables without those that configure either tool."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PIP_", "UV_", "XPIP_"))
    }
    return {**kept, "PIP_CONFIG_FILE": os.devnull}


def seconds(command: list[str], name: str, folder: str) -> float:
    """Return how long a command takes to fail; it has to."""
    start = time.perf_counter()
    done = subprocess.run(
        command, cwd=folder, env=clean_environment(), capture_output=True, check=False
    )
    took = time.perf_counter() - start
    if done.returncode != 1:
        sys.exit(f"{name}: {command[0]} ended with {done.returncode}\n{done.stderr.decode()}")
    return took


def main() -> int:
    """Run all sets and say how they came out."""
    given = arguments()
    names = given.names or sorted(
        entry[:-3] for entry in os.listdir(FOLDER) if entry.endswith(".in")
    )
    too_slow = 0
    with tempfile.TemporaryDirectory() as caches:
        # Nothing above this folder is a project whose settings would count.
        for name in names:
            shutil.copy(os.path.join(FOLDER, f"{name}.in"), caches)
            place = ["--python", given.python, "--index-url", given.index, f"{name}.in"]
            xpip = [*shlex.split(given.xpip), "compile", "--cache-dir", f"{caches}/xpip", *place]
            uv = [given.uv, "pip", "compile", "--no-config", "--cache-dir", f"{caches}/uv", *place]
            pairs = [
                (seconds(xpip, name, caches), seconds(uv, name, caches))
                for _ in range(given.rounds + 1)
            ][1:]
            ratios = sorted(ours / theirs for ours, theirs in pairs)
            middle = statistics.median(ratios)
            too_slow += middle > 2
            ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
            sys.stdout.write(
                f"{name:20} xpip {ours:.3f} s  uv {theirs:.3f} s  "
                f"ratio {middle:.2f} [{ratios[0]:.2f}-{ratios[-1]:.2f}]\n"
            )
    return 1 if too_slow else 0


if __name__ == "__main__":
    sys.exit(main())
