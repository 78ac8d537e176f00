"""Sets of versions as whole numbers: the only file that knows how they are stored.

A `Universe` holds the known versions of one project in ascending order. A set of its versions is
one Python int, a `VersionSet`: bit `i + 1` stands for version `i`, and bit 0, `ABSENT`, for "no
version of it is chosen at all". With that bit a term of solver.md needs no sign: `foo ^1.0` is a
set without `ABSENT`, `not foo ^1.0` is its complement and has it. Intersection, union, complement
and subset are `&`, `|`, `universe.full ^ set` and `not a & ~b`; they take less than a microsecond
where objects of ranges take 20 to 30.

What a specifier admits is found by binary search among the keys of the versions; only `===` looks
at every version.

Spec: https://packaging.python.org/en/latest/specifications/version-specifiers/
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from xpip.model.records import TYPE_CHECKING
from xpip.model.version import Version, is_prerelease, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from xpip.model.candidate import Candidate
    from xpip.model.page_table import Choices
    from xpip.model.specifier import Specifier, SpecifierSet
    from xpip.model.version import Key

VersionSet = int
"""A set of versions of one universe, see above."""

ABSENT: VersionSet = 1
"""The set that holds only "not chosen"."""

_PRERELEASE_LETTERS = frozenset("abcdevrABCDEVR")

_SHOWN_RUNS = 4
"""Runs of versions that a text lists before it only counts."""


class Universe:
    """The known versions of one project, with what is known of each."""

    __slots__ = (
        "_by_specifier",
        "_choices",
        "_keys",
        "_known",
        "_prereleases",
        "_urls",
        "_versions",
        "any_version",
        "direct",
        "full",
        "groups",
        "usable",
        "yanked",
    )

    full: VersionSet
    """Every version and `ABSENT`."""
    any_version: VersionSet
    usable: VersionSet
    """Versions with a candidate."""
    yanked: VersionSet
    direct: VersionSet
    """Versions from URLs that requirements name."""
    groups: tuple[VersionSet, ...]
    """Versions in the order in which they are to be tried, lowest group first; empty when all count
    alike."""

    def __init__(
        self,
        candidates: Iterable[Candidate],
        urls: Sequence[str] = (),
        others: Iterable[Version] = (),
    ) -> None:
        """Number the versions.

        Args:
            candidates: What may be chosen, in any order.
            urls: For each direct candidate, in their order, the reference that names it.
            others: Versions that exist and may not be chosen.
        """
        known: list[tuple[Version, bool, Candidate | None, str]] = []
        references = iter(urls)
        for candidate in candidates:
            url = next(references) if candidate.direct else ""
            known.append((candidate.version, candidate.direct, candidate, url))
        present = {version for version, _, _, _ in known}
        known += [(version, False, None, "") for version in set(others) - present]
        known.sort(key=_version_of)
        versions = [row[0] for row in known]
        self._versions: tuple[Version, ...] | None = tuple(versions)
        self._known: tuple[Candidate | None, ...] = tuple([row[2] for row in known])
        self._choices: Choices | None = None
        self._count([version.key for version in versions])
        self.usable = 0
        groups: dict[int, VersionSet] = {}
        bit = 2
        for _, _, owner, url in known:
            if owner is not None:
                self.usable |= bit
                if owner.group:
                    groups[owner.group] = groups.get(owner.group, 0) | bit
                if owner.yanked:
                    self.yanked |= bit
                if owner.direct:
                    self.direct |= bit
                    self._urls[url] = self._urls.get(url, 0) | bit
            bit <<= 1
        self.groups = _in_turn(groups, self.usable)

    @classmethod
    def of(cls, choices: Choices) -> Universe:
        """Number versions that are in order and may all be chosen."""
        universe = cls(())
        universe._number(choices)
        return universe

    def _number(self, choices: Choices) -> None:
        self._versions = None
        self._choices = choices
        self._count(choices.keys)
        for place in choices.yanked:
            self.yanked |= 2 << place

    def _count(self, keys: list[Key]) -> None:
        """Set what depends on the number of versions only, and all else as if nothing was special.

        Args:
            keys: Of the versions, ascending.
        """
        self._keys = keys
        self.full = (1 << (len(keys) + 1)) - 1
        self.any_version = self.full ^ ABSENT
        self.usable = self.any_version
        self.yanked = 0
        self.direct = 0
        self.groups = ()
        self._urls: dict[str, VersionSet] = {}
        self._prereleases: VersionSet | None = None
        self._by_specifier: dict[str, VersionSet] = {}

    @property
    def versions(self) -> tuple[Version, ...]:
        """All of them, ascending."""
        if self._versions is None:
            choices = self._choices
            assert choices is not None
            self._versions = tuple([choices.version(place) for place in range(len(self._keys))])
        return self._versions

    @property
    def prereleases(self) -> VersionSet:
        """Pre-releases and development releases."""
        if self._prereleases is None:
            self._prereleases = self._those([is_prerelease(key) for key in self._keys])
        return self._prereleases

    def from_url(self, url: str) -> VersionSet:
        """Return the set of the one version that a direct reference leads to, or the empty set."""
        return self._urls.get(url, 0)

    def at(self, version: str) -> VersionSet:
        """Return the versions equal to the one written; empty when it is unknown or no version."""
        wanted = read(version)
        if wanted is None:
            return 0
        return _run(bisect_left(self._keys, wanted[1]), bisect_right(self._keys, wanted[1]))

    def candidate(self, chosen: VersionSet) -> Candidate:
        """Return the candidate of a set of one usable version."""
        place = chosen.bit_length() - 2
        found = self._known[place] if self._choices is None else self._choices.candidate(place)
        assert found is not None
        return found

    def version(self, chosen: VersionSet) -> Version:
        """Return the only version of a set."""
        place = chosen.bit_length() - 2
        return self.versions[place] if self._choices is None else self._choices.version(place)

    def members(self, versions: VersionSet) -> Iterator[VersionSet]:
        """Return the versions of a set, highest first, each as a set of its own."""
        rest = versions & self.any_version
        while rest:
            top = highest(rest)
            yield top
            rest ^= top

    def set_of(self, specifier: SpecifierSet, text: str = "") -> VersionSet:
        """Return the versions that a specifier admits, pre-releases included.

        Args:
            text: The specifier as text, where it is at hand; making it takes 4 microseconds.
        """
        text = text or str(specifier)
        found = self._by_specifier.get(text)
        if found is None:
            found = self.any_version
            for clause in specifier.clauses:
                found &= self._set_of_clause(clause)
            self._by_specifier[text] = found
        return found

    def _set_of_clause(self, clause: Specifier) -> VersionSet:
        bounds = clause.bounds
        if bounds is None:
            return self._those([clause.admits(version) for version in self.versions])
        start, end, inverted = bounds
        keys = self._keys
        found = _run(
            0 if start is None else bisect_left(keys, start),
            len(keys) if end is None else bisect_left(keys, end),
        )
        return self.any_version ^ found if inverted else found

    def _those(self, members: Iterable[bool]) -> VersionSet:
        found = 0
        bit = 2
        for is_member in members:
            if is_member:
                found |= bit
            bit <<= 1
        return found

    def runs(self, versions: VersionSet) -> tuple[tuple[Version, Version], ...]:
        """Return the first and last of each run of neighbours in a set, ascending.

        Versions that may not be chosen do not interrupt a run: no proof depends on them.
        """
        found: list[tuple[Version, Version]] = []
        rest = versions & self.any_version
        while rest:
            start = (rest & -rest).bit_length() - 1
            # The run ends before the lowest usable version above its start that is not in the set.
            outside = (self.usable & ~versions) >> start << start
            run = rest & ((outside & -outside) - 1) if outside else rest
            found.append((self.versions[start - 1], self.versions[run.bit_length() - 2]))
            rest ^= run
        return tuple(found)

    def describe(self, versions: VersionSet) -> str:
        """Return a set as a person would write it, such as `1.0 or >=2.0`; empty for everything."""
        versions &= self.any_version
        if not self.usable & ~versions and versions:
            return ""
        ends = (highest(self.any_version), 2)
        parts = []
        runs = self.runs(versions)
        for first, last in runs[:_SHOWN_RUNS]:
            from_start = bool(versions & ends[1]) and first == self.versions[0]
            to_end = bool(versions & ends[0]) and last == self.versions[-1]
            if first == last:
                parts.append(str(first))
            elif from_start:
                parts.append(f"<={last}")
            elif to_end:
                parts.append(f">={first}")
            else:
                parts.append(f">={first},<={last}")
        if len(runs) > _SHOWN_RUNS:
            parts.append(f"{len(runs) - _SHOWN_RUNS} more ranges")
        return " or ".join(parts)


def lowest(versions: VersionSet) -> VersionSet:
    """Return the set of the lowest version alone; the set must have a version."""
    versions &= ~ABSENT
    return versions & -versions


def highest(versions: VersionSet) -> VersionSet:
    """Return the set of the highest version alone; the set must not be empty."""
    return 1 << (versions.bit_length() - 1)


def size(versions: VersionSet) -> int:
    """Return how many versions a set without `ABSENT` has."""
    return versions.bit_count()


def names_prerelease(specifier: SpecifierSet, text: str) -> bool:
    """Say whether a specifier speaks of a pre-release, which by pip's rule admits them all.

    Args:
        text: The specifier as text.
    """
    # Few specifiers have letters at all, and asking packaging parses every version again.
    return not _PRERELEASE_LETTERS.isdisjoint(text) and specifier.names_prerelease


def is_pin(specifier: SpecifierSet) -> bool:
    """Say whether a specifier asks for exactly one version with `==` or `===`."""
    return any(
        clause.operator == "===" or (clause.operator == "==" and not clause.version.endswith(".*"))
        for clause in specifier.clauses
    )


def _version_of(row: tuple[Version, bool, Candidate | None, str]) -> tuple[Key, bool, str]:
    return row[0].key, row[1], row[3]


def _in_turn(groups: Mapping[int, VersionSet], usable: VersionSet) -> tuple[VersionSet, ...]:
    """Return the groups by number, before them the versions that are in none."""
    if not groups:
        return ()
    first = usable
    for group in groups.values():
        first &= ~group
    return (first, *(groups[number] for number in sorted(groups)))


def _run(start: int, end: int) -> VersionSet:
    """Return the versions from one position up to another, the end excluded."""
    return (1 << (end + 1)) - (1 << (start + 1)) if start < end else 0
