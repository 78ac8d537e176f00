"""Tier 0: fill an environment once more that was removed and made anew.

An identical run (`cli/unchanged.py`) filled an environment in the same place from the store, when
it was as empty as it is now. Then what it did is read from the store and done again, by the same
transaction and with the same checks of every blob (`environment/repeating.py`); settings,
requirements, resolution and manifests are not worked through again. What decides that and is not in
the stamp's own list is looked at here: whether the resolver's answer still holds, by the rule of
`operations/resolve.py`, whether each wheel is still in the store, and whether the environment is of
the same Python. Whatever else is the case, the command runs.
"""

import os

from xpip.cli import unchanged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from xpip.store.layout import Store

NAME = "again-1"
"""Stands before the arguments, because the stamp of the arguments alone is for runs with nothing to
do. The number changes with what is kept."""
_FIELDS = 9
_LARGE = 64 * 1024
_KIND, _REGULAR, _LINK = 0o170000, 0o100000, 0o120000
"""As in the `stat` module."""


def repeat(argv: "Sequence[str]", now: float) -> "str | None":
    """Do what an identical run did and return what it said; None when the command has to run.

    Args:
        argv: Arguments after the program's name.
        now: Seconds since the epoch.
    """
    if argv[:1] != ("install",):
        return None
    kept = unchanged.recall((NAME, *argv))
    if not isinstance(kept, tuple) or len(kept) != _FIELDS:
        return None
    said, plan, fresh_until, system, shapes, real_paths, evidence, manifests, settings = kept
    if not fresh_until > now or system != this_system():
        return None
    for path, known in shapes:
        if shape(path) != known:
            return None
    for path, real in real_paths:
        if os.path.realpath(path) != real:
            return None
    if not all(_is_same(*entry) for entry in evidence):
        return None
    root, link_mode, note = settings
    if not os.path.exists(note):
        return None
    return said if _fill(root, now, plan, manifests, link_mode) else None


def _fill(
    root: str,
    now: float,
    plan: "Sequence[str]",
    manifests: "Iterable[tuple[str, tuple[int, ...]]]",
    link_mode: str,
) -> bool:
    """Fill the environment and say whether that was done; nothing has changed if not."""
    from xpip.cli.boot import booted
    from xpip.environment.repeating import repeat as repeat_change
    from xpip.errors import XpipError
    from xpip.store.layout import PLANS, open_store
    from xpip.store.leases import Leases
    from xpip.store.packing import read_packed

    try:
        store = open_store(root, (), booted(now))
    except XpipError:
        return False
    if store.temporary or store.warnings:
        return False
    leases = Leases(store)
    leases.__enter__()
    try:
        if not all(_is_trusted(store, path, known) for path, known in manifests):
            return False
        head, *parts = [store.path(PLANS, name) for name in plan]
        fields = read_packed(head)
        return type(fields) is tuple and repeat_change(fields, parts, store, link_mode)
    finally:
        leases.__exit__()


def this_system() -> "tuple[str, ...]":
    """Return what markers say of the running kernel, which no file tells."""
    found = os.uname()
    return found.sysname, found.release, found.version, found.machine


def shape(path: str) -> "tuple[int, str | bytes] | int | None":
    """Return what is compared of something in an environment, which is made anew each time.

    That is the content of a small file, where a link leads, and the kind of everything else; the
    error number when there is nothing, and None for what cannot be compared.
    """
    try:
        mode = os.lstat(path).st_mode
        kind = mode & _KIND
        if kind == _LINK:
            return kind, os.readlink(path)
        if kind != _REGULAR:
            return kind
        with open(path, "rb", buffering=0) as file:
            content = file.read(_LARGE)
    except OSError as error:
        return error.errno or -1
    return (mode, content) if len(content) < _LARGE else None


def state_of(status: os.stat_result) -> "tuple[int, ...]":
    """Return what tells one manifest of the store from another one of its name."""
    return status.st_size, status.st_mtime_ns, status.st_ino, status.st_ctime_ns


def _is_same(path: str, size: int, mtime_ns: int, inode: int) -> bool:
    """Say whether a page or the like is what the resolution was made from."""
    try:
        found = os.stat(path)
    except OSError:
        return size < 0
    return (found.st_size, found.st_mtime_ns, found.st_ino) == (size, mtime_ns, inode)


def _is_trusted(store: "Store", path: str, known: "tuple[int, ...]") -> bool:
    """Say whether a wheel is in the store as it was, and whole since the machine was started."""
    try:
        found = os.stat(path)
    except OSError:
        return False
    if state_of(found) != known:
        return False
    if found.st_ctime >= store.booted:
        return True
    from xpip.store.seals import is_doubtful

    return not is_doubtful(store, found)
