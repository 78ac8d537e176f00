"""Where environments are that hold hard links to blobs, so that an edit can be told to its victims.

An environment is noted once, by one small file, when something is installed to it. Which of its
files share an inode with a blob is not written down: the wheels that have the blob say where the
file is in an environment, and looking there costs one `lstat` each.
"""

from __future__ import annotations

import os

from xpip.model.records import TYPE_CHECKING
from xpip.store.keys import key_of
from xpip.store.layout import ENVIRONMENTS
from xpip.store.packing import keep_packed, read_packed
from xpip.store.removal import entries_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xpip.model.distribution import StoredFile, StoredWheel
    from xpip.model.environment import Layout
    from xpip.store.layout import Store

_LIBRARY = "library"


def note_environment(store: Store, layout: Layout) -> None:
    """Remember where an environment is; nothing is said when the store cannot take it."""
    path = note_path(store, layout)
    is_own = layout.prefix.startswith(f"{store.root}/")
    if is_own or store.temporary or os.path.exists(path):
        return
    folders = (
        (_LIBRARY, layout.purelib),
        (_LIBRARY, layout.platlib),
        ("purelib", layout.purelib),
        ("platlib", layout.platlib),
        ("scripts", layout.scripts),
        ("data", layout.data),
        ("headers", layout.headers),
    )
    keep_packed(store, path, (layout.prefix, tuple(dict.fromkeys(folders))))


def note_path(store: Store, layout: Layout) -> str:
    """Return where `note_environment` notes an environment."""
    return store.path(ENVIRONMENTS, key_of(layout.prefix, layout.purelib))


def holders_of(
    store: Store, blob: str, users: Iterable[tuple[StoredWheel, StoredFile]]
) -> tuple[str, ...]:
    """Return the environments that have the very inode of a blob, sorted.

    Those that are not known (made on another machine, or by an older xpip) are missing.

    Args:
        blob: Absolute path.
        users: Wheels with their files that this is the blob of.
    """
    try:
        status = os.lstat(blob)
    except OSError:
        return ()
    if status.st_nlink < 2:  # noqa: PLR2004 - its own name is the first
        return ()
    places = [place for wheel, file in users for place in _places(wheel, file.blob)]
    found = set()
    for entry in entries_of(f"{store.root}/{ENVIRONMENTS}"):
        fields = read_packed(entry.path)
        if type(fields) is not tuple or len(fields) != 2:  # noqa: PLR2004
            continue
        prefix, folders = fields
        for scheme, below in places:
            for known, folder in folders:
                if known == scheme and _is_same(f"{folder}/{below}", status):
                    found.add(str(prefix))
    return tuple(sorted(found))


def _places(wheel: StoredWheel, blob: str) -> list[tuple[str, str]]:
    """Return (scheme, path below its folder) of all files of a wheel that share a blob."""
    found = []
    for folder in wheel.folders:
        for file in folder.files:
            if file.blob == blob:
                below = f"{folder.path}/{file.name}" if folder.path else file.name
                found.append((folder.scheme, below))
                if folder.scheme == "headers":
                    found.append((folder.scheme, f"{wheel.name}/{below}"))
    return found


def _is_same(path: str, status: os.stat_result) -> bool:
    try:
        return os.path.samestat(os.lstat(path), status)
    except OSError:
        return False
