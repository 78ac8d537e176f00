"""What a command line asks for, before any of its files is read."""

from __future__ import annotations

import os

from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.urls import scheme_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from xpip.model.options import Credential
    from xpip.model.requirement import RequirementText

    FetchFile = Callable[[str, tuple[Credential, ...]], tuple[str, bytes]]
    """From a URL and the credentials that were written to where it was in the end, after redirects,
    and its content."""


_PROJECT_FILES = ("pyproject.toml", "setup.py", "setup.cfg")


class Wanted(NamedTuple):
    """What one command line asks for; everything is as written."""

    arguments: tuple[str | RequirementText, ...] = ()
    """Requirements."""
    editables: tuple[str, ...] = ()
    """Values of `-e`."""
    requirement_files: tuple[str, ...] = ()
    """Requirements files, `pyproject.toml` files, scripts, URLs, or `-` for standard input."""
    constraint_files: tuple[str, ...] = ()
    groups: tuple[tuple[str, str], ...] = ()
    """(path of a `pyproject.toml`, name of a dependency group)."""
    scripts: tuple[str, ...] = ()
    """Scripts whose comment block says what they need."""
    extras: tuple[str, ...] = ()
    """Normalised; of the `pyproject.toml` files."""
    all_extras: bool = False


class Reach(NamedTuple):
    """What reading may use."""

    variables: Mapping[str, str]
    """Values of `${NAME}` in files of this machine."""
    cwd: str
    """Absolute folder that relative paths of the command line start from."""
    fetch: FetchFile | None = None
    """Fetches files from servers; None where that is not wanted."""


def file_name_of(path: str) -> str:
    """Return the last part of a path or URL, without what follows the path of a URL."""
    if is_remote(path):
        path = path.partition("#")[0].partition("?")[0]
    return os.path.basename(path)


def is_remote(path: str) -> bool:
    """Say whether a file is named by an http or https URL."""
    return scheme_of(path) in ("http", "https")


def is_project_file(path: str) -> bool:
    """Say whether a file is a project's or a script, and no requirements file."""
    return os.path.basename(path) in _PROJECT_FILES or path.endswith(".py")


def is_script(path: str) -> bool:
    """Say whether a file is a script, whose comment block says what it needs."""
    return path.endswith(".py") and os.path.basename(path) not in _PROJECT_FILES
