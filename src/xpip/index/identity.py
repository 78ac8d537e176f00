"""Whether metadata is about the file that it stands beside."""

from __future__ import annotations

from xpip.errors import IntegrityError
from xpip.model.file_names import parse_sdist_name, parse_wheel_name, sdist_stem
from xpip.model.names import normalized_name
from xpip.model.records import TYPE_CHECKING
from xpip.model.versions_text import parse_version

if TYPE_CHECKING:
    from xpip.model.dependencies import CoreMetadata


def ensure_same(metadata: CoreMetadata, filename: str) -> CoreMetadata:
    """Return the metadata if its name and version are those of the file name.

    Raises:
        IntegrityError: They are not: an index entry must not stand for another project or version.
    """
    wheel = parse_wheel_name(filename)
    project = normalized_name(metadata.name)
    if wheel is not None:
        meant_text = wheel.version if wheel.name == project else None
    elif sdist_stem(filename) is not None:
        meant_text = parse_sdist_name(filename, project)
    else:
        raise damaged(filename, "its name is not that of a wheel")
    if meant_text is None:
        raise damaged(filename, f"its METADATA is about `{metadata.name}`")
    told, meant = parse_version(metadata.version), parse_version(meant_text)
    if told is None or told != meant:
        raise damaged(filename, f"its METADATA is about version `{metadata.version}`")
    return metadata


def damaged(filename: str, problem: str) -> IntegrityError:
    """Return the error for a wheel that cannot be what it says."""
    return IntegrityError(f"`{filename}` is not a usable wheel: {problem}")
