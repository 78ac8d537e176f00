"""Core metadata of wheels that need not be unpacked to be asked for it."""

from __future__ import annotations

from marshal import dumps, loads

from xpip.model.names import normalized_name
from xpip.model.records import TYPE_CHECKING
from xpip.model.release_metadata import FIELDS, ReleaseMetadata, fields_of
from xpip.store.keys import key_of
from xpip.store.layout import METADATA
from xpip.store.packing import keep_packed, read_packed
from xpip.store.wheels import is_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xpip.model.dependencies import CoreMetadata
    from xpip.model.link import IndexFile
    from xpip.store.layout import Store

_BUNDLE = "bundle"
_BUNDLE_FIELDS = 2


def metadata_key(file: IndexFile) -> str:
    """Return under which key the metadata of a file is kept.

    It is the sha256 of the file where the index states one, else a digest of where the file is.
    """
    stated = file.digest("sha256")
    if stated is not None and is_key(stated):
        return stated
    from xpip.store.pointers import file_identity

    return file_identity(file)


def read_release(store: Store, key: str) -> ReleaseMetadata | None:
    """Return what is known, None when it has to be fetched."""
    if is_key(key):
        for path in store.paths(METADATA, key):
            fields = read_packed(path)
            if type(fields) is tuple and len(fields) == FIELDS:
                return ReleaseMetadata(fields, loads, loads)
    return None


def read_metadata(store: Store, key: str) -> CoreMetadata | None:
    """Return what is known, None when it has to be fetched."""
    found = read_release(store, key)
    return None if found is None else found.core


def write_metadata(
    store: Store, key: str, metadata: CoreMetadata, filename: str = ""
) -> ReleaseMetadata:
    """Remember metadata; nothing is said when the store cannot take it.

    Args:
        filename: Of the file that the metadata was found to belong to; empty for none.
    """
    fields = fields_of(metadata, filename, metadata_digest(metadata), dumps)
    if is_key(key):
        keep_packed(store, store.path(METADATA, key), fields)
    return ReleaseMetadata(fields, loads, loads)


def release_metadata(metadata: CoreMetadata, filename: str) -> ReleaseMetadata:
    """Return metadata that is not to be remembered."""
    return ReleaseMetadata(
        fields_of(metadata, filename, metadata_digest(metadata), dumps), loads, loads
    )


def read_bundle(store: Store, project: str) -> dict[str, bytes]:
    """Return what `write_bundle` has put together for a project, by key; perhaps nothing."""
    for path in store.paths(METADATA, key_of(_BUNDLE, project)):
        fields = read_packed(path)
        if type(fields) is tuple and len(fields) == _BUNDLE_FIELDS and fields[0] == project:
            return dict(fields[1])
    return {}


def write_bundle(store: Store, project: str, releases: Mapping[str, bytes]) -> None:
    """Keep the metadata of many releases of a project in one file as well.

    Opening 3,000 files for the releases of boto3 and botocore takes as long as solving.

    Args:
        releases: By key, from `bundled`.
    """
    path = store.path(METADATA, key_of(_BUNDLE, project))
    keep_packed(store, path, (project, tuple(releases.items())))


def bundled(release: ReleaseMetadata) -> bytes:
    """Return one release as it stands in a bundle."""
    return dumps(release.fields)


def unbundled(data: bytes) -> ReleaseMetadata:
    """Return one release of a bundle."""
    return ReleaseMetadata(loads(data), loads, loads)  # noqa: S302 - its file was checked


def metadata_digest(metadata: CoreMetadata) -> str:
    """Return a digest of what decides a resolution; the order of lines does not matter."""
    return key_of(*metadata_facts(metadata))


def metadata_facts(metadata: CoreMetadata) -> tuple[str | tuple[str, ...], ...]:
    """Return what decides a resolution: name, version, Python, requirements, extras."""
    return (
        normalized_name(metadata.name),
        metadata.version,
        metadata.requires_python,
        tuple(sorted(metadata.requires_dist)),
        tuple(sorted(metadata.provides_extra)),
    )
