"""Index pages in parsed form, with what is needed to know whether they still hold."""

from __future__ import annotations

import os

from xpip.model.link import Digest, IndexFile, IndexPage
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.store.keys import key_of
from xpip.store.layout import PAGES
from xpip.store.packing import keep_packed, read_packed

if TYPE_CHECKING:
    from typing import Any

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
_METADATA = IndexFile._fields.index("metadata")


def page_path(store: Store, index_url: str, project: str) -> str:
    """Return the file that a page is kept in, whether it exists or not."""
    name = _name(index_url, project)
    if store.base and not os.path.exists(store.path(PAGES, name)):
        return f"{store.base}/{PAGES}/{name}"
    return store.path(PAGES, name)


def read_page(store: Store, index_url: str, project: str) -> CachedPage | None:
    """Return a page, fresh or not; None when it was never fetched."""
    for path in store.paths(PAGES, _name(index_url, project)):
        fields = read_packed(path)
        if type(fields) is tuple and len(fields) == _FIELDS and fields[:2] == (project, index_url):
            files = tuple([_as_file(file) for file in fields[2]])
            return CachedPage(IndexPage(project, index_url, files), *fields[3:])
    return None


def write_page(store: Store, cached: CachedPage) -> None:
    """Remember a page; nothing is said when the store cannot take it."""
    page = cached.page
    files = tuple([_as_plain(file) for file in page.files])
    path = store.path(PAGES, _name(page.index_url, page.project))
    keep_packed(store, path, (page.project, page.index_url, files, *cached[1:]))


def _name(index_url: str, project: str) -> str:
    """Return the name of a page's file: a digest, so that no server has a say in it."""
    return key_of(index_url, project)


def _as_plain(file: IndexFile) -> tuple[Any, ...]:
    metadata = file.metadata
    return (
        file[0],
        file[1],
        tuple([tuple(digest) for digest in file.digests]),
        *file[3:_METADATA],
        tuple(metadata) if isinstance(metadata, Digest) else metadata,
    )


def _as_file(fields: tuple[Any, ...]) -> IndexFile:
    filename, url, digests, requires_python, yanked, size, upload_time, metadata = fields
    if digests:
        digests = tuple([Digest(*digest) for digest in digests])
    if type(metadata) is tuple:
        metadata = Digest(*metadata)
    return IndexFile(filename, url, digests, requires_python, yanked, size, upload_time, metadata)
