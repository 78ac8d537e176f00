"""Heal what other tools left half done."""

from __future__ import annotations

from xpip.cli.options.changing import CHANGING, LINK_MODE, apply_options
from xpip.cli.options.groups import LOCATION, PERMISSION, environment_request, no_positionals
from xpip.formats.option_table import FLAG, Option, OptionGroup
from xpip.model.options import ApplyOptions
from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.cli.options.values import OptionValues
    from xpip.environment.discover import EnvironmentRequest

USAGE = ""

GROUPS = (
    OptionGroup(
        "Changes",
        (
            Option(("-n", "--dry-run"), "dry_run", FLAG, "Show what would be done and do nothing"),
            LINK_MODE,
        ),
    ),
    CHANGING,
    LOCATION,
    PERMISSION,
)


class RepairOptions(NamedTuple):
    """What one `xpip repair` is to do."""

    environment: EnvironmentRequest
    apply: ApplyOptions = ApplyOptions()
    dry_run: bool = False


def build(values: OptionValues, positionals: Sequence[str]) -> RepairOptions:
    """Return the options of the command."""
    no_positionals(positionals, "repair")
    return RepairOptions(environment_request(values), apply_options(values), values.flag("dry_run"))
