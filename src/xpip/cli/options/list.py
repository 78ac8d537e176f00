"""List what is installed."""

from __future__ import annotations

from xpip.cli.options.groups import LISTING, LOCATION, environment_request, no_positionals
from xpip.formats.option_table import FLAG, Option, OptionGroup
from xpip.model.names import normalized_name
from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.cli.options.values import OptionValues
    from xpip.environment.discover import EnvironmentRequest

USAGE = ""

GROUPS = (
    OptionGroup(
        "What to list",
        (
            Option(
                ("--format",),
                "format",
                help="Form of the list",
                metavar="FORMAT",
                choices=("columns", "freeze", "json"),
            ),
            Option(
                ("--not-required",),
                "not_required",
                FLAG,
                "Leave out what another package needs",
            ),
            Option(("-e", "--editable"), "editable", FLAG, "List editable projects only"),
            *LISTING,
        ),
    ),
    LOCATION,
)


class ListOptions(NamedTuple):
    """What one `xpip list` is to list."""

    environment: EnvironmentRequest
    format: str = "columns"
    """`columns`, `freeze` or `json`."""
    not_required: bool = False
    local: bool = False
    """Leave out what shines through from the base interpreter."""
    paths: tuple[str, ...] = ()
    """Folders to look into instead of the environment's; empty for the environment."""
    exclude: frozenset[str] = frozenset()
    """Normalised."""
    editable: bool = False
    """Editable projects only."""
    exclude_editable: bool = False


def build(values: OptionValues, positionals: Sequence[str]) -> ListOptions:
    """Return the options of the command."""
    no_positionals(positionals, "list")
    return ListOptions(
        environment_request(values),
        values.text("format", "columns"),
        values.flag("not_required"),
        values.flag("local"),
        values.list("path"),
        frozenset(map(normalized_name, values.list("exclude"))),
        values.flag("editable"),
        values.flag("exclude_editable"),
    )
