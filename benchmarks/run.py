#!/usr/bin/env python3
"""Measure every case that docs/performance.md has a goal for, and say which goals are reached.

    run.py [--bench ../shared/bench] [--dir D] [--rounds 7] [--only noop,venv] [--out FOLDER]

Needs the benchmark (`bench.py prepare` once; its README says what for). xpip is the one that
`tasks.py` makes of this checkout, unless `--xpip` names another. Results go to FOLDER as JSON and
are drawn to docs/performance.svg with `--plot`. The exit status is 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]


class Goal(NamedTuple):
    """One line of the table of goals."""

    case: str
    scenarios: str
    ratio: float
    """Time of xpip divided by that of uv; the most that will do."""
    latency: int = 0
    """Milliseconds each way."""


WHEELS = "trio,jupyter,datascience"
GOALS = (
    Goal("noop", "jupyter", 0.9),
    Goal("warm-install", WHEELS, 0.7),
    Goal("warm-install-bytecode", WHEELS, 0.2),
    Goal("cold-install", WHEELS, 1.0),
    Goal("cold-install", WHEELS, 1.0, 20),
    Goal("venv", "trio", 1.0),
    Goal("repeat-compile", "jupyter", 0.9),
    Goal("warm-compile", "trio,jupyter,datascience,flyte,airflow-cloud", 2.0),
    Goal("warm-compile", "boto3", 1.0),
    Goal("cold-compile", "jupyter,airflow-cloud", 1.3),
    Goal("cold-compile", "jupyter,airflow-cloud", 1.0, 20),
)


def arguments() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bench", type=Path, default=ROOT.parent / "shared" / "bench")
    parser.add_argument("--dir", type=Path, help="state of the benchmark (default: its own)")
    parser.add_argument("--xpip", default="", help="command to measure")
    parser.add_argument("--tools", default="xpip,uv")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", default="", help="cases, by comma (default: all)")
    parser.add_argument("--out", type=Path, default=ROOT / ".xpip-dev" / "benchmark")
    parser.add_argument("--plot", action="store_true")
    return parser.parse_args()


def own_xpip() -> str:
    """Return the xpip of this checkout, made anew if it has changed."""
    sys.path.insert(0, str(ROOT))
    import tasks

    tasks.set_up_xpip()
    return str(tasks.xpip()[0])


def measure(goal: Goal, options: argparse.Namespace, result: Path) -> None:
    """Run the benchmark for one goal."""
    argv = [sys.executable, options.bench / "bench.py", "run", "--xpip", options.xpip]
    argv += ["--tools", options.tools, "--cases", goal.case, "--scenarios", goal.scenarios]
    argv += ["--rounds", str(options.rounds), "--latency-ms", str(goal.latency), "--json", result]
    if options.dir:
        argv += ["--dir", options.dir]
    subprocess.run([os.fspath(word) for word in argv], check=True)


def judge(goal: Goal, result: Path) -> list[tuple[str, bool]]:
    """Return a line for each scenario, and whether the goal is reached there."""
    lines = []
    for row in json.loads(result.read_text(encoding="utf-8"))["results"]:
        if row["tool"] != "xpip":
            continue
        ratio = row.get("vs_uv")
        reached = bool(ratio) and ratio[0] <= goal.ratio
        shown = f"{ratio[0]:.2f} [{ratio[1]:.2f}-{ratio[2]:.2f}]" if ratio else "no right answer"
        name = goal.case + (f" +{goal.latency} ms" if goal.latency else "")
        verdict = "reached" if reached else "MISSED"
        lines.append(
            (f"{name:28}{row['scenario']:16}{shown:22}goal {goal.ratio:<5g}{verdict}", reached)
        )
    return lines


def main() -> int:
    """Measure, judge, draw."""
    options = arguments()
    if not (options.bench / "bench.py").exists():
        sys.exit(f"there is no {options.bench}/bench.py: `--bench` says where the benchmark is")
    options.xpip = options.xpip or own_xpip()
    options.out.mkdir(parents=True, exist_ok=True)
    wanted = set(filter(None, options.only.split(",")))
    lines: list[tuple[str, bool]] = []
    plain = []
    for number, goal in enumerate(GOALS):
        if wanted and goal.case not in wanted:
            continue
        result = options.out / f"{number:02}-{goal.case}-{goal.latency}.json"
        measure(goal, options, result)
        lines += judge(goal, result)
        if not goal.latency:
            plain.append(result)
    print("\n".join(line for line, _ in lines))
    if options.plot and plain:
        subprocess.run([sys.executable, ROOT / "benchmarks" / "plot.py", *plain], check=True)
    return 0 if all(reached for _, reached in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
