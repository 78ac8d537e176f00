"""Waiting for several things, for a time, or for something that must not be disturbed."""

from __future__ import annotations

from xpip.model.records import TYPE_CHECKING
from xpip.network.loop.futures import CancelledError, Future, Task
from xpip.network.loop.scheduler import get_running_loop

if TYPE_CHECKING:
    from collections.abc import Awaitable, Coroutine, Generator, Iterable
    from typing import Any, Literal, TypeVar, overload

    Result = TypeVar("Result")

ALL_COMPLETED, FIRST_COMPLETED = "ALL_COMPLETED", "FIRST_COMPLETED"


def current_task() -> Task[Any] | None:
    """Return the task whose step runs."""
    return get_running_loop().current


def ensure_future(work: Awaitable[Result]) -> Future[Result]:
    """Return a future as it is, and a new task for a coroutine."""
    if isinstance(work, Future):
        return work
    coroutine: Coroutine[Any, Any, Result] = work  # type: ignore[assignment]
    return Task(coroutine, get_running_loop())


class _Turn:
    """Lets all others have a turn."""

    def __await__(self) -> Generator[None, None, None]:
        yield


async def sleep(seconds: float) -> None:
    """Return after some seconds; 0 lets all who are ready go first."""
    if seconds <= 0:
        await _Turn()
        return
    loop = get_running_loop()
    waiter: Future[None] = loop.create_future()
    timer = loop.call_later(seconds, waiter.wake)
    try:
        await waiter
    finally:
        timer.cancel()


async def wait_for(work: Awaitable[Result], timeout: float) -> Result:
    """Return the result of some work that is cancelled after some seconds.

    It is waited for in that case, too: nothing of it goes on afterwards.

    Raises:
        TimeoutError: The time was over.
    """
    loop = get_running_loop()
    future = ensure_future(work)
    task = loop.current
    assert task is not None
    requests = task.cancel_requests
    expired = False

    def expire() -> None:
        nonlocal expired
        expired = future.cancel()

    timer = None
    if timeout > 0:
        timer = loop.call_later(timeout, expire)
    elif not future.done():
        expire()
    try:
        # Who cancels the task cancels the work with it, because the task waits for nothing else.
        return await future
    except CancelledError:
        if not expired or task.cancel_requests != requests:
            raise
        raise TimeoutError from None
    finally:
        if timer is not None:
            timer.cancel()


def shield(work: Awaitable[Result]) -> Future[Result]:
    """Return a future with the result of some work that goes on when the future is cancelled."""
    inner = ensure_future(work)
    if inner.done():
        return inner
    outer: Future[Result] = inner.loop.create_future()

    def pass_on(_: Future[Result]) -> None:
        if outer.done():
            _note_told(inner)
        elif inner.cancelled():
            outer.cancel()
        else:
            error = inner.exception()
            if error is None:
                outer.set_result(inner.result())
            else:
                outer.set_exception(error)

    inner.add_done_callback(pass_on)
    return outer


async def wait(
    futures: Iterable[Future[Result]],
    *,
    timeout: float | None = None,
    return_when: str = ALL_COMPLETED,
) -> tuple[set[Future[Result]], set[Future[Result]]]:
    """Return what is done and what is not, once all or the first are done or the time is over.

    Nothing is cancelled and no failure raised.

    Args:
        timeout: Seconds; None for any time.
    """
    every = set(futures)
    waiting = [future for future in every if not future.done()]
    if return_when == FIRST_COMPLETED:
        if waiting and len(waiting) == len(every):
            await _until(1, waiting, timeout)
    elif waiting:
        await _until(len(waiting), waiting, timeout)
    done = {future for future in every if future.done()}
    return done, every - done


async def _until(left: int, futures: list[Future[Any]], timeout: float | None) -> None:
    """Return once so many futures are done or the time is over."""
    loop = get_running_loop()
    waiter: Future[None] = loop.create_future()

    def note(_: Future[Any]) -> None:
        nonlocal left
        left -= 1
        if not left:
            waiter.wake()

    for future in futures:
        future.add_done_callback(note)
    timer = None if timeout is None else loop.call_later(timeout, waiter.wake)
    try:
        await waiter
    finally:
        if timer is not None:
            timer.cancel()
        for future in futures:
            future.remove_done_callback(note)


class _Gathered(Future["list[Any]"]):
    """The results of several futures, in their order."""

    __slots__ = ("_children", "_is_cancelling", "_left", "_returns_failures")

    def __init__(self, children: list[Future[Any]], *, returns_failures: bool) -> None:
        super().__init__(get_running_loop())
        self._children = children
        self._left = len(children)
        self._returns_failures = returns_failures
        self._is_cancelling = False
        for child in children:
            child.add_done_callback(self._note)
        if not children:
            self.set_result([])

    def cancel(self) -> bool:
        """Cancel all that is not done; this is cancelled when they are."""
        if self.done():
            return False
        cancelled = [child.cancel() for child in self._children]
        self._is_cancelling = any(cancelled)
        return self._is_cancelling or super().cancel()

    def _note(self, child: Future[Any]) -> None:
        self._left -= 1
        if self.done():
            _note_told(child)
            return
        if self._returns_failures:
            if not self._left:
                self._end(self._is_cancelling, [_outcome_of(one) for one in self._children])
        elif child.cancelled():
            super().cancel()
        elif (error := child.exception()) is not None:
            self.set_exception(error)
        elif not self._left:
            self._end(self._is_cancelling, [one.result() for one in self._children])

    def _end(self, is_cancelled: bool, results: list[Any]) -> None:
        if is_cancelled:
            super().cancel()
        else:
            self.set_result(results)


def _note_told(future: Future[Any]) -> None:
    """Count a failure that nobody waits for any more as told."""
    if not future.cancelled():
        future.exception()


def _outcome_of(future: Future[Any]) -> Any:
    if future.cancelled():
        return CancelledError()
    error = future.exception()
    return future.result() if error is None else error


if TYPE_CHECKING:

    @overload
    def gather(
        *works: Awaitable[Result], return_exceptions: Literal[False] = False
    ) -> Future[list[Result]]: ...

    @overload
    def gather(
        *works: Awaitable[Result], return_exceptions: bool
    ) -> Future[list[Result | BaseException]]: ...


def gather(*works: Awaitable[Any], return_exceptions: bool = False) -> Future[Any]:
    """Return a future of all results, in the order of what is given.

    The first failure is that of the future; the others go on. Cancelling the future cancels them
    all.

    Args:
        return_exceptions: Failures and cancellations stand among the results.
    """
    children = [ensure_future(work) for work in works]
    return _Gathered(children, returns_failures=return_exceptions)
