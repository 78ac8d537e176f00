"""Does a wheel say of itself what the resolution was told of it?

A resolution reads metadata that stands beside a wheel. An index that says something else there than
in the wheel would have other packages installed than those that the wheel needs.
"""

from __future__ import annotations

from xpip.errors import IntegrityError
from xpip.model.dependencies import CoreMetadata
from xpip.model.names import normalized_name
from xpip.model.records import TYPE_CHECKING
from xpip.model.urls import redact
from xpip.store.metadata import metadata_digest, metadata_facts, metadata_key, read_metadata

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.model.distribution import StoredWheel
    from xpip.model.resolution import ResolvedPackage
    from xpip.store.layout import Store

_FIELDS = ("Name", "Version", "Requires-Python", "Requires-Dist", "Provides-Extra")


def ensure_as_resolved(
    packages: Sequence[ResolvedPackage], wheels: Sequence[StoredWheel], store: Store
) -> None:
    """Make sure that wheels have the metadata that the resolution was made from.

    Args:
        packages: In the order of `wheels`.

    Raises:
        IntegrityError: One has not.
    """
    for package, wheel in zip(packages, wheels, strict=True):
        found = CoreMetadata(*wheel.metadata)
        if not package.metadata_digest or package.metadata_digest == metadata_digest(found):
            continue
        told = read_metadata(store, metadata_key(package.file))
        differences: tuple[str, ...] = ()
        if told is not None and metadata_digest(told) == package.metadata_digest:
            differences = _differences(told, found)
            if not differences:
                continue
        raise IntegrityError(
            f"the metadata of `{wheel.filename}` is not what its index told",
            details=(*differences, f"from: {redact(package.file.url)}"),
            hints=(
                "tell who runs the index: its metadata file and the wheel must say the same",
                f"after that is mended, `xpip cache clean {package.name}` forgets what was told",
            ),
        )


def _differences(told: CoreMetadata, found: CoreMetadata) -> tuple[str, ...]:
    """Return a line for each value that only one side has; spelling does not matter."""
    lines = []
    facts = zip(_FIELDS, metadata_facts(told), metadata_facts(found), strict=True)
    for field, before, after in facts:
        told_values, found_values = _spelled(field, before), _spelled(field, after)
        lines += [
            f"only the index says: `{field}: {value}`"
            for key, value in told_values.items()
            if key not in found_values
        ]
        lines += [
            f"only the wheel says: `{field}: {value}`"
            for key, value in found_values.items()
            if key not in told_values
        ]
    return tuple(lines)


def _spelled(field: str, value: str | tuple[str, ...]) -> dict[str, str]:
    """Return canonical text -> text as written, of all values of a field."""
    values = (value,) if isinstance(value, str) else value
    return {_canonical(field, text): text for text in values if text}


def _canonical(field: str, text: str) -> str:
    from xpip.model.parsed_requirement import InvalidRequirement, Requirement
    from xpip.model.specifier import InvalidSpecifier, SpecifierSet
    from xpip.model.version import InvalidVersion, Version

    try:
        if field == "Requires-Dist":
            requirement = Requirement(text)
            requirement.name = normalized_name(requirement.name)
            return str(requirement)
        if field == "Requires-Python":
            return str(SpecifierSet(text))
        if field == "Version":
            return str(Version(text))
    except (InvalidRequirement, InvalidSpecifier, InvalidVersion):
        return text
    return text
