"""Sets of versions as whole numbers: the only file that knows how they are stored.

A `Universe` holds the known versions of one project in ascending order. A set of its versions is
one Python int, a `VersionSet`: bit `i + 1` stands for version `i`, and bit 0, `ABSENT`, for "no
version of it is chosen at all". With that bit a term of solver.md needs no sign: `foo ^1.0` is a
set without `ABSENT`, `not foo ^1.0` is its complement and has it. Intersection, union, complement
and subset are `&`, `|`, `universe.full ^ set` and `not a & ~b`; they take less than a microsecond
where objects of ranges take 20 to 30.

Order between versions that a specifier cannot tell apart by position alone (local versions,
`===`) is settled by asking `packaging`.

Spec: https://packaging.python.org/en/latest/specifications/version-specifiers/
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from packaging.version import InvalidVersion, Version

from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from packaging.specifiers import Specifier, SpecifierSet

    from xpip.model.candidate import Candidate

VersionSet = int
"""A set of versions of one universe, see above."""

ABSENT: VersionSet = 1
"""The set that holds only "not chosen"."""

_BEYOND_ALL_POSTS = 10**18
"""Above every number that a post-release carries (dates with seconds have 14 digits)."""

_PRERELEASE_LETTERS = frozenset("abcdevrABCDEVR")

_SHOWN_RUNS = 4
"""Runs of versions that a text lists before it only counts."""


class Universe:
    """The known versions of one project, with what is known of each."""

    __slots__ = (
        "_by_specifier",
        "_prereleases",
        "_urls",
        "any_version",
        "candidates",
        "direct",
        "full",
        "groups",
        "usable",
        "versions",
        "yanked",
    )

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
        self.versions: tuple[Version, ...] = tuple(row[0] for row in known)
        """Ascending."""
        self.candidates: tuple[Candidate | None, ...] = tuple(row[2] for row in known)
        """For each version what would be chosen; None where nothing may be."""
        self.full: VersionSet = (1 << (len(known) + 1)) - 1
        """Every version and `ABSENT`."""
        self.any_version: VersionSet = self.full ^ ABSENT
        self.usable: VersionSet = 0
        """Versions with a candidate."""
        self.yanked: VersionSet = 0
        self.direct: VersionSet = 0
        """Versions from URLs that requirements name."""
        self._urls: dict[str, VersionSet] = {}
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
        self.groups: tuple[VersionSet, ...] = _in_turn(groups, self.usable)
        """Versions in the order in which they are to be tried, lowest group first; empty when all
        count alike."""
        self._prereleases: VersionSet | None = None
        self._by_specifier: dict[str, VersionSet] = {}

    @property
    def prereleases(self) -> VersionSet:
        """Pre-releases and development releases."""
        if self._prereleases is None:
            self._prereleases = self._those(version.is_prerelease for version in self.versions)
        return self._prereleases

    def from_url(self, url: str) -> VersionSet:
        """Return the set of the one version that a direct reference leads to, or the empty set."""
        return self._urls.get(url, 0)

    def at(self, version: str) -> VersionSet:
        """Return the versions equal to the one written; empty when it is unknown or no version."""
        try:
            wanted = Version(version)
        except InvalidVersion:
            return 0
        return _run(bisect_left(self.versions, wanted), bisect_right(self.versions, wanted))

    def candidate(self, chosen: VersionSet) -> Candidate:
        """Return the candidate of a set of one usable version."""
        found = self.candidates[chosen.bit_length() - 2]
        assert found is not None
        return found

    def version(self, chosen: VersionSet) -> Version:
        """Return the only version of a set."""
        return self.versions[chosen.bit_length() - 2]

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
            for part in specifier:
                found &= self._set_of_part(part)
            self._by_specifier[text] = found
        return found

    def _set_of_part(self, specifier: Specifier) -> VersionSet:
        text = str(specifier)
        found = self._by_specifier.get(text)
        if found is None:
            found = self._by_position(specifier.operator, specifier.version)
            if found is None:
                found = self._those(
                    specifier.contains(version, prereleases=True) for version in self.versions
                )
            self._by_specifier[text] = found
        return found

    def _by_position(self, operator: str, text: str) -> VersionSet | None:
        """Return the set by two binary searches, None for operators that compare text."""
        if operator == "===":
            return None
        if operator in ("==", "!="):
            equal = self._prefixed(text[:-2]) if text.endswith(".*") else self._equal(text)
            return equal if operator == "==" else self.any_version ^ equal
        version = Version(text)
        count = len(self.versions)
        if operator == ">=":
            return _run(bisect_left(self.versions, version), count)
        if operator == "<=":
            return _run(0, self._after_locals(version))
        if operator == "<":
            return _run(0, bisect_left(self.versions, _first_of(version)))
        if operator == ">":
            return _run(bisect_left(self.versions, _first_after(version)), count)
        return _run(
            bisect_left(self.versions, version), self._end_of(version, version.release[:-1])
        )

    def _equal(self, text: str) -> VersionSet:
        version = Version(text)
        start = bisect_left(self.versions, version)
        if version.local is not None:
            return _run(start, bisect_right(self.versions, version))
        return _run(start, self._after_locals(version))

    def _prefixed(self, text: str) -> VersionSet:
        version = Version(text)
        start = Version(f"{version.epoch}!{_dotted(version.release)}.dev0")
        return _run(bisect_left(self.versions, start), self._end_of(version, version.release))

    def _after_locals(self, version: Version) -> int:
        """Return the position after a version and all its local versions."""
        end = bisect_right(self.versions, version)
        while end < len(self.versions):
            follower = self.versions[end]
            if follower.local is None or Version(follower.public) != version:
                break
            end += 1
        return end

    def _end_of(self, version: Version, prefix: tuple[int, ...]) -> int:
        """Return the position after the last version whose release starts with a prefix."""
        release = (*prefix[:-1], prefix[-1] + 1)
        return bisect_left(self.versions, Version(f"{version.epoch}!{_dotted(release)}.dev0"))

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
    return not _PRERELEASE_LETTERS.isdisjoint(text) and bool(specifier.prereleases)


def is_pin(specifier: SpecifierSet) -> bool:
    """Say whether a specifier asks for exactly one version with `==` or `===`."""
    return any(
        part.operator == "===" or (part.operator == "==" and not part.version.endswith(".*"))
        for part in specifier
    )


def _version_of(row: tuple[Version, bool, Candidate | None, str]) -> tuple[Version, bool, str]:
    return row[0], row[1], row[3]


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


def _dotted(release: tuple[int, ...]) -> str:
    return ".".join(map(str, release))


def _first_of(version: Version) -> Version:
    """Return the lowest version that `<version` does not admit.

    Pre-releases of a version that is none itself count as that version: `<2` excludes `2.0rc1`.
    """
    return version if version.is_prerelease else Version(f"{version.public}.dev0")


def _first_after(version: Version) -> Version:
    """Return a version below which `>version` admits nothing.

    `>1.0` excludes the post-releases and local versions of 1.0, `>1.0.post1` the local versions.
    """
    prefix = f"{version.epoch}!{_dotted(version.release)}"
    if version.pre is not None:
        prefix += f"{version.pre[0]}{version.pre[1]}"
    if version.dev is not None:
        if version.post is not None:
            prefix += f".post{version.post}"
        return Version(f"{prefix}.dev{version.dev + 1}")
    if version.post is not None:
        return Version(f"{prefix}.post{version.post + 1}.dev0")
    return Version(f"{prefix}.post{_BEYOND_ALL_POSTS}")
