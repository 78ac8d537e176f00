#!/usr/bin/env python3
"""Time `xpip compile` beside pip-compile on a frozen index, both with a warm cache.

Two questions are timed, tool after tool in each round, and the ratio is taken round by round:
`again` is the same input as before, `changed` has one more line that changes nothing, so that
xpip cannot answer from memory. The output is removed before each run; pins are compared.

    against_pip_compile.py --index URL --pip-compile PATH --inputs FOLDER [--xpip COMMAND]
                           [--python PATH] [--rounds N] [NAME ...]

The goals are those of issue 4: 30 times as fast with 10 pins, 45 with 50, 100 with 200 or more.
The exit status is 1 when pins differ.
"""

from __future__ import annotations

import argparse
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

NAMES = ["fastapi", "trio", "mlstack", "airflow-cloud"]
COMMON = ["--quiet", "--no-emit-index-url", "--no-header", "--strip-extras"]


def environment() -> dict[str, str]:
    """Return variables without those that configure either tool."""
    dropped = ("PIP_", "XPIP_", "UV_", "PYTHON")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return {**kept, "PIP_CONFIG_FILE": os.devnull}


def timed(argv: list[str], folder: Path) -> float:
    """Run a command and return seconds; end the benchmark when it fails."""
    start = time.perf_counter()
    done = subprocess.run(
        argv, cwd=folder, env=environment(), capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - start
    if done.returncode:
        sys.exit(f"{shlex.join(argv)}\nended with {done.returncode}:\n{done.stderr}")
    return seconds


def pins(path: Path) -> set[str]:
    """Return the lines of an output that pin something."""
    return {line for line in path.read_text().splitlines() if line[:1].isalnum()}


def commands(options: argparse.Namespace, folder: Path) -> dict[str, list[str]]:
    """Return tool -> command, but for output and input."""
    index = ["--index-url", options.index]
    return {
        "pip-compile": [
            str(options.pip_compile), "--no-config", "--allow-unsafe", *COMMON, *index,
            "--cache-dir", str(folder / "cache-pip-tools"), "--pip-args", "--only-binary=:all:",
        ],
        "xpip": [
            *shlex.split(options.xpip), "compile", *COMMON, *index, "--python", options.python,
            "--cache-dir", str(folder / "cache-xpip"), "--only-binary", ":all:",
        ],
    }  # fmt: skip


def measure(name: str, options: argparse.Namespace, folder: Path) -> bool:
    """Time one input and print its rows; say whether both tools agree."""
    text = (options.inputs / f"{name}.in").read_text()
    tools = commands(options, folder)
    source = folder / f"{name}.in"
    outputs = {tool: folder / f"{tool}.txt" for tool in tools}
    seconds: dict[tuple[str, str], list[float]] = {}
    agree = True
    for number in range(options.rounds + 1):
        for question in ("again", "changed"):
            extra = f"nothing-{number} ; python_version < '3'\n" if question == "changed" else ""
            source.write_text(f"{text}\n{extra}")
            for tool, argv in tools.items():
                outputs[tool].unlink(missing_ok=True)
                taken = timed([*argv, "-o", str(outputs[tool]), source.name], folder)
                if number:
                    seconds.setdefault((tool, question), []).append(taken)
            agree = agree and pins(outputs["pip-compile"]) == pins(outputs["xpip"])
    count = len(pins(outputs["xpip"]))
    for question in ("again", "changed"):
        theirs, ours = seconds["pip-compile", question], seconds["xpip", question]
        ratios = [slow / fast for slow, fast in zip(theirs, ours, strict=True)]
        print(
            f"{name:14} {count:4} pins  {question:8}"
            f" pip-compile {statistics.median(theirs):7.2f} s"
            f"  xpip {statistics.median(ours):6.3f} s"
            f"  {statistics.median(ratios):6.1f}x [{min(ratios):.1f}-{max(ratios):.1f}]"
            f"  {'same pins' if agree else 'OTHER PINS'}",
            flush=True,
        )
    return agree


def main() -> int:
    """Measure what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--index", required=True, help="URL of the index, such as of bench.py serve"
    )
    parser.add_argument("--pip-compile", required=True, type=Path)
    parser.add_argument("--inputs", required=True, type=Path, help="folder with NAME.in")
    parser.add_argument("--xpip", default=f"{sys.executable} -m xpip")
    parser.add_argument("--python", default=sys.executable, help="what to resolve for")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("names", nargs="*", default=NAMES)
    options = parser.parse_args()
    agree = True
    for name in options.names:
        with tempfile.TemporaryDirectory(prefix="xpip-bench-") as folder:
            agree = measure(name, options, Path(folder)) and agree
    return 0 if agree else 1


if __name__ == "__main__":
    sys.exit(main())
