"""Remove packages from an environment."""

from __future__ import annotations

from xpip.cli.options.changing import CHANGING, apply_options
from xpip.cli.options.groups import LOCATION, PERMISSION, environment_request
from xpip.formats.option_table import FLAG, LIST, Option, OptionGroup
from xpip.model.options import ApplyOptions
from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.cli.options.values import OptionValues
    from xpip.environment.discover import EnvironmentRequest

USAGE = "[NAME]..."

GROUPS = (
    OptionGroup(
        "What to remove",
        (
            Option(
                ("-r", "--requirement", "--requirements"),
                "requirement",
                LIST,
                "Remove the projects that this file names",
                "FILE",
            ),
            Option(("-y", "--yes"), "yes", FLAG, "Do not ask before removing"),
        ),
    ),
    CHANGING,
    LOCATION,
    PERMISSION,
)


class UninstallOptions(NamedTuple):
    """What one `xpip uninstall` is to do."""

    packages: tuple[str, ...]
    """As written: names, or requirements whose versions do not count."""
    requirement_files: tuple[str, ...]
    environment: EnvironmentRequest
    yes: bool = False
    apply: ApplyOptions = ApplyOptions()


def build(values: OptionValues, positionals: Sequence[str]) -> UninstallOptions:
    """Return the options of the command."""
    return UninstallOptions(
        tuple(positionals),
        values.list("requirement"),
        environment_request(values),
        values.flag("yes"),
        apply_options(values),
    )
