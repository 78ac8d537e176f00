"""The part of an installation that asks indexes: resolving, and bringing wheels into the store.

This module is imported only when neither the environment nor a remembered answer will do: it
brings asyncio and the network.
"""

from __future__ import annotations

import asyncio

from xpip.errors import NoSolution
from xpip.index.client import IndexClient
from xpip.model.candidate import Candidate
from xpip.model.names import normalized_name
from xpip.model.records import TYPE_CHECKING
from xpip.model.reporter import SilentReporter
from xpip.model.resolution import Asked, Resolution, ResolvedPackage
from xpip.network.client import Client
from xpip.operations.hash_mode import ensure_resolution_hashed
from xpip.operations.problem import selection_policy
from xpip.operations.resolve import keep
from xpip.operations.search import drive, prepare_search
from xpip.operations.trust import metadata_digest
from xpip.resolver.engine import make_engine

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence
    from typing import Any, TypeVar

    from xpip.index.provider import Provider
    from xpip.model.distribution import StoredWheel
    from xpip.model.link import Digest
    from xpip.model.reporter import Reporter
    from xpip.model.requirement import SourcedRequirement
    from xpip.operations.resolve import Access, Question
    from xpip.operations.search import Search
    from xpip.resolver.problem import Solution
    from xpip.store.layout import Store

    Result = TypeVar("Result")


def resolve_online(
    question: Question,
    store: Store,
    access: Access,
    choose: Callable[[Resolution], Sequence[ResolvedPackage]],
    reporter: Reporter,
) -> tuple[Resolution, dict[str, StoredWheel]]:
    """Resolve, and fetch what has to be fetched over the same connections.

    Args:
        choose: Says which packages of the answer must be brought into the store.

    Returns:
        The answer, and normalised name -> wheel of what was fetched.

    Raises:
        NoSolution: Nothing satisfies the question; it says why.
        XpipError: An index, a file or a hash is not as it should be.
    """

    async def work(network: Client | None) -> tuple[Resolution, dict[str, StoredWheel]]:
        client = IndexClient(access.locations, network, store, access.now, reporter)
        search = prepare_search(question, client, reporter)
        try:
            resolution = await _resolve(search, client, store, access, reporter)
        except NoSolution as error:
            if network is None or not client.used_stored_pages():
                await _tell_more(error, search, client)
                raise
            from xpip.operations.recheck import proof_still_holds

            # What is missing may have been published since the pages were stored, and a wrong
            # "there is none" is dearer than asking once more.
            reporter.detail("no solution from stored index pages: asking the indexes again")
            asking = access.locations._replace(refresh=True)
            known, client = client, IndexClient(asking, network, store, access.now, reporter)
            if await proof_still_holds(error, known, client):
                await _tell_more(error, search, known)
                raise
            await search.provider.close()
            search = prepare_search(question, client, SilentReporter())
            try:
                resolution = await _resolve(search, client, store, access, reporter)
            except NoSolution as final:
                await _tell_more(final, search, client)
                raise
        finally:
            await search.provider.close()
        return resolution, await _fetch(choose(resolution), client, reporter)

    return _run(work, access, reporter)


def fetch_online(
    packages: Sequence[ResolvedPackage], store: Store, access: Access, reporter: Reporter
) -> dict[str, StoredWheel]:
    """Bring wheels into the store; return them by normalised name.

    Raises:
        IndexAccessError: A file cannot be had.
        IntegrityError: A file is not what it was promised to be.
    """

    async def work(network: Client | None) -> dict[str, StoredWheel]:
        client = IndexClient(access.locations, network, store, access.now, reporter)
        return await _fetch(packages, client, reporter)

    return _run(work, access, reporter)


def _run(
    work: Callable[[Client | None], Coroutine[Any, Any, Result]],
    access: Access,
    reporter: Reporter,
) -> Result:
    async def connected() -> Result:
        if access.locations.offline:
            return await work(None)
        async with Client(access.network, reporter) as network:
            return await work(network)

    return asyncio.run(connected())


async def _resolve(
    search: Search, client: IndexClient, store: Store, access: Access, reporter: Reporter
) -> Resolution:
    question, problem, allowed = search.question, search.problem, search.allowed
    engine = make_engine(problem, search.facts, question.policy.resolver)
    reporter.started("resolve", 0)
    try:
        solution = await drive(engine, search.provider)
    finally:
        reporter.finished("resolve")
    resolution = _as_resolution(solution, allowed, search.provider)._replace(
        requirements=_asked(search.parsed.requirements, problem.roots),
        constraints=_asked(search.parsed.constraints, problem.constraints),
    )
    if question.all_digests:
        from xpip.operations.published import with_published_digests

        resolution = await with_published_digests(resolution, client, question.policy)
    if question.policy.require_hashes:
        ensure_resolution_hashed(resolution, allowed)
    reporter.detail(f"resolved: {engine.counters}")
    keep(store, question, access, resolution, search.provider.evidence())
    return resolution


async def _tell_more(error: NoSolution, search: Search, client: IndexClient) -> None:
    """Add to an error what would help: versions that an index hides, and other requirements."""
    from xpip.operations.fixes import tell_fixes
    from xpip.operations.hidden import tell_hidden

    question = search.question
    await tell_fixes(error, search, client)
    await tell_hidden(error, client, selection_policy(question.policy, ()), question.target)


def _asked(
    written: Sequence[SourcedRequirement], in_force: Sequence[SourcedRequirement]
) -> tuple[Asked, ...]:
    holding = {id(sourced) for sourced in in_force}
    return tuple(
        Asked(
            normalized_name(sourced.requirement.name),
            id(sourced) in holding,
            str(sourced.requirement.marker or ""),
        )
        for sourced in written
    )


def _as_resolution(
    solution: Solution, allowed: dict[str, tuple[Digest, ...]], provider: Provider
) -> Resolution:
    packages = []
    for chosen in solution.packages:
        candidate: Candidate = chosen.candidate
        told = provider.told(candidate)
        packages.append(
            ResolvedPackage(
                candidate.project,
                str(candidate.version),
                candidate.file,
                candidate.index_url,
                chosen.requested,
                candidate.direct,
                allowed.get(candidate.project, ()),
                chosen.required_by,
                chosen.extras,
                metadata_digest="" if told is None else metadata_digest(told),
            )
        )
    return Resolution(tuple(packages), solution.warnings)


async def _fetch(
    packages: Sequence[ResolvedPackage], client: IndexClient, reporter: Reporter
) -> dict[str, StoredWheel]:
    """Fetch wheels at the same time, the largest first, since the last one decides the time."""
    if not packages:
        return {}

    async def one(package: ResolvedPackage) -> StoredWheel:
        wheel = await client.fetch_wheel(package.file, package.hashes)
        reporter.progressed("download", 1)
        return wheel

    ordered = sorted(packages, key=lambda package: -(package.file.size or 0))
    reporter.started("download", len(ordered), sum(p.file.size or 0 for p in ordered))
    tasks = [asyncio.ensure_future(one(package)) for package in ordered]
    try:
        wheels = await asyncio.gather(*tasks)
    finally:
        # The first failure ends the command; what is half done must not go on behind its back.
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        reporter.finished("download")
    return {package.name: wheel for package, wheel in zip(ordered, wheels, strict=True)}
