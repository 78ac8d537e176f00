"""TOML files that users write, with errors in the words of this program."""

from __future__ import annotations

import sys

from xpip.errors import RequirementError
from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any


def parse_toml(text: str, path: str) -> dict[str, Any]:
    """Return the tables of a file.

    Args:
        path: As messages name it.

    Raises:
        RequirementError: It is not valid; says where.

    Spec: https://toml.io/en/v1.0.0
    """
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
