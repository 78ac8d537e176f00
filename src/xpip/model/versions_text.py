"""Version and specifier text from strangers, parsed once and never larger than is sane."""

from __future__ import annotations

from xpip.model.parsed_requirement import specifier_of
from xpip.model.specifier import MAXIMUM_LENGTH as MAXIMUM_SPECIFIER_LENGTH
from xpip.model.specifier import InvalidSpecifier, SpecifierSet
from xpip.model.version import MAXIMUM_LENGTH as MAXIMUM_VERSION_LENGTH
from xpip.model.version import Version, read

__all__ = [
    "MAXIMUM_SPECIFIER_LENGTH",
    "MAXIMUM_VERSION_LENGTH",
    "admits_python",
    "parse_specifier",
    "parse_version",
]

_CACHE_LIMIT = 1 << 16

_versions: dict[str, Version | None] = {}


def parse_version(text: str) -> Version | None:
    """Return the version, None when it is not valid by PEP 440 or absurdly long."""
    try:
        return _versions[text]
    except KeyError:
        pass
    found = read(text)
    version = None if found is None else Version.known(*found)
    if len(_versions) >= _CACHE_LIMIT:
        _versions.clear()
    _versions[text] = version
    return version


def parse_specifier(text: str) -> SpecifierSet | None:
    """Return the specifier set, None when it is not valid by PEP 440 or absurdly long."""
    try:
        return specifier_of(text)
    except InvalidSpecifier:
        return None


def admits_python(specifier: str, python_version: str) -> bool | None:
    """Say whether a Requires-Python admits an interpreter; None when it is no specifier.

    Everything admits an interpreter whose version is none, such as `3.14.0a1+` of a checkout.
    """
    if not specifier:
        return True
    parsed = parse_specifier(specifier)
    if parsed is None:
        return None
    version = parse_version(python_version)
    return version is None or parsed.contains(version)
