"""Whether a change of an environment is going on or was interrupted.

This is asked whenever nothing has to change, so it imports nothing of what changes environments.
"""

from __future__ import annotations

import os

from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from xpip.model.environment import Layout

FOLDER = ".xpip-txn"
"""Name of the transaction folder in a library folder."""


def is_pending(library: str) -> bool:
    """Say whether a library folder holds a change that neither happened nor was undone."""
    return os.path.lexists(f"{library}/{FOLDER}")


def has_pending_change(layout: Layout) -> bool:
    """Say whether a change is going on or was interrupted; costs one system call a library."""
    return any(is_pending(library) for library in layout.library_folders())
