"""The part of an installation that asks indexes: resolving, and bringing wheels into the store.

This module is imported only when neither the environment nor a remembered answer will do: it
brings the network.
"""

from __future__ import annotations

from xpip.errors import BuildError, NoSolution
from xpip.index.client import IndexClient
from xpip.index.provider import is_wheel
from xpip.model.candidate import Candidate
from xpip.model.names import normalized_name
from xpip.model.options import SelectionPolicy
from xpip.model.records import TYPE_CHECKING
from xpip.model.reporter import SilentReporter
from xpip.model.resolution import Asked, Resolution, ResolvedPackage
from xpip.network.on_demand import event_loop
from xpip.operations.connected import run_connected, run_when_needed
from xpip.operations.requirements import parse_sources
from xpip.operations.resolve import keep, note_refusal, was_just_refused
from xpip.operations.search import drive, prepare_search
from xpip.resolver.engine import make_engine

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from xpip.index.provider import Provider
    from xpip.model.distribution import StoredWheel
    from xpip.model.link import Digest
    from xpip.model.options import IndexOptions
    from xpip.model.reporter import Reporter
    from xpip.model.requirement import SourcedRequirement
    from xpip.model.source import SourceLocation, SourceTree
    from xpip.network.client import Client
    from xpip.operations.provision import Provision
    from xpip.operations.resolve import Access, Question
    from xpip.operations.search import Search
    from xpip.operations.sources import Sources, SourceWork
    from xpip.resolver.problem import Counters, Solution
    from xpip.store.layout import Store


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
        source_work = open_sources(access, store, network, reporter)
        try:
            sources = await _name_sources(question, source_work)
            return await _resolve_and_fetch(network, sources)
        finally:
            if source_work is not None:
                await source_work.close()

    async def _resolve_and_fetch(
        network: Client | None, sources: Sources | None
    ) -> tuple[Resolution, dict[str, StoredWheel]]:
        def client_for(locations: IndexOptions) -> IndexClient:
            return IndexClient(locations, network, store, access.now, reporter)

        client = client_for(access.locations)
        search = prepare_search(question, client, reporter, sources)
        try:
            resolution = await resolve_search(search, client, store, access, reporter)
        except NoSolution as error:
            from xpip.operations.recheck import named_in_proof, proof_still_holds

            is_new = not client.used_stored_pages(named_in_proof(error))
            if network is not None and is_new:
                note_refusal(store, question, access)
            if network is None or is_new or was_just_refused(store, question, access):
                await _tell_more(error, search, client, access.locations, client_for)
                raise

            # What is missing may have been published since the pages were stored, and a wrong
            # "there is none" is dearer than asking once more.
            reporter.detail("no solution from stored index pages: asking the indexes again")
            asking = access.locations._replace(refresh=True)
            known, client = client, client_for(asking)
            if await proof_still_holds(error, known, client):
                note_refusal(store, question, access)
                await _tell_more(error, search, known, access.locations, client_for)
                raise
            await search.provider.close()
            search = prepare_search(question, client, SilentReporter(), sources)
            try:
                resolution = await resolve_search(search, client, store, access, reporter)
            except NoSolution as final:
                await _tell_more(final, search, client, asking, client_for)
                raise
        finally:
            await search.provider.close()
        return resolution, await fetch_packages(choose(resolution), client, reporter, sources)

    return run_when_needed(work, access, reporter)


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
        source_work = open_sources(access, store, network, reporter)
        if source_work is None:
            return await fetch_packages(packages, client, reporter)
        try:
            sources = source_work.view(SelectionPolicy(sdists=True))
            return await fetch_packages(packages, client, reporter, sources)
        finally:
            await source_work.close()

    return run_connected(work, access, reporter)


def open_sources(
    access: Access, store: Store, network: Client | None, reporter: Reporter
) -> SourceWork | None:
    """Return who looks after sources, None where nothing may be built; to be closed at the end."""
    if access.building is None:
        return None
    from xpip.operations.sources import SourceWork

    def make_provision() -> Provision:
        from xpip.operations.provision import Provision

        return Provision(access, store, network, reporter)

    return SourceWork(access.building, access, store, network, make_provision, reporter)


async def _name_sources(question: Question, work: SourceWork | None) -> Sources | None:
    """Find out which projects the user's paths and URLs are of."""
    if work is None:
        return None
    sources = work.view(question.policy, build_now=question.build_now)
    parsed = parse_sources(question.sources, question.cwd)
    if parsed.unnamed:
        await sources.name(parsed.unnamed, question.target)
    return sources


async def resolve_search(
    search: Search, client: IndexClient, store: Store, access: Access, reporter: Reporter
) -> Resolution:
    """Return the answer to a question and remember it where that makes sense.

    Raises:
        NoSolution: There is none.
    """
    question, problem, allowed = search.question, search.problem, search.allowed
    engine = make_engine(problem, search.facts, question.policy.resolver)
    reporter.started("resolve", 0)
    try:
        solution = await drive(engine, search.provider)
    finally:
        reporter.finished("resolve")
        client.keep_bundles()
    resolution = _as_resolution(solution, allowed, search.provider)._replace(
        requirements=_asked(search.parsed.requirements, problem.roots),
        constraints=_asked(search.parsed.constraints, problem.constraints),
    )
    if question.all_digests:
        await event_loop()
        from xpip.operations.published import with_published_digests

        resolution = await with_published_digests(resolution, client, question.policy)
    if question.all_files:
        await event_loop()
        from xpip.operations.lock_files import with_lock_facts

        resolution = await with_lock_facts(resolution, solution, search, client)
    if question.policy.require_hashes:
        from xpip.operations.hash_mode import ensure_resolution_hashed

        ensure_resolution_hashed(resolution, allowed)
    reporter.detail(f"resolved: {_counted(engine.counters, search.provider.releases_read)}")
    if not any(package.source is not None for package in resolution.packages):
        # What sources need can change with each commit, so nothing that has any is remembered.
        keep(store, question, access, resolution, search.provider.evidence())
    return resolution


def _counted(counters: Counters, read: int) -> str:
    """Return how much work it was, and how much of what was read ahead was for nothing.

    Args:
        read: Releases whose metadata was read.
    """
    used = counters.releases_asked - counters.releases_unused
    return (
        f"{counters.decisions} decisions, {counters.conflicts} conflicts, "
        f"{counters.derivations} derivations, {counters.incompatibilities} incompatibilities; "
        f"{counters.projects_asked} projects, metadata of {read} releases, "
        f"{max(0, read - used)} of them read ahead and not needed"
    )


async def _tell_more(
    error: NoSolution,
    search: Search,
    client: IndexClient,
    locations: IndexOptions,
    client_for: Callable[[IndexOptions], IndexClient],
) -> None:
    """Add to an error what would help: other requirements, and versions that an index hides."""
    from xpip.operations.fixes import tell_fixes
    from xpip.operations.hidden import tell_hidden

    await tell_fixes(error, search, client)
    await tell_hidden(error, search, client, locations, client_for)


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
        # Builds look themselves whether a wheel says what its sources promised.
        told = provider.told_digest(candidate) if is_wheel(candidate.file) else ""
        tree = provider.sources_of(candidate)
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
                metadata_digest=told,
                source=None if tree is None else _found_location(tree),
                direct_url="" if tree is None else tree.direct_url,
            )
        )
    return Resolution(tuple(packages), solution.warnings)


def _found_location(tree: SourceTree) -> SourceLocation:
    """Return where sources are from, with the commit that was found."""
    from xpip.formats.source_location import VCS

    location = tree.location
    return location._replace(revision=tree.identity) if location.kind == VCS else location


async def fetch_packages(
    packages: Sequence[ResolvedPackage],
    client: IndexClient,
    reporter: Reporter,
    sources: Sources | None = None,
) -> dict[str, StoredWheel]:
    """Bring the wheels of packages into the store, and return them by normalised name.

    All are fetched at the same time, the largest first, since the last one decides the time.

    Args:
        sources: Who builds what is no wheel; None where nothing may be built.

    Raises:
        BuildError: Something would have to be built and cannot be.
    """
    if not packages:
        return {}
    await event_loop()
    from xpip.network.loop.waiting import ensure_future, gather
    from xpip.operations.built import is_source

    async def one(package: ResolvedPackage) -> StoredWheel:
        if not package.file.url:
            from xpip.operations.lock_files import locate

            package = await locate(package, client)
        if not is_source(package):
            wheel = await client.fetch_wheel(package.file, package.hashes)
        elif sources is not None:
            wheel = await sources.wheel(package)
        else:
            raise BuildError(f"`{package.name}` would have to be built, and nothing is built here")
        reporter.progressed("download", 1)
        return wheel

    ordered = sorted(packages, key=lambda package: -(package.file.size or 0))
    reporter.started("download", len(ordered), sum(p.file.size or 0 for p in ordered))
    tasks = [ensure_future(one(package)) for package in ordered]
    try:
        wheels = await gather(*tasks)
    finally:
        # The first failure ends the command; what is half done must not go on behind its back.
        for task in tasks:
            task.cancel()
        await gather(*tasks, return_exceptions=True)
        reporter.finished("download")
    return {package.name: wheel for package, wheel in zip(ordered, wheels, strict=True)}
