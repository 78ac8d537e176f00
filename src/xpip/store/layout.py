"""Where things are in the shared cache, and whether it may be used.

Every bucket carries the version of what is in it. Buckets of versions that this xpip does not know
are left alone, so that older and newer xpip share one cache. docs/store-layout.md draws the tree.
"""

from __future__ import annotations

import os
import stat
from itertools import count

from xpip.errors import StoreFault
from xpip.model.records import NamedTuple

FILES = "files-v1"
WHEELS = "wheels-v1"
PAGES = "pages-v1"
METADATA = "metadata-v1"
RESOLUTIONS = "resolutions-v2"
INTERPRETERS = "interpreters-v1"
POINTERS = "pointers-v1"
UNCHANGED = "unchanged-v1"
"""Stamps of runs that changed nothing; `cli/unchanged.py` keeps them in its own form."""
TEMPORARY = "tmp"
BUCKETS = (
    FILES,
    WHEELS,
    PAGES,
    METADATA,
    RESOLUTIONS,
    INTERPRETERS,
    POINTERS,
    UNCHANGED,
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

_serial = count()


class Store(NamedTuple):
    """The shared cache, or a folder that stands in for it."""

    root: str
    """Absolute; what is new is written below it."""
    base: str = ""
    """A cache that may only be read; what `root` lacks is looked for there. Empty: none."""
    temporary: bool = False
    """`root` is to be removed at the end (`discard_store`)."""
    warning: str = ""
    """Why the cache that was asked for is not used in full; empty when it is."""

    def path(self, bucket: str, name: str) -> str:
        """Return where an entry is written."""
        return f"{self.root}/{bucket}/{name}"

    def paths(self, bucket: str, name: str) -> tuple[str, ...]:
        """Return where an entry may be read, first choice first."""
        if self.base:
            return (f"{self.root}/{bucket}/{name}", f"{self.base}/{bucket}/{name}")
        return (f"{self.root}/{bucket}/{name}",)

    def temporary_path(self) -> str:
        """Return a name that no other thread or process uses; its folder may not exist yet."""
        return f"{self.root}/{TEMPORARY}/{os.getpid():x}-{os.urandom(6).hex()}-{next(_serial):x}"


def open_store(root: str) -> Store:
    """Return the cache at a path, made if it does not exist; only its owner may look inside.

    A cache that cannot be written is read only: what is new goes to a folder that is removed at
    the end. One that another user could write to is not even read: its files get executed.

    Raises:
        StoreFault: `root` is not a folder, or neither it nor a temporary folder can be made.
    """
    root = os.path.abspath(root)
    try:
        status = os.stat(root)
    except FileNotFoundError:
        try:
            _make(root)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            return _instead(f"the cache `{root}` cannot be made ({reason})", "")
        return Store(root)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        return _instead(f"the cache `{root}` cannot be read ({reason})", "")
    if not stat.S_ISDIR(status.st_mode):
        raise StoreFault(
            f"the cache `{root}` is not a folder",
            hints=("remove the file, or name another folder with `--cache-dir`",),
        )
    user = os.geteuid()
    if status.st_uid not in (user, 0):
        return _instead(f"the cache `{root}` belongs to another user", "")
    if status.st_mode & _WORLD_WRITABLE:
        return _instead(f"every user may write to the cache `{root}`", "")
    if not os.access(root, os.W_OK | os.X_OK):
        return _instead(f"the cache `{root}` cannot be written", root)
    return Store(root)


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


def _instead(reason: str, base: str) -> Store:
    """Return a temporary store in place of a cache that cannot be used in full."""
    use = "it is only read" if base else "it is not used"
    return temporary_store()._replace(base=base, warning=f"{reason}, so {use}")


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
