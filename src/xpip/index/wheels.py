"""Wheels on their way into the store."""

from __future__ import annotations

import os
from hashlib import new as new_hash

from xpip.errors import IntegrityError
from xpip.index.local import unreadable
from xpip.index.remote import OfflineError
from xpip.model.link import Digest
from xpip.model.records import TYPE_CHECKING
from xpip.model.urls import redact, url_to_path
from xpip.network.loop.futures import CancelledError
from xpip.network.loop.locks import Semaphore
from xpip.network.loop.scheduler import get_running_loop
from xpip.network.loop.waiting import shield, wait
from xpip.store.pointers import has_digest, is_as_stated, note_digests, read_pointer, write_pointer
from xpip.store.unpack import add_wheel, wheel_writer
from xpip.store.wheels import read_wheel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from xpip.model.distribution import StoredWheel
    from xpip.model.link import IndexFile
    from xpip.model.reporter import Reporter
    from xpip.network.client import Client
    from xpip.network.transfer import Sink
    from xpip.store.layout import Store

UNPACKERS = 2
"""Wheels that are unpacked at a time: inflating and hashing let go of the interpreter lock, the
rest does not, so that more threads only take turns."""


class WheelFetcher:
    """Brings wheels into the store."""

    def __init__(self, network: Client | None, store: Store, reporter: Reporter) -> None:
        """Prepare a fetcher.

        Args:
            network: None to use only what is stored or local.
        """
        self._network = network
        self._store = store
        self._reporter = reporter
        self._unpackers: Semaphore | None = None

    async def fetch(self, file: IndexFile, expected: Sequence[Digest]) -> StoredWheel:
        """Return a wheel of the store, brought there if need be.

        Args:
            expected: One of these the file must have, beside all that its index states; empty:
                nothing more is asked.

        Raises:
            IndexAccessError: It cannot be had.
            IntegrityError: It is not what it was promised to be.
        """
        key = file.digest("sha256") or read_pointer(self._store, file)
        if key is not None and self._allows(expected, key):
            wheel = read_wheel(self._store, key)
            if wheel is not None:
                _ensure_stated_size(file, wheel.archive_size)
                if is_as_stated(self._store, wheel, file):
                    return wheel
        _ensure_possible(file, expected)
        if file.url.startswith("file:"):
            _ensure_size(file)
            wheel = await self._add(url_to_path(file.url), file, expected, ())
        else:
            wheel = await self._download(file, expected)
        if file.digest("sha256") is None:
            write_pointer(self._store, file, wheel.key)
        return wheel

    def _allows(self, expected: Sequence[Digest], key: str) -> bool:
        """Say whether one of the user's hashes is known to hold for a wheel."""
        return not expected or any(has_digest(self._store, key, one) for one in expected)

    async def _download(self, file: IndexFile, expected: Sequence[Digest]) -> StoredWheel:
        if self._network is None:
            raise OfflineError(
                f"`{file.filename}` is not in the cache", hints=("leave out `--offline`",)
            )
        algorithms = [digest.algorithm for digest in (*file.digests, *expected)]
        writer = wheel_writer(self._store, algorithms)
        try:
            sink = WatchedSink(writer, file, self._reporter)
            await self._network.download(file.url, sink, file.size)
            return await self._add(writer.path, file, expected, writer.digests())
        finally:
            writer.discard()

    async def _add(
        self, path: str, file: IndexFile, expected: Sequence[Digest], known: Sequence[Digest]
    ) -> StoredWheel:
        if self._unpackers is None:
            self._unpackers = Semaphore(UNPACKERS)
        warnings: list[str] = []
        async with self._unpackers:
            work = get_running_loop().run_in_executor(
                None, lambda: self._unpack(path, file, expected, known, warnings.append)
            )
            try:
                wheel = await shield(work)
            except CancelledError:
                # The thread cannot be stopped; its file must not be removed under its feet.
                await wait((work,))
                raise
        for warning in warnings:
            self._reporter.warning(warning)
        return wheel

    def _unpack(
        self,
        path: str,
        file: IndexFile,
        expected: Sequence[Digest],
        known: Sequence[Digest],
        warn: Callable[[str], None],
    ) -> StoredWheel:
        try:
            if expected and not known:
                known = _digests_of(path, {digest.algorithm for digest in expected} | {"sha256"})
            _ensure_allowed(file, expected, known)
            wheel = add_wheel(self._store, path, file.filename, file.digests, known, warn)
        except IntegrityError as error:
            origin = f"from: {redact(file.url)}"
            if origin in error.details:
                raise
            raise IntegrityError(
                error.summary, details=(*error.details, origin), hints=error.hints
            ) from error
        note_digests(self._store, wheel.key, {*file.digests, *set(known).intersection(expected)})
        return wheel


class WatchedSink:
    """Tells of progress, and looks at the first bytes: a login page is not worth a download."""

    def __init__(
        self, sink: Sink, file: IndexFile, reporter: Reporter, what: str = "wheel"
    ) -> None:
        """Watch a sink.

        Args:
            what: The file is to be, for messages.
        """
        self._what = what
        self._sink = sink
        self._file = file
        self._reporter = reporter

    @property
    def size(self) -> int:
        """Bytes taken so far."""
        return self._sink.size

    def write(self, data: bytes) -> None:
        """Take the next bytes.

        Raises:
            IntegrityError: They begin a web page.
        """
        if not self._sink.size and data[:64].lstrip()[:1] == b"<":
            raise IntegrityError(
                f"`{self._file.filename}` is not a {self._what} but a web page",
                details=(f"from: {self._file.url}",),
                hints=("a login page may be in the way: open the URL in a browser",),
            )
        self._sink.write(data)
        self._reporter.progressed("download", size=len(data))

    def restart(self) -> None:
        """Forget everything taken so far."""
        self._reporter.progressed("download", size=-self._sink.size)
        self._sink.restart()


def _ensure_possible(file: IndexFile, expected: Sequence[Digest]) -> None:
    """Refuse a file before it is fetched if what its index states cannot be what the user allows.

    Raises:
        IntegrityError: It cannot.
    """
    if not expected or set(expected) & set(file.digests):
        return
    stated = {digest.algorithm for digest in file.digests}
    if all(digest.algorithm in stated for digest in expected):
        raise _wrong_hash(file, expected, file.digests)


def _ensure_allowed(file: IndexFile, expected: Sequence[Digest], found: Sequence[Digest]) -> None:
    """Refuse a file that has none of the hashes that the user allows.

    Raises:
        IntegrityError: It has none.
    """
    if expected and not set(expected) & set(found):
        raise _wrong_hash(file, expected, found)


def _wrong_hash(
    file: IndexFile, expected: Sequence[Digest], found: Sequence[Digest]
) -> IntegrityError:
    algorithms = {digest.algorithm for digest in expected}
    return IntegrityError(
        f"`{file.filename}` has none of the hashes that its requirement allows",
        details=(
            *(f"expected: {digest}" for digest in expected),
            *(f"got: {digest}" for digest in found if digest.algorithm in algorithms),
            f"from: {redact(file.url)}",
        ),
        hints=("somebody may have changed the file: find out who before you change the hash",),
    )


def _ensure_size(file: IndexFile) -> None:
    """Refuse a local file that has not the size that was promised.

    Raises:
        IntegrityError: It has not.
        IndexAccessError: It cannot be looked at.
    """
    if file.size is None:
        return
    path = url_to_path(file.url)
    try:
        size = os.stat(path).st_size
    except OSError as error:
        raise unreadable("file", path, error) from error
    _ensure_stated_size(file, size)


def _ensure_stated_size(file: IndexFile, size: int) -> None:
    """Refuse a file of another size than was promised; 0 is a size that nobody knows.

    Raises:
        IntegrityError: It has another one.
    """
    if file.size is not None and size not in (0, file.size):
        raise IntegrityError(
            f"`{file.filename}` has not the expected size",
            details=(
                f"expected: {file.size} bytes",
                f"got: {size} bytes",
                f"from: {redact(file.url)}",
            ),
        )


def _digests_of(path: str, algorithms: Iterable[str]) -> tuple[Digest, ...]:
    """Return the digests of a file."""
    hashers = {name: new_hash(name, usedforsecurity=False) for name in algorithms}
    try:
        with open(path, "rb") as file:
            while chunk := file.read(1 << 20):
                for hasher in hashers.values():
                    hasher.update(chunk)
    except OSError as error:
        raise unreadable("file", path, error) from error
    return tuple(Digest(name, hasher.hexdigest()) for name, hasher in hashers.items())
