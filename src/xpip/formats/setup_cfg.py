"""What a setup.cfg says of dependencies where no code has to run for it.

Spec: https://setuptools.pypa.io/en/latest/userguide/declarative_config.html
"""

from __future__ import annotations

from xpip.errors import RequirementError
from xpip.model.names import normalized_name
from xpip.model.records import NamedTuple

_DIRECTIVES = ("file:", "attr:", "find:")


class SetupConfiguration(NamedTuple):
    """The dependencies of a setup.cfg."""

    name: str
    """As written; empty when it is not there."""
    requires: tuple[str, ...]
    extras: tuple[tuple[str, tuple[str, ...]], ...]
    """(normalised extra, requirements)."""
    is_static: bool
    """Nothing is read from elsewhere when it is built."""


def parse_setup_cfg(text: str, path: str) -> SetupConfiguration:
    """Return what a setup.cfg says.

    Args:
        path: As messages name it.

    Raises:
        RequirementError: It has no such form.
    """
    from configparser import ConfigParser, Error

    parser = ConfigParser(interpolation=None)
    try:
        parser.read_string(text, path)
    except Error as error:
        reason = " ".join(str(error).split())
        raise RequirementError(f"`{path}` cannot be read: {reason}") from error
    requires = parser.get("options", "install_requires", fallback="")
    extras_section = "options.extras_require"
    extras = dict(parser.items(extras_section)) if parser.has_section(extras_section) else {}
    values = (requires, *extras.values())
    return SetupConfiguration(
        parser.get("metadata", "name", fallback="").strip(),
        _listed(requires),
        tuple((normalized_name(extra), _listed(value)) for extra, value in extras.items()),
        parser.has_section("options")
        and not any(value.strip().startswith(_DIRECTIVES) for value in values),
    )


def _listed(value: str) -> tuple[str, ...]:
    """Return the items of a list, one a line or divided by `;` where it is a single line."""
    lines = value.splitlines()
    if len(lines) == 1 and ";" in value and not any(mark in value for mark in "'\""):
        lines = value.split(";")
    stripped = (line.partition(" #")[0].strip() for line in lines)
    return tuple(line for line in stripped if line and not line.startswith("#"))
