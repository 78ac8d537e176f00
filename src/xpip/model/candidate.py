"""Which versions of a project could be chosen, and why others could not."""

from __future__ import annotations

from xpip.model.link import IndexFile
from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from xpip.model.on_demand import OnDemand
    from xpip.model.version import Version


class Rejection(NamedTuple):
    """Why a file may not be used."""

    kind: str
    """One of `requires-python`, `yanked`, `tags`, `no-wheel`, `no-binary`, `hash`, `other-project`,
    `name`, `format`, `metadata`, `uploaded-after`, `pre-release`."""
    detail: str = ""
    """The value that decided: the specifier, the reason for yanking, the tags of the file."""


class RejectedFile(NamedTuple):
    """A file of an index page that may not be used."""

    filename: str
    version: str
    """Empty when the file name does not tell."""
    rejection: Rejection


class Candidate(NamedTuple):
    """One version of a project that could be chosen, with the file that would be installed."""

    project: str
    """Normalised."""
    version: Version
    file: IndexFile
    """The best file for the target."""
    index_url: str
    """URL of the index it is from, without credentials; empty for a direct reference."""
    yanked: bool = False
    """It may be chosen only where a requirement pins exactly this version."""
    direct: bool = False
    """It is from a URL or path that a requirement names."""
    group: int = 0
    """Candidates of a lower group are tried first, whatever their versions: 0 for all unless
    indexes are tried one after the other."""


class ProjectCandidates(NamedTuple):
    """Everything known of one project."""

    project: str
    """Normalised."""
    candidates: tuple[Candidate, ...] | OnDemand[Candidate]
    """Ascending by version, one per version."""
    rejected: tuple[RejectedFile, ...] | OnDemand[RejectedFile] = ()
    """In page order."""
    indexes: tuple[str, ...] = ()
    """Where the project was looked for, without credentials."""
    found: bool = True
    """Some index knows the project, even when no file may be used."""
