"""Compute the hashes of files, as `--hash` in requirements takes them."""

from __future__ import annotations

from xpip.formats.option_table import Option, OptionGroup
from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.cli.options.values import OptionValues

USAGE = "FILE..."

GROUPS = (
    OptionGroup(
        "Hashes",
        (
            Option(
                ("-a", "--algorithm"),
                "algorithm",
                help="Which hash to compute: sha256 (the default), sha384 or sha512",
                metavar="NAME",
                choices=("sha256", "sha384", "sha512"),
            ),
        ),
    ),
)


class HashOptions(NamedTuple):
    """What one `xpip hash` is to compute."""

    files: tuple[str, ...]
    """As written."""
    algorithm: str = "sha256"


def build(values: OptionValues, positionals: Sequence[str]) -> HashOptions:
    """Return the options of the command."""
    return HashOptions(tuple(positionals), values.text("algorithm", "sha256"))
