"""A server, a store, and a client over both."""

import pytest

from tests.kit.servers import FaultyServer
from xpip.index.client import IndexClient
from xpip.model.options import IndexOptions, NetworkOptions
from xpip.model.reporter import SilentReporter
from xpip.network.client import Client
from xpip.network.loop import scheduler
from xpip.network.retry import Pace
from xpip.store.layout import open_store

NOW = 1_800_000_000.0
QUICK = Pace(first_delay=0.01, max_delay=0.02, budget=2.0)


class Warnings(SilentReporter):
    """Keeps what is told."""

    def __init__(self):
        self.told = []

    def warning(self, text):
        self.told.append(text)


class Bench:
    """Runs acts against one store, each with a fresh client as a new process would have it."""

    def __init__(self, server, store, tmp_path):
        self.server = server
        self.store = store
        self.folder = tmp_path
        self.reporter = Warnings()
        self.now = NOW

    @property
    def index_url(self):
        return self.server.url + "/simple"

    def run(self, act, *, network=None, **options):
        """Run `act(index_client)`; `options` are those of IndexOptions."""
        chosen = IndexOptions(**{"indexes": (self.index_url,), **options})
        connection = NetworkOptions(**{"retries": 1, "timeout": 1.0, **(network or {})})

        async def work():
            if chosen.offline:
                return await act(IndexClient(chosen, None, self.store, self.now, self.reporter))
            async with Client(connection, self.reporter, pace=QUICK) as client:
                return await act(IndexClient(chosen, client, self.store, self.now, self.reporter))

        return scheduler.run(work())

    def pages(self, project, **options):
        return self.run(lambda client: client.pages(project), **options)

    def metadata(self, file, **options):
        async def act(client):
            return (await client.metadata(file)).core

        return self.run(act, **options)

    def fetch(self, file, expected=(), **options):
        return self.run(lambda client: client.fetch_wheel(file, expected), **options)


@pytest.fixture
def bench(tmp_path):
    with FaultyServer().serving() as server:
        yield Bench(server, open_store(str(tmp_path / "cache")), tmp_path)
