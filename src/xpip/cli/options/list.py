"""List what is installed."""

from __future__ import annotations

from xpip.cli.options.groups import (
    INDEX,
    LISTING,
    LOCATION,
    SELECTION,
    environment_request,
    library_paths,
    no_positionals,
)
from xpip.errors import UsageError
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
                ("-o", "--outdated"),
                "outdated",
                FLAG,
                "List only what an index has a newer version of, with that version",
            ),
            Option(
                ("-u", "--uptodate"),
                "uptodate",
                FLAG,
                "List only what no index has a newer version of",
            ),
            Option(
                ("--not-required",),
                "not_required",
                FLAG,
                "Leave out what another package needs",
            ),
            Option(("-e", "--editable"), "editable", FLAG, "List editable projects only"),
            *LISTING,
            Option(
                ("--include-editable",),
                "exclude_editable",
                FLAG,
                "List editable projects too (the default)",
                constant=False,
            ),
        ),
    ),
    INDEX,
    SELECTION,
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
    user: bool = False
    """Only what is in the user's own library folder."""
    freshness: str = ""
    """`outdated` or `uptodate`: what indexes say decides; empty: they are not asked."""


class ListContradiction(UsageError):
    """Two options of a list contradict each other; the exit code is pip's."""

    exit_code = 1


def build(values: OptionValues, positionals: Sequence[str]) -> ListOptions:
    """Return the options of the command.

    Raises:
        UsageError: Options contradict each other.
    """
    no_positionals(positionals, "list")
    outdated, uptodate = values.flag("outdated"), values.flag("uptodate")
    form = values.text("format", "columns")
    if outdated and uptodate:
        raise ListContradiction("`--outdated` and `--uptodate` cannot be used together")
    if outdated and form == "freeze":
        raise ListContradiction(
            "`--format freeze` cannot be used with `--outdated`",
            hints=("the newest versions stand in the forms `columns` and `json`",),
        )
    return ListOptions(
        environment_request(values),
        form,
        values.flag("not_required"),
        values.flag("local"),
        library_paths(values),
        frozenset(map(normalized_name, values.list("exclude"))),
        values.flag("editable"),
        values.flag("exclude_editable"),
        values.flag("user"),
        "outdated" if outdated else "uptodate" if uptodate else "",
    )
