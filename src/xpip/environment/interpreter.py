"""Facts about an interpreter: asked once, remembered while its file is unchanged.

A process is started only for an interpreter that was never seen. That of a virtual environment is
described from the one it was made of and from `pyvenv.cfg`, which costs a few system calls.
"""

from __future__ import annotations

import os

from xpip.environment.pyvenv import environment_of
from xpip.errors import EnvironmentFault
from xpip.model.environment import Interpreter, Layout
from xpip.model.records import TYPE_CHECKING
from xpip.model.target import Target

if TYPE_CHECKING:
    from typing import Any

    from xpip.store.layout import Store

TIME_LIMIT = 30.0
"""Seconds that an interpreter has to describe itself."""
_SAID_LINES = 6
"""Lines shown of what a broken interpreter said."""


def query_interpreter(executable: str, store: Store | None) -> Interpreter:
    """Return the facts about an interpreter.

    Args:
        executable: Path of a program; a script that starts an interpreter will do.
        store: Where facts are remembered; None asks the interpreter itself.

    Raises:
        EnvironmentFault: There is no such program, or it is not a working Python 3.8 or later.
    """
    executable = os.path.abspath(executable)
    found = environment_of(executable)
    if found is None:
        return _query_base(executable, store)
    folder, configuration = found
    base_path = _base_path(executable, configuration.get("home", ""))
    if base_path is None or _has_platform_policy(folder):
        return _ask(executable)
    return _derive(executable, folder, _query_base(base_path, store))


def _query_base(executable: str, store: Store | None) -> Interpreter:
    """Return the facts about an interpreter that belongs to no virtual environment."""
    real = os.path.realpath(executable)
    try:
        status = os.stat(real)
    except OSError as error:
        raise EnvironmentFault(
            f"there is no interpreter `{executable}`",
            details=(f"{real}: {error.strerror}",) if real != executable else (),
        ) from error
    if store is None:
        return _ask(executable)
    from xpip.store.interpreters import read_interpreter, write_interpreter

    known = read_interpreter(store, real, status.st_size, status.st_mtime_ns)
    if known is not None and known.platform_key == platform_key():
        return _as_of_now(known)._replace(executable=executable)
    fresh = _ask(executable)
    # A script may start another interpreter tomorrow (pyenv's shims do), so that only facts that
    # hold for the file itself are remembered.
    from xpip.environment.elf import is_program

    if fresh.prefix == fresh.base_prefix and is_program(real):
        reported = os.path.realpath(fresh.executable)
        if reported == real:
            write_interpreter(store, real, status.st_size, status.st_mtime_ns, fresh)
    return fresh


def platform_key() -> str:
    """Return the kind of processor and C library, as xpip's own process sees them."""
    system = os.uname()
    try:
        library = os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (OSError, ValueError):
        library = ""
    release = system.release if system.sysname == "Darwin" else ""
    return f"{system.sysname} {system.machine} {library}{release}"


def _as_of_now(interpreter: Interpreter) -> Interpreter:
    """Bring the marker values up to date that change with the kernel."""
    system = os.uname()
    markers = dict(interpreter.target.markers)
    if (
        markers.get("platform_release") == system.release
        and markers.get("platform_version") == system.version
    ):
        return interpreter
    markers["platform_release"] = system.release
    markers["platform_version"] = system.version
    target = interpreter.target._replace(markers=tuple(sorted(markers.items())))
    return interpreter._replace(target=target)


def _base_path(executable: str, home: str) -> str | None:
    """Return the interpreter that a virtual environment was made of, None when unknown.

    Raises:
        EnvironmentFault: The environment's python is a link to something that is gone.
    """
    real = os.path.realpath(executable)
    try:
        status = os.stat(real)
    except OSError as error:
        raise EnvironmentFault(
            f"the interpreter of the environment `{os.path.dirname(os.path.dirname(executable))}`"
            f" is gone: `{real}`",
            hints=("`xpip venv --clear` with the path of the environment makes it anew",),
        ) from error
    name = os.path.basename(executable)
    if not os.path.samefile(os.path.dirname(real), os.path.dirname(executable)):
        beside = os.path.join(home, name)
        try:
            same = home != "" and os.path.samestat(os.stat(beside), status)
        except OSError:
            same = False
        return beside if same else real
    # Its python is a copy. One of the same name and size in `home` is what it was copied from.
    for candidate in dict.fromkeys((name, os.path.basename(real), "python3", "python")):
        path = os.path.join(home, candidate)
        try:
            if home and os.stat(path).st_size == status.st_size:
                return path
        except OSError:
            continue
    return None


def _has_platform_policy(folder: str) -> bool:
    """Return whether the environment itself says which manylinux wheels it takes (PEP 600)."""
    library = os.path.join(folder, "lib")
    try:
        names = os.listdir(library)
    except OSError:
        return False
    paths = (os.path.join(library, name, "site-packages", "_manylinux.py") for name in names)
    return any(os.path.exists(path) for path in paths)


def _derive(executable: str, folder: str, base: Interpreter) -> Interpreter:
    """Return what the interpreter of a virtual environment would say of itself."""
    layout = venv_layout(folder, base)
    return base._replace(
        executable=executable,
        prefix=folder,
        layout=layout,
        library_folders=layout.library_folders(),
        # Inside an environment no distribution of Linux puts `local` into the path.
        prefix_folders=base.venv_folders,
    )


def venv_layout(folder: str, base: Interpreter) -> Layout:
    """Return the folders of a virtual environment made of an interpreter."""
    layout = layout_below(folder, base.venv_folders)
    # Headers of projects do not go among those of the interpreter, which it shares with others;
    # this folder is pip's choice.
    version = ".".join(base.target.python_version.split(".")[:2])
    headers = f"{folder}/include/site/python{version}"
    if layout.platlib != layout.purelib and os.path.realpath(layout.platlib) == os.path.realpath(
        layout.purelib
    ):
        layout = layout._replace(platlib=layout.purelib)
    return layout._replace(headers=headers)


def layout_below(folder: str, folders: tuple[str, ...]) -> Layout:
    """Return the layout of a scheme below a folder."""
    purelib, platlib, scripts, data, headers = (
        f"{folder}/{path}" if path else folder for path in folders
    )
    return Layout(folder, purelib, platlib, scripts, data, headers)


def _ask(executable: str) -> Interpreter:
    """Start an interpreter and have it describe itself."""
    return _interpret(_facts(executable), executable)


def _facts(executable: str) -> dict[str, Any]:
    from xpip.environment.probe import BEGIN_MARK, END_MARK, PROBE
    from xpip.formats.json_text import parse_json
    from xpip.process import ProgramFailed, run

    try:
        done = run((executable, "-I", "-c", PROBE), timeout=TIME_LIMIT)
    except ProgramFailed as error:
        raise EnvironmentFault(
            f"the interpreter `{executable}` does not work", details=(error.summary,)
        ) from error
    output = done.stdout.decode("utf-8", "replace")
    begin = output.rfind(BEGIN_MARK)
    end = output.find(END_MARK, begin)
    try:
        if begin >= 0 and end >= 0:
            facts: dict[str, Any] = parse_json(output[begin + len(BEGIN_MARK) : end].encode())
            return facts
    except ValueError:
        pass
    said = (done.stderr.decode("utf-8", "replace") + output).strip().splitlines()
    raise EnvironmentFault(
        f"`{executable}` is not a working interpreter: it ended with code {done.code}",
        details=tuple(said[-_SAID_LINES:]),
    )


def _interpret(facts: dict[str, Any], asked: str) -> Interpreter:
    if "too_old" in facts:
        raise EnvironmentFault(
            f"`{asked}` is Python {facts['too_old']}; environments need Python 3.8 or later"
        )
    paths = facts["paths"]
    prefix = facts["prefix"]
    is_virtual = prefix != facts["base_prefix"]
    layout = Layout(
        prefix,
        paths["purelib"],
        paths["platlib"],
        paths["scripts"],
        paths["data"],
        paths["include"],
    )
    # A script that was asked names no interpreter; what it started does.
    reported = facts["executable"] or asked
    same = os.path.realpath(reported) == os.path.realpath(asked)
    executable = asked if same else os.path.abspath(reported)
    interpreter = Interpreter(
        executable=executable,
        base_executable=_base_executable(facts),
        target=_target(facts),
        prefix=prefix,
        base_prefix=facts["base_prefix"],
        stdlib=paths["stdlib"],
        layout=layout,
        bytecode_tag=facts["bytecode_tag"],
        library_folders=tuple(facts["library_folders"]),
        venv_folders=tuple(map(_below, facts["venv_folders"])),
        prefix_folders=tuple(map(_below, facts["prefix_folders"])),
        platform_key=platform_key(),
    )
    if is_virtual:
        layout = venv_layout(prefix, interpreter)
        interpreter = interpreter._replace(layout=layout, library_folders=layout.library_folders())
    return interpreter


def _below(path: str) -> str:
    return "" if path == "." else path


def _base_executable(facts: dict[str, Any]) -> str:
    """Return the program that virtual environments should link to.

    An installation that was moved is found by its interpreter only from the folder that the program
    really lies in, so links into it from elsewhere are followed; those beside the program are kept,
    because an installation may replace the file that they lead to.
    """
    path: str = os.path.abspath(facts["base_executable"] or facts["executable"])
    home = os.path.dirname(os.path.dirname(path))
    real: str = os.path.realpath(path)
    if facts["markers"]["sys_platform"] == "darwin":
        return path
    return path if os.path.realpath(home) == os.path.realpath(facts["base_prefix"]) else real


def _target(facts: dict[str, Any]) -> Target:
    from xpip.environment.tags import PythonFacts, compatible_tags

    markers: dict[str, str] = facts["markers"]
    major, minor = markers["python_version"].split(".")
    python = PythonFacts(
        implementation=markers["implementation_name"],
        version=(int(major), int(minor)),
        version_nodot=facts["version_nodot"],
        debug=facts["debug"],
        free_threaded=facts["free_threaded"],
        extension_suffix=facts["extension_suffix"],
    )
    return Target(
        # A build between releases calls itself `3.14.0a1+`, which is no version.
        python_version=facts["version"].rstrip("+"),
        implementation=markers["implementation_name"],
        markers=tuple(sorted(markers.items())),
        tags=compatible_tags(python, _platforms(facts)),
    )


def _platforms(facts: dict[str, Any]) -> tuple[str, ...]:
    from xpip.environment.elf import read_elf
    from xpip.environment.tags import LinuxFacts, linux_platforms, macos_platforms, other_platforms

    if facts["macos"]:
        version, machine = facts["macos"]
        return macos_platforms(_two_numbers(version) or (10, 0), machine, facts["bits"])
    if facts["markers"]["platform_system"] != "Linux":
        return other_platforms(facts["platform"])
    elf = read_elf(os.path.realpath(facts["executable"]))
    return linux_platforms(
        LinuxFacts(
            platform=facts["platform"],
            bits=facts["bits"],
            glibc=_two_numbers(facts["glibc"]),
            musl=_musl_version(elf.interpreter) if elf is not None else None,
            loads_i686=elf is not None and elf.is_i686,
            loads_armhf=elf is not None and elf.is_armhf,
            manylinux=facts["manylinux"],
        )
    )


def _musl_version(loader: str) -> tuple[int, int] | None:
    """Return the version of musl that a dynamic loader is of, None for other C libraries."""
    if "musl" not in loader:
        return None
    from xpip.process import ProgramFailed, run

    try:
        # Started without arguments it tells its version on the error output and fails.
        said = run((loader,), timeout=TIME_LIMIT).stderr.decode("utf-8", "replace")
    except ProgramFailed:
        return None
    for line in said.splitlines():
        if line.startswith("Version "):
            return _two_numbers(line[len("Version ") :])
    return None


def _two_numbers(text: str) -> tuple[int, int] | None:
    """Return the first two numbers of a version, None when it has not two."""
    major, separator, rest = text.partition(".")
    digits = ""
    for character in rest:
        if not character.isdigit():
            break
        digits += character
    return (int(major), int(digits)) if separator and major.isdigit() and digits else None
