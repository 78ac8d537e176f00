"""What the files of a project say to pip, and where xpip would answer otherwise."""

from __future__ import annotations

from xpip.model.records import NamedTuple

PIP, PIP_COMPILE, PIP_SYNC, UV_PIP = "pip", "pip-compile", "pip-sync", "uv pip"
"""Programs whose command lines xpip takes over."""

DIFFERS = "differs"
"""The same command line does something else."""
REFUSED = "refused"
"""xpip ends with an error that says what to use instead."""
NEEDLESS = "needless"
"""Accepted, and has nothing to do."""


class Invocation(NamedTuple):
    """One command line of pip, or of a program that xpip stands in for."""

    line: int
    """From 1."""
    program: str
    """`PIP`, `PIP_COMPILE`, `PIP_SYNC` or `UV_PIP`."""
    words: tuple[str, ...]
    """What follows the program; `*` stands for a word that only a running program knows."""
    python: str = ""
    """The path of an interpreter or environment that the program belongs to, such as `.venv` or
    `python3.12`; empty for whatever is active."""
    text: str = ""
    """As it stands in the file, on one line."""


class Assignment(NamedTuple):
    """A variable that a file sets."""

    line: int
    name: str
    value: str


class Mention(NamedTuple):
    """Something else that says how pip is used."""

    line: int
    kind: str
    """`cache-folder`: where pip keeps its cache; `environment`: one is made or activated."""
    text: str


class ProjectFile(NamedTuple):
    """What one file has that concerns installers, each in the order of the file."""

    path: str
    """As messages show it."""
    kind: str
    """`dockerfile`, `workflow`, `shell`, `ini`, `make` or `nox`."""
    invocations: tuple[Invocation, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    mentions: tuple[Mention, ...] = ()


class Finding(NamedTuple):
    """One place where pip and xpip differ."""

    path: str
    """As it is shown; for a variable that is set, the words `the variable NAME`."""
    line: int
    """From 1; 0 where there is none."""
    kind: str
    """`DIFFERS`, `REFUSED` or `NEEDLESS`."""
    rule: str
    """Key of a rule of `docs/migration.md`."""
    text: str
    """What stands there, credentials hidden."""
    why: str
    """One sentence: what pip does, what xpip does."""
    keep: str = ""
    """What to write for pip's behaviour; empty where there is no way."""
