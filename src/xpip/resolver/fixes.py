"""What somebody could change so that there is a solution: proposals, and their words.

A proposal takes away a part of something the user wrote that the proof speaks of. Whether that
helps is found by solving again, which is the caller's business. The requirement in the words admits
what that solution chose, so it can be written in place of the old one and solves as well.
"""

from __future__ import annotations

from xpip.model.names import normalized_name
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.specifier import InvalidSpecifier, SpecifierSet
from xpip.model.version import Version
from xpip.resolver.explanation import Fix
from xpip.resolver.phrases import requirement_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from xpip.model.parsed_requirement import Requirement
    from xpip.model.requirement import SourcedRequirement
    from xpip.model.specifier import Specifier
    from xpip.resolver.explanation import Explanation
    from xpip.resolver.problem import Problem, Solution

_UPPER = ("<", "<=")
_LOWER = (">", ">=")
_SHOWN_VERSIONS = 4
_MINORS = range(7, 30)
"""Minor versions of Python 3 that are thought of."""
_REQUIRES_PYTHON = "requires Python "
_PRE_RELEASE = "a pre-release"


class Proposal(NamedTuple):
    """A problem that asks for less."""

    original: Problem
    problem: Problem
    kind: str
    """`upper-bound`, `lower-bound`, `version` or `drop`."""
    sourced: SourcedRequirement
    """What is changed."""
    kept: tuple[str, ...]
    """The parts of its specifier that stay."""


def propose(problem: Problem, explanation: Explanation) -> tuple[Proposal, ...]:
    """Return what could be asked for instead, the smallest change first.

    Nothing is proposed when a project does not exist: another version of something else is hardly
    what is missing then.
    """
    if any(not report.found and not report.problem for report in explanation.projects):
        return ()
    blamed = {(wish.text, wish.origin) for wish in explanation.wishes}
    roots = [root for root in problem.roots if _identity(root) in blamed]
    given = (*problem.constraints, *problem.overrides)
    constraints = [sourced for sourced in given if _identity(sourced) in blamed]
    found: list[Proposal] = []
    for choose in (_without_upper, _without_lower, _without_version):
        for sourced in (*constraints, *roots):
            change = choose(sourced.requirement)
            if change is not None:
                found.append(_replaced(problem, sourced, *change))
    found += [_dropped(problem, constraint) for constraint in constraints]
    # A URL leaves only one version of its project, so the proof need not speak of it.
    projects = {report.project for report in explanation.projects}
    references = [
        root
        for root in problem.roots
        if root.requirement.url and root not in roots and _project(root) in projects
    ]
    if len(roots) + len(references) > 1:
        found += [_dropped(problem, root) for root in (*roots, *references)]
    return tuple(found)


def is_superseded(proposal: Proposal, solving: Iterable[Proposal]) -> bool:
    """Say whether something can be changed that the proposal would leave out altogether."""
    return proposal.kind == "drop" and any(other.sourced is proposal.sourced for other in solving)


def to_be_checked(proposal: Proposal, solution: Solution) -> Problem | None:
    """Return the problem as it is when the words are followed, where that must be solved too.

    Words admit what the solution chose, so they need no check but for what depends on the way that
    a search takes: which pins of yanked versions are in force, and which direct references of
    dependencies are met.
    """
    if not any(one.candidate.yanked or one.candidate.direct for one in solution.packages):
        return None
    changed = _changed(proposal, solution)
    if changed is None:
        return None
    new = (proposal.sourced._replace(requirement=changed),)
    return _with(proposal.original, proposal.sourced, new)


def fix_of(proposal: Proposal, solution: Solution, explanation: Explanation) -> Fix | None:
    """Return a proposal that has been found to solve the problem in words and as data.

    None where nothing would change, as the solution is one of the original problem: the search
    met something on its way that the first one did not.
    """
    sourced = proposal.sourced
    versions = {one.candidate.project: one.candidate.version for one in solution.packages}
    old = requirement_text(sourced.requirement)
    changed = _changed(proposal, solution)
    selected = _selected(versions, explanation)
    if changed is None:
        text = f"without `{old}` ({sourced.origin}){selected}"
        return Fix(text, "drop", old, str(sourced.origin), "")
    version = versions[normalized_name(changed.name)]
    if sourced.requirement.specifier.contains(version):
        return None
    new = requirement_text(changed)
    text = f"`{new}` in place of `{old}` ({sourced.origin}){selected}"
    return Fix(text, proposal.kind, old, str(sourced.origin), new)


def _changed(proposal: Proposal, solution: Solution) -> Requirement | None:
    """Return what to write instead, so that it admits what was chosen; None for nothing at all."""
    requirement = proposal.sourced.requirement
    project = normalized_name(requirement.name)
    versions = [
        one.candidate.version for one in solution.packages if one.candidate.project == project
    ]
    if proposal.kind == "drop" or not versions:
        return None
    bounds = _bounds(requirement.specifier, proposal.kept, versions[0])
    return _with_specifier(requirement, (*proposal.kept, *bounds))


def python_fix(current: str, version: str, solution: Solution, explanation: Explanation) -> Fix:
    """Return the fix that is another Python.

    Args:
        current: The Python that there is no solution for, in full.
        version: As `3.13`.
    """
    versions = {one.candidate.project: one.candidate.version for one in solution.packages}
    old = ".".join(current.split(".")[:2])
    text = f"Python {version} in place of {old}{_selected(versions, explanation)}"
    return Fix(text, "python", old, "", version)


def prerelease_fix(solution: Solution, explanation: Explanation) -> Fix:
    """Return the fix that is to accept pre-releases."""
    versions = {one.candidate.project: one.candidate.version for one in solution.packages}
    return Fix(f"`--pre`{_selected(versions, explanation)}", "pre-releases", "", "", "--pre")


def other_pythons(explanation: Explanation, current: str) -> tuple[str, ...]:
    """Return minor versions of Python that releases in the conflict ask for, nearest first.

    At most one below and one above the current one.

    Args:
        current: In full; empty when Requires-Python does not count.
    """
    specifiers = {
        reason.removeprefix(_REQUIRES_PYTHON)
        for report in explanation.projects
        for _, reason in report.refused
        if reason.startswith(_REQUIRES_PYTHON)
    }
    if not specifiers or not current.startswith("3."):
        return ()
    own = (*Version(current).release, 0)[1]
    admitted: set[int] = set()
    for text in specifiers:
        try:
            specifier = SpecifierSet(text)
        except InvalidSpecifier:
            continue
        admitted.update(minor for minor in _MINORS if specifier.contains(f"3.{minor}.0"))
    above = [minor for minor in sorted(admitted) if minor > own]
    below = [minor for minor in sorted(admitted, reverse=True) if minor < own]
    return tuple(f"3.{minor}" for minor in (*above[:1], *below[:1]))


def prereleases_refused(explanation: Explanation) -> bool:
    """Say whether pre-releases were left out that could matter."""
    return any(
        reason.startswith(_PRE_RELEASE)
        for report in explanation.projects
        for _, reason in report.refused
    )


def _project(sourced: SourcedRequirement) -> str:
    return normalized_name(sourced.requirement.name)


def _identity(sourced: SourcedRequirement) -> tuple[str, str]:
    return requirement_text(sourced.requirement), str(sourced.origin)


_Change = tuple[str, tuple[str, ...]]
"""Kind, and the parts of the specifier that stay."""


def _without_upper(requirement: Requirement) -> _Change | None:
    return _without(requirement, "upper-bound", lambda part: part.operator in _UPPER)


def _without_lower(requirement: Requirement) -> _Change | None:
    return _without(requirement, "lower-bound", lambda part: part.operator in _LOWER)


def _without_version(requirement: Requirement) -> _Change | None:
    bounds = _UPPER + _LOWER
    return _without(requirement, "version", lambda part: part.operator not in bounds)


def _without(
    requirement: Requirement, kind: str, goes: Callable[[Specifier], bool]
) -> _Change | None:
    parts = sorted(requirement.specifier, key=str)
    kept = tuple(str(part) for part in parts if not goes(part))
    return None if len(kept) == len(parts) else (kind, kept)


def _replaced(
    problem: Problem, sourced: SourcedRequirement, kind: str, kept: tuple[str, ...]
) -> Proposal:
    changed = sourced._replace(requirement=_with_specifier(sourced.requirement, kept))
    return Proposal(problem, _with(problem, sourced, (changed,)), kind, sourced, kept)


def _dropped(problem: Problem, sourced: SourcedRequirement) -> Proposal:
    return Proposal(problem, _with(problem, sourced, ()), "drop", sourced, ())


def _with(
    problem: Problem, old: SourcedRequirement, new: tuple[SourcedRequirement, ...]
) -> Problem:
    """Return a problem with something else in place of one thing the user wrote."""
    return problem._replace(
        roots=_exchanged(problem.roots, old, new),
        constraints=_exchanged(problem.constraints, old, new),
        overrides=_exchanged(problem.overrides, old, new),
    )


def _exchanged(
    among: Sequence[SourcedRequirement],
    old: SourcedRequirement,
    new: tuple[SourcedRequirement, ...],
) -> tuple[SourcedRequirement, ...]:
    found: list[SourcedRequirement] = []
    for sourced in among:
        found += new if sourced is old else (sourced,)
    return tuple(found)


def _with_specifier(requirement: Requirement, parts: Iterable[str]) -> Requirement:
    return requirement.with_specifier(SpecifierSet(",".join(parts)))


def _bounds(old: Iterable[Specifier], kept: tuple[str, ...], version: Version) -> tuple[str, ...]:
    """Return what to write in place of the parts that went, so that a version is admitted."""
    found: dict[str, None] = {}
    for part in sorted(old, key=str):
        if str(part) not in kept:
            bound = _bound(part, version)
            if bound and not SpecifierSet(bound).contains(version):
                # Local versions and pre-releases have rules of their own; this one admits itself.
                bound = f"=={version}"
            found[bound] = None
    return tuple(bound for bound in found if bound)


def _bound(part: Specifier, version: Version) -> str:
    operator = part.operator
    if operator in _LOWER:
        return f">={version.public}"
    if operator in _UPPER:
        if version.is_prerelease:
            return f"<={version.public}"
        release = version.release
        follower = str(release[0] + 1)
        if not version.major and len(release) > 1:
            follower = f"0.{release[1] + 1}"
        return f"<{version.epoch}!{follower}" if version.epoch else f"<{follower}"
    if operator == "!=":
        return ""
    if part.version.endswith(".*"):
        width = len(part.version.split(".")) - 1
        prefix = ".".join(map(str, version.release[:width]))
        return f"=={version.epoch}!{prefix}.*" if version.epoch else f"=={prefix}.*"
    if operator == "~=" and len(version.release) > 1 and not version.is_prerelease:
        return f"~={version.public}"
    return f"=={version}"


def _selected(versions: dict[str, Version], explanation: Explanation) -> str:
    """Return what would be chosen of the projects that the user named in the conflict."""
    names = dict.fromkeys(wish.project for wish in explanation.wishes)
    chosen = [f"{name} {versions[name]}" for name in names if name in versions]
    if not chosen:
        return ""
    if len(chosen) > _SHOWN_VERSIONS:
        chosen[_SHOWN_VERSIONS:] = [f"{len(chosen) - _SHOWN_VERSIONS} more"]
    listed = chosen[0] if len(chosen) == 1 else f"{', '.join(chosen[:-1])} and {chosen[-1]}"
    return f", which selects {listed}"
