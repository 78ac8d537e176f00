"""Show what is configured and where, and change pip's configuration files."""

from __future__ import annotations

from xpip.cli.configuration import GLOBAL, SITE, USER
from xpip.errors import UsageError, XpipError
from xpip.formats.option_table import FLAG, Option, OptionGroup
from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.cli.options.values import OptionValues

USAGE = "list | get KEY | set KEY VALUE | unset KEY | edit | debug"

ACTIONS = {"list": 0, "get": 1, "set": 2, "unset": 1, "edit": 0, "debug": 0}
"""How many arguments each takes."""

GROUPS = (
    OptionGroup(
        "Which file",
        (
            # Variables and files of pip mean other commands by these names.
            Option(("--global",), "global_file", FLAG, "The file for the whole machine", own=True),
            Option(("--user",), "user_file", FLAG, "The file of this user", own=True),
            Option(("--site",), "site_file", FLAG, "The file of the environment", own=True),
            Option(
                ("--editor",),
                "editor",
                help="Edit with this program, else with `VISUAL` or `EDITOR`",
                metavar="PROGRAM",
            ),
        ),
    ),
)


class WrongNumber(XpipError):
    """An action has too many or too few arguments; the exit code is pip's."""

    code = "usage"


class ConfigOptions(NamedTuple):
    """What one `xpip config` is to do."""

    action: str
    key: str = ""
    """As written."""
    value: str = ""
    kind: str = ""
    """`global`, `user` or `site`; empty when none was chosen."""
    editor: str = ""


def build(values: OptionValues, positionals: Sequence[str]) -> ConfigOptions:
    """Return the options of the command.

    Raises:
        UsageError: The action is unknown, has too many or too few arguments, or two files were
            chosen.
    """
    if not positionals or positionals[0] not in ACTIONS:
        actions = ", ".join(f"`{action}`" for action in sorted(ACTIONS))
        raise WrongNumber(f"`config` needs to know what to do: {actions}")
    action, *arguments = positionals
    expected = ACTIONS[action]
    if len(arguments) != expected:
        noun = "argument" if expected == 1 else "arguments"
        raise WrongNumber(
            f"`config {action}` takes {expected or 'no'} {noun}, not {len(arguments)}",
            hints=("write a value with blanks in quotes",) if action == "set" else (),
        )
    chosen = [kind for kind in (USER, GLOBAL, SITE) if values.flag(f"{kind}_file")]
    if len(chosen) > 1:
        raise WrongNumber("one of `--user`, `--site` and `--global` can be given")
    if action == "set" and not arguments[0].strip():
        raise UsageError("the key is empty")
    key, value, *_ = [*arguments, "", ""]
    return ConfigOptions(
        action,
        key,
        value,
        "".join(chosen),
        values.text("editor"),
    )
