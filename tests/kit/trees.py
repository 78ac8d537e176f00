"""Compare what two installers left in two environments, file by file."""

import csv
import hashlib
import os
import stat
from pathlib import Path

IGNORED_NAMES = {"INSTALLER"}  # says who installed
_SCRIPT_FOLDERS = ("../../../bin/", "bin/")
OWN_FILES = {"pyvenv.cfg", ".gitignore", "CACHEDIR.TAG", ".xpip-lock", ".lock"}


def describe_tree(environment: Path, distributions_only: bool = True) -> dict[str, tuple[str, str]]:
    """Return path -> (mode, what identifies the content) for all files installers put there.

    Scripts made for entry points count by name and mode, since each installer words them its own
    way; RECORD counts by its rows without bytecode, INSTALLER, itself and generated scripts.
    """
    found = {}
    scripts = environment / "bin"
    for folder, names, files in os.walk(environment):
        names[:] = [name for name in names if name != "__pycache__"]
        for name in files:
            path = Path(folder) / name
            relative = path.relative_to(environment).as_posix()
            if (
                name in IGNORED_NAMES
                or name.endswith(".pyc")
                or (distributions_only and relative in OWN_FILES)
            ):
                continue
            status = path.lstat()
            if stat.S_ISLNK(status.st_mode):
                found[relative] = ("link", os.readlink(path))
                continue
            found[relative] = (oct(status.st_mode & 0o7777), identify(path, scripts))
    return found


def identify(path: Path, scripts: Path) -> str:
    content = path.read_bytes()
    if path.name == "RECORD" and path.parent.name.endswith(".dist-info"):
        return repr(record_rows(content.decode("utf-8")))
    if path.parent.name == scripts.name and content.startswith(b"#!"):
        return "script"
    return hashlib.sha256(content).hexdigest()


def record_rows(text: str) -> list[tuple[str, ...]]:
    """Return the rows of a RECORD that do not depend on the installer, sorted."""
    rows = []
    for row in csv.reader(text.splitlines()):
        path = row[0]
        if path.endswith((".pyc", "/INSTALLER")):
            continue
        rows.append(
            ("bin/" + path.rpartition("/")[2], "", "")
            if path.startswith(_SCRIPT_FOLDERS) or "/bin/" in path
            else tuple(row)
        )
    return sorted(rows)


def differences(
    one: dict[str, tuple[str, str]], other: dict[str, tuple[str, str]], ignore: tuple[str, ...] = ()
) -> list[str]:
    """Return one line per path that is missing on a side or differs in mode or content."""
    lines = []
    for path in sorted({*one, *other}):
        if path.startswith(ignore):
            continue
        if path not in one:
            lines.append(f"only in the second: {path}")
        elif path not in other:
            lines.append(f"only in the first: {path}")
        elif one[path] != other[path]:
            lines.append(f"differs: {path}: {one[path][0]} {other[path][0]}")
    return lines
