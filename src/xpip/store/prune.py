"""Removes from the cache what nobody needs any more, beside running processes.

It goes in three steps. First entries go that name other things: manifests, names of build
environments, pages. A process that has read one already may go on with what it names. Then the
pruning waits until all processes that were running have ended (`leases.Turn`); those that start
meanwhile cannot know what has gone. At last everything goes that no entry names and that nobody has
written, linked or marked as used since the turn. docs/store-layout.md has the reasoning.
"""

from __future__ import annotations

import os
import time

from xpip.errors import StoreFault
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.reporter import SilentReporter
from xpip.store.bytecode import MANIFEST as BYTECODE_MANIFEST
from xpip.store.layout import (
    BUCKETS,
    BUILD_ENVIRONMENTS,
    BUILD_LOGS,
    BUILT,
    BUILT_WHEELS,
    BYTECODE,
    ENVIRONMENTS,
    FILES,
    INTERPRETERS,
    LEASES,
    METADATA,
    PAGES,
    PLANS,
    POINTERS,
    REPOSITORIES,
    RESOLUTIONS,
    SOURCES,
    TEMPORARY,
    UNCHANGED,
    WHEELS,
)
from xpip.store.leases import Turn
from xpip.store.locks import EntryLock
from xpip.store.packing import peek_packed
from xpip.store.removal import Tally, contents_of_root, entries_of, files_below
from xpip.store.wheels import read_blobs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.model.reporter import Reporter
    from xpip.store.layout import Store

_DAY = 24 * 60 * 60
_MONTH = 30 * _DAY
UNUSED = {
    PAGES: 3 * _MONTH,
    METADATA: 3 * _MONTH,
    POINTERS: 3 * _MONTH,
    INTERPRETERS: 3 * _MONTH,
    REPOSITORIES: 3 * _MONTH,
    BYTECODE: 3 * _MONTH,
    RESOLUTIONS: _MONTH,
    PLANS: _MONTH,
    UNCHANGED: _MONTH,
    BUILD_ENVIRONMENTS: _MONTH,
    BUILD_LOGS: _MONTH,
    SOURCES: _MONTH,
}
"""Seconds after which an entry goes that nobody has read; wheels stay until that is asked for."""
_PLAIN = (
    PAGES, METADATA, POINTERS, INTERPRETERS, RESOLUTIONS, UNCHANGED, PLANS, BUILD_LOGS,
)  # fmt: skip
"""Buckets whose entries are files that name nothing else."""
_REMADE = (PAGES, METADATA, POINTERS, RESOLUTIONS, UNCHANGED, PLANS, BUILD_LOGS)
"""What goes with `ci`: it can be fetched, or is of no use without what can be fetched."""
_SAMPLE = 8
"""Blobs of a wheel that are looked at to find out when it was used."""
_NS = 1_000_000_000
_PATIENCE = 2.0
"""Seconds of waiting before the user is told."""
_BUILT_FIELDS = 4
_ENVIRONMENT_FIELDS = 2
_COMMIT = (40, 64)
"""Digits of a commit, which names the folder of a checkout."""


class PruneOptions(NamedTuple):
    """What is to go."""

    now: float
    """Seconds since the epoch."""
    older_than: float | None = None
    """Seconds; whatever was not used for so long goes, wheels too. None: wheels stay."""
    ci: bool = False
    """Everything that can be downloaded goes; what was built here stays."""
    dry_run: bool = False
    timeout: float = 60.0
    """Seconds to wait for processes that were running before."""


class Pruned(NamedTuple):
    """What went, or would go."""

    files: int
    size: int
    """Bytes."""
    freed: int
    """Bytes of `size` that were not in use by environments, and so are free now."""
    wheels: tuple[str, ...]
    """File names of the wheels, sorted."""
    complete: bool
    """False when other processes were in the way, so that only entries have gone and not the files
    that they named; the next pruning removes those."""
    notes: tuple[str, ...] = ()
    """What the user should know of the limits, a sentence each."""


def prune(store: Store, options: PruneOptions, reporter: Reporter) -> Pruned:
    """Remove what nobody needs; safe beside processes that use the store.

    Raises:
        StoreFault: Something cannot be removed, or another pruning goes on for too long.
    """
    if not os.path.isdir(store.root):
        return Pruned(0, 0, 0, (), True)
    work = _Pruning(store, options)
    notes = _notes(store, options)
    if options.dry_run:
        work.drop_entries()
        work.sweep(int(options.now * _NS))
        return work.report(complete=True, notes=notes)
    lock = EntryLock(
        store.path(LEASES, "prune"), "the cache to prune it", options.timeout, reporter
    )
    with lock:
        work.drop_entries()
        turn = Turn(store)
        complete = _wait(turn, options.timeout, reporter)
        began_ns = turn.began_ns
        if not turn.can_lock:
            # Nobody knows who is at work: only what is a day old is taken for abandoned.
            began_ns = min(began_ns, int((options.now - _DAY) * _NS))
        if complete:
            work.sweep(began_ns)
    return work.report(complete=complete, notes=notes)


def _wait(turn: Turn, timeout: float, reporter: Reporter) -> bool:
    """Wait for all processes of before the turn, and say whether they have ended."""
    started = time.monotonic()
    told = False
    pause = 0.005
    while not turn.is_over():
        waited = time.monotonic() - started
        if waited >= timeout:
            return False
        if waited >= _PATIENCE and not told:
            told = True
            reporter.warning("waiting for other xpip processes that use the cache")
        time.sleep(min(pause, timeout - waited))
        pause = min(pause * 1.5, 0.25)
    return True


def _notes(store: Store, options: PruneOptions) -> tuple[str, ...]:
    """Say where ages are not what one would expect."""
    if _newer_wheels(store):
        return ("a newer xpip shares this cache, so that its files stay: prune with that one",)
    try:
        flags = os.statvfs(store.root).f_flag
    except OSError:
        return ()
    if options.older_than is not None and flags & getattr(os, "ST_NOATIME", 0):
        note = (
            "this file system does not note when a file is read: what was only copied from the "
            "cache counts as unused since it came there"
        )
        return (note,)
    return ()


class _Pruning:
    """One pass over the store."""

    def __init__(self, store: Store, options: PruneOptions) -> None:
        self._store = store
        self._root = store.root
        self._options = options
        self._tally = Tally(pretend=options.dry_run)
        self._dropped: set[str] = set()
        """Paths of entries that are gone, or would be."""

    def report(self, *, complete: bool, notes: tuple[str, ...]) -> Pruned:
        tally = self._tally
        wheels = tuple(sorted(tally.wheels))
        return Pruned(tally.files, tally.size, tally.freed, wheels, complete, notes)

    def drop_entries(self) -> None:
        """Remove entries that nobody needs; what they name stays for who has read them."""
        self._drop_built()
        self._drop_wheels()
        for bucket in _PLAIN:
            everything = self._options.ci and bucket in _REMADE
            for entry in files_below(f"{self._root}/{bucket}"):
                if everything or self._is_old(bucket, entry.path):
                    self._drop(entry.path)
        for entry in entries_of(f"{self._root}/{BUILD_ENVIRONMENTS}"):
            if entry.is_dir(follow_symlinks=False):
                continue
            if self._options.ci or self._is_old(BUILD_ENVIRONMENTS, entry.path):
                self._drop(entry.path)
        for entry in files_below(f"{self._root}/{ENVIRONMENTS}"):
            fields = peek_packed(entry.path)
            if type(fields) is not tuple or not fields or not os.path.isdir(str(fields[0])):
                self._drop(entry.path)

    def sweep(self, began_ns: int) -> None:
        """Remove what no entry names.

        Args:
            began_ns: What was changed at that time or later, in ns since the epoch, is in use.
        """
        self._sweep_environments(began_ns)
        self._sweep_sources(began_ns)
        self._sweep_repositories()
        self._sweep_built(began_ns)
        self._sweep_bytecode(began_ns)
        self._sweep_blobs(began_ns)
        for entry in entries_of(f"{self._root}/{TEMPORARY}"):
            if _changed_ns(entry) < began_ns:
                self._tally.remove_any(entry.path)
        for entry in contents_of_root(self._root):
            if entry.is_dir(follow_symlinks=False) and self._is_abandoned(entry):
                self._tally.remove_folder(entry.path)

    def _drop(self, path: str) -> None:
        self._dropped.add(path)
        self._tally.remove(path)

    def _drop_wheels(self) -> None:
        kept = self._built_without_file() if self._options.ci else frozenset()
        for entry in entries_of(f"{self._root}/{WHEELS}"):
            found = read_blobs(entry.path)
            if found is None:
                self._drop(entry.path)
                continue
            filename, blobs = found
            if self._options.ci:
                is_needed = entry.name in kept
            else:
                is_needed = self._is_wheel_needed(entry.path, blobs)
            if not is_needed:
                self._drop(entry.path)
                if filename:
                    self._tally.wheels.append(filename)

    def _is_wheel_needed(self, path: str, blobs: Sequence[str]) -> bool:
        """Say whether a wheel is in some environment or was used lately, as far as can be seen.

        Linking a file to an environment changes its inode, copying it reads it. That a manifest was
        read says nothing: listing the cache does that too.
        """
        if self._options.older_than is None:
            return True
        used = 0.0
        linked = 0
        sample = blobs[:: max(1, len(blobs) // _SAMPLE)]
        for place in (path, *(self._store.path(FILES, blob) for blob in sample)):
            try:
                status = os.lstat(place)
            except OSError:
                continue
            if place == path:
                used = status.st_ctime
                continue
            linked += status.st_nlink > 1
            used = max(used, status.st_ctime, status.st_atime)
        if sample and linked == len(sample):
            return True
        return used > self._options.now - self._options.older_than

    def _built_without_file(self) -> frozenset[str]:
        """Return the keys of wheels that were built here and would have to be built again."""
        keys = set()
        for entry in entries_of(f"{self._root}/{BUILT}"):
            fields = peek_packed(entry.path)
            is_wheel = type(fields) is tuple and len(fields) == _BUILT_FIELDS
            if is_wheel and not os.path.exists(self._store.path(BUILT_WHEELS, f"{entry.name}.whl")):
                keys.add(str(fields[1]))
        return frozenset(keys)

    def _drop_built(self) -> None:
        """Remove what was built and not used for long, only if that was asked for."""
        if self._options.older_than is None:
            return
        oldest = self._options.now - self._options.older_than
        for entry in entries_of(f"{self._root}/{BUILT}"):
            wheel = self._store.path(BUILT_WHEELS, f"{entry.name}.whl")
            if max(_last_use(entry.path), _last_use(wheel)) < oldest:
                self._drop(entry.path)

    def _sweep_blobs(self, began_ns: int) -> None:
        if _newer_wheels(self._store):
            # Its manifests may name any blob, and cannot be read here.
            return
        needed: set[str] = set()
        for entry in entries_of(f"{self._root}/{WHEELS}"):
            if entry.path not in self._dropped:
                found = read_blobs(entry.path)
                if found is not None:
                    needed.update(found[1])
        start = len(f"{self._root}/{FILES}/")
        for entry in files_below(f"{self._root}/{FILES}"):
            if entry.path[start:] not in needed and _changed_ns(entry) < began_ns:
                self._take(entry.path)
        if not self._options.dry_run:
            for folder in entries_of(f"{self._root}/{FILES}"):
                try:
                    os.rmdir(folder.path)
                except OSError:
                    continue

    def _sweep_bytecode(self, began_ns: int) -> None:
        """Remove bytecode of wheels that are gone, or of a Python that nobody uses any more.

        What is linked from environments stays there.
        """
        for entry in entries_of(f"{self._root}/{BYTECODE}"):
            wheel = self._store.path(WHEELS, entry.name)
            gone = wheel in self._dropped or not os.path.exists(wheel)
            if gone and _changed_ns(entry) < began_ns:
                self._take(entry.path)
                continue
            for kind in entries_of(entry.path):
                listing = f"{kind.path}/{BYTECODE_MANIFEST}"
                if _changed_ns(kind) < began_ns and self._is_old(BYTECODE, listing):
                    self._take(kind.path, listing)

    def _sweep_environments(self, began_ns: int) -> None:
        """Remove environments of builds that no entry names."""
        folders = []
        named = set()
        for entry in entries_of(f"{self._root}/{BUILD_ENVIRONMENTS}"):
            if entry.is_dir(follow_symlinks=False):
                folders.append(entry)
            elif entry.path not in self._dropped:
                fields = peek_packed(entry.path)
                if type(fields) is tuple and len(fields) == _ENVIRONMENT_FIELDS:
                    named.add(fields[0])
        for entry in folders:
            if entry.name not in named and _changed_ns(entry) < began_ns:
                self._tally.remove_folder(entry.path)

    def _sweep_sources(self, began_ns: int) -> None:
        for shelf in entries_of(f"{self._root}/{SOURCES}"):
            for entry in entries_of(shelf.path):
                listing = f"{entry.path}/manifest"
                if _changed_ns(entry) >= began_ns:
                    continue
                if (
                    self._options.ci
                    or not os.path.exists(listing)
                    or self._is_old(SOURCES, listing)
                ):
                    self._take(entry.path, listing)

    def _sweep_repositories(self) -> None:
        """Remove checkouts, and mirrors that no checkout borrows from; lock files stay."""
        for entry in entries_of(f"{self._root}/{REPOSITORIES}"):
            lock = EntryLock(f"{entry.path}/lock", "a repository", 0.0, SilentReporter())
            try:
                if self._options.dry_run:
                    self._sweep_repository(entry.path)
                else:
                    with lock:
                        self._sweep_repository(entry.path)
            except StoreFault:
                # Somebody is at work in it.
                continue

    def _sweep_repository(self, folder: str) -> None:
        staying = 0
        for entry in entries_of(folder):
            if len(entry.name) not in _COMMIT:
                continue
            # A checkout is made again from its mirror in no time.
            if self._options.ci or self._is_old(SOURCES, f"{entry.path}/.git/HEAD"):
                self._take(entry.path)
            else:
                staying += 1
        mirror = f"{folder}/mirror"
        is_unused = self._options.ci or self._is_old(REPOSITORIES, f"{mirror}/HEAD")
        if is_unused and not staying and os.path.isdir(mirror):
            self._take(mirror)

    def _sweep_built(self, began_ns: int) -> None:
        """Remove wheel files that no entry names."""
        for entry in entries_of(f"{self._root}/{BUILT_WHEELS}"):
            named = self._store.path(BUILT, entry.name.removesuffix(".whl"))
            gone = named in self._dropped or not os.path.exists(named)
            if gone and _changed_ns(entry) < began_ns:
                self._take(entry.path)

    def _take(self, path: str, witness: str = "") -> None:
        """Remove a file or folder unless somebody marks it as used at this very moment.

        It is taken aside first, where nobody finds it, and looked at once more: whoever found it
        before and means to use it has changed the time of its last access (`unpack.py`).

        Args:
            witness: What is read when a folder is used; empty for the file itself.
        """
        witness = witness or path
        if self._options.dry_run:
            self._tally.remove_any(path)
            return
        before = _access_ns(witness)
        aside = self._store.temporary_path()
        try:
            os.rename(path, aside)
        except FileNotFoundError:
            if not os.path.lexists(path):
                return
            os.makedirs(os.path.dirname(aside), mode=0o700, exist_ok=True)
            os.rename(path, aside)
        if _access_ns(aside + witness[len(path) :]) != before:
            try:
                os.rename(aside, path)
            except OSError:
                # Somebody has made it anew.
                self._tally.remove_any(aside)
        else:
            self._tally.remove_any(aside)

    def _is_old(self, bucket: str, path: str) -> bool:
        age: float = UNUSED[bucket]
        if self._options.older_than is not None:
            age = min(age, self._options.older_than)
        return _last_use(path) < self._options.now - age

    def _is_abandoned(self, entry: os.DirEntry[str]) -> bool:
        """Say whether a folder is a bucket of another version that nobody needs.

        An older one goes at once. A newer or unknown one belongs to another xpip on this machine,
        unless nothing has changed in it for a month.
        """
        stem, mark, number = entry.name.rpartition("-v")
        if entry.name in BUCKETS or entry.name == LEASES or not mark or not number.isdecimal():
            return False
        for bucket in BUCKETS:
            known, _, current = bucket.rpartition("-v")
            if known == stem and int(number) < int(current):
                return True
        newest = max(map(_changed_ns, files_below(entry.path)), default=_changed_ns(entry))
        return newest < int(self._options.now - _MONTH) * _NS


def _newer_wheels(store: Store) -> bool:
    """Say whether a newer xpip keeps wheels whose files are among the blobs of this one."""
    own, _, version = WHEELS.rpartition("-v")
    for entry in contents_of_root(store.root):
        stem, _, number = entry.name.rpartition("-v")
        if stem == own and number.isdecimal() and int(number) > int(version):
            return True
    return False


def _last_use(path: str) -> float:
    """Return when a file was read or changed last, in seconds since the epoch; 0 if it is gone.

    The time of modification says nothing: of blobs it is a constant, of manifests a seal.
    """
    try:
        status = os.lstat(path)
    except OSError:
        return 0.0
    return max(status.st_atime, status.st_ctime)


def _changed_ns(entry: os.DirEntry[str]) -> int:
    """Return when the inode of an entry changed last; an entry that has gone is never old."""
    try:
        return entry.stat(follow_symlinks=False).st_ctime_ns
    except OSError:
        return 1 << 63


def _access_ns(path: str) -> int:
    try:
        return os.lstat(path).st_atime_ns
    except OSError:
        return -1
