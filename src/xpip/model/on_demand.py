"""Sequences whose items are made when somebody looks at them."""

from __future__ import annotations

from xpip.model.records import TYPE_CHECKING, Generic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeVar

    Item = TypeVar("Item")
else:
    Item = None


class OnDemand(Generic[Item]):
    """A tuple that is made when it is first looked at; like it, it never changes."""

    __slots__ = ("_items", "_make")

    def __init__(self, make: Callable[[], tuple[Item, ...]]) -> None:
        self._make = make
        self._items: tuple[Item, ...] | None = None

    def all(self) -> tuple[Item, ...]:
        """Return the items as a tuple."""
        if self._items is None:
            self._items = self._make()
        return self._items

    def __iter__(self) -> Iterator[Item]:
        return iter(self.all())

    def __len__(self) -> int:
        return len(self.all())

    def __getitem__(self, place: int) -> Item:
        return self.all()[place]

    def __contains__(self, item: object) -> bool:
        return item in self.all()

    def __reversed__(self) -> Iterator[Item]:
        return reversed(self.all())

    def __eq__(self, other: object) -> bool:
        return self.all() == (other.all() if isinstance(other, OnDemand) else other)

    def __hash__(self) -> int:
        return hash(self.all())

    def __repr__(self) -> str:
        return repr(self.all())
