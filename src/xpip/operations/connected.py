"""One event loop and one network client for a piece of work that asks indexes."""

from __future__ import annotations

from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any, TypeVar

    from xpip.model.reporter import Reporter
    from xpip.network.client import Client
    from xpip.operations.resolve import Access

    Result = TypeVar("Result")


def run_connected(
    work: Callable[[Client | None], Coroutine[Any, Any, Result]],
    access: Access,
    reporter: Reporter,
) -> Result:
    """Return what the work returns; it gets no client where nobody may be connected to."""
    from xpip.network.client import Client
    from xpip.network.loop.scheduler import run

    async def connected() -> Result:
        if access.locations.offline:
            return await work(None)
        logins = None if access.find_logins is None else access.find_logins(reporter)
        async with Client(access.network, reporter, logins) as network:
            return await work(network)

    return run(connected())


def run_when_needed(
    work: Callable[[Client | None], Coroutine[Any, Any, Result]],
    access: Access,
    reporter: Reporter,
) -> Result:
    """Return what the work returns, without a loop and a client where it needs none.

    Args:
        work: Awaits `network.on_demand.event_loop` before it waits for anything.
    """
    from xpip.network.on_demand import run_on_demand

    def make() -> Client:
        from xpip.network.client import Client

        logins = None if access.find_logins is None else access.find_logins(reporter)
        return Client(access.network, reporter, logins)

    def begin(network: Client) -> Coroutine[Any, Any, Result]:
        return work(None if access.locations.offline else network)

    return run_on_demand(begin, make)
