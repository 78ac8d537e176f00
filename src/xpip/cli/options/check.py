"""Check that installed packages fit each other."""

from __future__ import annotations

from xpip.cli.options.groups import LOCATION, environment_request, no_positionals
from xpip.formats.option_table import FLAG, Option, OptionGroup
from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.cli.options.values import OptionValues
    from xpip.environment.discover import EnvironmentRequest

USAGE = ""

GROUPS = (
    OptionGroup(
        "What is checked",
        (
            Option(
                ("--files",),
                "files",
                FLAG,
                "Also compare every installed file with what was installed",
                # No setting of pip is meant, whatever it is called.
                own=True,
            ),
        ),
    ),
    LOCATION,
)


class CheckOptions(NamedTuple):
    """What one `xpip check` is to check."""

    environment: EnvironmentRequest
    files: bool = False


def build(values: OptionValues, positionals: Sequence[str]) -> CheckOptions:
    """Return the options of the command."""
    no_positionals(positionals, "check")
    return CheckOptions(environment_request(values), values.flag("files"))
