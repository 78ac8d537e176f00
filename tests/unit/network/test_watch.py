"""The one clock that looks at all connections."""

import time

from tests.kit.servers import Answer, FaultyServer
from xpip.model.options import NetworkOptions
from xpip.model.reporter import SilentReporter
from xpip.network.client import Client
from xpip.network.loop import scheduler, waiting


def test_time_in_which_nobody_looked_does_not_count_against_servers():
    """A person who types a password stops the event loop; the machine may sleep."""
    with FaultyServer().serving() as server:
        url = server.on("/x", Answer(200, b"text", delay=0.4))

        async def work():
            options = NetworkOptions(timeout=0.8, retries=0)
            async with Client(options, SilentReporter()) as client:
                asked = waiting.ensure_future(client.get(url))
                await waiting.sleep(0.2)
                time.sleep(1.2)  # noqa: ASYNC251 - that is the point
                return await asked

        assert scheduler.run(work()).body == b"text"
