"""Work that many ask for and that is done one time."""

from __future__ import annotations

from xpip.model.records import TYPE_CHECKING, Generic
from xpip.network.on_demand import event_loop

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Hashable
    from typing import Any, TypeVar

    from xpip.network.loop.futures import Task

    _Value = TypeVar("_Value")
else:
    _Value = None


class Once(Generic[_Value]):
    """Answers by key: made by whoever asks first, shared with everybody, failures included.

    The work is a task of its own, so that cancelling the first who asked does not take the answer
    from the others.
    """

    def __init__(self) -> None:
        self._tasks: dict[Hashable, Task[_Value]] = {}
        self._values: dict[Hashable, _Value] = {}

    def known(self, key: Hashable) -> _Value | None:
        """Return an answer that is there already, None otherwise."""
        return self._values.get(key)

    def add(self, key: Hashable, value: _Value) -> _Value:
        """Note an answer that somebody came by otherwise, and return it."""
        self._values[key] = value
        return value

    async def get(self, key: Hashable, make: Callable[[], Coroutine[Any, Any, _Value]]) -> _Value:
        """Return the answer for a key, making it if nobody does yet."""
        if key in self._values:
            return self._values[key]
        await event_loop()
        from xpip.network.loop.scheduler import get_running_loop
        from xpip.network.loop.waiting import shield

        task = self._tasks.get(key)
        if task is None:
            task = self._tasks[key] = get_running_loop().create_task(make())
            task.add_done_callback(_looked_at)
        value = await shield(task)
        return self._values.setdefault(key, value)


def _looked_at(task: Task[_Value]) -> None:
    """Take note of a failure, or it is reported when everybody who asked has gone."""
    if not task.cancelled():
        task.exception()
