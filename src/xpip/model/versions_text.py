"""Version and specifier text from strangers, parsed once and never larger than is sane.

`packaging` converts a version part of any length with `int`, which raises a bare ValueError from
4,300 digits on, and it does so late: at the first comparison. So sizes are looked at here, first.
"""

from __future__ import annotations

from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet
    from packaging.version import Version

MAXIMUM_VERSION_LENGTH = 256
"""Characters; the longest version on PyPI has some 100."""
MAXIMUM_SPECIFIER_LENGTH = 8192
"""Characters of a whole specifier set."""
_CACHE_LIMIT = 1 << 16

_versions: dict[str, Version | None] = {}
_specifiers: dict[str, SpecifierSet | None] = {}


def parse_version(text: str) -> Version | None:
    """Return the version, None when it is not valid by PEP 440 or absurdly long."""
    try:
        return _versions[text]
    except KeyError:
        pass
    from packaging.version import InvalidVersion, Version

    version: Version | None = None
    if len(text) <= MAXIMUM_VERSION_LENGTH:
        try:
            version = Version(text)
        except InvalidVersion:
            version = None
    if len(_versions) >= _CACHE_LIMIT:
        _versions.clear()
    _versions[text] = version
    return version


def parse_specifier(text: str) -> SpecifierSet | None:
    """Return the specifier set, None when it is not valid by PEP 440 or absurdly long."""
    try:
        return _specifiers[text]
    except KeyError:
        pass
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    specifier: SpecifierSet | None = None
    if is_sane_specifier(text):
        try:
            specifier = SpecifierSet(text)
        except InvalidSpecifier:
            specifier = None
    if len(_specifiers) >= _CACHE_LIMIT:
        _specifiers.clear()
    _specifiers[text] = specifier
    return specifier


def is_sane_specifier(text: str) -> bool:
    """Say whether neither the text nor one version in it is absurdly long."""
    if len(text) <= MAXIMUM_VERSION_LENGTH:
        return True
    return len(text) <= MAXIMUM_SPECIFIER_LENGTH and all(
        len(part) <= MAXIMUM_VERSION_LENGTH for part in text.split(",")
    )
