"""What an earlier index hides: told when there is no solution, and never used."""

from __future__ import annotations

from xpip.errors import NoSolution, XpipError
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.reporter import SilentReporter
from xpip.model.urls import redact
from xpip.model.versions_text import parse_version
from xpip.network.on_demand import Deadline
from xpip.operations.fixes import SECONDS, solution_of
from xpip.operations.problem import selection_policy
from xpip.operations.search import prepare_search
from xpip.resolver.explanation import Fix
from xpip.resolver.failure import Unsolvable
from xpip.selection.merge import UNSAFE_BEST_MATCH
from xpip.selection.rules import judge

if TYPE_CHECKING:
    from collections.abc import Callable

    from xpip.index.client import IndexClient
    from xpip.model.link import IndexPage
    from xpip.model.options import IndexOptions, SelectionPolicy
    from xpip.model.target import Target
    from xpip.model.version import Version
    from xpip.operations.search import Search
    from xpip.resolver.explanation import Explanation, ProjectReport
    from xpip.resolver.problem import Solution


class _Hidden(NamedTuple):
    """A version that only a later index has."""

    project: str
    version: Version
    index_url: str
    """Where it is."""
    behind: str
    """The index that serves the project; empty when none is known by name."""


async def tell_hidden(
    error: NoSolution,
    search: Search,
    client: IndexClient,
    locations: IndexOptions,
    client_for: Callable[[IndexOptions], IndexClient],
) -> None:
    """Add to an error what later indexes have of the projects in it that could matter.

    Later indexes are asked only now, so that a resolution that succeeds costs nothing more. How
    to have it from there is told only when that has been found to have a solution.

    Args:
        locations: What `client` asks.
        client_for: Makes a client that asks elsewhere.
    """
    if not isinstance(error, Unsolvable):
        return
    explanation = error.explanation
    question = search.question
    rules = selection_policy(question.policy, ()), question.target
    found: list[_Hidden] = []
    for report in explanation.projects:
        for page in await client.hidden_pages(report.project):
            version = _best(page, report, explanation, rules)
            if version is not None:
                behind = report.indexes[-1] if report.indexes else ""
                found.append(_Hidden(report.project, version, page.index_url, behind))
    if not found:
        return
    error.details = (*error.details, *map(_words, found))
    fixes: list[Fix] = []
    try:
        await Deadline(SECONDS).keep(_look(found, search, locations, client_for, fixes))
    except XpipError:
        # A server that fails now is no news: there is no solution anyway.
        pass
    error.explanation = explanation._replace(fixes=(*explanation.fixes, *fixes))
    error.hints = (*error.hints, *(f"try: {fix.text}" for fix in fixes))


async def _look(
    found: list[_Hidden],
    search: Search,
    locations: IndexOptions,
    client_for: Callable[[IndexOptions], IndexClient],
    fixes: list[Fix],
) -> None:
    """Find options with which there is a solution with what is hidden."""
    tied = {hidden.project: hidden.index_url for hidden in reversed(found)}
    elsewhere = locations._replace(ties=tuple(sorted({**dict(locations.ties), **tied}.items())))
    solution = await _solved(search, client_for(elsewhere))
    if solution is not None:
        words = " ".join(
            f"--index-package {project}={redact(index_url)}" for project, index_url in tied.items()
        )
        names = ", ".join(f"`{project}`" for project in tied)
        text = f"`{words}`, which takes {names} from there only{_chosen(solution, tied)}"
        fixes.append(Fix(text, "index", "", "", words))
    merged = locations._replace(strategy=UNSAFE_BEST_MATCH)
    solution = await _solved(search, client_for(merged))
    if solution is not None:
        words = f"--index-strategy {UNSAFE_BEST_MATCH}"
        text = f"`{words}`, which takes the best of all indexes (also of public ones)"
        fixes.append(Fix(text + _chosen(solution, tied), "index", "", "", words))


def _chosen(solution: Solution, projects: dict[str, str]) -> str:
    chosen = [
        f"{one.candidate.project} {one.candidate.version}"
        for one in solution.packages
        if one.candidate.project in projects
    ]
    return f" and selects {', '.join(chosen)}" if chosen else ""


async def _solved(search: Search, client: IndexClient) -> Solution | None:
    """Return the solution of the same question to another client, None when there is none."""
    sources = None if search.sources is None else search.sources.without_builds()
    other = prepare_search(search.question, client, SilentReporter(), sources)
    try:
        return await solution_of(other.problem, other)
    finally:
        await other.provider.close()


def _best(
    page: IndexPage,
    report: ProjectReport,
    explanation: Explanation,
    rules: tuple[SelectionPolicy, Target],
) -> Version | None:
    """Return the newest version that could help.

    That is one which the user's requirements on the project admit; of a project that only others
    require, one which is newer than what is known.
    """
    policy, target = rules
    try:
        candidates = judge((page,), target, policy).candidates
    except XpipError:
        return None
    known = {parse_version(text) for text in report.usable}
    versions = [
        candidate.version
        for candidate in candidates
        if not candidate.yanked and candidate.version not in known
    ]
    if any(wish.project == report.project for wish in explanation.wishes):
        versions = [version for version in versions if _is_wanted(version, report, explanation)]
    else:
        newest = max((version for version in known if version is not None), default=None)
        versions = [version for version in versions if newest is None or version > newest]
    return versions[-1] if versions else None


def _is_wanted(version: Version, report: ProjectReport, explanation: Explanation) -> bool:
    from xpip.model.parsed_requirement import InvalidRequirement, Requirement

    for wish in explanation.wishes:
        if wish.project != report.project:
            continue
        try:
            specifier = Requirement(wish.text).specifier
        except InvalidRequirement:
            return False
        if not specifier.contains(version, prereleases=True):
            return False
    return True


def _words(hidden: _Hidden) -> str:
    where = f"`{hidden.project}` {hidden.version} is on {redact(hidden.index_url)}"
    if not hidden.behind:
        return f"{where}, which does not count because an earlier index has `{hidden.project}`"
    return (
        f"{where}, which does not count because {redact(hidden.behind)} comes first "
        f"and has `{hidden.project}`"
    )
