"""What is asked of the solver, and what it answers."""

from __future__ import annotations

from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xpip.model.candidate import Candidate
    from xpip.model.requirement import SourcedRequirement
    from xpip.resolver.facts import Query


class Problem(NamedTuple):
    """What has to be satisfied; markers have been evaluated away."""

    roots: tuple[SourcedRequirement, ...]
    """What the user asks for, in order."""
    constraints: tuple[SourcedRequirement, ...] = ()
    """Narrow what may be chosen and ask for nothing themselves; their extras mean nothing."""
    preferences: Mapping[str, str] = {}
    """Normalised name -> version to keep where allowed, even when a better one is there."""
    overrides: tuple[SourcedRequirement, ...] = ()
    """Take the place of every requirement on their project, extras excepted."""
    pre: bool = False
    """Pre-releases count like final releases."""
    prerelease_by_specifier: bool = True
    """A requirement in force that names a pre-release makes those of its project count like final
    releases, as in pip. Without it they are taken only where no final release is left."""
    prerelease_packages: Mapping[str, bool] = {}
    """Normalised name -> whether pre-releases of the project count like final releases, whatever
    is said of all projects and whoever names one."""
    yanked_by_dependencies: bool = True
    """A release that pins a yanked version may have it, as in pip. Without it only requirements
    and constraints of the user may."""
    no_deps: bool = False
    """Choose only what the user names."""
    lowest: frozenset[str] = frozenset()
    """Normalised names of projects, or `:all:`, whose lowest version that will do is chosen."""
    excludes: frozenset[str] = frozenset()
    """Normalised names of projects that every requirement on is dropped, overrides included."""
    python_version: str = ""
    """In full. Candidates whose metadata excludes it are not chosen; empty: all will do."""


class Chosen(NamedTuple):
    """A candidate of the solution."""

    candidate: Candidate
    extras: tuple[str, ...]
    """Normalised and sorted: those that were asked for."""
    requested: bool
    """The user names it."""
    required_by: tuple[str, ...]
    """Normalised names of the chosen projects that need it, sorted."""


class Solution(NamedTuple):
    """One candidate for every project that is needed, and nothing else."""

    packages: tuple[Chosen, ...]
    """Dependencies before what needs them; cycles broken by name."""
    warnings: tuple[str, ...] = ()
    """One sentence each, without full stop."""


class Blocked(NamedTuple):
    """The solver cannot go on before all of these are answered."""

    queries: tuple[Query, ...]


class Counters(NamedTuple):
    """How much work it was."""

    decisions: int
    conflicts: int
    """Incompatibilities that were all true, and versions that were refused before being decided."""
    derivations: int
    incompatibilities: int
    projects_asked: int
    releases_asked: int
    """Candidates whose dependencies the solver asked for."""
    releases_unused: int
    """Of these, how many were asked for by looking ahead and took no part in the search."""
