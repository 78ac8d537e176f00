"""The loop itself: what is ready, what the clock or a socket makes ready, and how it all ends.

An interrupt (Ctrl-C) and SIGTERM are left to Python, which raises `KeyboardInterrupt` or what the
handler raises wherever the program is: in a task, in the loop or while it waits. `run` then cancels
all tasks, has them end, and raises it again.
"""

from __future__ import annotations

import os
import select
import sys
from _thread import _local, allocate_lock
from heapq import heappop, heappush
from time import monotonic

from xpip.model.records import TYPE_CHECKING
from xpip.network.loop.futures import Future, Task

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Callable, Coroutine
    from typing import Any, TypeVar

    from xpip.network.loop.threads import ThreadPool

    Result = TypeVar("Result")
else:
    from _collections import deque  # `collections` takes 2 ms to import.

    Result = None

MAX_THREADS = 32
"""How many functions may run in threads of the loop's own at a time."""
PATIENCE = 1.0
"""Seconds that the end of a loop waits for threads: a look-up of a name may take half a minute."""

_running = _local()


class Timer:
    """Something that is to be called at a time."""

    __slots__ = ("_act", "_arguments")

    def __init__(self, act: Callable[..., object], arguments: tuple[Any, ...]) -> None:
        self._act: Callable[..., object] | None = act
        self._arguments = arguments

    def cancel(self) -> None:
        """Have it not called."""
        self._act = None

    def ring(self) -> None:
        """Call it unless it was cancelled."""
        if self._act is not None:
            self._act(*self._arguments)


class EventLoop:
    """Calls what is ready, in the order in which it became ready, and waits when nothing is."""

    def __init__(self) -> None:
        """Prepare a loop; `run` makes and runs one."""
        self.current: Task[Any] | None = None
        """The task whose step runs."""
        self.tasks: set[Task[Any]] = set()
        """Those that have not ended."""
        self.untold: set[Future[Any]] = set()
        """Those that have failed, and nobody knows."""
        self._ready: deque[tuple[Callable[..., object], tuple[Any, ...]]] = deque()
        self._timers: list[tuple[float, int, Timer]] = []
        self._timer_number = 0
        self._poller = select.poll()
        self._readers: dict[int, Callable[[], object]] = {}
        self._writers: dict[int, Callable[[], object]] = {}
        self._threads: ThreadPool | None = None
        self._lock = allocate_lock()
        self._is_closed = False
        self._bell, self._bell_rope = os.pipe()
        """Other threads wake the loop by a byte in this pipe."""
        os.set_blocking(self._bell, False)
        os.set_blocking(self._bell_rope, False)
        self.add_reader(self._bell, self._hear_bell)

    def time(self) -> float:
        """Return seconds of the clock that timers go by."""
        return monotonic()

    def create_future(self) -> Future[Any]:
        """Return a future of this loop."""
        return Future(self)

    def create_task(self, coroutine: Coroutine[Any, Any, Result]) -> Task[Result]:
        """Return a task that runs a coroutine."""
        return Task(coroutine, self)

    def call_soon(self, act: Callable[..., object], *arguments: Any) -> None:
        """Have something called in the next turn."""
        self._ready.append((act, arguments))

    def call_later(self, seconds: float, act: Callable[..., object], *arguments: Any) -> Timer:
        """Have something called after some seconds, never before."""
        timer = Timer(act, arguments)
        self._timer_number += 1
        heappush(self._timers, (monotonic() + seconds, self._timer_number, timer))
        return timer

    def call_soon_threadsafe(self, act: Callable[..., object], *arguments: Any) -> None:
        """Have something called in the next turn, from any thread; nothing if the loop is gone."""
        with self._lock:
            if self._is_closed:
                return
            self._ready.append((act, arguments))
            try:
                os.write(self._bell_rope, b"\0")
            except BlockingIOError:
                pass  # The pipe is full of bytes that will wake the loop.

    def run_in_executor(
        self, threads: ThreadPool | None, act: Callable[..., Result], *arguments: Any
    ) -> Future[Result]:
        """Return the future result of a function that runs in a thread.

        Args:
            threads: None for the loop's own.
        """
        if threads is None:
            if self._threads is None:
                from xpip.network.loop.threads import ThreadPool

                self._threads = ThreadPool(MAX_THREADS)
            threads = self._threads
        future: Future[Result] = Future(self)
        threads.submit(future, act, arguments)
        return future

    # Sockets.

    def add_reader(self, descriptor: int, act: Callable[[], object]) -> None:
        """Have something called whenever there is something to be read, until it is removed."""
        self._readers[descriptor] = act
        self._watch(descriptor)

    def remove_reader(self, descriptor: int) -> None:
        """Take that back."""
        if self._readers.pop(descriptor, None) is not None:
            self._watch(descriptor)

    def add_writer(self, descriptor: int, act: Callable[[], object]) -> None:
        """Have something called whenever something can be written, until it is removed."""
        self._writers[descriptor] = act
        self._watch(descriptor)

    def remove_writer(self, descriptor: int) -> None:
        """Take that back."""
        if self._writers.pop(descriptor, None) is not None:
            self._watch(descriptor)

    def _watch(self, descriptor: int) -> None:
        events = select.POLLIN if descriptor in self._readers else 0
        if descriptor in self._writers:
            events |= select.POLLOUT
        if events:
            self._poller.register(descriptor, events)
        else:
            self._poller.unregister(descriptor)

    def _hear_bell(self) -> None:
        os.read(self._bell, 4096)

    # Running.

    def run_until_done(self, task: Task[Any]) -> None:
        """Run until a task has ended."""
        while not task.done():
            self._turn()

    def _turn(self) -> None:
        for descriptor, event in self._poller.poll(self._milliseconds()):
            # An error or a hang-up is for whoever is there to find out.
            if event != select.POLLOUT:
                reader = self._readers.get(descriptor)
                if reader is not None:
                    reader()
            if event != select.POLLIN:
                writer = self._writers.get(descriptor)
                if writer is not None:
                    writer()
        timers = self._timers
        if timers:
            now = monotonic()
            while timers and timers[0][0] <= now:
                self._ready.append((heappop(timers)[2].ring, ()))
        ready = self._ready
        # What becomes ready meanwhile waits for the next turn, so that sockets get theirs.
        for _ in range(len(ready)):
            act, arguments = ready.popleft()
            act(*arguments)

    def _milliseconds(self) -> float | None:
        """Return how long to wait, None for until something happens; `poll` rounds it up."""
        if self._ready:
            return 0
        if not self._timers:
            return None
        return max(0.0, (self._timers[0][0] - monotonic()) * 1000)

    def cancel_all(self) -> None:
        """Cancel all tasks and have them end, with those that they begin meanwhile."""
        while self.tasks:
            tasks = [*self.tasks]
            for task in tasks:
                task.cancel()
                # What interrupted the loop may have struck between taking a step from the queue
                # and doing it.
                task.step_again()
            while not all(task.done() for task in tasks):
                self._turn()

    def close(self) -> None:
        """Let go of threads and descriptors, and report failures that nobody has asked for."""
        for future in [*self.untold]:
            error = future.exception()
            if error is not None:
                sys.excepthook(type(error), error, error.__traceback__)
        if self._threads is not None:
            self._threads.close(PATIENCE)
        with self._lock:
            self._is_closed = True
            os.close(self._bell)
            os.close(self._bell_rope)


def get_running_loop() -> EventLoop:
    """Return the loop that runs in this thread.

    Raises:
        RuntimeError: There is none.
    """
    loop: EventLoop | None = getattr(_running, "loop", None)
    if loop is None:
        raise RuntimeError("no event loop runs in this thread")
    return loop


def is_running() -> bool:
    """Say whether a loop runs in this thread."""
    return getattr(_running, "loop", None) is not None


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """Return the result of a coroutine that runs in a loop of its own.

    Whatever it began and did not wait for is cancelled at the end.
    """
    if is_running():
        work.close()
        raise RuntimeError("an event loop runs in this thread already")
    loop = _running.loop = EventLoop()
    try:
        main = loop.create_task(work)
        try:
            loop.run_until_done(main)
        finally:
            loop.cancel_all()
        return main.result()
    finally:
        _running.loop = None
        loop.close()
