"""Make an environment hold exactly what files pin."""

from __future__ import annotations

from xpip.cli.options.asking import PIP_ARGS, add_pip_args
from xpip.cli.options.building import BUILDS, BuildChoices, build_choices
from xpip.cli.options.changing import CHANGING_BESIDE_BUILDS, LINK_MODE, apply_options
from xpip.cli.options.groups import (
    INDEX,
    LOCATION,
    PERMISSION,
    SELECTION,
    dependency_groups,
    environment_request,
    extra_names,
)
from xpip.cli.options.shared import SHARED
from xpip.formats.option_table import FLAG, LIST, PATH, Option, OptionGroup
from xpip.model.options import ApplyOptions
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.operations.wanted import Wanted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.cli.options.values import OptionValues
    from xpip.environment.discover import EnvironmentRequest

USAGE = "[FILE]..."

GROUPS = (
    OptionGroup(
        "Changes",
        (
            Option(("-n", "--dry-run"), "dry_run", FLAG, "Show what would be done and do nothing"),
            Option(("-a", "--ask"), "ask", FLAG, "Show what would be done, then ask"),
            Option(
                ("--repair",),
                "repair",
                FLAG,
                "Look at every installed file too, and put back what differs",
            ),
            Option(
                ("--strict",), "strict", FLAG, "Warn of dependencies that are not satisfied then"
            ),
            Option(
                ("--allow-empty", "--allow-empty-requirements"),
                "allow_empty",
                FLAG,
                "Remove everything when the files pin nothing",
            ),
            Option(("--force",), "force", FLAG, "Of different pins of one project take the last"),
            LINK_MODE,
        ),
    ),
    OptionGroup(
        "Parts of lock files",
        (
            Option(
                ("--extra",),
                "extra",
                LIST,
                "Include what this extra adds; several with commas",
                "NAMES",
            ),
            Option(("--all-extras",), "all_extras", FLAG, "Include all extras"),
            Option(
                ("--group",),
                "group",
                LIST,
                "Include this dependency group in place of the default ones; repeat for several",
                "NAME",
            ),
        ),
    ),
    OptionGroup(
        "Spellings of pip-sync",
        (
            Option(
                ("--python-executable",),
                "python",
                PATH,
                "The same as --python",
                "PYTHON",
            ),
            PIP_ARGS,
            Option(
                ("--config",),
                "config",
                PATH,
                "Read `[tool.pip-tools]` of this file and not that beside the files",
                "FILE",
            ),
            Option(
                ("--user",),
                "",
                FLAG,
                refusal="`xpip install --user` changes what a user has for herself, and xpip takes"
                " nothing away there",
            ),
            Option(
                ("-r", "--requirement"),
                "",
                metavar="FILE",
                refusal="name files without it: `xpip sync requirements.txt`",
            ),
        ),
    ),
    INDEX,
    SELECTION,
    BUILDS,
    CHANGING_BESIDE_BUILDS,
    LOCATION,
    PERMISSION,
)


class SyncOptions(NamedTuple):
    """What one `xpip sync` is to do."""

    wanted: Wanted
    """Files as written; none for `pylock.toml`, else `requirements.txt`, of the current folder."""
    environment: EnvironmentRequest
    apply: ApplyOptions = ApplyOptions()
    dry_run: bool = False
    ask: bool = False
    repair: bool = False
    strict: bool = False
    allow_empty: bool = False
    last_wins: bool = False
    """`--force`."""
    builds: BuildChoices = BuildChoices()


def build(values: OptionValues, positionals: Sequence[str]) -> SyncOptions:
    """Return the options of the command.

    Raises:
        UsageError: A value makes no sense.
    """
    add_pip_args(values, (*GROUPS, *SHARED))
    return SyncOptions(
        Wanted(
            requirement_files=tuple(positionals),
            groups=dependency_groups(values),
            extras=extra_names(values),
            all_extras=values.flag("all_extras"),
        ),
        environment_request(values),
        apply_options(values),
        dry_run=values.flag("dry_run"),
        ask=values.flag("ask"),
        repair=values.flag("repair"),
        strict=values.flag("strict"),
        allow_empty=values.flag("allow_empty"),
        last_wins=values.flag("force"),
        builds=build_choices(values),
    )
