"""Launchers for console and GUI scripts, and scripts of `.data` that name their interpreter.

Spec: https://packaging.python.org/en/latest/specifications/entry-points/#use-for-scripts
"""

from __future__ import annotations

import os

from xpip.environment.boundaries import is_reserved_script
from xpip.errors import EnvironmentFault, IntegrityError
from xpip.model.distribution import StoredWheel
from xpip.model.names import normalized_name

_LONGEST_FIRST_LINE = 127
"""Linux before 5.1 cuts the first line of a script there, with `#!` and without the newline."""
_UNWRITABLE = ("\n", "\r", "\0", "\\")


def first_lines(executable: str) -> bytes:
    """Return the lines that make a script run under an interpreter.

    A path that is too long for the kernel or holds a blank cannot stand behind `#!`. Then the
    script starts as a shell script whose first command replaces the shell by the interpreter, which
    in turn reads that command as a string.

    Raises:
        EnvironmentFault: No first line can name the path.
    """
    if any(mark in executable for mark in _UNWRITABLE):
        raise EnvironmentFault(
            f"no script can name the interpreter {executable!r}",
            details=("its path holds a line end, NUL or backslash",),
            hints=("make the environment in another folder",),
        )
    path = os.fsencode(executable)
    if len(path) + 2 <= _LONGEST_FIRST_LINE and not any(mark in path for mark in b" \t"):
        return b"#!" + path + b"\n"
    quoted = b"'" + path.replace(b"'", b"'\"'\"'") + b"'"
    return b"#!/bin/sh\n'''exec' " + quoted + b" \"$0\" \"$@\"\n' '''\n"


def launcher(start: bytes, reference: str) -> bytes:
    """Return a script that calls a function and exits with what it returns.

    The guard keeps `multiprocessing` children, which import the script again, from calling it.

    Args:
        start: What `first_lines` returned.
        reference: `module:object`, checked when the wheel was added to the store.
    """
    module, _, function = reference.partition(":")
    imported = function.partition(".")[0]
    text = (
        "import sys\n"
        f"from {module} import {imported}\n"
        'if __name__ == "__main__":\n'
        f"    sys.exit({function}())\n"
    )
    return start + text.encode()


def rewritten(start: bytes, content: bytes) -> bytes:
    """Return a script of `.data` with the interpreter's path in place of `#!python`."""
    if not content.startswith(b"#!python"):
        return content
    return start + content.partition(b"\n")[2]


def script_references(wheel: StoredWheel, python_version: str) -> dict[str, str]:
    """Return script name -> `module:object` for the launchers of a wheel, in order.

    As with pip, a wheel that has the script `pip` gets `pip`, `pip3` and `pip3.11` for the very
    interpreter, whatever versions its entry points name.

    Raises:
        IntegrityError: A name is reserved for the environment itself.
    """
    references = dict(wheel.console_scripts)
    for name, reference in wheel.gui_scripts:
        references.setdefault(name, reference)
    if "pip" in references:
        reference = references["pip"]
        major, minor = python_version.split(".")[:2]
        for name in [name for name in references if is_pip_name(name)]:
            del references[name]
        for name in ("pip", f"pip{major}", f"pip{major}.{minor}"):
            references[name] = reference
    for name in references:
        ensure_script_name(name, wheel)
    return references


def ensure_script_name(name: str, wheel: StoredWheel) -> None:
    """Refuse a script that would replace a part of the environment.

    Raises:
        IntegrityError: The name is reserved.
    """
    if is_reserved_script(name):
        reason = "that name belongs to the environment itself"
    elif is_pip_name(name) and normalized_name(wheel.name) != "pip":
        reason = "that name belongs to `pip`"
    else:
        return
    raise IntegrityError(f"`{wheel.filename}` brings a script called `{name}`", details=(reason,))


def is_pip_name(name: str) -> bool:
    """Say whether a script is `pip`, `pip3`, `pip3.11` or the like."""
    return name.startswith("pip") and not name[3:].strip("0123456789.")
