"""Results that come later, and coroutines that wait for them."""

from __future__ import annotations

from xpip.model.records import TYPE_CHECKING, Generic

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Generator
    from typing import Any, TypeVar

    from xpip.network.loop.scheduler import EventLoop

    Result = TypeVar("Result")
else:
    Result = None

_PENDING, _FINISHED, _CANCELLED = 0, 1, 2


class CancelledError(BaseException):
    """Raised where cancelled work waits, and by whoever asks for its result."""


class Future(Generic[Result]):
    """A result or a failure that comes later; it is awaited, or tells its callbacks."""

    __slots__ = ("_callbacks", "_error", "_result", "_state", "_traceback", "loop")

    def __init__(self, loop: EventLoop) -> None:
        """Begin without a result."""
        self.loop = loop
        self._state = _PENDING
        self._callbacks: list[Callable[[Any], object]] = []
        self._error: BaseException | None = None

    def done(self) -> bool:
        """Say whether there is a result or a failure, or it was cancelled."""
        return self._state != _PENDING

    def cancelled(self) -> bool:
        """Say whether it was cancelled."""
        return self._state == _CANCELLED

    def result(self) -> Result:
        """Return the result.

        Raises:
            CancelledError: It was cancelled.
            RuntimeError: It is not done.
            BaseException: What it failed with.
        """
        if self._state == _FINISHED:
            if self._error is None:
                return self._result
            self.loop.untold.discard(self)
            # Each raise would add its frames to the traceback of the last one.
            raise self._error.with_traceback(self._traceback)
        raise self._not_finished()

    def exception(self) -> BaseException | None:
        """Return what it failed with, None when it has a result; it counts as told then.

        Raises:
            CancelledError: It was cancelled.
            RuntimeError: It is not done.
        """
        if self._state != _FINISHED:
            raise self._not_finished()
        if self._error is not None:
            self.loop.untold.discard(self)
        return self._error

    def _not_finished(self) -> BaseException:
        if self._state == _CANCELLED:
            return CancelledError()
        return RuntimeError("the future is not done")

    def set_result(self, result: Result) -> None:
        """Finish with a result."""
        self._ensure_pending()
        self._result = result
        self._finish(_FINISHED)

    def set_exception(self, error: BaseException) -> None:
        """Finish with a failure; one that nobody asks for is reported when the loop ends."""
        self._ensure_pending()
        self._error = error
        self._traceback = error.__traceback__
        self.loop.untold.add(self)
        self._finish(_FINISHED)

    def wake(self) -> None:
        """Finish with None, unless it is done: who waits may have been cancelled meanwhile."""
        if self._state == _PENDING:
            none: Any = None
            self.set_result(none)

    def cancel(self) -> bool:
        """Cancel, and say whether that was still possible."""
        if self._state != _PENDING:
            return False
        self._finish(_CANCELLED)
        return True

    def add_done_callback(self, callback: Callable[[Any], object]) -> None:
        """Have something called with this future, in a turn of the loop after it is done."""
        if self._state == _PENDING:
            self._callbacks.append(callback)
        else:
            self.loop.call_soon(callback, self)

    def remove_done_callback(self, callback: Callable[[Any], object]) -> None:
        """Take a callback back, wherever it was added."""
        self._callbacks = [known for known in self._callbacks if known != callback]

    def __await__(self) -> Generator[Any, None, Result]:
        if self._state == _PENDING:
            yield self
        return self.result()

    def _ensure_pending(self) -> None:
        if self._state != _PENDING:
            raise RuntimeError("the future is done already")

    def _finish(self, state: int) -> None:
        self._state = state
        callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            self.loop.call_soon(callback, self)


class Task(Future[Result]):
    """A coroutine that runs by itself, one step whenever what it waits for is done."""

    __slots__ = ("_coroutine", "_must_cancel", "_waits_for", "cancel_requests")

    def __init__(self, coroutine: Coroutine[Any, Any, Result], loop: EventLoop) -> None:
        """Have it begun in the next turn of the loop."""
        super().__init__(loop)
        self._coroutine: Any = coroutine
        self._waits_for: Future[Any] | None = None
        self._must_cancel = False
        self.cancel_requests = 0
        """How often somebody wanted it cancelled."""
        loop.tasks.add(self)
        loop.call_soon(self.step)

    def cancel(self) -> bool:
        """Have `CancelledError` raised where it waits; False when it is done already."""
        if self._state != _PENDING:
            return False
        self.cancel_requests += 1
        if self._waits_for is None or not self._waits_for.cancel():
            self._must_cancel = True
        return True

    def step(self, arrived: Future[Any] | None = None) -> None:
        """Go on until it has to wait again.

        Args:
            arrived: What is done; nothing happens unless it was waited for.
        """
        if arrived is not self._waits_for or self._state != _PENDING:
            return
        self._waits_for = None
        self.loop.current = self
        try:
            if self._must_cancel:
                self._must_cancel = False
                awaited = self._coroutine.throw(CancelledError())
            else:
                awaited = self._coroutine.send(None)
        except StopIteration as end:
            self._end(_FINISHED, end.value)
        except CancelledError:
            self._end(_CANCELLED)
        except (KeyboardInterrupt, SystemExit):
            # These end the loop, and whoever waits for this task with it. They may have struck just
            # beside the coroutine, which then has an end of its own to come.
            if self._coroutine.cr_frame is None:
                self._end(_CANCELLED)
            raise
        except BaseException as error:  # noqa: BLE001 - told to whoever asks
            self.loop.tasks.discard(self)
            # Without this frame: it holds the task, which would never be freed.
            inner = error.__traceback__ and error.__traceback__.tb_next
            self.set_exception(error.with_traceback(inner))
        else:
            self._wait_for(awaited)
        finally:
            self.loop.current = None

    def _wait_for(self, awaited: Future[Any] | None) -> None:
        if awaited is None:
            self.loop.call_soon(self.step)
            return
        self._waits_for = awaited
        awaited.add_done_callback(self.step)
        if self._must_cancel and awaited.cancel():
            self._must_cancel = False

    def _end(self, state: int, result: Any = None) -> None:
        self.loop.tasks.discard(self)
        self._result = result
        self._finish(state)

    def step_again(self) -> None:
        """Have a step follow if it is due; one that is due twice is done once."""
        if self._coroutine.cr_frame is None:
            # It has returned, and what interrupted the loop has kept that from being noted.
            self._end(_CANCELLED)
        elif self._waits_for is None or self._waits_for.done():
            self.loop.call_soon(self.step, self._waits_for)
