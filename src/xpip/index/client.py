"""Everything that indexes, find-links and the store know of projects and files."""

from __future__ import annotations

from xpip.errors import XpipError
from xpip.index.metadata import MetadataReader
from xpip.index.once import Once
from xpip.index.remote import LINKS, KnownPage, OfflineError, RemotePages
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.urls import is_local, redact, url_to_path
from xpip.network.on_demand import event_loop
from xpip.selection.merge import FIRST_INDEX, UNSAFE_FIRST_MATCH, merge_pages
from xpip.store.resolutions import Evidence, evidence_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from xpip.index.local import LinksByProject, LocalIndex
    from xpip.index.wheels import WheelFetcher
    from xpip.model.distribution import StoredWheel
    from xpip.model.link import Digest, IndexFile, IndexPage
    from xpip.model.options import IndexOptions
    from xpip.model.release_metadata import ReleaseMetadata
    from xpip.model.reporter import Reporter
    from xpip.network.client import Client
    from xpip.store.layout import Store

NEVER = float("inf")
"""Until when local files need not be asked for again; their evidence shows when they change."""


class Pages(NamedTuple):
    """Where a project is listed, and what says so."""

    pages: tuple[IndexPage, ...]
    """Those that may be used, best first; empty when nobody knows the project."""
    asked: tuple[str, ...]
    """Every index and find-links location that was looked at, in order."""
    in_turn: tuple[str, ...] = ()
    """Indexes of which a later one counts only where no version of an earlier one will do; empty
    where all count alike."""


class _Ask(NamedTuple):
    """Pages that have to be fetched before there is an answer."""

    indexes: list[str]
    links: list[str]


class IndexClient:
    """Answers questions about projects and files, each fetched once however many ask."""

    def __init__(
        self,
        options: IndexOptions,
        network: Client | None,
        store: Store,
        now: float,
        reporter: Reporter,
    ) -> None:
        """Prepare a client; nothing is read yet.

        Args:
            network: None to use only what is stored or local.
            now: Seconds since the epoch, the same for the whole command.
        """
        self._options = options
        self._network = network
        self._remote = RemotePages(options, network, store, now)
        self._store = store
        self._wheels: WheelFetcher | None = None
        self._metadata = MetadataReader(network, store, now, self.fetch_wheel)
        self._reporter = reporter
        self._local: dict[str, LocalIndex] = {}
        for location in filter(is_local, options.indexes):
            from xpip.index.local import LocalIndex

            self._local[location] = LocalIndex(location, reporter)
        self._servers = [url for url in options.indexes if url not in self._local]
        self._ties = dict(options.ties)
        self._in_turn = tuple(self._servers) if options.strategy == UNSAFE_FIRST_MATCH else ()
        self._fetched: dict[tuple[str, str], KnownPage] = {}
        self._links: dict[str, LinksByProject] = {}
        self._fetched_links: dict[str, KnownPage] = {}
        self._evidence: dict[str, Evidence] = {}
        self._links_pages: Once[KnownPage] = Once()
        self._pages: Once[Pages] = Once()
        self._known: Once[ReleaseMetadata] = Once()
        self._stored_wheels: Once[StoredWheel] = Once()

    def pages_now(self, project: str) -> Pages | None:
        """Return where a project is listed if that needs no server, None otherwise.

        Args:
            project: Normalised.

        Raises:
            IndexAccessError: A local location cannot be read.
        """
        known = self._pages.known(project)
        if known is not None:
            return known
        found = self._collect(project)
        return self._pages.add(project, found) if isinstance(found, Pages) else None

    async def pages(self, project: str) -> Pages:
        """Return where a project is listed.

        Args:
            project: Normalised.

        Raises:
            IndexAccessError: An index that must be asked gave no answer.
        """
        return await self._pages.get(project, lambda: self._read_pages(project))

    def metadata_now(self, file: IndexFile, project: str = "") -> ReleaseMetadata | None:
        """Return the core metadata of a file if that needs no server, None otherwise.

        Args:
            project: Normalised, where it is known: its releases are looked for together.

        Raises:
            XpipError: The file is local and no usable wheel.
        """
        known = self._known.known(file.url)
        if known is not None:
            return known
        if file.url.startswith("file:"):
            self._note_local(url_to_path(file.url))
        stored = self._metadata.stored(file, project)
        return None if stored is None else self._known.add(file.url, stored)

    async def metadata(self, file: IndexFile, project: str = "") -> ReleaseMetadata:
        """Return the core metadata of a file.

        Args:
            project: As for `metadata_now`.

        Raises:
            IndexAccessError: It cannot be had.
            IntegrityError: It is not what it was promised to be.
        """
        return await self._known.get(file.url, lambda: self._metadata.read(file, project))

    def keep_bundles(self) -> None:
        """Keep what was learned in the form in which it is found again most quickly."""
        self._metadata.keep_bundles()

    async def fetch_wheel(self, file: IndexFile, expected: Sequence[Digest] = ()) -> StoredWheel:
        """Return a wheel from the store, downloaded, verified and unpacked if it was not there.

        Args:
            expected: What the user allows, beside what the index states; empty: anything.

        Raises:
            IndexAccessError: It cannot be had.
            IntegrityError: It is not what it was promised to be.
        """
        key = (file.url, tuple(expected))
        if self._wheels is None:
            from xpip.index.wheels import WheelFetcher

            self._wheels = WheelFetcher(self._network, self._store, self._reporter)
        wheels = self._wheels
        return await self._stored_wheels.get(key, lambda: wheels.fetch(file, expected))

    def used_stored_pages(self, projects: Iterable[str] | None = None) -> bool:
        """Say whether some answer came from a page that a server might have changed since.

        Args:
            projects: Only answers about these count; None: all do.
        """
        used = self._remote.used_stored
        return bool(used) if projects is None else not used.isdisjoint((*projects, LINKS))

    def evidence(self) -> tuple[Evidence, ...]:
        """Return what every answer so far was made from."""
        return tuple(self._evidence.values())

    def _collect(self, project: str) -> Pages | _Ask:
        """Return the answer, or what has to be asked for next to come nearer to it."""
        ask = _Ask([], [])
        tie = self._ties.get(project)
        find_links = self._options.find_links if tie is None else ()
        locals_ = [name for name in self._local if tie in (None, name)]
        links = [self._links_page(location, project, ask) for location in find_links]
        # Folders of this machine are offered besides all servers (docs/decisions/004).
        links += [self._local_page(self._local[name], project) for name in locals_]
        pages: list[IndexPage | None] = []
        asked = [*find_links, *locals_]
        for index_url in self._servers:
            if tie not in (None, index_url):
                continue
            known = self._server_page(index_url, project)
            if known is None:
                ask.indexes.append(index_url)
            else:
                pages.append(known.page)
                asked.append(index_url)
            found = known is None or known.page is not None
            if self._options.strategy == FIRST_INDEX and found:
                # A later index is not even asked while an earlier one may know the project.
                break
        if ask.indexes or ask.links:
            return ask
        usable = merge_pages(
            pages, self._options.strategy, [page for page in links if page is not None]
        )
        return Pages(usable, tuple(asked), self._in_turn)

    async def hidden_pages(self, project: str) -> tuple[IndexPage, ...]:
        """Return what indexes say that do not count for a project, as an earlier one has it.

        This is for messages only: what stands there must never be installed. Indexes that give no
        answer are left out.
        """
        known = self._pages.known(project)
        if self._options.strategy != FIRST_INDEX or self._network is None or known is None:
            return ()
        if project in self._ties:
            return ()
        found = []
        for index_url in self._servers:
            if index_url in known.asked:
                continue
            await event_loop()
            try:
                page = (await self._remote.page(index_url, project)).page
            except XpipError:
                continue
            if page is not None:
                found.append(page)
        return tuple(found)

    def _local_page(self, local: LocalIndex, project: str) -> IndexPage | None:
        for path in local.paths(project):
            self._note_local(path)
        return local.page(project)

    def _server_page(self, index_url: str, project: str) -> KnownPage | None:
        """Return what a server says of a project, None while that is not known."""
        key = (index_url, project)
        known = self._fetched.get(key) or self._remote.stored(index_url, project)
        if known is not None:
            self._fetched[key] = known
            self._note(known.evidence)
        return known

    def _links_page(self, location: str, project: str, ask: _Ask) -> IndexPage | None:
        links = self._links.get(location)
        if links is None:
            files = self._read_links(location)
            if files is None:
                ask.links.append(location)
                return None
            from xpip.index.local import LinksByProject

            links = self._links[location] = LinksByProject(location, files)
        return links.page(project)

    def _read_links(self, location: str) -> tuple[IndexFile, ...] | None:
        """Return the files of a find-links location, None while its server must be asked."""
        if is_local(location):
            from xpip.index.local import local_path, read_links

            self._note_local(local_path(location))
            return read_links(location, self._reporter)
        known = self._fetched_links.get(location) or self._remote.stored(location, LINKS)
        if known is None:
            return None
        self._note(known.evidence)
        if known.page is None:
            self._reporter.warning(f"the find-links page `{redact(location)}` does not exist")
        return () if known.page is None else tuple(known.page.files)

    def _note(self, evidence: Evidence) -> None:
        self._evidence.setdefault(evidence.path, evidence)

    def _note_local(self, path: str) -> None:
        if path not in self._evidence:
            self._evidence[path] = evidence_of(path, NEVER)

    async def _read_pages(self, project: str) -> Pages:
        while True:
            found = self._collect(project)
            if isinstance(found, Pages):
                if not found.pages and self._network is None:
                    self._ensure_not_missing(project)
                return found
            from xpip.network.loop.waiting import gather

            await gather(
                *(self._ask(index_url, project) for index_url in found.indexes),
                *(self._ask_links(location) for location in found.links),
            )

    def _ensure_not_missing(self, project: str) -> None:
        """Tell a project that nobody knows from one whose page was never fetched.

        Raises:
            OfflineError: Some index would have to be asked.
        """
        if self._servers:
            raise OfflineError(
                f"`{project}` is not in the cache, and no index may be asked",
                details=tuple(f"not asked: {redact(index_url)}" for index_url in self._servers),
                hints=("leave out `--offline`",),
            )

    async def _ask(self, index_url: str, project: str) -> None:
        self._fetched[index_url, project] = await self._remote.page(index_url, project)

    async def _ask_links(self, location: str) -> None:
        page = await self._links_pages.get(location, lambda: self._remote.links(location))
        self._fetched_links[location] = page
