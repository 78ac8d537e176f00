"""Installing for one user, outside any environment (PEP 370), by pip's rules."""

from __future__ import annotations

import os

from xpip.environment.user_library import user_library
from xpip.errors import EnvironmentFault
from xpip.model.environment import Layout
from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xpip.model.environment import Environment

_MARK = "<xpip-user>"
_QUESTION = f"""
import json, os, site, sys, sysconfig
if hasattr(sysconfig, "get_preferred_scheme"):
    scheme = sysconfig.get_preferred_scheme("user")
else:
    scheme = os.name + "_user"
paths = sysconfig.get_paths(scheme)
names = ("data", "purelib", "platlib", "scripts", "data", "include")
answer = [bool(site.ENABLE_USER_SITE), [paths[name] for name in names]]
sys.stdout.write("{_MARK}" + json.dumps(answer) + "{_MARK}")
"""
_TIME_LIMIT = 30.0


class UserScheme(NamedTuple):
    """Where an interpreter looks for the packages of its user."""

    is_enabled: bool
    """It looks there at all."""
    layout: Layout


def user_environment(environment: Environment, variables: Mapping[str, str]) -> Environment:
    """Return the environment of `--user`: the user's own folders, the other packages beside them.

    Raises:
        EnvironmentFault: The interpreter does not look into the user's folders.
    """
    scheme = _ask(environment, variables)
    if not scheme.is_enabled:
        if environment.is_virtual:
            raise EnvironmentFault(
                "`--user` installs for use outside environments, and the virtual environment"
                f" `{environment.layout.prefix}` does not see that",
                hints=("leave out `--user` to install into the environment",),
            )
        raise EnvironmentFault(
            f"`--user` cannot be used: `{environment.interpreter.executable}` does not look into"
            " the folders of its user",
            hints=("`PYTHONNOUSERSITE` or another user's rights switch that off",),
        )
    return _moved(environment, scheme.layout)


def fallback(environment: Environment, variables: Mapping[str, str]) -> Environment | None:
    """Return the user's environment where the proper one cannot be written, else None.

    Only an interpreter that looks into the user's folders falls back on them, which that of an
    ordinary virtual environment does not.
    """
    if environment.is_virtual and not environment.read_also:
        return None
    if all(_is_writable(folder) for folder in environment.layout.library_folders()):
        return None
    if not user_library(environment, variables):
        return None
    scheme = _ask(environment, variables)
    return _moved(environment, scheme.layout) if scheme.is_enabled else None


def _moved(environment: Environment, layout: Layout) -> Environment:
    own = layout.library_folders()
    folders = (*environment.layout.library_folders(), *environment.read_also)
    return environment._replace(
        layout=layout,
        origin="--user",
        read_also=tuple(folder for folder in dict.fromkeys(folders) if folder not in own),
        read_first="",
    )


def _is_writable(folder: str) -> bool:
    """Say whether something can be made in a folder, or the folder itself."""
    while not os.path.isdir(folder):
        above = os.path.dirname(folder)
        if above == folder:
            return False
        folder = above
    return os.access(folder, os.W_OK | os.X_OK)


def _ask(environment: Environment, variables: Mapping[str, str]) -> UserScheme:
    import json

    from xpip.process import ProgramFailed, run

    executable = environment.interpreter.executable
    kept = {name: value for name, value in variables.items() if name != "PYTHONPATH"}
    try:
        done = run((executable, "-c", _QUESTION), environment=kept, timeout=_TIME_LIMIT)
        enabled, folders = json.loads(done.stdout.decode("utf-8", "replace").split(_MARK)[1])
        layout = Layout(*folders)
    except ProgramFailed as error:
        raise EnvironmentFault(
            f"the interpreter `{executable}` does not work", details=(error.summary,)
        ) from error
    except (IndexError, ValueError, TypeError) as error:
        raise EnvironmentFault(
            f"`{executable}` does not say where the packages of its user are"
        ) from error
    return UserScheme(enabled, layout)
