"""The command line taken apart: which command, which options, which arguments.

A command is known by its file in `cli/options/`, so that adding one edits no list.
"""

from __future__ import annotations

import os
import sys

from xpip.cli.options.shared import SHARED
from xpip.cli.pip_spellings import PIP_SPELLINGS
from xpip.errors import UsageError
from xpip.formats.option_table import OptionTable, closest
from xpip.model.records import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from xpip.cli.options.values import OptionValues
    from xpip.formats.option_table import Given, OptionGroup

_COMMANDS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "commands")
"""The folder with a file for each command; `options` has some that several commands share."""
_ALIASES = {"ls": "list"}


class UnknownCommand(UsageError):
    """The first word is no command; the exit code is pip's."""

    code = "unknown-command"
    exit_code = 1


class CommandModule(Protocol):
    """A file of `cli/options/`; the first line of its docstring says what the command does."""

    __doc__: str | None
    USAGE: str
    """Arguments of the command as help shows them."""
    GROUPS: tuple[OptionGroup, ...]

    def build(self, values: OptionValues, positionals: Sequence[str]) -> tuple[object, ...]:
        """Return the command's own options."""


class CommandLine(NamedTuple):
    """A command line taken apart."""

    command: str
    """Name of the command; `version` has no file in `cli/options/`."""
    table: OptionTable
    """The options that the command accepts."""
    given: tuple[Given, ...]
    """Options of the command line in order, those before the command first."""
    positionals: tuple[str, ...]
    """For `help`: the command that is asked about, or nothing."""


def parse_arguments(argv: Sequence[str]) -> CommandLine:
    """Take the arguments after the program's name apart.

    Raises:
        UnknownCommand: The first word is no command.
        UsageError: An option that is unknown or lacks its value.
    """
    shared = OptionTable(SHARED, PIP_SPELLINGS)
    before = shared.read(argv, stop_at_positional=True)
    # After a lone `--` the command is among the positional arguments.
    rest = argv[before.rest :] or [text for _, text in before.positionals]
    wants = _asks_for_itself(before.given)
    if wants == "version" or not rest:
        return CommandLine(wants or "help", shared, before.given, ())
    command = _ALIASES.get(rest[0], rest[0])
    table = OptionTable((*command_module(command).GROUPS, *SHARED), PIP_SPELLINGS)
    after = table.read(rest[1:])
    given = before.given + after.given
    wants = wants or _asks_for_itself(after.given)
    if wants:
        return CommandLine(wants, table, given, (command,) if wants == "help" else ())
    return CommandLine(command, table, given, tuple(text for _, text in after.positionals))


def command_module(name: str) -> CommandModule:
    """Return the file that says what a command accepts.

    Raises:
        UnknownCommand: There is no such command.
    """
    file = module_name(name)
    if file.isidentifier() and file.isascii() and os.path.exists(f"{_COMMANDS}/{file}.py"):
        full_name = f"xpip.cli.options.{file}"
        try:
            __import__(full_name)  # `importlib` brings `warnings`: 0.4 ms.
        except ModuleNotFoundError as error:
            if error.name != full_name:
                raise
        else:
            module: Any = sys.modules[full_name]
            found: CommandModule = module
            return found
    raise _unknown_command(name)


def command_names() -> tuple[str, ...]:
    """Return the names of all commands that have options, sorted."""
    names = (file[:-3] for file in os.listdir(_COMMANDS) if file.endswith(".py"))
    return tuple(sorted(name.replace("_", "-") for name in names if name != "__init__"))


def module_name(command: str) -> str:
    """Return how the files of a command are called, empty for what is no name of one."""
    return "" if "_" in command else command.replace("-", "_")


def _asks_for_itself(given: Sequence[Given]) -> str:
    """Return `help` or `version` when an option asks for that instead of any work."""
    for use in given:
        if use.option.destination in ("help", "version"):
            return use.option.destination
    return ""


def _unknown_command(name: str) -> UnknownCommand:
    near = closest(name, command_names())
    hint = f"`{near}` is the closest" if near else "`xpip help` lists the commands"
    return UnknownCommand(f"unknown command `{name}`", hints=(hint,))
