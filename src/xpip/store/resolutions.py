"""Answers of whole resolutions, with the evidence that they would come out the same today."""

from __future__ import annotations

import os

from xpip.model.link import Digest, IndexFile
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.resolution import Asked, Need, Resolution, ResolvedPackage
from xpip.model.source import SourceLocation
from xpip.store.keys import key_of
from xpip.store.layout import RESOLUTIONS
from xpip.store.packing import keep_packed, plain, read_packed
from xpip.store.wheels import is_key

if TYPE_CHECKING:
    from typing import Any

    from xpip.store.layout import Store


_REFUSAL = "refusal"


class Evidence(NamedTuple):
    """What an answer was made from: a stored page, a local wheel, a find-links folder."""

    path: str
    """Absolute."""
    size: int
    """Bytes; -1 when there was nothing."""
    mtime_ns: int
    inode: int
    fresh_until: float
    """Seconds since the epoch until when nobody has to be asked; infinite for local files."""

    def still_holds(self) -> bool:
        """Say whether the file or folder is what it was."""
        return self[:4] == evidence_of(self.path, 0.0)[:4]


class RememberedResolution(NamedTuple):
    """An answer and what it was made from."""

    resolution: Resolution
    evidence: tuple[Evidence, ...]
    fresh_until: float
    """Seconds since the epoch: the least of the evidence's."""


def evidence_of(path: str, fresh_until: float) -> Evidence:
    """Return what is there now; that nothing is there is evidence too."""
    try:
        status = os.stat(path)
    except OSError:
        return Evidence(path, -1, 0, 0, fresh_until)
    return Evidence(path, status.st_size, status.st_mtime_ns, status.st_ino, fresh_until)


def read_resolution(store: Store, key: str) -> RememberedResolution | None:
    """Return a remembered answer, None when there is none; whether it holds is for the caller.

    Args:
        key: Digest of the question, 64 hexadecimal digits.
    """
    if not is_key(key):
        return None
    for path in store.paths(RESOLUTIONS, key):
        fields = read_packed(path)
        if type(fields) is tuple and len(fields) == 4 and fields[0] == key:  # noqa: PLR2004
            _, resolution, evidence, fresh_until = fields
            try:
                return RememberedResolution(
                    _as_resolution(resolution),
                    tuple([Evidence(*item) for item in evidence]),
                    fresh_until,
                )
            except (TypeError, ValueError):
                # Another version of xpip wrote it, with other fields.
                continue
    return None


def write_resolution(
    store: Store, key: str, remembered: RememberedResolution, *others: str
) -> None:
    """Remember an answer; nothing is said when the store cannot take it.

    Args:
        others: Keys of further questions with the same answer.
    """
    fields = plain(remembered)
    for name in (key, *others):
        if is_key(name):
            keep_packed(store, store.path(RESOLUTIONS, name), (name, *fields))


def write_refusal(store: Store, key: str, now: float) -> None:
    """Remember that a question had no answer when all servers had just been asked.

    Args:
        key: Of the question.
        now: Seconds since the epoch.
    """
    keep_packed(store, store.path(RESOLUTIONS, key_of(_REFUSAL, key)), (now,))


def read_refusal(store: Store, key: str) -> float | None:
    """Return when a question last had no answer, in seconds since the epoch."""
    for path in store.paths(RESOLUTIONS, key_of(_REFUSAL, key)):
        fields = read_packed(path)
        if type(fields) is tuple and len(fields) == 1 and isinstance(fields[0], float):
            return fields[0]
    return None


def _as_resolution(fields: tuple[Any, ...]) -> Resolution:
    packages, warnings, requirements, constraints = fields
    return Resolution(
        tuple([_as_package(package) for package in packages]),
        warnings,
        tuple([Asked(*asked) for asked in requirements]),
        tuple([Asked(*asked) for asked in constraints]),
    )


def _as_package(fields: tuple[Any, ...]) -> ResolvedPackage:
    package = ResolvedPackage(*fields)
    package = package._replace(
        file=_as_file(package.file),
        hashes=_as_digests(package.hashes),
        published=_as_digests(package.published),
    )
    if package.source is not None:
        source = SourceLocation(*package.source)
        package = package._replace(source=source._replace(hashes=_as_digests(source.hashes)))
    if package.files or package.needs:
        files = tuple([_as_file(file) for file in package.files])
        package = package._replace(
            files=files, needs=tuple([Need(*need) for need in package.needs])
        )
    return package


def _as_file(fields: tuple[Any, ...]) -> IndexFile:
    file = IndexFile(*fields)
    metadata: Any = file.metadata
    if type(metadata) is tuple:
        metadata = Digest(*metadata)
    return file._replace(digests=_as_digests(file.digests), metadata=metadata)


def _as_digests(digests: tuple[Any, ...]) -> tuple[Digest, ...]:
    return tuple([Digest(*digest) for digest in digests])
