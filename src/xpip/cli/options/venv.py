"""Make a virtual environment."""

from __future__ import annotations

from xpip.cli.options.groups import INDEX
from xpip.errors import UsageError
from xpip.formats.option_table import FLAG, Option, OptionGroup
from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.cli.options.values import OptionValues

USAGE = "[FOLDER]"
DEFAULT_PATH = ".venv"

GROUPS = (
    OptionGroup(
        "The environment",
        (
            Option(("--seed",), "seed", FLAG, "Install pip into it"),
            Option(
                ("--without-pip", "--no-pip", "--no-seed"),
                "seed",
                FLAG,
                "The default",
                constant=False,
            ),
            Option(
                ("--prompt",), "prompt", help="Text in front of the shell's prompt", metavar="TEXT"
            ),
            Option(("-c", "--clear"), "clear", FLAG, "Replace an environment that is there"),
            Option(
                ("--allow-existing",), "allow_existing", FLAG, "Keep what is in the folder already"
            ),
            Option(
                ("--system-site-packages",),
                "system_site_packages",
                FLAG,
                "Let packages of the base interpreter shine through",
            ),
            # Never in an environment that xpip makes.
            Option(("--no-setuptools",), "", FLAG),
            Option(("--no-wheel",), "", FLAG),
            # Always so.
            Option(("--symlinks",), "", FLAG),
            Option(
                ("--copies", "--always-copy"),
                "",
                FLAG,
                refusal="an environment links its interpreter: `python -m venv --copies` copies it",
            ),
            Option(
                ("--relocatable",),
                "",
                FLAG,
                refusal="scripts name the interpreter of their environment: make it where it is to"
                " be",
            ),
            Option(
                ("--upgrade",),
                "",
                FLAG,
                refusal="`--allow-existing` renews an environment and keeps what is installed",
            ),
            Option(
                ("--upgrade-deps",),
                "",
                FLAG,
                refusal="`--seed` installs the newest pip",
            ),
        ),
    ),
    INDEX,
)


class VenvOptions(NamedTuple):
    """What one `xpip venv` is to make."""

    path: str = DEFAULT_PATH
    """As written; relative to the current folder."""
    python: str = ""
    """As written; empty for the Python that is found first."""
    seed: bool = False
    prompt: str = ""
    """Empty for the name of the folder."""
    clear: bool = False
    allow_existing: bool = False
    system_site_packages: bool = False


def build(values: OptionValues, positionals: Sequence[str]) -> VenvOptions:
    """Return the options of the command.

    Raises:
        UsageError: Two folders are named, or `--clear` and `--allow-existing`.
    """
    if len(positionals) > 1:
        raise UsageError("`venv` makes one environment at a time")
    if values.flag("clear") and values.flag("allow_existing"):
        raise UsageError("`--clear` and `--allow-existing` contradict each other")
    return VenvOptions(
        positionals[0] if positionals else DEFAULT_PATH,
        values.text("python"),
        values.flag("seed"),
        values.text("prompt"),
        values.flag("clear"),
        values.flag("allow_existing"),
        values.flag("system_site_packages"),
    )
