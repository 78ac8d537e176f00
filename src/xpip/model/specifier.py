"""Version specifiers by PEP 440, as bounds between keys of versions.

Every operator but `===` admits the versions between two keys, or all others (`!=`). Bounds need not
be versions: local versions and post-releases have no last one, so keys are made that stand behind
all of them.

Spec: https://packaging.python.org/en/latest/specifications/version-specifiers/
"""

from __future__ import annotations

from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.version import (
    DEVELOPMENT,
    FINAL,
    NEVER,
    InvalidVersion,
    Version,
    trimmed,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xpip.model.version import Key, Suffix

MAXIMUM_LENGTH = 8192
"""Characters of a whole specifier set."""

_LONG_OPERATORS = ("==", ">=", "!=", "<=", "~=")
_BLANKS_END = ";)"
_AFTER_LOCALS = ((2, 0),)
"""A local version behind every real one, whose parts begin with 0 or 1."""
_AFTER_POSTS = 1 << 1000
"""The number of a post-release above every real one, which has at most 256 digits."""


class InvalidSpecifier(ValueError):
    """A text is not a specifier."""


class Bounds(NamedTuple):
    """Which versions a specifier admits, pre-releases included."""

    start: Key | None
    """The first key; None: from the first version on."""
    end: Key | None
    """The first key that is beyond; None: up to the last version."""
    inverted: bool = False
    """All other versions are meant."""


class Specifier(NamedTuple):
    """One clause of a specifier set."""

    operator: str
    version: str
    """As written, which with `===` may be anything."""

    def __str__(self) -> str:
        return self.operator + self.version

    @property
    def bounds(self) -> Bounds | None:
        """Return the versions that are admitted, None where texts are compared."""
        text = self.operator + self.version
        try:
            return _bounds[text]
        except KeyError:
            found = _bounds[text] = _bounds_of(self.operator, self.version)
            return found

    def admits(self, version: Version) -> bool:
        """Say whether a version is meant, pre-releases included."""
        bounds = self.bounds
        if bounds is None:
            return version.text.lower() == self.version.lower()
        start, end, inverted = bounds
        key = version.key
        inside = (start is None or start <= key) and (end is None or key < end)
        return inside is not inverted

    @property
    def names_prerelease(self) -> bool:
        """Say whether it speaks of a pre-release other than to exclude it."""
        if self.operator == "!=" or self.version.endswith(".*"):
            return False
        try:
            return Version(self.version).is_prerelease
        except InvalidVersion:
            return False


class SpecifierSet:
    """Clauses that must all hold; without any, every version is admitted."""

    __slots__ = ("_clauses", "_text")

    def __init__(self, text: str = "") -> None:
        """Read the clauses.

        Raises:
            InvalidSpecifier: One is not valid by PEP 440, or absurdly long.
        """
        clauses = _read(text)
        if clauses is None:
            raise InvalidSpecifier(f"Invalid specifier: {text!r}")
        self._clauses: tuple[Specifier, ...] | None = clauses
        self._text = ",".join([operator + version for operator, version in clauses])

    @classmethod
    def written(cls, text: str) -> SpecifierSet:
        """Return the set of a text that a set has written."""
        found = cls.__new__(cls)
        found._text = text  # noqa: SLF001 - it is one of us
        found._clauses = None  # noqa: SLF001
        return found

    @property
    def clauses(self) -> tuple[Specifier, ...]:
        """Sorted by their text, each once."""
        if self._clauses is None:
            self._clauses = tuple([_apart(part) for part in self._text.split(",") if part])
        return self._clauses

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"<SpecifierSet({self._text!r})>"

    def __iter__(self) -> Iterator[Specifier]:
        return iter(self.clauses)

    def __len__(self) -> int:
        return len(self.clauses)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SpecifierSet):
            return NotImplemented
        return _meanings(self.clauses) == _meanings(other.clauses)

    def __hash__(self) -> int:
        return hash(frozenset(_meanings(self.clauses)))

    def contains(self, version: Version | str, prereleases: bool = True) -> bool:
        """Say whether a version is admitted; text that is no version never is.

        Args:
            prereleases: They are admitted like other versions; False: none is.
        """
        if isinstance(version, str):
            try:
                version = Version(version)
            except InvalidVersion:
                return False
        if not prereleases and version.is_prerelease:
            return False
        return all(clause.admits(version) for clause in self.clauses)

    @property
    def names_prerelease(self) -> bool:
        """Say whether it speaks of a pre-release, which by pip's rule admits them all."""
        return any(clause.names_prerelease for clause in self.clauses)


_bounds: dict[str, Bounds | None] = {}
"""By text of the clause, which is valid; as many as a run meets."""


def _read(text: str) -> tuple[Specifier, ...] | None:
    """Return the clauses of a text, None when one is not valid."""
    if len(text) > MAXIMUM_LENGTH:
        return None
    clauses = []
    for part in text.split(","):
        part = part.strip()  # noqa: PLW2901
        if not part:
            continue
        clause = _read_clause(part)
        if clause is None:
            return None
        clauses.append(clause)
    if len(clauses) < 2:  # noqa: PLR2004
        return tuple(clauses)
    clauses.sort(key=str)
    different: dict[tuple[str, object], Specifier] = {}
    for meaning, clause in zip(_meanings(clauses), clauses, strict=True):
        different.setdefault(meaning, clause)
    return tuple(different.values())


def _apart(text: str) -> Specifier:
    """Return a clause that was valid when it was written."""
    if text.startswith("==="):
        return Specifier("===", text[3:])
    width = 2 if text[:2] in _LONG_OPERATORS else 1
    return Specifier(text[:width], text[width:])


def _read_clause(text: str) -> Specifier | None:
    if text.startswith("==="):
        version = text[3:].strip()
        is_whole = not any(letter.isspace() or letter in _BLANKS_END for letter in version)
        return Specifier("===", version) if is_whole else None
    operator = text[:2]
    if operator not in _LONG_OPERATORS:
        operator = text[:1]
        if operator not in ("<", ">"):
            return None
    clause = Specifier(operator, text[len(operator) :].strip())
    known = operator + clause.version
    if known not in _bounds:
        try:
            _bounds[known] = _bounds_of(operator, clause.version)
        except InvalidVersion:
            return None
    return clause


def _meanings(clauses: tuple[Specifier, ...] | list[Specifier]) -> list[tuple[str, object]]:
    """Return what makes clauses equal: `>=1.0` and `>=1.0.0` are, `~=1.0` and `~=1.0.0` are not."""
    found: list[tuple[str, object]] = []
    for operator, version in clauses:
        if operator == "===" or version.endswith(".*"):
            found.append((operator, version))
        elif operator == "~=":
            found.append((operator, Version(version).text))
        else:
            found.append((operator, Version(version).key))
    return found


def _bounds_of(operator: str, text: str) -> Bounds | None:
    """Return the bounds of a clause, None for `===`.

    Raises:
        InvalidVersion: The clause is not valid.
    """
    if operator == "===":
        return None
    if operator in ("==", "!="):
        inverted = operator == "!="
        if text.endswith(".*"):
            if text[:-2] != text[:-2].rstrip():
                raise InvalidVersion("`.*` stands at once behind the release")
            return _prefix_bounds(Version(text[:-2]), inverted)
        version = Version(text)
        return Bounds(version.key, _after_locals(version.key), inverted)
    version = Version(text)
    key = version.key
    if key[2][4]:
        raise InvalidVersion(f"`{operator}` compares no local versions")
    if operator == ">=":
        return Bounds(key, None)
    if operator == "<=":
        return Bounds(None, _after_locals(key))
    if operator == "<":
        return Bounds(None, _first_of(version))
    if operator == ">":
        return Bounds(_behind(key), None)
    release = version.release
    if len(release) == 1:
        raise InvalidVersion("`~=` needs two numbers")
    return Bounds(key, _follower(key[0], release[:-1]))


def _prefix_bounds(version: Version, inverted: bool) -> Bounds:
    epoch, _, suffix = version.key
    if suffix != (FINAL, 0, -1, NEVER, ()):
        raise InvalidVersion("`.*` stands behind a release only")
    release = version.release
    start = (epoch, trimmed(release), _development(0))
    return Bounds(start, _follower(epoch, release), inverted)


def _development(number: int) -> Suffix:
    return (DEVELOPMENT, 0, -1, number, ())


def _follower(epoch: int, prefix: tuple[int, ...]) -> Key:
    """Return the key behind all versions whose release starts with a prefix."""
    return epoch, (*prefix[:-1], prefix[-1] + 1), _development(0)


def _after_locals(key: Key) -> Key:
    """Return the key behind a version and its local versions; behind it alone if it is local."""
    epoch, release, (phase, number, post, development, local) = key
    behind = (*local, (-1, 0)) if local else _AFTER_LOCALS
    return epoch, release, (phase, number, post, development, behind)


def _first_of(version: Version) -> Key:
    """Return the key of the lowest version that `<version` does not admit.

    Pre-releases of a version that is none itself count as that version: `<2` excludes `2.0rc1`.
    """
    if version.is_prerelease:
        return version.key
    epoch, release, (phase, number, post, _, _) = version.key
    first = DEVELOPMENT if post < 0 else phase
    return epoch, release, (first, number, post, 0, ())


def _behind(key: Key) -> Key:
    """Return the key from which on `>version` admits everything.

    `>1.0` excludes the post-releases and local versions of 1.0, `>1.0.post1` the local versions.
    """
    epoch, release, (phase, number, post, development, _) = key
    if development == NEVER and post < 0:
        return epoch, release, (phase, number, _AFTER_POSTS, NEVER, ())
    return _after_locals(key)
