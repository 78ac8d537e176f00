"""Whether installed distributions fit each other and their interpreter."""

from __future__ import annotations

from xpip.environment.installed import read_core_metadata, read_text
from xpip.errors import XpipError
from xpip.model.names import normalized_name
from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.environment.installed import ScanReport
    from xpip.model.dependencies import CoreMetadata
    from xpip.model.distribution import InstalledDistribution
    from xpip.model.environment import Environment
    from xpip.model.parsed_requirement import Requirement


class Missing(NamedTuple):
    """Something that is needed is not there."""

    name: str
    version: str
    needs: str
    """Normalised."""


class Conflict(NamedTuple):
    """Something that is needed is there in a version that will not do."""

    name: str
    version: str
    requirement: str
    found_name: str
    found_version: str


class Unusable(NamedTuple):
    """A distribution itself does not fit."""

    name: str
    version: str
    kind: str
    """`platform`, `python`, `metadata` or `twice`."""
    detail: str = ""
    """The specifier of Requires-Python, what is wrong with the metadata, or the other version."""


class Findings(NamedTuple):
    """Everything that is wrong, by name."""

    missing: tuple[Missing, ...]
    conflicts: tuple[Conflict, ...]
    unusable: tuple[Unusable, ...]

    def is_empty(self) -> bool:
        """Say whether all is well."""
        return not (self.missing or self.conflicts or self.unusable)


def check(environment: Environment, report: ScanReport) -> Findings:
    """Return what is broken in an environment. Extras are nobody's need here, as in pip."""
    from xpip.model.markers import dependencies_for

    target = environment.interpreter.target
    installed: dict[str, InstalledDistribution] = {}
    missing: list[Missing] = []
    conflicts: list[Conflict] = []
    unusable: list[Unusable] = []
    for distribution in report.distributions:
        first = installed.setdefault(distribution.name, distribution)
        if first is not distribution:
            unusable.append(Unusable(first.name, first.version, "twice", distribution.version))
    supported = frozenset(target.tags)
    for distribution in report.distributions:
        name, version = distribution.name, distribution.version
        try:
            metadata = read_core_metadata(distribution)
            dependencies = dependencies_for(metadata, target)
            if not _accepts(metadata, target.python_version):
                unusable.append(Unusable(name, version, "python", metadata.requires_python))
        except (XpipError, ValueError) as error:
            unusable.append(Unusable(name, version, "metadata", str(error)))
            continue
        _check_needs(distribution, dependencies.requires, installed, (missing, conflicts))
        tags = _tags(distribution)
        if tags and supported.isdisjoint(tags):
            unusable.append(Unusable(name, version, "platform"))
    return Findings(tuple(missing), tuple(conflicts), tuple(unusable))


def _check_needs(
    distribution: InstalledDistribution,
    requires: Sequence[Requirement],
    installed: dict[str, InstalledDistribution],
    found: tuple[list[Missing], list[Conflict]],
) -> None:
    missing, conflicts = found
    for requirement in sorted(requires, key=str):
        name = normalized_name(requirement.name)
        other = installed.get(name)
        if other is None:
            missing.append(Missing(distribution.name, distribution.version, name))
        elif not requirement.specifier.contains(other.version):
            conflicts.append(
                Conflict(
                    distribution.name,
                    distribution.version,
                    str(requirement),
                    other.name,
                    other.version,
                )
            )


def _accepts(metadata: CoreMetadata, python_version: str) -> bool:
    """Say whether Requires-Python allows an interpreter.

    Raises:
        ValueError: It is not a specifier.
    """
    if not metadata.requires_python:
        return True
    from xpip.model.specifier import SpecifierSet

    return SpecifierSet(metadata.requires_python).contains(python_version)


def _tags(distribution: InstalledDistribution) -> frozenset[str]:
    """Return the tags of the wheel that a distribution was installed from; none when unknown."""
    tags: set[str] = set()
    for line in (read_text(distribution, "WHEEL") or "").splitlines():
        field, _, value = line.partition(":")
        if field.lower() != "tag":
            continue
        interpreters, _, rest = value.strip().partition("-")
        abis, _, platforms = rest.partition("-")
        # A line of an old wheel may hold a compressed set, `py2.py3-none-any`.
        tags.update(
            f"{interpreter}-{abi}-{platform}"
            for interpreter in interpreters.split(".")
            for abi in abis.split(".")
            for platform in platforms.split(".")
        )
    return frozenset(tags)
