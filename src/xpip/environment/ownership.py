"""Whose file is it? RECORDs of what stays are read only when something depends on the answer."""

from __future__ import annotations

import os

from xpip.environment.records import read_record, row_paths
from xpip.model.distribution import InstalledDistribution
from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


def find_owners(
    paths: Collection[str], distributions: Iterable[InstalledDistribution]
) -> dict[str, str]:
    """Return path -> name of the first distribution whose RECORD lists it.

    Args:
        paths: Absolute and normalised.
    """
    owners: dict[str, str] = {}
    by_library: dict[str, dict[str, str]] = {}
    for distribution in distributions:
        if not paths:
            break
        text = read_record(distribution)
        if text is None:
            continue
        library = distribution.location
        wanted = by_library.get(library)
        if wanted is None:
            wanted = by_library[library] = _spellings(paths, library)
        for row in wanted.keys() & set(row_paths(text)):
            owners.setdefault(wanted[row], distribution.name)
    return owners


def _spellings(paths: Collection[str], library: str) -> dict[str, str]:
    """Return the ways a RECORD may write each path -> the path."""
    spellings: dict[str, str] = {}
    prefix = os.path.normpath(library) + "/"
    for path in paths:
        spellings[path] = path
        if path.startswith(prefix):
            spellings[path[len(prefix) :]] = path
        else:
            spellings[os.path.relpath(path, library)] = path
    return spellings
