"""Which commands run pip, or a program that xpip stands in for, and what they say to it."""

from __future__ import annotations

from xpip.formats.shell_commands import shell_commands
from xpip.model.migration import (
    PIP,
    PIP_COMPILE,
    PIP_SYNC,
    UV_PIP,
    Assignment,
    Invocation,
    Mention,
)
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.urls import redact_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.formats.shell_commands import ShellCommand

_MODULES = {"pip": PIP, "piptools": ""}
_TOOLS = {"pip-compile": PIP_COMPILE, "pip-sync": PIP_SYNC}
_PREFIXES = ("PIP_", "UV_")
_CACHE_FOLDERS = (".cache/pip", "Library/Caches/pip", "pip/cache", "pip/Cache")
_ENVIRONMENT_WORDS = ("activate", "virtualenv")


class Lines(NamedTuple):
    """What some lines have that concerns installers."""

    invocations: tuple[Invocation, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    mentions: tuple[Mention, ...] = ()

    def __add__(self, other: object) -> Lines:
        """Return both, this one first."""
        if not isinstance(other, Lines):
            return NotImplemented
        return Lines(
            self.invocations + other.invocations,
            self.assignments + other.assignments,
            self.mentions + other.mentions,
        )


def installer_lines(text: str, first_line: int = 1) -> Lines:
    """Return what shell text has that concerns installers."""
    invocations: list[Invocation] = []
    assignments: list[Assignment] = []
    mentions: list[Mention] = []
    for command in shell_commands(text, first_line):
        assignments += [
            Assignment(line, name, value)
            for line, name, value in command.assignments
            if name.startswith(_PREFIXES) or name == "VIRTUAL_ENV"
        ]
        found = invocation_of(command)
        if found is not None:
            invocations.append(found)
        elif _concerns_environment(command.words):
            mentions.append(Mention(command.line, "environment", " ".join(command.words)))
    return Lines(tuple(invocations), tuple(assignments), tuple(mentions))


def invocation_of(command: ShellCommand) -> Invocation | None:
    """Return the command line of pip that a command is, None for anything else."""
    found = _program(command.words)
    if found is None:
        return None
    program, python, rest = found
    text = redact_text(" ".join(command.words))
    words = tuple(word for word in rest if word not in ("&>", ">", "2>"))
    return Invocation(command.line, program, words, python, text)


def cache_mention(text: str, line: int) -> Mention | None:
    """Return that a line names the folder where pip keeps its cache, None when it does not."""
    stripped = text.strip()
    is_setting = stripped.removeprefix("- ").replace("'", "").replace('"', "") == "cache: pip"
    if is_setting or any(folder in text for folder in _CACHE_FOLDERS):
        return Mention(line, "cache-folder", stripped)
    return None


def _program(words: Sequence[str]) -> tuple[str, str, tuple[str, ...]] | None:
    """Return the program, where it belongs to, and the words that follow it."""
    if not words:
        return None
    folder, _, name = words[0].rpartition("/")
    rest = tuple(words[1:])
    variable = name.strip("${}()").lower()
    if name.startswith("$") and variable in ("pip", "python", "python3"):
        name = variable
    where = folder.removesuffix("/bin").removesuffix("/Scripts")
    if name in _TOOLS:
        return _TOOLS[name], where, rest
    if name == "uv" and rest[:1] == ("pip",):
        return UV_PIP, "", rest[1:]
    if name.startswith("pip") and _is_version(name[3:]):
        return PIP, where or (f"python{name[3:]}" if "." in name else ""), rest
    if name == "py":
        return _after_module("", rest)
    if name.startswith("python") and _is_version(name[6:]):
        return _after_module(where or (name if "." in name else ""), rest)
    return None


def _after_module(where: str, words: tuple[str, ...]) -> tuple[str, str, tuple[str, ...]] | None:
    """Return what `python -m pip` runs, None when a Python runs something else."""
    for position, word in enumerate(words):
        if word == "-m":
            module, rest = words[position + 1 : position + 2], words[position + 2 :]
            if module == ("piptools",) and rest[:1] in (("compile",), ("sync",)):
                return f"pip-{rest[0]}", where, rest[1:]
            return (PIP, where, rest) if module == ("pip",) else None
        if not word.startswith("-"):
            return None
    return None


def _is_version(text: str) -> bool:
    return not text or text.replace(".", "").isdecimal()


def _concerns_environment(words: Sequence[str]) -> bool:
    """Say whether a command makes or activates an environment."""
    joined = " ".join(words)
    return (
        " -m venv" in joined
        or joined.startswith("uv venv")
        or any(word.rpartition("/")[2] in _ENVIRONMENT_WORDS for word in words)
    )
