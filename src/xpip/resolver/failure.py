"""The error that says that nothing satisfies the requirements."""

from __future__ import annotations

from xpip.errors import NoSolution
from xpip.model.parsed_requirement import InvalidRequirement, Requirement
from xpip.model.records import TYPE_CHECKING
from xpip.model.version import Version
from xpip.resolver.explanation import places

if TYPE_CHECKING:
    from xpip.resolver.explanation import Explanation, ProjectReport, Wish

_SHOWN_LINES = 40
"""Lines of a proof that an error shows; the end matters most."""
_SHOWN_REASONS = 6
_SHOWN_VERSIONS = 4


class Unsolvable(NoSolution):
    """No set of versions satisfies the requirements; carries the proof as data."""

    def __init__(self, explanation: Explanation) -> None:
        summary, details, hints = _words(explanation)
        super().__init__(summary, details=details, hints=hints)
        self.explanation = explanation


class GaveUp(NoSolution):
    """A search that must not take long found nothing; there may be a solution all the same."""

    def __init__(self) -> None:
        super().__init__("no solution was found in the time that was given")


_Words = tuple[str, tuple[str, ...], tuple[str, ...]]


def _words(explanation: Explanation) -> _Words:
    wishes, projects = explanation.wishes, explanation.projects
    if not explanation.uses_dependencies and len(projects) == 1:
        asked = [wish for wish in wishes if not wish.is_constraint]
        if len(asked) == 1:
            return _single(asked[0], wishes, projects[0])
    for report in projects:
        if not report.found and len(projects) == 1:
            return _unknown(report, wishes)
    return _proof(explanation)


def _single(wish: Wish, wishes: tuple[Wish, ...], report: ProjectReport) -> _Words:
    """Tell of one project without a version that could be chosen; no proof is needed."""
    if report.problem:
        return f"`{report.project}` {report.problem}", _required_by(wishes), ()
    if not report.found:
        return _unknown(report, wishes)
    summary = f"no version of `{report.project}` satisfies `{wish.text}`"
    if wish.text == report.project:
        summary = f"no version of `{report.project}` can be used"
    elif " @ " in wish.text:
        summary = f"`{wish.text}` cannot be used"
    admitted = set(wish.admitted)
    refused = [row for row in report.refused if row[0] in admitted]
    details = list(_required_by(wishes))
    hints: tuple[str, ...] = ()
    if report.usable:
        newest = _newest(report.usable)
        details.append(f"newest{places(report.indexes)}: {newest}")
        if not refused and len(wishes) == 1:
            hints = _hints(wish, newest)
    elif not report.refused:
        details.append(f"there are no files of it{places(report.indexes)}")
    details += _reasons(refused if refused or report.usable else list(report.refused))
    return summary, tuple(details), hints


def _newest(versions: tuple[str, ...]) -> str:
    """Return the last final version, or the last of all where there is no final one."""
    final = [version for version in versions if not Version(version).is_prerelease]
    return (final or versions)[-1]


def _unknown(report: ProjectReport, wishes: tuple[Wish, ...]) -> _Words:
    return f"no project `{report.project}`{places(report.indexes)}", _required_by(wishes), ()


def _required_by(wishes: tuple[Wish, ...]) -> tuple[str, ...]:
    return tuple(
        f"narrowed to `{wish.text}` by {wish.origin}"
        if wish.is_constraint
        else f"required by {wish.origin}"
        for wish in wishes
    )


def _reasons(refused: list[tuple[str, str]]) -> list[str]:
    """Return why versions cannot be chosen, newest first, one line for each kind of reason."""
    grouped: dict[str, tuple[str, list[str]]] = {}
    for version, reason in reversed(refused):
        # What stands in brackets, such as tags, differs from version to version.
        kind = reason.partition(" (")[0]
        grouped.setdefault(kind, (reason, []))[1].append(version)
    lines = []
    for reason, versions in grouped.values():
        shown = ", ".join(versions[:_SHOWN_VERSIONS])
        if len(versions) > _SHOWN_VERSIONS:
            shown += f" and {len(versions) - _SHOWN_VERSIONS} more"
        lines.append(f"{shown}: {reason}")
    if len(lines) > _SHOWN_REASONS:
        left_out = len(lines) - _SHOWN_REASONS
        lines[_SHOWN_REASONS:] = [f"and {left_out} more reasons for older versions"]
    return lines


def _hints(wish: Wish, newest: str) -> tuple[str, ...]:
    """Return a requirement that would select the newest version, when only a bound is too high."""
    try:
        specifier = list(Requirement(wish.text).specifier)
    except InvalidRequirement:
        return ()
    version = Version(newest)
    if len(specifier) != 1 or specifier[0].operator not in (">=", ">", "==", "~="):
        return ()
    if Version(specifier[0].version.removesuffix(".*")) <= version:
        return ()
    name = wish.text.removesuffix(str(specifier[0]))
    bound = str(version.major) if version.major and not version.is_prerelease else newest
    return (f"`{name}>={bound}` would select {newest}",)


def _proof(explanation: Explanation) -> _Words:
    asked = [wish for wish in explanation.wishes if not wish.is_constraint]
    if len(asked) == 1:
        summary = f"`{asked[0].text}` cannot be satisfied"
    else:
        texts = dict.fromkeys(f"`{wish.text}`" for wish in asked)
        summary = "the requirements cannot be satisfied together"
        if 1 < len(texts) <= _SHOWN_VERSIONS:
            *rest, last = texts
            summary = f"{', '.join(rest)} and {last} cannot be satisfied together"
    lines = [
        f"({line.number}) {line.text}" if line.number else line.text for line in explanation.lines
    ]
    if len(lines) > _SHOWN_LINES:
        lines[:-_SHOWN_LINES] = [f"({len(lines) - _SHOWN_LINES} earlier steps are left out)"]
    return summary, tuple(lines), ()
