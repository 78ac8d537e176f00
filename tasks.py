#!/usr/bin/env python3
"""Set xpip up from this checkout and run one of its jobs; needs nothing but Python 3.10 or later.

    python3 tasks.py example     install examples/requirements.txt from PyPI into a new environment
    python3 tasks.py test        run every check that CI runs
    python3 tasks.py parity      compare what xpip and pip install from PyPI, file by file (long)
    python3 tasks.py compare     run every command line of the parity suite through pip and xpip
    python3 tasks.py long        run the tests that take minutes: kills, faults, hostile input (1 h)
    python3 tasks.py fuzz        spoil every kind of input for an hour: --minutes N, --seed N

pip builds xpip's wheel and fetches what it needs into .xpip-dev/bootstrap; xpip then makes every
other environment: its own in .xpip-dev/xpip, the development tools and the example.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
WORK = ROOT / ".xpip-dev"
BOOTSTRAP = WORK / "bootstrap"
XPIP_HOME = WORK / "xpip"
DEVELOPMENT = WORK / "development"
PROGRAMS = {
    "strace": "strace", "nginx": "nginx-light", "openssl": "openssl",
    "git": "git", "hg": "mercurial", "svn": "subversion", "bzr": "brz",
    "zsh": "zsh", "fish": "fish", "ksh": "ksh93u+m", "tcsh": "tcsh", "busybox": "busybox",
}  # fmt: skip
"""Program -> package of Debian. PowerShell is in no archive of Debian, PyPI or npm's registry."""
PYTEST = ("-m", "pytest", "-n", "2", "-q")
SEED = "--hypothesis-seed=20261121"
"""Of generated examples in `test`, so that CI says the same of one tree twice; `test` with a folder
of tests looks at new ones."""


def say(text: str) -> None:
    """Tell the reader of a log what begins now."""
    print(f"\n== {text}", flush=True)


def run(*argv: str | Path, environment: dict[str, str] | None = None) -> None:
    """Run a command in the checkout; end with its exit code when it fails."""
    print(
        "$",
        *(os.path.relpath(word, ROOT) if isinstance(word, Path) else word for word in argv),
        flush=True,
    )
    code = subprocess.run(
        [str(word) for word in argv], cwd=ROOT, env=environment, check=False
    ).returncode
    if code:
        print(f"error: exit code {code}", file=sys.stderr)
        sys.exit(code)


def python_of(environment: Path) -> Path:
    """Return the interpreter of an environment."""
    return environment / "bin" / "python"


def xpip(*words: str | Path) -> tuple[str | Path, ...]:
    """Return the command that runs the xpip made from this checkout."""
    return (XPIP_HOME / "bin" / "xpip", *words)


def state_of_source() -> str:
    """Return what changes when xpip would have to be installed again."""
    files = [ROOT / "pyproject.toml", *sorted((ROOT / "src").rglob("*.py"))]
    digest = hashlib.sha256(sys.version.encode())
    for file in files:
        digest.update(file.relative_to(ROOT).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def set_up_xpip() -> None:
    """Have pip fetch xpip, and xpip install itself, unless the source is still the same."""
    stamp = XPIP_HOME / "made-from"
    state = state_of_source()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == state:
        return
    say("xpip, by pip")
    wheels = WORK / "wheels"
    for folder in (XPIP_HOME, BOOTSTRAP, wheels):
        shutil.rmtree(folder, ignore_errors=True)
    run(sys.executable, "-m", "venv", BOOTSTRAP)
    pip = (python_of(BOOTSTRAP), "-m", "pip", "--quiet", "--disable-pip-version-check")
    run(*pip, "wheel", "--no-deps", "--wheel-dir", wheels, ROOT)
    wheel = next(wheels.glob("xpip-*.whl"))
    run(*pip, "install", wheel)
    say("xpip, by itself")
    first = BOOTSTRAP / "bin" / "xpip"
    run(first, "venv", "--quiet", XPIP_HOME, "--python", sys.executable)
    run(first, "install", "--quiet", "--compile", "--python", XPIP_HOME, wheel)
    stamp.write_text(state, encoding="utf-8")


def set_up_programs() -> None:
    """Install the programs that some tests drive, where that is possible without asking.

    Elsewhere these tests are skipped and say why.
    """
    missing = [package for program, package in PROGRAMS.items() if not find_program(program)]
    if not missing or not shutil.which("apt-get") or os.geteuid() != 0:
        return
    say(f"{' '.join(missing)}, by apt-get")
    if apt_get("update") and not apt_get("install", *missing):
        # A package that this release does not have keeps it from installing the others.
        for package in missing:
            apt_get("install", package)


def apt_get(action: str, *packages: str) -> bool:
    """Call apt-get without questions, and return whether it did what it was told."""
    argv = ["apt-get", action, "-q", "-y", "--no-install-recommends", *packages]
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(argv, stdout=subprocess.DEVNULL, env=environment, check=False)
    return done.returncode == 0


def find_program(name: str) -> str | None:
    """Return where a program is; servers are often in /usr/sbin, which is not on every PATH."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


def set_up_development() -> None:
    """Make the environment of the tests with xpip; nothing happens when it is complete."""
    set_up_xpip()
    say("development tools, by xpip")
    if not python_of(DEVELOPMENT).exists():
        run(*xpip("venv", DEVELOPMENT, "--python", sys.executable))
    run(*xpip("install", "--python", DEVELOPMENT, "-r", ROOT / "requirements-dev.txt"))


def example() -> None:
    """Do the main job on real input and show what it did."""
    set_up_xpip()
    target = WORK / "example"
    say(f"examples/requirements.txt into a new environment, {os.path.relpath(target, ROOT)}")
    run(*xpip("venv", target, "--clear", "--python", sys.executable))
    started = time.perf_counter()
    run(*xpip("install", "--python", target, "-r", ROOT / "examples" / "requirements.txt"))
    seconds = time.perf_counter() - started
    say("what is there now")
    run(*xpip("list", "--python", target))
    run(*xpip("check", "--python", target))
    print(f"\ninstalled in {seconds:.1f} s; the same again from the store, into a new environment:")
    run(*xpip("venv", target, "--clear", "--python", sys.executable))
    started = time.perf_counter()
    run(
        *xpip(
            "install", "--quiet", "--python", target, "-r", ROOT / "examples" / "requirements.txt"
        )
    )
    print(f"{time.perf_counter() - started:.2f} s")


def test(arguments: list[str]) -> None:
    """Run architecture, lint, types and tests; further words go to pytest instead."""
    set_up_programs()
    set_up_development()
    tool = python_of(DEVELOPMENT)
    if arguments:
        run(tool, *PYTEST, *arguments)
        return
    say("architecture")
    run(tool, "-m", "pytest", "-q", "tests/architecture")
    say("lint")
    run(tool, "-m", "ruff", "check", "--quiet", ".")
    run(tool, "-m", "ruff", "format", "--check", "--quiet", ".")
    say("types")
    run(tool, "-m", "mypy")
    say("tests")
    run(tool, *PYTEST, SEED, "tests")
    fuzz(minutes=0.75)
    say("a sample of the comparison with pip, from PyPI")
    parity(
        {
            "XPIP_PARITY_SETS": "flask",
            "XPIP_SDISTS": "markupsafe docopt flit-core",
            "XPIP_PARITY_PYTHONS": ".".join(map(str, sys.version_info[:2])),
        }
    )


def parity(sample: dict[str, str] | None = None) -> None:
    """Install the same sets by pip and by xpip and compare the trees."""
    if sample is None:
        set_up_development()
    environment = os.environ | (sample or {})
    run(python_of(DEVELOPMENT), *PYTEST, "-m", "network", "tests/compat", environment=environment)


def compare() -> None:
    """Run all scenarios of the parity suite, those of `long` too; needs no network."""
    set_up_development()
    run(python_of(DEVELOPMENT), *PYTEST, "-m", "not network", "tests/compat/parity")


def long() -> None:
    """Run the tests that take minutes and need no network."""
    set_up_development()
    run(python_of(DEVELOPMENT), *PYTEST, "-m", "long and not network", "tests")


def fuzz(minutes: float = 60.0, seed: int | None = None) -> None:
    """Give every reader of foreign input spoilt input for some time; a seed repeats a run."""
    set_up_development()
    seed = time.time_ns() % 1_000_000_000 if seed is None else seed
    say(f"fuzzing for {minutes:g} minutes; `--seed {seed}` begins with the same inputs")
    # Two processes share the readers, so each has the time twice.
    variables = {"XPIP_FUZZ_SECONDS": str(minutes * 120), "XPIP_FUZZ_SEED": str(seed)}
    run(python_of(DEVELOPMENT), *PYTEST, "tests/fuzz", environment=os.environ | variables)


def main() -> None:
    """Read the command line."""
    if sys.version_info < (3, 10):
        sys.exit(f"xpip needs Python 3.10 or later; this is {sys.version.split()[0]}")
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(
        dest="command", required=True, metavar="example|test|parity|compare|long|fuzz"
    )
    commands.add_parser("example", help=example.__doc__)
    commands.add_parser("test", help=test.__doc__, prefix_chars="\0").add_argument(
        "arguments", nargs="*", help="words for pytest"
    )
    for job in (parity, compare, long):
        commands.add_parser(job.__name__, help=job.__doc__)
    fuzzing = commands.add_parser("fuzz", help=fuzz.__doc__)
    fuzzing.add_argument("--minutes", type=float, default=60.0, help="how long (60)")
    fuzzing.add_argument("--seed", type=int, help="printed by an earlier run")
    parsed = parser.parse_args()
    if parsed.command == "test":
        test(parsed.arguments)
    elif parsed.command == "fuzz":
        fuzz(parsed.minutes, parsed.seed)
    else:
        {"example": example, "parity": parity, "compare": compare, "long": long}[parsed.command]()


if __name__ == "__main__":
    main()
