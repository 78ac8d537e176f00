"""Downloads on their way into the store, and digests of whole files."""

from __future__ import annotations

import hashlib
import os

from xpip.errors import IntegrityError
from xpip.formats.wheel_archive import shown
from xpip.model.link import Digest
from xpip.model.records import TYPE_CHECKING, Protocol
from xpip.store.packing import fault, write_all

if TYPE_CHECKING:
    from collections.abc import Sequence

_PIECE = 1024 * 1024
_HTML = (b"<!doctype", b"<html", b"<head")


class Hasher(Protocol):
    """What hashlib makes."""

    def update(self, data: bytes, /) -> None:
        """Add bytes."""

    def hexdigest(self) -> str:
        """Return the digest so far, hexadecimal."""


class WheelWriter:
    """Takes the bytes of a download into the store's `tmp/` and hashes them as they come."""

    def __init__(self, path: str, algorithms: Sequence[str]) -> None:
        """Create the file; `unpack.wheel_writer` is the usual way here."""
        self.path = path
        self._algorithms = tuple(dict.fromkeys(("sha256", *algorithms)))
        self._hashers = [new_hasher(algorithm) for algorithm in self._algorithms]
        try:
            os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
            self._descriptor = os.open(path, flags, 0o600)
        except OSError as error:
            raise fault("create", path, error) from error
        self._size = 0

    @property
    def size(self) -> int:
        """Bytes written so far."""
        return self._size

    def write(self, data: bytes) -> None:
        """Add bytes.

        Raises:
            StoreFault: The disk is full or failing.
        """
        try:
            write_all(self._descriptor, data)
        except OSError as error:
            raise fault("write", self.path, error) from error
        self._size += len(data)
        for hasher in self._hashers:
            hasher.update(data)

    def restart(self) -> None:
        """Forget all bytes: the server could not go on where it had stopped.

        Raises:
            StoreFault: The file cannot be emptied.
        """
        try:
            os.ftruncate(self._descriptor, 0)
            os.lseek(self._descriptor, 0, os.SEEK_SET)
        except OSError as error:
            raise fault("empty", self.path, error) from error
        self._size = 0
        self._hashers = [new_hasher(algorithm) for algorithm in self._algorithms]

    def digests(self) -> tuple[Digest, ...]:
        """Return the digests of what was written, sha256 first."""
        return tuple(
            Digest(algorithm, hasher.hexdigest())
            for algorithm, hasher in zip(self._algorithms, self._hashers, strict=True)
        )

    def close(self) -> None:
        """Close the file; it stays.

        Raises:
            StoreFault: Only now the system tells that bytes were lost.
        """
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            try:
                os.close(descriptor)
            except OSError as error:
                raise fault("write", self.path, error) from error

    def discard(self) -> None:
        """Close and remove the file: the wheel has been unpacked, or will never be complete."""
        descriptor, self._descriptor = self._descriptor, -1
        try:
            if descriptor >= 0:
                os.close(descriptor)
        except OSError:
            pass
        try:
            os.unlink(self.path)
        except OSError:
            pass


def verify_file(
    descriptor: int, filename: str, expected: Sequence[Digest], known: Sequence[Digest]
) -> str:
    """Return the sha256 of a file once it has every digest that was promised.

    Args:
        expected: Where several are of one algorithm, any of them will do.
        known: Digests that this process computed while it wrote the file.

    Raises:
        IntegrityError: A digest is another one.
        OSError: The file cannot be read.
    """
    found = {digest.algorithm: digest.value for digest in known}
    algorithms = {"sha256": True, **dict.fromkeys(digest.algorithm for digest in expected)}
    hashers = {name: new_hasher(name) for name in algorithms if name not in found}
    if hashers:
        position = 0
        while piece := os.pread(descriptor, _PIECE, position):
            position += len(piece)
            for hasher in hashers.values():
                hasher.update(piece)
        found.update({name: hasher.hexdigest() for name, hasher in hashers.items()})
    for algorithm in algorithms:
        allowed = [digest.value for digest in expected if digest.algorithm == algorithm]
        if allowed and found[algorithm] not in allowed:
            raise _wrong_file(descriptor, filename, algorithm, allowed, found[algorithm])
    return found["sha256"]


def new_hasher(algorithm: str) -> Hasher:
    """Return a hasher.

    Raises:
        IntegrityError: There is no such algorithm.
    """
    try:
        return hashlib.new(algorithm, usedforsecurity=False)
    except (ValueError, TypeError):
        raise IntegrityError(f"the hash algorithm `{shown(algorithm)}` is not known") from None


def _wrong_file(
    descriptor: int, filename: str, algorithm: str, allowed: list[str], found: str
) -> IntegrityError:
    size = os.fstat(descriptor).st_size
    start = os.pread(descriptor, 512, 0).lstrip().lower()
    return IntegrityError(
        f"the {algorithm} of `{shown(filename)}` is not the expected one",
        details=(
            *(f"expected: {algorithm}:{value}" for value in dict.fromkeys(allowed)),
            f"found:    {algorithm}:{found} ({size} bytes)",
        ),
        hints=("the file looks like HTML: is a login page in the way?",)
        if start.startswith(_HTML)
        else (),
    )
