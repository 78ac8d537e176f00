"""Options of all commands that change an environment."""

from __future__ import annotations

from xpip.formats.option_table import FLAG, SECONDS, Option, OptionGroup
from xpip.model.options import ApplyOptions
from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xpip.cli.options.values import OptionValues

_TITLE = "How the environment is changed"
_LOCK_TIMEOUT = Option(
    ("--lock-timeout",),
    "lock_timeout",
    SECONDS,
    "Wait so long for another process that changes the same environment (300)",
    "SECONDS",
    own=True,
)
_DURABLE = Option(
    ("--durable",), "durable", FLAG, "Return only when the change is on the disk", own=True
)
_COLLISIONS = Option(
    ("--allow-file-collisions",),
    "allow_file_collisions",
    FLAG,
    "Let the later of two packages win where both bring a file, instead of refusing",
    own=True,
)

CHANGING = OptionGroup(_TITLE, (_LOCK_TIMEOUT, _DURABLE))
CHANGING_BESIDE_BUILDS = OptionGroup(_TITLE, (_DURABLE, _COLLISIONS))
"""For commands that build, too, whose group of options has the time limit of both locks."""

LINK_MODE = Option(
    ("--link-mode",),
    "link_mode",
    help="How files come from the cache",
    metavar="MODE",
    choices=("auto", "reflink", "clone", "hardlink", "copy"),
)


def apply_options(values: OptionValues) -> ApplyOptions:
    """Return what the options say about changing an environment."""
    link_mode = values.text("link_mode", "auto")
    return ApplyOptions(
        "reflink" if link_mode == "clone" else link_mode,
        values.seconds("lock_timeout", ApplyOptions().lock_timeout),
        durable=values.flag("durable"),
        optimization=None if values.choice("compile") is False else 0,
        allow_file_collisions=values.flag("allow_file_collisions"),
    )


def at_level(options: ApplyOptions, environ: Mapping[str, str]) -> ApplyOptions:
    """Take the bytecode that a Python started from here would look for: `PYTHONOPTIMIZE`."""
    text = environ.get("PYTHONOPTIMIZE", "")
    if options.optimization is None or not text:
        return options
    # As in Python, what is no number counts as 1.
    level = int(text) if text.isdecimal() else 1
    return options._replace(optimization=min(level, 2))
