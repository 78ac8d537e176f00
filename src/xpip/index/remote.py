"""Index pages of servers, kept in the store for as long as their server allows."""

from __future__ import annotations

from xpip.errors import IndexAccessError
from xpip.model.link import IndexPage
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.store.pages import (
    CachedPage,
    page_path,
    read_absence,
    read_page,
    with_table,
    write_absence,
    write_page,
)
from xpip.store.resolutions import Evidence, evidence_of

if TYPE_CHECKING:
    from xpip.model.options import IndexOptions
    from xpip.network.client import Client, Response
    from xpip.store.layout import Store

ACCEPT = (
    "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.1, "
    "text/html;q=0.01"
)
MAXIMUM_PAGE = 128 << 20
"""Bytes of a page, decoded."""
LINKS = "links"
"""Stands for the project where a page is a flat one of find-links."""


class OfflineError(IndexAccessError):
    """Something would have to be fetched, and that was forbidden."""

    code = "offline"


class RemotePages:
    """Reads the pages of servers, from the store where they are fresh."""

    def __init__(
        self,
        options: IndexOptions,
        network: Client | None,
        store: Store,
        now: float,
    ) -> None:
        """Prepare a reader.

        Args:
            network: None to use only what is stored, fresh or not.
            now: Seconds since the epoch.
        """
        self._refresh_all = options.refresh
        self._refreshed = options.refresh_packages
        # Where there are several indexes, an absence would lead to the next one, and a private
        # project that has just been made must not be taken from a public index.
        self._believes_absence = len(options.indexes) == 1
        self._network = network
        self._store = store
        self._now = now
        self.used_stored: set[str] = set()
        """Projects with a stored page that nobody was asked about in this run."""
        self._stale: dict[tuple[str, str], CachedPage | None] = {}
        """What `stored` found and would not use; None where it found nothing."""

    def _is_refreshed(self, project: str) -> bool:
        """Say whether servers have to be asked about a project whatever is stored."""
        return self._refresh_all or project in self._refreshed

    def stored(self, index_url: str, project: str) -> KnownPage | None:
        """Return a page that may be used without asking its server, None when there is none."""
        if self._network is not None and self._is_refreshed(project):
            return None
        # Looked at before reading: a page that another process writes in between then shows as a
        # change, and the answer that is made from it is not remembered for too long.
        path = page_path(self._store, index_url, project)
        evidence = evidence_of(path, 0.0)
        cached = read_page(self._store, index_url, project)
        if cached is None and self._network is not None and self._believes_absence:
            until = read_absence(self._store, index_url, project)
            if until > self._now:
                self.used_stored.add(project)
                return KnownPage(None, evidence._replace(fresh_until=until))
        if cached is None or (self._network is not None and cached.fresh_until <= self._now):
            self._stale[index_url, project] = cached
            return None
        self.used_stored.add(project)
        return KnownPage(cached.page, evidence._replace(fresh_until=cached.fresh_until))

    async def page(self, index_url: str, project: str) -> KnownPage:
        """Return what an index says of a project.

        Raises:
            IndexAccessError: The server gave neither page nor denial.
        """
        return await self._page(f"{index_url.rstrip('/')}/{project}/", index_url, project)

    async def links(self, url: str) -> KnownPage:
        """Return a flat page of links.

        Raises:
            IndexAccessError: The server gave neither page nor denial.
        """
        return await self._page(url, url, LINKS)

    async def _page(self, url: str, index_url: str, project: str) -> KnownPage:
        if (index_url, project) not in self._stale:
            stored = self.stored(index_url, project)
            if stored is not None:
                return stored
        path = page_path(self._store, index_url, project)
        fetched = None
        if self._network is not None:
            fetched = await self._fetched(self._network, url, index_url, project)
        if fetched is None:
            # That a project is unknown is believed for as long as a page of a silent server.
            from xpip.index.freshness import DEFAULT

            until = self._now + DEFAULT
            if self._network is not None and project != LINKS:
                write_absence(self._store, index_url, project, until)
            return KnownPage(None, evidence_of(path, until))
        return KnownPage(fetched.page, evidence_of(path, fetched.fresh_until))

    async def _fetched(
        self, network: Client, url: str, index_url: str, project: str
    ) -> CachedPage | None:
        """Return a page from its server, None when it is not there."""
        key = (index_url, project)
        if key in self._stale:
            cached = self._stale[key]
        else:
            cached = read_page(self._store, index_url, project)
        headers = {"Accept": ACCEPT}
        if self._is_refreshed(project):
            # Caches on the way must ask too.
            headers["Cache-Control"] = "no-cache"
        if cached is not None and cached.etag:
            headers["If-None-Match"] = cached.etag
        elif cached is not None and cached.last_modified:
            headers["If-Modified-Since"] = cached.last_modified
        response = await network.get(url, headers, MAXIMUM_PAGE)
        if response.status in (404, 410):
            return None
        if response.status == 304 and cached is not None:  # noqa: PLR2004
            renewed = self._renewed(cached, response)
            write_page(self._store, renewed)
            return renewed
        # Judging and storing both want it sorted by releases.
        page = with_table(self._parsed(response, url, index_url, project))
        return self._keep(page, response)

    def _renewed(self, cached: CachedPage, response: Response) -> CachedPage:
        from xpip.index.freshness import freshness_of

        until = freshness_of(response.headers, self._now).until
        return cached._replace(fresh_until=until)

    def _keep(self, page: IndexPage, response: Response) -> CachedPage:
        from hashlib import sha256

        from xpip.index.freshness import freshness_of

        freshness = freshness_of(response.headers, self._now)
        fetched = CachedPage(
            page,
            freshness.until,
            response.headers.get("etag", ""),
            response.headers.get("last-modified", ""),
            sha256(response.body).hexdigest(),
        )
        if freshness.may_store:
            write_page(self._store, fetched)
        else:
            write_absence(self._store, page.index_url, page.project, 0.0)
        return fetched

    def _parsed(self, response: Response, url: str, index_url: str, project: str) -> IndexPage:
        from xpip.formats.simple_index import is_login_page, parse_flat_page, parse_page

        content_type = response.headers.get("content-type", "")
        if project == LINKS:
            files = parse_flat_page(response.body, content_type, response.url)
            page = IndexPage(project, index_url, files)
        else:
            page = parse_page(response.body, content_type, response.url, project, index_url)
        if not page.files and is_login_page(response.body):
            raise IndexAccessError(
                f"`{url}` is a login page, not an index page",
                details=(f"found: {content_type or 'no content type'}, no links to files",),
                hints=("give a user name and password in the index URL or in a netrc file",),
            )
        return page


class KnownPage(NamedTuple):
    """What an index says of a project."""

    page: IndexPage | None
    """None when it does not know the project."""
    evidence: Evidence
