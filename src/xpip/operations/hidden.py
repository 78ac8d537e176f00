"""What an earlier index hides: told when there is no solution, and never used."""

from __future__ import annotations

from xpip.errors import NoSolution, XpipError
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.urls import redact
from xpip.model.versions_text import parse_version
from xpip.resolver.failure import Unsolvable
from xpip.selection.rules import judge

if TYPE_CHECKING:
    from packaging.version import Version

    from xpip.index.client import IndexClient
    from xpip.model.link import IndexPage
    from xpip.model.options import SelectionPolicy
    from xpip.model.target import Target
    from xpip.resolver.explanation import Explanation, ProjectReport


class _Hidden(NamedTuple):
    """A version that only a later index has."""

    project: str
    version: Version
    index_url: str
    """Where it is."""
    behind: str
    """The index that serves the project; empty when none is known by name."""


async def tell_hidden(
    error: NoSolution, client: IndexClient, policy: SelectionPolicy, target: Target
) -> None:
    """Add to an error what later indexes have of the projects in it that could matter.

    Later indexes are asked only now, so that a resolution that succeeds costs nothing more.

    Args:
        policy: As for the resolution.
    """
    if not isinstance(error, Unsolvable):
        return
    explanation = error.explanation
    found: list[_Hidden] = []
    for report in explanation.projects:
        for page in await client.hidden_pages(report.project):
            version = _best(page, report, explanation, (policy, target))
            if version is not None:
                behind = report.indexes[-1] if report.indexes else ""
                found.append(_Hidden(report.project, version, page.index_url, behind))
    if not found:
        return
    error.details = (*error.details, *map(_words, found))
    project = found[0].project
    tie = f"--index NAME={redact(found[0].index_url)} --index-package {project}=NAME"
    error.hints = (
        *error.hints,
        f"`{tie}` takes `{project}` from there only",
        "`--index-strategy unsafe-best-match` takes the best of all indexes, also of public ones",
    )


def _best(
    page: IndexPage,
    report: ProjectReport,
    explanation: Explanation,
    rules: tuple[SelectionPolicy, Target],
) -> Version | None:
    """Return the newest version that would help: wanted, or newer than what is known."""
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
    wanted = [version for version in versions if _is_wanted(version, report, explanation)]
    if wanted:
        return wanted[-1]
    newest = max((version for version in known if version is not None), default=None)
    better = [version for version in versions if newest is None or version > newest]
    return better[-1] if better else None


def _is_wanted(version: Version, report: ProjectReport, explanation: Explanation) -> bool:
    from packaging.requirements import InvalidRequirement, Requirement

    asked = False
    for wish in explanation.wishes:
        if wish.project != report.project:
            continue
        asked = True
        try:
            specifier = Requirement(wish.text).specifier
        except InvalidRequirement:
            return False
        if not specifier.contains(version, prereleases=True):
            return False
    return asked


def _words(hidden: _Hidden) -> str:
    where = f"`{hidden.project}` {hidden.version} is on {redact(hidden.index_url)}"
    if not hidden.behind:
        return f"{where}, which does not count because an earlier index has `{hidden.project}`"
    return (
        f"{where}, which does not count because {redact(hidden.behind)} comes first "
        f"and has `{hidden.project}`"
    )
