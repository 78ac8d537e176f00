"""What coroutines wait for when they wait for each other."""

from __future__ import annotations

from xpip.model.records import TYPE_CHECKING
from xpip.network.loop.futures import CancelledError
from xpip.network.loop.scheduler import get_running_loop

if TYPE_CHECKING:
    from collections import deque

    from xpip.network.loop.futures import Future
else:
    from _collections import deque


class Event:
    """Something that has happened or not."""

    def __init__(self) -> None:
        """Begin as not happened."""
        self._is_set = False
        self._waiters: list[Future[None]] = []

    def is_set(self) -> bool:
        """Say whether it has happened."""
        return self._is_set

    def set(self) -> None:
        """Note that it has happened, and wake all who wait for it."""
        self._is_set = True
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            waiter.wake()

    def clear(self) -> None:
        """Have it happen again."""
        self._is_set = False

    async def wait(self) -> None:
        """Return when it has happened."""
        if self._is_set:
            return
        waiter: Future[None] = get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            await waiter
        except CancelledError:
            if waiter in self._waiters:
                self._waiters.remove(waiter)
            raise


class Semaphore:
    """So many may be inside at a time; the others get in in the order in which they came."""

    def __init__(self, places: int = 1) -> None:
        """Begin with nobody inside."""
        self._free = places
        self._waiters: deque[Future[None]] = deque()

    async def __aenter__(self) -> None:
        if self._free:
            self._free -= 1
            return
        waiter: Future[None] = get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            # Who leaves hands its place over, so that nobody who comes later can snatch it.
            await waiter
        except CancelledError:
            if waiter.cancelled():
                self._waiters.remove(waiter)
            else:
                self._leave()
            raise

    async def __aexit__(self, *_: object) -> None:
        self._leave()

    def _leave(self) -> None:
        for waiter in self._waiters:
            if not waiter.done():
                self._waiters.remove(waiter)
                waiter.set_result(None)
                return
        self._free += 1


class Lock(Semaphore):
    """One may be inside at a time."""

    def __init__(self) -> None:
        """Begin with nobody inside."""
        super().__init__(1)
