"""Scenario files as universes in memory; their form is described in tests/scenarios/README.md."""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

from packaging.markers import default_environment
from packaging.tags import compatible_tags, cpython_tags, parse_tag

from tests.unit.resolver.releases import Release, Releases, drive, pins, sourced
from xpip.model.candidate import Rejection
from xpip.model.names import normalized_name
from xpip.model.parsed_requirement import Requirement
from xpip.model.specifier import SpecifierSet
from xpip.resolver.engine import PUBGRUB, make_engine
from xpip.resolver.facts import Facts
from xpip.resolver.failure import Unsolvable
from xpip.resolver.problem import Problem

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PLATFORMS = ["manylinux_2_17_x86_64", "manylinux2014_x86_64", "linux_x86_64"]


class Outcome(NamedTuple):
    """What came of a scenario."""

    packages: dict[str, str] | None
    """None when there is no solution."""
    warnings: tuple[str, ...] = ()
    error: Unsolvable | None = None


def read_scenario(path: str) -> dict[str, Any]:
    """Return the tables of a scenario file."""
    with open(path, "rb") as file:
        return tomllib.load(file)


def run_scenario(scenario: dict[str, Any], engine: str = PUBGRUB, **options: object) -> Outcome:
    """Return what an engine makes of a scenario.

    Args:
        options: Fields of `Problem` where they are not the default; `[problem]` of the file wins.
    """
    settings = scenario.get("resolver_options", {})
    python = settings.get("python") or scenario.get("environment", {}).get("python") or "3.12"
    universe = make_universe(scenario, python)
    roots = _that_hold(scenario["root"]["requires"], python)
    own = dict(scenario.get("problem", {}))
    if settings.get("prereleases") is True:
        own["pre"] = True
    for name in ("constraints", "overrides"):
        if name in own:
            own[name] = sourced(*own[name], path=f"{name}.txt")
    for name in ("excludes", "lowest"):
        if name in own:
            own[name] = frozenset(own[name])
    facts = Facts()
    problem = Problem(sourced(*roots), **(options | own))
    try:
        solution = drive(make_engine(problem, facts, engine), facts, universe)
    except Unsolvable as error:
        return Outcome(None, error=error)
    return Outcome(pins(solution), solution.warnings)


def make_universe(scenario: dict[str, Any], python: str) -> Releases:
    """Return the packages of a scenario as Linux and one Python see them."""
    settings = scenario.get("resolver_options", {})
    major, minor = (int(part) for part in python.split(".")[:2])
    tags = {
        *cpython_tags((major, minor), platforms=PLATFORMS),
        *compatible_tags((major, minor), f"cp{major}{minor}", PLATFORMS),
    }
    projects: dict[str, dict[str, Release]] = {}
    for name, package in scenario.get("packages", {}).items():
        releases = projects.setdefault(normalized_name(name), {})
        for version, facts in package["versions"].items():
            releases[version] = Release(
                tuple(_that_hold(facts.get("requires", ()), python)),
                {
                    extra: tuple(_that_hold(requires, python))
                    for extra, requires in facts.get("extras", {}).items()
                },
                _yanked(facts.get("yanked", False)),
                _rejection(name, facts, settings, python, tags),
                facts.get("unavailable", ""),
                facts.get("metadata_requires_python", ""),
                facts.get("group", 0),
            )
    return Releases(projects)


def _yanked(value: object) -> str | None:
    if value is True:
        return ""
    return value if isinstance(value, str) else None


def _rejection(
    name: str, facts: dict[str, Any], settings: dict[str, Any], python: str, tags: set[Any]
) -> Rejection | None:
    if "uploaded_after" in facts:
        return Rejection("uploaded-after", facts["uploaded_after"])
    if "rejected" in facts:
        return Rejection(facts["rejected"])
    required = facts.get("requires_python", "")
    if not _admits(required, python):
        return Rejection("requires-python", required)
    wheel_tags = facts.get("wheel_tags", ["py3-none-any"])
    fits = any(tag in tags for text in wheel_tags for tag in parse_tag(text))
    has_wheel = facts.get("wheel", True) and fits and name not in settings.get("no_binary", ())
    has_sdist = facts.get("sdist", True) and name not in settings.get("no_build", ())
    if has_wheel or has_sdist:
        return None
    if not facts.get("wheel", True):
        return Rejection("no-wheel")
    return Rejection("no-binary") if fits else Rejection("tags", wheel_tags[0])


def _admits(required: str, python: str) -> bool:
    """Say whether Requires-Python admits an interpreter; upper bounds do not count, as in uv."""
    full = python if python.count(".") > 1 else f"{python}.0"
    return all(
        part.operator in ("<", "<=") or SpecifierSet(str(part)).contains(full)
        for part in SpecifierSet(required)
    )


def _that_hold(texts: list[str], python: str) -> list[str]:
    environment = {
        **default_environment(),
        "sys_platform": "linux",
        "os_name": "posix",
        "platform_system": "Linux",
        "platform_machine": "x86_64",
        "python_version": ".".join(python.split(".")[:2]),
        "python_full_version": python if python.count(".") > 1 else f"{python}.0",
        "extra": "",
    }
    found = []
    for text in texts:
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate(environment):
            requirement.marker = None
            found.append(str(requirement))
    return found
