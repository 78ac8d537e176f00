"""Why a package is installed: the shortest chains of needs that lead to it."""

from __future__ import annotations

import os

from xpip.environment.installed import info_path
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.tree import Step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xpip.operations.graph import Graph, Need

MAXIMUM_CHAINS = 100
"""Chains that are told; a package at the bottom of everything has thousands."""


class Reasons(NamedTuple):
    """Why a package is there."""

    requested: bool
    """Somebody asked for the package itself."""
    chains: tuple[tuple[Step, ...], ...]
    """From a package that was asked for to the one in question; the shortest of each, by length
    and names."""
    cut: bool = False
    """There are more chains than these."""
    by_requested: bool = True
    """The chains begin at packages that somebody asked for; False: nobody asked for any that leads
    here, so they begin at those that nobody needs."""


def reasons_for(name: str, graph: Graph) -> Reasons:
    """Return why an installed package is there.

    Args:
        name: Normalised.
    """
    requested = requested_names(graph)
    needed_by = graph.needed_by()
    distances = _distances(name, needed_by)
    starts = [one for one in sorted(requested) if one in distances and one != name]
    by_requested = True
    if not starts and name not in requested:
        starts = [one for one in graph.roots() if one in distances and one != name]
        by_requested = False
    starts.sort(key=lambda one: (distances[one], one))
    chains: list[tuple[Step, ...]] = []
    for start in starts:
        for chain in _chains(start, name, graph, distances):
            if len(chains) == MAXIMUM_CHAINS:
                return Reasons(name in requested, tuple(chains), True, by_requested)
            chains.append(chain)
    return Reasons(name in requested, tuple(chains), False, by_requested)


def requested_names(graph: Graph) -> frozenset[str]:
    """Return the packages that somebody asked for by name, as their REQUESTED files say.

    Where no package has one, those that nobody needs: older installers kept no such file.
    """
    found = frozenset(
        name
        for name, one in graph.listed.items()
        if os.path.lexists(f"{info_path(one.distribution)}/REQUESTED")
    )
    return found or frozenset(graph.roots())


def _distances(name: str, needed_by: dict[str, list[tuple[str, Need]]]) -> dict[str, int]:
    """Return how many needs lead from each package to one; only those that lead there."""
    found = {name: 0}
    waiting = [name]
    for one in waiting:
        for other, _ in needed_by.get(one, ()):
            if other not in found:
                found[other] = found[one] + 1
                waiting.append(other)
    return found


def _chains(
    start: str, end: str, graph: Graph, distances: dict[str, int]
) -> Iterator[tuple[Step, ...]]:
    """Yield all shortest chains between two packages, by names."""
    one = graph.listed[start]
    first = Step(one.name, one.version)
    if start == end:
        yield (first,)
        return
    for need in graph.all_needs(start):
        if distances.get(need.name, -1) == distances[start] - 1:
            for rest in _chains(need.name, end, graph, distances):
                yield (first, rest[0]._replace(required=need.specifier), *rest[1:])
