"""Make the source archive and the wheel of a project."""

from __future__ import annotations

from xpip.cli.options.building import BUILDS, BuildChoices, build_choices
from xpip.cli.options.groups import INDEX, LOCATION, SELECTION, environment_request
from xpip.errors import UsageError
from xpip.formats.option_table import FLAG, PATH, Option, OptionGroup
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.urls import redact_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.cli.options.values import OptionValues
    from xpip.environment.discover import EnvironmentRequest

USAGE = "[PATH]"

GROUPS = (
    OptionGroup(
        "What is made",
        (
            Option(("-s", "--sdist"), "sdist", FLAG, "Make the source archive only", own=True),
            Option(
                ("-w", "--wheel"),
                "wheel",
                FLAG,
                "Make the wheel only, from the folder and not from the archive",
                own=True,
            ),
            Option(
                ("-o", "--outdir", "--out-dir"),
                "outdir",
                PATH,
                "Put the files into this folder instead of `dist` of the project",
                "FOLDER",
                own=True,
            ),
        ),
    ),
    BUILDS,
    INDEX,
    SELECTION,
    LOCATION,
)


class BuildOptions(NamedTuple):
    """What one `xpip build` is to do."""

    path: str
    """As written; relative to the current folder."""
    environment: EnvironmentRequest
    sdist: bool = True
    wheel: bool = True
    folder: str = ""
    """As written; empty for `dist` of the project."""
    builds: BuildChoices = BuildChoices()


def build(values: OptionValues, positionals: Sequence[str]) -> BuildOptions:
    """Return the options of the command.

    Raises:
        UsageError: More than one project is named.
    """
    if len(positionals) > 1:
        raise UsageError(
            f"`build` makes one project, so `{redact_text(positionals[1])}` is too much"
        )
    sdist, wheel = values.flag("sdist"), values.flag("wheel")
    everything = sdist == wheel
    return BuildOptions(
        positionals[0] if positionals else ".",
        environment_request(values),
        sdist or everything,
        wheel or everything,
        values.text("outdir"),
        build_choices(values),
    )
