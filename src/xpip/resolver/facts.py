"""What the solver has been told, and what it asks for.

Facts are never changed or removed. The solver reads one only when its own state asks for it, so
that nothing depends on the order in which they arrive.
"""

from __future__ import annotations

from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from xpip.model.candidate import Candidate, ProjectCandidates
    from xpip.model.dependencies import Dependencies
    from xpip.model.version import Key, Version


class NeedCandidates(NamedTuple):
    """Which versions of a project are there?"""

    project: str
    """Normalised."""
    url: str = ""
    """Set when a direct reference names the file: the one candidate to be found there."""


class NeedDependencies(NamedTuple):
    """What does this candidate require?"""

    candidate: Candidate


Query = NeedCandidates | NeedDependencies


class Unavailable(NamedTuple):
    """There is no answer."""

    reason: str
    """A clause that follows the name or version, such as `has unreadable metadata`."""


class Facts:
    """An append-only table of answers; a second answer to one question is ignored."""

    def __init__(self) -> None:
        self._candidates: dict[tuple[str, str], ProjectCandidates | Unavailable] = {}
        self._dependencies: dict[tuple[str, Key, str], Dependencies | Unavailable] = {}

    def add_candidates(self, candidates: ProjectCandidates, url: str = "") -> None:
        """Record the candidates of a project, or the one behind a direct reference.

        Args:
            url: As `NeedCandidates.url` had it; empty for an answer of the indexes.
        """
        self._candidates.setdefault((candidates.project, url), candidates)

    def add_dependencies(
        self, project: str, version: Version, dependencies: Dependencies, url: str = ""
    ) -> None:
        """Record what a version requires.

        Args:
            url: For a direct candidate `candidate.file.url`, since an index or another reference
                may have the same version with other dependencies; empty for all others.
        """
        self._dependencies.setdefault((project, version.key, url), dependencies)

    def add_unavailable(
        self, project: str, version: Version | None, reason: str, url: str = ""
    ) -> None:
        """Record that a version, or with None a whole project, cannot be used.

        Args:
            reason: A clause that follows the name, such as `has unreadable metadata`.
            url: As for `add_dependencies` or, without a version, for `add_candidates`.
        """
        if version is None:
            self._candidates.setdefault((project, url), Unavailable(reason))
        else:
            self._dependencies.setdefault((project, version.key, url), Unavailable(reason))

    def candidates(self, project: str, url: str = "") -> ProjectCandidates | Unavailable | None:
        """Return what is known of a project, None when nothing is."""
        return self._candidates.get((project, url))

    def dependencies(self, candidate: Candidate) -> Dependencies | Unavailable | None:
        """Return what is known of a candidate, None when nothing is."""
        url = candidate.file.url if candidate.direct else ""
        return self._dependencies.get((candidate.project, candidate.version.key, url))

    def is_known(self, query: Query) -> bool:
        """Say whether a question has been answered."""
        if isinstance(query, NeedCandidates):
            return (query.project, query.url) in self._candidates
        return self.dependencies(query.candidate) is not None
