"""Why there is no solution, as plain data.

The graph of incompatibilities that led to the contradiction becomes numbered sentences, much as
solver.md describes; `xpip.resolver.derivation` writes them.

Spec: https://github.com/dart-lang/pub/blob/master/doc/solver.md#error-reporting
"""

from __future__ import annotations

from xpip.model.candidate import ProjectCandidates
from xpip.model.names import normalized_name
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.urls import redact
from xpip.resolver.derivation import Line, external_causes, write_proof
from xpip.resolver.facts import Unavailable
from xpip.resolver.incompatibility import Asked, Constrained, Depends
from xpip.resolver.phrases import Background, requirement_text
from xpip.resolver.requirement_table import admitted_versions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from xpip.model.parsed_requirement import Requirement
    from xpip.model.requirement import SourcedRequirement
    from xpip.resolver.facts import Facts
    from xpip.resolver.incompatibility import Incompatibility
    from xpip.resolver.package_table import PackageTable, References
    from xpip.resolver.problem import Problem

__all__ = ["Explanation", "Fix", "Line", "ProjectReport", "Wish", "explain"]


class Wish(NamedTuple):
    """Something the user asked for that takes part in the conflict."""

    project: str
    """Normalised."""
    text: str
    """The requirement, without marker."""
    origin: str
    """Where it was written."""
    is_constraint: bool
    """A constraint or an override: nothing is installed because of it alone."""
    admitted: tuple[str, ...]
    """The versions that exist and satisfy it, usable or not, ascending."""
    path: str = ""
    """The file it was written in; empty for the command line."""
    line: int = 0
    """Counted from 1; 0 where nobody knows."""


class ProjectReport(NamedTuple):
    """What is known of a project that takes part in the conflict."""

    project: str
    """Normalised."""
    usable: tuple[str, ...]
    """Versions that could be chosen, ascending."""
    refused: tuple[tuple[str, str], ...]
    """(version, why it cannot be chosen), ascending."""
    indexes: tuple[str, ...]
    """Where it was looked for, without credentials."""
    found: bool
    """Some index or reference knows it."""
    problem: str = ""
    """Set when nothing could be learned of it: a clause that follows the name."""


class Fix(NamedTuple):
    """Something to ask for instead, after which there is a solution."""

    text: str
    """A clause that follows `try: `."""
    kind: str
    """`upper-bound`, `lower-bound`, `version`, `drop`, `python`, `pre-releases` or `index`."""
    old: str
    """The requirement as it was written, the version of Python, or empty."""
    origin: str
    """Where `old` was written; may be empty."""
    new: str
    """What to write instead; empty for nothing at all."""


class Explanation(NamedTuple):
    """A proof that there is no solution."""

    lines: tuple[Line, ...]
    wishes: tuple[Wish, ...]
    """In the order in which they were written."""
    projects: tuple[ProjectReport, ...]
    """By name."""
    uses_dependencies: bool
    """What projects require of each other matters, not only what the user wrote."""
    fixes: tuple[Fix, ...] = ()
    """Found by solving again, smallest change first."""
    is_proof: bool = True
    """Whoever believes the facts has to believe that there is no solution."""


def explain(
    contradiction: Incompatibility,
    problem: Problem,
    table: PackageTable,
    facts: Facts,
    references: References,
) -> Explanation:
    """Return the proof that ends in an incompatibility without terms."""
    causes = external_causes(contradiction)
    names = _projects_of(causes)
    return Explanation(
        write_proof(contradiction, background_of(names, problem, facts, references)),
        wishes_of(causes, problem, table),
        tuple(
            report_on(name, table, answers_about(name, facts, references)) for name in sorted(names)
        ),
        any(isinstance(incompatibility.cause, Depends) for incompatibility in causes),
    )


def projects_of(contradiction: Incompatibility) -> set[str]:
    """Return the projects that the proof of a contradiction speaks of."""
    return _projects_of(external_causes(contradiction))


def _projects_of(causes: Iterable[Incompatibility]) -> set[str]:
    names: set[str] = set()
    for incompatibility in causes:
        names.update(term.package.project for term in incompatibility.terms)
        requirement = _requirement(incompatibility)
        if requirement is not None:
            names.add(normalized_name(requirement.name))
    return names


def _requirement(incompatibility: Incompatibility) -> Requirement | None:
    cause = incompatibility.cause
    if isinstance(cause, Asked):
        return cause.requirement.requirement
    if isinstance(cause, Constrained):
        return cause.constraint.requirement
    return cause.requirement if isinstance(cause, Depends) else None


def wishes_of(
    causes: Iterable[Incompatibility], problem: Problem, table: PackageTable
) -> tuple[Wish, ...]:
    """Return what the user wrote among the facts of a proof."""
    wishes: dict[Wish, None] = {}
    asked: set[SourcedRequirement] = set()
    for is_constraint, sourced in _written(causes, problem):
        if is_constraint and sourced in asked:
            continue
        asked.add(sourced)
        requirement = sourced.requirement
        project = normalized_name(requirement.name)
        package = table.known(project)
        admitted: list[str] = []
        if package is not None:
            universe = package.universe
            members = universe.members(admitted_versions(universe, requirement))
            admitted = [str(universe.version(member)) for member in members]
        origin = sourced.origin
        wish = Wish(
            project,
            requirement_text(requirement),
            str(origin),
            is_constraint,
            tuple(reversed(admitted)),
            getattr(origin, "path", ""),
            getattr(origin, "line", 0),
        )
        wishes.setdefault(wish)
    ranks = _ranks(problem)

    def place(wish: Wish) -> tuple[bool, str, int, int]:
        """Sort by file and line, constraints last."""
        rank = ranks.get((wish.origin, wish.text), 0)
        return wish.is_constraint, wish.path or wish.origin, wish.line, rank

    return tuple(sorted(wishes, key=place))


def _written(
    causes: Iterable[Incompatibility], problem: Problem
) -> Iterator[tuple[bool, SourcedRequirement]]:
    """Yield whether it only narrows, and what the user wrote; what is required comes first."""
    narrowing: list[SourcedRequirement] = []
    overridden: set[str] = set()
    for incompatibility in causes:
        cause = incompatibility.cause
        if isinstance(cause, Asked):
            yield False, cause.requirement
        elif isinstance(cause, Constrained):
            narrowing.append(cause.constraint)
        elif isinstance(cause, Depends) and problem.overrides:
            overridden.add(normalized_name(cause.requirement.name))
    narrowing += (
        sourced
        for sourced in problem.overrides
        if normalized_name(sourced.requirement.name) in overridden
    )
    for sourced in narrowing:
        yield True, sourced


def background_of(
    names: Iterable[str], problem: Problem, facts: Facts, references: References
) -> Background:
    """Return what clauses about some projects have to know."""
    overridden: dict[str, str] = {}
    for sourced in problem.overrides:
        project = normalized_name(sourced.requirement.name)
        clause = f"{sourced.origin} overrides it with `{requirement_text(sourced.requirement)}`"
        before = overridden.get(project)
        overridden[project] = f"{before}, {clause}" if before else clause
    return Background(missing_projects(names, facts, references), overridden, _ranks(problem))


def _ranks(problem: Problem) -> dict[tuple[str, str], int]:
    """Return (origin, requirement) -> rank among what the user wrote."""
    return {
        (str(root.origin), requirement_text(root.requirement)): rank
        for rank, root in enumerate(problem.roots)
    }


def answers_about(
    project: str, facts: Facts, references: References
) -> list[ProjectCandidates | Unavailable]:
    """Return what is known of a project: of its references, then of the indexes."""
    urls = list(references.of(project))
    if references.asks_indexes(project):
        urls.append("")
    found = (facts.candidates(project, url) for url in urls)
    return [answer for answer in found if answer is not None]


def missing_projects(names: Iterable[str], facts: Facts, references: References) -> dict[str, str]:
    """Return a clause on each project that has no versions, or only those of the user's URLs."""
    found: dict[str, str] = {}
    for name in names:
        for answer in answers_about(name, facts, references):
            if isinstance(answer, Unavailable):
                found[name] = f"`{name}` {answer.reason}"
            elif not answer.found:
                found[name] = f"there is no project `{name}`{places(answer.indexes)}"
            elif not references.asks_indexes(name):
                for candidate in answer.candidates:
                    place = redact(candidate.file.url)
                    found[name] = f"`{name}` {candidate.version} is taken from {place}"
    return found


def places(indexes: tuple[str, ...]) -> str:
    """Return where something was looked for, with a leading blank."""
    return f" on {' or '.join(indexes)}" if indexes else " in the places that were searched"


def report_on(
    project: str, table: PackageTable, answers: Iterable[ProjectCandidates | Unavailable]
) -> ProjectReport:
    """Return what can be told of a project."""
    problem = ""
    indexes: dict[str, None] = {}
    found = False
    for answer in answers:
        if isinstance(answer, Unavailable):
            problem = answer.reason
        else:
            indexes.update((index_url, None) for index_url in answer.indexes if index_url)
            found = found or answer.found
    usable: list[str] = []
    refused: list[tuple[str, str]] = []
    package = table.known(project)
    if package is not None:
        reasons = table.reasons(package)
        for version in package.universe.versions:
            reason = reasons.get(version)
            if reason is None:
                usable.append(str(version))
            else:
                refused.append((str(version), reason))
    return ProjectReport(project, tuple(usable), tuple(refused), tuple(indexes), found, problem)
