"""Which file names are those of source archives."""

from __future__ import annotations

from xpip.model.file_names import sdist_stem

EXTRA_SUFFIXES = (".tar.lzma", ".tlz", ".tbz2")
"""Suffixes of archives besides those that an index may list."""
REFUSED_SUFFIXES = (
    ".tar.z", ".tar.zst", ".tzst", ".tar.lz", ".tar.br", ".7z", ".rar", ".egg", ".rpm", ".deb",
)  # fmt: skip
"""Suffixes of archives that are not unpacked."""


def is_archive_name(filename: str) -> bool:
    """Say whether a file is a source archive that is unpacked, by its name."""
    lowered = filename.lower()
    if lowered.endswith(REFUSED_SUFFIXES):
        return False
    return lowered.endswith(EXTRA_SUFFIXES) or sdist_stem(filename) is not None


def is_refused_archive(filename: str) -> bool:
    """Say whether a file is an archive that is not unpacked, by its name."""
    return filename.lower().endswith(REFUSED_SUFFIXES)
