"""Undoes a change that was interrupted by a kill or a crash."""

from __future__ import annotations

import os

from xpip.environment.boundaries import scheme_folders
from xpip.environment.locks import DEFAULT_TIMEOUT, EnvironmentLock
from xpip.environment.pending import has_pending_change
from xpip.environment.transaction import (
    Journal,
    clear_away,
    read_journal,
    roll_back,
    staging_folder,
)
from xpip.errors import EnvironmentFault
from xpip.model.environment import Environment, Layout
from xpip.model.records import NamedTuple
from xpip.model.reporter import Reporter

_INFO_SUFFIX = ".dist-info"


class Recovered(NamedTuple):
    """What was undone."""

    undone: tuple[str, ...]
    """Names and versions, such as `flask 3.1.2`, that an interrupted change was about to install,
    sorted; empty when it only removed."""


def recover(
    environment: Environment, reporter: Reporter, lock_timeout: float = DEFAULT_TIMEOUT
) -> Recovered | None:
    """Undo an interrupted change; None when there was nothing to undo.

    A change that is still going on in another process is waited for.

    Raises:
        EnvironmentBusy: It did not end in time.
        EnvironmentFault: The environment cannot be written.
    """
    layout = environment.layout
    if not has_pending_change(layout):
        return None
    with EnvironmentLock(layout.library_folders()[0], lock_timeout, reporter):
        return recover_locked(layout, reporter)


def recover_locked(layout: Layout, reporter: Reporter) -> Recovered | None:
    """Do the work of `recover` for a caller that holds the lock.

    Raises:
        EnvironmentFault: The environment cannot be written, or the journal is not about it.
    """
    if not has_pending_change(layout):
        return None
    libraries = layout.library_folders()
    journal = read_journal(libraries[0])
    if journal is None:
        clear_away(libraries)
        return None
    _ensure_own(journal, layout)
    roll_back(journal)
    clear_away(journal.libraries)
    undone = tuple(
        sorted(name.removesuffix(_INFO_SUFFIX).replace("-", " ", 1) for _, name in journal.staged)
    )
    what = f" of {', '.join(f'`{name}`' for name in undone)}" if undone else ""
    reporter.warning(f"an interrupted change{what} was undone")
    return Recovered(undone)


def _ensure_own(journal: Journal, layout: Layout) -> None:
    """Refuse a journal that would have files changed elsewhere.

    An environment that was moved since has one, and one that somebody else made might.

    Raises:
        EnvironmentFault: It names such a file.
    """
    roots = tuple(f"{os.path.realpath(folder).rstrip('/')}/" for folder in scheme_folders(layout))
    paths = [f"{library}/{name}" for library, name in journal.staged]
    paths += [f"{library}/x" for library in journal.libraries]
    for path in (*paths, *journal.old, *journal.spared, *journal.folders, *journal.created):
        folder, _, name = path.rpartition("/")
        is_name = name not in {"", ".", ".."} and "\0" not in path and path[0] == "/"
        if not is_name or not f"{os.path.realpath(folder)}/".startswith(roots):
            library = layout.library_folders()[0]
            where = f"{staging_folder(library)}/journal"
            raise EnvironmentFault(
                f"an interrupted change of `{library}` cannot be undone",
                details=(f"`{where}` names {path!r}, which is elsewhere",),
                hints=("if the environment was moved, move it back and run any command in it",),
            )
