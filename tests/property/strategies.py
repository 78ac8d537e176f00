"""Random universes that are small enough for brute force and likely to conflict."""

from __future__ import annotations

from random import Random

from tests.unit.resolver.releases import Release, Releases, sourced
from xpip.model.candidate import Rejection

_OPERATORS = (">=", ">=", "<=", "<=", "==", "!=", "!=", "<", ">", "", "")
_EXTRAS = ("x", "y")


def random_universe(random: Random) -> tuple[Releases, tuple[str, ...]]:
    """Return a universe of up to six projects and up to three requirements of a user."""
    names = [chr(ord("a") + number) for number in range(random.randrange(2, 7))]
    projects: dict[str, dict[str, Release]] = {}
    for name in names:
        count = random.randrange(1, 5)
        versions: dict[str, Release] = {}
        previous: tuple[str, ...] = ()
        for number in range(1, count + 1):
            # Neighbours often have the same requirements, as in real projects.
            if random.random() < 0.5 or number == 1:
                previous = _requirements(random, names)
            extras = {
                extra: _requirements(random, names) for extra in _EXTRAS if random.random() < 0.3
            }
            versions[f"{number}.0"] = Release(
                previous,
                extras,
                rejection=Rejection("tags", "any") if random.random() < 0.03 else None,
                unavailable="has unreadable metadata" if random.random() < 0.03 else "",
            )
        projects[name] = versions
    roots = tuple(_requirement(random, names) for _ in range(random.randrange(1, 4)))
    return Releases(projects), roots


def _requirements(random: Random, names: list[str]) -> tuple[str, ...]:
    return tuple(_requirement(random, names) for _ in range(random.choice((0, 0, 1, 1, 2))))


def random_requirement(random: Random, names: list[str]) -> str:
    """Return a requirement on one of some projects."""
    return _requirement(random, names)


def _requirement(random: Random, names: list[str]) -> str:
    # Now and then a project that does not exist.
    name = random.choice(names) if random.random() < 0.995 else "missing"
    extras = f"[{random.choice(_EXTRAS)}]" if random.random() < 0.2 else ""
    operator = random.choice(_OPERATORS)
    version = f"{random.randrange(1, 5)}.0" if operator else ""
    return f"{name}{extras}{operator}{version}"


def random_rules(random: Random, universe: Releases) -> dict[str, object]:
    """Add pre-releases, yanked versions and a direct reference, and return fields of `Problem`."""
    names = list(universe.projects)
    for releases in universe.projects.values():
        for version, release in list(releases.items()):
            del releases[version]
            text = version if random.random() < 0.75 else version.replace(".0", ".0rc1")
            extra = (f"{random.choice(names)}>=1.0a1",) if random.random() < 0.2 else ()
            yanked = "it is broken" if random.random() < 0.2 else None
            requires = (*release.requires, *extra)
            releases[text] = release._replace(requires=requires, yanked=yanked)
    if random.random() < 0.4:
        name = random.choice(names)
        url = f"https://files.example/{name}-2.0-py3-none-any.whl"
        universe.urls[url] = (name, "2.0", Release((_requirement(random, names),)))
        releases = universe.projects[random.choice(names)]
        version = random.choice(list(releases))
        requires = (*releases[version].requires, f"{name} @ {url}")
        releases[version] = releases[version]._replace(requires=requires)
    constraints = [_requirement(random, names).split("[")[0] for _ in range(random.randrange(2))]
    return {
        "preferences": {name: "2.0" for name in names if random.random() < 0.3},
        "constraints": sourced(*constraints, path="constraints.txt"),
        "prerelease_by_specifier": random.random() < 0.7,
        "yanked_by_dependencies": random.random() < 0.7,
        "pre": random.random() < 0.2,
    }
