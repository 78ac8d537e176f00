"""Where a requirement was written."""

from __future__ import annotations

from typing import NamedTuple, Union


class FileOrigin(NamedTuple):
    """A line of a file."""

    path: str
    """As the user named it, or as an including file led to it."""
    line: int
    """Counted from 1; the first physical line of a continued one."""

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


Origin = Union[FileOrigin, ArgumentOrigin, DependencyOrigin]
