"""Work that may need servers: without an event loop and a client until it does.

The loop and the client take 5 ms to import, ssl another 15: together as long as resolving from the
store. So such work is a coroutine that is run by hand first. Before it does anything that needs a
loop it awaits `event_loop`, which has whoever runs it go on inside of one.
"""

from __future__ import annotations

import sys
from time import monotonic

from xpip.model.records import TYPE_CHECKING, Generic

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Generator
    from typing import Any, TypeVar

    from xpip.network.client import Client

    Result = TypeVar("Result")
else:
    Result = None


async def event_loop() -> None:
    """Go on in an event loop."""
    if not has_event_loop():
        await _Move()


def has_event_loop() -> bool:
    """Say whether an event loop runs what is running."""
    scheduler = sys.modules.get("xpip.network.loop.scheduler")
    return scheduler is not None and scheduler.is_running()


def run_on_demand(
    work: Callable[[Client], Coroutine[Any, Any, Result]], make_client: Callable[[], Client]
) -> Result:
    """Return what the work returns; it awaits `event_loop` before it waits for anything.

    Args:
        work: Gets something that becomes a client when it is first used.
        make_client: Called at most once, in the event loop.
    """
    network = _ClientOnDemand(make_client)
    stand_in: Any = network
    begun: Begun[Result] = Begun(work(stand_in))
    if begun.results:
        return begun.results[0]
    from xpip.network.loop.scheduler import run

    async def go_on() -> Result:
        try:
            return await begun
        finally:
            await network.close_if_made()

    return run(go_on())


class Begun(Generic[Result]):
    """A coroutine that was run until it was done or needed an event loop.

    It is awaited for the rest.
    """

    def __init__(self, work: Coroutine[Any, Any, Result]) -> None:
        """Run; outside of an event loop only."""
        self._steps = work.__await__()
        self.results: list[Result] = []
        """What the coroutine returned; empty while there is a rest."""
        try:
            next(self._steps)
        except StopIteration as done:
            self.results.append(done.value)

    def __await__(self) -> Generator[Any, None, Result]:
        return self._steps


class Deadline:
    """A time by which work has to be done."""

    def __init__(self, seconds: float) -> None:
        """Begin to count."""
        self._end = monotonic() + seconds

    def is_over(self) -> bool:
        """Say whether the time is up."""
        return monotonic() >= self._end

    async def keep(self, work: Coroutine[Any, Any, None]) -> None:
        """Do some work, cancelled when the time is up while it waits in an event loop."""
        if not has_event_loop():
            begun = Begun(work)
            if begun.results:
                return
            await event_loop()
            work = _rest_of(begun)
        from xpip.network.loop.waiting import wait_for

        try:
            await wait_for(work, self._end - monotonic())
        except TimeoutError:
            pass


async def _rest_of(begun: Begun[None]) -> None:
    await begun


class _Move:
    """Asks whoever runs the coroutine for an event loop."""

    def __await__(self) -> Generator[None, None, None]:
        yield


class _ClientOnDemand:
    """Becomes a client when something of it is used."""

    def __init__(self, make: Callable[[], Client]) -> None:
        self._make = make
        self._made: Client | None = None

    def __getattr__(self, name: str) -> Any:
        if self._made is None:
            self._made = self._make()
        return getattr(self._made, name)

    async def close_if_made(self) -> None:
        """Close the client if there is one."""
        if self._made is not None:
            await self._made.__aexit__()
