"""Wheels that were built here, and metadata that only a build could tell.

An entry is named by everything that decides what comes out: the sources, the settings of the build
and the Python it is for. It says which unpacked wheel it is and what the build environment had. The
wheel file itself is kept beside it, so that an emptied store of wheels costs no second build.
"""

from __future__ import annotations

import os

from xpip.model.dependencies import CoreMetadata
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.store.keys import key_of
from xpip.store.layout import BUILT, BUILT_WHEELS
from xpip.store.packing import keep_packed, read_packed, unwritable, write_packed
from xpip.store.wheels import is_key, read_wheel

if TYPE_CHECKING:
    from xpip.model.distribution import StoredWheel
    from xpip.store.layout import Store

_WHEEL_FIELDS = 4
_METADATA_FIELDS = len(CoreMetadata._fields)


class BuiltWheel(NamedTuple):
    """A wheel that was built here."""

    name: str
    """Of the project, as its metadata spells it."""
    key: str
    """sha256 of the wheel file."""
    filename: str
    requirements: tuple[str, ...] = ()
    """`name==version` of everything in the build environment, sorted; empty without isolation."""


def read_built(store: Store, key: str) -> BuiltWheel | None:
    """Return what was built under a key, None when nothing was."""
    if is_key(key):
        for path in store.paths(BUILT, key):
            fields = read_packed(path)
            if type(fields) is tuple and len(fields) == _WHEEL_FIELDS and is_key(fields[1]):
                return BuiltWheel(*fields)
    return None


def read_built_wheel(store: Store, key: str) -> StoredWheel | None:
    """Return the unpacked wheel that was built under a key, None when it has to be built again."""
    built = read_built(store, key)
    if built is None:
        return None
    wheel = read_wheel(store, built.key)
    if wheel is not None:
        return wheel
    path = built_file(store, key)
    if path is None:
        return None
    from xpip.errors import XpipError
    from xpip.store.unpack import add_wheel

    try:
        wheel = add_wheel(store, path, built.filename, ())
    except XpipError:
        # A damaged file is no reason to fail: the sources are still there.
        return None
    return wheel if wheel.key == built.key else None


def built_file(store: Store, key: str) -> str | None:
    """Return the path of the wheel file that was built under a key, None when it is gone."""
    for path in store.paths(BUILT_WHEELS, f"{key}.whl"):
        if os.path.exists(path):
            return path
    return None


def keep_built(store: Store, key: str, built: BuiltWheel, path: str) -> None:
    """Keep a wheel that was just built; nothing stays under its old path.

    Raises:
        StoreFault: The store cannot take it.
    """
    target = store.path(BUILT_WHEELS, f"{key}.whl")
    try:
        try:
            os.replace(path, target)
        except FileNotFoundError:
            os.makedirs(os.path.dirname(target), mode=0o700, exist_ok=True)
            os.replace(path, target)
    except OSError as error:
        raise unwritable(f"keep `{built.filename}` in the cache", error) from error
    write_packed(store, store.path(BUILT, key), tuple(built))


def read_answer(store: Store, key: str, question: str) -> tuple[str, ...] | None:
    """Return what a backend answered before when it was asked under a key, None when it was not.

    Args:
        question: Such as the name of a hook.
    """
    for path in store.paths(BUILT, key_of(key, question)):
        fields = read_packed(path)
        if type(fields) is tuple and len(fields) == 3 and fields[1] == question:  # noqa: PLR2004
            answer = fields[2]
            return answer if type(answer) is tuple else None
    return None


def keep_answer(
    store: Store, key: str, question: str, project: str, answer: tuple[object, ...]
) -> None:
    """Remember what a backend answered; nothing is said when the store cannot take it.

    Args:
        project: Its normalised name, where it is known.
    """
    keep_packed(store, store.path(BUILT, key_of(key, question)), (project, question, answer))


def read_told_metadata(store: Store, key: str) -> CoreMetadata | None:
    """Return the metadata that is known for a key, None when a build has to be asked."""
    fields = read_answer(store, key, "metadata")
    if fields is None or len(fields) != _METADATA_FIELDS:
        return None
    return CoreMetadata(*fields)  # type: ignore[arg-type]


def keep_told_metadata(store: Store, key: str, metadata: CoreMetadata) -> None:
    """Remember metadata under a key; nothing is said when the store cannot take it."""
    keep_answer(store, key, "metadata", metadata.name, tuple(metadata))
