"""What a command may import: each module is paid for by every step of every CI run.

The tiers are those of docs/architecture.md.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit.environments import FakeEnvironment
from tests.kit.index import IndexServer
from tests.kit.projects import ProjectBuilder
from tests.kit.wheels import WheelBuilder
from xpip.cli.arguments import command_names

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {
    "asyncio", "httpx", "rich", "ssl", "argparse", "dataclasses", "logging", "urllib.request", "http.client",
    "importlib.metadata", "email", "pathlib", "resolvelib", "platformdirs", "tempfile", "zipfile", "inspect",
}  # fmt: skip
NETWORK_AND_TERMINAL = {
    "asyncio",
    "httpx",
    "rich",
    "ssl",
    "argparse",
    "importlib.metadata",
    "email",
}

PROBE = """
import sys
from xpip.cli.main import main
code = main(sys.argv[2:])
with open(sys.argv[1], "w") as file:
    file.write(repr((code, sorted(sys.modules))))
"""


def modules(folder, *words):
    """Run xpip in a process without `site`'s extras and return its exit code and modules."""
    report = folder / "modules.txt"
    libraries = [path for path in sys.path if path.endswith("site-packages")]
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), *libraries])}
    done = subprocess.run(
        [sys.executable, "-S", "-c", PROBE, report, *map(str, words)],
        cwd=folder, env=variables, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert report.exists(), done.stderr
    code, names = eval(report.read_text())
    return code, set(names), done


def bare():
    """Return what is loaded before the first line of a program that needs what tier 0 needs."""
    digest = "_sha2" if sys.version_info >= (3, 12) else "_sha256"
    code = f"import sys, os, marshal, {digest}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


@pytest.fixture
def environment(tmp_path):
    environment = FakeEnvironment(tmp_path / "environment")
    environment.add("Flask", "3.0", requires=["Jinja2>=3"])
    environment.add("Jinja2", "3.1.6")
    return environment


TIER_0 = {"xpip", "xpip.cli", "xpip.cli.main", "xpip.cli.unchanged"}


def test_the_version_costs_next_to_nothing(tmp_path):
    code, names, _ = modules(tmp_path, "--version")
    assert code == 0
    assert names - bare() == TIER_0


def test_a_run_that_nothing_has_changed_since_costs_next_to_nothing(tmp_path, monkeypatch):
    """The stamp is written by a real satisfied installation, once its inputs have aged a little."""
    import time

    environment = FakeEnvironment(tmp_path / "environment")
    environment.add("Flask", "3.0", requires=["Jinja2>=3"])
    environment.add("Jinja2", "3.1.6")
    (tmp_path / "requirements.txt").write_text("flask\n")
    words = [
        "install", "-r", "requirements.txt", "--no-index",
        "--python", environment.folder, "--cache-dir", tmp_path / "cache",
    ]  # fmt: skip
    time.sleep(0.1)
    code, names, first = modules(tmp_path, *words)
    assert code == 0, first
    assert sorted(names & NETWORK_AND_TERMINAL) == [], "a satisfied installation is tier 2"
    code, names, second = modules(tmp_path, *words)
    assert code == 0
    assert second.stdout == first.stdout
    assert names - bare() == TIER_0


def test_the_same_environment_once_more_costs_next_to_nothing(tmp_path):
    """What `xpip venv` wrote is written again from a stamp, as long as nothing it read changes."""
    words = ["venv", "--cache-dir", tmp_path / "cache", tmp_path / "environment"]
    assert modules(tmp_path, *words)[0] == 0
    (tmp_path / "environment").rename(tmp_path / "old")
    code, names, done = modules(tmp_path, *words)
    assert code == 0, done
    again = {"xpip.cli.repeated_venv", "xpip.environment", "xpip.environment.venv_files"}
    assert names - bare() == TIER_0 | again


@pytest.mark.parametrize("command", ["compile", "lock"])
def test_the_same_compilation_once_more_costs_next_to_nothing(tmp_path, command):
    """The third run is answered from a stamp, whether or not there is something to write."""
    import time

    WheelBuilder("app", "1.0", files={"app.py": ""}).build(tmp_path / "files")
    (tmp_path / "question.in").write_text("app")
    output = tmp_path / ("pylock.toml" if command == "lock" else "pins.txt")
    with IndexServer(tmp_path / "files").serving() as index:
        words = [
            command, "--cache-dir", tmp_path / "cache", "-i", index.simple, "question.in", "-o", output.name,
        ]  # fmt: skip
        time.sleep(0.1)
        writing = {"xpip.documents", "xpip.errors", "__future__"}
        for state, more in (("there", set()), ("gone", writing)):
            for _ in range(3):
                if state == "gone":
                    output.unlink()
                code, names, done = modules(tmp_path, *words)
                assert code == 0, done.stderr
            assert names - bare() == TIER_0 | {"xpip.cli.repeated_compile"} | more
    assert b"app" in output.read_bytes()


@pytest.mark.parametrize(
    "words",
    [
        ["list"],
        ["freeze"],
        ["uninstall", "-y", "flask"],
        ["cache", "dir"],
        ["cache", "size"],
        ["uninstall", "-y", "nope"],
    ],
)
def test_reading_and_removing_needs_nothing_heavy(environment, tmp_path, words):
    environment.xpip("list")  # The interpreter is known from now on.
    place = [] if words[0] == "cache" else ["--python", environment.folder]
    code, names, done = modules(tmp_path, *words, *place, "--cache-dir", tmp_path / "cache")
    assert code == 0, done
    assert sorted(names & (HEAVY | {"packaging", "json", "subprocess", "hashlib"})) == []


def test_an_installation_from_the_store_needs_neither_network_nor_packaging(tmp_path):
    """The answer is remembered by the text of the request, and the wheels are unpacked."""
    (tmp_path / "files").mkdir()
    for name, requires in (("app", ["library>=1; python_version > '3'"]), ("library", [])):
        WheelBuilder(name, "1.0", files={f"{name}.py": "x = 1\n" * 20}, requires=requires).build(
            tmp_path / "files"
        )
    cache = ("--cache-dir", tmp_path / "cache")
    with IndexServer(tmp_path / "files").serving() as index:
        for round_number in range(2):
            target = tmp_path / f"environment{round_number}"
            assert modules(tmp_path, "venv", *cache, target)[0] == 0
            code, names, done = modules(
                tmp_path, "install", *cache, "--python", target, "-i", index.simple, "app>=0.5"
            )
            assert code == 0, done.stderr
    assert "Successfully installed app-1.0 library-1.0" in done.stdout
    assert (
        names & (HEAVY | {"packaging", "typing", "re", "json", "functools", "hashlib", "enum"})
        == set()
    )


@pytest.mark.parametrize("hashes", [True, False])
def test_a_synchronisation_from_the_store_needs_neither_network_nor_packaging(tmp_path, hashes):
    """Nothing to do, and the wheels in the store: neither asks anybody. Then a stamp answers."""
    import hashlib
    import time

    (tmp_path / "files").mkdir()
    lines = []
    for name in ("app", "library"):
        wheel = WheelBuilder(name, "1.0", files={f"{name}.py": "x = 1\n" * 20}).build(
            tmp_path / "files"
        )
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        lines.append(f"{name}==1.0" + (f" --hash=sha256:{digest}" if hashes else ""))
    (tmp_path / "requirements.txt").write_text("\n".join(lines) + "\n")
    cache = ("--cache-dir", tmp_path / "cache")
    heavy = HEAVY | {"packaging", "typing", "re", "json", "functools", "hashlib", "enum"}
    with IndexServer(tmp_path / "files").serving() as index:
        for round_number in range(2):
            target = tmp_path / f"environment{round_number}"
            assert modules(tmp_path, "venv", *cache, target)[0] == 0
            words = ("sync", *cache, "--python", target, "-i", index.simple)
            code, names, done = modules(tmp_path, *words)
            assert (code, done.stdout.splitlines()[-1]) == (0, "Synchronised: 2 installed"), done
    assert sorted(names & heavy) == [], "the wheels are in the store"
    time.sleep(0.1)
    code, names, done = modules(tmp_path, *words)
    assert (code, done.stdout) == (0, "Everything up-to-date\n")
    assert sorted(names & heavy) == [], "nothing is to be done"
    code, names, done = modules(tmp_path, *words)
    assert (code, done.stdout) == (0, "Everything up-to-date\n")
    assert names - bare() == TIER_0


def test_what_was_built_before_is_installed_as_if_it_were_a_wheel(tmp_path):
    ProjectBuilder("app").sdist(tmp_path / "files")
    cache = ("--cache-dir", tmp_path / "cache")
    with IndexServer(tmp_path / "files").serving() as index:
        for round_number in range(2):
            target = tmp_path / f"environment{round_number}"
            assert modules(tmp_path, "venv", *cache, target)[0] == 0
            code, names, done = modules(
                tmp_path, "install", *cache, "--python", target, "-i", index.simple, "app"
            )
            assert code == 0, done.stderr
    assert "Successfully installed app-1.0" in done.stdout
    assert not [name for name in names if name.startswith(("xpip.build", "pyproject_hooks"))]
    assert (
        names & (HEAVY | {"packaging", "typing", "re", "json", "functools", "hashlib", "enum"})
        == set()
    )


@pytest.mark.parametrize("words", [["show", "flask"], ["check"], ["list", "--not-required"]])
def test_usual_requirements_need_no_packaging(environment, tmp_path, words):
    environment.xpip("list")
    code, names, done = modules(
        tmp_path, *words, "--python", environment.folder, "--cache-dir", tmp_path / "cache"
    )
    assert code == 0, done
    assert sorted(names & (NETWORK_AND_TERMINAL | {"packaging"})) == []


NOT_FOR_A_LIST_OF_NAMES = {
    "xpip.environment.managed", "xpip.environment.user_library", "xpip.formats.source_location",
    "xpip.formats.toml_text", "xpip.operations.built", "xpip.operations.lock", "xpip.operations.project_files",
    "xpip.resolver.explanation", "xpip.store.built", "xpip.terminal.help",
}  # fmt: skip
"""Modules for projects, sources, locks and errors."""


@pytest.mark.parametrize("command", ["compile", "install", "download"])
def test_a_server_is_asked_without_asyncio(tmp_path, command):
    """An empty cache and a server that speaks http: each module counts in every CI run."""
    (tmp_path / "files").mkdir()
    for name, requires in (("app", ["library>=1"]), ("library", [])):
        WheelBuilder(name, "1.0", requires=requires).build(tmp_path / "files")
    (tmp_path / "question.in").write_text("app")
    words = {
        "compile": ["question.in"],
        "install": ["--python", tmp_path / "environment", "app"],
        "download": ["--dest", tmp_path / "wheels", "app"],
    }[command]
    cache = ("--cache-dir", tmp_path / "cache")
    if command == "install":
        made = modules(
            tmp_path, "venv", "--cache-dir", tmp_path / "other", tmp_path / "environment"
        )
        assert made[0] == 0
    with IndexServer(tmp_path / "files").serving() as index:
        code, names, done = modules(tmp_path, command, *cache, "-i", index.simple, *words)
    assert code == 0, done.stderr
    assert "xpip.network.loop.scheduler" in names
    unneeded = {"asyncio", "ssl", "socket", "selectors", "typing", "concurrent.futures"}
    assert sorted(names & (unneeded | (NETWORK_AND_TERMINAL - {"email"}))) == []
    if command == "compile":
        plain = {"json", "re", "enum", "subprocess", "threading", "functools", "urllib.parse"}
        assert sorted(names & plain) == []


def test_resolving_from_the_store_needs_neither_network_nor_packaging(tmp_path):
    """A question that was not asked before, about pages and metadata that are there."""
    (tmp_path / "files").mkdir()
    lines = ["library>=1; python_version > '3'", "other; extra == 'more'"]
    for name, requires in (("app", lines), ("library", []), ("other", [])):
        WheelBuilder(name, "1.0", requires=requires, provides_extra=("more",)).build(
            tmp_path / "files"
        )
    with IndexServer(tmp_path / "files").serving() as index:
        for question in ("app[more]", "app[more]>=0.5", "app[more]>2"):
            (tmp_path / "question.in").write_text(question)
            code, names, done = modules(
                tmp_path,
                "compile",
                "--cache-dir",
                tmp_path / "cache",
                "-i",
                index.simple,
                "question.in",
            )
            if question == "app[more]>=0.5":
                assert code == 0, done.stderr
                assert sorted(names & (NETWORK_AND_TERMINAL | {"packaging", "typing", "re"})) == []
                assert sorted(names & NOT_FOR_A_LIST_OF_NAMES) == []
                assert len([name for name in names if name.startswith("xpip.")]) <= 132
    assert code == 1
    assert "no version of `app`" in done.stderr


@pytest.mark.parametrize(
    "words", [["tree"], ["why", "flask"], ["inspect"], ["completion", "--word", "1", "--", "xpip", ""]]
)  # fmt: skip
def test_looking_at_an_environment_needs_neither_network_nor_terminal(environment, tmp_path, words):
    environment.xpip("list")
    place = ["--python", environment.folder, "--cache-dir", tmp_path / "cache"]
    code, names, done = modules(tmp_path, words[0], *place, *words[1:])
    assert code == 0, done
    assert sorted(names & NETWORK_AND_TERMINAL) == []


@pytest.mark.parametrize("command", command_names())
def test_help_is_nearly_free(tmp_path, command):
    """Some 15 ms beside the bare interpreter where this was written; each module costs 0.1 to 0.2.

    Counted and not timed, because a machine that tests is busy.
    """
    code, names, done = modules(tmp_path, command, "--help")
    assert code == 0, done
    new = names - bare()
    foreign = {name for name in new if name.partition(".")[0] != "xpip"}
    assert foreign <= {"__future__", "_collections", "errno", "gc", "importlib", "itertools", "warnings", "_signal", "time", "importlib._bootstrap", "importlib._bootstrap_external"}  # fmt: skip
    assert len(new) - len(foreign) <= 90


WATCH = """
import sys
library, events, written = sys.argv[1], [], []
def watch(event, arguments):
    if event in ("os.rename", "os.remove", "os.rmdir") and str(arguments[0]).startswith(library):
        written.append(arguments[0])
    elif event == "import" and written:
        events.append(arguments[0])
sys.addaudithook(watch)
from xpip.cli.main import main
code = main(sys.argv[2:])
print(code, bool(written), sorted(set(events)), file=sys.stderr)
"""


def test_nothing_is_imported_once_files_are_removed(environment, tmp_path):
    """What is removed may be xpip's own library: a late import would find nothing."""
    words = [
        "uninstall",
        "-y",
        "flask",
        "--python",
        environment.folder,
        "--cache-dir",
        tmp_path / "cache",
    ]
    done = subprocess.run(
        [sys.executable, "-c", WATCH, environment.library, *map(str, words)],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stderr.splitlines()[-1] == "0 True []", done.stderr


def test_the_names_that_are_written_twice_to_spare_an_import_agree():
    from xpip.cli import unchanged
    from xpip.store import layout

    assert unchanged.BUCKET == layout.UNCHANGED
    assert unchanged.TEMPORARY == layout.TEMPORARY
