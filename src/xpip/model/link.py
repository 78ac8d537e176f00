"""Locations and the files that an index page lists."""

from __future__ import annotations

from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from xpip.model.on_demand import OnDemand


class Digest(NamedTuple):
    """The hash of a file."""

    algorithm: str
    """Lower case name as hashlib knows it."""
    value: str
    """Lower case hexadecimal."""

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.value}"


class IndexFile(NamedTuple):
    """One entry of an index page, find-links page or folder.

    Spec: https://packaging.python.org/en/latest/specifications/simple-repository-api/
    """

    filename: str
    url: str
    """Absolute, percent-encoded, without credentials and fragment; `file:` for local files."""
    digests: tuple[Digest, ...] = ()
    """Empty when the index states none."""
    requires_python: str = ""
    """Specifier text; empty when every Python will do."""
    yanked: str | None = None
    """The reason, perhaps empty; None when not yanked."""
    size: int | None = None
    """Bytes; None when the index does not say."""
    upload_time: str | None = None
    """ISO 8601 in UTC as the index wrote it; None when it does not say."""
    metadata: Digest | bool | None = None
    """Core metadata beside the file (PEP 658): its digest, True when announced without one, False
    when declared absent, None when the page says nothing (then it may exist all the same)."""

    def digest(self, algorithm: str) -> str | None:
        """Return the hexadecimal value for an algorithm, None when the index states none."""
        for digest in self.digests:
            if digest.algorithm == algorithm:
                return digest.value
        return None


class IndexPage(NamedTuple):
    """All files that one index lists for one project."""

    project: str
    """Normalised."""
    index_url: str
    """URL of the index without credentials, or the find-links location."""
    files: tuple[IndexFile, ...] | OnDemand[IndexFile]
    """In the order of the page."""
