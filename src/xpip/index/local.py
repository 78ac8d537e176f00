"""Indexes and find-links that are folders or files of this machine."""

from __future__ import annotations

import os

from xpip.errors import IndexAccessError
from xpip.formats.page_link import is_safe_filename
from xpip.formats.wheel_name import parse_sdist_name, parse_wheel_name, sdist_stem
from xpip.model.link import IndexFile, IndexPage
from xpip.model.records import TYPE_CHECKING
from xpip.model.urls import path_to_url, scheme_of, url_to_path

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xpip.model.reporter import Reporter

MAXIMUM_PAGE = 128 << 20
"""Bytes of a local HTML file."""


def local_path(location: str) -> str:
    """Return the absolute path of a local location.

    Raises:
        UsageError: The URL names another machine.
    """
    path = url_to_path(location) if scheme_of(location) == "file" else location
    return os.path.abspath(path)


class LocalIndex:
    """A folder in the layout of the Simple API: one folder for each project."""

    def __init__(self, location: str, reporter: Reporter) -> None:
        self.location = location
        self._root = local_path(location)
        self._reporter = reporter
        self._exists: bool | None = None

    def paths(self, project: str) -> tuple[str, str]:
        """Return what to look at to see whether the answer for a project has changed."""
        folder = os.path.join(self._root, project)
        return (folder, os.path.join(folder, "index.html"))

    def page(self, project: str) -> IndexPage | None:
        """Return what is there for a project, None when it has no folder.

        Raises:
            IndexAccessError: Something is there and cannot be read.
        """
        if self._exists is None:
            self._exists = os.path.isdir(self._root)
            if not self._exists:
                self._reporter.warning(f"the index `{self.location}` does not exist")
        folder, page = self.paths(project)
        if not self._exists or not os.path.isdir(folder):
            return None
        if not os.path.isfile(page):
            return IndexPage(project, self.location, _scan(folder))
        from xpip.formats.simple_index import parse_page

        body = _read(page)
        return without_missing_files(
            parse_page(body, "text/html", path_to_url(page), project, self.location)
        )


def without_missing_files(page: IndexPage) -> IndexPage:
    """Return the page without those local files that are not there."""
    files = [
        file
        for file in page.files
        if not file.url.startswith("file:") or os.path.isfile(url_to_path(file.url))
    ]
    return page if len(files) == len(page.files) else page._replace(files=tuple(files))


def read_links(location: str, reporter: Reporter) -> tuple[IndexFile, ...]:
    """Return the distributions of a folder, or those that a local HTML file links to.

    What does not exist is told once and is no failure: pip configurations outlive folders.

    Raises:
        IndexAccessError: It exists and cannot be read.
    """
    path = local_path(location)
    if os.path.isdir(path):
        return _scan(path)
    if os.path.isfile(path):
        if path.endswith((".whl", ".tar.gz", ".zip")):
            return _scan(os.path.dirname(path), (os.path.basename(path),))
        from xpip.formats.simple_index import parse_flat_page

        return parse_flat_page(_read(path), "text/html", path_to_url(path))
    reporter.warning(f"the find-links location `{location}` does not exist")
    return ()


class LinksByProject:
    """Distributions of many projects."""

    def __init__(self, location: str, files: Iterable[IndexFile]) -> None:
        self._location = location
        self._wheels: dict[str, list[IndexFile]] = {}
        self._sdists: list[IndexFile] = []
        for file in files:
            wheel = parse_wheel_name(file.filename)
            if wheel is not None:
                self._wheels.setdefault(wheel.name, []).append(file)
            elif sdist_stem(file.filename) is not None:
                self._sdists.append(file)

    def page(self, project: str) -> IndexPage | None:
        """Return what is there for a project, None when nothing is."""
        files = list(self._wheels.get(project, ()))
        files += [file for file in self._sdists if parse_sdist_name(file.filename, project)]
        return IndexPage(project, self._location, tuple(files)) if files else None


def _scan(folder: str, only: tuple[str, ...] | None = None) -> tuple[IndexFile, ...]:
    """Return the wheels and sdists of a folder by name."""
    try:
        with os.scandir(folder) as entries:
            found = [
                IndexFile(entry.name, path_to_url(entry.path), size=entry.stat().st_size)
                for entry in entries
                if (only is None or entry.name in only)
                and (entry.name.endswith(".whl") or sdist_stem(entry.name))
                and is_safe_filename(entry.name)
                and entry.is_file()
            ]
    except OSError as error:
        raise unreadable("folder", folder, error) from error
    return tuple(sorted(found))


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(MAXIMUM_PAGE)
    except OSError as error:
        raise unreadable("file", path, error) from error


def unreadable(what: str, path: str, error: OSError) -> IndexAccessError:
    """Return the error for a local path that exists and cannot be read."""
    return IndexAccessError(
        f"the {what} `{path}` cannot be read", details=(error.strerror or str(error),)
    )
