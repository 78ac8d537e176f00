"""Core metadata of wheels that need not be unpacked to be asked for it."""

from __future__ import annotations

from xpip.model.dependencies import CoreMetadata
from xpip.model.records import TYPE_CHECKING
from xpip.store.layout import METADATA
from xpip.store.packing import keep_packed, read_packed
from xpip.store.pointers import file_identity
from xpip.store.wheels import is_key

if TYPE_CHECKING:
    from xpip.model.link import IndexFile
    from xpip.store.layout import Store

_FIELDS = len(CoreMetadata._fields)


def metadata_key(file: IndexFile) -> str:
    """Return under which key the metadata of a file is kept.

    It is the sha256 of the file where the index states one, else a digest of where the file is.
    """
    stated = file.digest("sha256")
    if stated is not None and is_key(stated):
        return stated
    return file_identity(file)


def read_metadata(store: Store, key: str) -> CoreMetadata | None:
    """Return what is known, None when it has to be fetched."""
    if is_key(key):
        for path in store.paths(METADATA, key):
            fields = read_packed(path)
            if type(fields) is tuple and len(fields) == _FIELDS:
                return CoreMetadata(*fields)
    return None


def write_metadata(store: Store, key: str, metadata: CoreMetadata) -> None:
    """Remember metadata; nothing is said when the store cannot take it."""
    if is_key(key):
        keep_packed(store, store.path(METADATA, key), tuple(metadata))
