"""The requirements of installed packages on each other, for `tree` and `why`."""

from __future__ import annotations

from xpip.model.names import normalized_name
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.versions_text import parse_version
from xpip.operations.inspect import dependencies_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from xpip.model.dependencies import Dependencies
    from xpip.model.environment import Environment
    from xpip.model.parsed_requirement import Requirement
    from xpip.operations.inspect import Listed


class Need(NamedTuple):
    """One package needs another."""

    name: str
    """Normalised name of the one that is needed."""
    written: str
    """As the requirement spells it."""
    specifier: str
    """Empty for any version."""
    extras: tuple[str, ...]
    """Normalised and sorted."""
    is_met: bool
    """It is installed in a version that will do."""


class Graph:
    """Installed packages and what they need; extras count where somebody asks for them."""

    def __init__(self, listed: Sequence[Listed], environment: Environment) -> None:
        self.listed = {one.distribution.name: one for one in reversed(listed)}
        found = dependencies_of(listed, environment.interpreter.target)
        self._dependencies: dict[str, Dependencies] = {
            distribution.name: dependencies for distribution, dependencies in found.items()
        }
        self._extras = self._extras_in_use()

    def needs(self, name: str, extras: Iterable[str] = ()) -> tuple[Need, ...]:
        """Return what a package needs, by name.

        Args:
            name: Normalised.
            extras: Normalised.
        """
        dependencies = self._dependencies.get(name)
        if dependencies is None:
            return ()
        requirements = list(dependencies.requires)
        wanted = set(extras)
        for extra, added in dependencies.extras:
            if extra in wanted:
                requirements += added
        by_name: dict[str, list[Requirement]] = {}
        for requirement in requirements:
            by_name.setdefault(normalized_name(requirement.name), []).append(requirement)
        # A package that asks for an extra of its own needs nothing that it has not.
        return tuple(self._need(one, by_name[one]) for one in sorted(by_name) if one != name)

    def all_needs(self, name: str) -> tuple[Need, ...]:
        """Return what a package needs with every extra that some package asks for."""
        return self.needs(name, self._extras.get(name, ()))

    def needed_by(self) -> dict[str, list[tuple[str, Need]]]:
        """Return normalised name -> (who needs it, the need), by name."""
        found: dict[str, list[tuple[str, Need]]] = {}
        for name in sorted(self.listed):
            for need in self.all_needs(name):
                found.setdefault(need.name, []).append((name, need))
        return found

    def roots(self) -> tuple[str, ...]:
        """Return packages from which all others are reached: those that nobody needs come first.

        Packages that only need each other in a circle are represented by the first of them.
        """
        needed = self.needed_by()
        found = [name for name in sorted(self.listed) if not needed.get(name)]
        reached = self._reached(found)
        for name in sorted(self.listed):
            if name not in reached:
                found.append(name)
                reached |= self._reached([name])
        return tuple(found)

    def _reached(self, names: Iterable[str]) -> set[str]:
        waiting = list(names)
        reached = set(waiting)
        while waiting:
            for need in self.all_needs(waiting.pop()):
                if need.name not in reached:
                    reached.add(need.name)
                    waiting.append(need.name)
        return reached

    def _need(self, name: str, requirements: Sequence[Requirement]) -> Need:
        specifiers = dict.fromkeys(str(one.specifier) for one in requirements if one.specifier)
        extras = {normalized_name(extra) for one in requirements for extra in one.extras}
        installed = self.listed.get(name)
        is_met = installed is not None
        if installed is not None:
            version = parse_version(installed.version)
            is_met = version is None or all(one.specifier.contains(version) for one in requirements)
        return Need(name, requirements[0].name, ",".join(specifiers), tuple(sorted(extras)), is_met)

    def _extras_in_use(self) -> dict[str, frozenset[str]]:
        """Return the extras of each package that some package in use asks for."""
        used: dict[str, frozenset[str]] = {}
        waiting = sorted(self._dependencies)
        while waiting:
            name = waiting.pop()
            for need in self.needs(name, used.get(name, ())):
                known = used.get(need.name, frozenset())
                more = known.union(need.extras)
                if more != known:
                    used[need.name] = more
                    waiting.append(need.name)
            own = self._own_extras(name, used.get(name, frozenset()))
            if own != used.get(name, frozenset()):
                used[name] = own
                waiting.append(name)
        return used

    def _own_extras(self, name: str, known: frozenset[str]) -> frozenset[str]:
        """Return extras of a package with those that they ask for themselves: `all = pkg[a,b]`."""
        dependencies = self._dependencies.get(name)
        if dependencies is None:
            return known
        found = set(known)
        for extra, added in dependencies.extras:
            if extra in known:
                for requirement in added:
                    if normalized_name(requirement.name) == name:
                        found.update(map(normalized_name, requirement.extras))
        return frozenset(found)
