"""Each fault of a server at each position: page, metadata, wheel.

Either the fault passes and the result is right, or there is one error that says what happened, after
how many attempts; and the cache is as if nobody had asked.
"""

import gzip
import hashlib
import json
import time
import zipfile
import zlib

import pytest

from tests.kit.servers import Answer, FaultyServer, redirect, unavailable
from tests.kit.wheels import WheelBuilder
from xpip.errors import XpipError
from xpip.index.client import IndexClient
from xpip.model.options import IndexOptions, NetworkOptions
from xpip.model.reporter import SilentReporter
from xpip.network.client import Client
from xpip.network.loop import scheduler
from xpip.network.retry import Pace
from xpip.store.layout import open_store

NOW = 1_800_000_000.0
PACE = Pace(first_delay=0.01, max_delay=0.02, budget=5.0, window=0.3, minimum_speed=1000)
NAME = "app-1.0-py3-none-any.whl"
POSITIONS = {
    "page": "/simple/app/",
    "metadata": f"/files/{NAME}.metadata",
    "wheel": f"/files/{NAME}",
}
JSON = (("Content-Type", "application/vnd.pypi.simple.v1+json"),)


class Scene:
    """A server with one project, and a cache."""

    def __init__(self, server, folder):
        self.server = server
        self.cache = folder / "cache"
        filler = {f"app/{number}.py": f"{number} " * 500 for number in range(20)}
        wheel = WheelBuilder("app", "1.0", filler, method=0).build(folder)
        self.wheel = wheel.read_bytes()
        with zipfile.ZipFile(wheel) as archive:
            self.metadata = archive.read("app-1.0.dist-info/METADATA")
        row = {
            "filename": NAME,
            "url": POSITIONS["wheel"],
            "hashes": {"sha256": hashlib.sha256(self.wheel).hexdigest()},
            "core-metadata": {"sha256": hashlib.sha256(self.metadata).hexdigest()},
        }
        page = {"meta": {"api-version": "1.0"}, "name": "app", "files": [row]}
        self.page = json.dumps(page).encode()
        self.good = {
            "page": Answer(200, self.page, JSON),
            "metadata": Answer(200, self.metadata),
            "wheel": Answer(200, self.wheel).with_headers(ETag='"one"'),
        }
        for position, answer in self.good.items():
            server.on(POSITIONS[position], answer)

    def spoil(self, position, *answers):
        self.server.on(POSITIONS[position], *answers)

    def attempts(self, position):
        targets = [target.partition("?")[0] for target in self.server.targets()]
        return targets.count(POSITIONS[position])

    def bring(self):
        """Bring the wheel into the cache, by page and metadata."""
        store = open_store(str(self.cache))
        options = NetworkOptions(timeout=0.4, retries=2, resume_retries=2)

        async def work():
            async with Client(options, SilentReporter(), pace=PACE) as client:
                where = IndexOptions((f"{self.server.url}/simple",))
                index = IndexClient(where, client, store, NOW, SilentReporter())
                (page,) = (await index.pages("app")).pages
                await index.metadata(page.files[0])
                wheel = await index.fetch_wheel(page.files[0])
                return wheel.version, wheel.name

        return scheduler.run(work())

    def leftovers(self):
        """Files in the cache that hold a part of the wheel, or will not be found again."""
        return [
            str(path.relative_to(self.cache))
            for folder in ("tmp", "wheels-v*", "files-v*")
            for path in self.cache.glob(f"{folder}/**/*")
            if path.is_file()
        ]


@pytest.fixture
def scene(tmp_path):
    with FaultyServer().serving() as server:
        yield Scene(server, tmp_path)


def broken(good, **changes):
    return good._replace(**changes)


def unresumable(good, **changes):
    return good._replace(headers=(), **changes)


def head(lines, body=b""):
    return Answer(raw=b"HTTP/1.1 200 OK\r\n" + lines + b"\r\n\r\n" + body)


BOMB = gzip.compress(bytes(300 << 20), 9)
ZIPPED = (("Content-Encoding", "gzip"),)
DEFLATED = (("Content-Encoding", "deflate"),)

# name -> (how the good answer is spoilt, what is said, attempts)
LASTING = {
    "500": (lambda _: unavailable(status=500), "the server answered 500", 3),
    "503": (lambda _: unavailable(), "the server answered 503", 3),
    "504": (lambda _: unavailable(status=504), "the server answered 504", 3),
    "429 with a moment": (lambda _: unavailable("0", 429), "the server answered 429", 3),
    "429 negative": (lambda _: unavailable("-1", 429), "the server answered 429", 3),
    "429 garbage": (lambda _: unavailable("soon", 429), "the server answered 429", 3),
    "401": (lambda _: Answer(401, b"no"), "the server answered 401", 1),
    "403": (lambda _: Answer(403, b"no"), "the server answered 403", 1),
    "451": (lambda _: Answer(451, b"no"), "the server answered 451", 1),
    "418": (lambda _: Answer(418, b"no"), "the server answered 418", 1),
    "no answer": (lambda good: broken(good, delay=1.0), "no answer for 0.4 seconds", 3),
    "reset at once": (lambda _: Answer(raw=b""), "closed before the end of the answer", 3),
    "cut at half": (
        lambda good: unresumable(good, cut=len(good.body) // 2), "closed before the end of the answer", 3),
    "cut at the last byte": (
        lambda good: unresumable(good, cut=len(good.body) - 1), "closed before the end of the answer", 3),
    "reset at half": (
        lambda good: unresumable(good, cut=len(good.body) // 2, reset=True), "closed before the end", 3),
    "drip": (lambda good: broken(good, drip=0.02), "less than 1000 bytes a second", 3),
    "length too large": (
        lambda good: broken(good, length=len(good.body) + 5, cut=len(good.body)), "closed before the end", 3),
    "negative length": (lambda good: broken(good, length=-1), "malformed Content-Length", 1),
    "two lengths": (
        lambda _: head(b"Content-Length: 3\r\nContent-Length: 4", b"abcd"), "malformed Content-Length", 1),
    "length and chunks": (
        lambda _: head(b"Content-Length: 3\r\nTransfer-Encoding: chunked", b"0\r\n\r\n"),
        "both Content-Length and Transfer-Encoding", 1),
    "bad chunks": (lambda _: head(b"Transfer-Encoding: chunked", b"xyz\r\nabc"), "malformed chunk", 1),
    "huge head": (lambda _: head(b"X: " + b"y" * 1_000_000), "head is larger than", 1),
    "many headers": (lambda _: head(b"\r\n".join([b"X: y"] * 500)), "header lines", 1),
    "interim storm": (
        lambda _: Answer(raw=b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1000), "interim answers only", 1),
    "no HTTP": (lambda _: Answer(raw=b"SSH-2.0-x\r\n\r\n"), "is not HTTP/1.1", 1),
    "redirects in circles": (lambda _: redirect("?again"), "redirects in circles", 11),
    "redirect to a file": (lambda _: redirect("file:///etc/passwd"), "redirects to something", 1),
    "redirect to plain http": (lambda _: redirect("http://index.invalid/x"), "is plain http", 1),
    "redirect to nonsense": (lambda _: redirect("http://[/"), "redirects to something", 1),
    "gzip that is none": (
        lambda good: broken(good, headers=good.headers + ZIPPED), "is not valid gzip data", 1),
    "gzip that ends early": (
        lambda good: broken(good, body=gzip.compress(good.body)[:-9], headers=good.headers + ZIPPED),
        "not complete gzip data", 1),
    "gzip bomb": (lambda good: broken(good, body=BOMB, headers=good.headers + ZIPPED), "", 1),
    "coding that nobody asked for": (
        lambda good: broken(good, headers=(*good.headers, ("Content-Encoding", "br"))), "coded as `br`", 1),
    "codings on codings": (
        lambda good: broken(good, headers=(*good.headers, ("Content-Encoding", "gzip, gzip"))), "coded as", 1),
}  # fmt: skip


@pytest.mark.parametrize(
    ("fault", "position"),
    [
        (fault, position)
        for fault in LASTING
        for position in POSITIONS
        # Some stores of files answer 403 for what is not there.
        if (fault, position) != ("403", "metadata")
    ],
)
def test_a_lasting_fault_is_one_error_and_leaves_nothing(scene, fault, position):
    spoil, said, attempts = LASTING[fault]
    if fault == "drip" and position != "wheel":
        scene.good[position] = scene.good[position]._replace(body=scene.good[position].body * 4)
    scene.spoil(position, spoil(scene.good[position]))
    begun = time.monotonic()
    with pytest.raises(XpipError) as caught:
        scene.bring()
    assert time.monotonic() - begun < 10
    error = caught.value
    assert said in " ".join((error.summary, *error.details)), error.details
    assert "127.0.0.1" in f"{error.summary} {error.details}" or NAME in error.summary
    # A connection that was open already and ends at once may have been idle for too long.
    again = fault == "reset at once" and position != "page"
    assert scene.attempts(position) == attempts + again
    if attempts in (2, 3):
        assert f"{attempts} attempts in " in " ".join(error.details)
    assert scene.leftovers() == []


def test_metadata_that_are_withheld_are_read_from_the_wheel(scene):
    scene.spoil("metadata", Answer(403, b"no"))
    assert scene.bring() == ("1.0", "app")


PASSING = {
    "503 twice": lambda good: (unavailable(), unavailable(), good),
    "429 with seconds": lambda good: (unavailable("0", 429), good),
    "429 with a date": lambda good: (unavailable("Sat, 21 Nov 2026 00:00:00 GMT", 429), good),
    "429 with garbage": lambda good: (unavailable("1e9 NaN", 429), good),
    "reset before the head": lambda good: (Answer(raw=b""), good),
    "cut at half": lambda good: (broken(good, cut=len(good.body) // 2), good),
    "cut twice": lambda good: (
        broken(good, cut=len(good.body) // 3), broken(good, cut=len(good.body) // 3), good),
    "resumed at the wrong place": lambda good: (
        broken(good, cut=len(good.body) // 2), broken(good, ranges="wrong"), good),
    "changed meanwhile": lambda good: (
        broken(good, cut=len(good.body) // 2), broken(good, ranges="changed"), good),
    "silent, then there": lambda good: (broken(good, delay=1.0), good),
    "redirected": lambda good: (redirect("?elsewhere"), good),
    "redirected for ever": lambda good: (redirect("?elsewhere", 308), good),
    "in chunks": lambda good: (broken(good, chunks=(good.body[:7], good.body[7:])),),
    "until the end": lambda good: (broken(good, length=""),),
    "zipped": lambda good: (
        broken(good, body=gzip.compress(good.body), headers=good.headers + ZIPPED),),
    "deflated": lambda good: (
        broken(good, body=zlib.compress(good.body), headers=good.headers + DEFLATED),),
    "closed without a word": lambda good: (broken(good, close=True),),
}  # fmt: skip


@pytest.mark.parametrize("position", POSITIONS)
@pytest.mark.parametrize("fault", PASSING)
def test_a_passing_fault_leaves_no_trace_in_the_result(scene, fault, position):
    scene.spoil(position, *PASSING[fault](scene.good[position]))
    version, name = scene.bring()
    assert (version, name) == ("1.0", "app")
    assert not [path for path in scene.leftovers() if path.startswith("tmp")]


def test_a_download_goes_on_where_it_broke_off(scene):
    good = scene.good["wheel"]
    scene.spoil("wheel", broken(good, cut=5000), good)
    scene.bring()
    asked = [one for one in scene.server.requests if one.target == POSITIONS["wheel"]]
    assert [one.headers.get("range") for one in asked] == [None, "bytes=5000-"]
    assert asked[1].headers["if-range"] == '"one"'


WRONG_CONTENT = {
    "login page as wheel": (
        "wheel", Answer(200, b"<!doctype html><title>Sign in</title>", (("Content-Type", "text/html"),)),
        ("not a wheel but a web page", "login page")),
    "half a wheel with half the length": ("wheel", None, ("sha256",)),
    "login page as page": (
        "page", Answer(200, b"<html><form action=/login><input type=password></form></html>", (("Content-Type", "text/html"),)), ("login",)),
    "text as page": ("page", Answer(200, b"hello", (("Content-Type", "text/plain"),)), ("text/plain",)),
    "broken JSON": ("page", Answer(200, b'{"files": [', JSON), ("JSON",)),
    "deep JSON": ("page", Answer(200, b"[" * 100_000, JSON), ("JSON",)),
    "a later version of the format": (
        "page", Answer(200, b'{"meta": {"api-version": "2.0"}, "files": []}', JSON), ("2.0",)),
    "metadata that is not the announced": ("metadata", Answer(200, b"Name: other\n"), ("sha256",)),
}  # fmt: skip


@pytest.mark.parametrize("fault", WRONG_CONTENT)
def test_what_is_not_the_promised_thing_is_refused(scene, fault):
    position, answer, said = WRONG_CONTENT[fault]
    good = scene.good[position]
    scene.spoil(position, answer or broken(good, body=good.body[: len(good.body) // 2]))
    with pytest.raises(XpipError) as caught:
        scene.bring()
    error = caught.value
    text = " ".join((error.summary, *error.details, *error.hints))
    for fragment in said:
        assert fragment.lower() in text.lower(), text
    assert scene.leftovers() == []
