"""Lock files among the files of a command line, and what they have installed."""

from __future__ import annotations

from xpip.errors import UsageError
from xpip.formats.lock_names import is_lock_name
from xpip.model.lock import LockWish
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.urls import redact
from xpip.operations.wanted import file_name_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.cli.settings import Settings
    from xpip.model.options import SelectionPolicy
    from xpip.model.target import Target
    from xpip.operations.install import InstallRequest
    from xpip.operations.resolve import Access
    from xpip.operations.wanted import Reach, Wanted

PROJECT_FILE = "pyproject.toml"
"""Where `--group NAME` looks without a path, which a lock file takes the place of."""


class ChosenLock(NamedTuple):
    """A lock file that is to be installed."""

    name: str
    """Path or URL, as the user wrote it."""
    wish: LockWish


def is_lock(file: str) -> bool:
    """Say whether a path or URL names a lock file."""
    return is_lock_name(file_name_of(file))


def lock_among(wanted: Wanted, settings: Settings) -> ChosenLock | None:
    """Return the lock file that is to be installed, None when no file is one.

    Raises:
        UsageError: There is something else besides; a lock file has everything, in versions that
            nothing can be added to without resolving again.
    """
    files = wanted.requirement_files
    name = next(filter(is_lock, files), "")
    if not name:
        return None
    others = (wanted.arguments, wanted.editables, wanted.constraint_files, wanted.scripts)
    if len(files) > 1 or any(others):
        raise UsageError(
            f"the lock file `{redact(name)}` cannot be combined with other requirements",
            hints=("install it alone, and other requirements afterwards",),
        )
    return ChosenLock(name, wish_for((name,), wanted, settings.policy))


def wish_for(locks: Sequence[str], wanted: Wanted, policy: SelectionPolicy) -> LockWish:
    """Return which parts of lock files are wanted.

    Raises:
        UsageError: A group is to be read from another file.
    """
    for path, group in wanted.groups:
        if path not in (PROJECT_FILE, *locks):
            names = ", ".join(f"`{redact(name)}`" for name in locks)
            raise UsageError(f"`--group {path}:{group}` is not of the lock file {names}")
    groups = tuple(group for _, group in wanted.groups)
    return LockWish(wanted.extras, wanted.all_extras, groups or None, policy)


def with_lock(
    lock: ChosenLock, request: InstallRequest, access: Access, reach: Reach, target: Target
) -> tuple[InstallRequest, Access]:
    """Return a request for what a lock file has installed on a target, and how to reach it.

    Raises:
        XpipError: The file cannot be read, or is not for this target.
    """
    from xpip.operations.locked import read_lock_file

    locked = read_lock_file(lock.name, reach, target, lock.wish)
    if locked.credentials:
        credentials = locked.credentials + access.network.credentials
        access = access._replace(network=access.network._replace(credentials=credentials))
    return request._replace(resolution=locked.resolution), access
