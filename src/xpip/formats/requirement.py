"""From the text of a requirement to a parsed one (PEP 508), or to sources named by path or URL.

`packaging` has no limits of its own: a marker with 3,000 parentheses ends in a RecursionError, one
of 20,000 terms takes a second and a version part of 5,000 digits is a bare ValueError. So sizes are
checked first, and whatever it raises is translated here and nowhere else.
"""

from __future__ import annotations

from xpip.errors import RequirementError
from xpip.formats.archive_names import is_archive_name, is_refused_archive
from xpip.formats.requirements_txt import unset_variables
from xpip.formats.wheel_name import parse_wheel_name
from xpip.model.names import normalized_name
from xpip.model.origin import FileOrigin
from xpip.model.parsed_requirement import InvalidRequirement, Requirement
from xpip.model.records import TYPE_CHECKING
from xpip.model.requirement import RequirementText, SourcedRequirement
from xpip.model.source import UnnamedSource
from xpip.model.urls import redact_text, scheme_of

if TYPE_CHECKING:
    from xpip.formats.source_location import Reference
    from xpip.model.origin import Origin

MAXIMUM_LENGTH = 10_000
"""Characters of one requirement."""
MAXIMUM_DEPTH = 50
"""Parentheses within each other."""
MAXIMUM_DIGITS = 100
"""Digits in a row outside a URL."""


def parse_requirement(text: RequirementText, cwd: str) -> SourcedRequirement | UnnamedSource:
    """Return a requirement; the path or URL of a wheel becomes `name @ url` by its file name.

    Sources are named by what stands before `@` or in `#egg=`, else nobody knows their project yet.
    Digests in the fragment of a URL go to `hashes`; the fragment is dropped but for the
    subdirectory of sources.

    Args:
        cwd: Absolute folder that relative paths start from, as in pip.

    Raises:
        RequirementError: The text is not a requirement; the summary says where.
    """
    written = text.text
    _check_size(text)
    location = _location(written, text.editable)
    if location:
        return _direct(text, location, cwd)
    requirement = _parse(text, written)
    if requirement.url is None:
        if text.editable:
            raise _bad(text, "an editable requirement is a folder or a repository", 0)
        return SourcedRequirement(requirement, text.origin, text.hashes, settings=text.settings)
    reference = _reference(text, requirement.url, cwd)
    if reference.name and normalized_name(reference.name) != normalized_name(requirement.name):
        raise _bad(text, f"`#egg={reference.name}` names another project", 0)
    requirement.url = reference.url
    return _sourced(text, requirement, reference)


def is_unnamed(text: RequirementText) -> bool:
    """Say whether the text is a bare path or URL instead of a requirement with a name."""
    return bool(_location(text.text))


def where(origin: Origin, offset: int = 0) -> str:
    """Return `path:line:column` for a file, `the command line` otherwise."""
    if isinstance(origin, FileOrigin):
        return f"{origin.path}:{origin.line}:{origin.column + offset}"
    return str(origin)


def _location(text: str, editable: bool = False) -> str:
    """Return the part of the text that is a bare URL or path; empty for a requirement by name.

    As in pip, only the text decides: a folder needs a separator or a leading `.`, an archive its
    suffix, what is editable nothing. `name @ path` has a name before the `@`.
    """
    head, marker = text, ""
    if scheme_of(text):
        # A URL may hold `;`, so that a blank must stand after (or before) the one of a marker.
        for mark in ("; ", " ;"):
            head, marker, _ = text.partition(mark)
            if marker:
                break
        return head.strip()
    head = text.partition(";")[0].strip()
    name, at, _ = head.partition("@")
    if at and _is_vcs_address(name):
        return head
    if at and name.strip() and "/" not in name and not name.startswith("."):
        return ""
    bare = _without_extras(head)[0]
    lowered = bare.lower()
    is_file = lowered.endswith(".whl") or is_archive_name(bare) or is_refused_archive(bare)
    if editable or is_file or bare.startswith(".") or "/" in bare:
        return head
    return ""


def _is_vcs_address(name: str) -> bool:
    """Say whether what stands before an `@` begins `git+git@host:path`."""
    vcs, plus, _ = name.partition("+")
    if not plus:
        return False
    from xpip.formats.source_location import TRANSPORTS

    return vcs in TRANSPORTS


def _without_extras(location: str) -> tuple[str, str]:
    """Split `x.whl[a,b]` into `x.whl` and `[a,b]`."""
    if location.endswith("]"):
        start = location.rfind("[")
        if start > 0:
            return location[:start].rstrip(), location[start:]
    return location, ""


def _direct(text: RequirementText, location: str, cwd: str) -> SourcedRequirement | UnnamedSource:
    bare, extras = _without_extras(location)
    reference = _reference(text, bare, cwd)
    name = reference.name
    wheel = parse_wheel_name(reference.wheel)
    if wheel is not None:
        name = wheel.name
    rest = text.text.strip()[len(location) :].strip()
    marker = f" {rest}" if rest else ""
    shift = text.text.find(rest)
    if name:
        requirement = _parse(text, f"{name}{extras} @ {reference.url}{marker}", shift=shift)
        return _sourced(text, requirement, reference)
    if reference.source is None:
        raise _bad(text, "it names neither a wheel nor sources", 0)
    requirement = _parse(text, f"unnamed{extras} @ {reference.url}{marker}", shift=shift)
    return UnnamedSource(
        reference.source,
        tuple(sorted(requirement.extras)),
        str(requirement.marker or ""),
        text.origin,
        text.hashes + reference.hashes,
        text.settings,
    )


def _sourced(
    text: RequirementText, requirement: Requirement, reference: Reference
) -> SourcedRequirement:
    return SourcedRequirement(
        requirement, text.origin, text.hashes + reference.hashes, reference.source, text.settings
    )


def _reference(text: RequirementText, written: str, cwd: str) -> Reference:
    from xpip.formats.source_location import LocationError, read_reference

    try:
        return read_reference(written, cwd, text.editable)
    except LocationError as error:
        raise _bad(text, error.problem, 0, error.hints) from error


def _check_size(text: RequirementText) -> None:
    written = text.text
    if len(written) > MAXIMUM_LENGTH:
        raise _bad(text, f"a requirement may have {MAXIMUM_LENGTH} characters", MAXIMUM_LENGTH)
    depth = 0
    for offset, letter in enumerate(written) if written.count("(") > MAXIMUM_DEPTH else ():
        depth += (letter == "(") - (letter == ")")
        if depth > MAXIMUM_DEPTH:
            raise _bad(text, f"parentheses may be nested {MAXIMUM_DEPTH} deep", offset)
    if len(written) > MAXIMUM_DIGITS and "/" not in written:
        digits = 0
        for offset, letter in enumerate(written):
            digits = digits + 1 if letter.isdigit() else 0
            if digits > MAXIMUM_DIGITS:
                raise _bad(text, f"a number may have {MAXIMUM_DIGITS} digits", offset)


def _parse(text: RequirementText, candidate: str, *, shift: int = 0) -> Requirement:
    """Parse, with what `packaging` says of a text that is not valid.

    Args:
        shift: Where the tail of `candidate` stands in the text as written, when it was rewritten.
    """
    try:
        return Requirement(candidate)
    except InvalidRequirement as refusal:
        # The words are those of `packaging`, and so is the place.
        error = refusal.__cause__ or refusal
        span = getattr(error.__cause__, "span", None)
        # The end of the span is where packaging draws its caret.
        offset = span[1] if span else 0
        if candidate != text.text:
            offset = max(0, offset - len(candidate) + len(text.text)) if shift else 0
        message = str(error.__cause__ or error).partition("\n")[0].strip()
        raise _bad(text, _sentence(message), min(offset, len(text.text))) from refusal
    except (ValueError, RecursionError) as error:
        raise _bad(text, "it is too complicated to be read", 0) from error


def _sentence(message: str) -> str:
    message = message.rstrip(".")
    return message[:1].lower() + message[1:]


def _bad(
    text: RequirementText, problem: str, offset: int, hints: tuple[str, ...] = ()
) -> RequirementError:
    shown = _excerpt(text.text)
    unset = dict.fromkeys(unset_variables(text.text))
    hints = (*hints, *(f"the variable `{name}` is not set" for name in unset))
    if " = " in text.text and "==" not in text.text and not hints:
        hints = ("a version is given with `==`",)
    place = where(text.origin, offset)
    if isinstance(text.origin, FileOrigin):
        return RequirementError(
            f"{place}: `{shown}` is not a valid requirement: {problem}", hints=hints
        )
    return RequirementError(
        f"`{shown}` is not a valid requirement: {problem} (column {offset + 1})",
        details=(f"written on {place}",),
        hints=hints,
    )


def _excerpt(text: str) -> str:
    text = redact_text(text)
    text = "".join(letter if letter.isprintable() else "?" for letter in text)
    return text if len(text) <= 120 else f"{text[:117]}..."  # noqa: PLR2004  (a terminal's width)
