"""Measuring, emptying and checking the cache.

All of it is safe beside running installs. Manifests go before the blobs they name, and a process
that has read a manifest and misses a blob fetches the wheel again (`blobs.DamagedBlob`).
"""

from __future__ import annotations

import os

from xpip.model.names import normalized_name
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.store.blobs import forsake, has_its_bytes, heal, is_untouched
from xpip.store.bytecode import find_damaged
from xpip.store.layout import (
    BUCKETS,
    BUILD_ENVIRONMENTS,
    BUILD_LOGS,
    BUILT,
    BUILT_WHEELS,
    BYTECODE,
    FILES,
    METADATA,
    PAGES,
    REPOSITORIES,
    SOURCES,
    TEMPORARY,
    UNCHANGED,
    WHEELS,
)
from xpip.store.packing import peek_packed, read_packed, remove_quietly
from xpip.store.removal import Tally, entries_of, files_below
from xpip.store.wheels import drop_wheel, read_wheel

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from xpip.model.distribution import StoredFile, StoredWheel
    from xpip.store.layout import Store

LEFTOVER_AGE = 24 * 60 * 60
"""Seconds after which something in `tmp/` cannot belong to a running process."""
_UNPACKED = (
    FILES, UNCHANGED, TEMPORARY, BUILT_WHEELS, BUILD_ENVIRONMENTS, BUILD_LOGS, SOURCES,
    REPOSITORIES, BYTECODE,
)  # fmt: skip
_PACKED = tuple(bucket for bucket in BUCKETS if bucket not in _UNPACKED)


class BucketSize(NamedTuple):
    """What one kind of entry takes."""

    name: str
    """Of the bucket, with its version."""
    files: int
    size: int
    """Bytes."""
    shared: int
    """Bytes of `size` that environments use too, so that removing the files frees nothing yet."""


class StoreSize(NamedTuple):
    """What the whole cache takes."""

    buckets: tuple[BucketSize, ...]
    """Those that exist, in the order of the layout."""
    files: int
    size: int
    shared: int


class Removed(NamedTuple):
    """What a cleaning removed."""

    files: int
    size: int
    """Bytes, those included that environments still use."""
    wheels: tuple[str, ...]
    """File names of the wheels, sorted."""


class FoundWheel(NamedTuple):
    """A wheel of the cache."""

    filename: str
    path: str
    """Absolute path of its manifest: the cache keeps wheels unpacked."""
    size: int
    """Bytes of its files."""
    key: str
    """sha256 of the wheel file, hexadecimal."""


class Problem(NamedTuple):
    """Something in the cache that was not as xpip left it."""

    kind: str
    """`edited`: other bytes. `touched`: right bytes, but somebody wrote or copied the file.
    `missing`: a blob that a wheel needs. `torn`: an entry that cannot be read."""
    path: str
    wheels: tuple[str, ...]
    """File names of the wheels it belongs to; with `touched` they are whole again, else they are
    fetched again when needed."""
    environments: tuple[str, ...] = ()
    """Folders of the environments that are known to share an edited file, sorted."""
    unknown: int = 0
    """How many more places share it."""


class VerifyReport(NamedTuple):
    """What a check found; everything found has been put right or taken out of use."""

    wheels: int
    """Manifests that were looked at."""
    blobs: int
    """Blobs that were looked at, each once."""
    problems: tuple[Problem, ...]
    """By path."""


def measure(store: Store) -> StoreSize:
    """Return what the cache takes; an absent one takes nothing."""
    root = store.root
    buckets = []
    for bucket in BUCKETS:
        files = size = shared = 0
        for entry in files_below(f"{root}/{bucket}"):
            status = entry.stat(follow_symlinks=False)
            files += 1
            size += status.st_size
            if status.st_nlink > 1:
                shared += status.st_size
        if files:
            buckets.append(BucketSize(bucket, files, size, shared))
    return StoreSize(
        tuple(buckets),
        sum(bucket.files for bucket in buckets),
        sum(bucket.size for bucket in buckets),
        sum(bucket.shared for bucket in buckets),
    )


def clean(store: Store, names: Collection[str], now: float) -> Removed:
    """Remove everything, or what belongs to some projects.

    Environments keep their files. Buckets of other versions of xpip are left alone.

    Args:
        names: Projects, normalised or not; empty means everything.
        now: Seconds since the epoch.

    Raises:
        StoreFault: Something cannot be removed.
    """
    wanted = frozenset(map(normalized_name, names))
    tally = Tally()
    if wanted:
        _clean_projects(store, wanted, tally)
    else:
        tally.wheels += [wheel.filename for wheel in _wheels(store)]
        # Manifests first: a wheel must never be present without its blobs.
        for bucket in (WHEELS, *BUCKETS):
            if bucket != TEMPORARY:
                tally.remove_folder(f"{store.root}/{bucket}")
    _remove_leftovers(store, now, tally)
    return Removed(tally.files, tally.size, tuple(sorted(tally.wheels)))


def find_wheels(store: Store, pattern: str = "*") -> tuple[FoundWheel, ...]:
    """Return the wheels whose file names a pattern fits, by file name.

    Args:
        pattern: A name in any spelling, or the beginning of a file name from the version on, with
            `*`, `?` and `[...]`; as in pip, what follows need not be written.
    """
    from fnmatch import fnmatchcase

    project = normalized_name(pattern)
    pattern += "*.whl" if "-" in pattern else "-*.whl"
    root = store.root
    return tuple(
        sorted(
            FoundWheel(wheel.filename, f"{root}/{WHEELS}/{wheel.key}", wheel.size, wheel.key)
            for wheel in _wheels(store)
            if fnmatchcase(wheel.filename, pattern) or normalized_name(wheel.name) == project
        )
    )


def remove_wheels(store: Store, keys: Collection[str]) -> Removed:
    """Remove some wheels with the files that no other wheel needs.

    Raises:
        StoreFault: Something cannot be removed.
    """
    tally = Tally()
    _remove_wheels(store, tally, lambda wheel: wheel.key in keys)
    return Removed(tally.files, tally.size, tuple(sorted(tally.wheels)))


def _remove_wheels(store: Store, tally: Tally, is_doomed: Callable[[StoredWheel], bool]) -> None:
    """Remove wheels with their bytecode and the files that no other wheel needs."""
    doomed: set[str] = set()
    kept: set[str] = set()
    for wheel in _wheels(store):
        blobs = {file.blob for folder in wheel.folders for file in folder.files if file.blob}
        if is_doomed(wheel):
            doomed |= blobs
            tally.wheels.append(wheel.filename)
            tally.remove(store.path(WHEELS, wheel.key))
            tally.remove_folder(store.path(BYTECODE, wheel.key))
        else:
            kept |= blobs
    for blob in doomed - kept:
        tally.remove(store.path(FILES, blob))


def verify(store: Store, deep: bool, now: float) -> VerifyReport:
    """Check that every wheel is whole, and mend what is not.

    Args:
        deep: Hash every blob again; without it, size and time are compared.
        now: Seconds since the epoch.

    Raises:
        StoreFault: A blob with the right bytes cannot be made anew.
    """
    problems = _torn_entries(store)
    users: dict[str, list[tuple[StoredWheel, StoredFile]]] = {}
    wheels = 0
    for wheel in _wheels(store):
        wheels += 1
        for folder in wheel.folders:
            for file in folder.files:
                if file.blob:
                    users.setdefault(file.blob, []).append((wheel, file))
    for blob in sorted(users):
        problem = _check_blob(store, blob, users[blob], deep)
        if problem is not None:
            problems.append(problem)
    problems += [Problem("torn", path, ()) for path in find_damaged(store, deep=deep)]
    _remove_leftovers(store, now, Tally())
    problems.sort(key=_path_of)
    return VerifyReport(wheels, len(users), tuple(problems))


def _path_of(problem: Problem) -> str:
    return problem.path


def _check_blob(
    store: Store, blob: str, users: list[tuple[StoredWheel, StoredFile]], deep: bool
) -> Problem | None:
    """Return what is wrong with a blob, which is mended or out of use by then."""
    path = store.path(FILES, blob)
    wheel, file = users[0]
    names = tuple(sorted({user.filename for user, _ in users}))
    try:
        untouched = is_untouched(os.lstat(path), file.size, file.executable)
    except OSError:
        kind = "missing"
        holders: tuple[str, ...] = ()
        unknown = 0
    else:
        if untouched and (not deep or has_its_bytes(path, file)):
            return None
        holders, unknown = _holders(store, path, users)
        if not untouched:
            # A small blob is written anew from the manifest, whatever has happened to its bytes.
            kind = "touched" if file.content is None or has_its_bytes(path, file) else "edited"
            if heal(store, wheel, file):
                told = (holders, unknown) if kind == "edited" else ((), 0)
                return Problem(kind, path, names, *told)
        kind = "edited"
        if untouched:
            forsake(path)
    for user, _ in users:
        drop_wheel(store, user.key)
    return Problem(kind, path, names, holders, unknown)


def _holders(
    store: Store, path: str, users: list[tuple[StoredWheel, StoredFile]]
) -> tuple[tuple[str, ...], int]:
    """Return the environments that share a blob, and how many further places do."""
    from xpip.store.holders import holders_of

    try:
        links = os.lstat(path).st_nlink - 1
    except OSError:
        return (), 0
    holders = holders_of(store, path, users) if links else ()
    # One environment may have several files of the same content.
    return holders, max(0, links - len(holders)) if not holders else 0


def _torn_entries(store: Store) -> list[Problem]:
    """Remove entries that cannot be read, and return what they were."""
    problems = []
    for bucket in _PACKED:
        for entry in files_below(f"{store.root}/{bucket}"):
            if peek_packed(entry.path) is None and os.access(entry.path, os.R_OK):
                remove_quietly(entry.path)
                problems.append(Problem("torn", entry.path, ()))
    return problems


def _clean_projects(store: Store, wanted: frozenset[str], tally: Tally) -> None:
    _remove_wheels(store, tally, lambda wheel: normalized_name(wheel.name) in wanted)
    # The first field of a page is its project, that of metadata the project's name.
    for bucket in (PAGES, METADATA, BUILT):
        for entry in files_below(f"{store.root}/{bucket}"):
            fields = read_packed(entry.path)
            if (
                type(fields) is tuple
                and fields
                and isinstance(fields[0], str)
                and normalized_name(fields[0]) in wanted
            ):
                tally.remove(entry.path)
                if bucket == BUILT:
                    tally.remove(store.path(BUILT_WHEELS, f"{entry.name}.whl"))
    _clean_sources(store, wanted, tally)


def _clean_sources(store: Store, wanted: frozenset[str], tally: Tally) -> None:
    """Remove unpacked source archives; the folder at the top of one is called `name-version`."""
    from xpip.store.sources import MANIFEST

    for shelf in entries_of(f"{store.root}/{SOURCES}"):
        for entry in entries_of(shelf.path):
            fields = read_packed(f"{entry.path}/{MANIFEST}")
            top = fields[0] if type(fields) is tuple and fields else ""
            if isinstance(top, str) and normalized_name(top.rpartition("-")[0]) in wanted:
                tally.remove_folder(entry.path)


def _remove_leftovers(store: Store, now: float, tally: Tally) -> None:
    """Remove what killed processes left in `tmp/`."""
    for entry in entries_of(f"{store.root}/{TEMPORARY}"):
        try:
            if entry.stat(follow_symlinks=False).st_mtime > now - LEFTOVER_AGE:
                continue
        except OSError:
            continue
        if entry.is_dir(follow_symlinks=False):
            tally.remove_folder(entry.path)
        else:
            tally.remove(entry.path)


def _wheels(store: Store) -> Iterator[StoredWheel]:
    """Yield the wheels of the cache by key."""
    names = sorted(os.path.basename(entry.path) for entry in files_below(f"{store.root}/{WHEELS}"))
    for key in names:
        wheel = read_wheel(store, key)
        if wheel is not None:
            yield wheel
