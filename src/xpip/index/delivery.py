"""Files of indexes on their way into a folder of the user, byte by byte as they are."""

from __future__ import annotations

import os
from hashlib import new as new_hash

from xpip.errors import IntegrityError, XpipError
from xpip.index.local import unreadable
from xpip.index.remote import OfflineError
from xpip.model.link import Digest
from xpip.model.records import TYPE_CHECKING, NamedTuple, Protocol
from xpip.model.urls import redact, url_to_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from xpip.model.link import IndexFile
    from xpip.model.reporter import Reporter
    from xpip.network.client import Client

_CHUNK = 1 << 20


class Hasher(Protocol):
    """A hash under way."""

    def update(self, data: bytes, /) -> None:
        """Take the next bytes."""

    def hexdigest(self) -> str:
        """Return the hash of all bytes so far."""


class Delivered(NamedTuple):
    """A file that is where the user wants it."""

    path: str
    """Absolute."""
    was_there: bool
    """It had been there before, with the right bytes as far as anybody knows."""


async def deliver(
    file: IndexFile,
    expected: Sequence[Digest],
    folder: str,
    network: Client | None,
    reporter: Reporter,
) -> Delivered:
    """Bring a file into a folder in one step: it appears there whole and verified, or not at all.

    A file of that name that is there already is kept if nothing that is known of it contradicts.

    Args:
        expected: One of these it must have, beside all that its index states; empty: nothing more.
        folder: Absolute; it exists.
        network: None to use local files only.

    Raises:
        IndexAccessError: It cannot be had.
        IntegrityError: It is not what it was promised to be.
        XpipError: The folder cannot be written.
    """
    path = os.path.join(folder, file.filename)
    if _is_right(path, file, expected, reporter):
        return Delivered(path, True)
    parcel = _Parcel(path, file, expected, reporter)
    try:
        if file.url.startswith("file:"):
            parcel.copy(url_to_path(file.url))
        elif network is None:
            raise OfflineError(
                f"`{file.filename}` would have to be downloaded", hints=("leave out `--offline`",)
            )
        else:
            await network.download(file.url, parcel, file.size)
        parcel.put()
    finally:
        parcel.discard()
    return Delivered(path, False)


class _Parcel:
    """A file beside its final place, hashed while it grows."""

    def __init__(
        self, path: str, file: IndexFile, expected: Sequence[Digest], reporter: Reporter
    ) -> None:
        self._path = path
        self._file = file
        self._expected = expected
        self._reporter = reporter
        self._algorithms = _algorithms(file, expected)
        self._hashers = {name: _hasher(name) for name in self._algorithms}
        self._size = 0
        folder, name = os.path.split(path)
        self._temporary = f"{folder}/.{name}.{os.getpid():x}-{os.urandom(4).hex()}.xpip-new"
        try:
            self._output = open(self._temporary, "xb", buffering=0)  # noqa: SIM115 - see `discard`
        except OSError as error:
            raise self._unwritable(error) from error

    @property
    def size(self) -> int:
        """Bytes taken so far."""
        return self._size

    def write(self, data: bytes) -> None:
        """Take the next bytes.

        Raises:
            IntegrityError: They begin a web page.
            XpipError: The folder cannot take them.
        """
        if not self._size and data[:64].lstrip()[:1] == b"<":
            raise IntegrityError(
                f"`{self._file.filename}` is not an archive but a web page",
                details=(f"from: {redact(self._file.url)}",),
                hints=("a login page may be in the way: open the URL in a browser",),
            )
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[self._output.write(rest) :]
        except OSError as error:
            raise self._unwritable(error) from error
        for hasher in self._hashers.values():
            hasher.update(data)
        self._size += len(data)
        self._reporter.progressed("download", size=len(data))

    def restart(self) -> None:
        """Forget everything taken so far."""
        self._reporter.progressed("download", size=-self._size)
        self._output.seek(0)
        self._output.truncate()
        self._hashers = {name: _hasher(name) for name in self._algorithms}
        self._size = 0

    def copy(self, source: str) -> None:
        """Take a file of this machine.

        Raises:
            IndexAccessError: It cannot be read.
        """
        try:
            with open(source, "rb") as stream:
                while chunk := stream.read(_CHUNK):
                    self.write(chunk)
        except OSError as error:
            raise unreadable("file", source, error) from error

    def put(self) -> None:
        """Check what was taken, and have it appear at its place.

        Raises:
            IntegrityError: It is not what was promised.
            XpipError: The folder cannot be written.
        """
        found = {name: hasher.hexdigest() for name, hasher in self._hashers.items()}
        problem = _contradiction(self._file, self._expected, found)
        if problem is not None:
            raise problem
        try:
            self._output.close()
            os.replace(self._temporary, self._path)
        except OSError as error:
            raise self._unwritable(error) from error

    def discard(self) -> None:
        """Remove what is left of a file that did not get to its place."""
        self._output.close()
        try:
            os.unlink(self._temporary)
        except OSError:
            pass  # It is at its place by now.

    def _unwritable(self, error: OSError) -> XpipError:
        reason = error.strerror or str(error)
        return XpipError(f"`{self._path}` cannot be written: {reason}")


def _is_right(path: str, file: IndexFile, expected: Sequence[Digest], reporter: Reporter) -> bool:
    """Say whether a file is there with what is known of it."""
    if not os.path.isfile(path):
        return False
    try:
        if file.size is not None and os.path.getsize(path) != file.size:
            problem = f"`{path}` has another size"
        else:
            found = _digests(path, _algorithms(file, expected))
            if _contradiction(file, expected, found) is None:
                return True
            problem = f"`{path}` has another hash"
    except OSError as error:
        raise unreadable("file", path, error) from error
    reporter.warning(f"{problem} than it should have, so it is downloaded again")
    return False


def _digests(path: str, algorithms: Iterable[str]) -> dict[str, str]:
    hashers = {name: _hasher(name) for name in algorithms}
    if hashers:
        with open(path, "rb") as stream:
            while chunk := stream.read(_CHUNK):
                for hasher in hashers.values():
                    hasher.update(chunk)
    return {name: hasher.hexdigest() for name, hasher in hashers.items()}


def _algorithms(file: IndexFile, expected: Sequence[Digest]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(digest.algorithm for digest in (*file.digests, *expected)))


def _hasher(name: str) -> Hasher:
    hasher: Hasher = new_hash(name, usedforsecurity=False)
    return hasher


def _contradiction(
    file: IndexFile, expected: Sequence[Digest], found: dict[str, str]
) -> IntegrityError | None:
    """Return what is wrong with a file that has these digests, None when all is well."""
    origin = f"from: {redact(file.url)}"
    for digest in file.digests:
        if found[digest.algorithm] != digest.value:
            return IntegrityError(
                f"`{file.filename}` is not the file that its index promises",
                details=(
                    f"expected: {digest}",
                    f"got: {Digest(digest.algorithm, found[digest.algorithm])}",
                    origin,
                ),
            )
    if not expected or any(found[one.algorithm] == one.value for one in expected):
        return None
    got = [Digest(name, found[name]) for name in dict.fromkeys(d.algorithm for d in expected)]
    return IntegrityError(
        f"`{file.filename}` has none of the hashes that its requirement allows",
        details=(
            *(f"expected: {digest}" for digest in expected),
            *(f"got: {digest}" for digest in got),
            origin,
        ),
        hints=("somebody may have changed the file: find out who before you change the hash",),
    )
