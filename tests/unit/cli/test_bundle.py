"""Modules from one file: only while their sources are what they were."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from xpip.environment.transaction import bytecode_of

SOURCE = Path(__file__).resolve().parents[3] / "src" / "xpip"
PROBE = """
import os, sys
def end(code):
    loaders = {name: type(module.__spec__.loader).__name__ for name, module in sys.modules.items()
               if name.startswith("xpip.")}
    print(sorted(name for name in loaders if loaders[name] == "Bundle"), file=sys.stderr)
    leave(code)
leave, os._exit = os._exit, end
if sys.argv[1] == "online":
    import _socket
sys.argv[:2] = ["xpip"]
from xpip.cli.main import run
run()
"""


def copy_to(folder):
    """Make a copy of xpip whose sources have been left alone for a while."""
    shutil.copytree(SOURCE, folder / "xpip", ignore=shutil.ignore_patterns("__pycache__"))
    time.sleep(2.1)
    return folder


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    return copy_to(tmp_path_factory.mktemp("installed"))


@pytest.fixture
def place(installed):
    yield installed
    for file in (installed / "xpip/cli/__pycache__").glob("bundle.*.opt-*"):
        file.unlink()


def run(place, kind="offline", **variables):
    """Run a small command in a process of its own; return its output and what the file gave."""
    libraries = [path for path in sys.path if path.endswith("site-packages")]
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PYTHON")},
        "PYTHONPATH": os.pathsep.join([str(place), *libraries]),
        **variables,
    }
    done = subprocess.run(
        [sys.executable, "-c", PROBE, kind, "cache", "dir", "--cache-dir", place / "cache"],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout, eval(done.stderr.splitlines()[-1])


def bundle_of(place):
    (file,) = (place / "xpip/cli/__pycache__").glob("bundle.*.opt-cache.pyc")
    return file


def test_the_third_run_takes_its_modules_from_one_file(place):
    first, second = run(place), run(place)
    assert (first[1], second[1]) == ([], [])
    output, bundled = run(place)
    assert output == first[0] == second[0]
    assert {"xpip.cli.settings", "xpip.cli.commands.cache", "xpip.model.records"} <= set(bundled)


def test_the_first_run_writes_nothing_but_that_it_was_here(place):
    run(place)
    assert bundle_of(place).stat().st_size == 0


def test_a_source_that_was_changed_counts_though_it_looks_the_same(tmp_path):
    """Size and time are those of before: xpip gives all files it installs one time."""
    place = copy_to(tmp_path)
    run(place)
    run(place)
    source = place / "xpip/cli/commands/cache.py"
    text, before = source.read_text(), source.stat()
    # A blank more within the file, a line end less at its end.
    line = "from __future__ import annotations"
    source.write_text(text.replace(line, f"{line} ", 1).removesuffix("\n"))
    os.utime(source, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = source.stat()
    assert (after.st_size, after.st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    _, bundled = run(place)
    assert "xpip.cli.commands.cache" not in bundled
    assert "xpip.cli.settings" in bundled


def test_a_torn_file_is_as_good_as_none(place):
    run(place)
    run(place)
    whole = bundle_of(place).read_bytes()
    bundle_of(place).write_bytes(whole[: len(whole) // 2])
    assert run(place)[1] == []
    assert bundle_of(place).stat().st_size > len(whole) // 2, "it is made again"
    assert run(place)[1] != []


def test_code_of_another_python_or_place_is_not_executed(place):
    import marshal

    run(place)
    run(place)
    (version, root), modules = marshal.loads(bundle_of(place).read_bytes())
    for maker in ((version + "+", root), (version, root + "/elsewhere")):
        bundle_of(place).write_bytes(marshal.dumps((maker, modules)))
        assert run(place)[1] == []


def test_a_run_that_asked_a_server_writes_nothing(place):
    for _ in range(3):
        assert run(place, "online")[1] == []
    assert list((place / "xpip/cli/__pycache__").glob("bundle.*.opt-*")) == []


def test_who_wants_no_compiled_files_gets_none(place):
    for _ in range(3):
        assert run(place, PYTHONDONTWRITEBYTECODE="1")[1] == []
    assert list((place / "xpip/cli/__pycache__").glob("bundle.*.opt-*")) == []


def test_a_folder_that_cannot_be_written_stops_nothing(place):
    cache = place / "xpip/cli/__pycache__"
    cache.mkdir(exist_ok=True)
    aside = cache.rename(place / "aside")
    try:
        cache.write_text("no folder")
        assert run(place)[1] == []
    finally:
        cache.unlink()
        aside.rename(cache)


def test_it_is_removed_with_the_module_that_makes_it(place):
    run(place)
    assert str(bundle_of(place)) in bytecode_of([str(place / "xpip/cli/bundle.py")])
