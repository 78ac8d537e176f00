"""Where somebody stated what a file has to be, for errors about files that are something else."""

from __future__ import annotations

import os

from xpip.documents import read_optional_document
from xpip.model.names import leading_name, normalized_name
from xpip.model.origin import FileOrigin
from xpip.model.records import TYPE_CHECKING
from xpip.model.urls import redact
from xpip.operations.wanted import is_remote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.errors import XpipError
    from xpip.model.requirement import RequirementSources


def tell_where(
    error: XpipError, sources: RequirementSources, locks: Sequence[str], cwd: str
) -> None:
    """Add to an error about a file where it is listed, if that is known.

    Args:
        locks: Paths or URLs of lock files, as the user wrote them.
    """
    name = _file_named(error.summary)
    if not name:
        return
    places = [place for lock in locks if (place := _place_in_lock(lock, name, cwd))]
    places += _places_of_pins(name, sources)
    error.details += tuple(f"listed in {place}" for place in places)


def _file_named(summary: str) -> str:
    """Return the name of the file that an error is about, empty for none."""
    quoted = summary.partition("`")[2].partition("`")[0]
    name = quoted.rpartition("/")[2]
    return name if "-" in name and "." in name else ""


def _place_in_lock(lock: str, name: str, cwd: str) -> str:
    shown = redact(lock)
    if is_remote(lock):
        return shown
    data = read_optional_document(os.path.join(cwd, lock)) or b""
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        if f'{name}"' in line or f"{name}'" in line:
            return f"{shown}:{number}"
    return ""


def _places_of_pins(name: str, sources: RequirementSources) -> list[str]:
    """Return `file:line` of the requirements with hashes that a file may have been fetched for."""
    # Names of projects may hold hyphens, as those of old source archives do.
    beginning = normalized_name(name)
    return [
        f"{text.origin.path}:{text.origin.line}"
        for text in (*sources.requirements, *sources.constraints)
        if text.hashes
        and isinstance(text.origin, FileOrigin)
        and beginning.startswith(f"{leading_name(text.text)}-")
    ]
