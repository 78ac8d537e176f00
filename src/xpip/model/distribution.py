"""Wheels in the store and distributions in an environment."""

from __future__ import annotations

from xpip.model.records import NamedTuple


class StoredFile(NamedTuple):
    """One file of a stored wheel."""

    name: str
    """Last part of its path."""
    blob: str
    """Name below the `files` bucket, such as `ab/cdef...`; empty when only `content` has it."""
    size: int
    content: bytes | None = None
    """The bytes themselves for a small file (`store.wheels.INLINE_SIZE`), whose blob belongs to
    this wheel alone; None for all others."""
    executable: bool = False


class StoredFolder(NamedTuple):
    """One folder of a stored wheel with the files directly in it."""

    scheme: str
    """`library` (purelib or platlib, as the wheel says), or a folder of `.data`: `purelib`,
    `platlib`, `scripts`, `headers`, `data`."""
    path: str
    """Below the scheme's folder, with `/`; empty for that folder itself."""
    files: tuple[StoredFile, ...]


class StoredWheel(NamedTuple):
    """A wheel that was verified and unpacked; a wheel is in the store iff its manifest is."""

    key: str
    """sha256 of the wheel file, hexadecimal."""
    name: str
    """As METADATA spells it."""
    version: str
    """As METADATA spells it."""
    filename: str
    root_is_purelib: bool
    info_folder: str
    """Name of the dist-info folder."""
    folders: tuple[StoredFolder, ...]
    """Parents before children; every folder that must exist is listed, with files or without.
    The dist-info folder is listed without RECORD, INSTALLER, REQUESTED and direct_url.json."""
    record: str
    """RECORD rows, each ended by `\\n`, of all files of scheme `library`, in install order."""
    console_scripts: tuple[tuple[str, str], ...]
    """(script name, `module:object`)."""
    gui_scripts: tuple[tuple[str, str], ...]
    metadata: tuple[str, str, tuple[str, ...], str, tuple[str, ...], str]
    """The fields of `CoreMetadata` as a plain tuple."""
    rewrite_scripts: tuple[str, ...]
    """Names in scheme `scripts` whose first line is `#!python` or `#!pythonw`."""
    size: int
    """Bytes of all files together."""
    archive_size: int = 0
    """Bytes of the wheel file; 0 when nobody knows."""


class InstalledDistribution(NamedTuple):
    """A dist-info folder (or a legacy egg-info) in an environment."""

    name: str
    """Normalised."""
    version: str
    """As the folder says, unless METADATA had to be read."""
    location: str
    """The library folder that holds it."""
    info_folder: str
    """Name of the folder below `location`; for legacy eggs the egg-info file or folder."""
    legacy: bool = False
    """Not installed from a wheel: no RECORD is promised."""
    changeable: bool = True
    """False for distributions of the base interpreter that only shine through."""
