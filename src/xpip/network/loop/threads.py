"""Threads for functions that would stop the loop: file systems, name look-ups, build backends."""

from __future__ import annotations

from _queue import Empty, SimpleQueue
from _thread import start_new_thread
from time import monotonic

from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from xpip.network.loop.futures import Future

    Job = tuple[Future[Any], Callable[..., Any], tuple[Any, ...]]


class ThreadPool:
    """Up to so many threads, each started when there is more to do than those before it can do.

    `threading` and `concurrent.futures` are not used: they take 15 ms to import. Python does not
    wait for these threads at its end, so whoever makes a pool closes it.
    """

    def __init__(self, limit: int) -> None:
        """Prepare; no thread is started yet."""
        self._limit = limit
        self._started = 0
        self._unfinished = 0
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._ended: SimpleQueue[None] = SimpleQueue()

    def submit(
        self, future: Future[Any], act: Callable[..., Any], arguments: tuple[Any, ...]
    ) -> None:
        """Have a function called in a thread and its result put into a future of this thread."""
        self._unfinished += 1
        self._jobs.put((future, act, arguments))
        if self._unfinished > self._started and self._started < self._limit:
            try:
                start_new_thread(self._work, ())
            except RuntimeError:
                # The system allows no more; those that there are have to do.
                if not self._started:
                    raise
            else:
                self._started += 1

    def close(self, patience: float | None = None) -> None:
        """End all threads and wait for what they still do; what is not begun never is.

        Args:
            patience: Seconds after which they are left to themselves; None for none.
        """
        while not self._jobs.empty():
            self._jobs.get()
        for _ in range(self._started):
            self._jobs.put(None)
        end = None if patience is None else monotonic() + patience
        for _ in range(self._started):
            try:
                self._ended.get(timeout=None if end is None else max(0.0, end - monotonic()))
            except Empty:
                break
        self._started = 0

    def _work(self) -> None:
        try:
            while self._do_next():
                pass
        finally:
            self._ended.put(None)

    def _do_next(self) -> bool:
        """Do one job; False when there will be no more."""
        job = self._jobs.get()
        if job is None:
            return False
        future, act, arguments = job
        result = failure = None
        if not future.done():
            try:
                result = act(*arguments)
            except BaseException as error:  # noqa: BLE001 - told to whoever waits
                failure = error
        future.loop.call_soon_threadsafe(self._deliver, future, result, failure)
        return True

    def _deliver(self, future: Future[Any], result: Any, failure: BaseException | None) -> None:
        self._unfinished -= 1
        if future.done():
            return
        if failure is None:
            future.set_result(result)
        else:
            future.set_exception(failure)
