"""Core metadata of a file, the cheapest way there is.

From the store; else the file beside the wheel (PEP 658), announced or found by trying; else parts
of the wheel; else the wheel.
"""

from __future__ import annotations

import os

from xpip.errors import BuildError, BuildFailed, IntegrityError, XpipError
from xpip.index.remote import OfflineError
from xpip.model.dependencies import CoreMetadata
from xpip.model.file_names import sdist_stem
from xpip.model.link import Digest
from xpip.model.records import TYPE_CHECKING
from xpip.model.urls import url_to_path
from xpip.store.metadata import (
    bundled,
    metadata_key,
    read_bundle,
    read_release,
    release_metadata,
    unbundled,
    write_bundle,
    write_metadata,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from xpip.index.hosts import Hosts
    from xpip.model.distribution import StoredWheel
    from xpip.model.link import IndexFile
    from xpip.model.release_metadata import ReleaseMetadata
    from xpip.network.client import Client, Range
    from xpip.store.layout import Store

    FetchWheel = Callable[[IndexFile], Awaitable[StoredWheel]]

MAXIMUM_METADATA = 32 << 20
"""Bytes of a metadata file."""
WORTH_A_BUNDLE = 16
"""Releases of one project; fewer files are read as quickly one by one."""


class MetadataReader:
    """Reads core metadata of files of indexes."""

    def __init__(
        self, network: Client | None, store: Store, now: float, fetch_wheel: FetchWheel
    ) -> None:
        """Prepare a reader.

        Args:
            network: None to use only what is stored or local.
            now: Seconds since the epoch.
            fetch_wheel: Brings a whole wheel into the store, where nothing less will do.
        """
        self._network = network
        self._store = store
        self._now = now
        self._known_hosts: Hosts | None = None
        self._fetch_wheel = fetch_wheel
        self._absent: set[str] = set()
        """URLs of files whose metadata the store was seen not to have."""
        self._bundles: dict[str, dict[str, bytes]] = {}
        self._single: dict[str, dict[str, ReleaseMetadata]] = {}
        """What was found on its own or fetched, by project and key."""
        self._looked_at: set[str] = set()
        """Projects of which some release was looked for."""

    def stored(self, file: IndexFile, project: str = "") -> ReleaseMetadata | None:
        """Return what is known without asking anybody; local files without digest are read.

        Args:
            project: Normalised, where it is known: its releases are looked for together.

        Raises:
            XpipError: A local file cannot be read or is no usable wheel.
        """
        if file.url.startswith("file:") and file.digest("sha256") is None:
            return release_metadata(read_local(file), file.filename)
        if file.url in self._absent:
            return None
        key = metadata_key(file)
        # Most projects are asked for one release, and have no bundle.
        is_first = project not in self._looked_at
        self._looked_at.add(project)
        release = None if is_first else self._bundled(key, project)
        if release is None:
            release = read_release(self._store, key)
            if release is not None and project:
                self._single.setdefault(project, {})[key] = release
        if release is None and is_first:
            release = self._bundled(key, project)
        if release is None:
            self._absent.add(file.url)
        elif release.filename != file.filename:
            from xpip.index.identity import ensure_same

            ensure_same(release.core, file.filename)
        return release

    def _bundled(self, key: str, project: str) -> ReleaseMetadata | None:
        if not project:
            return None
        bundle = self._bundles.get(project)
        if bundle is None:
            bundle = self._bundles[project] = read_bundle(self._store, project)
        data = bundle.get(key)
        return None if data is None else unbundled(data)

    def keep_bundles(self) -> None:
        """Keep the metadata of projects together of which many releases were looked at."""
        for project, releases in self._single.items():
            if len(releases) >= WORTH_A_BUNDLE:
                found = {key: bundled(release) for key, release in releases.items()}
                write_bundle(self._store, project, {**self._bundles.get(project, {}), **found})
        self._single.clear()

    async def read(self, file: IndexFile, project: str = "") -> ReleaseMetadata:
        """Return the core metadata of a file.

        Raises:
            IndexAccessError: It cannot be had.
            IntegrityError: It is not what it was promised to be.
        """
        known = self.stored(file, project)
        if known is not None:
            return known
        if file.url.startswith("file:"):
            metadata = read_local(file)
        elif sdist_stem(file.filename) is not None and self._network is not None:
            metadata = await self._of_sdist(file, self._network)
        elif self._network is None:
            raise OfflineError(
                f"the metadata of `{file.filename}` is not in the cache",
                hints=("leave out `--offline`",),
            )
        else:
            metadata = (
                await self._beside(file, self._network)
                or await self._from_parts(file, self._network)
                or CoreMetadata(*(await self._fetch_wheel(file)).metadata)
            )
        from xpip.index.identity import ensure_same

        ensure_same(metadata, file.filename)
        key = metadata_key(file)
        release = write_metadata(self._store, key, metadata, file.filename)
        if project:
            self._single.setdefault(project, {})[key] = release
        return release

    @property
    def _hosts(self) -> Hosts:
        if self._known_hosts is None:
            from xpip.index.hosts import Hosts

            self._known_hosts = Hosts(self._store, self._now)
        return self._known_hosts

    async def _of_sdist(self, file: IndexFile, network: Client) -> CoreMetadata:
        """Return what stands beside a source archive where that is announced, else in it."""
        if file.metadata:
            beside = await self._fetch_beside(file, network)
            if beside is not None:
                return beside
        from xpip.index.sdist_metadata import MAXIMUM_SDIST, sdist_metadata

        response = await network.get(file.url, limit=MAXIMUM_SDIST)
        if not 200 <= response.status < 300:  # noqa: PLR2004
            raise BuildError(f"`{file.filename}` is not on its server any more")
        for digest in file.digests:
            ensure_digest(response.body, digest, f"`{file.filename}`", file.url)
        return sdist_metadata(response.body, file.filename)

    async def _beside(self, file: IndexFile, network: Client) -> CoreMetadata | None:
        """Return what stands in the file beside the wheel, None when there is none."""
        if file.metadata is False:
            return None
        if file.metadata is not None:
            return await self._fetch_beside(file, network)
        has_metadata = self._hosts.has_metadata(file.url)
        if has_metadata is None:
            async with self._hosts.probe(file.url):
                if self._hosts.has_metadata(file.url) is None:
                    return await self._fetch_beside(file, network)
                has_metadata = self._hosts.has_metadata(file.url)
        return await self._fetch_beside(file, network) if has_metadata else None

    async def _fetch_beside(self, file: IndexFile, network: Client) -> CoreMetadata | None:
        from xpip.network.failures import RefusedByServer

        announced = file.metadata is not None
        base, mark, query = file.url.partition("?")
        try:
            response = await network.get(f"{base}.metadata{mark}{query}", limit=MAXIMUM_METADATA)
        except RefusedByServer as error:
            # Some stores of files answer 403 for what is not there.
            if error.status not in (400, 403, 405):
                raise
            found = False
        else:
            found = 200 <= response.status < 300  # noqa: PLR2004
        metadata = None
        if found and isinstance(file.metadata, Digest):
            what = f"the metadata file of `{file.filename}`"
            ensure_digest(response.body, file.metadata, what, f"{file.url}.metadata")
        if found:
            metadata = _parsed_or_none(response.body, file, announced=announced)
        if not announced:
            self._hosts.note_metadata(file.url, found=metadata is not None)
        return metadata

    async def _from_parts(self, file: IndexFile, network: Client) -> CoreMetadata | None:
        """Return what stands in the wheel, None when its server does not send parts."""
        if self._hosts.has_ranges(file.url) is False:
            return None
        from xpip.index.wheel_metadata import TAIL, checked_metadata, metadata_steps

        first = await network.get_range(file.url, None, TAIL)
        if not first.body:
            if first.status == 200:  # noqa: PLR2004
                self._hosts.note_ranges(file.url, found=False)
            return None
        if first.status == 206:  # noqa: PLR2004
            self._hosts.note_ranges(file.url, found=True)
        steps = metadata_steps(file.filename, first.total, first.start, first.body)
        try:
            part = next(steps)
            while True:
                got = await network.get_range(file.url, part.start, part.length)
                if not _continues(first, got):
                    return None
                part = steps.send(got.body)
        except StopIteration as done:
            return checked_metadata(done.value, file.filename)


def _continues(first: Range, part: Range) -> bool:
    """Say whether a part is of the same file as the first one, and was sent at all."""
    same = first.headers.get("etag") == part.headers.get("etag")
    return bool(part.body) and same and first.total == part.total


def _parsed_or_none(data: bytes, file: IndexFile, *, announced: bool) -> CoreMetadata | None:
    """Return parsed metadata; a page that merely says so where nothing was announced is none."""
    if announced:
        from xpip.index.wheel_metadata import checked_metadata

        return checked_metadata(data, file.filename)
    if data.lstrip()[:1] == b"<":
        return None
    from xpip.formats.core_metadata import parse_core_metadata

    try:
        return parse_core_metadata(data, file.filename)
    except IntegrityError:
        return None


def ensure_digest(data: bytes, digest: Digest, what: str, url: str) -> None:
    """Make sure that bytes are what an index promises.

    Raises:
        IntegrityError: They are not.
    """
    from hashlib import new as new_hash

    try:
        got = new_hash(digest.algorithm, data, usedforsecurity=False).hexdigest()
    except ValueError:
        # A hash that this Python does not know cannot be checked; the wheel's own one will be.
        return
    if got != digest.value:
        raise IntegrityError(
            f"{what} is not what its index promises",
            details=(
                f"expected: {digest}",
                f"got: {digest.algorithm}:{got}",
                f"from: {url}",
            ),
        )


def read_local(file: IndexFile) -> CoreMetadata:
    """Return the core metadata of a wheel on this machine.

    Raises:
        IndexAccessError: It cannot be read.
        IntegrityError: It is no usable wheel.
    """
    from xpip.index.identity import ensure_same
    from xpip.index.local import unreadable
    from xpip.index.wheel_metadata import TAIL, checked_metadata, metadata_steps

    path = url_to_path(file.url)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise unreadable("file", path, error) from error
    try:
        total = os.fstat(descriptor).st_size
        if sdist_stem(file.filename) is not None:
            from xpip.index.sdist_metadata import MAXIMUM_SDIST, sdist_metadata

            data = os.read(descriptor, min(total, MAXIMUM_SDIST))
            return ensure_same(sdist_metadata(data, file.filename), file.filename)
        start = max(0, total - TAIL)
        steps = metadata_steps(file.filename, total, start, os.pread(descriptor, TAIL, start))
        part = next(steps)
        while True:
            part = steps.send(os.pread(descriptor, part.length, part.start))
    except StopIteration as done:
        return checked_metadata(done.value, file.filename)
    except OSError as error:
        raise unreadable("file", path, error) from error
    finally:
        os.close(descriptor)


def is_about_one_file(error: XpipError) -> bool:
    """Say whether an error speaks against one release only, and not against the whole run.

    A build that failed is for the user to look at: falling back to ever older releases, each with
    its own old ways to fail, would hide why.
    """
    if isinstance(error, BuildFailed):
        return False
    if isinstance(error, (IntegrityError, BuildError)):
        return True
    from xpip.network.failures import RefusedByServer

    return isinstance(error, RefusedByServer) and error.status in (404, 410, 451)
