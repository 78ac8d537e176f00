"""Hosts that cannot be reached: what is said, after how long, and what helps."""

import _socket
import json
import socket
import time

import pytest

from tests.kit.servers import Answer, FaultyServer
from xpip.errors import IndexAccessError
from xpip.model.options import NetworkOptions
from xpip.model.reporter import SilentReporter
from xpip.network.client import Client
from xpip.network.loop import scheduler
from xpip.network.retry import Pace


def get(url, **options):
    async def work():
        chosen = NetworkOptions(**{"retries": 0, "timeout": 5.0, **options})
        async with Client(chosen, SilentReporter(), pace=Pace(first_delay=0.01)) as client:
            return (await client.get(url)).body

    return scheduler.run(work())


def refused(url, **options):
    with pytest.raises(IndexAccessError) as caught:
        get(url, **options)
    return caught.value


@pytest.fixture
def silent():
    """A port where connections are neither taken nor refused: its queue is full."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        waiting = []
        for _ in range(4):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
            waiting.append(one)
        time.sleep(0.1)
        yield port
        for one in waiting:
            one.close()


def test_a_host_that_is_unknown():
    error = refused("https://no-such-host.invalid/simple/", retries=1)
    assert "the host `no-such-host.invalid` is not known" in error.summary
    assert error.details[0].startswith("2 attempts in ")
    assert "--offline" in error.hints[0]


def test_a_port_where_nobody_listens():
    error = refused("http://127.0.0.1:1/")
    assert error.summary.endswith("no connection to `http://127.0.0.1:1`: Connection refused")


def test_a_host_that_does_not_answer_costs_the_timeout_and_no_more(silent):
    begun = time.monotonic()
    error = refused(f"http://127.0.0.1:{silent}/", timeout=0.5, retries=1)
    assert time.monotonic() - begun < 4
    assert "within 0.5 seconds" in error.summary
    assert error.details[0].startswith("2 attempts in ")
    assert "--timeout SECONDS" in error.hints[0]


class TestAddresses:
    """A host with several addresses, of which the first do not work (RFC 8305)."""

    def looked_up(self, monkeypatch, *addresses):
        found = [
            (socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 0))
            for one in addresses
        ]
        known = _socket.getaddrinfo

        def look_up(host, *arguments, **more):
            return found if host == b"two.localhost" else known(host, *arguments, **more)

        monkeypatch.setattr(_socket, "getaddrinfo", look_up)

    def test_a_silent_first_address_costs_a_moment_and_only_once(self, monkeypatch, silent):
        self.looked_up(monkeypatch, "127.0.0.1", "127.0.0.2")
        server = FaultyServer()
        server.port = silent
        with server.serving(host="127.0.0.2"):
            server.on("/x", Answer(200, b"text", close=True))

            async def work():
                options = NetworkOptions(retries=0)
                async with Client(options, SilentReporter()) as client:
                    times = []
                    for _ in range(3):
                        begun = time.monotonic()
                        await client.get(f"http://two.localhost:{silent}/x")
                        times.append(time.monotonic() - begun)
                    return times

            times = scheduler.run(work())
        assert 0.2 < times[0] < 2
        assert max(times[1:]) < 0.2

    def test_a_dead_address_of_the_newer_protocol_costs_nothing(self, monkeypatch):
        self.looked_up(monkeypatch, "::1", "127.0.0.1")
        with FaultyServer().serving() as server:
            server.on("/x", Answer(200, b"text"))
            assert get(f"http://two.localhost:{server.port}/x") == b"text"


def test_at_most_so_many_connections_are_open_at_once(world):
    names = [f"app{number}" for number in range(6)]
    for name in names:
        world.wheel(name, "1.0")
    with FaultyServer().serving() as server:
        for path in world.index.folder.iterdir():
            project = path.name.partition("-")[0]
            row = {"filename": path.name, "url": f"/{path.name}", "hashes": {}}
            page = {"meta": {"api-version": "1.0"}, "name": project, "files": [row]}
            kind = (("Content-Type", "application/vnd.pypi.simple.v1+json"),)
            server.on(f"/simple/{project}/", Answer(200, json.dumps(page).encode(), kind))
            server.on(f"/{path.name}", Answer(200, path.read_bytes(), delay=0.05))
        done = world.xpip(
            "install", "-i", f"{server.url}/simple", "--concurrent-downloads", "2", *names
        )
        assert done.code == 0, done
        assert server.connections() == 2


@pytest.mark.parametrize(
    ("words", "attempts"), [(("--retries", "0"), 1), (("--retries", "1"), 2), ((), 3)]
)
def test_a_command_tries_as_often_as_it_is_told(world, words, attempts):
    with FaultyServer().serving() as server:
        server.on("/simple/app/", Answer(500, b"no"))
        variables = {} if words else {"PIP_RETRIES": "2"}
        done = world.xpip("install", "-i", f"{server.url}/simple", *words, "app", **variables)
        assert done.code == 1
        assert len(server.requests) == attempts
        times = "1 attempt" if attempts == 1 else f"{attempts} attempts"
        assert f"{times} in " in done.err


def test_downloads_that_break_off_have_a_count_of_their_own(world):
    wheel = world.wheel("app", "1.0")
    with FaultyServer().serving() as server:
        page = f'<a href="/{wheel.name}">{wheel.name}</a>'.encode()
        server.on("/simple/app/", Answer(200, page, (("Content-Type", "text/html"),)))
        body = wheel.read_bytes()
        short = Answer(200, body, (("ETag", '"one"'),), cut=40, ranges="yes")
        words = ("install", "-i", f"{server.url}/simple", "--retries", "0", "app")
        # Nothing but whole files, so that metadata come from the wheel.
        server.on(f"/{wheel.name}", short)
        done = world.xpip(*words, "--resume-retries", "1")
        assert done.code == 1, done
        assert "closed before the end of the answer" in done.err


def test_offline_says_what_would_have_been_asked(world):
    done = world.install("app", "--offline")
    assert done.code == 1
    assert "`app` is not in the cache, and no index may be asked" in done.err
    assert "leave out `--offline`" in done.err
    assert world.index.requests == []
