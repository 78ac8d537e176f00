"""Are the files of an installed distribution what its RECORD says?"""

from __future__ import annotations

import os
import stat
from hashlib import new as new_hash

from xpip.environment.boundaries import Boundaries
from xpip.environment.records import absolute_paths, read_record
from xpip.errors import IntegrityError
from xpip.formats.record import parse_record
from xpip.model.distribution import InstalledDistribution
from xpip.model.link import Digest
from xpip.model.records import NamedTuple

MISSING = "missing"
CHANGED = "changed"
UNREADABLE = "unreadable"
NO_RECORD = "no RECORD"
DAMAGED_RECORD = "damaged RECORD"

_CHUNK = 1 << 20
_READ = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK


class FileProblem(NamedTuple):
    """A file that is not as it was installed."""

    path: str
    """Absolute; that of RECORD for what is wrong with RECORD itself."""
    kind: str
    """One of the constants of this module."""
    digest: Digest | None = None
    """What RECORD says of it; None when it says nothing."""


def find_problems(
    distribution: InstalledDistribution, boundaries: Boundaries
) -> tuple[FileProblem, ...]:
    """Return what is wrong with the files of a distribution, in the order of RECORD.

    Bytecode does not count: Python makes it again. Files that RECORD names outside the environment
    are left alone, and legacy distributions promise nothing.

    Raises:
        EnvironmentFault: RECORD cannot be read.
    """
    if distribution.legacy:
        return ()
    info = f"{distribution.location}/{distribution.info_folder}"
    text = read_record(distribution)
    if text is None:
        return (FileProblem(f"{info}/RECORD", NO_RECORD),)
    try:
        rows = parse_record(text, f"{distribution.info_folder}/RECORD")
    except IntegrityError:
        return (FileProblem(f"{info}/RECORD", DAMAGED_RECORD),)
    paths = tuple(absolute_paths(distribution.location, (row.path for row in rows)))
    if len(paths) != len(rows) or f"{info}/RECORD" not in paths:
        return (FileProblem(f"{info}/RECORD", DAMAGED_RECORD),)
    problems = []
    for row, path in zip(rows, paths, strict=True):
        if path.endswith(".pyc") or not boundaries.contains(path):
            continue
        kind = check_file(path, row.digest, row.size)
        if kind:
            problems.append(FileProblem(path, kind, row.digest))
    return tuple(problems)


def check_file(path: str, digest: Digest | None, size: int | None) -> str:
    """Return what is wrong with a file, empty when nothing is.

    Args:
        digest: None: it only has to be there. One of an unknown algorithm proves nothing.
        size: Bytes; None when it is not known.
    """
    try:
        descriptor = os.open(path, _READ)
    except (FileNotFoundError, NotADirectoryError):
        return MISSING
    except OSError:
        return UNREADABLE
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return CHANGED
        if size is not None and status.st_size != size:
            return CHANGED
        if digest is None:
            return ""
        found = digest_of(descriptor, digest.algorithm)
    except OSError:
        return UNREADABLE
    finally:
        os.close(descriptor)
    return CHANGED if found is not None and found != digest.value else ""


def digest_of(descriptor: int, algorithm: str = "sha256") -> str | None:
    """Return the hexadecimal digest of an open file, None for an unknown algorithm."""
    try:
        hasher = new_hash(algorithm, usedforsecurity=False)
    except ValueError:
        return None
    while chunk := os.read(descriptor, _CHUNK):
        hasher.update(chunk)
    try:
        return hasher.hexdigest()
    except TypeError:
        # That of shake_128 and its like has no length of its own.
        return None
