#!/usr/bin/env python3
"""Time installations of source archives, pair by pair.

Three questions, each answered by rounds in which both sides run one after the other, so that a
busy machine slows both; ratios are taken round by round and their median is told:

- `second`: five small source archives that were built before, into a new environment, against the
  same five as wheels. Nothing may be built.
- `cold`: the same archives with nothing built of them and everything that builds need at hand,
  against `uv pip install` (with `--uv`).
- `isolation`: `install --no-deps` of a folder with one setuptools project, against its hooks
  called directly in an environment that is ready. The difference is what isolation costs.

    sources.py --wheels FOLDER [--sdists FOLDER] [--uv PATH] [--xpip COMMAND] [--rounds N]
               [second] [cold] [isolation]

Nothing is asked from a network: an index on loopback serves the archives, and `--wheels` has what
they need to be built (setuptools and wheel). Without `--sdists` five setuptools projects are made.
"""

from __future__ import annotations

import argparse
import io
import os
import resource
import shlex
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.kit.index import IndexServer, project_of

PROJECTS = ("bench-one", "bench-two", "bench-three", "bench-four", "bench-five")
DIRECT = """
import os, shutil, subprocess, sys, tempfile
from pyproject_hooks import BuildBackendHookCaller
source, python = sys.argv[1:]
folder = tempfile.mkdtemp()
caller = BuildBackendHookCaller(source, "setuptools.build_meta", python_executable=python,
                                runner=lambda cmd, cwd=None, extra_environ=None:
                                subprocess.run(cmd, cwd=cwd, env={**os.environ, **extra_environ},
                                               check=True, capture_output=True))
import time
start = time.perf_counter()
caller.get_requires_for_build_wheel()
caller.build_wheel(folder)
print(time.perf_counter() - start)
shutil.rmtree(folder)
"""


class Cost(NamedTuple):
    """What one run took, with all that it started."""

    wall: float
    cpu: float


class Bench:
    """Places and programs of one run of this script."""

    def __init__(self, options: argparse.Namespace, folder: Path) -> None:
        self.folder = folder
        self.xpip = shlex.split(options.xpip)
        self.uv = options.uv
        self.rounds = options.rounds
        self.files = folder / "files"
        shutil.copytree(options.wheels, self.files)
        if options.sdists:
            for path in sorted(Path(options.sdists).iterdir()):
                shutil.copy(path, self.files)
        else:
            for name in PROJECTS:
                write_sdist(self.files, name)
        self.projects = sorted(
            {project_of(path.name) for path in self.files.iterdir() if path.suffix != ".whl"}
        )
        self.environment = folder / "environment"
        dropped = ("PIP_", "XPIP_", "UV_", "PYTHON")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
        self.variables = {**kept, "PIP_CONFIG_FILE": os.devnull, "UV_NO_CONFIG": "1"}

    def run(self, *argv: object) -> Cost:
        """Run a command to its end, and this script with it when it fails."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.perf_counter()
        done = subprocess.run(
            [str(word) for word in argv], cwd=self.folder, env=self.variables,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        wall = time.perf_counter() - start
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode:
            sys.exit(f"{shlex.join(map(str, argv))}\nended with {done.returncode}:\n{done.stderr}")
        self.said = done.stdout
        return Cost(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)

    def fresh(self) -> None:
        """Make the environment anew."""
        shutil.rmtree(self.environment, ignore_errors=True)
        self.run(*self.xpip, "venv", self.environment)

    def install(self, index: IndexServer, *words: object) -> Cost:
        """Install with xpip."""
        return self.run(
            *self.xpip, "install", "--quiet", "--python", self.environment,
            "--cache-dir", self.folder / "cache", "--index-url", index.simple, *words,
        )  # fmt: skip

    def install_with_uv(self, index: IndexServer, *words: object) -> Cost:
        """Install with uv."""
        return self.run(
            self.uv, "pip", "install", "--quiet", "--python", self.environment,
            "--cache-dir", self.folder / "uv-cache", "--index-url", index.simple, *words,
        )  # fmt: skip


def write_sdist(folder: Path, name: str) -> None:
    """Write a source archive of a setuptools project without extensions."""
    module = name.replace("-", "_")
    top = f"{module}-1.0"
    files = {**project_files(name), "PKG-INFO": "Metadata-Version: 1.1\n"}
    with tarfile.open(folder / f"{top}.tar.gz", "w:gz") as archive:
        for path, text in files.items():
            entry = tarfile.TarInfo(f"{top}/{path}")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))


def project_files(name: str) -> dict[str, str]:
    """Return path -> text of a project with `setup.py`."""
    module = name.replace("-", "_")
    files = {f"{module}/part{number}.py": f"PART = {number}\n" for number in range(10)}
    files[f"{module}/__init__.py"] = "VERSION = '1.0'\n"
    files["pyproject.toml"] = (
        '[build-system]\nrequires = ["setuptools", "wheel"]\n'
        'build-backend = "setuptools.build_meta"\n'
    )
    files["setup.py"] = (
        "from setuptools import setup\n"
        f"setup(name={name!r}, version='1.0', packages=[{module!r}])\n"
    )
    return files


def tell(title: str, one: list[Cost], other: list[Cost]) -> None:
    """Print medians and the median of the ratios of all rounds."""
    pairs = list(zip(one, other, strict=True))
    for kind in ("wall", "cpu"):
        first = [getattr(cost, kind) for cost in one]
        second = [getattr(cost, kind) for cost in other]
        ratio = statistics.median(getattr(a, kind) / getattr(b, kind) for a, b in pairs)
        print(
            f"{title:<28} {kind:<4} {statistics.median(first) * 1000:8.0f} ms "
            f"{statistics.median(second) * 1000:8.0f} ms  ratio {ratio:.2f}"
        )


def second(bench: Bench, index: IndexServer) -> None:
    """Time a second environment with what was built before against the same as wheels."""
    bench.fresh()
    bench.install(index, *bench.projects)
    wheels = bench.folder / "built"
    bench.run(
        *bench.xpip, "wheel", "--quiet", "--cache-dir", bench.folder / "cache", "--index-url",
        index.simple, "-w", wheels, *bench.projects,
    )  # fmt: skip
    with IndexServer(wheels).serving() as ready:
        bench.fresh()
        bench.install(ready, *bench.projects)
        for extra in ((), ("--refresh-package", "none")):
            costs: tuple[list[Cost], list[Cost]] = ([], [])
            for _ in range(bench.rounds):
                for place, source in enumerate((index, ready)):
                    bench.fresh()
                    costs[place].append(bench.install(source, *bench.projects, *extra))
            tell("second, resolved anew" if extra else "second, remembered", *costs)


def cold(bench: Bench, index: IndexServer) -> None:
    """Time building with everything that builds need at hand, against uv."""
    costs: tuple[list[Cost], list[Cost]] = ([], [])
    for number in range(bench.rounds + 1):
        bench.run(
            *bench.xpip, "cache", "clean", "--cache-dir", bench.folder / "cache", *bench.projects
        )
        # uv forgets archives and index pages, too.
        for bucket in ("sources-v1", "pages-v2", "resolutions-v2"):
            shutil.rmtree(bench.folder / "cache" / bucket, ignore_errors=True)
        bench.fresh()
        mine = bench.install(index, *bench.projects)
        bench.fresh()
        if bench.uv:
            cache = ("--cache-dir", bench.folder / "uv-cache")
            bench.run(bench.uv, "cache", "clean", "--quiet", *cache, *bench.projects)
            other = bench.install_with_uv(index, *bench.projects)
        else:
            other = mine
        if number:
            costs[0].append(mine)
            costs[1].append(other)
    tell("cold, against uv" if bench.uv else "cold", *costs)


def isolation(bench: Bench, index: IndexServer) -> None:
    """Time an installation of a folder against its hooks alone."""
    ready = bench.folder / "ready"
    bench.run(*bench.xpip, "venv", ready)
    bench.run(
        *bench.xpip, "install", "--quiet", "--python", ready, "--cache-dir",
        bench.folder / "cache", "--index-url", index.simple, "setuptools", "wheel",
    )  # fmt: skip
    project = bench.folder / "bench-folder"
    for path, text in project_files(project.name).items():
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        (project / path).write_text(text)
    found = []
    for number in range(bench.rounds + 1):
        (project / "bench_folder" / "part0.py").write_text(f"PART = {number}\n")
        bench.fresh()
        whole = bench.install(index, "--no-deps", project)
        bench.run(sys.executable, "-c", DIRECT, project, ready / "bin" / "python")
        if number:
            found.append((whole.wall, float(bench.said)))
    over = statistics.median(whole - hooks for whole, hooks in found) * 1000
    print(
        f"{'isolation':<28} wall {statistics.median(one for one, _ in found) * 1000:8.0f} ms "
        f"{statistics.median(one for _, one in found) * 1000:8.0f} ms  overhead {over:.0f} ms"
    )


QUESTIONS = {"second": second, "cold": cold, "isolation": isolation}


def main() -> None:
    """Answer the questions of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--wheels", required=True, help="folder with what builds need")
    parser.add_argument("--sdists", help="folder with source archives to install")
    parser.add_argument("--uv", help="program to compare with")
    parser.add_argument("--xpip", default=f"{sys.executable} -m xpip")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("questions", nargs="*", metavar="QUESTION", help=" ".join(QUESTIONS))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="xpip-sources-") as folder:
        bench = Bench(options, Path(folder))
        with IndexServer(bench.files).serving() as index:
            for name in options.questions or QUESTIONS:
                QUESTIONS[name](bench, index)


if __name__ == "__main__":
    main()
