"""The files of a lock: which ones are written, and where those without a URL are found."""

from __future__ import annotations

from xpip.errors import IndexAccessError
from xpip.model.file_names import parse_wheel_name
from xpip.model.link import Digest
from xpip.model.markers import dependencies_for
from xpip.model.names import normalized_name
from xpip.model.records import TYPE_CHECKING
from xpip.model.resolution import Need
from xpip.network.loop.waiting import gather
from xpip.operations.published import files_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.index.client import IndexClient
    from xpip.model.dependencies import CoreMetadata
    from xpip.model.link import IndexFile, IndexPage
    from xpip.model.resolution import Resolution, ResolvedPackage
    from xpip.model.target import Target
    from xpip.operations.search import Search
    from xpip.resolver.problem import Solution

_ALGORITHM = "sha256"
_WINDOWS = {"AMD64": "win_amd64", "x86": "win32", "ARM64": "win_arm64"}
"""By `platform_machine`."""


async def with_lock_facts(
    resolution: Resolution, solution: Solution, search: Search, client: IndexClient
) -> Resolution:
    """Return a resolution in which every package has what a lock says of it.

    That is all files of its version that some machine of the target's kind could use, and what it
    needs. Only files without a sha256 on their index are downloaded.

    Raises:
        IndexAccessError: A file has to be fetched and cannot be had.
    """
    told = [search.provider.told(chosen.candidate) for chosen in solution.packages]
    packages = await gather(
        *(
            _with_facts(package, metadata, search, client)
            for package, metadata in zip(resolution.packages, told, strict=True)
        )
    )
    return resolution._replace(packages=tuple(packages))


async def _with_facts(
    package: ResolvedPackage, metadata: CoreMetadata | None, search: Search, client: IndexClient
) -> ResolvedPackage:
    target = search.question.target
    needs = () if metadata is None else _needs(metadata, package.extras, target)
    package = package._replace(needs=needs)
    if package.source is not None:
        return package
    if package.direct:
        return package._replace(file=await _hashed(package.file, client))
    pages = (await client.pages(package.name)).pages
    found = files_of(package, pages, search.question.policy)
    fitting = _fitting(found or (package.file,), target)
    chosen = _once(fitting, package)
    files = await gather(*(_hashed(file, client) for file in chosen))
    return package._replace(
        files=tuple(sorted(file for file in files if file.digests)),
        index_url=_index_of(pages, files) or package.index_url,
    )


def _needs(metadata: CoreMetadata, extras: Sequence[str], target: Target) -> tuple[Need, ...]:
    """Return what a release asks for with some extras; once for each extra that asks."""
    dependencies = dependencies_for(metadata, target)
    found = [("", dependencies.requires)]
    found += [(extra, added) for extra, added in dependencies.extras if extra in extras]
    return tuple(
        sorted(
            {
                Need(
                    extra,
                    normalized_name(requirement.name),
                    tuple(sorted(map(normalized_name, requirement.extras))),
                )
                for extra, requirements in found
                for requirement in requirements
            }
        )
    )


def _fitting(files: Sequence[IndexFile], target: Target) -> list[IndexFile]:
    """Return source archives, and the wheels that some machine of the target's kind could use.

    Its kind is what a lock's `environments` name: Python's version and implementation, the system
    and the processor. The C library is left open, so that a lock made here serves there too.
    """
    accepted = set(target.tags)
    pythons = {tag.rpartition("-")[0] for tag in target.tags}
    markers = dict(target.markers)
    found = []
    for file in files:
        wheel = parse_wheel_name(file.filename)
        if wheel is None or any(
            tag in accepted
            or (tag.rpartition("-")[0] in pythons and _is_kin(tag.rpartition("-")[2], markers))
            for tag in wheel.tags
        ):
            found.append(file)
    return found


def _is_kin(platform: str, markers: dict[str, str]) -> bool:
    """Say whether the platform part of a tag is of the system and processor of markers."""
    system, machine = markers.get("sys_platform", ""), markers.get("platform_machine", "")
    if system == "linux":
        is_linux = platform.startswith(("linux_", "manylinux", "musllinux"))
        return is_linux and platform.endswith(f"_{machine}")
    if system == "darwin":
        kinds = (f"_{machine}", "_universal2", "_universal", "_intel")
        is_fat = not platform.endswith(("_universal", "_intel")) or machine == "x86_64"
        return platform.startswith("macosx_") and platform.endswith(kinds) and is_fat
    return system == "win32" and platform == _WINDOWS.get(machine)


def _once(files: Sequence[IndexFile], package: ResolvedPackage) -> list[IndexFile]:
    """Return one file for each name: of the same content, one that others can reach as well."""
    by_name: dict[str, IndexFile] = {package.file.filename: package.file}
    for file in files:
        known = by_name.setdefault(file.filename, file)
        if known is not file and _is_local(known) and not _is_local(file) and _agree(known, file):
            by_name[file.filename] = file
    return list(by_name.values())


def _is_local(file: IndexFile) -> bool:
    return file.url.startswith("file:")


def _agree(one: IndexFile, other: IndexFile) -> bool:
    """Say whether two files may be the same, as far as their hashes tell."""
    first, second = one.digest(_ALGORITHM), other.digest(_ALGORITHM)
    return second is not None and first in (None, second)


def _index_of(pages: Sequence[IndexPage], files: Sequence[IndexFile]) -> str:
    """Return the index that most of the files are from; empty when none is."""
    urls = {file.url for file in files}
    best, most = "", 0
    for page in pages:
        number = sum(file.url in urls for file in page.files)
        if number > most:
            best, most = page.index_url, number
    return best


async def _hashed(file: IndexFile, client: IndexClient) -> IndexFile:
    """Return a file with a sha256; without any digest where it cannot be had for a source archive.

    Whoever wants a source archive locked has an index that states its hash.
    """
    if file.digest(_ALGORITHM) is not None:
        return file
    if not file.filename.endswith(".whl"):
        return file._replace(digests=())
    wheel = await client.fetch_wheel(file)
    return file._replace(digests=(*file.digests, Digest(_ALGORITHM, wheel.key)))


async def locate(package: ResolvedPackage, client: IndexClient) -> ResolvedPackage:
    """Return a package of a lock with the URL of its file, found on an index by name and hash.

    Raises:
        IndexAccessError: No index has a file of this name with this hash.
    """
    file = package.file
    if file.url or package.source is not None:
        return package
    pages = await client.pages(package.name)
    rivals = []
    for page in pages.pages:
        for listed in page.files:
            if listed.filename != file.filename:
                continue
            stated = {digest.algorithm: digest.value for digest in listed.digests}
            if all(stated.get(one.algorithm, one.value) == one.value for one in file.digests):
                size = listed.size if file.size is None else file.size
                found = file._replace(url=listed.url, size=size)
                return package._replace(file=found, index_url=page.index_url)
            rivals.append(page.index_url)
    what = "with the hashes of the lock file" if rivals else "at all"
    raise IndexAccessError(
        f"no index has `{file.filename}` {what}",
        details=tuple(f"looked at: {url}" for url in dict.fromkeys(rivals or pages.asked)),
        hints=("name the index that the lock file was made with, by `--index-url`",),
    )
