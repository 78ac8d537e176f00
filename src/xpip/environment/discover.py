"""Which environment a command works on.

First what the user names, then what is active, then `.venv` here or above, then the virtual
environment that xpip runs in, then the Python it runs on where nobody else looks after that, as in
containers. A Python of the system is taken only when asked for.
"""

from __future__ import annotations

import os
import sys

from xpip.environment.interpreter import layout_below, query_interpreter
from xpip.environment.pyvenv import interpreter_in, is_environment, read_configuration
from xpip.environment.search import Search
from xpip.errors import EnvironmentFault, UsageError, VirtualEnvironmentRequired
from xpip.model.environment import Environment, Layout
from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xpip.model.environment import Interpreter
    from xpip.store.layout import Store

_WAYS_OUT = (
    "`xpip venv` makes an environment in `.venv`, which is then found",
    "`--system` installs for the first Python on `PATH`",
)


class EnvironmentRequest(NamedTuple):
    """What options and configuration say about the environment to work on."""

    python: str = ""
    """Path of an interpreter or environment, name of a program, or version."""
    target: str = ""
    """Folder of `--target`."""
    prefix: str = ""
    """Folder of `--prefix`."""
    system: bool = False
    break_system_packages: bool = False
    require_virtualenv: bool = False
    user: bool | None = None
    """Of `--user` and `--no-user`; None decides by what can be written, as pip does."""
    root: str = ""
    """Folder of `--root`."""
    project: str = ""
    """Folder of `--project`, where the search for `.venv` begins; empty for the current one."""


class Discovery(NamedTuple):
    """An environment and what it depends on that this one was found."""

    environment: Environment
    consulted: tuple[str, ...]
    """Absolute paths that were looked at, present or absent, in order: while none of them changes,
    the same request finds the same environment."""


def find_environment(
    request: EnvironmentRequest,
    variables: Mapping[str, str],
    cwd: str,
    store: Store | None,
) -> Environment:
    """Return the environment that a command works on.

    Args:
        variables: `VIRTUAL_ENV`, `CONDA_PREFIX`, `PATH` and `HOME` are read.

    Raises:
        UsageError: Options contradict each other.
        EnvironmentFault: There is none, or the one that was named does not work.
        VirtualEnvironmentRequired: It is not virtual although it has to be.
    """
    return discover(request, variables, cwd, store).environment


def discover(
    request: EnvironmentRequest,
    variables: Mapping[str, str],
    cwd: str,
    store: Store | None,
) -> Discovery:
    """Return the environment that a command works on, and which paths decided that.

    Raises:
        XpipError: As `find_environment` does.
    """
    if request.target and request.prefix:
        raise UsageError("`--target` and `--prefix` cannot be used together")
    search = Search(variables, cwd, store)
    interpreter, origin = _choose(request, search)
    is_virtual = interpreter.prefix != interpreter.base_prefix
    if request.require_virtualenv and not is_virtual:
        raise VirtualEnvironmentRequired(
            f"`{interpreter.prefix}` is not a virtual environment, and one is required",
            hints=(_WAYS_OUT[0],),
        )
    environment = _environment(request, interpreter, origin, search)
    search.consult(interpreter.executable, os.path.realpath(interpreter.executable))
    return Discovery(environment, tuple(dict.fromkeys(search.consulted)))


def _choose(request: EnvironmentRequest, search: Search) -> tuple[Interpreter, str]:
    if request.python:
        return search.named(request.python, skip_virtual=request.system), "--python"
    if request.system:
        return _system(search), "--system"
    project = search.absolute(request.project) if request.project else search.cwd
    found = _active(search) or _in_project(search, project) or _own(search)
    if found is not None:
        return found
    outside = _own_outside(search)
    if outside is not None:
        return outside
    if request.target or request.prefix or request.root or request.user:
        # What goes into a folder of its own needs no environment, only a Python to be for.
        return _system(search), "--system"
    raise EnvironmentFault(
        "no virtual environment was found",
        details=(
            "`VIRTUAL_ENV` and `CONDA_PREFIX` are not set",
            f"there is no `.venv` in `{search.cwd}` or above",
            "xpip itself runs in no virtual environment, and others look after its Python",
        ),
        hints=_WAYS_OUT,
    )


def _active(search: Search) -> tuple[Interpreter, str] | None:
    """Return the environment that the shell has activated."""
    folder = search.variables.get("VIRTUAL_ENV", "")
    if folder:
        folder = search.absolute(folder)
        search.consult_environment(folder)
        path = interpreter_in(folder)
        if path is None:
            raise EnvironmentFault(
                f"`VIRTUAL_ENV` names `{folder}`, which is not a virtual environment",
                hints=(
                    "`deactivate` or `unset VIRTUAL_ENV` makes xpip look elsewhere",
                    f"`xpip venv {folder}` makes one there",
                ),
            )
        return query_interpreter(path, search.store), "VIRTUAL_ENV"
    folder = search.variables.get("CONDA_PREFIX", "")
    if folder:
        folder = search.absolute(folder)
        search.consult_environment(folder)
        path = interpreter_in(folder)
        # An environment of conda may well be without Python.
        if path is not None:
            return query_interpreter(path, search.store), "CONDA_PREFIX"
    return None


def _in_project(search: Search, folder: str) -> tuple[Interpreter, str] | None:
    """Return the environment `.venv` of a folder or the nearest one above."""
    while True:
        path = os.path.join(folder, ".venv")
        search.consult(path)
        if os.path.lexists(path):
            search.consult_environment(path)
            return query_interpreter(_project_interpreter(path), search.store), ".venv"
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent


def _project_interpreter(path: str) -> str:
    """Return the interpreter of a `.venv`.

    Raises:
        EnvironmentFault: It is something else, which is then said.
    """
    hint = f"`xpip venv --clear {path}` makes a new environment there"
    if not os.path.exists(path):
        raise EnvironmentFault(
            f"`{path}` is a link to something that is gone: `{os.path.realpath(path)}`",
            hints=("remove the link, then `xpip venv` makes a new environment",),
        )
    if not os.path.isdir(path):
        raise EnvironmentFault(
            f"`{path}` is a file and not a virtual environment",
            hints=("remove the file, or name the environment with `--python`",),
        )
    if not is_environment(path):
        raise EnvironmentFault(
            f"`{path}` is not a virtual environment: it has no `pyvenv.cfg`",
            hints=("remove the folder, or name the environment with `--python`",),
        )
    executable = interpreter_in(path)
    if executable is None:
        raise EnvironmentFault(
            f"the virtual environment `{path}` has no working `bin/python`", hints=(hint,)
        )
    return executable


def _own(search: Search) -> tuple[Interpreter, str] | None:
    """Return the environment that xpip runs in, if it is virtual.

    Not asked of `sys.prefix`, which only `site` corrects, and that may be turned off.
    """
    executable = sys.executable
    if not executable:
        return None
    folder = os.path.dirname(os.path.dirname(executable))
    search.consult_environment(folder)
    if not is_environment(folder):
        return None
    return query_interpreter(executable, search.store), "current"


def _own_outside(search: Search) -> tuple[Interpreter, str] | None:
    """Return the Python that xpip runs on outside of environments, unless somebody looks after it.

    That is where pip installs: the first commands of a container know no environment.
    """
    if not sys.executable:
        return None
    from xpip.environment.managed import external_management

    interpreter = query_interpreter(sys.executable, search.store)
    if interpreter.prefix != interpreter.base_prefix or external_management(interpreter):
        return None
    return interpreter, "current"


def _system(search: Search) -> Interpreter:
    """Return the first Python on `PATH` that is in no virtual environment, else xpip's own."""
    found = search.first_on_path()
    if found is not None:
        return found
    own = query_interpreter(sys.executable, search.store)
    if own.prefix == own.base_prefix:
        return own
    return query_interpreter(own.base_executable, search.store)


def _environment(
    request: EnvironmentRequest, interpreter: Interpreter, origin: str, search: Search
) -> Environment:
    if request.target:
        folder = search.absolute(request.target)
        layout = Layout(
            prefix=folder,
            purelib=folder,
            platlib=folder,
            scripts=f"{folder}/bin",
            data=folder,
            headers=f"{folder}/include",
        )
        return Environment(interpreter, layout, "--target", False, None)
    if request.prefix:
        folder = search.absolute(request.prefix)
        layout = layout_below(folder, interpreter.prefix_folders)
        environment = Environment(interpreter, layout, "--prefix", False, None)
        return _below_root(environment, request.root, search)
    if request.root and not request.user:
        environment = Environment(interpreter, interpreter.layout, origin, False, None)
        return _below_root(environment, request.root, search)
    is_virtual = interpreter.prefix != interpreter.base_prefix
    managed = None
    if not is_virtual:
        search.consult(os.path.join(interpreter.stdlib, "EXTERNALLY-MANAGED"))
        if not request.break_system_packages:
            from xpip.environment.managed import external_management

            managed = external_management(interpreter)
    environment = Environment(
        interpreter,
        interpreter.layout,
        origin,
        is_virtual,
        managed,
        _shining_through(interpreter, is_virtual, search),
        "" if is_virtual else "".join(_of_user(interpreter, search)),
    )
    if request.user:
        from xpip.environment.user_scheme import user_environment

        environment = user_environment(environment, search.variables)
        return _below_root(environment, request.root, search)
    return environment


def _below_root(environment: Environment, root: str, search: Search) -> Environment:
    """Return the environment with all folders moved below the folder of `--root`.

    What is installed elsewhere does not count: the folder becomes part of another machine's tree.
    """
    if not root:
        return environment
    folder = search.absolute(root).rstrip("/")
    layout = Layout(*(folder + path for path in environment.layout))
    return environment._replace(
        layout=layout, origin="--root", externally_managed=None, read_also=(), read_first=""
    )


def _shining_through(interpreter: Interpreter, is_virtual: bool, search: Search) -> tuple[str, ...]:
    """Return the library folders that count as installed and are not to be changed."""
    own = interpreter.layout.library_folders()
    folders = interpreter.library_folders
    if is_virtual:
        configuration = read_configuration(interpreter.prefix) or {}
        if configuration.get("include-system-site-packages", "").lower() != "true":
            return ()
        folders = query_interpreter(interpreter.base_executable, search.store).library_folders
    folders = (*folders, *_of_user(interpreter, search))
    return tuple(folder for folder in dict.fromkeys(folders) if folder not in own)


def _of_user(interpreter: Interpreter, search: Search) -> tuple[str, ...]:
    """Return the folder where the user installed packages for herself, if she did."""
    if search.variables.get("PYTHONNOUSERSITE"):
        return ()
    from xpip.environment.user_library import library_of_user

    folder = library_of_user(interpreter, search.variables)
    if not folder:
        return ()
    search.consult(folder)
    return (folder,) if os.path.isdir(folder) else ()
