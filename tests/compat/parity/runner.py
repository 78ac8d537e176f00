"""Runs a scenario through the newest pip and through xpip, and says what differs."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.compat.parity.families import FAMILIES, fill_index, fill_other_index
from tests.compat.parity.pips import newest_pip, pip_command
from tests.compat.parity.scenario import (
    EXACT,
    IGNORED,
    JSON,
    LAST,
    LINES,
    NOTHING,
    WORDS,
    Scenario,
)
from tests.kit.command import ROOT
from tests.kit.index import IndexServer
from tests.kit.servers import Answer, FaultyServer
from tests.kit.trees import describe_tree, differences

_NOTICES = ("[notice]", "WARNING: Running pip as", "WARNING: There was an error checking")


class Outcome(NamedTuple):
    """What one program did."""

    code: int
    out: str
    err: str
    tree: dict[str, tuple[str, str]]
    """Of the environment; empty when the scenario changes nothing."""
    made: dict[str, tuple[str, str]]
    """Of the current folder; empty when nobody compares it."""


class Parity:
    """An index and prepared environments, shared by all scenarios of a test process."""

    def __init__(self, folder: Path, index: IndexServer, other: IndexServer, faulty: str):
        self.folder = folder
        self.index = index
        self.other = other
        self.faulty = faulty
        self._environments: dict[str, Path] = {}

    def environment(self, family: str) -> Path:
        """Return the environment of a family, made when it is first asked for."""
        if family not in self._environments:
            path = self.folder / "families" / family
            path.parent.mkdir(exist_ok=True)
            self._environments[family] = FAMILIES[family](path, self.index.simple)
        return self._environments[family]

    def compare(self, scenario: Scenario) -> list[str]:
        """Return what differs between pip and xpip, one line or more for each difference."""
        theirs = self.run(scenario, is_xpip=False)
        ours = self.run(scenario, is_xpip=True)
        found = []
        if theirs.code != scenario.fails:
            found.append(f"pip ends with {theirs.code}, not {scenario.fails}")
        wanted = scenario.fails if scenario.code is None else scenario.code
        if ours.code != wanted:
            found.append(f"xpip ends with {ours.code}, not {wanted}")
        one, other = prepared(theirs.out, scenario), prepared(ours.out, scenario)
        if one != other:
            found.append(f"standard output ({scenario.out})\n pip:  {one!r}\n xpip: {other!r}")
        if scenario.errors and bool(theirs.err.strip()) != bool(ours.err.strip()):
            found.append("one of the two writes to standard error, the other does not")
        if scenario.trees and scenario.code is None:
            found += [f"environment: {line}" for line in differences(theirs.tree, ours.tree)]
            found += [f"current folder: {line}" for line in differences(theirs.made, ours.made)]
        if found:
            found.append(f"--- pip\n{theirs.out}{theirs.err}--- xpip\n{ours.out}{ours.err}")
        return found

    def run(self, scenario: Scenario, *, is_xpip: bool) -> Outcome:
        """Run one program in a current folder of its own, at the same path for both programs."""
        cwd = self.folder / "run" / "cwd"
        shutil.rmtree(cwd.parent, ignore_errors=True)
        cwd.mkdir(parents=True)
        environment = self.environment(scenario.family)
        if scenario.changes:
            copy = cwd.parent / "environment"
            subprocess.run(["cp", "-a", environment, copy], check=True)
            environment = copy
        places = self.places(environment, cwd)
        for name, text in scenario.files.items():
            path = cwd / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.format(**places))
        variables = self.variables(environment, cwd)
        variables.update({key: text.format(**places) for key, text in scenario.variables.items()})
        for line in scenario.before:
            done = execute(
                line,
                places,
                variables,
                "",
                is_xpip=is_xpip if not scenario.by else scenario.by == "xpip",
            )
            assert done.returncode == 0, done
        done = execute(scenario.words, places, variables, scenario.answers, is_xpip=is_xpip)
        err = without_notices(done.stderr.decode(errors="replace"))
        outcome = Outcome(
            done.returncode,
            replaced(done.stdout.decode(errors="replace"), places),
            replaced(err, places),
            describe_tree(environment) if scenario.changes else {},
            describe_tree(cwd, distributions_only=False) if scenario.made else {},
        )
        shutil.rmtree(cwd.parent, ignore_errors=True)
        return outcome

    def places(self, environment: Path, cwd: Path) -> dict[str, str]:
        """Return what the placeholders of scenarios stand for."""
        library = next((environment / "lib").iterdir()) / "site-packages"
        return {
            "index": self.index.simple,
            "server": self.index.url,
            "files": str(self.index.folder),
            "library": str(library),
            "env": str(environment),
            "cwd": str(cwd),
            "other": self.other.simple,
            "closed": "http://127.0.0.1:1/simple/",
            "faulty": self.faulty,
            "base": sys._base_executable,
            "digest": self.digest,
        }

    @property
    def digest(self) -> str:
        """sha256 of a wheel that scenarios state."""
        content = (self.index.folder / "alone-1.1-py3-none-any.whl").read_bytes()
        return hashlib.sha256(content).hexdigest()

    def variables(self, environment: Path, cwd: Path) -> dict[str, str]:
        """Return the variables of a command: no configuration of this machine, the own index."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
        return {
            **kept,
            "HOME": str(cwd.parent),
            "VIRTUAL_ENV": str(environment),
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_INDEX_URL": self.index.simple,
            "PIP_CACHE_DIR": str(cwd.parent / "cache"),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_RETRIES": "0",
            "PIP_NO_COMPILE": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "COLUMNS": "200",
        }


def execute(
    words: tuple[str, ...],
    places: dict[str, str],
    variables: dict[str, str],
    answers: str,
    *,
    is_xpip: bool,
) -> "subprocess.CompletedProcess[bytes]":
    """Run one command line of one program."""
    argv: list[str | Path] = [word.format(**places) for word in words]
    variables = dict(variables)
    if is_xpip:
        argv = [sys.executable, "-m", "xpip", *argv]
        variables["PYTHONPATH"] = str(ROOT / "src")
    else:
        argv = [*pip_command(Path(places["env"])), *argv]
    return subprocess.run(
        argv, cwd=places["cwd"], env=variables, input=answers.encode(),
        capture_output=True, timeout=120, check=False,
    )  # fmt: skip


def serving(folder: Path) -> Iterator[Parity]:
    """Yield the parity of a test process while its servers answer."""
    for name in ("files", "other"):
        (folder / name).mkdir()
    fill_index(folder / "files")
    fill_other_index(folder / "other")
    index, other = IndexServer(folder / "files"), IndexServer(folder / "other")
    index.yanked = {"withdrawn-2.0-py3-none-any.whl": "broken"}
    index.requires_python = {"newer_python-2.0-py3-none-any.whl": ">=3.99"}
    newest_pip()
    with index.serving(), other.serving(), torn_server(folder / "files") as faulty:
        yield Parity(folder, index, other, faulty)


@contextmanager
def torn_server(files: Path) -> Iterator[str]:
    """Yield the URL of a server whose files all break off in their middle."""
    server = FaultyServer()
    for file in files.glob("a*.whl"):
        content = file.read_bytes()
        server.routes[f"/{file.name}"] = [Answer(200, content, cut=len(content) // 2, ranges="no")]
    with server.serving():
        yield f"http://127.0.0.1:{server.port}"


def without_notices(text: str) -> str:
    """Leave out what pip says about itself."""
    lines = text.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(_NOTICES))


def replaced(text: str, places: dict[str, str]) -> str:
    """Return a text with names in place of what differs between runs, the longest first."""
    for name, value in sorted(places.items(), key=lambda pair: -len(pair[1])):
        text = text.replace(value, f"[{name.upper()}]")
    return text


def prepared(out: str, scenario: Scenario) -> object:
    """Return what is compared of a standard output."""
    if scenario.edit is not None:
        out = scenario.edit(out)
    lines = out.splitlines()
    forms = {
        EXACT: lambda: out,
        LINES: lambda: sorted(lines),
        LAST: lambda: lines[-1:],
        WORDS: lambda: sorted(lines[-1].split()) if lines else [],
        JSON: lambda: json.loads(out) if out.strip() else None,
        NOTHING: lambda: bool(out.strip()),
        IGNORED: lambda: None,
    }
    return forms[scenario.out]()
