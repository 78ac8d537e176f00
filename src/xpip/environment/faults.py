"""What can go wrong while an environment is changed."""

from __future__ import annotations

import errno

from xpip.errors import EnvironmentFault


class EnvironmentChanged(EnvironmentFault):
    """Another process changed the environment after the plan was made; a new plan is needed."""

    code = "environment-changed"


class EnvironmentBusy(EnvironmentFault):
    """Another process held the environment until the time limit had passed."""

    code = "environment-busy"


class FileCollision(EnvironmentFault):
    """A wheel brings a file whose place something else has."""

    code = "file-collision"


class MissingRecord(EnvironmentFault):
    """A distribution does not say which files are its own."""

    code = "missing-record"


def write_fault(act: str, path: str, error: OSError) -> EnvironmentFault:
    """Return the error for a system call that failed while the environment was written.

    Args:
        act: What was attempted, such as `create`.
        path: What the user would look at; the path in `error` may be a temporary one.
    """
    reason = error.strerror or str(error)
    hints: tuple[str, ...] = ()
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        hints = ("install into a virtual environment that you own: `xpip venv`",)
    elif error.errno in {errno.ENOSPC, errno.EDQUOT}:
        hints = ("make room on that file system, then run the command again",)
    return EnvironmentFault(f"cannot {act} `{path}`: {reason}", hints=hints)
