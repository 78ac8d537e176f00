"""Index pages in parsed form, with what is needed to know whether they still hold."""

from __future__ import annotations

from marshal import dumps, loads

from xpip.model.link import IndexPage
from xpip.model.page_table import PageFiles, PageTable, tabulate
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.store.keys import key_of
from xpip.store.layout import PAGES
from xpip.store.packing import keep_packed, read_packed

if TYPE_CHECKING:
    from xpip.store.layout import Store


class CachedPage(NamedTuple):
    """A page as it was fetched."""

    page: IndexPage
    fresh_until: float
    """Seconds since the epoch; from then on the server has to be asked."""
    etag: str = ""
    """Empty when the server gave none."""
    last_modified: str = ""
    """Empty when the server gave none."""
    digest: str = ""
    """sha256 of the body, hexadecimal."""


_FIELDS = len(CachedPage._fields) - 1 + len(IndexPage._fields)
_ABSENCE = "absence"


def page_path(store: Store, index_url: str, project: str) -> str:
    """Return the file that a page is kept in, whether it exists or not."""
    name = _name(index_url, project)
    return f"{store.holder(PAGES, name)}/{PAGES}/{name}"


def read_page(store: Store, index_url: str, project: str) -> CachedPage | None:
    """Return a page, fresh or not; None when it was never fetched."""
    for path in store.paths(PAGES, _name(index_url, project)):
        fields = read_packed(path)
        if type(fields) is tuple and len(fields) == _FIELDS and fields[:2] == (project, index_url):
            files = PageFiles(PageTable(*fields[2]), loads)
            return CachedPage(IndexPage(project, index_url, files), *fields[3:])
    return None


def write_page(store: Store, cached: CachedPage) -> None:
    """Remember a page; nothing is said when the store cannot take it."""
    page = with_table(cached.page)
    files = page.files
    assert isinstance(files, PageFiles)
    path = store.path(PAGES, _name(page.index_url, page.project))
    keep_packed(store, path, (page.project, page.index_url, tuple(files.table), *cached[1:]))


def read_absence(store: Store, index_url: str, project: str) -> float:
    """Return until when it may be believed that an index does not know a project.

    In seconds since the epoch; 0 when nothing is known.
    """
    for path in store.paths(PAGES, key_of(_ABSENCE, index_url, project)):
        fields = read_packed(path)
        if type(fields) is tuple and fields[:2] == (project, index_url):
            return float(fields[2])
    return 0.0


def write_absence(store: Store, index_url: str, project: str, until: float) -> None:
    """Remember that an index does not know a project; its page, if there is one, stays."""
    path = store.path(PAGES, key_of(_ABSENCE, index_url, project))
    keep_packed(store, path, (project, index_url, until))


def with_table(page: IndexPage) -> IndexPage:
    """Return the same page sorted by releases."""
    files = page.files
    if not isinstance(files, PageFiles):
        files = PageFiles(tabulate(page.project, files, dumps), loads)
    return page._replace(files=files)


def _name(index_url: str, project: str) -> str:
    """Return the name of a page's file: a digest, so that no server has a say in it."""
    return key_of(index_url, project)
