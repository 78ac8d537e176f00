"""Bring a wheel of everything that was asked for into a folder, built where there is none."""

from __future__ import annotations

from xpip.errors import BuildError
from xpip.model.link import IndexFile
from xpip.model.records import TYPE_CHECKING
from xpip.model.urls import path_to_url, scheme_of
from xpip.operations.bringing import Brought, FolderRequest, bring, choose, make_folder
from xpip.operations.built import is_source

if TYPE_CHECKING:
    from xpip.index.delivery import Delivered
    from xpip.model.reporter import Reporter
    from xpip.model.requirement import RequirementText
    from xpip.model.resolution import ResolvedPackage
    from xpip.network.client import Client
    from xpip.operations.resolve import Access
    from xpip.operations.sources import Sources
    from xpip.store.layout import Store


def collect_wheels(
    request: FolderRequest, store: Store, access: Access, reporter: Reporter
) -> tuple[Brought, ...]:
    """Resolve what was asked for and bring a wheel of each project into the folder.

    Raises:
        XpipError: There is no solution, or a wheel cannot be had or built. Wheels that had arrived
            by then stay.
    """
    sources = request.sources
    # There is no wheel of a project that is used where it is: an ordinary one is built.
    ordinary = sources._replace(requirements=tuple(map(_not_editable, sources.requirements)))
    packages = choose(request._replace(sources=ordinary), store, access, reporter)
    make_folder(request.folder, "--wheel-dir")
    return _collect_all(packages, request, store, access, reporter)


def _not_editable(line: RequirementText) -> RequirementText:
    if not line.editable:
        return line
    text = line.text
    # `-e folder` needs no separator to be a folder, everything else does.
    is_bare = not scheme_of(text) and "@" not in text and not text.startswith((".", "/"))
    return line._replace(text=f"./{text}" if is_bare else text, editable=False)


def _collect_all(
    packages: tuple[ResolvedPackage, ...],
    request: FolderRequest,
    store: Store,
    access: Access,
    reporter: Reporter,
) -> tuple[Brought, ...]:
    if not packages:
        return ()
    from xpip.index.delivery import deliver
    from xpip.network.loop.waiting import ensure_future, gather
    from xpip.operations.online import open_sources

    async def one(
        package: ResolvedPackage, network: Client | None, sources: Sources | None
    ) -> Delivered:
        file, hashes = package.file, package.hashes
        if is_source(package):
            file, hashes = await _built(package, sources), ()
        delivered = await deliver(file, hashes, request.folder, network, reporter)
        reporter.progressed("download", 1)
        return delivered

    async def work(network: Client | None) -> list[Delivered]:
        source_work = open_sources(access, store, network, reporter)
        sources = None if source_work is None else source_work.view(request.policy)
        tasks = [ensure_future(one(package, network, sources)) for package in packages]
        try:
            return list(await gather(*tasks))
        finally:
            for task in tasks:
                task.cancel()
            await gather(*tasks, return_exceptions=True)
            if source_work is not None:
                await source_work.close()

    return bring(work, packages, access, reporter)


async def _built(package: ResolvedPackage, sources: Sources | None) -> IndexFile:
    """Return the wheel that is built of a package, as a file of this machine."""
    if sources is None:
        raise BuildError(f"`{package.name}` would have to be built, and nothing is built here")
    wheel = await sources.wheel(package)
    path = sources.wheel_file((await sources.job(package))[0])
    if path is None:
        raise BuildError(
            f"the wheel that was built of `{package.name}` is gone from the cache",
            hints=("run the command again",),
        )
    return IndexFile(wheel.filename, path_to_url(path))
