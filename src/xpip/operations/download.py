"""Bring the files of what was asked for into a folder, to be installed elsewhere later."""

from __future__ import annotations

from xpip.errors import BuildError
from xpip.model.records import TYPE_CHECKING
from xpip.operations.bringing import Brought, FolderRequest, bring, choose, make_folder

if TYPE_CHECKING:
    from xpip.index.delivery import Delivered
    from xpip.model.reporter import Reporter
    from xpip.model.resolution import ResolvedPackage
    from xpip.network.client import Client
    from xpip.operations.resolve import Access
    from xpip.store.layout import Store


def download(
    request: FolderRequest, store: Store, access: Access, reporter: Reporter
) -> tuple[Brought, ...]:
    """Resolve what was asked for and bring the files into the folder; nothing is installed.

    Source archives come as they are. Files that are there already and have the right hashes stay.

    Raises:
        XpipError: There is no solution, or a file cannot be had or is not what was promised. Files
            that had arrived by then stay.
    """
    packages = choose(request, store, access, reporter)
    make_folder(request.folder, "--dest")
    return _deliver_all(packages, request.folder, access, reporter)


def _deliver_all(
    packages: tuple[ResolvedPackage, ...], folder: str, access: Access, reporter: Reporter
) -> tuple[Brought, ...]:
    if not packages:
        return ()
    from xpip.index.delivery import deliver
    from xpip.network.loop.waiting import ensure_future, gather

    for package in packages:
        _ensure_file(package)

    async def one(package: ResolvedPackage, network: Client | None) -> Delivered:
        delivered = await deliver(package.file, package.hashes, folder, network, reporter)
        reporter.progressed("download", 1)
        return delivered

    async def work(network: Client | None) -> list[Delivered]:
        # The largest first: the last one decides the time.
        order = sorted(packages, key=lambda package: -(package.file.size or 0))
        tasks = {package.name: ensure_future(one(package, network)) for package in order}
        try:
            await gather(*tasks.values())
        finally:
            for task in tasks.values():
                task.cancel()
            await gather(*tasks.values(), return_exceptions=True)
        return [tasks[package.name].result() for package in packages]

    return bring(work, packages, access, reporter)


def _ensure_file(package: ResolvedPackage) -> None:
    """Refuse what is no file: a folder or a repository.

    Raises:
        BuildError: It is none.
    """
    source = package.source
    if source is not None and source.kind != "archive":
        what = "a repository" if source.kind == "vcs" else "a folder"
        raise BuildError(
            f"`{package.name}` comes from {what} and is no file that could be downloaded",
            details=(f"it is at `{source.url}`",),
            hints=("`xpip wheel` builds a wheel of it",),
        )
