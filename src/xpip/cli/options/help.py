"""Show what xpip or a command accepts."""

from __future__ import annotations

from xpip.cli.arguments import command_module, command_names
from xpip.cli.options.shared import SHARED
from xpip.errors import UsageError
from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.cli.options.values import OptionValues
    from xpip.formats.option_table import OptionGroup

USAGE = "[COMMAND]"
GROUPS: tuple[OptionGroup, ...] = ()


class HelpOptions(NamedTuple):
    """What one `xpip help` is to show."""

    topic: str = ""
    """A command; empty for the list of all."""


class CommandDescription(NamedTuple):
    """What help shows of a command."""

    name: str
    summary: str
    usage: str
    """Arguments of the command besides options; may be empty."""
    groups: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    """(title, ((spellings with the value's name, help), ...)), without options that do nothing."""


def build(_values: OptionValues, positionals: Sequence[str]) -> HelpOptions:
    """Return the options of the command.

    Raises:
        UsageError: There is no such command.
    """
    if len(positionals) > 1:
        raise UsageError("`help` explains one command at a time")
    for topic in positionals:
        command_module(topic)
    return HelpOptions("".join(positionals))


def summaries() -> tuple[tuple[str, str], ...]:
    """Return (name, what it does) for all commands, by name."""
    return tuple((name, _summary(name)) for name in command_names())


def describe(name: str) -> CommandDescription:
    """Return what help shows of a command.

    Raises:
        UsageError: There is no such command.
    """
    module = command_module(name)
    groups = describe_groups((*module.GROUPS, *SHARED))
    return CommandDescription(name, _summary(name), module.USAGE, groups)


def describe_groups(
    groups: Sequence[OptionGroup] = SHARED,
) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Return titles with their options as help shows them."""
    described = []
    taken: set[str] = set()
    for group in groups:
        lines = []
        for option in group.options:
            # A command may use a spelling of its own for what all commands share.
            names = [name for name in option.names if name not in taken]
            taken.update(names)
            if option.help and names:
                value = f" {option.metavar}" if option.metavar else ""
                lines.append((", ".join(names) + value, option.help))
        described.append((group.title, tuple(lines)))
    return tuple(described)


def _summary(name: str) -> str:
    return (command_module(name).__doc__ or "").partition("\n")[0]
