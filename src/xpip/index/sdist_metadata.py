"""Core metadata of source archives that state it for good, so that nothing has to be built.

Since version 2.2 of the core metadata, whatever PKG-INFO does not call dynamic is what every wheel
built from the archive will say.

Spec: https://packaging.python.org/en/latest/specifications/core-metadata/#dynamic
"""

from __future__ import annotations

from io import BytesIO
from typing import IO, TYPE_CHECKING

from xpip.errors import BuildError, IntegrityError
from xpip.formats.core_metadata import parse_core_metadata, parse_headers
from xpip.model.file_names import sdist_stem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xpip.model.dependencies import CoreMetadata

MAXIMUM_SDIST = 128 << 20
"""Bytes of an archive that is fetched to be looked into."""
_MAXIMUM_UNPACKED = 512 << 20
"""Bytes of members that are skipped on the way to PKG-INFO."""
_MAXIMUM_METADATA = 8 << 20
_FIRST_STATIC = (2, 2)
_NEEDED = ("requires-dist", "provides-extra")


def is_sdist(filename: str) -> bool:
    """Say whether a file is a source archive by its name."""
    return sdist_stem(filename) is not None


def sdist_metadata(data: bytes, filename: str) -> CoreMetadata:
    """Return the metadata of a source archive.

    Raises:
        BuildError: What it needs is known to its build backend only.
        IntegrityError: It is no archive, or has no usable PKG-INFO.
    """
    text = _package_information(data, filename)
    metadata = parse_core_metadata(text, filename)
    dynamic = {name.strip().lower() for name in parse_headers(text).get("dynamic", ())}
    if _numbers(metadata.metadata_version) < _FIRST_STATIC or not dynamic.isdisjoint(_NEEDED):
        raise BuildError(f"what `{filename}` needs is known only to a build")
    return metadata


def _package_information(data: bytes, filename: str) -> bytes:
    """Return the bytes of PKG-INFO in the one folder at the top."""
    import tarfile
    import zipfile
    import zlib
    from lzma import LZMAError

    try:
        for name, read in _members(data, filename):
            parts = name.removeprefix("./").split("/")
            if len(parts) == 2 and parts[1] == "PKG-INFO":  # noqa: PLR2004
                text = read.read(_MAXIMUM_METADATA + 1)
                if len(text) <= _MAXIMUM_METADATA:
                    return text
                raise IntegrityError(f"PKG-INFO of `{filename}` is too large")
    except (
        tarfile.TarError, zipfile.BadZipFile, zlib.error, LZMAError, EOFError, OSError, ValueError,
        NotImplementedError, RuntimeError,
    ) as error:  # fmt: skip
        raise IntegrityError(f"`{filename}` cannot be unpacked: {error}") from error
    raise BuildError(f"`{filename}` has no PKG-INFO, so that only a build knows what it needs")


def _members(data: bytes, filename: str) -> Iterator[tuple[str, IO[bytes]]]:
    """Yield the names of regular files with something to read them from, one at a time."""
    if filename.lower().endswith(".zip"):
        from zipfile import ZipFile

        with ZipFile(BytesIO(data)) as archive:
            for entry in archive.infolist():
                if not entry.is_dir():
                    with archive.open(entry) as file:
                        yield entry.filename, file
        return
    import tarfile

    skipped = 0
    # As a stream: what stands after PKG-INFO is never unpacked.
    with tarfile.open(fileobj=BytesIO(data), mode="r|*") as stream:
        for member in stream:
            skipped += member.size
            if skipped > _MAXIMUM_UNPACKED:
                raise IntegrityError(f"`{filename}` is too large to look for PKG-INFO in it")
            found = stream.extractfile(member) if member.isfile() else None
            if found is not None:
                yield member.name, found


def _numbers(version: str) -> tuple[int, ...]:
    parts = version.strip().split(".")
    return tuple(int(part) for part in parts) if all(map(str.isdecimal, parts)) else ()
