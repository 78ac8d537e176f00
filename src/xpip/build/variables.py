"""What a build sees of the variables that xpip was started with.

A build runs code of strangers. What configures xpip and pip, with the credentials in index URLs, is
no business of theirs, and neither are tokens.
"""

from __future__ import annotations

from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_PREFIXES = ("PIP_", "XPIP_", "UV_", "TWINE_", "POETRY_PYPI_TOKEN_", "POETRY_HTTP_BASIC_")
_SECRET_ENDS = (
    "TOKEN", "PASSWORD", "PASSWD", "SECRET", "SECRET_KEY", "API_KEY", "APIKEY", "ACCESS_KEY",
    "PRIVATE_KEY", "CREDENTIALS", "PASSPHRASE",
)  # fmt: skip
_REPLACED = frozenset(
    (
        "PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "PYTHONEXECUTABLE", "PYTHONSAFEPATH",
        "PYTHONDONTWRITEBYTECODE", "PYTHONUSERBASE", "PYTHONINSPECT", "PYTHONPLATLIBDIR",
        "VIRTUAL_ENV", "VIRTUAL_ENV_PROMPT", "CONDA_PREFIX", "__PYVENV_LAUNCHER__", "NETRC",
    )
)  # fmt: skip
"""They say something of another Python, or where credentials are."""


def build_variables(variables: Mapping[str, str], scripts: str, prefix: str) -> dict[str, str]:
    """Return the variables of a build in an environment of its own.

    Args:
        variables: Those of xpip itself.
        scripts: Folder with the programs of the build environment.
        prefix: The build environment.
    """
    kept = {name: value for name, value in variables.items() if not is_withheld(name)}
    path = kept.get("PATH")
    kept["PATH"] = f"{scripts}:{path}" if path else scripts
    kept["VIRTUAL_ENV"] = prefix
    kept["PYTHONNOUSERSITE"] = "1"
    # What a backend prints must not depend on who reads it.
    kept["PYTHONIOENCODING"] = "utf-8"
    return kept


def is_withheld(name: str) -> bool:
    """Say whether a build does not get to see a variable."""
    upper = name.upper()
    return upper.startswith(_PREFIXES) or name in _REPLACED or upper.endswith(_SECRET_ENDS)
