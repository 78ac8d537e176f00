"""The ways by which a wheel gets to an installation, tried on one environment and one cache.

A row is delivered in this process, which takes some 30 ms; what it leaves is compared with what was
there before.
"""

import contextlib
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.kit.command import Ran
from tests.kit.environments import FakeEnvironment
from tests.kit.hostile_wheels import HostileWheel
from tests.kit.index import IndexServer
from tests.kit.invariants import improper, leftovers, snapshot, violations, witness
from tests.kit.servers import Answer, FaultyServer

GOOD_METADATA = b"Metadata-Version: 2.1\nName: app\nVersion: 1.0\n"
MISLED = (("Content-Disposition", 'attachment; filename="/../../other-2.0-py3-none-any.whl"'),)
"""The name that counts is that of the URL."""
WAYS = ("path", "file URL", "HTTP", "HTTP without ranges", "index", "HTML index", "store")


class Station:
    """An environment, a cache, servers, and a folder that nobody may touch."""

    def __init__(self, folder: Path, index: IndexServer, server: FaultyServer) -> None:
        self.folder = folder
        self.index = index
        self.server = server
        self.environment = FakeEnvironment(folder / "environment")
        version = self.environment.library.parent.name
        # Folders of the scheme stay when they become empty, so it has all of them from the start.
        (self.environment.folder / "include" / "site" / version).mkdir(parents=True)
        self.environment.age()
        self.outside = folder / "outside"
        (self.outside / "sub").mkdir(parents=True)
        (self.outside / "KEPT").write_text("kept")
        (folder / "KEPT").write_text("kept")
        self.cache = folder / "cache"
        self._before = (snapshot(self.environment.folder), witness(self.outside))
        self._count = 0

    def deliver(self, row: HostileWheel, way: str) -> list[str]:
        """Try to install a row and return everything that was not as it should be."""
        self._count += 1
        folder = self.folder / "wheels" / str(self._count)
        folder.mkdir(parents=True)
        path = folder / row.filename
        path.write_bytes(row.build())
        stored = self._stored()
        ways: dict[str, Callable[[Path], Ran]] = {
            "path": self._install,
            "file URL": lambda path: self._install(f"app @ {path.as_uri()}"),
            "HTTP": lambda path: self._by_http(
                path, Answer(body=path.read_bytes(), headers=MISLED)
            ),
            "HTTP without ranges": lambda path: self._by_http(
                path, Answer(body=path.read_bytes(), ranges="no")
            ),
            "index": lambda path: self._by_index(path, json_pages=True),
            "HTML index": lambda path: self._by_index(path, json_pages=False),
            "store": lambda path: self._by_index(path, json_pages=True),
        }
        done = ways[way](path)
        problems = self._judge(row, way, done)
        if row.verdict and not row.is_kept and self._stored() != stored:
            problems.append("the cache has kept something of it")
        # Where the index has nothing under that name, an older page of it still counts offline.
        if way == "store" and not problems and self.index.files_of("app"):
            asked = len(self.index.requests)
            words = ("--offline", "--index-url", self.index.simple, "app")
            again = done = self._install(*words)
            problems += self._judge(row, "store, again", again)
            if len(self.index.requests) != asked:
                problems.append("--offline asked the index")
        path.unlink()
        return [f"{problem}\n{done}" for problem in problems]

    def _judge(self, row: HostileWheel, way: str, done: Ran) -> list[str]:
        problems = [*improper(done), *violations(self.environment.folder)]
        if row.verdict:
            if done.code != 1:
                problems.append(f"exit code {done.code} for what has to be refused")
                self.environment.main("uninstall", "-y", "app")
            if way not in {"index", "HTML index", "store", "store, again"} and (
                row.verdict not in done.err
            ):
                problems.append(f"{row.verdict!r} is not said")
        elif done.code:
            problems.append("what has to be accepted is refused")
        else:
            if row.warning and way == "path" and row.warning not in done.err:
                problems.append(f"{row.warning!r} is not said")
            gone = self.environment.main("uninstall", "-y", "app")
            problems += [*improper(gone), *(["uninstall failed"] if gone.code else [])]
        if (snapshot(self.environment.folder), witness(self.outside)) != self._before:
            problems.append("something is left in the environment, or changed outside")
        return problems + [f"left in the cache: {name}" for name in leftovers(self.cache)]

    def _install(self, *words: str | Path) -> Ran:
        more = () if "--index-url" in words else ("--no-index",)
        return self.environment.main("install", "--no-deps", *more, *words)

    def _by_http(self, path: Path, answer: Answer) -> Ran:
        name = path.name.replace("%", "%25")
        url = self.server.on(f"/{self._count}/{name}", answer)
        return self._install(f"app @ {url}")

    def _by_index(self, path: Path, *, json_pages: bool) -> Ran:
        self.index.folder = path.parent
        self.index.json_pages = json_pages
        self.index.told_metadata = {path.name: readable_metadata(path)}
        return self._install("--refresh", "--index-url", self.index.simple, "app")

    def _stored(self) -> int:
        return sum(1 for bucket in self.cache.glob("wheels-*") for _ in bucket.rglob("*"))


def readable_metadata(path: Path) -> bytes:
    """Return METADATA of a wheel, or a good one where it has none that could be read."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.read("app-1.0.dist-info/METADATA") or GOOD_METADATA
    except Exception:  # noqa: BLE001  (zipfile has a dozen ways to fail on these)
        return GOOD_METADATA


@contextlib.contextmanager
def station(folder: Path) -> Iterator[Station]:
    """Run a station; at its end, everything in its cache is verified."""
    (folder / "wheels").mkdir()
    index = IndexServer(folder / "wheels")
    with index.serving(), FaultyServer().serving() as server:
        it = Station(folder, index, server)
        yield it
        done = it.environment.main("cache", "verify", "--deep")
        assert done.code == 0, done
