"""A second engine, on resolvelib: plain backtracking as pip does it.

It is there to check the first one against, and for whoever wants pip's order of search. It knows
the same facts and rules as `solver.py` and gives its answers in the same form. resolvelib is
synchronous: where a fact is missing `Missing` is raised through it, and when the fact has come the
search starts from the beginning, so the result does not depend on the order of arrival either.

resolvelib 1.2.1 is not complete. When a release has nothing left to depend on, the decision before
it is passed over if it shares no name with the first conflict, though it is what brought the
release in (`_backjump`). So its "impossible" is checked by the first engine, whose solution is
taken when there is one; in random universes that is one case in 14,000.

Spec: https://github.com/sarugaku/resolvelib
"""

# The arguments of its methods are what resolvelib passes.
# ruff: noqa: ARG002

from __future__ import annotations

from resolvelib import BaseReporter, ResolutionImpossible, ResolutionTooDeep
from resolvelib.resolvers import Resolution

from xpip.errors import NoSolution
from xpip.model.names import normalized_name
from xpip.model.records import TYPE_CHECKING
from xpip.resolver.attempt import Attempt
from xpip.resolver.backtracking_failure import explain_causes
from xpip.resolver.backtracking_rules import Choice, Missing, NewReference, Rules, Want
from xpip.resolver.facts import NeedDependencies
from xpip.resolver.failure import Unsolvable
from xpip.resolver.package_table import References
from xpip.resolver.problem import Blocked, Chosen, Counters, Problem, Solution
from xpip.resolver.result import dependencies_first, warnings_of
from xpip.resolver.solver import Solver
from xpip.resolver.wishes import Wishes

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from resolvelib.resolvers.criterion import Criterion
    from resolvelib.structs import RequirementInformation

    from xpip.resolver.backtracking_rules import Key
    from xpip.resolver.explanation import Explanation
    from xpip.resolver.facts import Facts, Query
    from xpip.resolver.versions import VersionSet

_ROUNDS = 200_000
"""Rounds before the search is given up, as in pip."""
_LONGEST_LOOK = 256
"""Releases asked for at once, at most."""
_TAKEN_OVER = "backtracking found no solution where there is one; this one is of the other engine"


class Backtracking:
    """An engine, see `engine.py`."""

    def __init__(self, problem: Problem, facts: Facts) -> None:
        self._problem = problem
        self._facts = facts
        self._references = References(problem)
        self._wishes = Wishes(problem, facts)
        self._work = _Work()
        self._forbidden: dict[str, VersionSet] = {}
        """By project: yanked versions that a whole solution had and nobody in it pinned."""
        self._look: dict[str, int] = {}
        """By project: how many releases to ask about the next time."""
        self._checked: tuple[Solver, Explanation] | None = None
        self._begin()

    def advance(self) -> Blocked | Solution:
        """Go on as far as the facts allow.

        Raises:
            NoSolution: Nothing satisfies the problem, or the search takes too long.
        """
        while True:
            if self._checked is not None:
                return self._check(*self._checked)
            try:
                chosen = self._search()
            except Missing as missing:
                return Blocked(self._with_following(missing.queries))
            except NewReference:
                self._begin()
                continue
            except ResolutionImpossible as failure:
                explanation = explain_causes(
                    tuple(failure.causes), self._problem, self._facts, self._references
                )
                self._checked = (Solver(self._problem, self._facts), explanation)
                continue
            unpinned = self._unpinned(chosen)
            if not unpinned:
                return self._solution(chosen)
            self._forbidden.update(unpinned)

    def _with_following(self, queries: tuple[Query, ...]) -> tuple[Query, ...]:
        """Return queries with those for the releases below, twice as many each time.

        Every answer means a search from the beginning, so a project whose releases are refused one
        after the other must not be asked about one by one.
        """
        found = dict.fromkeys(queries)
        for query in queries:
            if isinstance(query, NeedDependencies):
                project = query.candidate.project
                count = self._look.get(project, 1)
                self._look[project] = min(2 * count, _LONGEST_LOOK)
                for candidate in self._rules.following(query.candidate):
                    if len(found) >= count:
                        break
                    if self._facts.dependencies(candidate) is None:
                        found[NeedDependencies(candidate)] = None
        return tuple(found)

    def _check(self, solver: Solver, explanation: Explanation) -> Blocked | Solution:
        try:
            step = solver.advance()
        except Unsolvable:
            raise Unsolvable(explanation) from None
        if isinstance(step, Blocked):
            return step
        return step._replace(warnings=(*step.warnings, _TAKEN_OVER))

    def wishlist(self) -> tuple[Query, ...]:
        """Return questions that are likely to come next, most likely first."""
        if self._checked is not None:
            return self._checked[0].wishlist()
        return self._wishes.collect(self._attempt)

    @property
    def counters(self) -> Counters:
        """How much work the last search was; looking ahead is not done."""
        work = self._work
        projects = sum(not package.extra for package in self._attempt.table.packages)
        asked = self._rules.releases_asked
        return Counters(work.pins, work.conflicts, work.rounds, work.refused, projects, asked, 0)

    def _begin(self) -> None:
        """Start anew with the references known so far; facts are kept."""
        self._attempt = Attempt(self._problem, self._facts, self._references, explaining=False)
        self._rules = Rules(
            self._problem, self._facts, self._attempt, self._references, self._forbidden
        )

    def _search(self) -> dict[Key, Choice]:
        roots = self._rules.roots()
        self._work = _Work()
        try:
            # Not `Resolver`: it looks for what has come loose by a recursion that does not end
            # where loose projects require each other (resolvelib 1.2.1).
            state = Resolution(self._rules, self._work).resolve(roots, max_rounds=_ROUNDS)
        except ResolutionTooDeep:
            raise NoSolution(
                f"no solution was found in {_ROUNDS} rounds of backtracking",
                hints=("leave `--resolver backtracking` out",),
            ) from None
        return self._reached(state.mapping)

    def _reached(self, mapping: Mapping[Key, Choice]) -> dict[Key, Choice]:
        """Return what the user's requirements lead to; the search may have pinned more."""
        reached: dict[Key, Choice] = {}
        open_wants = list(self._rules.roots())
        while open_wants:
            key = open_wants.pop().key
            if key not in reached:
                reached[key] = mapping[key]
                open_wants += self._rules.get_dependencies(mapping[key])
        return reached

    def _unpinned(self, chosen: Mapping[Key, Choice]) -> dict[str, VersionSet]:
        """Return the yanked versions to forbid, by project; none when all are pinned by somebody.

        As in `priority.py` nobody can say before the end who might pin one.
        """
        wants = list(self._rules.roots())
        for choice in chosen.values():
            wants += self._rules.get_dependencies(choice)
        found: dict[str, VersionSet] = {}
        for key, choice in chosen.items():
            if key[1]:
                continue
            permitted = self._rules.permitted_yanked(
                choice.package, [want for want in wants if want.key[0] == key[0]]
            )
            refused = choice.package.universe.yanked & ~permitted
            if choice.version & refused:
                known = self._forbidden.get(key[0], 0)
                found[key[0]] = known | refused
        return found

    def _solution(self, chosen: Mapping[Key, Choice]) -> Solution:
        extras: dict[str, list[str]] = {}
        needs: dict[str, set[str]] = {}
        for (project, extra), choice in chosen.items():
            wanted = needs.setdefault(project, set())
            wanted.update(want.key[0] for want in self._rules.get_dependencies(choice))
            if extra:
                extras.setdefault(project, []).append(extra)
        sorted_needs = {project: sorted(wanted - {project}) for project, wanted in needs.items()}
        required_by: dict[str, list[str]] = {}
        for project in sorted(sorted_needs):
            for wanted_project in sorted_needs[project]:
                required_by.setdefault(wanted_project, []).append(project)
        requested = {normalized_name(root.requirement.name) for root in self._problem.roots}
        packages = tuple(
            Chosen(
                chosen[project, ""].candidate,
                tuple(sorted(extras.get(project, ()))),
                project in requested,
                tuple(required_by.get(project, ())),
            )
            for project in dependencies_first(sorted_needs)
        )
        return Solution(packages, tuple(warnings_of(packages, self._facts)))


class _Work(BaseReporter[Want, Choice, "Key"]):
    """Counts."""

    def __init__(self) -> None:
        self.pins = 0
        self.conflicts = 0
        self.rounds = 0
        self.refused = 0

    def starting_round(self, index: int) -> None:
        self.rounds = index + 1

    def pinning(self, candidate: Choice) -> None:
        self.pins += 1

    def resolving_conflicts(self, causes: Collection[RequirementInformation[Want, Choice]]) -> None:
        self.conflicts += 1

    def rejecting_candidate(self, criterion: Criterion[Want, Choice], candidate: Choice) -> None:
        self.refused += 1
