"""Write what a shell needs to complete xpip's words."""

from __future__ import annotations

from xpip.errors import UsageError
from xpip.formats.option_table import FLAG, INTEGER, Option, OptionGroup
from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.cli.options.values import OptionValues

USAGE = ""
SHELLS = ("bash", "zsh", "fish", "powershell")

GROUPS = (
    OptionGroup(
        "Shell",
        (
            Option(("-b", "--bash"), "bash", FLAG, "For bash: `eval` it in ~/.bashrc"),
            Option(("-z", "--zsh"), "zsh", FLAG, "For zsh: `eval` it in ~/.zshrc"),
            Option(("-f", "--fish"), "fish", FLAG, "For fish: `source` it in config.fish"),
            Option(
                ("-p", "--powershell"),
                "powershell",
                FLAG,
                "For PowerShell: `Invoke-Expression` it in the profile",
            ),
            # What the scripts call: the words follow `--`, the first of them is the program.
            Option(("--word",), "word", INTEGER, metavar="NUMBER"),
        ),
    ),
)


class CompletionOptions(NamedTuple):
    """What one `xpip completion` is to write."""

    shell: str = ""
    """One of `SHELLS`; empty where a script asks for words."""
    word: int = 0
    """Which word is being typed, from 0 for the program."""
    words: tuple[str, ...] = ()
    """The line so far, the program first; words after the one that is typed may be there too."""


def build(values: OptionValues, positionals: Sequence[str]) -> CompletionOptions:
    """Return the options of the command.

    Raises:
        UsageError: No shell is named, or several.
    """
    number = values.integer("word", -1)
    if number >= 0:
        return CompletionOptions(word=number, words=tuple(positionals))
    chosen = [shell for shell in SHELLS if values.flag(shell)]
    if positionals or len(chosen) != 1:
        shells = ", ".join(f"`--{shell}`" for shell in SHELLS)
        raise UsageError(f"`completion` needs one of {shells}")
    return CompletionOptions(chosen[0])
