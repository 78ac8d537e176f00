#!/usr/bin/env python3
"""Measure every case that docs/performance.md has a goal for, and say which goals are reached.

    run.py [--bench ../shared/bench] [--dir D] [--rounds 7] [--only noop,venv] [--out FOLDER]

Needs the benchmark (`bench.py prepare` once; its README says what for). xpip is the one that
`tasks.py` makes of this checkout, unless `--xpip` names another. Results go to FOLDER as JSON and
are drawn to docs/performance.svg with `--plot`. The exit status is 1 when a goal is missed.
`--peers uv` leaves out what is compared with pip, pip-tools and nab.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
Row = dict[str, Any]


class Goal(NamedTuple):
    """One line of the table of goals."""

    case: str
    scenarios: str
    ratio: float
    """Time of xpip divided by that of the peer; the most that will do."""
    latency: int = 0
    """Milliseconds each way."""
    peer: str = "uv"
    rounds: int = 0
    """At the most, for peers that take minutes; 0: as many as are asked for."""


MEMORY = 2.0
"""Peak memory of xpip divided by that of uv, the most that will do in any case."""
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
    Goal("warm-compile", "trio,jupyter,datascience,airflow-cloud", 1 / 2, peer="nab", rounds=3),
    Goal("warm-compile", WHEELS + ",airflow-cloud", 1 / 15, peer="pip-tools", rounds=3),
    Goal("warm-compile", "boto3", 1 / 100, peer="pip", rounds=1),
    Goal("cold-install", "flask", 1 / 14, peer="pip", rounds=3),
    Goal("cold-install", "django", 1 / 16, peer="pip", rounds=3),
    Goal("cold-install", "fastapi", 1 / 17, peer="pip", rounds=3),
    Goal("cold-install", "datascience", 1 / 21, peer="pip", rounds=3),
)


def arguments() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bench", type=Path, default=ROOT.parent / "shared" / "bench")
    parser.add_argument("--dir", type=Path, help="state of the benchmark (default: its own)")
    parser.add_argument("--xpip", default="", help="command to measure")
    parser.add_argument("--peers", default="uv,pip,pip-tools,nab", help="compare with these only")
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
    rounds = min(options.rounds, goal.rounds or options.rounds)
    argv += ["--tools", f"xpip,{goal.peer}", "--cases", goal.case, "--scenarios", goal.scenarios]
    argv += ["--rounds", str(rounds), "--latency-ms", str(goal.latency), "--json", result]
    if options.dir:
        argv += ["--dir", options.dir]
    subprocess.run([os.fspath(word) for word in argv], check=True)


def paired(mine: Row, peer: Row, of: str) -> list[float]:
    """Return the ratios of neighbouring runs that both gave a right answer, least first."""
    pairs = zip(mine["samples"], peer["samples"], strict=False)
    return sorted(own[of] / other[of] for own, other in pairs if own["ok"] and other["ok"])


def judge(goal: Goal, result: Path) -> list[tuple[str, bool]]:
    """Return a line for each scenario and what was measured, and whether the goal is reached."""
    rows = json.loads(result.read_text(encoding="utf-8"))["results"]
    by_tool = {(row["scenario"], row["tool"]): row for row in rows}
    lines = []
    for (scenario, tool), mine in by_tool.items():
        peer = by_tool.get((scenario, goal.peer))
        if tool != "xpip":
            continue
        name = goal.case + (f" +{goal.latency} ms" if goal.latency else "")
        wanted = [("wall", goal.ratio, name)]
        if goal.peer == "uv" and not goal.latency:
            wanted.append(("rss", MEMORY, f"{name}, memory"))
        for of, most, what in wanted:
            ratios = paired(mine, peer, of) if peer else []
            lines.append(verdict(f"{what:30}{scenario:15}{goal.peer:10}", ratios, most))
    return lines


def verdict(name: str, ratios: list[float], most: float) -> tuple[str, bool]:
    """Return a line of the table, and whether its goal is reached."""
    if not ratios:
        return f"{name}{'no right answer':24}goal {most:<8.3g}MISSED", False
    median = statistics.median(ratios)
    shown = f"{median:.3g} [{ratios[0]:.3g}-{ratios[-1]:.3g}]"
    reached = median <= most
    return f"{name}{shown:24}goal {most:<8.3g}{'reached' if reached else 'MISSED'}", reached


def main() -> int:
    """Measure, judge, draw."""
    options = arguments()
    if not (options.bench / "bench.py").exists():
        sys.exit(f"there is no {options.bench}/bench.py: `--bench` says where the benchmark is")
    options.xpip = options.xpip or own_xpip()
    options.out.mkdir(parents=True, exist_ok=True)
    wanted = set(filter(None, options.only.split(",")))
    peers = options.peers.split(",")
    lines: list[tuple[str, bool]] = []
    plain = []
    for number, goal in enumerate(GOALS):
        if (wanted and goal.case not in wanted) or goal.peer not in peers:
            continue
        result = options.out / f"{number:02}-{goal.case}-{goal.latency}-{goal.peer}.json"
        measure(goal, options, result)
        lines += judge(goal, result)
        if goal.peer == "uv" and not goal.latency:
            plain.append(result)
    print("\n".join(line for line, _ in lines))
    if options.plot and plain:
        subprocess.run([sys.executable, ROOT / "benchmarks" / "plot.py", *plain], check=True)
    return 0 if all(reached for _, reached in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
