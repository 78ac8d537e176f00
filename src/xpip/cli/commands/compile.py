"""Pin all that is needed and write it as a requirements file or a lock file."""

from __future__ import annotations

import os

from xpip.cli.compiling import Compilation, compile_and_write, is_lock_wanted
from xpip.cli.sources import gather
from xpip.errors import UsageError
from xpip.model.records import TYPE_CHECKING
from xpip.operations.requirements import STANDARD_INPUT
from xpip.operations.wanted import Wanted, is_project_file, is_remote, is_script

if TYPE_CHECKING:
    from xpip.cli.options.compile import CompileOptions
    from xpip.cli.settings import Settings
    from xpip.model.requirement import RequirementSources
    from xpip.operations.built_projects import BuiltProject
    from xpip.terminal.console import Console

_SOURCES = ("requirements.in", "setup.py", "pyproject.toml", "setup.cfg")
"""Looked for in this order where no source is named, as pip-compile does."""


def run(options: CompileOptions, settings: Settings, console: Console) -> int:
    """Write the pins, or say what they are."""
    names = _names(options, settings.cwd)
    output = _output(options, names)
    is_lock = is_lock_wanted(options, output)
    built = built_projects(options, settings, names)
    asked = {project.path for project in built if project.dependencies}
    read = tuple(name for name in names if name not in asked)
    sources = read_named(options, settings, console, read)
    scripts = tuple(filter(is_script, read))
    work = Compilation(sources, output, is_lock, built=built, scripts=scripts)
    return compile_and_write(work, options, settings, console)


def built_projects(
    options: CompileOptions, settings: Settings, names: tuple[str, ...]
) -> tuple[BuiltProject, ...]:
    """Return the projects whose build backends have to be asked.

    Raises:
        XpipError: A file cannot be read.
    """
    wanted = options.wanted
    if not wanted.build_kinds and not any(map(is_project_file, names)):
        return ()
    from xpip.operations.project_files import BUILT_FILES, ProjectWish, is_dynamic

    wish = ProjectWish(wanted.extras, wanted.all_extras)
    found = []
    for name in names:
        if is_remote(name):
            continue
        dynamic = not wanted.only_builds and is_dynamic(name, settings.cwd, wish)
        kinds = wanted.build_kinds if os.path.basename(name) in BUILT_FILES else ()
        if dynamic or kinds:
            from xpip.operations.built_projects import BuiltProject

            found.append(BuiltProject(name, wish, dynamic, kinds))
    if wanted.build_kinds and not found:
        raise UsageError("`--build-deps-for` and `--all-build-deps` need a project as a source")
    return tuple(found)


def read_named(
    options: CompileOptions, settings: Settings, console: Console, names: tuple[str, ...]
) -> RequirementSources:
    """Return what files, projects, groups and constraints ask for together.

    Raises:
        XpipError: One cannot be read.
    """
    parts = options.wanted
    wants_extras = bool(parts.extras or parts.all_extras)
    if wants_extras and not any(map(is_project_file, options.sources or names)):
        raise UsageError("`--extra` and `--all-extras` need a `pyproject.toml` among the sources")
    if parts.only_builds:
        names = tuple(name for name in names if not is_project_file(name))
    wanted = Wanted(
        requirement_files=names,
        constraint_files=options.constraint_files,
        groups=parts.groups,
    )
    # What only a build backend knows has been asked for before.
    if any(map(is_project_file, names)):
        wanted = wanted._replace(extras=parts.extras, all_extras=parts.all_extras)
    return gather(wanted, settings, console)


def _names(options: CompileOptions, cwd: str) -> tuple[str, ...]:
    if options.sources or options.wanted.groups:
        return options.sources
    for name in _SOURCES:
        if os.path.exists(os.path.join(cwd, name)):
            return (name,)
    raise UsageError(
        "nothing to compile was named",
        hints=("name a file of requirements, `pyproject.toml`, or `-` for standard input",),
    )


def _output(options: CompileOptions, names: tuple[str, ...]) -> str:
    """Return the file to write, empty for standard output."""
    if options.output:
        return "" if options.output == STANDARD_INPUT else options.output
    if options.sources and not options.is_pip_compile:
        return ""
    # A command line written for pip-compile expects its choice of a name.
    if len(names) != 1 or names[0] == STANDARD_INPUT or is_remote(names[0]):
        return ""
    folder, name = os.path.split(names[0])
    if options.format == "pylock.toml":
        return os.path.join(folder, "pylock.toml")
    stem, dot, suffix = name.rpartition(".")
    name = f"{stem}.txt" if dot and suffix == "in" else "requirements.txt"
    return os.path.join(folder, name)
