"""The seam between whoever answers questions and the engines that ask them."""

from __future__ import annotations

from xpip.model.records import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from xpip.resolver.facts import Facts, Query
    from xpip.resolver.problem import Blocked, Counters, Problem, Solution

PUBGRUB = "pubgrub"
BACKTRACKING = "backtracking"
ENGINES = (PUBGRUB, BACKTRACKING)


class Engine(Protocol):
    """Finds one candidate for every project that a problem needs, and never calls out."""

    def advance(self) -> Blocked | Solution:
        """Go on as far as the facts allow.

        Raises:
            NoSolution: Nothing satisfies the problem; `failure.Unsolvable` carries the proof.
        """

    def wishlist(self) -> tuple[Query, ...]:
        """Return questions that are likely to come next, most likely first."""

    @property
    def counters(self) -> Counters:
        """How much work it was."""


def make_engine(problem: Problem, facts: Facts, name: str = PUBGRUB) -> Engine:
    """Return an engine by its name, one of `ENGINES`."""
    if name == BACKTRACKING:
        # resolvelib is imported only for those who ask for it.
        from xpip.resolver.backtracking import Backtracking

        return Backtracking(problem, facts)
    from xpip.resolver.solver import Solver

    return Solver(problem, facts)
