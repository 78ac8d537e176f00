"""Look after the shared cache."""

from __future__ import annotations

from xpip.errors import UsageError
from xpip.formats.option_table import FLAG, SECONDS, Option, OptionGroup, closest
from xpip.model.names import normalized_name
from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.cli.options.values import OptionValues

USAGE = (
    "dir | info | size | list [PATTERN] | remove PATTERN | purge | clean [NAME]... | prune | verify"
)
ACTIONS = ("dir", "info", "size", "list", "remove", "purge", "clean", "prune", "verify")
_PATTERNS = {"list": (0, 1), "remove": (1, 1), "clean": (0, 1 << 30)}
"""By action: fewest and most arguments; the others take none."""

GROUPS = (
    OptionGroup(
        "Listing",
        (
            Option(
                ("--format",),
                "format",
                help="With `list`: names and sizes, or only the paths of manifests",
                metavar="FORMAT",
                choices=("human", "abspath"),
            ),
        ),
    ),
    OptionGroup(
        "Pruning",
        (
            Option(
                ("--older-than",),
                "older_than",
                help="Remove also wheels and all else that was not used for so long: `30 days`",
                metavar="TIME",
                own=True,
            ),
            Option(
                ("--ci",),
                "ci",
                FLAG,
                "Keep only what was built here, and drop what can be downloaded again",
                own=True,
            ),
            Option(("--dry-run",), "dry_run", FLAG, "Only say what would be removed", own=True),
            Option(
                ("--lock-timeout",),
                "lock_timeout",
                SECONDS,
                "Wait so long for other processes that use the cache (60)",
                "SECONDS",
                own=True,
            ),
            Option(
                ("--force",),
                "force",
                FLAG,
                "Wait for no other process; what it may need is left for the next time",
                own=True,
            ),
        ),
    ),
    OptionGroup(
        "Verification",
        (Option(("--deep",), "deep", FLAG, "Read every file instead of its size and time"),),
    ),
)


class CacheOptions(NamedTuple):
    """What one `xpip cache` is to do."""

    action: str
    """One of `ACTIONS`."""
    names: tuple[str, ...] = ()
    """For `clean`: normalised projects; empty for everything."""
    deep: bool = False
    pattern: str = "*"
    """For `list` and `remove`: a name or the beginning of a file name, with wildcards."""
    paths_only: bool = False
    """For `list`."""
    older_than: float | None = None
    """For `prune`: seconds; None keeps wheels however old they are."""
    ci: bool = False
    """For `prune`."""
    dry_run: bool = False
    """For `prune`."""
    lock_timeout: float = 60.0
    """For `prune`: seconds."""


class UnknownAction(UsageError):
    """No action is named, or one that does not exist, or with too much; the exit code is pip's."""

    exit_code = 1


def build(values: OptionValues, positionals: Sequence[str]) -> CacheOptions:
    """Return the options of the command.

    Raises:
        UsageError: No action is named, or one that does not exist.
    """
    actions = ", ".join(f"`{action}`" for action in ACTIONS)
    if not positionals:
        raise UnknownAction(f"`cache` needs one of {actions}")
    action, *words = positionals
    if action not in ACTIONS:
        near = closest(action, ACTIONS)
        hint = f"`{near}` is the closest" if near else f"there are {actions}"
        raise UnknownAction(f"`cache` cannot `{action}`", hints=(hint,))
    fewest, most = _PATTERNS.get(action, (0, 0))
    if len(words) > most:
        raise UnknownAction(f"`cache {action}` takes no argument `{words[most]}`")
    if len(words) < fewest:
        raise UnknownAction(
            f"`cache {action}` needs a name or pattern",
            hints=("`xpip cache purge` removes everything",),
        )
    if values.flag("deep") and action != "verify":
        raise UsageError("`--deep` belongs to `cache verify`")
    for name in ("older_than", "ci", "dry_run"):
        if (values.text(name) or values.flag(name)) and action != "prune":
            raise UsageError(f"`--{name.replace('_', '-')}` belongs to `cache prune`")
    is_clean = action == "clean"
    return CacheOptions(
        action,
        tuple(map(normalized_name, words)) if is_clean else (),
        values.flag("deep"),
        words[0] if words and not is_clean else "*",
        values.text("format") == "abspath",
        _age(values.text("older_than")),
        values.flag("ci"),
        values.flag("dry_run"),
        0.0
        if values.flag("force")
        else values.seconds("lock_timeout", CacheOptions("prune").lock_timeout),
    )


def _age(text: str) -> float | None:
    """Return seconds of the value of `--older-than`, None without one."""
    if not text:
        return None
    from xpip.model.instants import parse_duration

    length = parse_duration(text)
    if length is None:
        raise UsageError(
            f"`{text}` is not a length of time for `--older-than`",
            hints=("write `30 days`, `12 hours` or `P30D`",),
        )
    return float(length)
