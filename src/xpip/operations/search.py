"""A question made ready for an engine, and the loop between the engine and who answers it."""

from __future__ import annotations

from xpip.errors import BuildError
from xpip.index.provider import InstalledReleases, Provider
from xpip.model.markers import marker_holds
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.operations.hash_mode import allowed_digests, ensure_roots_hashed
from xpip.operations.problem import make_problem, selection_policy
from xpip.operations.requirements import parse_sources
from xpip.resolver.facts import Facts
from xpip.resolver.problem import Blocked, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.index.client import IndexClient
    from xpip.model.link import Digest
    from xpip.model.reporter import Reporter
    from xpip.model.requirement import SourcedRequirement
    from xpip.operations.requirements import ParsedSources
    from xpip.operations.resolve import Question
    from xpip.operations.sources import Sources
    from xpip.resolver.engine import Engine
    from xpip.resolver.problem import Solution


class Search(NamedTuple):
    """Everything that one resolution works with."""

    question: Question
    parsed: ParsedSources
    allowed: dict[str, tuple[Digest, ...]]
    problem: Problem
    facts: Facts
    provider: Provider
    sources: Sources | None = None
    """Who tells what sources need; None where nothing may be built."""


def prepare_search(
    question: Question, client: IndexClient, reporter: Reporter, sources: Sources | None = None
) -> Search:
    """Return the search for a question.

    Args:
        sources: Has found out the names of all unnamed sources of the question; None where nothing
            may be built.

    Raises:
        XpipError: A requirement cannot be read, or a hash is missing.
    """
    parsed = parse_sources(question.sources, question.cwd)
    if parsed.unnamed:
        if sources is None:
            raise BuildError(
                "folders, repositories and source archives cannot be built for another machine",
                hints=("build wheels of them there with `xpip wheel`, and name those",),
            )
        parsed = parsed._replace(
            requirements=parsed.named(sources.named), unnamed=(), unnamed_at=()
        )
    overrides: tuple[SourcedRequirement, ...] = ()
    if question.sources.overrides:
        from xpip.operations.adjustments import parse_overrides

        overrides = parse_overrides(question.sources, question.cwd)
    allowed = allowed_digests(parsed.requirements, (*parsed.constraints, *overrides))
    roots = _in_force(parsed.requirements, question, reporter)
    constraints = _in_force(parsed.constraints, question, reporter)
    if question.policy.require_hashes:
        ensure_roots_hashed(roots, allowed)
    # Files of projects without a hash are looked at all the same, so that the error can print
    # the lines that are missing; none of them is installed.
    policy = selection_policy(question.policy, (*roots, *constraints, *overrides))._replace(
        require_hashes=False
    )
    facts = Facts()
    provider = Provider(
        client,
        facts,
        question.target,
        policy,
        {name: frozenset(map(str, digests)) for name, digests in allowed.items()},
        InstalledReleases(dict(question.installed), question.read_installed),
    )
    if sources is not None:
        sources.note((*roots, *overrides), requested=True)
        sources.note(constraints, requested=False)
        provider.builder = sources
    problem = make_problem(question, roots, constraints, overrides)
    return Search(question, parsed, allowed, problem, facts, provider, sources)


async def drive(engine: Engine, provider: Provider) -> Solution:
    """Answer what an engine asks until it is done.

    Raises:
        NoSolution: There is none.
        XpipError: A question cannot be answered.
    """
    step = engine.advance()
    while isinstance(step, Blocked):
        await provider.answer_all(step.queries, engine.wishlist)
        step = engine.advance()
    return step


def _in_force(
    requirements: Sequence[SourcedRequirement], question: Question, reporter: Reporter
) -> tuple[SourcedRequirement, ...]:
    """Return the requirements whose marker holds for the target."""
    kept = []
    for sourced in requirements:
        if marker_holds(sourced.requirement, question.target):
            kept.append(sourced)
        else:
            reporter.detail(
                f"ignoring `{sourced.requirement}` of {sourced.origin}: not for this target"
            )
    return tuple(kept)
