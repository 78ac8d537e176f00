"""What the file name of a wheel or sdist tells.

A page of an index can list 5,000 files, so this costs some 2 microseconds a name and imports
nothing. Names that a file system, a terminal or another tool could read differently are refused.
"""

from __future__ import annotations

from xpip.model.names import normalized_name
from xpip.model.records import NamedTuple

MAXIMUM_LENGTH = 512
"""Characters of a file name; file systems stop at 255 bytes."""
MAXIMUM_TAGS = 1024
"""Tags that one compressed tag set may stand for; the largest in use stand for some 50."""
MAXIMUM_BUILD_DIGITS = 18
SDIST_SUFFIXES = (
    ".tar.gz",
    ".zip",
    ".tar.bz2",
    ".tgz",
    ".tar.xz",
    ".tar",
    ".tbz",
    ".txz",
    ".tar.z",
)

# Names and compressed tag sets repeat on a page: 4,000 files of one project have some 60 sets.
_normalized: dict[str, str] = {}
_expanded: dict[str, tuple[str, ...]] = {}
_CACHE_LIMIT = 4096


class WheelName(NamedTuple):
    """The parts of a wheel's file name.

    Spec: https://packaging.python.org/en/latest/specifications/binary-distribution-format/
    """

    name: str
    """Normalised."""
    version: str
    """As written, which need not be a valid version."""
    build: tuple[int, str] | tuple[()]
    """Leading number and the rest; empty without a build tag, which sorts before any."""
    tags: tuple[str, ...]
    """Single tags such as `py3-none-any`, in the order of the name."""


def parse_wheel_name(filename: str) -> WheelName | None:
    """Return the parts of a wheel's file name, None when it is not one.

    `%2B` stands for the `+` of a local version: some indexes copy it out of the URL.
    """
    if filename[-4:].lower() != ".whl" or len(filename) > MAXIMUM_LENGTH:
        return None
    if "%" in filename:
        filename = filename.replace("%2B", "+").replace("%2b", "+")
    parts = filename[:-4].split("-")
    if len(parts) == 5:  # noqa: PLR2004  (name, version, three tags)
        name, version, interpreters, abis, platforms = parts
        build: tuple[int, str] | tuple[()] = ()
    elif len(parts) == 6:  # noqa: PLR2004  (the same with a build tag)
        name, version, build_text, interpreters, abis, platforms = parts
        parsed = _parse_build(build_text)
        if parsed is None:
            return None
        build = parsed
    else:
        return None
    normalized = _normalized.get(name) or _normalize(name)
    if not normalized or not is_version_like(version):
        return None
    tag_text = f"{interpreters}-{abis}-{platforms}"
    tags = _expanded.get(tag_text)
    if tags is None:
        tags = expand_tags(tag_text)
        if not tags:
            return None
        if len(_expanded) >= _CACHE_LIMIT:
            _expanded.clear()
        _expanded[tag_text] = tags
    return WheelName(normalized, version, build, tags)


def parse_sdist_name(filename: str, project: str) -> str | None:
    """Return the version text of a project's sdist, None when it is not one.

    The version starts after the last hyphen: `foo-2-2.tar.gz` is `foo-2` 2 and never `foo` 2-2,
    which a name made up by somebody else could use to pass for a release of `foo`.

    Args:
        project: Normalised name of the project on whose page the file is listed.
    """
    stem = sdist_stem(filename)
    if stem is None:
        return None
    name, hyphen, version = stem.rpartition("-")
    if not hyphen or not is_project_name(name) or not is_version_like(version):
        return None
    return version if normalized_name(name) == project else None


def sdist_stem(filename: str) -> str | None:
    """Return the file name of a source archive without its suffix, None when it is not one."""
    if len(filename) > MAXIMUM_LENGTH:
        return None
    lowered = filename.lower()
    if not lowered.endswith(SDIST_SUFFIXES):
        return None
    for suffix in SDIST_SUFFIXES:
        if lowered.endswith(suffix):
            stem = filename[: -len(suffix)]
            return stem.replace("%2B", "+").replace("%2b", "+") if "%" in stem else stem
    return None


def is_project_name(text: str) -> bool:
    """Say whether this is a valid project name, normalised or not.

    Spec: https://packaging.python.org/en/latest/specifications/name-normalization/
    """
    return (
        text.isascii()
        and text[:1].isalnum()
        and text[-1].isalnum()
        and (text.isalnum() or text.replace("_", "").replace(".", "").replace("-", "").isalnum())
    )


def is_version_like(text: str) -> bool:
    """Say whether this has only characters that a version may have."""
    return text.isascii() and (
        text.replace(".", "").isalnum() or text.translate(_VERSION_PUNCTUATION).isalnum()
    )


_VERSION_PUNCTUATION = str.maketrans("", "", "._-+!")


def expand_tags(text: str) -> tuple[str, ...]:
    """Return the single tags of a compressed tag set, `()` when it is not a valid one."""
    parts = text.lower().split("-")
    if len(parts) != 3 or not text.isascii():  # noqa: PLR2004  (interpreter, ABI, platform)
        return ()
    interpreters, abis, platforms = (part.split(".") for part in parts)
    if len(interpreters) * len(abis) * len(platforms) > MAXIMUM_TAGS:
        return ()
    for group in (interpreters, abis, platforms):
        for tag in group:
            if not tag.replace("_", "").isalnum():
                return ()
    return tuple(
        f"{interpreter}-{abi}-{platform}"
        for interpreter in interpreters
        for abi in abis
        for platform in platforms
    )


def _normalize(name: str) -> str:
    """Return the normalised name, empty for what is none."""
    if not is_project_name(name):
        return ""
    if len(_normalized) >= _CACHE_LIMIT:
        _normalized.clear()
    normalized = _normalized[name] = normalized_name(name)
    return normalized


def _parse_build(text: str) -> tuple[int, str] | None:
    """Return the number a build tag starts with and the rest, None when it has none."""
    rest = text.lstrip("0123456789")
    digits = text[: len(text) - len(rest)]
    if not digits or len(digits) > MAXIMUM_BUILD_DIGITS:
        return None
    if rest and not (rest.isascii() and rest.translate(_VERSION_PUNCTUATION).isalnum()):
        return None
    return int(digits), rest
