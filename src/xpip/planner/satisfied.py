"""Is everything that was asked for installed already, with all that it needs?

Answered from installed metadata alone. As in pip, an installed pre-release or yanked version is as
good as any, and an extra that the installed version does not have is no reason to change anything.
"""

from __future__ import annotations

from xpip.model.distribution import InstalledDistribution
from xpip.model.markers import marker_holds
from xpip.model.names import normalized_name
from xpip.model.origin import DependencyOrigin, Origin
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.versions_text import parse_version

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from xpip.model.dependencies import Dependencies
    from xpip.model.parsed_requirement import Requirement
    from xpip.model.requirement import SourcedRequirement
    from xpip.model.specifier import SpecifierSet
    from xpip.model.target import Target


class Found(NamedTuple):
    """An installed distribution with the first requirement that it satisfies."""

    requirement: Requirement
    origin: Origin
    distribution: InstalledDistribution


class Satisfied(NamedTuple):
    """Nothing has to change."""

    found: tuple[Found, ...]
    """One per project: what the user asked for in the order written, then what those need."""
    warnings: tuple[str, ...] = ()
    """Extras that installed versions do not have, one sentence each."""


class Unsatisfied(NamedTuple):
    """The first thing that is not as it should be."""

    kind: str
    """One of `missing`, `version`, `constraint`, `url`."""
    requirement: Requirement
    origin: Origin
    installed: InstalledDistribution | None = None
    """What is there instead; None for `missing`."""


def check(
    requirements: Sequence[SourcedRequirement],
    constraints: Sequence[SourcedRequirement],
    installed: Mapping[str, InstalledDistribution],
    dependencies: Callable[[InstalledDistribution], Dependencies],
    target: Target,
    is_from: Callable[[InstalledDistribution, str], bool] | None = None,
) -> Satisfied | Unsatisfied:
    """Walk the requirements through the installed distributions.

    Args:
        installed: By normalised name.
        dependencies: Reads what a distribution needs; asked once for each that is reached.
        target: Decides the markers of requirements and constraints.
        is_from: Says whether a distribution was installed from a URL; None: none was, as far as
            anybody knows, so that a direct reference is never satisfied.

    Raises:
        RequirementError: A marker of a requirement or constraint cannot be evaluated.
    """
    walk = _Walk(installed, dependencies, is_from)
    for constraint in constraints:
        if _counts(constraint, target):
            walk.constrain(constraint)
    for sourced in requirements:
        if _counts(sourced, target):
            walk.require(sourced.requirement, sourced.origin)
    return walk.result()


class _Walk:
    """What has been reached, and what is still to be looked at."""

    def __init__(
        self,
        installed: Mapping[str, InstalledDistribution],
        dependencies: Callable[[InstalledDistribution], Dependencies],
        is_from: Callable[[InstalledDistribution, str], bool] | None,
    ) -> None:
        self._installed = installed
        self._read = dependencies
        self._is_from = is_from
        self._constraints: dict[str, list[SourcedRequirement]] = {}
        self._waiting: list[tuple[Requirement, Origin]] = []
        self._asked: set[int] = set()
        self._found: dict[str, Found] = {}
        self._dependencies: dict[str, Dependencies] = {}
        self._extras: dict[str, set[str]] = {}
        self._warnings: list[str] = []

    def constrain(self, constraint: SourcedRequirement) -> None:
        name = normalized_name(constraint.requirement.name)
        self._constraints.setdefault(name, []).append(constraint)

    def require(self, requirement: Requirement, origin: Origin) -> None:
        # Texts that are equal have been parsed into one object (model/markers.py), so most of what
        # several projects need in common is recognised here.
        if id(requirement) not in self._asked:
            self._asked.add(id(requirement))
            self._waiting.append((requirement, origin))

    def result(self) -> Satisfied | Unsatisfied:
        # The list grows while it is walked.
        for requirement, origin in self._waiting:
            name = normalized_name(requirement.name)
            distribution = self._installed.get(name)
            if distribution is None:
                return Unsatisfied("missing", requirement, origin)
            problem = self._problem(requirement, distribution)
            if problem:
                return Unsatisfied(problem, requirement, origin, distribution)
            if name not in self._found:
                broken = self._broken_constraint(name, distribution)
                if broken is not None:
                    return Unsatisfied(
                        "constraint", broken.requirement, broken.origin, distribution
                    )
                self._found[name] = Found(requirement, origin, distribution)
                needed = self._dependencies[name] = self._read(distribution)
                self._require_all(needed.requires, distribution)
            if requirement.extras:
                self._require_extras(requirement, distribution)
        return Satisfied(tuple(self._found.values()), tuple(self._warnings))

    def _problem(self, requirement: Requirement, distribution: InstalledDistribution) -> str:
        """Return the kind of what is wrong with a distribution, empty when nothing is."""
        if requirement.url is not None:
            is_from = self._is_from
            return "" if is_from is not None and is_from(distribution, requirement.url) else "url"
        return "" if admits(requirement.specifier, distribution.version) else "version"

    def _broken_constraint(
        self, name: str, distribution: InstalledDistribution
    ) -> SourcedRequirement | None:
        for constraint in self._constraints.get(name, ()):
            if self._problem(constraint.requirement, distribution):
                return constraint
        return None

    def _require_all(
        self, requirements: Sequence[Requirement], distribution: InstalledDistribution
    ) -> None:
        origin = DependencyOrigin(distribution.name, distribution.version)
        for requirement in requirements:
            self.require(requirement, origin)

    def _require_extras(
        self, requirement: Requirement, distribution: InstalledDistribution
    ) -> None:
        name = distribution.name
        done = self._extras.setdefault(name, set())
        provided = dict(self._dependencies[name].extras)
        for written in sorted(requirement.extras):
            extra = normalized_name(written)
            if extra in done:
                continue
            done.add(extra)
            added = provided.get(extra)
            if added is None:
                self._warnings.append(
                    f"`{name}` {distribution.version} does not provide the extra `{extra}`"
                )
            else:
                self._require_all(added, distribution)


def admits(specifier: SpecifierSet, version_text: str) -> bool:
    """Say whether an installed version will do; pre-releases count like others here.

    A version that cannot be parsed will do where any version does.
    """
    specifiers = list(specifier)
    if not specifiers:
        return True
    # Most requirements of an environment that was installed from a lock are pins.
    if len(specifiers) == 1:
        only = specifiers[0]
        if only.operator == "==" and only.version == version_text:
            return True
    version = parse_version(version_text)
    return version is not None and specifier.contains(version)


def _counts(sourced: SourcedRequirement, target: Target) -> bool:
    """Say whether the marker of a requirement holds."""
    try:
        return marker_holds(sourced.requirement, target)
    except ValueError as error:
        from xpip.errors import RequirementError

        raise RequirementError(
            f"the marker of `{sourced.requirement}` cannot be evaluated",
            details=(f"required by {sourced.origin}", str(error)),
        ) from error
