"""Puts single files of installed distributions back."""

from __future__ import annotations

import os

from xpip.environment.arrangement import Arrangement, Arranger
from xpip.environment.boundaries import Boundaries
from xpip.environment.change import Restored
from xpip.environment.faults import FileCollision
from xpip.environment.links import Placer
from xpip.model.distribution import StoredFile
from xpip.model.plan import Restoration
from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

New = StoredFile | bytes
"""What a path gets: a file of the store, or bytes that are written for this environment."""


def contents_of(arrangement: Arrangement) -> dict[str, tuple[New, int]]:
    """Return absolute path -> (content, mode) of everything that a distribution consists of."""
    found: dict[str, tuple[New, int]] = {}
    info = arrangement.info_folder
    for folder, files in arrangement.folders:
        found.update({f"{folder}/{file[0]}": (StoredFile(*file), 0o666) for file in files})
    for below, files in arrangement.info:
        folder = f"{info}/{below}" if below else info
        found.update({f"{folder}/{file[0]}": (StoredFile(*file), 0o666) for file in files})
    found.update({path: (content, 0o777) for path, content in arrangement.written})
    found.update({f"{info}/{name}": (text, 0o666) for name, text in arrangement.info_written})
    return found


def plan_restorations(
    restorations: Iterable[Restoration], arranger: Arranger, boundaries: Boundaries, placer: Placer
) -> tuple[Restored, ...]:
    """Return what is to be written.

    Raises:
        FileCollision: A file would be written outside the environment, or a folder is in its place.
    """
    planned: dict[str, Restored] = {}
    for restoration in restorations:
        wheel = restoration.placement.wheel
        placer.turn_to(wheel)
        contents = contents_of(arranger.arrange(restoration.placement, placer))
        for path in restoration.paths:
            new, mode = contents[path]
            if not boundaries.contains(path):
                raise FileCollision(
                    f"`{path}` of `{wheel.name}` cannot be put back: "
                    "it leads out of the environment"
                )
            if os.path.isdir(path) and not os.path.islink(path):
                raise FileCollision(
                    f"`{path}` of `{wheel.name}` cannot be put back: a folder has that place",
                    hints=("remove the folder, then run the command again",),
                )
            planned[path] = Restored(path, wheel, new, mode)
    return tuple(planned.values())


def missing_folders(planned: Iterable[Restored]) -> tuple[str, ...]:
    """Return the folders that have to be made, parents first."""
    missing: dict[str, None] = {}
    for one in planned:
        above = []
        folder = os.path.dirname(one.path)
        while folder not in missing and not os.path.isdir(folder):
            above.append(folder)
            folder = os.path.dirname(folder)
        missing.update(dict.fromkeys(reversed(above)))
    return tuple(missing)
