"""compile, sync, then pip: real projects from the frozen index of the benchmark.

`XPIP_TEST_BENCH` names the folder that `../shared/bench/bench.py prepare` filled; nginx serves it.
"""

import importlib.util
import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.functional.commands.test_sync import has_pip
from tests.kit.command import ROOT, run, xpip

FOLDER = Path(os.environ.get("XPIP_TEST_BENCH", "/nowhere"))
BENCH = ROOT.parent / "shared" / "bench"


def why_not_served() -> str:
    if not (FOLDER / "prepared.json").exists() or not (BENCH / "bench.py").exists():
        return "the frozen index is not prepared (XPIP_TEST_BENCH)"
    if shutil.which("nginx") is None:
        return "nginx is not installed"
    return "" if has_pip() else "pip is not installed"


@pytest.fixture(scope="module")
def index():
    if why_not_served():
        pytest.skip(why_not_served())
    spec = importlib.util.spec_from_file_location("bench", BENCH / "bench.py")
    bench = importlib.util.module_from_spec(spec)
    sys.modules["bench"] = bench
    spec.loader.exec_module(bench)
    with bench.serving(FOLDER, bench.free_port(), 0) as url:
        yield url
    del sys.modules["bench"]


def prepared() -> list[str]:
    if not (FOLDER / "prepared.json").exists():
        return ["none"]
    return json.loads((FOLDER / "prepared.json").read_text())["wheels"]


def spelt_alike(pin: str) -> str:
    return pin.lower().replace("_", "-").replace(".", "-")


def frozen_by_pip(environment: Path) -> set[str]:
    """Return the pins that pip sees, once it has found nothing broken."""
    pip = [sys.executable, "-m", "pip", "--python", environment, "--disable-pip-version-check"]
    checked = run(*pip, "check")
    assert checked.code == 0, checked
    return {spelt_alike(line) for line in run(*pip, "freeze", "--all").out.splitlines()}


@pytest.mark.long
@pytest.mark.parametrize("name", prepared())
def test_pip_sees_what_was_compiled(index, tmp_path, template, name):
    environment, cache = tmp_path / "environment", tmp_path / "cache"
    run("cp", "-a", template, environment)
    options = ("--index-url", index, "--python", environment, "--cache-dir", cache)
    source = (BENCH / "inputs" / f"{name}.in").read_text()
    (tmp_path / "requirements.in").write_text(source)
    done = xpip(
        "compile", *options, "requirements.in", "-o", "requirements.txt", "--generate-hashes",
        "--no-annotate", "--no-header", "--no-emit-index-url", cwd=tmp_path, timeout=300,
    )  # fmt: skip
    assert done.code == 0, done
    done = xpip("sync", *options, cwd=tmp_path, timeout=600)
    assert done.code == 0, done
    text = (tmp_path / "requirements.txt").read_text()
    pinned = {spelt_alike(line.split()[0]) for line in text.splitlines() if "==" in line}
    assert frozen_by_pip(environment) == pinned
    again = xpip("sync", *options, cwd=tmp_path)
    assert (again.code, again.out) == (0, "Everything up-to-date\n"), again
    assert xpip("check", "--files", "--python", environment, "--cache-dir", cache).code == 0
    (tmp_path / "requirements.txt").rename(tmp_path / "other.txt")
    done = xpip("compile", *options, "requirements.in", "-o", "pylock.toml", cwd=tmp_path)
    assert done.code == 0, done
    locked = xpip("sync", *options, cwd=tmp_path)
    assert (locked.code, locked.out) == (0, "Everything up-to-date\n"), locked
    second = tmp_path / "second"
    run("cp", "-a", template, second)
    done = xpip("sync", *options, "--python", second, "pylock.toml", cwd=tmp_path, timeout=600)
    assert done.code == 0, done
    assert frozen_by_pip(second) == pinned
