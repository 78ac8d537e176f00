"""Environments that builds run in: made of wheels of the store, kept there, shared by builds.

An environment is named by the interpreter and the wheels in it. It is finished before the file
that names it appears, by a link that only the first of several processes can make, so that nobody
waits and nobody sees half of one. A build gets to see it in its own process; one that has been
changed since (its folder lists other names) is not used again.
"""

from __future__ import annotations

import os

from xpip.environment.create import CreateOptions, create_environment
from xpip.environment.interpreter import venv_layout
from xpip.model.distribution import StoredWheel
from xpip.model.environment import Environment
from xpip.model.plan import Placement
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.reporter import SilentReporter
from xpip.store.keys import key_of
from xpip.store.layout import BUILD_ENVIRONMENTS
from xpip.store.packing import read_packed_status, remove_quietly, write_packed
from xpip.store.seals import is_doubtful

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.model.environment import Interpreter
    from xpip.store.layout import Store

_FIELDS = 2
_BYTECODE = "__pycache__"


class BuildEnvironment(NamedTuple):
    """An environment for builds."""

    python: str
    scripts: str
    prefix: str


def environment_key(store: Store, interpreter: Interpreter, wheels: Sequence[StoredWheel]) -> str:
    """Return the name of an environment: what is in it, for which Python, and where it is.

    Its scripts hold its path, so that one in a store that was moved is no good.
    """
    return key_of(
        store.root,
        interpreter.base_executable,
        interpreter.target.python_version,
        interpreter.platform_key,
        tuple(sorted(wheel.key for wheel in wheels)),
    )


def provide_environment(
    store: Store, interpreter: Interpreter, wheels: Sequence[StoredWheel]
) -> BuildEnvironment:
    """Return an environment with exactly some wheels, made if there is none yet.

    Raises:
        XpipError: It cannot be made: two wheels own one path, the store cannot take it.
    """
    key = environment_key(store, interpreter, wheels)
    found = _find(store, key, interpreter)
    if found is not None:
        return found
    return _make(store, key, interpreter, wheels)


def _find(store: Store, key: str, interpreter: Interpreter) -> BuildEnvironment | None:
    """Return the environment that is there, None without one that can be trusted."""
    for path in store.paths(BUILD_ENVIRONMENTS, key):
        found = read_packed_status(path)
        if found is None:
            continue
        fields, status = found
        # What may have been torn when the machine went down is made anew from the store.
        is_torn = is_doubtful(store, status) and path.startswith(f"{store.root}/")
        if is_torn or type(fields) is not tuple or len(fields) != _FIELDS:
            continue
        name, listed = fields
        folder = f"{os.path.dirname(path)}/{name}"
        if listed == _listing(folder, interpreter):
            return _environment(folder, interpreter)
    return None


def _make(
    store: Store, key: str, interpreter: Interpreter, wheels: Sequence[StoredWheel]
) -> BuildEnvironment:
    from xpip.environment.apply import ApplyOptions, apply

    name = f"e-{os.urandom(8).hex()}"
    folder = store.path(BUILD_ENVIRONMENTS, name)
    create_environment(folder, interpreter, CreateOptions())
    made = _environment(folder, interpreter)
    inside = interpreter._replace(
        executable=made.python, prefix=folder, layout=venv_layout(folder, interpreter)
    )
    environment = Environment(inside, inside.layout, "build", True, None)
    try:
        if wheels:
            placements = [Placement(wheel, False) for wheel in wheels]
            apply(environment, (), placements, store, ApplyOptions(), SilentReporter())
    except BaseException:
        _remove(folder)
        raise
    return _publish(store, key, name, interpreter) or made


def _publish(
    store: Store, key: str, name: str, interpreter: Interpreter
) -> BuildEnvironment | None:
    """Give an environment its name; return that of another process where that was faster."""
    folder = store.path(BUILD_ENVIRONMENTS, name)
    path = store.path(BUILD_ENVIRONMENTS, key)
    staged = store.temporary_path()
    write_packed(store, staged, (name, _listing(folder, interpreter)))
    try:
        os.link(staged, path)
    except FileExistsError:
        other = _find(store, key, interpreter)
        if other is not None:
            remove_quietly(staged)
            _remove(folder)
            return other
        os.replace(staged, path)
    except OSError:
        # A file system without links: the last one counts.
        os.replace(staged, path)
    else:
        remove_quietly(staged)
    return None


def _environment(folder: str, interpreter: Interpreter) -> BuildEnvironment:
    scripts = f"{folder}/{interpreter.venv_folders[2]}"
    return BuildEnvironment(f"{scripts}/python", scripts, folder)


def _listing(folder: str, interpreter: Interpreter) -> tuple[str, ...]:
    """Return what is in the library folders and among the scripts; Python's bytecode is not."""
    names: list[str] = []
    for part in dict.fromkeys(interpreter.venv_folders[:3]):
        try:
            found = os.listdir(f"{folder}/{part}")
        except OSError:
            return ()
        names += sorted(name for name in found if name != _BYTECODE)
    return tuple(names)


def _remove(folder: str) -> None:
    import shutil

    shutil.rmtree(folder, ignore_errors=True)
