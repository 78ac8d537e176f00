"""What a file that pins everything asks for: one version, or one place, of each project.

The usual line, `name==version` with hashes, is taken apart here in a microsecond and without
`packaging`; every other one goes through the parser of requirements, whose word is final.
"""

from __future__ import annotations

from xpip.errors import RequirementError
from xpip.model.file_names import is_project_name, is_version_like
from xpip.model.names import leading_word, normalized_name
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.source import UnnamedSource
from xpip.model.versions_text import MAXIMUM_VERSION_LENGTH
from xpip.planner.exact import Pin, same_version

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.model.parsed_requirement import Requirement
    from xpip.model.requirement import RequirementSources, RequirementText, SourcedRequirement
    from xpip.model.target import Target

_SHOWN = 20


class UnpinnedRequirement(RequirementError):
    """A line leaves open which version is meant."""

    code = "unpinned"


class ConflictingPins(RequirementError):
    """Two lines want different versions of one project."""

    code = "conflicting-pins"


class PinnedLine(NamedTuple):
    """A pin and the requirement that it is from."""

    pin: Pin
    text: RequirementText


def read_pins(
    sources: RequirementSources, target: Target, cwd: str, *, last_wins: bool = False
) -> tuple[PinnedLine, ...]:
    """Return what counts on a target, in the order written; each project once.

    Sources whose project only a build can tell have no name.

    Args:
        cwd: Absolute folder that relative paths start from.
        last_wins: Of different pins of one project the last counts.

    Raises:
        UnpinnedRequirement: Lists the lines that are not pinned.
        ConflictingPins: Lists the projects that are pinned in different ways.
        RequirementError: A line is no requirement.
    """
    lines: list[PinnedLine] = []
    unpinned: list[RequirementText] = []
    for text in sources.requirements:
        line = _usual(text) or _parsed(text, target, cwd, unpinned)
        if line is not None:
            lines.append(line)
    if unpinned:
        raise _unpinned(unpinned)
    found = _each_once(lines, last_wins)
    if sources.constraints:
        _ensure_allowed(found, sources, target, cwd)
    return found


def _usual(text: RequirementText) -> PinnedLine | None:
    """Return the pin of a line `name[extras]==version`, None for any other."""
    written = text.text
    name = leading_word(written)
    rest = written[len(name) :].lstrip()
    if rest[:1] == "[":
        extras, bracket, rest = rest[1:].partition("]")
        if not bracket or not all(map(is_project_name, extras.replace(" ", "").split(","))):
            return None
        rest = rest.lstrip()
    version = rest[2:].strip()
    if (
        rest[:2] != "=="
        or text.editable
        or not version[:1].isdigit()
        or not is_version_like(version)
        or len(version) > MAXIMUM_VERSION_LENGTH
        or not name
        or not is_project_name(name)
    ):
        return None
    return PinnedLine(Pin(normalized_name(name), version, text.hashes), text)


def _parsed(
    text: RequirementText, target: Target, cwd: str, unpinned: list[RequirementText]
) -> PinnedLine | None:
    """Return the pin of a line; None when its marker does not hold or it pins nothing.

    Raises:
        XpipError: It is no requirement, or its marker cannot be evaluated.
    """
    from xpip.formats.requirement import parse_requirement

    sourced = parse_requirement(text, cwd)
    if isinstance(sourced, UnnamedSource):
        if sourced.marker:
            from xpip.model.markers import parse_requirement as parse_line

            if not _holds(parse_line(f"unnamed ; {sourced.marker}"), text, target):
                return None
        location = sourced.location
        return PinnedLine(Pin("", "", sourced.hashes, location.url, location), text)
    requirement = sourced.requirement
    if not _holds(requirement, text, target):
        return None
    name = normalized_name(requirement.name)
    if requirement.url is not None:
        source = sourced.source
        url = requirement.url if source is None else source.url
        return PinnedLine(Pin(name, "", sourced.hashes, url, source), text)
    specifiers = list(requirement.specifier)
    if len(specifiers) == 1:
        only = specifiers[0]
        if only.operator in ("==", "===") and not only.version.endswith(".*"):
            return PinnedLine(Pin(name, only.version, sourced.hashes), text)
    unpinned.append(text)
    return None


def _holds(requirement: Requirement, text: RequirementText, target: Target) -> bool:
    """Say whether a line counts on a target.

    Raises:
        RequirementError: Its marker cannot be evaluated.
    """
    from xpip.model.markers import marker_holds

    try:
        return marker_holds(requirement, target)
    except ValueError as error:
        raise RequirementError(
            f"{text.origin}: the marker of `{text.text}` cannot be evaluated",
            details=(str(error),),
        ) from error


def _unpinned(texts: Sequence[RequirementText]) -> UnpinnedRequirement:
    first = texts[0]
    hints = ("`xpip compile` pins everything a file asks for",)
    if len(texts) == 1:
        return UnpinnedRequirement(f"{first.origin}: `{first.text}` is not pinned", hints=hints)
    details = [f"{text.origin}: `{text.text}`" for text in texts[:_SHOWN]]
    if len(texts) > _SHOWN:
        details.append(f"and {len(texts) - _SHOWN} more")
    return UnpinnedRequirement(
        f"{len(texts)} requirements are not pinned with `==`", details=tuple(details), hints=hints
    )


def _each_once(lines: Sequence[PinnedLine], last_wins: bool) -> tuple[PinnedLine, ...]:
    found: dict[str, PinnedLine] = {}
    unnamed: list[PinnedLine] = []
    conflicts: list[tuple[PinnedLine, PinnedLine]] = []
    for line in lines:
        if not line.pin.name:
            unnamed.append(line)
            continue
        first = found.setdefault(line.pin.name, line)
        if first is line:
            continue
        if _agree(first.pin, line.pin):
            found[line.pin.name] = _merged(first, line)
        elif last_wins:
            found[line.pin.name] = line
        else:
            conflicts.append((first, line))
    if conflicts:
        raise _conflicting(conflicts)
    return (*found.values(), *unnamed)


def _agree(first: Pin, second: Pin) -> bool:
    if first.url or second.url:
        return first.url == second.url and first.editable == second.editable
    return first.version == second.version or same_version(first.version, second.version)


def _merged(first: PinnedLine, second: PinnedLine) -> PinnedLine:
    """Return one line with the hashes of both: several files of one version are allowed."""
    hashes = tuple(dict.fromkeys((*first.pin.hashes, *second.pin.hashes)))
    return PinnedLine(
        first.pin._replace(hashes=hashes),
        first.text._replace(hashes=tuple(dict.fromkeys((*first.text.hashes, *second.text.hashes)))),
    )


def _conflicting(conflicts: Sequence[tuple[PinnedLine, PinnedLine]]) -> ConflictingPins:
    details = [
        f"{line.text.origin}: `{line.text.text}`" for pair in conflicts[:_SHOWN] for line in pair
    ]
    name = conflicts[0][0].pin.name
    summary = (
        f"`{name}` is pinned in two ways"
        if len(conflicts) == 1
        else f"{len(conflicts)} projects are pinned in two ways"
    )
    return ConflictingPins(
        summary, details=tuple(details), hints=("`--force` takes the last of them",)
    )


def _ensure_allowed(
    lines: Sequence[PinnedLine], sources: RequirementSources, target: Target, cwd: str
) -> None:
    """Refuse pins that a constraint of the same files does not admit.

    Raises:
        ConflictingPins: There are some.
    """
    from xpip.model.markers import marker_holds
    from xpip.operations.requirements import parse_sources
    from xpip.planner.satisfied import admits

    by_name = {line.pin.name: line for line in lines}
    constraints = parse_sources(sources._replace(requirements=()), cwd).constraints
    broken: list[tuple[PinnedLine, SourcedRequirement]] = []
    for constraint in constraints:
        requirement = constraint.requirement
        line = by_name.get(normalized_name(requirement.name))
        if line is None or line.pin.url or requirement.url is not None:
            continue
        if marker_holds(requirement, target) and not admits(
            requirement.specifier, line.pin.version
        ):
            broken.append((line, constraint))
    if broken:
        raise ConflictingPins(
            f"`{broken[0][0].pin.name}` is pinned to a version that a constraint refuses",
            details=tuple(
                text
                for line, constraint in broken[:_SHOWN]
                for text in (
                    f"{line.text.origin}: `{line.text.text}`",
                    f"{constraint.origin}: `{constraint.requirement}`",
                )
            ),
        )
