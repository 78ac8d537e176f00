"""Show what installed packages need as a tree."""

from __future__ import annotations

from xpip.cli.options.groups import INDEX, LOCATION, SELECTION, environment_request
from xpip.formats.option_table import FLAG, INTEGER, LIST, Option, OptionGroup
from xpip.model.names import normalized_name
from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.cli.options.values import OptionValues
    from xpip.environment.discover import EnvironmentRequest

USAGE = "[NAME]..."

GROUPS = (
    OptionGroup(
        "What to show",
        (
            Option(
                ("--invert", "--reverse"), "invert", FLAG, "Show who needs each package instead"
            ),
            Option(
                ("-d", "--depth"), "depth", INTEGER, "Show so many levels below the top", "NUMBER"
            ),
            Option(("--package",), "package", LIST, "Start from this package", "NAME"),
            Option(("--prune",), "prune", LIST, "Leave out this package and all below it", "NAME"),
            Option(
                ("--no-dedupe",),
                "no_dedupe",
                FLAG,
                "Repeat what a package needs wherever it stands",
            ),
            Option(
                ("-o", "--outdated"),
                "outdated",
                FLAG,
                "Show the newest version where an index has a newer one",
            ),
            Option(
                ("--format",),
                "format",
                help="Form of the tree",
                metavar="FORMAT",
                choices=("text", "json"),
                own=True,
            ),
            Option(("-l", "--local"), "local", FLAG, "Leave out packages of the base interpreter"),
        ),
    ),
    INDEX,
    SELECTION,
    LOCATION,
)


class TreeOptions(NamedTuple):
    """What one `xpip tree` is to show."""

    names: tuple[str, ...]
    """As written; empty for all packages that nobody needs."""
    environment: EnvironmentRequest
    inverted: bool = False
    depth: int | None = None
    """Levels below the top; None: all."""
    pruned: frozenset[str] = frozenset()
    """Normalised."""
    repeated: bool = False
    outdated: bool = False
    json: bool = False
    local: bool = False


def build(values: OptionValues, positionals: Sequence[str]) -> TreeOptions:
    """Return the options of the command."""
    depth = values.integer("depth", -1)
    return TreeOptions(
        (*positionals, *values.list("package")),
        environment_request(values),
        values.flag("invert"),
        None if depth < 0 else depth,
        frozenset(map(normalized_name, values.list("prune"))),
        values.flag("no_dedupe"),
        values.flag("outdated"),
        values.text("format") == "json",
        values.flag("local"),
    )
