"""Describe an environment and all that is installed in it, as JSON."""

from __future__ import annotations

from xpip.cli.options.groups import (
    LOCATION,
    environment_request,
    library_paths,
    no_positionals,
)
from xpip.formats.option_table import FLAG, LIST, Option, OptionGroup
from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.cli.options.values import OptionValues
    from xpip.environment.discover import EnvironmentRequest

USAGE = ""

GROUPS = (
    OptionGroup(
        "What to describe",
        (
            Option(("--local",), "local", FLAG, "Leave out packages of the base interpreter"),
            Option(("--user",), "user", FLAG, "Only what is in the user's own library folder"),
            Option(("--path",), "path", LIST, "Look into this folder instead", "FOLDER"),
        ),
    ),
    LOCATION,
)


class InspectOptions(NamedTuple):
    """What one `xpip inspect` is to describe."""

    environment: EnvironmentRequest
    local: bool = False
    """Leave out what shines through from the base interpreter."""
    user: bool = False
    """Only what is in the user's own library folder."""
    paths: tuple[str, ...] = ()
    """Folders to look into instead of the environment's; empty for the environment."""


def build(values: OptionValues, positionals: Sequence[str]) -> InspectOptions:
    """Return the options of the command."""
    no_positionals(positionals, "inspect")
    return InspectOptions(
        environment_request(values),
        values.flag("local"),
        values.flag("user"),
        library_paths(values),
    )
