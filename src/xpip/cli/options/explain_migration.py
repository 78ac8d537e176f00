"""List where pip would have behaved differently in a project."""

from __future__ import annotations

from xpip.errors import UsageError
from xpip.formats.option_table import Option, OptionGroup
from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.cli.options.values import OptionValues

USAGE = "[PATH]"

GROUPS = (
    OptionGroup(
        "Answer",
        (
            Option(
                ("--format",),
                "format",
                help="Form of the answer",
                metavar="FORMAT",
                choices=("text", "json"),
                own=True,
            ),
        ),
    ),
)


class MigrationOptions(NamedTuple):
    """What one `xpip explain-migration` is to look at."""

    path: str = ""
    """Folder or file, as written; empty for the current folder."""
    json: bool = False


def build(values: OptionValues, positionals: Sequence[str]) -> MigrationOptions:
    """Return the options of the command.

    Raises:
        UsageError: More than one path is named.
    """
    if len(positionals) > 1:
        raise UsageError("`explain-migration` looks at one folder or file")
    return MigrationOptions("".join(positionals), values.text("format") == "json")
