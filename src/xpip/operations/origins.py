"""Was an installed distribution made of the very sources that are wanted now?

Spec: https://packaging.python.org/en/latest/specifications/direct-url-data-structure/
"""

from __future__ import annotations

from xpip.environment.installed import read_text
from xpip.formats.direct_url import parse_direct_url
from xpip.formats.source_location import ARCHIVE, DIRECTORY, VCS
from xpip.model.records import TYPE_CHECKING
from xpip.operations.inspect import was_installed_from

if TYPE_CHECKING:
    from xpip.model.distribution import InstalledDistribution, StoredWheel
    from xpip.model.resolution import ResolvedPackage
    from xpip.model.source import SourceLocation

_COMMIT_DIGITS = 40


def is_made_of(
    distribution: InstalledDistribution, package: ResolvedPackage, wheel: StoredWheel | None
) -> bool:
    """Say whether a distribution is what a package would be once more.

    The same commit of a repository and the same bytes of an archive make the same, as in pip. A
    folder is looked at anew each time: it has to have come to the same wheel.

    Args:
        wheel: What was made of the sources now; None when that was not done.
    """
    wanted = parse_direct_url(package.direct_url)
    found = parse_direct_url(read_text(distribution, "direct_url.json") or "")
    if wanted is None or found is None:
        return False
    if wanted._replace(revision="", hashes=()) != found._replace(revision="", hashes=()):
        return False
    if wanted.kind == ARCHIVE:
        return bool(set(wanted.hashes) & set(found.hashes))
    if wanted.kind == VCS:
        return True
    return wheel is not None and _has_rows(distribution, wheel)


def was_made_of(distribution: InstalledDistribution, url: str, source: SourceLocation) -> bool:
    """Say whether a distribution is made of sources that cannot have changed since.

    Args:
        url: As the requirement names them.
    """
    if source.editable or source.kind == DIRECTORY or source.url.startswith("file:"):
        return False
    if source.kind == ARCHIVE:
        return was_installed_from(distribution, url)
    found = parse_direct_url(read_text(distribution, "direct_url.json") or "")
    return (
        found is not None
        and len(source.revision) == _COMMIT_DIGITS
        and (found.url, found.commit, found.subdirectory, found.editable)
        == (source.url, source.revision, source.subdirectory, False)
    )


def _has_rows(distribution: InstalledDistribution, wheel: StoredWheel) -> bool:
    """Say whether the files of a wheel are those that are installed, by their digests."""
    record = read_text(distribution, "RECORD")
    return record is not None and set(wheel.record.splitlines()) <= set(record.splitlines())
