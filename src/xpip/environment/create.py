"""Make virtual environments (PEP 405) without starting an interpreter.

An environment is built beside its place under another name and renamed into it, so that nobody ever
sees half of one.
"""

from __future__ import annotations

import errno
import os
import sys

from xpip.environment.activate import FORBIDDEN, activation_scripts
from xpip.environment.pyvenv import FILE_NAME, interpreter_in, is_environment
from xpip.environment.venv_files import sibling, write_files
from xpip.errors import EnvironmentFault, UsageError
from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from xpip.model.environment import Interpreter

_GIT_IGNORE = "# Made by xpip: an environment is not for version control.\n*\n"
_NOT_RENAMED = frozenset((errno.EBUSY, errno.EXDEV))
"""What renaming says of a mount point, such as a volume of a container."""
_NOT_EMPTY = frozenset((errno.ENOTEMPTY, errno.EEXIST))
_NOT_BESIDE = frozenset((errno.EACCES, errno.EPERM, errno.EROFS))
"""What making a folder beside the environment says when only the environment may be written."""

_WITHOUT_SETUPTOOLS = 12
"""First minor version of Python 3 whose `venv` and `virtualenv` no longer bring setuptools."""
_ATTEMPTS = 16
"""How often `clear` tries to be the last of those who do the same."""


class CreateOptions(NamedTuple):
    """How an environment is made."""

    prompt: str = ""
    """Shown by an activated shell; empty for the name of the folder."""
    clear: bool = False
    """Replace an environment that is there."""
    allow_existing: bool = False
    """Renew the interpreter and scripts of an environment that is there, keep the rest."""
    system_site_packages: bool = False
    """Distributions of the interpreter it is made of can be imported, too."""


class Created(NamedTuple):
    """An environment that is there now."""

    path: str
    executable: str
    reused: bool = False
    """Another process made the same environment at the same moment, and it was left as it is."""
    left_behind: str = ""
    """What `clear` could not remove of the old environment; empty when everything is gone."""
    place: str = ""
    """`path` without symbolic links."""
    design: Design | None = None
    """Everything that was written there."""


class Design(NamedTuple):
    """Everything that is written, computed before the first write."""

    folders: tuple[str, ...]
    """Relative, parents first."""
    links: tuple[tuple[str, str], ...]
    """(relative path, what it leads to)."""
    files: tuple[tuple[str, str], ...]
    """(relative path, text); `pyvenv.cfg`, which makes it an environment, is last."""


def create_environment(path: str, interpreter: Interpreter, options: CreateOptions) -> Created:
    """Make a virtual environment.

    Args:
        path: Absolute. An empty folder may be there.
        interpreter: That of a virtual environment stands for the one it was made of.

    Raises:
        UsageError: The path or prompt holds a character that no environment can live with, or
            options contradict each other.
        EnvironmentFault: Something else is there, or it cannot be written.
    """
    _check_text(path, options)
    design = _design(path, interpreter, options)
    present = _look(path, options)
    place = os.path.realpath(path)
    executable = os.path.join(path, "bin", "python")
    created = Created(path, executable, place=place, design=design)
    try:
        if present and options.allow_existing:
            _write(place, design, renew=True)
            return created
        return _build_and_place(place, created, design, present)
    except OSError as error:
        raise EnvironmentFault(
            f"the environment `{path}` cannot be made: {error.strerror or error}",
            details=(error.filename,) if isinstance(error.filename, str) else (),
        ) from error


def default_prompt(path: str, cwd: str, asked: str) -> str:
    """Return what is shown by an activated shell: as asked, or the name of the folder.

    A hidden folder is called by the one it lies in: that it is `.venv` tells nobody which project
    it is of. `.` asks for the name of the current folder, as in the standard library.
    """
    if asked == ".":
        return os.path.basename(cwd)
    name = os.path.basename(path)
    around = os.path.basename(os.path.dirname(path)) if name.startswith(".") else ""
    return asked or around or name


def seed_requirements(interpreter: Interpreter) -> tuple[str, ...]:
    """Return what `--seed` installs: pip, and what building needed before Python 3.12."""
    minor = int(interpreter.target.python_version.split(".")[1])
    return ("pip", "setuptools", "wheel") if minor < _WITHOUT_SETUPTOOLS else ("pip",)


def _check_text(path: str, options: CreateOptions) -> None:
    if options.clear and options.allow_existing:
        raise UsageError("`--clear` and `--allow-existing` cannot be used together")
    for character, name in FORBIDDEN.items():
        if character in path:
            raise UsageError(f"the path {path!r} of an environment must not hold {name}")
        if character in options.prompt and character != ":":
            raise UsageError(f"the prompt {options.prompt!r} must not hold {name}")


def _look(path: str, options: CreateOptions) -> bool:
    """Return whether something but an empty folder is there that may be replaced or renewed.

    Raises:
        EnvironmentFault: It is there and must not be touched.
    """
    if not os.path.lexists(path):
        return False
    if not os.path.exists(path):
        raise EnvironmentFault(
            f"`{path}` is a link to something that is gone: `{os.path.realpath(path)}`",
            hints=("remove the link first",),
        )
    if not os.path.isdir(path):
        raise EnvironmentFault(f"`{path}` is a file", hints=("choose another path",))
    try:
        names = os.listdir(path)
    except OSError as error:
        raise EnvironmentFault(f"`{path}` cannot be read: {error.strerror}") from error
    if not names:
        return False
    is_known = is_environment(path)
    if not (options.clear or options.allow_existing):
        kind = "a virtual environment" if is_known else "a folder that is not empty"
        raise EnvironmentFault(
            f"`{path}` is there already: {kind}",
            hints=(
                "`--clear` replaces it by a new one, `--allow-existing` keeps what is installed",
            )
            if is_known
            else ("choose another path; `--allow-existing` makes it an environment as it is",),
        )
    if options.clear:
        _check_clearable(path, is_known)
    return True


def _check_clearable(path: str, is_known: bool) -> None:
    if not is_known:
        raise EnvironmentFault(
            f"`{path}` is not a virtual environment and will not be cleared",
            details=("it has no `pyvenv.cfg`, and it is not empty",),
            hints=("remove it yourself, or choose another path",),
        )
    own = os.path.dirname(os.path.dirname(sys.executable or ""))
    if own and os.path.realpath(own) == os.path.realpath(path):
        raise EnvironmentFault(
            f"`{path}` is the environment that xpip runs in and cannot be cleared",
            hints=("start xpip from another environment",),
        )


def _design(path: str, interpreter: Interpreter, options: CreateOptions) -> Design:
    base = interpreter.base_executable
    version = interpreter.target.python_version
    major, minor = version.split(".")[:2]
    folders = ["bin", "include"]
    purelib, platlib = interpreter.venv_folders[:2]
    # With the link `lib64` both are one folder, even where the interpreter itself has two.
    for library in {purelib: None} if _has_lib64(interpreter) else {purelib: None, platlib: None}:
        parts = library.split("/")
        folders += ["/".join(parts[: end + 1]) for end in range(len(parts))]
    names = ["python", "python3", f"python{major}.{minor}"]
    if interpreter.target.implementation != "cpython":
        names += [
            f"{interpreter.target.implementation}{end}" for end in ("", major, f"{major}.{minor}")
        ]
    links = [("bin/python", base)] + [(f"bin/{name}", "python") for name in names[1:]]
    if _has_lib64(interpreter):
        links.append(("lib64", "lib"))
    prompt = options.prompt or os.path.basename(path)
    scripts = activation_scripts(path, prompt)
    files = [(".gitignore", _GIT_IGNORE)]
    files += [(f"bin/{name}", text) for name, text in scripts]
    files.append((FILE_NAME, _configuration(path, interpreter, options)))
    return Design(tuple(dict.fromkeys(folders)), tuple(links), tuple(files))


def _has_lib64(interpreter: Interpreter) -> bool:
    """Return whether the standard library would link `lib64` to `lib`: 64 bits, not macOS."""
    platform = interpreter.target.tags[0].rpartition("-")[2]
    return platform.startswith("linux_") and not platform.endswith(("_i686", "_armv7l", "_armv8l"))


def _configuration(path: str, interpreter: Interpreter, options: CreateOptions) -> str:
    base = interpreter.base_executable
    lines = [
        f"home = {os.path.dirname(base)}",
        f"include-system-site-packages = {'true' if options.system_site_packages else 'false'}",
        f"version = {interpreter.target.python_version}",
        f"executable = {os.path.realpath(base)}",
    ]
    command = f"command = xpip venv --python {base} {path}"
    # A name that is not UTF-8 may not stand here: `site` then refuses the whole file.
    if not any("\udc80" <= character <= "\udcff" for character in command):
        lines.append(command)
    if options.prompt:
        lines.append(f"prompt = {options.prompt!r}")
    return "".join(f"{line}\n" for line in lines)


def _build_and_place(place: str, created: Created, design: Design, replace: bool) -> Created:
    os.makedirs(os.path.dirname(place), exist_ok=True)
    staged = sibling(place)
    try:
        os.mkdir(staged)
    except OSError as error:
        if error.errno in _NOT_BESIDE and os.path.isdir(place):
            return _fill_in_place(place, created, design)
        raise
    try:
        _write(staged, design, renew=False)
        if replace:
            return _replace(staged, place, created, design)
        # This also replaces a folder, if it is empty.
        os.rename(staged, place)
    except OSError as error:
        if error.errno in _NOT_RENAMED:
            return _fill_in_place(place, created, design)
        if error.errno in _NOT_EMPTY:
            return _won_by_another(place, created, design)
        raise
    else:
        return created
    finally:
        if os.path.lexists(staged):
            _remove(staged)


def _replace(staged: str, place: str, created: Created, design: Design) -> Created:
    """Put a finished environment in the place of another one, which is removed.

    Between two renames nothing is there. Others may do the same at the same moment.
    """
    aside = ""
    left_behind = ""
    for _ in range(_ATTEMPTS):
        _check_clearable(created.path, is_environment(place) or not os.path.exists(place))
        aside = sibling(place)
        try:
            os.rename(place, aside)
        except FileNotFoundError:
            aside = ""
        try:
            os.rename(staged, place)
        except OSError as error:
            if error.errno not in _NOT_EMPTY:
                if aside:
                    os.rename(aside, place)
                raise
            left_behind = (_remove(aside) if aside else "") or left_behind
            continue
        return created._replace(left_behind=(_remove(aside) if aside else "") or left_behind)
    return _won_by_another(place, created, design)


def _fill_in_place(place: str, created: Created, design: Design) -> Created:
    """Make the environment in a folder that cannot be replaced, such as a mount point.

    Until its last file is written it says that it is no environment.
    """
    configuration = os.path.join(place, FILE_NAME)
    if os.path.exists(configuration):
        os.unlink(configuration)
    left_behind = ""
    for name in os.listdir(place):
        left_behind = _remove(os.path.join(place, name)) or left_behind
    _write(place, design, renew=True)
    return created._replace(left_behind=left_behind)


def _won_by_another(place: str, created: Created, design: Design) -> Created:
    """Use what another process placed meanwhile, if it is the same environment.

    Raises:
        EnvironmentFault: It is something else.
    """
    path, text = design.files[-1]
    try:
        with open(
            os.path.join(place, path), encoding="utf-8", errors="surrogateescape"
        ) as configuration:
            same = configuration.read() == text
    except OSError:
        same = False
    if same and interpreter_in(place) is not None:
        return created._replace(reused=True)
    raise EnvironmentFault(
        f"`{created.path}` was made by another process meanwhile and is something else",
        hints=("`--clear` replaces it",),
    )


def _write(root: str, design: Design, *, renew: bool) -> None:
    write_files(root, design.folders, design.links, design.files, renew=renew)


def _remove(path: str) -> str:
    """Remove a file or folder and return its path if something of it stays."""
    import shutil

    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path, ignore_errors=True)
    else:
        try:
            os.unlink(path)
        except OSError:
            pass
    return path if os.path.lexists(path) else ""
