"""Lock a project's dependencies, extras and groups in a pylock.toml."""

from __future__ import annotations

import os

from xpip.cli.compiling import Compilation, compile_and_write
from xpip.cli.sources import gather
from xpip.errors import RequirementError, UsageError
from xpip.formats.lock_names import is_lock_name
from xpip.model.records import TYPE_CHECKING
from xpip.operations.project_files import (
    PROJECT_FILE,
    ProjectWish,
    read_parts,
)
from xpip.operations.requirements import STANDARD_INPUT
from xpip.operations.wanted import Wanted, is_project_file, is_script

if TYPE_CHECKING:
    from xpip.cli.options.compile import CompileOptions
    from xpip.cli.settings import Settings
    from xpip.terminal.console import Console


def run(options: CompileOptions, settings: Settings, console: Console) -> int:
    """Write the lock, or say what it is."""
    output = "" if options.output == STANDARD_INPUT else options.output or "pylock.toml"
    if output and not is_lock_name(os.path.basename(output)):
        raise UsageError(
            f"`{output}` is not a name for a lock file",
            hints=("readers look for `pylock.toml` and `pylock.NAME.toml`",),
        )
    work = _read(options, settings, console)._replace(output=output, is_lock=True)
    return compile_and_write(work, options, settings, console)


def _read(options: CompileOptions, settings: Settings, console: Console) -> Compilation:
    """Return what is to be locked: a project with its parts, or what files ask for."""
    names = tuple(_in_folder(name, settings.cwd) for name in options.sources)
    if not names and not os.path.exists(os.path.join(settings.cwd, PROJECT_FILE)):
        raise UsageError(
            f"there is no `{PROJECT_FILE}` in the current folder to lock",
            hints=("name a folder, or files of requirements",),
        )
    projects = [name for name in names or (PROJECT_FILE,) if os.path.basename(name) == PROJECT_FILE]
    if len(projects) != 1 or len(names) > 1:
        from xpip.cli.commands.compile import read_named

        scripts = tuple(filter(is_script, names))
        return Compilation(read_named(options, settings, console, names), "", scripts=scripts)
    path = projects[0]
    wanted = options.wanted
    is_choice = bool(wanted.extras or wanted.groups)
    wish = ProjectWish(wanted.extras, wanted.all_extras or not is_choice)
    groups = tuple(name for _, name in wanted.groups) if is_choice else None
    requires_python, parts = read_parts(path, settings.cwd, wish, groups)
    texts = tuple(text for part in parts for text in part.requirements)
    sources = gather(Wanted(texts, constraint_files=options.constraint_files), settings, console)
    return Compilation(sources, "", parts=parts, requires_python=requires_python, project=path)


def _in_folder(name: str, cwd: str) -> str:
    """Return the project file of a folder; anything else as it is.

    Raises:
        RequirementError: The folder has none.
    """
    if not is_project_file(name) and os.path.isdir(os.path.join(cwd, name)):
        path = os.path.normpath(os.path.join(name, PROJECT_FILE))
        if not os.path.exists(os.path.join(cwd, path)):
            raise RequirementError(
                f"`{name}` is a folder without `{PROJECT_FILE}`",
                hints=("name a project's folder, or a file of requirements",),
            )
        return path
    return name
