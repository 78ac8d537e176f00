"""TOML files that users write, with errors in the words of this program."""

from __future__ import annotations

import sys

from xpip.errors import RequirementError
from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

MAXIMUM_SIZE = 64 * 1024 * 1024
"""Characters of a file."""
MAXIMUM_PARTS = 100
"""Parts of a dotted key; reading one takes time by the square of them."""


def parse_toml(text: str, path: str) -> dict[str, Any]:
    """Return the tables of a file.

    Args:
        path: As messages name it.

    Raises:
        RequirementError: It is not valid; says where.

    Spec: https://toml.io/en/v1.0.0
    """
    if len(text) > MAXIMUM_SIZE:
        raise RequirementError(f"`{path}` has {len(text)} characters, more than {MAXIMUM_SIZE}")
    number = _line_of_long_key(text)
    if number:
        raise RequirementError(
            f"`{path}` is not valid TOML: a key has more than {MAXIMUM_PARTS} parts"
            f" (at line {number})"
        )
    # Late, because it costs 5 ms and few commands meet such a file.
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RequirementError(f"`{path}` is not valid TOML: {error}") from error
    except RecursionError as error:
        raise RequirementError(f"`{path}` is nested too deeply") from error
    except ValueError as error:
        # Python converts no text of more than 4300 digits, and no date like 0000-13-99.
        raise RequirementError(
            f"`{path}` is not valid TOML: it holds a number or date that is out of range"
        ) from error


def _line_of_long_key(text: str) -> int:
    """Return the number of a line with a dotted key of too many parts, 0 when there is none."""
    if text.count(".") < MAXIMUM_PARTS:
        return 0
    for number, line in enumerate(text.split("\n"), 1):
        if line.count(".") < MAXIMUM_PARTS:
            continue
        run = 0
        for piece in line.split("."):
            word = piece.strip(" \t")
            if len(word) > 1 and word[0] in "\"'" and word[-1] == word[0]:
                word = "quoted"
            is_part = word.replace("_", "a").replace("-", "a").isalnum()
            run = run + 1 if is_part else 0
            if run > MAXIMUM_PARTS:
                return number
    return 0
