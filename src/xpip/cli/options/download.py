"""Bring packages into a folder without installing them."""

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
    target_wish,
)
from xpip.cli.options.install import TARGET
from xpip.cli.refused_options import ANYWAY
from xpip.formats.option_table import FLAG, PATH, Option, OptionGroup
from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.cli.options.values import OptionValues
    from xpip.environment.discover import EnvironmentRequest
    from xpip.environment.foreign_target import TargetWish
    from xpip.operations.wanted import Wanted

USAGE = "[REQUIREMENT]..."

GROUPS = (
    OptionGroup(
        "Requirements",
        (
            *file_options("Download"),
            no_deps_option("Do not download what the requirements need"),
            Option(
                ("--only-deps", "--only-dependencies"),
                "only_deps",
                FLAG,
                "Download what the requirements need, and not them",
            ),
            *part_options("Download"),
            Option(
                ("-d", "--dest", "--destination-dir", "--destination-directory"),
                "dest",
                PATH,
                "Put the files into this folder instead of the current one",
                "FOLDER",
            ),
        ),
    ),
    INDEX,
    SELECTION,
    RESOLUTION,
    BUILDS,
    OptionGroup("Another machine, with --only-binary :all: or --no-deps", TARGET.options),
    LOCATION,
    ANYWAY,
)


class DownloadOptions(NamedTuple):
    """What one `xpip download` is to do."""

    wanted: Wanted
    environment: EnvironmentRequest
    folder: str = "."
    """As written; relative to the current folder."""
    no_deps: bool = False
    only_deps: bool = False
    wish: TargetWish | None = None
    """What to download for; None: the Python of the environment."""
    builds: BuildChoices = BuildChoices()


def build(values: OptionValues, positionals: Sequence[str]) -> DownloadOptions:
    """Return the options of the command.

    Raises:
        UsageError: Options contradict each other.
    """
    ensure_only_deps_possible(values)
    return DownloadOptions(
        what_is_wanted(values, positionals),
        environment_request(values),
        values.text("dest", "."),
        values.flag("no_deps"),
        values.flag("only_deps"),
        target_wish(values),
        build_choices(values),
    )
