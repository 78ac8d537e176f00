"""Writes the files of distributions, each after its RECORD is staged.

A RECORD that lists a file is how the way back finds it, so none is begun before its RECORD.
"""

from __future__ import annotations

import os

from xpip.environment.faults import write_fault
from xpip.environment.links import Placer, write_new
from xpip.environment.transaction import staging_folder
from xpip.model.distribution import StoredFile
from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from xpip.environment.change import Arrangement, Restored

_SAME_EVERYWHERE = frozenset(("INSTALLER", "REQUESTED"))
"""Files of all distributions with the same content, which are links to one file of the environment:
a new inode is the dearest part of a small file (docs/performance.md)."""


def stage(arrangement: Arrangement, placer: Placer, *, again: bool = False) -> None:
    """Make a finished dist-info folder in the transaction folder, RECORD last.

    Args:
        again: Some of it may be there already.
    """
    folder = f"{staging_folder(arrangement.library)}/{arrangement.wheel.info_folder}"
    folders = [(f"{folder}/{path}" if path else folder, files) for path, files in arrangement.info]
    placer.turn_to(arrangement.wheel)
    make_folders([path for path, _ in folders])
    placer.place([(path + "/", files) for path, files in folders])
    for name, content in arrangement.info_written:
        path = f"{folder}/{name}"
        if again:
            # A RECORD that is there must stay: files that it lists may be in place.
            _remove_file(f"{path}.new")
            write(f"{path}.new", content, 0o666)
            os.replace(f"{path}.new", path)
        elif name not in _SAME_EVERYWHERE or not placer.repeat(path, content):
            write(path, content, 0o666)


def fill_one(
    arrangement: Arrangement, placer: Placer, spared: frozenset[str], *, again: bool = False
) -> None:
    """Put the files of a distribution whose RECORD is staged into place.

    Args:
        spared: What is there already.
        again: Some of the rest may be there already too.
    """
    placer.turn_to(arrangement.wheel)
    placer.place(_folders_to_fill(arrangement, spared))
    for path, content in arrangement.written:
        if path not in spared:
            if again:
                _remove_file(path)
            write(path, content, 0o777)


def fill_compiled(arrangement: Arrangement, placer: Placer) -> None:
    """Put the bytecode of a distribution whose modules are in place beside them."""
    folders = [(folder + "/", files) for folder, files in arrangement.compiled]
    placer.place_compiled(arrangement.compiled_blobs, folders)


def _remove_file(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        return
    except OSError as error:
        raise write_fault("remove", path, error) from error


def _folders_to_fill(
    arrangement: Arrangement, spared: frozenset[str]
) -> Sequence[tuple[str, Sequence[StoredFile]]]:
    if not spared:
        return [(folder + "/", files) for folder, files in arrangement.folders]
    return [
        (folder + "/", [file for file in files if f"{folder}/{file[0]}" not in spared])
        for folder, files in arrangement.folders
    ]


def make_folders(folders: Iterable[str]) -> None:
    """Make folders, parents first; nobody is asked before whether they exist (2 to 3 us each)."""
    mkdir = os.mkdir
    for folder in folders:
        try:
            mkdir(folder)
        except FileExistsError:
            continue
        except OSError as error:
            raise write_fault("create", folder, error) from error


def write(path: str, content: bytes, mode: int) -> None:
    """Create a file.

    Raises:
        EnvironmentFault: It cannot be created.
    """
    try:
        write_new(path, content, mode)
    except OSError as error:
        raise write_fault("create", path, error) from error


def put_back(planned: Sequence[Restored], folders: Sequence[str], placer: Placer) -> None:
    """Write the files; their places are free.

    Args:
        folders: What `missing_folders` returned.
    """
    make_folders(folders)
    for path, wheel, new, mode in planned:
        if isinstance(new, bytes):
            write(path, new, mode)
        else:
            placer.turn_to(wheel)
            folder, _, name = path.rpartition("/")
            placer.place([(folder + "/", [new._replace(name=name)])])
