"""Sources at hand: archives unpacked in the store, repositories checked out, folders as they are.

This module is imported only when something has to be built.
"""

from __future__ import annotations

import os

from xpip.errors import BuildError, IntegrityError, XpipError
from xpip.formats.archive_names import is_archive_name
from xpip.formats.direct_url import direct_url_for, direct_url_for_editable
from xpip.formats.source_location import ARCHIVE, VCS
from xpip.index.remote import OfflineError
from xpip.model.link import Digest, IndexFile
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.source import SourceLocation, SourceTree
from xpip.model.urls import percent_decoded, redact, url_to_path
from xpip.network.loop.futures import CancelledError
from xpip.network.loop.scheduler import get_running_loop
from xpip.network.loop.waiting import shield, wait
from xpip.store.pointers import read_pointer, write_pointer
from xpip.store.sources import add_source, read_source, source_writer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeVar

    from xpip.model.reporter import Reporter
    from xpip.model.source import CheckoutOptions
    from xpip.network.client import Client
    from xpip.store.layout import Store
    from xpip.store.sources import StoredSource

    Result = TypeVar("Result")

MAXIMUM_ARCHIVE = 4 << 30
"""Bytes of an archive that is downloaded."""


class SourceAccess(NamedTuple):
    """How to reach sources."""

    store: Store
    network: Client | None
    """None to use only what is stored or local."""
    reporter: Reporter
    checkouts: CheckoutOptions
    ask: Callable[[str, str], str] | None = None
    """Asks a person for one of some letters: question and letters; None when nobody can answer."""


async def obtain(
    location: SourceLocation, access: SourceAccess, expected: Sequence[Digest] = (), name: str = ""
) -> SourceTree:
    """Return the sources that somebody named by path or URL.

    Args:
        expected: One of these an archive must have, beside those of its URL; empty: anything.
        name: Project as the user wrote it, for the folder of an editable checkout; may be empty.

    Raises:
        IntegrityError: It is not what it was promised to be, or cannot be unpacked safely.
        XpipError: It cannot be had.
    """
    if location.kind == ARCHIVE:
        return await _archive(location, access, expected)
    if expected:
        what = "a repository" if location.kind == VCS else "a folder"
        raise IntegrityError(
            f"`{redact(location.url)}` is {what}, which no hash can vouch for",
            hints=("name an archive with `--hash`, or leave the hash out",),
        )
    if location.kind == VCS:
        return await _in_thread(lambda: _repository(location, access, name))
    return _folder(location)


async def obtain_sdist(
    file: IndexFile, access: SourceAccess, expected: Sequence[Digest] = ()
) -> SourceTree:
    """Return the unpacked source archive of an index.

    Args:
        expected: One of these it must have, beside all that its index states; empty: anything.

    Raises:
        IntegrityError: It is not what it was promised to be, or cannot be unpacked safely.
        IndexAccessError: It cannot be had.
    """
    stored = await _fetched(file, access, expected)
    location = SourceLocation(ARCHIVE, file.url, hashes=file.digests)
    return _tree(location, stored.path, stored.key, "")


def static_name(tree: SourceTree) -> str:
    """Return the name that pyproject.toml states for good, empty when only a build knows."""
    from xpip.formats.toml_text import parse_toml

    try:
        with open(os.path.join(tree.path, "pyproject.toml"), "rb") as file:
            text = file.read(1 << 20).decode()
        project = parse_toml(text, "pyproject.toml").get("project")
    except (OSError, UnicodeDecodeError, XpipError):
        return ""
    name = project.get("name") if isinstance(project, dict) else None
    return name if isinstance(name, str) else ""


async def _archive(
    location: SourceLocation, access: SourceAccess, expected: Sequence[Digest]
) -> SourceTree:
    file = IndexFile(_filename(location.url), location.url, location.hashes)
    _ensure_file(location.url)
    stored = await _fetched(file, access, expected)
    # An archive that two URLs lead to is stored once, so that the digests come from here.
    known = Digest("sha256", stored.key)
    others = tuple(digest for digest in location.hashes if digest.algorithm != "sha256")
    text = direct_url_for(location, hashes=(known, *others))
    return _tree(location, stored.path, stored.key, text)


def _folder(location: SourceLocation) -> SourceTree:
    path = url_to_path(location.url)
    if not os.path.isdir(path):
        raise _missing(path, "folder")
    tree = _tree(location, path, "", "")
    text = direct_url_for_editable(tree.path) if location.editable else direct_url_for(location)
    return tree._replace(direct_url=text)


def _repository(location: SourceLocation, access: SourceAccess, name: str) -> SourceTree:
    if location.editable:
        from xpip.vcs.editable import check_out_editable

        folder, commit = check_out_editable(
            location, name, access.store, access.checkouts, access.ask, access.reporter
        )
        tree = _tree(location, folder, commit, "")
        return tree._replace(direct_url=direct_url_for_editable(tree.path))
    from xpip.vcs.checkout import check_out

    folder, commit = check_out(location, access.store, access.checkouts, access.reporter)
    return _tree(location, folder, commit, direct_url_for(location, commit))


def _tree(location: SourceLocation, root: str, identity: str, direct_url: str) -> SourceTree:
    """Return a tree whose project is really inside its root.

    Raises:
        BuildError: The subdirectory is not there or leads outside.
    """
    root = os.path.realpath(root)
    path = os.path.join(root, location.subdirectory) if location.subdirectory else root
    if location.subdirectory:
        real = os.path.realpath(path)
        if not f"{real}/".startswith(f"{root}/"):
            raise BuildError(
                f"the subdirectory `{location.subdirectory}` of `{redact(location.url)}` leads"
                " outside"
            )
        if not os.path.isdir(path):
            raise BuildError(
                f"`{redact(location.url)}` has no folder `{location.subdirectory}`",
                details=_listed(root),
            )
    return SourceTree(location, path, root, identity, direct_url)


def _listed(folder: str) -> tuple[str, ...]:
    names = sorted(entry.name for entry in os.scandir(folder) if entry.is_dir())[:10]
    return (f"its folders: {', '.join(names)}",) if names else ()


async def _fetched(
    file: IndexFile, access: SourceAccess, expected: Sequence[Digest]
) -> StoredSource:
    """Return an unpacked archive of the store, brought there if need be."""
    key = file.digest("sha256") or read_pointer(access.store, file)
    if key is not None and (not expected or Digest("sha256", key) in expected):
        stored = read_source(access.store, key)
        if stored is not None:
            return stored
    if file.url.startswith("file:"):
        path = url_to_path(file.url)
        stored = await _in_thread(lambda: _add(file, access, expected, path, ()))
    else:
        stored = await _download(file, access, expected)
    if file.digest("sha256") is None:
        write_pointer(access.store, file, stored.key)
    return stored


async def _download(
    file: IndexFile, access: SourceAccess, expected: Sequence[Digest]
) -> StoredSource:
    if access.network is None:
        raise OfflineError(
            f"`{file.filename}` is not in the cache", hints=("leave out `--offline`",)
        )
    from xpip.index.wheels import WatchedSink

    algorithms = [digest.algorithm for digest in (*file.digests, *expected)]
    writer = source_writer(access.store, algorithms, MAXIMUM_ARCHIVE)
    try:
        sink = WatchedSink(writer, file, access.reporter, "source archive")
        await access.network.download(file.url, sink, file.size)
        return await _in_thread(lambda: _add(file, access, expected, writer.path, writer.digests()))
    finally:
        writer.discard()


def _add(
    file: IndexFile,
    access: SourceAccess,
    expected: Sequence[Digest],
    path: str,
    known: Sequence[Digest],
) -> StoredSource:
    try:
        return add_source(access.store, path, file.filename, (file.digests, expected), known)
    except IntegrityError as error:
        origin = f"from: {redact(file.url)}"
        raise IntegrityError(
            error.summary, details=(*error.details, origin), hints=error.hints
        ) from error


async def _in_thread(work: Callable[[], Result]) -> Result:
    task = get_running_loop().run_in_executor(None, work)
    try:
        return await shield(task)
    except CancelledError:
        # The thread cannot be stopped; its files must not be removed under its feet.
        await wait((task,))
        raise


def _filename(url: str) -> str:
    path = url.partition("?")[0].partition("://")[2]
    name = percent_decoded(path.rpartition("/")[2])
    # A decoded name may hold `/`; only the suffix counts, and no file is named by it.
    return name.rpartition("/")[2] or "archive"


def _ensure_file(url: str) -> None:
    """Ensure that an archive of this machine is there.

    Raises:
        BuildError: It is not.
    """
    if url.startswith("file:") and not os.path.isfile(url_to_path(url)):
        raise _missing(url_to_path(url), "archive")


def _missing(path: str, what: str) -> BuildError:
    if what == "folder" and os.path.isfile(path):
        hints = ("it is a file",)
        if is_archive_name(path):
            hints = ("leave the `/` at its end out, it is an archive",)
        return BuildError(f"`{path}` is not a folder", hints=hints)
    if what == "archive" and os.path.isdir(path):
        return BuildError(f"`{path}` is a folder", hints=("write `/` at its end",))
    return BuildError(f"the {what} `{path}` does not exist")
