"""Where a requirement was written."""

from __future__ import annotations

from xpip.model.records import NamedTuple


class FileOrigin(NamedTuple):
    """A line of a file."""

    path: str
    """As the user named it, or as an including file led to it."""
    line: int
    """Counted from 1; the first physical line of a continued one."""
    column: int = 1
    """Counted from 1; where the requirement starts in that line."""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


class ArgumentOrigin(NamedTuple):
    """An argument of the command line."""

    text: str

    def __str__(self) -> str:
        return "the command line"


class DependencyOrigin(NamedTuple):
    """A release whose core metadata asks for it."""

    project: str
    version: str

    def __str__(self) -> str:
        return f"{self.project} {self.version}"


class ProjectOrigin(NamedTuple):
    """A table of a project's `pyproject.toml`, or the block of a script."""

    path: str
    """As the user named it."""
    project: str
    """As the file spells it; empty for a script."""
    table: str
    """Such as `project.dependencies` or `dependency-groups.test`."""

    def __str__(self) -> str:
        return f"{self.path} ({self.table})"


class BuildOrigin(NamedTuple):
    """The build of some sources."""

    sources: str
    """As messages name them."""

    def __str__(self) -> str:
        return f"the build of {self.sources}"


Origin = FileOrigin | ArgumentOrigin | DependencyOrigin | ProjectOrigin | BuildOrigin
