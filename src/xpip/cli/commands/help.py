"""Show what commands there are, or what one accepts."""

from __future__ import annotations

from xpip.cli.options.help import describe, describe_groups, summaries
from xpip.model.records import TYPE_CHECKING
from xpip.terminal.help import command_help, overview

if TYPE_CHECKING:
    from xpip.cli.options.help import HelpOptions
    from xpip.cli.settings import Settings
    from xpip.terminal.console import Console


def run(options: HelpOptions, settings: Settings, console: Console) -> int:
    """Write the help text."""
    width = _width(settings.environ.get("COLUMNS", ""))
    if options.topic:
        found = describe(options.topic)
        lines = command_help(found.name, found.summary, found.usage, found.groups, width)
    else:
        lines = overview(summaries(), describe_groups(), width)
    console.out("\n".join(lines))
    return 0


def _width(columns: str) -> int:
    if columns.isdecimal() and columns.isascii():
        return int(columns[:4])
    import os

    try:
        return os.get_terminal_size().columns
    except (OSError, ValueError):
        return 80
