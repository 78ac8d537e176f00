"""The requirements of a release taken apart once, for whatever target asks later.

Nearly every marker that speaks of an extra is `extra == "x"` with other conditions, so requirements
are sorted by their extra without a target, and what an extra needs is looked at only for those who
ask for the extra: of 54 lines of a release that is some 45. What is written otherwise has no
outline; such a release is left to `markers.dependencies_for`.
"""

from __future__ import annotations

from xpip.model.dependencies import ByExtra, CoreMetadata, Dependencies
from xpip.model.marker import Comparison, Marker
from xpip.model.parsed_requirement import Requirement, specifier_of, usual_parts
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.specifier import SpecifierSet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from xpip.model.target import Target

    # Name as written, extras as written, specifier, and a marker without extras; all texts are in
    # the form in which the model writes them, empty for none.
    Entry = tuple[str, tuple[str, ...], str, str]
    # By normalised extra, in the order of Provides-Extra.
    Extras = tuple[tuple[str, tuple[Entry, ...]], ...]

MAXIMUM_LENGTH = 4096
"""Characters of a line that is taken apart here."""
_MAXIMUM_DEPTH = 20
_CACHE_LIMIT = 1 << 16
_BLANK = " \t"


class Outline(NamedTuple):
    """What a release requires on some target."""

    always: tuple[Entry, ...]
    """Without any extra, in the order of the metadata."""
    extras: Extras


class ExtraRequirements(ByExtra):
    """What each extra of a release adds on a target."""

    __slots__ = ("_entries", "_holds")

    def __init__(
        self,
        entries: Callable[[], Extras],
        holds: Callable[[str], bool],
    ) -> None:
        super().__init__(self._all_extras)
        self._entries = entries
        self._holds = holds

    def of(self, extra: str) -> tuple[Requirement, ...] | None:
        """Return what one extra adds, None when the release does not provide it."""
        for name, entries in self._entries():
            if name == extra:
                return tuple(_holding(entries, self._holds))
        return None

    def _all_extras(self) -> tuple[tuple[str, tuple[Requirement, ...]], ...]:
        return tuple(
            [(extra, tuple(_holding(entries, self._holds))) for extra, entries in self._entries()]
        )


def outline_of(metadata: CoreMetadata) -> Outline | None:
    """Return the outline of a release, None where some line is not written in the usual way."""
    always: list[Entry] = []
    extras: dict[str, list[Entry]] = {extra: [] for extra in metadata.provides_extra}
    for line in metadata.requires_dist:
        if len(line) > MAXIMUM_LENGTH or "@" in line:
            return None
        head_text, semicolon, marker_text = line.partition(";")
        head = _head(head_text)
        condition = _condition(marker_text) if semicolon else ("", "")
        if head is None or condition is None:
            return None
        extra, marker = condition
        if not extra:
            always.append((*head, marker))
        elif extra in extras:
            extras[extra].append((*head, marker))
    return Outline(tuple(always), tuple([(extra, tuple(added)) for extra, added in extras.items()]))


def dependencies_of(
    always: Iterable[Entry],
    extras: Callable[[], Extras],
    requires_python: str,
    target: Target,
) -> Dependencies:
    """Return what a release with an outline needs on a target.

    Args:
        extras: Returns the second part of the outline, as often as it is needed.
    """
    holds = _verdicts_of(target)
    added = ExtraRequirements(extras, holds)
    return Dependencies(tuple(_holding(always, holds)), added, requires_python)


def _holding(entries: Iterable[Entry], holds: Callable[[str], bool]) -> list[Requirement]:
    found = []
    for name, extras, specifier, marker in entries:
        if not marker or holds(marker):
            key = (name, extras, specifier)
            requirement = _requirements.get(key)
            if requirement is None:
                if len(_requirements) >= _CACHE_LIMIT:
                    _requirements.clear()
                requirement = _requirements[key] = Requirement.of(
                    name, frozenset(extras), SpecifierSet.written(specifier)
                )
            found.append(requirement)
    return found


_requirements: dict[tuple[str, tuple[str, ...], str], Requirement] = {}


def _head(text: str) -> tuple[str, tuple[str, ...], str] | None:
    """Return name, extras and specifier of a line without its marker."""
    try:
        return _heads[text]
    except KeyError:
        pass
    found = None
    parts = None if "===" in text else usual_parts(text)
    if parts is not None:
        try:
            found = (parts[0], tuple(sorted(parts[1])), str(specifier_of(parts[2])))
        except ValueError:
            found = None
    if len(_heads) >= _CACHE_LIMIT:
        _heads.clear()
    _heads[text] = found
    return found


_heads: dict[str, tuple[str, tuple[str, ...], str] | None] = {}


def _condition(text: str) -> tuple[str, str] | None:
    """Return the extra that a marker asks for (empty for none), and its other conditions."""
    try:
        return _conditions[text]
    except KeyError:
        pass
    found = None
    if text.count("(") <= _MAXIMUM_DEPTH:
        try:
            found = _divided(Marker(text.strip(_BLANK)))
        except ValueError:
            found = None
    if len(_conditions) >= _CACHE_LIMIT:
        _conditions.clear()
    _conditions[text] = found
    return found


_conditions: dict[str, tuple[str, str] | None] = {}


def _divided(marker: Marker) -> tuple[str, str] | None:
    alternatives = marker.alternatives
    if alternatives is None:
        return None
    if "extra" not in marker.variables():
        return "", str(marker)
    if len(alternatives) != 1:
        return None
    extras = []
    others = []
    for condition in alternatives[0]:
        if isinstance(condition, Comparison) and condition.variable == "extra":
            if condition.operator != "==" or not condition.text:
                return None
            extras.append(condition.text)
        elif "extra" in condition.variables():
            return None
        else:
            others.append(str(condition))
    return (extras[0], " and ".join(others)) if len(extras) == 1 else None


def _verdicts_of(target: Target) -> Callable[[str], bool]:
    """Return what says whether a marker without extras holds on a target."""
    holds = _verdicts.get(target.markers)
    if holds is None:
        verdicts: dict[str, bool] = {}
        from xpip.model.markers import environment_of

        environment = {**environment_of(target), "extra": ""}

        def holds(text: str) -> bool:
            verdict = verdicts.get(text)
            if verdict is None:
                verdict = verdicts[text] = Marker(text).holds(environment)
            return verdict

        _verdicts[target.markers] = holds
    return holds


_verdicts: dict[tuple[tuple[str, str], ...], Callable[[str], bool]] = {}
