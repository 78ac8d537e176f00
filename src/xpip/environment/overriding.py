"""One file wanted by two distributions, where a user allows that the later one wins.

Both own the file afterwards: the RECORD of the other says what is really there, so that every
RECORD stays true, and the file leaves only with the last of its owners.
"""

from __future__ import annotations

import os
from binascii import unhexlify

from xpip.environment.arrangement import Arrangement, digest_of
from xpip.environment.records import absolute_paths, read_record, row_paths
from xpip.formats.record import format_row
from xpip.model.distribution import InstalledDistribution, StoredFile
from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

New = StoredFile | bytes
"""What is to come: a file of the store, or the bytes of a script."""
_SHOWN = 5


def content_of(new: New) -> str | bytes:
    """Return what is equal exactly for equal content, whatever the blobs are called."""
    if isinstance(new, bytes):
        return new
    return new[1].removesuffix("-x") if new[3] is None else new[3]


def overridden(arrangement: Arrangement, winners: Mapping[str, New]) -> Arrangement:
    """Return an arrangement without some of its files, whose RECORD tells what others put there.

    Args:
        winners: Absolute path -> what another wheel brings for it.
    """
    folders = tuple(
        (folder, tuple(file for file in files if f"{folder}/{file[0]}" not in winners))
        for folder, files in arrangement.folders
    )
    written = tuple(one for one in arrangement.written if one[0] not in winners)
    *info, (name, record) = arrangement.info_written
    text = with_rows(record.decode("utf-8", "surrogateescape"), arrangement.library, winners)
    edited = text.encode("utf-8", "surrogateescape")
    return arrangement._replace(
        folders=folders, written=written, info_written=(*info, (name, edited))
    )


def edited_records(
    staying: Iterable[InstalledDistribution], winners: Mapping[str, New]
) -> tuple[tuple[str, bytes], ...]:
    """Return (path, new content) of the RECORDs of what stays that name one of these files.

    Args:
        winners: Absolute path -> what a wheel brings for it.
    """
    edits = []
    for distribution in staying if winners else ():
        text = read_record(distribution)
        if text is None:
            continue
        edited = with_rows(text, distribution.location, winners)
        if edited != text:
            path = os.path.join(distribution.location, distribution.info_folder, "RECORD")
            edits.append((path, edited.encode("utf-8", "surrogateescape")))
    return tuple(edits)


def with_rows(record: str, library: str, winners: Mapping[str, New]) -> str:
    """Return a RECORD that says of some files what will be there; all other lines stay.

    Args:
        winners: Absolute path -> content.
    """
    lines = record.split("\n")
    for number, line in enumerate(lines):
        for written in row_paths(line):
            for path in absolute_paths(library, (written,)):
                if path in winners:
                    lines[number] = _row(written, winners[path]) + "\r" * line.endswith("\r")
    return "\n".join(lines)


def _row(written: str, new: New) -> str:
    if isinstance(new, bytes):
        digest, size = digest_of(new), len(new)
    elif new[3] is None:
        digest, size = unhexlify(new[1].replace("/", "").removesuffix("-x")), new[2]
    else:
        digest, size = digest_of(new[3]), new[2]
    return format_row(written, digest, size)[:-1]


def tell(replaced: Mapping[tuple[str, str], Sequence[str]]) -> list[str]:
    """Return a warning for each pair of owners.

    Args:
        replaced: (name that wins, name that loses) -> paths.
    """
    warnings = []
    for (winner, loser), paths in replaced.items():
        shown = ", ".join(f"`{path}`" for path in paths[:_SHOWN])
        more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
        files = "a file" if len(paths) == 1 else f"{len(paths)} files"
        warnings.append(f"`{winner}` replaces {files} of `{loser}`: {shown}{more}")
    return warnings
