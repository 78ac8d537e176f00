"""Which files go when a distribution goes. Nothing is removed here; see `apply`.

A removal follows RECORD, whoever wrote it: pip, uv, conda or xpip. What RECORD names outside the
environment stays, and so does what is a part of the environment itself.
"""

from __future__ import annotations

import os
import stat

from xpip.environment.boundaries import Boundaries
from xpip.environment.faults import MissingRecord
from xpip.environment.records import absolute_paths, ensure_record, read_bytes, row_paths
from xpip.environment.records import read_text as read_file_text
from xpip.environment.transaction import bytecode_of
from xpip.errors import EnvironmentFault
from xpip.model.distribution import InstalledDistribution
from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_PATH_FILE = "easy-install.pth"


class Removal(NamedTuple):
    """Everything that belongs to an installed distribution and exists."""

    distribution: InstalledDistribution
    payload: tuple[str, ...]
    """Absolute paths of files and symbolic links, bytecode among them, without those of `info`."""
    info: tuple[str, ...]
    """What says that the distribution is installed: its dist-info folder, or the egg-info or
    egg-link. Goes after the payload, as a whole."""
    edits: tuple[tuple[str, bytes], ...] = ()
    """(path, new content) of files that lose a line."""
    warnings: tuple[str, ...] = ()


def find_removal(distribution: InstalledDistribution, boundaries: Boundaries) -> Removal:
    """Return what goes with a distribution.

    Raises:
        MissingRecord: It has no list of its files.
        EnvironmentFault: It may not be changed, or its list cannot be read.
    """
    if not distribution.changeable:
        raise EnvironmentFault(
            f"`{distribution.name} {distribution.version}` belongs to another environment",
            details=(f"it is in `{distribution.location}`",),
        )
    if distribution.legacy:
        return _find_legacy(distribution, boundaries)
    info = _info_path(distribution)
    text = ensure_record(distribution)
    inside = info + "/"
    payload, warnings = [], []
    seen = set()
    for path in absolute_paths(distribution.location, row_paths(text)):
        if path in seen or path.startswith(inside) or path == info:
            continue
        seen.add(path)
        warning = _refusal(path, distribution, boundaries)
        if warning:
            warnings.append(warning)
        else:
            payload.append(path)
    return Removal(distribution, _existing_files(payload), (info,), warnings=tuple(warnings))


def find_unrecorded(
    distribution: InstalledDistribution, known: Iterable[str], boundaries: Boundaries
) -> Removal:
    """Return what goes with a distribution whose RECORD is missing or cannot be followed.

    Args:
        known: Absolute paths of files that are known to be its own in some other way.
    """
    info = _info_path(distribution)
    payload = [
        path
        for path in dict.fromkeys(known)
        if not path.startswith(info + "/") and not _refusal(path, distribution, boundaries)
    ]
    return Removal(distribution, _existing_files(payload), (info,))


def _info_path(distribution: InstalledDistribution) -> str:
    return os.path.join(distribution.location, distribution.info_folder)


def _refusal(path: str, distribution: InstalledDistribution, boundaries: Boundaries) -> str:
    """Return why a path stays although a list names it, empty when it may go."""
    if not boundaries.contains(path):
        reason = "which is outside the environment"
    elif boundaries.is_reserved(path):
        reason = "which is a part of the environment itself"
    elif boundaries.keeps(path):
        reason = "which is a folder of the environment"
    else:
        return ""
    return f"`{distribution.name}` lists `{path}`, {reason}: it is left alone"


def _existing_files(paths: Iterable[str]) -> tuple[str, ...]:
    """Return the files that are there, and their bytecode; a row that names a folder is no file."""
    found = []
    for path in paths:
        try:
            mode = os.lstat(path).st_mode
        except OSError:
            continue
        if not stat.S_ISDIR(mode):
            found.append(path)
    known = set(found)
    found += [path for path in bytecode_of(found) if path not in known]
    return tuple(found)


def _find_legacy(distribution: InstalledDistribution, boundaries: Boundaries) -> Removal:
    """Return what goes with a distribution that was not installed from a wheel, by pip's rules."""
    name = distribution.info_folder
    info = _info_path(distribution)
    if name.endswith(".egg-link"):
        return _find_egg_link(distribution)
    egg, _, last = info.rpartition("/")
    if last == "EGG-INFO" and egg.endswith(".egg"):
        return _find_egg(distribution, egg)
    if not os.path.isdir(info):
        raise MissingRecord(
            f"cannot remove `{distribution.name} {distribution.version}`: "
            "distutils installed it and kept no list of its files",
            details=(f"`{info}` is all there is",),
            hints=("remove its files by hand, or make a new environment",),
        )
    warnings: list[str] = []
    paths = []
    for path in _listed_by_egg(distribution, info, warnings):
        warning = _refusal(path, distribution, boundaries)
        if warning:
            warnings.append(warning)
        elif path != info and not path.startswith(info + "/"):
            paths.append(path)
    paths += _egg_scripts(info, boundaries)
    return Removal(
        distribution,
        _existing_files(dict.fromkeys(paths)),
        (info,),
        warnings=tuple(warnings),
    )


def _listed_by_egg(
    distribution: InstalledDistribution, info: str, warnings: list[str]
) -> Iterator[str]:
    """Return the files of an egg-info folder's project."""
    listed = read_file_text(f"{info}/installed-files.txt")
    if listed is not None:
        for line in listed.splitlines():
            if line.strip():
                yield os.path.normpath(os.path.join(info, line.rstrip("\r")))
        return
    top_level = read_file_text(f"{info}/top_level.txt")
    if top_level is None:
        raise MissingRecord(
            f"cannot remove `{distribution.name} {distribution.version}`: "
            "it has no list of its files",
            details=(f"`{info}` has neither `installed-files.txt` nor `top_level.txt`",),
        )
    shared = {
        line.strip().partition(".")[0]
        for line in (read_file_text(f"{info}/namespace_packages.txt") or "").splitlines()
    }
    for line in top_level.splitlines():
        name = line.strip()
        if not name or name in shared:
            continue
        if "/" in name or "\\" in name or "\0" in name or ":" in name or name in {".", ".."}:
            warnings.append(
                f"`{distribution.name}` lists the module {name!r}, which is no name: "
                "it is left alone"
            )
            continue
        path = os.path.join(distribution.location, name)
        yield from _files_below(path)
        for suffix in (".py", ".pyc", ".pyo"):
            yield path + suffix


def _files_below(folder: str) -> Iterator[str]:
    for parent, folders, files in os.walk(folder):
        for name in files:
            yield f"{parent}/{name}"
        for name in folders:
            if os.path.islink(f"{parent}/{name}"):
                yield f"{parent}/{name}"


def _egg_scripts(info: str, boundaries: Boundaries) -> Iterator[str]:
    """Return scripts that setuptools made: those it lists and those of entry points."""
    names = []
    try:
        names += os.listdir(f"{info}/scripts")
    except OSError:
        pass
    section = ""
    for line in (read_file_text(f"{info}/entry_points.txt") or "").splitlines():
        text = line.strip()
        if text.startswith("["):
            section = text.strip("[] ")
        elif section in {"console_scripts", "gui_scripts"} and "=" in text:
            names.append(text.partition("=")[0].strip())
    for name in names:
        path = f"{boundaries.layout.scripts}/{name}"
        if name and "/" not in name and "\0" not in name and not boundaries.is_reserved(path):
            yield path


def _find_egg(distribution: InstalledDistribution, egg: str) -> Removal:
    """Return an egg: a folder of its own that a path file makes importable."""
    library = os.path.dirname(egg)
    edits = _without_line(f"{library}/{_PATH_FILE}", {f"./{os.path.basename(egg)}", egg})
    return Removal(distribution, (), (egg,), edits)


def _find_egg_link(distribution: InstalledDistribution) -> Removal:
    """Return an old-style editable installation: a link file and a line of a path file.

    The project that it leads to is the user's and stays untouched.
    """
    link = _info_path(distribution)
    lines = (read_file_text(link) or "").splitlines()
    target = lines[0].strip() if lines else ""
    edits: tuple[tuple[str, bytes], ...] = ()
    if target:
        edits = _without_line(f"{distribution.location}/{_PATH_FILE}", {target})
    return Removal(distribution, (), (link,), edits)


def _without_line(path: str, lines: set[str]) -> tuple[tuple[str, bytes], ...]:
    content = read_bytes(path)
    if content is None:
        return ()
    unwanted = {os.fsencode(line) for line in lines}
    kept = [line for line in content.splitlines(keepends=True) if line.strip() not in unwanted]
    shortened = b"".join(kept)
    return () if shortened == content else ((path, shortened),)
