"""Is an installed distribution of the pinned version also the very thing that was pinned?"""

from __future__ import annotations

import os

from xpip.environment.records import read_record
from xpip.errors import XpipError
from xpip.model.records import TYPE_CHECKING
from xpip.model.urls import url_to_path
from xpip.store.wheels import read_rows, wheel_keys

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from xpip.model.distribution import InstalledDistribution
    from xpip.model.source import SourceLocation
    from xpip.planner.exact import Pin
    from xpip.store.layout import Store

DAMAGED = "damaged RECORD"
HASH = "other hash"
ORIGIN = "other origin"
EDITABLE = "editable or not"
CHANGED = "changed sources"
UNFINISHED = "installed by half"

_COMMIT_LENGTH = 40
_BUILD_FILES = ("pyproject.toml", "setup.py", "setup.cfg")
"""What is compared with the time of an installation from a folder, as uv does: looking at every
file of a folder would take longer than installing it."""
_DIRECT_URL = "direct_url.json"
_NONE: Mapping[str, str] = {}


class Judge:
    """Compares distributions with pins; what nobody can tell is believed to be right."""

    def __init__(self, store: Store, variables: Mapping[str, str] = _NONE) -> None:
        """Read nothing yet.

        Args:
            variables: All variables of xpip itself, for programs that look into checkouts.
        """
        self._store = store
        self._variables = variables
        self._keys: frozenset[str] | None = None

    def __call__(self, distribution: InstalledDistribution, pin: Pin) -> str:
        """Return what is wrong with a distribution, empty when nothing is."""
        if distribution.legacy:
            return self._judge_legacy(distribution, pin)
        try:
            record = read_record(distribution)
        except XpipError:
            return DAMAGED
        if record is None or not is_whole(record, distribution.info_folder):
            # What shines through from the base interpreter is not ours to mend.
            return DAMAGED if distribution.changeable else ""
        if "/INSTALLER," not in record and is_unfinished(distribution, record):
            return UNFINISHED
        if pin.url or f"/{_DIRECT_URL}," in record:
            return _judge_origin(distribution, pin, self._variables)
        return self._judge_hash(record, pin) if pin.hashes and distribution.changeable else ""

    @staticmethod
    def _judge_legacy(distribution: InstalledDistribution, pin: Pin) -> str:
        is_link = distribution.info_folder.endswith(".egg-link")
        if pin.editable or is_link:
            return EDITABLE if is_link != pin.editable else ORIGIN
        return ORIGIN if pin.url else ""

    def _judge_hash(self, record: str, pin: Pin) -> str:
        """Compare RECORD with those of the allowed wheels that the store has.

        A distribution does not say which file it was installed from. Where the store has none of
        the allowed files, the version has to do.
        """
        if self._keys is None:
            self._keys = wheel_keys(self._store)
        known = False
        for digest in pin.hashes:
            if digest.algorithm == "sha256" and digest.value in self._keys:
                rows = read_rows(self._store, digest.value)
                if rows is None:
                    continue
                if has_rows(record, rows):
                    return ""
                known = True
        return HASH if known else ""


def is_unfinished(distribution: InstalledDistribution, record: str) -> bool:
    """Say whether an installation was broken off: pip and uv write INSTALLER after all files.

    Until then RECORD is that of the wheel.
    """
    if distribution.legacy or not distribution.changeable or "/INSTALLER," in record:
        return False
    folder = f"{distribution.location}/{distribution.info_folder}"
    return not os.path.exists(f"{folder}/INSTALLER")


def is_whole(record: str, info_folder: str) -> bool:
    """Say whether a RECORD looks like one that was written to its end.

    Paths are not looked at: `--repair` does that.
    """
    if not record.endswith("\n") or "\0" in record:
        # pip ends every row; some build tools leave the end of the last one out.
        record += "\n"
        if "\0" in record:
            return False
    return f"{info_folder}/RECORD," in record and record.count(",") >= 2 * record.count("\n")


def has_rows(record: str, rows: str) -> bool:
    """Say whether a RECORD has all rows of a wheel, in whatever order."""
    # xpip writes them first and in this order; other installers sort or rewrite them.
    return record.startswith(rows) or set(rows.splitlines()) <= set(record.splitlines())


def _judge_origin(
    distribution: InstalledDistribution, pin: Pin, variables: Mapping[str, str]
) -> str:
    """Compare direct_url.json with what was pinned.

    Spec: https://packaging.python.org/en/latest/specifications/direct-url-data-structure/
    """
    import json

    path = f"{distribution.location}/{distribution.info_folder}/{_DIRECT_URL}"
    try:
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
    except (OSError, ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        return ORIGIN
    folder = found.get("dir_info")
    is_editable = isinstance(folder, dict) and folder.get("editable") is True
    if is_editable != pin.editable:
        return EDITABLE
    source = pin.source
    if is_editable and source is not None and source.kind == "vcs":
        return _judge_checkout(found.get("url"), source, variables)
    if not pin.url or found.get("url") != pin.url.partition("#")[0]:
        return ORIGIN
    if source is not None and (found.get("subdirectory") or "") != source.subdirectory:
        return ORIGIN
    if source is not None and source.kind == "vcs":
        return _judge_commit(found.get("vcs_info"), source)
    if source is not None and source.kind == "directory":
        return "" if is_editable else _judge_folder(distribution, source)
    return _judge_archive(found.get("archive_info"), pin)


def _judge_commit(info: Any, source: SourceLocation) -> str:
    if not isinstance(info, dict) or info.get("vcs") != source.vcs:
        return ORIGIN
    if len(source.revision) == _COMMIT_LENGTH and info.get("commit_id") == source.revision:
        return ""
    return "" if (info.get("requested_revision") or "") == source.revision else ORIGIN


def _judge_checkout(url: object, source: SourceLocation, variables: Mapping[str, str]) -> str:
    """Say whether the checkout that an editable project lies in is what was pinned.

    Without a full commit in the pin any revision of the repository will do: it may be worked in.
    """
    from xpip.vcs.frozen import standing_of

    if not isinstance(url, str) or not url.startswith("file://"):
        return ORIGIN
    try:
        reference = standing_of(url_to_path(url), "x", variables).reference
    except XpipError:
        return ORIGIN
    place, _, fragment = reference.partition("#")
    repository, _, commit = place.rpartition("@")
    below = fragment.partition("&subdirectory=")[2]
    if (repository.removeprefix(f"{source.vcs}+"), below) != (source.url, source.subdirectory):
        return ORIGIN
    is_exact = len(source.revision) == _COMMIT_LENGTH
    return ORIGIN if is_exact and commit != source.revision else ""


def _judge_folder(distribution: InstalledDistribution, source: SourceLocation) -> str:
    """Say whether what decides a build was changed after the installation."""
    folder = os.path.join(url_to_path(source.url), source.subdirectory)
    try:
        installed = os.stat(f"{distribution.location}/{distribution.info_folder}").st_mtime_ns
    except OSError:
        return DAMAGED
    for name in _BUILD_FILES:
        try:
            if os.stat(f"{folder}/{name}").st_mtime_ns > installed:
                return CHANGED
        except OSError:
            continue
    return ""


def _judge_archive(info: Any, pin: Pin) -> str:
    if not pin.hashes:
        return ""
    if not isinstance(info, dict):
        return ORIGIN
    hashes = info.get("hashes")
    stated = {f"{name}:{value}" for name, value in hashes.items()} if hashes else set()
    if not stated and isinstance(info.get("hash"), str):
        stated = {str(info["hash"]).replace("=", ":", 1)}
    return "" if not stated or stated & set(map(str, pin.hashes)) else HASH
