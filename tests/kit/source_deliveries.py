"""The ways by which a source archive gets to a command, tried on one environment and one cache.

What is refused leaves nothing: not in the environment, the cache, the folder of temporary files or
the folder that `wheel` and `download` write to. What is accepted is a project that can be built.
"""

import contextlib
import os
import shutil
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from tests.kit.command import Ran
from tests.kit.deliveries import MISLED
from tests.kit.environments import FakeEnvironment
from tests.kit.hostile_sdists import (
    SMALL_LIMITS,
    TOP,
    HostileSdist,
    crowded_sdist,
    good_sdist,
    hostile_sdists,
    zeros_sdist,
)
from tests.kit.index import IndexServer
from tests.kit.invariants import improper, leftovers, snapshot, violations, witness
from tests.kit.projects import ProjectBuilder
from tests.kit.servers import Answer, FaultyServer
from xpip.store.layout import BUILT, BUILT_WHEELS, POINTERS, SOURCES, WHEELS

WAYS = (
    "path", "file URL", "HTTP", "HTTP without ranges", "HTTP in pieces", "find-links", "index",
    "HTML index", "store",
)  # fmt: skip
NAME = f"{TOP}.tar.gz"
COMMANDS = ("install", "wheel", "download")
DRIPPED = 40
"""Pieces of an archive that comes slowly."""


class SourceRow(NamedTuple):
    """One source archive of a project `demo` 1.0, and what has to be said about it."""

    title: str
    filename: str
    data: bytes
    verdict: str
    """A fragment of the error; empty: it is taken."""


def project() -> dict[str, bytes]:
    """Return the files of a project that can be built without a network."""
    files = {path: text.encode() for path, text in ProjectBuilder("demo").files().items()}
    information = b"Metadata-Version: 1.1\nName: demo\nVersion: 1.0\n"
    return {"PKG-INFO": information, **files}


def source_rows(outside: str) -> list[SourceRow]:
    """Return the archives of the catalogue, each with a whole project beside what is wrong.

    Args:
        outside: A folder that none of them may change or read.
    """
    found = [
        SourceRow(case.title, case.filename, case.data, case.verdict)
        for case in hostile_sdists(outside, project())
        if case.title not in SMALL_LIMITS
    ]
    return [*found, *(SourceRow(*row) for row in _trees())]


def bomb() -> SourceRow:
    """Return one that is small and unpacks to 640 MiB."""
    return SourceRow("bomb", NAME, zeros_sdist(project(), 640 << 20), "bytes allowed")


def many_members() -> SourceRow:
    """Return one with more members than any project has."""
    data = crowded_sdist(project(), 200_001)
    return SourceRow("many members", NAME, data, "more than 200000 members")


def _trees() -> Iterator[HostileSdist]:
    """Return archives that unpack, of what is no project."""
    table = b"[build-system]\nrequires = []\nbuild-backend = 'x'\n"
    trees: dict[str, tuple[Mapping[str, bytes], str]] = {
        "neither file": ({"README": b"x"}, "has neither `pyproject.toml` nor `setup.py`"),
        "invalid TOML": ({"pyproject.toml": b"[build-system]\nrequires = [\n ]]\n"}, "line 3"),
        "TOML that is not UTF-8": ({"pyproject.toml": b"# \xff\n"}, "pyproject.toml"),
        "backend outside": (
            {"pyproject.toml": table + b"backend-path = ['/']\n"}, "not a folder inside"),
        "backend above": (
            {"pyproject.toml": table + b"backend-path = ['a/../..']\n"}, "not a folder inside"),
        "built wheel of another project": (_built("other-1.0-py3-none-any.whl"), "cannot be used"),
        "built wheel that is a path": (_answering("../x.whl"), "is a path"),
        "built wheel that is not there": (_answering("gone.whl"), "was not made"),
    }  # fmt: skip
    for title, (files, verdict) in trees.items():
        yield HostileSdist(title, NAME, good_sdist({"PKG-INFO": b"x", **files}), verdict)


def _built(name: str) -> dict[str, bytes]:
    files = ProjectBuilder("demo", wheel_name=name).files()
    return {path: text.encode() for path, text in files.items()}


def _answering(answer: str) -> dict[str, bytes]:
    files = ProjectBuilder("demo", answer=answer).files()
    return {path: text.encode() for path, text in files.items()}


TREES = frozenset(case.title for case in _trees())
"""Titles of archives that unpack well, so that only what is in them is refused."""


class SourceStation:
    """An environment, a cache, servers, a folder to write to, and one that nobody may touch."""

    def __init__(self, folder: Path, index: IndexServer, server: FaultyServer) -> None:
        self.folder = folder
        self.index = index
        self.server = server
        self.environment = FakeEnvironment(folder / "environment")
        self.environment.age()
        self.outside = folder / "outside"
        (self.outside / "sub").mkdir(parents=True)
        (self.outside / "KEPT").write_text("kept")
        self.cache = folder / "cache"
        self.target = folder / "target"
        self.temporary = folder / "temporary"
        self.temporary.mkdir()
        self.before = snapshot(self.environment.folder)
        self.untouched = witness(self.outside)
        self._count = 0

    def deliver(self, row: SourceRow, way: str, command: str) -> list[str]:
        """Give a row to a command and return everything that was not as it should be."""
        self._count += 1
        folder = self.folder / "sdists" / str(self._count)
        folder.mkdir(parents=True)
        path = folder / row.filename
        path.write_bytes(row.data)
        kept = self._kept()
        problems = self._judge(row, command, self._send(path, way, command))
        if row.verdict and self._kept() != kept and row.title not in TREES:
            problems.append("the cache has kept something of it")
        # The archive is in the cache where it was good, but for `download`, which keeps nothing.
        if way == "store" and not problems and (refused(row, command) or command != "download"):
            asked = len(self.index.downloads())
            again = self._run(command, "--offline", "--index-url", self.index.simple, "demo")
            problems += [f"again: {one}" for one in self._judge(row, command, again, told=False)]
            if len(self.index.downloads()) != asked:
                problems.append("--offline asked the index")
        shutil.rmtree(folder)
        return problems

    def _send(self, path: Path, way: str, command: str) -> Ran:
        ways: dict[str, Callable[[], Ran]] = {
            "path": lambda: self._run(command, "--no-index", path),
            "file URL": lambda: self._run(command, "--no-index", f"demo @ {path.as_uri()}"),
            "HTTP": lambda: self._by_http(command, path),
            "HTTP without ranges": lambda: self._by_http(command, path, ranges="no"),
            "HTTP in pieces": lambda: self._by_http(command, path, chunks=pieces(path)),
            "find-links": lambda: self._run(
                command, "--no-index", "--find-links", path.parent, "demo"
            ),
            "index": lambda: self._by_index(command, path, json_pages=True),
            "HTML index": lambda: self._by_index(command, path, json_pages=False),
            "store": lambda: self._by_index(command, path, json_pages=True),
        }
        return ways[way]()

    def _by_http(self, command: str, path: Path, **options) -> Ran:
        headers = (("ETag", f'"{zlib.crc32(path.read_bytes())}"'), *MISLED)
        answer = Answer(body=path.read_bytes(), headers=headers, **options)
        url = self.server.on(f"/{self._count}/{path.name}", answer)
        return self._run(command, "--no-index", f"demo @ {url}")

    def _by_index(self, command: str, path: Path, *, json_pages: bool) -> Ran:
        self.index.folder = path.parent
        self.index.json_pages = json_pages
        return self._run(command, "--refresh", "--index-url", self.index.simple, "demo")

    def _run(self, command: str, *words: str | Path) -> Ran:
        # With `--no-deps`, `download` brings bytes and looks at none of them.
        more = {
            "install": ("--no-deps",),
            "wheel": ("--no-deps", "-w", self.target),
            "download": ("-d", self.target),
        }
        before = os.environ.get("TMPDIR")
        os.environ["TMPDIR"] = str(self.temporary)
        try:
            return self.environment.main(command, *more[command], *words)
        finally:
            if before is None:
                del os.environ["TMPDIR"]
            else:
                os.environ["TMPDIR"] = before

    def _judge(self, row: SourceRow, command: str, done: Ran, *, told: bool = True) -> list[str]:
        problems = [*improper(done), *violations(self.environment.folder)]
        made = sorted(path.name for path in self.target.glob("*"))
        if refused(row, command):
            if done.code != 1:
                problems.append(f"exit code {done.code} for what has to be refused")
            if told and row.verdict not in done.err:
                problems.append(f"{row.verdict!r} is not said")
            if made:
                problems.append(f"{made} was written")
        elif done.code:
            problems.append("what has to be accepted is refused")
        elif len(made) != (command != "install"):
            problems.append(f"{made} was written")
        if command == "install" and done.code == 0:
            gone = self.environment.main("uninstall", "-y", "demo")
            problems += [*improper(gone), *(["uninstall failed"] if gone.code else [])]
        shutil.rmtree(self.target, ignore_errors=True)
        if snapshot(self.environment.folder) != self.before:
            problems.append("something is left in the environment")
        if witness(self.outside) != self.untouched:
            problems.append("something has changed outside")
        problems += [f"left for ever: {path.name}" for path in self.temporary.iterdir()]
        problems += [f"left in the cache: {name}" for name in leftovers(self.cache)]
        return [f"{problem}\n{done}" for problem in problems]

    def _kept(self) -> list[str]:
        buckets = (SOURCES, WHEELS, BUILT, BUILT_WHEELS, POINTERS)
        return sorted(str(path) for bucket in buckets for path in (self.cache / bucket).rglob("*"))


def refused(row: SourceRow, command: str) -> bool:
    """Say whether a command must fail; `download` builds no wheel that could be wrong."""
    return bool(row.verdict) and not (command == "download" and row.title.startswith("built "))


def pieces(path: Path) -> tuple[bytes, ...]:
    """Return the bytes of a file as some chunks that end anywhere."""
    data = path.read_bytes()
    length = len(data) // DRIPPED + 1
    return tuple(data[start : start + length] for start in range(0, len(data), length))


@contextlib.contextmanager
def source_station(folder: Path) -> Iterator[SourceStation]:
    """Run a station; at its end, everything in its cache is verified."""
    (folder / "sdists").mkdir()
    index = IndexServer(folder / "sdists")
    with index.serving(), FaultyServer().serving() as server:
        it = SourceStation(folder, index, server)
        yield it
        done = it.environment.main("cache", "verify", "--deep")
        assert done.code == 0, done
