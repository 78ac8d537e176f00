"""Tell why packages are installed."""

from __future__ import annotations

from xpip.cli.options.groups import LOCATION, environment_request
from xpip.errors import UsageError
from xpip.formats.option_table import Option, OptionGroup
from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.cli.options.values import OptionValues
    from xpip.environment.discover import EnvironmentRequest

USAGE = "NAME..."

GROUPS = (
    OptionGroup(
        "Answer",
        (
            Option(
                ("--format",),
                "format",
                help="Form of the answer",
                metavar="FORMAT",
                choices=("text", "json"),
                own=True,
            ),
        ),
    ),
    LOCATION,
)


class WhyOptions(NamedTuple):
    """What one `xpip why` is to explain."""

    names: tuple[str, ...]
    """As written."""
    environment: EnvironmentRequest
    json: bool = False


def build(values: OptionValues, positionals: Sequence[str]) -> WhyOptions:
    """Return the options of the command.

    Raises:
        UsageError: No package is named.
    """
    if not positionals:
        raise UsageError("`why` needs the name of an installed package")
    return WhyOptions(
        tuple(positionals), environment_request(values), values.text("format") == "json"
    )
