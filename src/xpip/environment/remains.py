"""What killed installers leave in an environment besides damaged distributions."""

from __future__ import annotations

import os

from xpip.model.environment import Layout

_PART = ".xpip-part"
_STAGED = ".xpip-"
_STAGED_DIGITS = 12
_HEXADECIMAL = "0123456789abcdef"
_UV_FOLDER = ".tmp"
_UV_LETTERS = 6
_YOUNG = 3600.0
"""Seconds; what is younger may belong to a process that does not lock the environment."""
_HEAD = 4096


def find_remains(layout: Layout, now: float) -> tuple[str, ...]:
    """Return files and folders that nobody needs any more, sorted.

    These are files that xpip was moving between file systems, scripts that `xpip venv` was about
    to replace, temporary folders of uv, and unfinished RECORD files of pip.

    Args:
        now: Seconds since the epoch.
    """
    found = []
    for folder in {*layout.library_folders(), layout.scripts}:
        try:
            names = os.listdir(folder)
        except OSError:
            continue
        for name in names:
            path = f"{folder}/{name}"
            if name.endswith(_PART):
                found.append(path)
            elif _is_staged(name) or (folder != layout.scripts and _is_of_uv(name)):
                if _is_old(path, now):
                    found.append(path)
            elif name.endswith(".dist-info"):
                found += _unfinished_records(path)
    return tuple(sorted(found))


def title_of_leftover(path: str) -> tuple[str, str] | None:
    """Return name and version of what pip moved to a `~name` folder; None if it does not say."""
    if not path.endswith(".dist-info"):
        return None
    try:
        with open(f"{path}/METADATA", encoding="utf-8", errors="replace") as file:
            lines = file.read(_HEAD).split("\n\n")[0].split("\n")
    except OSError:
        return None
    fields = dict(line.split(": ", 1) for line in reversed(lines) if ": " in line)
    name, version = fields.get("Name", "").strip(), fields.get("Version", "").strip()
    return (name, version) if name and version else None


def _is_staged(name: str) -> bool:
    _, mark, digits = name.rpartition(_STAGED)
    return bool(mark) and len(digits) == _STAGED_DIGITS and not digits.strip(_HEXADECIMAL)


def _is_of_uv(name: str) -> bool:
    letters = name[len(_UV_FOLDER) :]
    return name.startswith(_UV_FOLDER) and len(letters) == _UV_LETTERS and letters.isalnum()


def _is_old(path: str, now: float) -> bool:
    try:
        return os.lstat(path).st_mtime < now - _YOUNG
    except OSError:
        return False


def _unfinished_records(info: str) -> list[str]:
    """Return what pip writes beside RECORD before it renames it into place."""
    try:
        names = os.listdir(info)
    except OSError:
        return []
    return [
        f"{info}/{name}"
        for name in names
        if name.startswith("RECORD") and name.endswith(".tmp") and name != "RECORD.tmp"
    ]
