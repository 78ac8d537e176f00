"""Where things are in the shared cache, and whether it may be used.

Every bucket carries the version of what is in it. Buckets of versions that this xpip does not know
are left alone, so that older and newer xpip share one cache. docs/store-layout.md draws the tree.
"""

from __future__ import annotations

import os
import stat
from itertools import count

from xpip.errors import StoreFault
from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

FILES = "files-v1"
WHEELS = "wheels-v2"
PAGES = "pages-v2"
METADATA = "metadata-v2"
RESOLUTIONS = "resolutions-v2"
INTERPRETERS = "interpreters-v1"
POINTERS = "pointers-v1"
BUILT = "built-v1"
BUILT_WHEELS = "built-wheels-v1"
BUILD_ENVIRONMENTS = "build-environments-v1"
BUILD_LOGS = "build-logs-v1"
SOURCES = "sources-v1"
"""Unpacked source archives."""
REPOSITORIES = "git-v1"
"""Mirrors of repositories, and what was checked out of them."""
UNCHANGED = "unchanged-v1"
"""Stamps of runs that changed nothing; `cli/unchanged.py` keeps them in its own form."""
BYTECODE = "bytecode-v1"
"""Compiled modules of wheels, by wheel and kind of Python."""
PLANS = "plans-v1"
"""Changes that were made of empty environments, ready to be made once more."""
ENVIRONMENTS = "environments-v1"
"""Where environments are that hold hard links to blobs."""
LEASES = "leases-v1"
"""Who uses the store now (`store/leases.py`); no bucket, because nothing of it is cached."""
TEMPORARY = "tmp"
BUCKETS = (
    FILES,
    WHEELS,
    PAGES,
    METADATA,
    RESOLUTIONS,
    INTERPRETERS,
    POINTERS,
    BUILT,
    BUILT_WHEELS,
    BUILD_ENVIRONMENTS,
    BUILD_LOGS,
    SOURCES,
    REPOSITORIES,
    UNCHANGED,
    BYTECODE,
    PLANS,
    ENVIRONMENTS,
    TEMPORARY,
)

BLOB_MTIME = 1_000_000_000
"""Modification time of every blob, in seconds since the epoch, so that an edit shows."""
EXECUTABLE_SUFFIX = "-x"
"""Ends the name of a blob whose mode has the executable bits."""

_TAG = (
    b"Signature: 8a477f597d28d172789f06886806bc55\n"
    b"# This folder is a cache of xpip; `xpip cache clean` empties it.\n"
)
_WORLD_WRITABLE = 0o002
_GROUP_WRITABLE = 0o020
_FOREIGN = "belongs to another user"
_SUDO = "`sudo -H` uses the cache of root"

_serial = count()


class Store(NamedTuple):
    """The shared cache, or a folder that stands in for it."""

    root: str
    """Absolute; what is new is written below it."""
    layers: tuple[str, ...] = ()
    """Absolute folders of caches that are only read, first choice first; what `root` lacks is
    looked for there."""
    temporary: bool = False
    """`root` is to be removed at the end (`discard_store`)."""
    warnings: tuple[str, ...] = ()
    """Why what was asked for is not used in full, a sentence each; empty when it is."""
    booted: float = 0.0
    """Seconds since the epoch: what was written before, and has not been checked since, may have
    been torn when this machine went down (`store/seals.py`). 0: nothing was."""

    def path(self, bucket: str, name: str) -> str:
        """Return where an entry is written."""
        return f"{self.root}/{bucket}/{name}"

    def paths(self, bucket: str, name: str) -> tuple[str, ...]:
        """Return where an entry may be read, first choice first."""
        if self.layers:
            return tuple([f"{root}/{bucket}/{name}" for root in (self.root, *self.layers)])
        return (f"{self.root}/{bucket}/{name}",)

    def holder(self, bucket: str, name: str) -> str:
        """Return the folder of the cache that has an entry, `root` if none has."""
        for root in self.layers and (self.root, *self.layers):
            if os.path.exists(f"{root}/{bucket}/{name}"):
                return root
        return self.root

    def temporary_path(self) -> str:
        """Return a name that no other thread or process uses; its folder may not exist yet."""
        return f"{self.root}/{TEMPORARY}/{os.getpid():x}-{os.urandom(6).hex()}-{next(_serial):x}"


def open_store(root: str, layers: Iterable[str] = (), booted: float = 0.0) -> Store:
    """Return the cache at a path, made if it does not exist; only its owner may look inside.

    A cache that cannot be written is only read: what is new goes to a folder that is removed at
    the end. One that another user could write to is not even read: its files get executed.

    Args:
        root: Empty for a temporary one.
        layers: Caches that are only read, first choice first.
        booted: When this machine was started (`Store.booted`).

    Raises:
        StoreFault: Neither the cache nor a temporary folder can be made.
    """
    lower, warnings = _layers(layers)
    if not root:
        return temporary_store()._replace(layers=lower, warnings=warnings, booted=booted)
    root = os.path.abspath(root)
    reason, readable = _why_not(root)
    if not reason:
        return Store(root, lower, warnings=warnings, booted=booted)
    if readable:
        lower = (root, *lower)
    return temporary_store()._replace(layers=lower, warnings=(reason, *warnings), booted=booted)


def temporary_store(folder: str = "") -> Store:
    """Return an empty store to be removed with `discard_store` when the command ends.

    Args:
        folder: Where to make it; one on the file system of the environment allows links. Empty:
            the system's folder for temporary files.

    Raises:
        StoreFault: It cannot be made.
    """
    import tempfile

    try:
        root = tempfile.mkdtemp(prefix="xpip-", dir=folder or None)
    except OSError as error:
        raise StoreFault(
            f"no temporary folder can be made: {(error.strerror or str(error)).lower()}",
            hints=("set TMPDIR to a folder that can be written",),
        ) from error
    return Store(os.path.realpath(root), temporary=True)


def discard_store(store: Store) -> None:
    """Remove a temporary store; any other is left as it is."""
    if store.temporary:
        import shutil

        shutil.rmtree(store.root, ignore_errors=True)


def _layers(folders: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the layers that may be read, and a sentence about each that may not."""
    usable = []
    warnings = []
    for folder in dict.fromkeys(map(os.path.abspath, folders)):
        try:
            status = os.stat(folder)
        except OSError as error:
            reason = f"cannot be read ({_words(error)})"
        else:
            reason = "is not a folder" if not stat.S_ISDIR(status.st_mode) else _distrust(status)
        if reason:
            warnings.append(f"the store layer `{folder}` {reason}, so it is not used")
        else:
            usable.append(folder)
    return tuple(usable), tuple(warnings)


def _why_not(root: str) -> tuple[str, bool]:
    """Return why a cache is not used in full, and whether it may be read all the same.

    It is made if it does not exist; the reason is empty when all is well.
    """
    shown = f"the cache `{root}`"
    try:
        status = os.stat(root)
    except FileNotFoundError:
        return _why_not_made(root, shown), False
    except OSError as error:
        return f"{shown} cannot be read ({_words(error)}), so it is not used", False
    if not stat.S_ISDIR(status.st_mode):
        return f"{shown} is not a folder, so it is not used: `--cache-dir` names another", False
    distrust = _distrust(status)
    if distrust:
        return f"{shown} {distrust}, so it is not used", False
    if not os.access(root, os.W_OK | os.X_OK):
        return f"{shown} cannot be written, so it is only read", True
    return "", False


def _why_not_made(root: str, shown: str) -> str:
    """Make a cache, and return why that was not done."""
    if os.path.islink(root):
        return f"{shown} is a link to something that does not exist, so it is not used"
    if os.geteuid() == 0:
        # `sudo` often leaves HOME as it was: root must not litter there, as with pip.
        above = os.path.dirname(root)
        while not os.path.lexists(above):
            above = os.path.dirname(above)
        try:
            if os.stat(above).st_uid != 0:
                return f"`{above}` {_FOREIGN}, so the cache `{root}` is not made there: {_SUDO}"
        except OSError as error:
            return f"{shown} cannot be made ({_words(error)}), so it is not used"
    try:
        _make(root)
    except OSError as error:
        return f"{shown} cannot be made ({_words(error)}), so it is not used"
    return ""


def _distrust(status: os.stat_result) -> str:
    """Return what makes a folder unsafe: others could put files into it that get executed.

    A group of the user's own, which has the number of the user, is no others.
    """
    user = os.geteuid()
    if status.st_uid not in (user, 0):
        return f"{_FOREIGN}: {_SUDO}" if user == 0 else _FOREIGN
    if status.st_mode & _WORLD_WRITABLE:
        return "can be written by every user (`chmod o-w` changes that)"
    if status.st_mode & _GROUP_WRITABLE and status.st_gid != status.st_uid:
        return "can be written by its group (`chmod g-w` changes that)"
    return ""


def _words(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _make(root: str) -> None:
    parent = os.path.dirname(root)
    if not os.path.isdir(parent):
        os.makedirs(parent, exist_ok=True)
    try:
        os.mkdir(root, 0o700)
    except FileExistsError:
        return
    # Another process may be making the same cache at the same moment: either tag is as good.
    flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    descriptor = os.open(f"{root}/CACHEDIR.TAG", flags, 0o600)
    try:
        os.write(descriptor, _TAG)
    finally:
        os.close(descriptor)
