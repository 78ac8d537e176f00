"""Show what xpip sees of this machine, for people who look for a mistake."""

from __future__ import annotations

from xpip.cli.options.groups import (
    INDEX,
    LOCATION,
    environment_request,
    no_positionals,
    target_wish,
)
from xpip.cli.options.install import TARGET
from xpip.formats.option_table import OptionGroup
from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.cli.options.values import OptionValues
    from xpip.environment.discover import EnvironmentRequest
    from xpip.environment.foreign_target import TargetWish

USAGE = ""

GROUPS = (INDEX, OptionGroup("Another machine", TARGET.options), LOCATION)


class DebugOptions(NamedTuple):
    """What one `xpip debug` is to show."""

    environment: EnvironmentRequest
    wish: TargetWish | None = None
    """Whose tags to show; None: those of the environment's Python."""


def build(values: OptionValues, positionals: Sequence[str]) -> DebugOptions:
    """Return the options of the command."""
    no_positionals(positionals, "debug")
    return DebugOptions(environment_request(values), target_wish(values))
