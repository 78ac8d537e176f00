"""What all commands share that read an environment and change nothing."""

from __future__ import annotations

import os

from xpip.cli.assembly import StoreInUse, find
from xpip.environment.pending import has_pending_change
from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.cli.settings import Settings
    from xpip.environment.discover import EnvironmentRequest
    from xpip.environment.installed import ScanReport
    from xpip.model.environment import Environment
    from xpip.terminal.console import Console


def read_environment(
    request: EnvironmentRequest,
    settings: Settings,
    console: Console,
    folders: Sequence[str] = (),
) -> Environment:
    """Return the environment to look at.

    `--require-virtualenv` guards against changes only, as in pip.

    Args:
        folders: Values of `--path`, which replace the library folders. Then any Python will do, and
            no environment has to be there.

    Raises:
        XpipError: There is none, or not the one that was asked for.
    """
    request = request._replace(require_virtualenv=False)
    if folders:
        request = request._replace(target=folders[0], prefix="")
    with StoreInUse(settings, console) as store:
        environment = find(request, settings, store).environment
    if not folders:
        return environment
    first, *others = (os.path.normpath(os.path.join(settings.cwd, path)) for path in folders)
    layout = environment.layout._replace(purelib=first, platlib=first)
    return environment._replace(layout=layout, read_also=tuple(others))


def user_limit(is_wanted: bool, environment: Environment, settings: Settings) -> str:
    """Return the folder that `--user` narrows a list to; empty when it was not given."""
    if not is_wanted:
        return ""
    from xpip.environment.user_library import user_library

    # Without a home folder there is no such folder, and nothing is in it.
    return user_library(environment, settings.environ) or "/dev/null"


def tell_state(environment: Environment, report: ScanReport, console: Console) -> None:
    """Warn of what a list of distributions does not show: damage, remains, an open change."""
    if has_pending_change(environment.layout):
        _tell_pending(environment, console)
    for path in report.damaged:
        console.warning(f"ignoring `{path}`: its metadata is missing or cannot be understood")
    for path in report.leftovers:
        console.warning(f"ignoring `{path}`: an interrupted pip left it behind; it can be deleted")


def _tell_pending(environment: Environment, console: Console) -> None:
    """Say what the transaction folder of an environment means; nothing is changed."""
    from xpip.environment.locks import is_locked

    prefix = environment.layout.prefix
    if any(is_locked(folder) for folder in environment.layout.library_folders()):
        console.warning(f"another process is changing `{prefix}`: this is what is there meanwhile")
        return
    console.warning(
        f"an interrupted change of `{prefix}` is pending",
        hints=("`xpip repair` undoes it, and so does the next command that changes something",),
    )
