"""Make the source archive and the wheel of a project, for publishing it."""

from __future__ import annotations

import os

from xpip.errors import BuildError, XpipError
from xpip.formats.archive_names import is_archive_name
from xpip.formats.source_location import ARCHIVE, DIRECTORY
from xpip.model.options import SelectionPolicy
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.source import SourceLocation
from xpip.model.urls import path_to_url
from xpip.store.keys import key_of

if TYPE_CHECKING:
    from xpip.model.reporter import Reporter
    from xpip.network.client import Client
    from xpip.operations.build_jobs import Job
    from xpip.operations.resolve import Access
    from xpip.operations.sources import SourceWork
    from xpip.store.layout import Store


class ProjectBuild(NamedTuple):
    """What one `xpip build` asks for."""

    path: str
    """Absolute; the project's folder, or a source archive."""
    folder: str
    """Absolute; where what is made goes. Made if it does not exist."""
    policy: SelectionPolicy
    """Which files builds may use."""
    sdist: bool = True
    wheel: bool = True
    """With `sdist`, it is built from the archive, so that the archive is known to be complete."""


def build_project(
    request: ProjectBuild, store: Store, access: Access, reporter: Reporter
) -> tuple[str, ...]:
    """Return the paths of what was made, the source archive first.

    Raises:
        BuildError: Something cannot be made.
    """
    is_archive = os.path.isfile(request.path) and is_archive_name(request.path)
    if is_archive and request.sdist:
        raise BuildError(f"`{request.path}` is a source archive already", hints=("add `--wheel`",))
    if not is_archive and not os.path.isdir(request.path):
        raise BuildError(
            f"`{request.path}` is neither a folder with a project nor a source archive"
        )
    try:
        os.makedirs(request.folder, exist_ok=True)
    except OSError as error:
        raise XpipError(
            f"the folder `{request.folder}` cannot be made: {error.strerror or error}",
            hints=("name another one with `--outdir`",),
        ) from error
    from xpip.operations.connected import run_connected
    from xpip.operations.online import open_sources

    async def work(network: Client | None) -> tuple[str, ...]:
        source_work = open_sources(access, store, network, reporter)
        if source_work is None:
            raise BuildError("nothing is built here")
        try:
            return await _make(request, source_work, is_archive=is_archive)
        finally:
            await source_work.close()

    return run_connected(work, access, reporter)


async def _make(request: ProjectBuild, work: SourceWork, *, is_archive: bool) -> tuple[str, ...]:
    from xpip.operations.sources import Wish

    async def job_of(path: str, kind: str) -> Job:
        location = SourceLocation(kind, path_to_url(path))
        return (await work.describe(Wish(location, requested=True))).job

    builder = work.builder(request.policy)
    job = await job_of(request.path, ARCHIVE if is_archive else DIRECTORY)
    made = []
    if request.sdist:
        inputs = job.inputs._replace(kind="sdist")
        archive = job._replace(inputs=inputs, key=key_of(job.key, "sdist"))
        made.append(await builder.make_anew(archive, request.folder))
    if request.wheel:
        if made:
            job = await job_of(made[0], ARCHIVE)
        made.append(await builder.make_anew(job, request.folder))
    return tuple(made)
