"""What releases require, as incompatibilities over all releases that are known to require it.

As in pub's package lister, one incompatibility speaks for every release with the same requirement.
Only releases that the solver itself has asked for count, so nothing depends on what happens to be
known already.
"""

from __future__ import annotations

from xpip.model.names import normalized_name
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.resolver.incompatibility import Depends, Incompatibility, requirement_terms
from xpip.resolver.package_table import url_key
from xpip.resolver.versions import is_pin, names_prerelease

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xpip.model.dependencies import Dependencies
    from xpip.model.parsed_requirement import Requirement
    from xpip.model.requirement import SourcedRequirement
    from xpip.resolver.facts import Query
    from xpip.resolver.package import Package
    from xpip.resolver.package_table import PackageTable, References
    from xpip.resolver.propagation import Propagation
    from xpip.resolver.versions import Universe, VersionSet


class Need(NamedTuple):
    """One package that a requirement speaks of; two needs are the same need if these are equal."""

    project: str
    extra: str
    specifier: str
    url: str
    """Without fragment."""


class Statement(NamedTuple):
    """A need of a release, ready for the solver."""

    wanted: Package
    admitted: VersionSet
    incompatibility: Incompatibility | None
    """None when it forbids nothing."""


if TYPE_CHECKING:
    _Numbered = tuple[int, Need, Requirement]
    """Number of the need, the need, and a requirement that says so."""


class OptIn(NamedTuple):
    """Releases whose requirement on a project admits what is not admitted by default."""

    dependent: Package | None
    """None: the user, always in force."""
    releases: VersionSet
    admitted: VersionSet


def needs_of(requirement: Requirement) -> list[Need]:
    """Return the packages a requirement speaks of: its project first, then its extras by name."""
    project = normalized_name(requirement.name)
    url = url_key(requirement.url) if requirement.url else ""
    specifier = str(requirement.specifier)
    needs = [Need(project, "", specifier, url)]
    if requirement.extras:
        extras = sorted({normalized_name(extra) for extra in requirement.extras})
        needs += [Need(project, extra, specifier, url) for extra in extras]
    return needs


def admitted_versions(
    universe: Universe, requirement: Requirement, specifier: str = ""
) -> VersionSet:
    """Return the versions that a requirement admits.

    Args:
        specifier: The text of its specifier, where it is at hand.
    """
    if requirement.url:
        return universe.from_url(url_key(requirement.url))
    return universe.set_of(requirement.specifier, specifier)


class RequirementTable:
    """The requirements of the releases asked for so far."""

    def __init__(
        self,
        table: PackageTable,
        propagation: Propagation,
        references: References,
        overrides: tuple[SourcedRequirement, ...],
        excludes: frozenset[str] = frozenset(),
    ) -> None:
        self._table = table
        self._propagation = propagation
        self._references = references
        self._overrides: dict[str, list[SourcedRequirement]] = {}
        for sourced in overrides:
            project = normalized_name(sourced.requirement.name)
            self._overrides.setdefault(project, []).append(sourced)
        # What is excluded is overridden by nothing at all.
        self._overrides.update((project, []) for project in excludes)
        self._needs: dict[tuple[int, VersionSet], dict[int, _Numbered]] = {}
        # Releases share requirement objects. Keeping the object keeps its id from another's use.
        self._known_needs: dict[int, tuple[Requirement, list[_Numbered]]] = {}
        # Hashing a need takes longer than all else that is done with it.
        self._numbers: dict[Need, int] = {}
        self._having: list[dict[int, VersionSet]] = []
        """By package number and number of a need: the releases that have it."""
        self._made: dict[tuple[int, int], tuple[VersionSet, Statement]] = {}
        self._statements: dict[tuple[int, VersionSet], tuple[Statement, ...]] = {}
        self.told: dict[int, VersionSet] = {}
        """By project number: the releases that some incompatibility speaks of."""
        self.prereleases: dict[int, list[OptIn]] = {}
        """By package number: who names pre-releases of it."""
        self.pins: dict[int, list[OptIn]] = {}
        """By package number: who pins a yanked version of it."""

    def is_recorded(self, package: Package, release: VersionSet) -> bool:
        """Say whether the needs of a release are known."""
        return (package.number, release) in self._needs

    def record(self, package: Package, release: VersionSet, dependencies: Dependencies) -> None:
        """Note what a release requires; for the package of an extra, what the extra adds."""
        requirements: Iterable[Requirement] = dependencies.requires
        if package.extra:
            requirements = dependencies.of_extra(package.extra) or ()
        needs: dict[int, _Numbered] = {}
        known_needs = self._known_needs
        for written in requirements:
            known = known_needs.get(id(written))
            if known is None:
                known = known_needs[id(written)] = (written, self._numbered(written))
            for numbered in known[1]:
                needs.setdefault(numbered[0], numbered)
        number = package.number
        self._needs[number, release] = needs
        while len(self._having) <= number:
            self._having.append({})
        having = self._having[number]
        for need in needs:
            having[need] = having.get(need, 0) | release

    def _numbered(self, written: Requirement) -> list[_Numbered]:
        """Return the needs of a requirement with their numbers, equal ones having the same."""
        numbers = self._numbers
        return [
            (numbers.setdefault(need, len(numbers)), need, requirement)
            for requirement in self._effective(written)
            for need in needs_of(requirement)
        ]

    def effective(self, sourced: SourcedRequirement) -> list[SourcedRequirement]:
        """Return what a requirement of the user comes to when overrides are applied."""
        overrides = self._overrides.get(normalized_name(sourced.requirement.name))
        if overrides is None:
            return [sourced]
        extras = sourced.requirement.extras
        return [
            override._replace(requirement=_with_extras(override.requirement, extras))
            for override in overrides
        ]

    def _effective(self, requirement: Requirement) -> list[Requirement]:
        if not self._overrides:
            return [requirement]
        overrides = self._overrides.get(normalized_name(requirement.name))
        if overrides is None:
            return [requirement]
        extras = requirement.extras
        return [_with_extras(override.requirement, extras) for override in overrides]

    def missing(self, package: Package, release: VersionSet) -> list[Query]:
        """Return what must be answered before the statements of a release can be made."""
        queries: dict[Query, None] = {}
        for _, need, _ in self._needs[package.number, release].values():
            if self._table.known(need.project) is None:
                queries.update(dict.fromkeys(self._table.missing(need.project)))
        return list(queries)

    def has_new_reference(self, package: Package, release: VersionSet) -> bool:
        """Say whether a release brings a direct reference that was not known, and record it."""
        found = False
        for _, need, requirement in self._needs[package.number, release].values():
            if need.url and self._references.add(need.project, requirement.url or ""):
                found = True
        return found

    def statements(self, package: Package, release: VersionSet) -> tuple[Statement, ...]:
        """Return the needs of a release, their incompatibilities added."""
        found = self._statements.get((package.number, release))
        if found is None:
            needs = self._needs[package.number, release]
            found = tuple(
                [self._statement(package, release, numbered) for numbered in needs.values()]
            )
            self._statements[package.number, release] = found
            base = package.base.number
            self.told[base] = self.told.get(base, 0) | release
        return found

    def _statement(self, package: Package, release: VersionSet, numbered: _Numbered) -> Statement:
        number, need, requirement = numbered
        key = (package.number, number)
        made = self._made.get(key)
        if made is not None and made[0] & release:
            return made[1]
        releases = self._having[package.number][number]
        base = package.base.number
        self.told[base] = self.told.get(base, 0) | releases
        wanted = self._table.package(need.project, need.extra)
        admitted = admitted_versions(wanted.universe, requirement, need.specifier)
        terms = requirement_terms(package, releases, wanted, admitted)
        incompatibility = Incompatibility(terms, Depends(requirement)) if terms else None
        statement = Statement(wanted, admitted, incompatibility)
        self._made[key] = (releases, statement)
        if incompatibility is not None:
            self._propagation.add(incompatibility)
        opt_in = OptIn(package, releases, admitted)
        self.note_opt_ins(opt_in, wanted, requirement, need.specifier)
        return statement

    def note_opt_ins(
        self, opt_in: OptIn, wanted: Package, requirement: Requirement, specifier: str
    ) -> None:
        """Note whether a requirement admits pre-releases or yanked versions.

        Args:
            specifier: The text of the requirement's specifier.
        """
        number = wanted.base.number
        if names_prerelease(requirement.specifier, specifier):
            self.prereleases.setdefault(number, []).append(opt_in)
        if wanted.universe.yanked & opt_in.admitted and is_pin(requirement.specifier):
            self.pins.setdefault(number, []).append(opt_in)


def _with_extras(override: Requirement, extras: frozenset[str]) -> Requirement:
    """Return an override that asks for further extras as well."""
    if extras <= override.extras:
        return override
    return override.with_extras(override.extras | extras)
