"""Finds out what a user could ask for instead, by solving again with less.

Only what has been found to work is told. This takes a while for large problems, so it ends when the
time is up; a search that is not over by then counts as one that failed.
"""

from __future__ import annotations

from xpip.environment.cross_target import target_for
from xpip.errors import NoSolution, XpipError
from xpip.model.records import TYPE_CHECKING
from xpip.model.reporter import SilentReporter
from xpip.network.on_demand import Deadline
from xpip.operations.search import drive, prepare_search
from xpip.resolver.failure import Unsolvable
from xpip.resolver.fixes import (
    fix_of,
    is_superseded,
    other_pythons,
    prerelease_fix,
    prereleases_refused,
    propose,
    python_fix,
    to_be_checked,
)
from xpip.resolver.solver import Solver

if TYPE_CHECKING:
    from xpip.index.client import IndexClient
    from xpip.operations.resolve import Question
    from xpip.operations.search import Search
    from xpip.resolver.explanation import Explanation, Fix
    from xpip.resolver.fixes import Proposal
    from xpip.resolver.problem import Problem, Solution

SECONDS = 2.0
"""How long to look for fixes."""
MOST = 3
"""Fixes that are told, at most."""
_PATIENCE = 2_000
"""Conflicts of one search; two seconds would be over by then."""


async def tell_fixes(
    error: NoSolution, search: Search, client: IndexClient, seconds: float = SECONDS
) -> None:
    """Put the fixes that work in place of an error's hints, which nobody has tried."""
    if not isinstance(error, Unsolvable):
        return
    found = await find_fixes(error, search, client, seconds)
    error.explanation = error.explanation._replace(fixes=found)
    error.hints = tuple(f"try: {fix.text}" for fix in found)


async def find_fixes(
    error: Unsolvable, search: Search, client: IndexClient, seconds: float
) -> tuple[Fix, ...]:
    """Return the fixes that were found in the time there is, smallest change first."""
    found: list[Fix] = []
    deadline = Deadline(seconds)
    try:
        await deadline.keep(_look(error, search, client, deadline, found))
    except XpipError:
        # A server that fails now is no news: there is no solution anyway.
        pass
    return tuple(found)


async def _look(
    error: Unsolvable, search: Search, client: IndexClient, deadline: Deadline, found: list[Fix]
) -> None:
    explanation = error.explanation

    def is_over() -> bool:
        return len(found) >= MOST or deadline.is_over()

    question = search.question
    for version in other_pythons(explanation, search.problem.python_version):
        target = target_for(question.target, version, "")
        solution = await _solved(
            question._replace(target=target, preferences=(), installed=()), client, search
        )
        if solution is not None:
            fix = python_fix(search.problem.python_version, version, solution, explanation)
            found.append(fix)
    if prereleases_refused(explanation) and not is_over():
        policy = question.policy._replace(pre=True, prereleases="allow", prerelease_packages=())
        solution = await _solved(question._replace(policy=policy), client, search)
        if solution is not None:
            found.append(prerelease_fix(solution, explanation))
    solving: list[Proposal] = []
    for proposal in propose(search.problem, explanation):
        if is_over():
            return
        if is_superseded(proposal, solving):
            continue
        told = await _tried(proposal, search, explanation)
        if told is not None:
            solving.append(proposal)
            if told not in found:
                found.append(told)


async def _tried(proposal: Proposal, search: Search, explanation: Explanation) -> Fix | None:
    """Return a proposal in words if it helps, None otherwise."""
    solution = await solution_of(proposal.problem, search)
    if solution is None:
        return None
    written = to_be_checked(proposal, solution)
    if written is not None and await solution_of(written, search) is None:
        return None
    return fix_of(proposal, solution, explanation)


async def _solved(question: Question, client: IndexClient, asked: Search) -> Solution | None:
    """Return the solution of another question, None when there is none.

    Args:
        asked: The search that found nothing; what it has learnt of sources counts here too.
    """
    sources = None if asked.sources is None else asked.sources.without_builds()
    search = prepare_search(question, client, SilentReporter(), sources)
    try:
        return await solution_of(search.problem, search)
    finally:
        await search.provider.close()


async def solution_of(problem: Problem, search: Search) -> Solution | None:
    """Return the solution of a problem, None when there is none or it takes too long."""
    try:
        return await drive(Solver(problem, search.facts, patience=_PATIENCE), search.provider)
    except NoSolution:
        return None
