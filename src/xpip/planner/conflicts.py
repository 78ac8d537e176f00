"""Wheels that would write one file with different content.

Both pip and uv let the later one win, so that the result depends on the order of installation and
uninstalling either breaks the other. Here it is noticed before the first write. Only folders that
two wheels share are looked into, and those are few: 23,841 files in 150 wheels cost 3.5 ms
(measured).
"""

from __future__ import annotations

from xpip.errors import IntegrityError
from xpip.model.names import normalized_name
from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from xpip.model.distribution import StoredFile, StoredFolder, StoredWheel
    from xpip.model.environment import Layout
    from xpip.model.plan import Placement

_EXECUTABLE = "-x"
"""Ends the blob name of a file that must be executable; the content is that of the other."""
_SHOWN = 20
_HINT = "`--allow-file-collisions` lets the later one win"


class OwnedFile(NamedTuple):
    """A file of an installed distribution that stays."""

    owner: str
    """Normalised name of the distribution."""
    sha256: str | None
    """Hexadecimal, as its RECORD says; None when it does not."""


class FileConflict(NamedTuple):
    """A file that two distributions would own."""

    path: str
    """Absolute."""
    first: str
    """Normalised name: of the wheel that would write it first, or of the installed owner."""
    second: str
    installed: bool = False
    """`first` is installed already and stays."""


def ensure_no_conflicts(
    placements: Sequence[Placement], layout: Layout, owned: Mapping[str, OwnedFile] | None = None
) -> None:
    """Check that every file has one owner, or equal content.

    Raises:
        IntegrityError: Lists all conflicts.
    """
    conflicts = find_conflicts(placements, layout, owned)
    if not conflicts:
        return
    first = conflicts[0]
    pairs = {(conflict.first, conflict.second) for conflict in conflicts}
    installed = " of the installed" if first.installed else ""
    if len(pairs) == 1:
        summary = (
            f"`{first.second}` would overwrite files{installed} `{first.first}`"
            if first.installed
            else f"`{first.first}` and `{first.second}` contain the same files with other content"
        )
    else:
        summary = f"{len(pairs)} pairs of projects contain the same files with other content"
    details = [
        f"{conflict.path}: in `{conflict.first}`{' (installed)' if conflict.installed else ''}"
        f" and in `{conflict.second}`"
        for conflict in conflicts[:_SHOWN]
    ]
    if len(conflicts) > _SHOWN:
        details.append(f"and {len(conflicts) - _SHOWN} more files")
    raise IntegrityError(summary, details=tuple(details), hints=(_HINT,))


def find_conflicts(
    placements: Sequence[Placement], layout: Layout, owned: Mapping[str, OwnedFile] | None = None
) -> tuple[FileConflict, ...]:
    """Return the files that would have two owners and different content, sorted by path.

    Args:
        owned: Absolute path -> file, for distributions that stay; those in folders that no wheel
            has may be left out.
    """
    folders: dict[str, list[tuple[str, StoredFolder]]] = {}
    for placement in placements:
        name = normalized_name(placement.wheel.name)
        for path, folder in _folders(placement.wheel, layout):
            if folder.files:
                folders.setdefault(path, []).append((name, folder))
    conflicts: list[FileConflict] = []
    for path, sharers in folders.items():
        if len(sharers) > 1:
            conflicts.extend(_between(path, sharers))
    conflicts.extend(_between_scripts(placements, layout))
    if owned:
        conflicts.extend(_with_installed(folders, owned))
    return tuple(sorted(conflicts))


def _folders(wheel: StoredWheel, layout: Layout) -> Iterator[tuple[str, StoredFolder]]:
    """Yield the absolute path of each folder of a wheel."""
    roots = {
        "library": layout.purelib if wheel.root_is_purelib else layout.platlib,
        "purelib": layout.purelib,
        "platlib": layout.platlib,
        "scripts": layout.scripts,
        "data": layout.data,
        "headers": f"{layout.headers}/{wheel.name}",
    }
    for folder in wheel.folders:
        root = roots[folder.scheme]
        yield (f"{root}/{folder.path}" if folder.path else root), folder


def _between(path: str, sharers: list[tuple[str, StoredFolder]]) -> Iterator[FileConflict]:
    """Yield the conflicts of wheels that share a folder."""
    first_of: dict[str, tuple[str, StoredFile]] = {}
    for name, folder in sharers:
        for file in folder.files:
            owner, known = first_of.setdefault(file.name, (name, file))
            if owner != name and _content(known) != _content(file):
                yield FileConflict(f"{path}/{file.name}", owner, name)


def _content(file: StoredFile) -> str | bytes:
    """Return what is equal exactly for files of equal content."""
    return file.blob.removesuffix(_EXECUTABLE) if file.content is None else file.content


def _between_scripts(placements: Sequence[Placement], layout: Layout) -> Iterator[FileConflict]:
    """Yield the conflicts of scripts that are made from entry points."""
    first_of: dict[str, tuple[str, str]] = {}
    for placement in placements:
        wheel = placement.wheel
        if not (wheel.console_scripts or wheel.gui_scripts):
            continue
        name = normalized_name(wheel.name)
        for script, function in (*wheel.console_scripts, *wheel.gui_scripts):
            owner, known = first_of.setdefault(script, (name, function))
            if owner != name and known != function:
                yield FileConflict(f"{layout.scripts}/{script}", owner, name)


def _with_installed(
    folders: dict[str, list[tuple[str, StoredFolder]]], owned: Mapping[str, OwnedFile]
) -> Iterator[FileConflict]:
    """Yield the conflicts with distributions that stay."""
    by_folder: dict[str, dict[str, OwnedFile]] = {}
    for path, owned_file in owned.items():
        folder, _, filename = path.rpartition("/")
        if folder in folders:
            by_folder.setdefault(folder, {})[filename] = owned_file
    for folder, files in by_folder.items():
        for name, stored in folders[folder]:
            for file in stored.files:
                installed = files.get(file.name)
                if installed is None or installed.owner == name:
                    continue
                if not _has_digest(file, installed.sha256):
                    yield FileConflict(
                        f"{folder}/{file.name}", installed.owner, name, installed=True
                    )


def _has_digest(file: StoredFile, sha256: str | None) -> bool:
    """Say whether a file surely has a digest."""
    if sha256 is None:
        return False
    if file.content is None:
        return file.blob.removesuffix(_EXECUTABLE).replace("/", "") == sha256
    from hashlib import sha256 as hash_of

    return hash_of(file.content).hexdigest() == sha256
