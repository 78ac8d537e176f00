"""Incompatibilities in words."""

from __future__ import annotations

from xpip.model.names import normalized_name
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.resolver.incompatibility import (
    Asked,
    Constrained,
    Depends,
    SameVersion,
    Unpinned,
    Unusable,
)
from xpip.resolver.versions import size

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from xpip.model.parsed_requirement import Requirement
    from xpip.resolver.incompatibility import Incompatibility
    from xpip.resolver.package import Package
    from xpip.resolver.term import Term
    from xpip.resolver.versions import VersionSet

_EVERY = "every"
_BOTH = 2
_TOLD_APART = 3
"""Requirements that no version satisfies, at most, that are told one by one."""


def requirement_text(requirement: Requirement) -> str:
    """Return a requirement as a person would write it, without its marker."""
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    if requirement.url:
        return f"{requirement.name}{extras} @ {requirement.url}"
    parts = sorted(map(str, requirement.specifier), key=_lower_bounds_first)
    return f"{requirement.name}{extras}{','.join(parts)}"


def _lower_bounds_first(part: str) -> tuple[int, str]:
    return ("><!".find(part[0]) if part[0] in "><!" else -1, part)


def releases_text(package: Package, versions: VersionSet) -> str:
    """Return some versions of a package as the subject of a sentence."""
    described = package.universe.describe(versions)
    if package.universe.usable and size(versions & package.universe.any_version) == 1:
        return f"`{package.name}` {package.universe.version(versions)}"
    if not described:
        if size(package.universe.usable) == 1:
            return f"`{package.name}` {package.universe.version(package.universe.usable)}"
        return f"{_EVERY} version of `{package.name}`"
    return f"`{package.name}` {described}"


def wanted_text(package: Package, versions: VersionSet) -> str:
    """Return some versions of a package as something to be chosen."""
    described = package.universe.describe(versions)
    if not described:
        return f"`{package.name}`"
    return f"`{package.name}` {described}"


class Background(NamedTuple):
    """What clauses about single facts cannot know."""

    missing: Mapping[str, str] = {}
    """By project: a clause on why it has no version, or not those of the indexes."""
    overridden: Mapping[str, str] = {}
    """By project: a clause on who says something else than the requirements on it."""
    written: Mapping[tuple[str, str], int] = {}
    """(origin, requirement) -> rank among those of the same line or of the command line."""


def facts_text(
    facts: Iterable[Incompatibility], background: Background, *, in_short: bool = False
) -> list[str]:
    """Return external incompatibilities as clauses, each once; what goes without saying is left.

    Args:
        in_short: All that releases of one project require of another becomes one clause.
    """
    groups: dict[object, list[Incompatibility]] = {}
    for incompatibility in _in_order(facts, background):
        cause = incompatibility.cause
        key: object = incompatibility
        if isinstance(cause, Depends) and (in_short or len(incompatibility.terms) == 1):
            key = (incompatibility.terms[0].package.name, normalized_name(cause.requirement.name))
        groups.setdefault(key, []).append(incompatibility)
    clauses: dict[str, list[str]] = {}
    for group in groups.values():
        if isinstance(group[0].cause, Depends):
            start, rest, remark = _needs(group, background)
        else:
            start, rest, remark = _fact(group[0], background)
        if rest and not remark:
            # What else begins like this is told in the same place.
            clauses.setdefault(start, []).append(rest)
        else:
            clauses[start + rest + remark] = []
    clauses.pop("", None)
    return [start + _together(rests) if rests else start for start, rests in clauses.items()]


def _together(objects: list[str]) -> str:
    listed = _listed(list(dict.fromkeys(objects)), "and")
    return f"both {listed}" if len(objects) == _BOTH else listed


def _in_order(facts: Iterable[Incompatibility], background: Background) -> list[Incompatibility]:
    """Return what the user wrote, what is said of its projects, of what these need and so on."""
    ranked = sorted(facts, key=lambda fact: _rank(fact, background))
    said_of: dict[str, list[Incompatibility]] = {}
    found: dict[Incompatibility, None] = {}
    stack: list[str] = []
    for incompatibility in ranked:
        cause = incompatibility.cause
        if isinstance(cause, Asked):
            found[incompatibility] = None
            stack.append(normalized_name(cause.requirement.requirement.name))
        elif isinstance(cause, Constrained):
            found[incompatibility] = None
        else:
            project = incompatibility.terms[0].package.project
            said_of.setdefault(project, []).append(incompatibility)
    stack.reverse()
    while stack:
        said = said_of.pop(stack.pop(), [])
        found.update(dict.fromkeys(said))
        stack += [
            normalized_name(one.cause.requirement.name)
            for one in reversed(said)
            if isinstance(one.cause, Depends)
        ]
    found.update(dict.fromkeys(ranked))
    return list(found)


def _rank(incompatibility: Incompatibility, background: Background) -> tuple[int, str, int, int]:
    """Sort what the user wrote first, by file and line; the rest keeps its order."""
    cause = incompatibility.cause
    if isinstance(cause, Asked):
        origin = str(cause.requirement.origin)
        path, _, line = origin.rpartition(":")
        place = background.written.get((origin, requirement_text(_of(cause))), 0)
        return 0, path, int(line) if line.isdecimal() else 0, place
    return (1 if isinstance(cause, Constrained) else 2), "", 0, 0


_Clause = tuple[str, str, str]
"""How a clause begins, what it is about, and a remark on that."""


def _needs(group: Sequence[Incompatibility], background: Background) -> _Clause:
    """Return what releases of one project require of another."""
    texts: dict[str, None] = {}
    project = ""
    releases = admitted = 0
    choices: set[VersionSet] = set()
    wanted: Package | None = None
    for incompatibility in group:
        cause = incompatibility.cause
        assert isinstance(cause, Depends)
        project = normalized_name(cause.requirement.name)
        if project in background.overridden:
            texts[f"`{project}` ({background.overridden[project]})"] = None
        else:
            texts[f"`{requirement_text(cause.requirement)}`"] = None
        releases |= incompatibility.terms[0].versions
        for term in incompatibility.terms[1:]:
            wanted = term.package.base
            choices.add(term.inverse().versions)
            admitted |= term.inverse().versions
    dependent = group[0].terms[0].package
    start = f"{releases_text(dependent, releases)} requires "
    if wanted is None:
        return start, *_impossible(dependent, project, list(texts), background)
    if len(texts) == 1:
        return start, next(iter(texts)), ""
    # Every version of the other project would say little, but then the number says it.
    number = f" ({len(texts)} requirements)" if len(choices) > 1 else ""
    return start, f"{wanted_text(wanted, admitted)}{number}", ""


def _impossible(
    dependent: Package, project: str, texts: list[str], background: Background
) -> tuple[str, str]:
    """Return what is required that cannot be had, and why."""
    if project in background.missing:
        wanted = texts[0] if len(texts) == 1 else f"`{project}`"
        return wanted, f", but {background.missing[project]}"
    if len(texts) > _TOLD_APART:
        return f"what no version of `{project}` satisfies ({len(texts)} requirements)", ""
    if project == dependent.project:
        return _listed(texts, "or"), ", another version of itself"
    return _listed(texts, "or"), ", which no version satisfies"


def _fact(incompatibility: Incompatibility, background: Background) -> _Clause:
    """Return what is no dependency; empty when it goes without saying."""
    cause = incompatibility.cause
    if isinstance(cause, Asked):
        remark = "" if incompatibility.terms else _nothing(_of(cause), background)
        return f"{cause.requirement.origin} asks for ", f"`{requirement_text(_of(cause))}`", remark
    if isinstance(cause, Constrained):
        origin, text = cause.constraint.origin, requirement_text(cause.constraint.requirement)
        return f"{origin} allows only ", f"`{text}`", ""
    if isinstance(cause, SameVersion):
        return "", "", ""
    package, versions = incompatibility.terms[0]
    if isinstance(cause, Unusable):
        unusable = _unusable(releases_text(package, versions))
        return f"{unusable} {_bracketed(cause.reason)}", "", ""
    assert isinstance(cause, Unpinned)
    return f"{releases_text(package, versions)} is yanked and nothing pins it", "", ""


def _bracketed(reason: str) -> str:
    """Return a reason in brackets; those that it has itself become a colon."""
    if reason.endswith(")"):
        reason = reason.removesuffix(")").replace(" (", ": ", 1)
    return f"({reason})"


def _of(cause: Asked) -> Requirement:
    return cause.requirement.requirement


def _nothing(requirement: Requirement, background: Background) -> str:
    clause = background.missing.get(normalized_name(requirement.name))
    return f", but {clause}" if clause else ", which no version satisfies"


def conclusion(incompatibility: Incompatibility) -> str:
    """Return a derived incompatibility as a sentence."""
    positive = [term for term in incompatibility.terms if term.is_positive]
    negative = [term.inverse() for term in incompatibility.terms if not term.is_positive]
    if not positive and not negative:
        return "the requirements cannot be satisfied"
    if not negative:
        return _excluded(positive)
    wanted = _listed([wanted_text(*term) for term in negative], "or")
    if not positive:
        return f"{wanted} is needed"
    if len(positive) == 1:
        return f"{releases_text(*positive[0])} requires {wanted}"
    chosen = _listed([releases_text(*term) for term in positive], "and")
    return f"{chosen} together require {wanted}"


def _excluded(terms: Sequence[Term]) -> str:
    chosen = [releases_text(*term) for term in terms]
    if len(terms) == 1:
        return _unusable(chosen[0])
    return f"{_listed(chosen, 'and')} exclude each other"


def _unusable(releases: str) -> str:
    if releases.startswith(_EVERY):
        return f"no{releases.removeprefix(_EVERY)} can be used"
    return f"{releases} cannot be used"


def _listed(texts: Sequence[str], word: str) -> str:
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} {word} {texts[-1]}"
