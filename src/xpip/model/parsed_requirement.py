"""A requirement that has been read (PEP 508)."""

from __future__ import annotations

from xpip.model.marker import Marker
from xpip.model.records import TYPE_CHECKING
from xpip.model.specifier import MAXIMUM_LENGTH, InvalidSpecifier, SpecifierSet
from xpip.model.version import MAXIMUM_LENGTH as MAXIMUM_VERSION_LENGTH

if TYPE_CHECKING:
    from packaging.requirements import Requirement as Foreign

_BLANK = " \t"
_NAME_CHARACTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

_specifiers: dict[str, SpecifierSet] = {}
"""By text as written. A run meets some thousand; sets are shared, never changed."""
_CACHE_LIMIT = 1 << 16


class InvalidRequirement(ValueError):
    """A text is not a requirement."""


class Requirement:
    """What is required of one project."""

    __slots__ = ("extras", "marker", "name", "specifier", "url")

    name: str
    """As written."""
    extras: frozenset[str]
    """As written."""
    specifier: SpecifierSet
    """Empty where every version will do, and with a URL."""
    url: str | None
    """Of a direct reference."""
    marker: Marker | None
    """When it counts; None for always."""

    def __init__(self, text: str) -> None:
        """Read a requirement.

        Raises:
            InvalidRequirement: It is not valid by PEP 508.
        """
        if not (self._read_usual(text) or self._read_direct(text)):
            from packaging.requirements import InvalidRequirement as ForeignError
            from packaging.requirements import Requirement as Foreign

            try:
                self._take(Foreign(text))
            except ForeignError as error:
                raise InvalidRequirement(str(error)) from error

    @classmethod
    def of(
        cls, name: str, extras: frozenset[str], specifier: SpecifierSet, url: str | None = None
    ) -> Requirement:
        """Return a requirement without marker from its parts."""
        requirement = cls.__new__(cls)
        requirement.name = name
        requirement.extras = extras
        requirement.specifier = specifier
        requirement.url = url
        requirement.marker = None
        return requirement

    def with_extras(self, extras: frozenset[str]) -> Requirement:
        """Return the same requirement with other extras."""
        found = Requirement.of(self.name, extras, self.specifier, self.url)
        found.marker = self.marker
        return found

    def with_specifier(self, specifier: SpecifierSet) -> Requirement:
        """Return the same requirement with another specifier."""
        found = Requirement.of(self.name, self.extras, specifier, self.url)
        found.marker = self.marker
        return found

    def __str__(self) -> str:
        extras = f"[{','.join(sorted(self.extras))}]" if self.extras else ""
        marker = "" if self.marker is None else f"; {self.marker}"
        if self.url:
            return f"{self.name}{extras} @ {self.url}{' ' if marker else ''}{marker}"
        return f"{self.name}{extras}{self.specifier}{marker}"

    def __repr__(self) -> str:
        return f"<Requirement({str(self)!r})>"

    def _take(self, foreign: Foreign) -> None:
        """Become what `packaging` has read."""
        specifier = str(foreign.specifier)
        if len(specifier) > MAXIMUM_LENGTH or any(
            len(part) > MAXIMUM_VERSION_LENGTH for part in specifier.split(",")
        ):
            raise InvalidRequirement("a version in it is too long")
        self.name = foreign.name
        self.extras = frozenset(foreign.extras)
        self.url = foreign.url
        self.specifier = specifier_of(specifier)
        self.marker = None if foreign.marker is None else Marker(str(foreign.marker))

    def _read_usual(self, text: str) -> bool:
        """Read `name`, extras, specifier and marker in plain form; False for anything else."""
        head, semicolon, marker_text = text.partition(";")
        if "@" in head or "===" in head:
            return False
        parts = usual_parts(head)
        if parts is None:
            return False
        name, extras, specifier_text = parts
        try:
            self.specifier = specifier_of(specifier_text)
            self.marker = Marker(marker_text.strip(_BLANK)) if semicolon else None
        except ValueError:
            return False
        self.name = name
        self.extras = extras
        self.url = None
        return True

    def _read_direct(self, text: str) -> bool:
        """Read `name`, extras, URL and marker in plain form; False for anything else.

        `packaging` takes 40 ms to be imported, as much as all else of a small installation.
        """
        head, at, rest = text.partition("@")
        parts = usual_parts(head)
        if not at or "(" in head or parts is None or parts[2] or not text.isprintable():
            return False
        url, _, tail = rest.strip(" ").partition(" ")
        tail = tail.lstrip(" ")
        if not url or (tail and tail[0] != ";"):
            return False
        try:
            self.marker = Marker(tail[1:].strip(" ")) if tail else None
        except ValueError:
            return False
        self.name, self.extras, _ = parts
        self.specifier = specifier_of("")
        self.url = url
        return True


def usual_parts(head: str) -> tuple[str, frozenset[str], str] | None:
    """Return name, extras and specifier text of a requirement without marker and URL.

    None for what is not written in the plain form; the specifier has not been looked at yet.
    """
    head = head.strip(_BLANK)
    rest = head.lstrip(_NAME_CHARACTERS)
    name = head[: len(head) - len(rest)]
    if not (name[:1].isalnum() and name[-1:].isalnum()):
        return None
    rest = rest.lstrip(_BLANK)
    extras: frozenset[str] = frozenset()
    if rest[:1] == "[":
        listed, bracket, rest = rest[1:].partition("]")
        extras = frozenset([extra.strip(_BLANK) for extra in listed.split(",")])
        if not bracket or not all(map(_is_extra_name, extras)):
            return None
        rest = rest.lstrip(_BLANK)
    if rest[:1] == "(" and rest[-1:] == ")":
        rest = rest[1:-1].strip(_BLANK)
    if "\n" in rest or rest[:1] == "," or ",," in rest.replace(" ", "").replace("\t", ""):
        return None
    return name, extras, rest


def specifier_of(text: str) -> SpecifierSet:
    """Return the specifier set of a text, the same object for the same text.

    Raises:
        InvalidSpecifier: It is not valid.
    """
    try:
        return _specifiers[text]
    except KeyError:
        if len(_specifiers) >= _CACHE_LIMIT:
            _specifiers.clear()
        found = _specifiers[text] = SpecifierSet(text)
        return found


def _is_extra_name(text: str) -> bool:
    return not text.strip(_NAME_CHARACTERS) and text[:1].isalnum() and text[-1:].isalnum()


__all__ = ["InvalidRequirement", "InvalidSpecifier", "Requirement", "specifier_of", "usual_parts"]
