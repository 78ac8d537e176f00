"""Has a folder with sources changed since something was built from it?

Answered from names, sizes, times and inodes, without reading files: some 10 microseconds a file.
What builds themselves write into a source tree does not count.
"""

from __future__ import annotations

import os

from xpip.errors import BuildFailed
from xpip.model.records import TYPE_CHECKING
from xpip.store.keys import key_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

_MADE_FOLDERS = frozenset(("__pycache__", "node_modules"))
_MADE_AT_THE_TOP = frozenset(("build", "dist"))
_MADE_SUFFIXES = (".pyc", ".pyo", ".egg-info", ".dist-info", ".o", ".obj")
_MAXIMUM_FILES = 200_000
"""A folder with more is no project, or its author should say which files count."""


def fingerprint(
    path: str, tables: Sequence[tuple[str, Any]], variables: Mapping[str, str], shown: str
) -> str:
    """Return a text that changes when what is built from a folder might.

    Args:
        path: The project's folder.
        tables: `[tool.xpip]` as pairs; `cache-keys` says what counts in place of all files.
        variables: For keys of the form `{env = "NAME"}`.

    Raises:
        BuildFailed: `cache-keys` makes no sense, or the folder cannot be read.
    """
    keys = dict(tables).get("cache-keys")
    try:
        if keys is None:
            # Projects that take their version from git change it with a commit or a tag.
            return key_of(_git_state(path), *sorted(_all_files(path)))
        return key_of(*_chosen(path, keys, variables, shown))
    except OSError as error:
        raise BuildFailed(
            f"`{path}` cannot be read: {(error.strerror or str(error)).lower()}"
        ) from error


def _all_files(path: str) -> Iterator[tuple[object, ...]]:
    total = 0
    waiting = [path]
    while waiting:
        folder = waiting.pop()
        with os.scandir(folder) as entries:
            for entry in entries:
                name = entry.name
                if name.endswith(_MADE_SUFFIXES):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    if not _is_made(name, folder == path) and not _is_environment(entry.path):
                        waiting.append(entry.path)
                    continue
                total += 1
                if total > _MAXIMUM_FILES:
                    raise BuildFailed(
                        f"`{path}` has more than {_MAXIMUM_FILES} files",
                        hints=("`cache-keys` of `[tool.xpip]` says which of them count",),
                    )
                yield _facts(entry.path[len(path) :], entry.stat(follow_symlinks=False))


def _facts(name: str, status: os.stat_result) -> tuple[object, ...]:
    return (name, status.st_size, status.st_mtime_ns, status.st_ino, status.st_mode)


def _is_made(name: str, at_the_top: bool) -> bool:
    """Say whether a folder holds nothing that somebody wrote."""
    if name.startswith(".") or name in _MADE_FOLDERS:
        return True
    return at_the_top and name in _MADE_AT_THE_TOP


def _is_environment(path: str) -> bool:
    return os.path.exists(f"{path}/pyvenv.cfg")


def _chosen(
    path: str, keys: object, variables: Mapping[str, str], shown: str
) -> Iterator[tuple[object, ...]]:
    if not isinstance(keys, list):
        raise _nonsense(shown, keys)
    for key in keys:
        entry = {"file": key} if isinstance(key, str) else key
        if not isinstance(entry, dict) or len(entry) != 1:
            raise _nonsense(shown, key)
        ((kind, value),) = entry.items()
        if kind == "file" and isinstance(value, str):
            yield from _globbed(path, value, shown)
        elif kind == "dir" and isinstance(value, str):
            yield ("dir", value, *_status(os.path.join(path, _inside(value, shown))))
        elif kind == "env" and isinstance(value, str):
            yield ("env", value, variables.get(value))
        elif kind == "git":
            yield ("git", value is not False and _git_state(path))
        else:
            raise _nonsense(shown, key)


def _globbed(path: str, pattern: str, shown: str) -> Iterator[tuple[object, ...]]:
    import glob

    _inside(pattern, shown)
    found = sorted(glob.glob(pattern, root_dir=path, recursive=True))
    yield ("file", pattern, len(found))
    for name in found:
        full = os.path.join(path, name)
        if not os.path.isdir(full):
            yield _facts(name, os.stat(full))


def _status(path: str) -> tuple[object, ...]:
    try:
        status = os.stat(path)
    except OSError:
        return (None,)
    return (status.st_mtime_ns, status.st_ino)


def _git_state(path: str) -> str:
    """Return the commit that is checked out, empty outside a repository."""
    folder = path
    while True:
        head = os.path.join(folder, ".git", "HEAD")
        try:
            with open(head, encoding="utf-8", errors="replace") as file:
                text = file.read(4096).strip()
        except OSError:
            parent = os.path.dirname(folder)
            if parent == folder:
                return ""
            folder = parent
            continue
        tags = _status(os.path.join(folder, ".git", "refs", "tags"))
        reference = text.removeprefix("ref: ")
        if reference == text:
            return f"{text} {tags}"
        try:
            with open(
                os.path.join(folder, ".git", reference), encoding="utf-8", errors="replace"
            ) as file:
                return f"{file.read(4096).strip()} {tags}"
        except OSError:
            # A packed reference: the file that holds it changes with it.
            return f"{text} {tags} {_status(os.path.join(folder, '.git', 'packed-refs'))}"


def _inside(value: str, shown: str) -> str:
    if os.path.isabs(value) or ".." in value.split("/"):
        raise _nonsense(shown, value)
    return value


def _nonsense(shown: str, key: object) -> BuildFailed:
    return BuildFailed(
        f"`cache-keys` of `[tool.xpip]` in `{shown}` cannot be used: {key!r}",
        hints=(
            "a key is a pattern of files inside the project, or one of these tables:",
            '`{file = "src/**/*.c"}`, `{dir = "src"}`, `{env = "NAME"}`, `{git = true}`',
        ),
    )
