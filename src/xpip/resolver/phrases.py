"""Incompatibilities in words."""

from __future__ import annotations

from xpip.model.names import normalized_name
from xpip.model.records import TYPE_CHECKING
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

    from packaging.requirements import Requirement

    from xpip.resolver.incompatibility import Incompatibility
    from xpip.resolver.package import Package
    from xpip.resolver.term import Term
    from xpip.resolver.versions import VersionSet

_EVERY = "every"


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


def facts_text(
    facts: Iterable[Incompatibility], missing: Mapping[str, str], *, in_short: bool = False
) -> list[str]:
    """Return external incompatibilities as clauses, each once; what goes without saying is left.

    Args:
        missing: For each project that does not exist or cannot be read, a clause on it.
        in_short: All that releases of one project require of another becomes one clause.
    """
    clauses: dict[str, None] = {}
    groups: dict[tuple[str, str], list[Incompatibility]] = {}
    for incompatibility in sorted(facts, key=_rank):
        cause = incompatibility.cause
        if in_short and isinstance(cause, Depends):
            package = incompatibility.terms[0].package
            key = (package.name, normalized_name(cause.requirement.name))
            groups.setdefault(key, []).append(incompatibility)
        else:
            clauses[_fact(incompatibility, missing)] = None
    for group in groups.values():
        clauses[_group(group, missing)] = None
    clauses.pop("", None)
    return list(clauses)


def _rank(incompatibility: Incompatibility) -> tuple[int, str, int]:
    """Sort what the user wrote first, by file and line; the rest keeps its order."""
    cause = incompatibility.cause
    if isinstance(cause, Asked):
        path, _, line = str(cause.requirement.origin).rpartition(":")
        return 0, path, int(line) if line.isdecimal() else 0
    return (1 if isinstance(cause, Constrained) else 2), "", 0


def _group(group: Sequence[Incompatibility], missing: Mapping[str, str]) -> str:
    """Return what releases of one project require of another as one clause."""
    by_text: dict[str, Incompatibility] = {}
    dependent = group[0].terms[0].package
    releases = 0
    admitted = 0
    wanted: Package | None = None
    for incompatibility in group:
        cause = incompatibility.cause
        assert isinstance(cause, Depends)
        by_text[requirement_text(cause.requirement)] = incompatibility
        releases |= incompatibility.terms[0].versions
        for term in incompatibility.terms[1:]:
            wanted = term.package.base
            admitted |= term.inverse().versions
    if len(by_text) == 1 and len(group) == 1:
        return _fact(group[0], missing)
    subject = releases_text(dependent, releases)
    if wanted is None or len(by_text) == 1:
        text, incompatibility = next(iter(by_text.items()))
        cause = incompatibility.cause
        assert isinstance(cause, Depends)
        nothing = "" if admitted else _nothing(cause.requirement, missing)
        return f"{subject} requires `{text}`{nothing}"
    # Every version of the other project would say little, but then the number says it.
    return f"{subject} requires {wanted_text(wanted, admitted)} ({len(by_text)} requirements)"


def _fact(incompatibility: Incompatibility, missing: Mapping[str, str]) -> str:
    """Return an external incompatibility as a clause; empty when it goes without saying."""
    cause = incompatibility.cause
    if isinstance(cause, Asked):
        text = f"{cause.requirement.origin} asks for `{requirement_text(_of(cause))}`"
        return text + ("" if incompatibility.terms else _nothing(_of(cause), missing))
    if isinstance(cause, Constrained):
        origin, text = cause.constraint.origin, requirement_text(cause.constraint.requirement)
        return f"{origin} allows only `{text}`"
    if isinstance(cause, Depends):
        dependent = incompatibility.terms[0]
        subject = releases_text(dependent.package, dependent.versions)
        text = f"{subject} requires `{requirement_text(cause.requirement)}`"
        alone = len(incompatibility.terms) == 1
        return text + (_nothing(cause.requirement, missing) if alone else "")
    if isinstance(cause, Unusable):
        package, versions = incompatibility.terms[0]
        return f"{_unusable(releases_text(package, versions))} ({cause.reason})"
    if isinstance(cause, Unpinned):
        package, versions = incompatibility.terms[0]
        return f"{releases_text(package, versions)} is yanked and nothing pins it"
    assert isinstance(cause, SameVersion)
    return ""


def _of(cause: Asked) -> Requirement:
    return cause.requirement.requirement


def _nothing(requirement: Requirement, missing: Mapping[str, str]) -> str:
    clause = missing.get(normalized_name(requirement.name))
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
