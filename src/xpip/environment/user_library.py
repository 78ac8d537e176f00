"""Where the packages are that a user installed for herself, outside any environment (PEP 370)."""

from __future__ import annotations

from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xpip.model.environment import Environment, Interpreter


def user_library(environment: Environment, variables: Mapping[str, str]) -> str:
    """Return the user's library folder of an interpreter, empty when nobody knows the home folder.

    Args:
        variables: `PYTHONUSERBASE` and `HOME` are read.

    Spec: https://peps.python.org/pep-0370/
    """
    return library_of_user(environment.interpreter, variables)


def library_of_user(interpreter: Interpreter, variables: Mapping[str, str]) -> str:
    """Return the same for an interpreter."""
    target = interpreter.target
    minor = ".".join(target.python_version.split(".")[:2])
    base = variables.get("PYTHONUSERBASE", "")
    home = variables.get("HOME", "")
    if base.startswith("~/") and home:
        base = home.rstrip("/") + base[1:]
    if not base:
        if not home:
            return ""
        base = f"{home.rstrip('/')}/.local"
    family = "pypy" if target.implementation == "pypy" else "python"
    return f"{base}/lib/{family}{minor}/site-packages"
