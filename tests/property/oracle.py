"""A brute-force search over small universes, as slow and as plain as can be."""

from __future__ import annotations

from itertools import product

from tests.unit.resolver.releases import Releases
from xpip.model.names import normalized_name
from xpip.model.parsed_requirement import Requirement
from xpip.model.version import Version


def is_solution(universe: Releases, roots: tuple[str, ...], pins: dict[str, str]) -> bool:
    """Say whether versions satisfy all requirements, and no project is there for nothing."""
    extras: dict[str, set[str]] = {project: set() for project in pins}
    open_requirements = [Requirement(root) for root in roots]
    seen: set[tuple[str, str]] = set()
    while open_requirements:
        requirement = open_requirements.pop()
        project = normalized_name(requirement.name)
        if project not in pins:
            return False
        if not requirement.specifier.contains(Version(pins[project])):
            return False
        release = universe.projects[project][pins[project]]
        extras[project] |= requirement.extras
        for extra in ("", *requirement.extras):
            if (project, extra) not in seen:
                seen.add((project, extra))
                texts = release.extras.get(extra, ()) if extra else release.requires
                open_requirements += map(Requirement, texts)
    return {project for project, _ in seen} == set(pins)


def any_solution(universe: Releases, roots: tuple[str, ...]) -> dict[str, str] | None:
    """Return some solution by trying every choice for every project, None when there is none."""
    names = sorted(universe.projects)
    usable = [
        [
            version
            for version, release in universe.projects[name].items()
            if release.rejection is None and not release.unavailable
        ]
        for name in names
    ]
    for choice in product(*[["", *versions] for versions in usable]):
        pins = {name: version for name, version in zip(names, choice, strict=True) if version}
        if is_solution(universe, roots, pins):
            return pins
    return None
