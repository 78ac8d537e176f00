"""Installed packages as trees: what each one needs, or who needs it."""

from __future__ import annotations

from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.tree import CONFLICT, CYCLE, DUPLICATE, MISSING, Branch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xpip.operations.graph import Graph, Need

NO_LIMIT = 1 << 30


class TreeWish(NamedTuple):
    """Which trees to grow."""

    tops: tuple[str, ...] = ()
    """Normalised names to start from; empty for those that nobody needs, or in an inverted tree
    those that need nothing."""
    inverted: bool = False
    depth: int = NO_LIMIT
    """Levels below the top."""
    pruned: frozenset[str] = frozenset()
    """Normalised names that are left out with all below them."""
    repeated: bool = False
    """Show again what a package needs wherever it stands."""


def grow(graph: Graph, wish: TreeWish, latest: Mapping[str, str]) -> tuple[Branch, ...]:
    """Return one tree for each top.

    Args:
        latest: Normalised name -> newest version, for those that have a newer one.
    """
    growing = _Growing(graph, wish, latest)
    tops = wish.tops
    if not tops and wish.inverted:
        tops = tuple(name for name in sorted(graph.listed) if not graph.all_needs(name))
        tops = tops or tuple(sorted(graph.listed))
    elif not tops:
        tops = graph.roots()
    return tuple(growing.top(name) for name in tops if name not in wish.pruned)


class _Growing:
    """Grows trees; what was shown in one is not shown again in the next."""

    def __init__(self, graph: Graph, wish: TreeWish, latest: Mapping[str, str]) -> None:
        self._graph = graph
        self._wish = wish
        self._latest = latest
        self._needed_by = graph.needed_by() if wish.inverted else {}
        self._shown: set[tuple[str, tuple[str, ...]]] = set()

    def top(self, name: str) -> Branch:
        return self._branch(name, Branch("", ""), (), self._wish.depth)

    def _branch(self, name: str, draft: Branch, above: tuple[str, ...], depth: int) -> Branch:
        """Return a branch with all that is below it."""
        one = self._graph.listed.get(name)
        if one is None:
            return draft._replace(mark=MISSING)
        draft = draft._replace(
            name=one.name, version=one.version, latest=self._latest.get(name, "")
        )
        if name in above:
            return draft._replace(mark=CYCLE)
        below = self._below(name, draft.extras)
        key = (name, draft.extras)
        if below and depth > 0:
            if key in self._shown and not self._wish.repeated:
                return draft._replace(mark=DUPLICATE)
            self._shown.add(key)
            draft = draft._replace(
                branches=tuple(
                    self._branch(other, following, (*above, name), depth - 1)
                    for other, following in below
                )
            )
        return draft

    def _below(self, name: str, extras: tuple[str, ...]) -> list[tuple[str, Branch]]:
        if self._wish.inverted:
            found = [
                (other, Branch(other, "", need.specifier, need.extras))
                for other, need in self._needed_by.get(name, ())
            ]
        else:
            found = [(need.name, _drafted(need)) for need in self._graph.needs(name, extras)]
        return [(other, draft) for other, draft in found if other not in self._wish.pruned]


def _drafted(need: Need) -> Branch:
    return Branch(need.written, "", need.specifier, need.extras, "" if need.is_met else CONFLICT)
