"""List what is installed in the form of requirements."""

from __future__ import annotations

from xpip.cli.options.groups import (
    LISTING,
    LOCATION,
    environment_request,
    library_paths,
    no_positionals,
)
from xpip.formats.option_table import FLAG, LIST, Option, OptionGroup
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
                ("-r", "--requirement", "--requirements"),
                "requirement",
                LIST,
                "Follow the order of this file and keep its comments and options",
                "FILE",
            ),
            Option(("--all",), "all", FLAG, "List pip and other installers too"),
            *LISTING,
        ),
    ),
    LOCATION,
)


class FreezeOptions(NamedTuple):
    """What one `xpip freeze` is to list."""

    environment: EnvironmentRequest
    all: bool = False
    local: bool = False
    """Leave out what shines through from the base interpreter."""
    paths: tuple[str, ...] = ()
    """Folders to look into instead of the environment's; empty for the environment."""
    exclude: frozenset[str] = frozenset()
    """Normalised."""
    exclude_editable: bool = False
    user: bool = False
    """Only what is in the user's own library folder."""
    requirement_files: tuple[str, ...] = ()
    """As written; their order, comments and options are kept."""


def build(values: OptionValues, positionals: Sequence[str]) -> FreezeOptions:
    """Return the options of the command."""
    no_positionals(positionals, "freeze")
    return FreezeOptions(
        environment_request(values),
        values.flag("all"),
        values.flag("local"),
        library_paths(values),
        frozenset(map(normalized_name, values.list("exclude"))),
        values.flag("exclude_editable"),
        values.flag("user"),
        values.list("requirement"),
    )
