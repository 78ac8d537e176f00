"""Requires-Dist of one release, evaluated for one target.

An index of releases repeats itself: 5,021 releases have 271,423 lines, 14,562 different ones with
1,519 different markers. So requirements are kept by text and verdicts by marker text.
"""

from __future__ import annotations

from xpip.errors import IntegrityError
from xpip.model.dependencies import CoreMetadata, Dependencies
from xpip.model.marker import Marker
from xpip.model.names import normalized_name
from xpip.model.parsed_requirement import Requirement
from xpip.model.records import TYPE_CHECKING
from xpip.model.target import Target

if TYPE_CHECKING:
    from collections.abc import Mapping

MAXIMUM_LENGTH = 16 * 1024
"""Characters of one requirement; a marker of that length takes packaging some 50 ms."""
MAXIMUM_DEPTH = 50
"""Nested parentheses; from some 190 on packaging runs into the recursion limit."""
_CACHE_LIMIT = 1 << 16
_SHOWN_LENGTH = 200
_BLANK = " \t"

_requirements: dict[str, Requirement] = {}
_markers: dict[str, Marker] = {}
_verdicts: dict[tuple[tuple[str, str], ...], dict[tuple[str, str], bool]] = {}


def dependencies_for(metadata: CoreMetadata, target: Target) -> Dependencies:
    """Return what a release needs on a target.

    A requirement whose marker holds without any extra is in `requires` only. One that holds for
    some extras is listed under each of them; only extras that the metadata provides count.

    Raises:
        IntegrityError: A Requires-Dist line is not valid, or its marker cannot be evaluated.

    Spec: https://packaging.python.org/en/latest/specifications/dependency-specifiers/
    """
    requires: list[Requirement] = []
    extras: dict[str, list[Requirement]] = {extra: [] for extra in metadata.provides_extra}
    verdicts = _verdicts_of(target)
    for line in metadata.requires_dist:
        try:
            marker_text, mentioned = _condition(line, extras)
            if not marker_text or _holds(marker_text, "", target, verdicts):
                requires.append(parse_requirement(line))
                continue
            for extra in mentioned:
                if _holds(marker_text, extra, target, verdicts):
                    extras[extra].append(parse_requirement(line))
        except ValueError as error:
            raise _invalid(metadata, line, error) from error
    return Dependencies(
        requires=tuple(requires),
        extras=tuple((extra, tuple(added)) for extra, added in extras.items()),
        requires_python=metadata.requires_python,
    )


def marker_holds(requirement: Requirement, target: Target) -> bool:
    """Say whether a requirement that a user wrote counts on a target; extras do not exist there.

    Raises:
        ValueError: The marker compares what cannot be compared.
    """
    if requirement.marker is None:
        return True
    return _evaluate(requirement.marker, "", target)


def parse_requirement(text: str) -> Requirement:
    """Return the requirement of a text, the same object for the same text.

    Raises:
        ValueError: It is not valid by PEP 508, too long or nested too deeply.
    """
    try:
        return _requirements[text]
    except KeyError:
        pass
    ensure_sane(text)
    requirement = Requirement(text)
    if len(_requirements) >= _CACHE_LIMIT:
        _requirements.clear()
    _requirements[text] = requirement
    return requirement


def ensure_sane(text: str) -> None:
    """Refuse text that would keep a parser of requirements busy or exhaust its stack.

    Raises:
        ValueError: Too long or nested too deeply.
    """
    if len(text) > MAXIMUM_LENGTH:
        raise ValueError(f"it has {len(text)} characters, more than {MAXIMUM_LENGTH}")
    if text.count("(") <= MAXIMUM_DEPTH:
        return
    depth = 0
    for character in text:
        if character == "(":
            depth += 1
            if depth > MAXIMUM_DEPTH:
                raise ValueError(f"its parentheses are nested more than {MAXIMUM_DEPTH} deep")
        elif character == ")":
            depth -= 1


def _condition(line: str, extras: dict[str, list[Requirement]]) -> tuple[str, list[str]]:
    """Return the marker text of a line (empty for none) and the extras that it may depend on."""
    head, semicolon, marker_text = line.partition(";")
    if not semicolon:
        return "", []
    if "@" in head:
        # The address of a direct reference may hold semicolons itself.
        marker = parse_requirement(line).marker
        marker_text = "" if marker is None else str(marker)
    else:
        marker_text = marker_text.strip(_BLANK)
        if not marker_text:
            raise ValueError("a marker is expected after the semicolon")
    if not extras or "extra" not in marker_text:
        return marker_text, []
    literals, outside = _dissect(marker_text)
    if "in" in outside.replace("machine", "") or "\\" in marker_text:
        return marker_text, list(extras)
    # All other operators compare for equality, so an extra that is not named changes nothing.
    mentioned = dict.fromkeys(map(normalized_name, literals))
    return marker_text, [extra for extra in mentioned if extra in extras]


def _dissect(marker_text: str) -> tuple[list[str], str]:
    """Return the texts between quotes, and everything that is not between quotes."""
    ensure_sane(marker_text)
    literals: list[str] = []
    outside: list[str] = []
    rest = marker_text
    while True:
        single, double = rest.find("'"), rest.find('"')
        if single < 0 and double < 0:
            outside.append(rest)
            return literals, " ".join(outside)
        start = single if double < 0 or 0 <= single < double else double
        outside.append(rest[:start])
        literal, _, rest = rest[start + 1 :].partition(rest[start])
        literals.append(literal)


def _verdicts_of(target: Target) -> dict[tuple[str, str], bool]:
    verdicts = _verdicts.get(target.markers)
    if verdicts is None:
        verdicts = _verdicts[target.markers] = {}
    elif len(verdicts) >= _CACHE_LIMIT:
        verdicts.clear()
    return verdicts


def _holds(
    marker_text: str, extra: str, target: Target, verdicts: dict[tuple[str, str], bool]
) -> bool:
    key = (marker_text, extra)
    verdict = verdicts.get(key)
    if verdict is None:
        verdict = verdicts[key] = _evaluate(_parse_marker(marker_text), extra, target)
    return verdict


def _evaluate(marker: Marker, extra: str, target: Target) -> bool:
    return marker.holds({**environment_of(target), "extra": extra})


def environment_of(target: Target) -> Mapping[str, str]:
    """Return the variables of markers but for `extra`."""
    environment = _environments.get(target.markers)
    if environment is None:
        environment = _environments[target.markers] = dict(target.markers)
        # What a Python between two releases says of itself is no version.
        if environment.get("python_full_version", "").endswith("+"):
            environment["python_full_version"] += "local"
    return environment


_environments: dict[tuple[tuple[str, str], ...], dict[str, str]] = {}


def _parse_marker(marker_text: str) -> Marker:
    marker = _markers.get(marker_text)
    if marker is None:
        ensure_sane(marker_text)
        if len(_markers) >= _CACHE_LIMIT:
            _markers.clear()
        marker = _markers[marker_text] = Marker(marker_text)
    return marker


def _invalid(metadata: CoreMetadata, line: str, error: ValueError) -> IntegrityError:
    shown = line if len(line) <= _SHOWN_LENGTH else line[:_SHOWN_LENGTH] + "..."
    reason = (str(error).splitlines() or [""])[0]
    return IntegrityError(
        f"core metadata of `{metadata.name}` {metadata.version} has an invalid dependency",
        details=(f"Requires-Dist: {_visible(shown)}", _visible(reason)),
    )


def _visible(text: str) -> str:
    """Return the text with escapes in place of what a terminal would act upon."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else ascii(character)[1:-1] for character in text
    )
