"""Look after the shared cache."""

from __future__ import annotations

from xpip.errors import UsageError
from xpip.formats.option_table import FLAG, Option, OptionGroup, closest
from xpip.model.names import normalized_name
from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.cli.options.values import OptionValues

USAGE = "dir|size|clean [NAME]...|verify"
ACTIONS = ("dir", "size", "clean", "verify")

GROUPS = (
    OptionGroup(
        "Verification",
        (Option(("--deep",), "deep", FLAG, "Read every file instead of its size and time"),),
    ),
)


class CacheOptions(NamedTuple):
    """What one `xpip cache` is to do."""

    action: str
    """`dir`, `size`, `clean` or `verify`; pip's `purge` is `clean`."""
    names: tuple[str, ...] = ()
    """Normalised projects to clean; empty for everything."""
    deep: bool = False


def build(values: OptionValues, positionals: Sequence[str]) -> CacheOptions:
    """Return the options of the command.

    Raises:
        UsageError: No action is named, or one that does not exist.
    """
    actions = ", ".join(f"`{action}`" for action in ACTIONS)
    if not positionals:
        raise UsageError(f"`cache` needs one of {actions}")
    action = "clean" if positionals[0] == "purge" else positionals[0]
    names = tuple(map(normalized_name, positionals[1:]))
    if action not in ACTIONS:
        near = closest(action, ACTIONS)
        hint = f"`{near}` is the closest" if near else f"there are {actions}"
        raise UsageError(f"`cache` cannot `{action}`", hints=(hint,))
    if names and positionals[0] != "clean":
        raise UsageError(f"`cache {positionals[0]}` takes no argument `{positionals[1]}`")
    if values.flag("deep") and action != "verify":
        raise UsageError("`--deep` belongs to `cache verify`")
    return CacheOptions(action, names, values.flag("deep"))
