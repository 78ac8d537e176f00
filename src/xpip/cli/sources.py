"""What the arguments and files of a command ask for, files on servers included."""

from __future__ import annotations

import os

from xpip.errors import IndexAccessError, IntegrityError, RequirementError
from xpip.model.records import TYPE_CHECKING
from xpip.operations.requirements import gather_sources
from xpip.operations.wanted import Reach

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xpip.cli.settings import Settings
    from xpip.model.options import Credential
    from xpip.model.requirement import RequirementSources
    from xpip.operations.wanted import Wanted
    from xpip.terminal.console import Console

_PROJECT_FILE = "pyproject.toml"
_FILE_SUFFIXES = (".txt", ".in", ".toml")


def gather(wanted: Wanted, settings: Settings, console: Console) -> RequirementSources:
    """Read everything that a command line asks for.

    Raises:
        XpipError: Something cannot be read or understood; all of it is told.
    """
    if settings.project and wanted.groups:
        project = os.path.join(settings.project, _PROJECT_FILE)
        groups = tuple(
            (project if path == _PROJECT_FILE else path, name) for path, name in wanted.groups
        )
        wanted = wanted._replace(groups=groups)

    _ensure_no_files(wanted, settings.cwd)
    sources = gather_sources(wanted, reach_of(settings, console))
    for host in sources.trusted_hosts:
        if host not in settings.network.trusted_hosts:
            console.warning(
                f"a requirements file says that the certificates of `{host}` need not be checked",
                hints=(f"`--trusted-host {host}` on the command line says so without a warning",),
            )
    return sources


def _ensure_no_files(wanted: Wanted, cwd: str) -> None:
    """Refuse a file of requirements that stands where a requirement should.

    It would pass for the name of a project, which somebody may have put on an index.

    Raises:
        RequirementError: One does.
    """
    for argument in wanted.arguments:
        is_named_so = isinstance(argument, str) and argument.endswith(_FILE_SUFFIXES)
        if is_named_so and os.path.isfile(os.path.join(cwd, str(argument))):
            raise RequirementError(
                f"`{argument}` is a file, not a requirement",
                hints=(f"`-r {argument}` reads what it lists",),
            )


def reach_of(settings: Settings, console: Console) -> Reach:
    """Return what reading files may use: variables, the current folder, and servers."""

    def fetch(url: str, credentials: tuple[Credential, ...]) -> tuple[str, bytes]:
        from xpip.cli.access import access_for
        from xpip.operations.remote_files import file_fetcher
        from xpip.terminal.progress import QuietReporter

        return file_fetcher(access_for(settings, console), QuietReporter(console))(url, credentials)

    return Reach(settings.environ, settings.cwd, fetch)


class ToldWhere:
    """Inside of it errors about files come to say where the files are listed."""

    def __init__(self, sources: RequirementSources, locks: tuple[str, ...], cwd: str) -> None:
        """Remember what lists files.

        Args:
            locks: Paths or URLs of lock files, as the user wrote them.
        """
        self._listed = (sources, locks, cwd)

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        """Add to the error what is known."""
        if isinstance(error, IndexAccessError | IntegrityError):
            from xpip.operations.stated import tell_where

            tell_where(error, *self._listed)


def ensure_scripts_fit(scripts: Iterable[str], settings: Settings, python_version: str) -> None:
    """Refuse scripts that are for another Python.

    Raises:
        RequirementError: One is.
    """
    if settings.policy.ignore_requires_python:
        return
    for path in scripts:
        from xpip.operations.project_files import ensure_script_python

        ensure_script_python(path, settings.cwd, python_version)
