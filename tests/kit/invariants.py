"""What must hold after every fault and every bad input (reliability 4.3: I1, I2, I4, I6, I7)."""

import base64
import csv
import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from tests.kit.command import Ran

OWN_FILES = ("pyvenv.cfg", "bin/python", "bin/activate", "lib64", ".xpip-lock")
PROMISED = ("METADATA", "WHEEL", "INSTALLER", "RECORD")


def snapshot(environment: Path) -> dict[str, str]:
    """Return path -> what identifies it, for every file, link and folder."""
    found = {}
    for folder, names, files in os.walk(environment):
        for name in [*names, *files]:
            path = Path(folder) / name
            relative = path.relative_to(environment).as_posix()
            if path.is_symlink():
                found[relative] = f"link {path.readlink()}"
            elif path.is_dir():
                found[relative] = "folder"
            else:
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
                found[relative] = f"{path.stat().st_mode & 0o777:o} {digest}"
    return found


def violations(environment: Path, own_files: Iterable[str] = OWN_FILES) -> list[str]:
    """Return one line per broken promise; empty when all is well."""
    problems = []
    owned = {os.path.normpath(environment / name) for name in own_files}
    libraries = sorted(environment.glob("lib/python*/site-packages"))
    names: dict[tuple[Path, str], str] = {}
    for library in libraries:
        for info in sorted(library.glob("*.dist-info")):
            project = info.name.split("-")[0].lower()
            if (library, project) in names:
                problems.append(
                    f"two dist-infos of {project}: {names[library, project]}, {info.name}"
                )
            names[library, project] = info.name
            problems += [
                f"{info.name}: no {name}" for name in PROMISED if not (info / name).is_file()
            ]
            if (info / "RECORD").is_file():
                problems += check_record(library, info, owned)
    for folder, _, files in os.walk(environment):
        for name in files:
            path = os.path.join(folder, name)
            if path not in owned and not name.endswith(".pyc"):
                problems.append(f"belongs to nobody: {os.path.relpath(path, environment)}")
    problems += [
        f"left over: {path.relative_to(environment)}"
        for library in libraries
        for path in (*library.glob(".xpip-txn*"), *library.glob("~*"))
    ]
    return problems


def check_record(library: Path, info: Path, owned: set[str]) -> list[str]:
    """Return what is wrong with the files that a RECORD lists; they are added to `owned`."""
    problems = []
    with (info / "RECORD").open(newline="", encoding="utf-8") as file:
        for row in csv.reader(file):
            path = os.path.normpath(library / row[0])
            owned.add(path)
            if not os.path.isfile(path):
                problems.append(f"{info.name}: {row[0]} is missing")
            elif row[1]:
                content = Path(path).read_bytes()
                digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest())
                if row[1] != "sha256=" + digest.rstrip(b"=").decode() or row[2] != str(
                    len(content)
                ):
                    problems.append(f"{info.name}: {row[0]} is not what RECORD says")
    return problems


def installed_versions(environment: Path) -> set[str]:
    """Return `name-version` of every dist-info."""
    return {
        info.name.removesuffix(".dist-info")
        for info in environment.glob("lib/python*/site-packages/*.dist-info")
    }


def witness(folder: Path) -> dict[str, tuple[int, int, int, str]]:
    """Return path -> (inode, mode, time, content) of everything below a folder.

    Nothing may change outside of an environment and the cache, not even by being written anew.
    """
    found = {}
    for path in (folder, *sorted(folder.rglob("*"))):
        status = path.lstat()
        content = ""
        if path.is_symlink():
            content = f"link {path.readlink()}"
        elif path.is_file():
            content = hashlib.sha256(path.read_bytes()).hexdigest()
        found[path.relative_to(folder).as_posix()] = (
            status.st_ino, status.st_mode, status.st_mtime_ns, content,
        )  # fmt: skip
    return found


def leftovers(cache: Path) -> list[str]:
    """Return what unfinished work has left in a cache that nobody uses."""
    return sorted(path.relative_to(cache).as_posix() for path in cache.glob("tmp/*"))


def improper(done: Ran, secrets: Iterable[str] = ()) -> list[str]:
    """Return what a command must never say, whatever was wrong with its input."""
    text = done.out + done.err
    problems = [f"the secret {secret!r}" for secret in secrets if secret in text]
    problems += [
        f"{mark!r}" for mark in ("Traceback (most recent", "xpip has a bug") if mark in text
    ]
    # The real streams replace lone surrogates; what a terminal would obey never gets so far.
    odd = {mark for mark in text if not mark.isprintable() and mark not in "\n\t"}
    odd = {mark for mark in odd if not "\ud800" <= mark <= "\udfff"}
    problems += [f"the character {mark!r}" for mark in sorted(odd)]
    if done.code not in {0, 1, 2, 3}:
        problems.append(f"exit code {done.code}")
    if done.code and not any(line.startswith("error: ") for line in done.err.splitlines()):
        problems.append("no error for a failure")
    if not done.code and any(line.startswith("error: ") for line in done.err.splitlines()):
        problems.append("an error without a failure")
    return problems
