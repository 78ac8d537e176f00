"""Measuring, emptying and checking the cache.

All of it is safe beside running installs. Manifests go before the blobs they name, and a process
that has read a manifest and misses a blob fetches the wheel again (`blobs.DamagedBlob`).
"""

from __future__ import annotations

import os

from xpip.model.names import normalized_name
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.store.blobs import digest_of, heal, is_untouched
from xpip.store.layout import (
    BUCKETS,
    EXECUTABLE_SUFFIX,
    FILES,
    METADATA,
    PAGES,
    TEMPORARY,
    UNCHANGED,
    WHEELS,
)
from xpip.store.packing import fault, read_file, read_packed, remove_quietly, unpack
from xpip.store.wheels import drop_wheel, read_wheel

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from xpip.model.distribution import StoredFile, StoredWheel
    from xpip.store.layout import Store

LEFTOVER_AGE = 24 * 60 * 60
"""Seconds after which something in `tmp/` cannot belong to a running process."""
_PACKED = tuple(bucket for bucket in BUCKETS if bucket not in (FILES, UNCHANGED, TEMPORARY))


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


class Problem(NamedTuple):
    """Something in the cache that was not as xpip left it."""

    kind: str
    """`edited`: other bytes. `touched`: right bytes, but somebody wrote or copied the file.
    `missing`: a blob that a wheel needs. `torn`: an entry that cannot be read."""
    path: str
    wheels: tuple[str, ...]
    """File names of the wheels it belongs to; with `touched` they are whole again, else they are
    fetched again when needed."""


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
    root = store.base or store.root
    buckets = []
    for bucket in BUCKETS:
        files = size = shared = 0
        for status in (entry.stat(follow_symlinks=False) for entry in _files(f"{root}/{bucket}")):
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
    tally = _Tally()
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
    _remove_leftovers(store, now, _Tally())
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
    else:
        if untouched and (not deep or _has_its_bytes(path, file)):
            return None
        if not untouched:
            # A small blob is written anew from the manifest, whatever has happened to its bytes.
            kind = "touched" if file.content is None or _has_its_bytes(path, file) else "edited"
            if heal(store, wheel, file):
                return Problem(kind, path, names)
        kind = "edited"
        if untouched:
            # It must not pass for whole when the wheel is unpacked again. Unlinking it would take
            # it from under processes that link it at this moment.
            os.utime(path, (0, 0), follow_symlinks=False)
    for user, _ in users:
        drop_wheel(store, user.key)
    return Problem(kind, path, names)


def _has_its_bytes(path: str, file: StoredFile) -> bool:
    """Say whether a blob has the sha256 that it is named by, or what its manifest holds."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        if file.content is not None:
            return os.read(descriptor, len(file.content) + 1) == file.content
        return digest_of(descriptor) == file.blob.replace("/", "").removesuffix(EXECUTABLE_SUFFIX)
    except OSError:
        return False
    finally:
        os.close(descriptor)


def _torn_entries(store: Store) -> list[Problem]:
    """Remove entries that cannot be read, and return what they were."""
    problems = []
    for bucket in _PACKED:
        for entry in _files(f"{store.root}/{bucket}"):
            data = read_file(entry.path)
            if data is not None and unpack(data) is None:
                remove_quietly(entry.path)
                problems.append(Problem("torn", entry.path, ()))
    return problems


def _clean_projects(store: Store, wanted: frozenset[str], tally: _Tally) -> None:
    doomed: set[str] = set()
    kept: set[str] = set()
    for wheel in _wheels(store):
        blobs = {file.blob for folder in wheel.folders for file in folder.files if file.blob}
        if normalized_name(wheel.name) in wanted:
            doomed |= blobs
            tally.wheels.append(wheel.filename)
            tally.remove(store.path(WHEELS, wheel.key))
        else:
            kept |= blobs
    for blob in doomed - kept:
        tally.remove(store.path(FILES, blob))
    # The first field of a page is its project, that of metadata the project's name.
    for bucket in (PAGES, METADATA):
        for entry in _files(f"{store.root}/{bucket}"):
            fields = read_packed(entry.path)
            if (
                type(fields) is tuple
                and fields
                and isinstance(fields[0], str)
                and normalized_name(fields[0]) in wanted
            ):
                tally.remove(entry.path)


def _remove_leftovers(store: Store, now: float, tally: _Tally) -> None:
    """Remove what killed processes left in `tmp/`."""
    try:
        entries = list(os.scandir(f"{store.root}/{TEMPORARY}"))
    except OSError:
        return
    for entry in entries:
        try:
            if entry.stat(follow_symlinks=False).st_mtime > now - LEFTOVER_AGE:
                continue
        except OSError:
            continue
        if entry.is_dir(follow_symlinks=False):
            tally.remove_folder(entry.path)
        else:
            tally.remove(entry.path)


class _Tally:
    """Removes files and counts them."""

    def __init__(self) -> None:
        self.files = 0
        self.size = 0
        self.wheels: list[str] = []

    def remove(self, path: str) -> None:
        """Remove a file, or a link and not what it leads to; an absent one is no fault."""
        try:
            size = os.lstat(path).st_size
            os.unlink(path)
        except FileNotFoundError:
            return
        except OSError as error:
            raise fault("remove", path, error) from error
        self.files += 1
        self.size += size

    def remove_folder(self, path: str) -> None:
        """Remove a folder with all that is in it, never following a link."""
        if os.path.islink(path):
            self.remove(path)
            return
        try:
            entries = list(os.scandir(path))
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            raise fault("remove", path, error) from error
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                self.remove_folder(entry.path)
            else:
                self.remove(entry.path)
        try:
            os.rmdir(path)
        except OSError:
            # Another process has put something into it meanwhile, which is its good right.
            pass


def _wheels(store: Store) -> Iterator[StoredWheel]:
    """Yield the wheels of the cache by key."""
    names = sorted(os.path.basename(entry.path) for entry in _files(f"{store.root}/{WHEELS}"))
    for key in names:
        wheel = read_wheel(store, key)
        if wheel is not None:
            yield wheel


def _files(folder: str) -> Iterator[os.DirEntry[str]]:
    """Yield the files and links in a folder and below."""
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _files(entry.path)
        else:
            yield entry
