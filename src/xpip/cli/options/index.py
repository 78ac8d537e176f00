"""Ask indexes what they have."""

from __future__ import annotations

from xpip.cli.options.groups import (
    INDEX,
    LOCATION,
    SELECTION,
    environment_request,
    target_wish,
)
from xpip.cli.options.install import TARGET
from xpip.errors import UsageError
from xpip.formats.option_table import FLAG, Option, OptionGroup
from xpip.formats.wheel_name import is_project_name
from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.cli.options.values import OptionValues
    from xpip.environment.discover import EnvironmentRequest
    from xpip.environment.foreign_target import TargetWish

USAGE = "versions NAME"
ACTIONS = ("versions",)

GROUPS = (
    OptionGroup(
        "Answer",
        (Option(("--json",), "json", FLAG, "Answer in JSON"),),
    ),
    INDEX,
    SELECTION,
    OptionGroup("Another machine", TARGET.options),
    LOCATION,
)


class IndexOptions(NamedTuple):
    """What one `xpip index` is to ask."""

    name: str
    """As written."""
    environment: EnvironmentRequest
    json: bool = False
    wish: TargetWish | None = None
    """For what to look; None: the Python of the environment."""


class BadQuestion(UsageError):
    """It is not clear what to ask; the exit code is pip's."""

    exit_code = 1


def build(values: OptionValues, positionals: Sequence[str]) -> IndexOptions:
    """Return the options of the command.

    Raises:
        UsageError: It is not clear what to ask.
    """
    if not positionals or positionals[0] not in ACTIONS:
        raise BadQuestion(
            "`index` needs an action: `versions`",
            hints=("`xpip index versions NAME` lists the versions of a project",),
        )
    names = positionals[1:]
    if len(names) != 1:
        raise BadQuestion("`index versions` takes the name of one project")
    if not is_project_name(names[0]):
        raise BadQuestion(f"`{names[0]}` is not the name of a project")
    return IndexOptions(
        names[0], environment_request(values), values.flag("json"), target_wish(values)
    )
