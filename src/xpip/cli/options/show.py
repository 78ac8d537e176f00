"""Show what is known of installed packages."""

from __future__ import annotations

from xpip.cli.options.groups import LOCATION, environment_request
from xpip.formats.option_table import FLAG, Option, OptionGroup
from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.cli.options.values import OptionValues
    from xpip.environment.discover import EnvironmentRequest

USAGE = "NAME..."

GROUPS = (
    OptionGroup(
        "What to show",
        (Option(("-f", "--files"), "files", FLAG, "Show the installed files too"),),
    ),
    LOCATION,
)


class ShowOptions(NamedTuple):
    """What one `xpip show` is to show."""

    names: tuple[str, ...]
    """As written."""
    environment: EnvironmentRequest
    files: bool = False


def build(values: OptionValues, positionals: Sequence[str]) -> ShowOptions:
    """Return the options of the command."""
    return ShowOptions(tuple(positionals), environment_request(values), values.flag("files"))
