"""The solver as other rooms see it.

It is synchronous and never calls out: `advance` goes as far as the facts allow and then says what
it needs. Differences from solver.md are listed in docs/resolver.md.
"""

from __future__ import annotations

from xpip.model.records import TYPE_CHECKING
from xpip.resolver.attempt import Attempt, Finished, NewReference
from xpip.resolver.package_table import References
from xpip.resolver.problem import Blocked, Chosen, Counters, Problem, Solution
from xpip.resolver.result import make_solution
from xpip.resolver.wishes import Wishes

if TYPE_CHECKING:
    from xpip.resolver.facts import Facts, Query

__all__ = ["Blocked", "Chosen", "Counters", "Problem", "Solution", "Solver"]


class Solver:
    """Finds one candidate for every project that a problem needs."""

    def __init__(self, problem: Problem, facts: Facts, *, patience: int = 0) -> None:
        """Prepare to solve.

        Args:
            patience: Conflicts after which to give up, 0 for never. A search that may give up
                proves nothing.
        """
        self._patience = patience
        self._problem = problem
        self._facts = facts
        self._references = References(problem)
        self._attempt = Attempt(problem, facts, self._references, explaining=False)
        self._wishes = Wishes(problem, facts)

    def advance(self) -> Blocked | Solution:
        """Go on as far as the facts allow.

        Raises:
            Unsolvable: Nothing satisfies the problem; carries the proof.
            GaveUp: Nothing was found, by a search that must not take long.
        """
        while True:
            step = self._attempt.advance(self._patience)
            if isinstance(step, Blocked):
                return step
            if isinstance(step, Finished):
                return make_solution(self._problem, self._facts, self._attempt)
            explaining = self._attempt.table.explaining
            if not isinstance(step, NewReference):
                # What follows is for the few searches that find no solution.
                from xpip.resolver.explanation import explain, projects_of
                from xpip.resolver.failure import GaveUp, Unsolvable

                if step is None or self._patience:
                    raise GaveUp
                table = self._attempt.table
                names = projects_of(step.incompatibility)
                if explaining or not any(map(table.leaves_out, names)):
                    explanation = explain(
                        step.incompatibility, self._problem, table, self._facts, self._references
                    )
                    raise Unsolvable(explanation)
                # Versions that may not be chosen are left out at first, as numbering them takes
                # as long as solving. The proof has to speak of them, so it is found again.
                explaining = True
            self._attempt = Attempt(
                self._problem, self._facts, self._references, explaining=explaining
            )

    def wishlist(self) -> tuple[Query, ...]:
        """Return questions that are likely to come next, most likely first.

        Early answers never change the result. What the last `Blocked` named may be among them.
        """
        return self._wishes.collect(self._attempt)

    @property
    def counters(self) -> Counters:
        """How much work the current attempt was."""
        attempt = self._attempt
        asked = sum(releases.bit_count() for releases in attempt.asked.values())
        told = sum(releases.bit_count() for releases in attempt.requirements.told.values())
        return Counters(
            attempt.decisions,
            attempt.conflicts,
            attempt.propagation.derivations,
            attempt.propagation.added,
            sum(not package.extra for package in attempt.table.packages),
            asked,
            asked - told,
        )
