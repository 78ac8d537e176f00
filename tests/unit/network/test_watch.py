"""The one clock that looks at all connections."""

import asyncio
import time

from tests.kit.servers import Answer, FaultyServer
from xpip.model.options import NetworkOptions
from xpip.model.reporter import SilentReporter
from xpip.network.client import Client


def test_time_in_which_nobody_looked_does_not_count_against_servers():
    """A person who types a password stops the event loop; the machine may sleep."""
    with FaultyServer().serving() as server:
        url = server.on("/x", Answer(200, b"text", delay=0.4))

        async def work():
            options = NetworkOptions(timeout=0.8, retries=0)
            async with Client(options, SilentReporter()) as client:
                asked = asyncio.ensure_future(client.get(url))
                await asyncio.sleep(0.2)
                time.sleep(1.2)  # noqa: ASYNC251 - that is the point
                return await asked

        assert asyncio.run(work()).body == b"text"
