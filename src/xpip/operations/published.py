"""The hashes of all files of a release, so that a lock made here installs elsewhere too."""

from __future__ import annotations

from xpip.model.file_names import parse_sdist_name, parse_wheel_name
from xpip.model.link import Digest
from xpip.model.records import TYPE_CHECKING
from xpip.model.versions_text import parse_version
from xpip.network.loop.waiting import gather
from xpip.selection.rules import ALL, upload_limit, was_uploaded_since

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.index.client import IndexClient
    from xpip.model.link import IndexFile, IndexPage
    from xpip.model.options import SelectionPolicy
    from xpip.model.resolution import Resolution, ResolvedPackage

_ALGORITHM = "sha256"


async def with_published_digests(
    resolution: Resolution, client: IndexClient, policy: SelectionPolicy
) -> Resolution:
    """Return a resolution in which every package has the sha256 of all files of its version.

    Where the index states them nothing is downloaded. A wheel without one is fetched.

    Raises:
        IndexAccessError: A file has to be fetched and cannot be had.
    """
    packages = await gather(
        *(_with_digests(package, client, policy) for package in resolution.packages)
    )
    return resolution._replace(packages=tuple(packages))


async def _with_digests(
    package: ResolvedPackage, client: IndexClient, policy: SelectionPolicy
) -> ResolvedPackage:
    files: Sequence[IndexFile] = (package.file,)
    if not package.direct:
        pages = await client.pages(package.name)
        files = files_of(package, pages.pages, policy) or files
    values = {file.digest(_ALGORITHM) for file in files}
    if None in values:
        values.discard(None)
        # A source archive is for pip and others to build; whoever wants its hash has an index
        # that states it.
        unknown = [
            file
            for file in files
            if file.digest(_ALGORITHM) is None and file.filename.endswith(".whl")
        ]
        wheels = await gather(*(client.fetch_wheel(file) for file in unknown))
        values.update(wheel.key for wheel in wheels)
    digests = tuple(Digest(_ALGORITHM, value) for value in sorted(filter(None, values)))
    return package._replace(published=digests)


def files_of(
    package: ResolvedPackage, pages: Sequence[IndexPage], policy: SelectionPolicy
) -> tuple[IndexFile, ...]:
    """Return the wheels and source archives of a version, for whatever platform and Python.

    Left out are kinds of files that `--only-binary` or `--no-binary` forbid for the project, and
    what was uploaded too late: the same command would find other files tomorrow.
    """
    version = parse_version(package.version)
    limit = upload_limit(package.name, policy)
    found = []
    for page in pages:
        for file in page.files:
            if limit is not None and was_uploaded_since(file, limit):
                continue
            wheel = parse_wheel_name(file.filename)
            if wheel is not None:
                fits = wheel.name == package.name and not _is_refused(
                    package.name, policy.no_binary, policy.only_binary
                )
                text = wheel.version if fits else None
            else:
                text = parse_sdist_name(file.filename, package.name)
                if _is_refused(package.name, policy.only_binary, policy.no_binary):
                    text = None
            if text and (text == package.version or parse_version(text) == version):
                found.append(file)
    return tuple(found)


def _is_refused(project: str, refused: frozenset[str], wanted: frozenset[str]) -> bool:
    """Say whether an option refuses a kind of file; a name says more than `:all:`."""
    return project in refused or (ALL in refused and project not in wanted)
