"""The file that makes a folder a virtual environment (PEP 405)."""

from __future__ import annotations

import os

FILE_NAME = "pyvenv.cfg"


def read_configuration(folder: str) -> dict[str, str] | None:
    """Return the keys of `pyvenv.cfg` in a folder, lower case; None when there is no such file.

    Lines that are not `key = value` are passed over, as the interpreter does.
    """
    try:
        with open(
            os.path.join(folder, FILE_NAME), encoding="utf-8", errors="surrogateescape"
        ) as file:
            text = file.read()
    except OSError:
        return None
    values = {}
    for line in text.split("\n"):
        key, separator, value = line.partition("=")
        if separator:
            values[key.strip().lower()] = value.strip()
    return values


def environment_of(executable: str) -> tuple[str, dict[str, str]] | None:
    """Return the virtual environment that an interpreter belongs to, with its configuration.

    Symbolic links of the path are not followed: they lead out of the environment.
    """
    folder = os.path.dirname(executable)
    parent = os.path.dirname(folder)
    for candidate in (parent, folder):
        configuration = read_configuration(candidate)
        if configuration is not None:
            return candidate, configuration
    return None


def is_environment(folder: str) -> bool:
    """Return whether a folder says that it is a virtual environment, working or not."""
    return os.path.isfile(os.path.join(folder, FILE_NAME))


def interpreter_in(folder: str) -> str | None:
    """Return the path of the interpreter of an environment or installation, None without one."""
    for name in ("python", "python3"):
        path = os.path.join(folder, "bin", name)
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return None
