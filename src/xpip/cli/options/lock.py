"""Lock a project's dependencies, extras and groups in a pylock.toml."""

from __future__ import annotations

from xpip.cli.options.building import BUILDS
from xpip.cli.options.compile import CHANGES as COMPILE_CHANGES
from xpip.cli.options.compile import SOURCES, TARGET
from xpip.cli.options.compile import build as build_compile
from xpip.cli.options.groups import INDEX, RESOLUTION, SELECTION
from xpip.cli.refused_options import ANYWAY
from xpip.formats.option_table import FLAG, LIST, Option, OptionGroup
from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.cli.options.compile import CompileOptions
    from xpip.cli.options.values import OptionValues

USAGE = "[SOURCE]..."

_TAKEN = (
    "output_file", "upgrade", "upgrade_package", "upgrade_group", "check", "dry_run", "header",
    "custom_compile_command", "no_emit_package", "emit_urls", "newline",
)  # fmt: skip
"""Destinations of options of `compile` that mean something for a lock file too."""

CHANGES = OptionGroup(
    "What is written",
    tuple(
        # pip calls it `--output`.
        option._replace(names=(*option.names, "--output"))
        if option.destination == "output_file"
        else option
        for option in COMPILE_CHANGES.options
        if option.destination in _TAKEN
    ),
)

_NAMED = OptionGroup(
    "Sources in pip's words",
    (
        Option(
            ("-r", "--requirement", "--requirements-from-script"),
            "requirement",
            LIST,
            "Lock what this file asks for, as if it were named without an option",
            "FILE",
        ),
        Option(
            ("-e", "--editable"),
            "",
            refusal="`xpip lock FOLDER` locks what a project needs; it is not in its own lock",
        ),
        Option(
            ("--only-deps", "--only-dependencies"),
            "",
            FLAG,
            refusal="`xpip lock FOLDER` never has the project itself in its lock: leave it out",
        ),
    ),
)

GROUPS = (SOURCES, CHANGES, _NAMED, TARGET, INDEX, SELECTION, RESOLUTION, BUILDS, ANYWAY)


def build(values: OptionValues, positionals: Sequence[str]) -> CompileOptions:
    """Return the options of the command.

    Raises:
        UsageError: A value makes no sense.
    """
    sources = (*positionals, *values.list("requirement"))
    return build_compile(values, sources)._replace(format="pylock.toml", hashes=False)
