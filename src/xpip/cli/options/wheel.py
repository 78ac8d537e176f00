"""Build wheels of packages and of all they need, without installing them."""

from __future__ import annotations

from xpip.cli.options.asking import (
    ensure_only_deps_possible,
    file_options,
    no_deps_option,
    part_options,
    what_is_wanted,
)
from xpip.cli.options.building import BUILDS, BuildChoices, build_choices
from xpip.cli.options.groups import (
    INDEX,
    LOCATION,
    RESOLUTION,
    SELECTION,
    environment_request,
)
from xpip.cli.refused_options import ANYWAY
from xpip.formats.option_table import FLAG, LIST, PATH, Option, OptionGroup
from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.cli.options.values import OptionValues
    from xpip.environment.discover import EnvironmentRequest
    from xpip.operations.wanted import Wanted

USAGE = "[REQUIREMENT]..."

ONLY_DEPS = Option(
    ("--only-deps", "--only-dependencies"),
    "only_deps",
    FLAG,
    "Make wheels of what the requirements need, and not of them",
)

GROUPS = (
    OptionGroup(
        "Requirements",
        (
            *file_options("Make wheels of"),
            Option(
                ("-e", "--editable"), "editable", LIST, "Make an ordinary wheel of it", "FOLDER"
            ),
            no_deps_option("Make no wheels of what the requirements need"),
            ONLY_DEPS,
            *part_options("Make wheels of"),
            Option(
                ("-w", "--wheel-dir"),
                "wheel_dir",
                PATH,
                "Put the wheels into this folder instead of the current one",
                "FOLDER",
            ),
            # Every wheel is unpacked and checked in any case.
            Option(("--no-verify",), "", FLAG),
        ),
    ),
    INDEX,
    SELECTION,
    RESOLUTION,
    BUILDS,
    LOCATION,
    ANYWAY,
)


class WheelOptions(NamedTuple):
    """What one `xpip wheel` is to do."""

    wanted: Wanted
    environment: EnvironmentRequest
    folder: str = "."
    """As written; relative to the current folder."""
    no_deps: bool = False
    builds: BuildChoices = BuildChoices()
    only_deps: bool = False


def build(values: OptionValues, positionals: Sequence[str]) -> WheelOptions:
    """Return the options of the command.

    Raises:
        UsageError: A value makes no sense.
    """
    ensure_only_deps_possible(values)
    return WheelOptions(
        what_is_wanted(values, positionals),
        environment_request(values),
        values.text("wheel_dir", "."),
        values.flag("no_deps"),
        build_choices(values),
        values.flag("only_deps"),
    )
