"""From the text of a requirement to a parsed one (PEP 508), with wheels named by path or URL.

`packaging` has no limits of its own: a marker with 3,000 parentheses ends in a RecursionError, one
of 20,000 terms takes a second and a version part of 5,000 digits is a bare ValueError. So sizes are
checked first, and whatever it raises is translated here and nowhere else.
"""

from __future__ import annotations

import posixpath

from xpip.errors import BuildError, RequirementError, UsageError
from xpip.formats.requirements_txt import DIGEST_LENGTHS, unset_variables
from xpip.formats.wheel_name import parse_wheel_name, sdist_stem
from xpip.model.link import Digest
from xpip.model.origin import FileOrigin
from xpip.model.records import TYPE_CHECKING
from xpip.model.requirement import RequirementText, SourcedRequirement
from xpip.model.urls import path_to_url, percent_decoded, redact_text, scheme_of, url_to_path

if TYPE_CHECKING:
    from packaging.requirements import Requirement

    from xpip.model.origin import Origin

MAXIMUM_LENGTH = 10_000
"""Characters of one requirement."""
MAXIMUM_DEPTH = 50
"""Parentheses within each other."""
MAXIMUM_DIGITS = 100
"""Digits in a row outside a URL."""

_VERSION_CONTROL = ("git", "hg", "svn", "bzr")
_WHEELS_ONLY = "xpip installs wheels only for now"


def parse_requirement(text: RequirementText, cwd: str) -> SourcedRequirement:
    """Return a requirement; the path or URL of a wheel becomes `name @ url` by its file name.

    A digest in the fragment of a URL goes to `hashes`, and the fragment is dropped.

    Args:
        cwd: Absolute folder that relative paths start from, as in pip.

    Raises:
        RequirementError: The text is not a requirement; the summary says where.
        BuildError: It names something that would have to be built.
    """
    written = text.text
    _check_size(text)
    if text.editable:
        raise _needs_build(text, "is to be installed editable")
    location = _location(written)
    if location:
        return _direct(text, location, cwd)
    requirement = _parse(text, written)
    if requirement.url is None:
        return SourcedRequirement(requirement, text.origin, text.hashes)
    filename, url, hashes = _resolve_location(text, requirement.url, cwd)
    _check_filename(text, filename)
    requirement.url = url
    return SourcedRequirement(requirement, text.origin, text.hashes + hashes)


def is_unnamed(text: RequirementText) -> bool:
    """Say whether the text is a bare path or URL instead of a requirement with a name."""
    return bool(_location(text.text))


def where(origin: Origin, offset: int = 0) -> str:
    """Return `path:line:column` for a file, `the command line` otherwise."""
    if isinstance(origin, FileOrigin):
        return f"{origin.path}:{origin.line}:{origin.column + offset}"
    return str(origin)


def _location(text: str) -> str:
    """Return the part of the text that is a bare URL or path; empty for a requirement by name.

    As in pip, only the text decides: a folder needs a separator or a leading `.`, an archive its
    suffix. `name @ path` has a name before the `@`.
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
    if at and name.strip() and "/" not in name and not name.startswith("."):
        return ""
    bare = _without_extras(head)[0]
    if bare.startswith(".") or "/" in bare or bare.lower().endswith(".whl") or sdist_stem(bare):
        return head
    return ""


def _without_extras(location: str) -> tuple[str, str]:
    """Split `x.whl[a,b]` into `x.whl` and `[a,b]`."""
    if location.endswith("]"):
        start = location.rfind("[")
        if start > 0:
            return location[:start].rstrip(), location[start:]
    return location, ""


def _direct(text: RequirementText, location: str, cwd: str) -> SourcedRequirement:
    bare, extras = _without_extras(location)
    filename, url, hashes = _resolve_location(text, bare, cwd)
    name = _check_filename(text, filename)
    rest = text.text.strip()[len(location) :].strip()
    marker = f" {rest}" if rest else ""
    requirement = _parse(text, f"{name}{extras} @ {url}{marker}", shift=text.text.find(rest))
    return SourcedRequirement(requirement, text.origin, text.hashes + hashes)


def _resolve_location(
    text: RequirementText, location: str, cwd: str
) -> tuple[str, str, tuple[Digest, ...]]:
    """Return file name, URL without fragment, and digests of the fragment."""
    scheme = scheme_of(location)
    url, _, fragment = location.partition("#")
    if scheme in ("http", "https"):
        path = url.partition("?")[0].partition("://")[2].partition("/")[2]
        return percent_decoded(path.rpartition("/")[2]), url, _fragment_digests(text, fragment)
    if scheme == "file":
        try:
            path = url_to_path(url)
        except UsageError as error:
            raise RequirementError(
                f"{where(text.origin)}: {error.summary}", hints=error.hints
            ) from error
        if not path.startswith("/"):
            path = posixpath.join(cwd, path)
    elif scheme.partition("+")[0] in _VERSION_CONTROL:
        raise _needs_build(text, "is a source repository")
    elif scheme:
        raise _bad(text, f"the scheme `{scheme}:` is not supported", 0)
    else:
        path, fragment = posixpath.join(cwd, location), ""
    is_folder = path.endswith("/")
    path = posixpath.normpath(path)
    name = posixpath.basename(path)
    if is_folder or not (name.lower().endswith(".whl") or sdist_stem(name)):
        raise _needs_build(text, "is a folder with sources")
    return name, path_to_url(path), _fragment_digests(text, fragment)


def _check_filename(text: RequirementText, filename: str) -> str:
    """Return the project's name, normalised, from the name of a wheel."""
    wheel = parse_wheel_name(filename)
    if wheel is not None:
        return wheel.name
    if filename.lower().endswith(".whl"):
        raise _bad(text, f"`{_excerpt(filename)}` is not a valid name of a wheel", 0)
    raise _needs_build(
        text, "is a source archive" if sdist_stem(filename) else "is not the URL of a wheel"
    )


def _fragment_digests(text: RequirementText, fragment: str) -> tuple[Digest, ...]:
    digests = []
    for field in fragment.split("&"):
        name, _, value = field.partition("=")
        length = DIGEST_LENGTHS.get(name)
        if length is None:
            continue
        if len(value) != length or value.lower().strip("0123456789abcdef"):
            raise _bad(text, f"a {name} digest has {length} hexadecimal digits", 0)
        digests.append(Digest(name, value.lower()))
    return tuple(digests)


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
    """Parse with packaging.

    Args:
        shift: Where the tail of `candidate` stands in the text as written, when it was rewritten.
    """
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        return Requirement(candidate)
    except InvalidRequirement as error:
        span = getattr(error.__cause__, "span", None)
        # The end of the span is where packaging draws its caret.
        offset = span[1] if span else 0
        if candidate != text.text:
            offset = max(0, offset - len(candidate) + len(text.text)) if shift else 0
        message = str(error.__cause__ or error).partition("\n")[0].strip()
        raise _bad(text, _sentence(message), min(offset, len(text.text))) from error
    except (ValueError, RecursionError) as error:
        raise _bad(text, "it is too complicated to be read", 0) from error


def _sentence(message: str) -> str:
    message = message.rstrip(".")
    return message[:1].lower() + message[1:]


def _bad(text: RequirementText, problem: str, offset: int) -> RequirementError:
    shown = _excerpt(text.text)
    hints = tuple(
        f"the variable `{name}` is not set" for name in dict.fromkeys(unset_variables(text.text))
    )
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


def _needs_build(text: RequirementText, why: str) -> BuildError:
    shown = _excerpt(text.text)
    return BuildError(
        f"`{shown}` {why}, and {_WHEELS_ONLY}",
        details=(f"asked for by {where(text.origin)}",),
        hints=("build a wheel of it first and install that",),
    )


def _excerpt(text: str) -> str:
    text = redact_text(text)
    text = "".join(letter if letter.isprintable() else "?" for letter in text)
    return text if len(text) <= 120 else f"{text[:117]}..."  # noqa: PLR2004  (a terminal's width)
