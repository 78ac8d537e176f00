"""Who uses the store now, so that pruning takes nothing away from under a running process.

Every process that opens the store holds a shared `flock` on one file, `current`, until it ends; the
kernel gives it back whoever kills the process. Pruning renames that file, so that processes which
start from then on make and hold another one, and waits until nobody holds the old one. Nobody else
ever waits, and a stream of new installers cannot keep pruning from its turn. What it takes is one
`open`, one `flock` and two `stat`, some 15 microseconds (docs/store-layout.md).
"""

from __future__ import annotations

import fcntl
import os

from xpip.model.records import TYPE_CHECKING
from xpip.store.layout import LEASES
from xpip.store.packing import fault, remove_quietly, write_new

if TYPE_CHECKING:
    from xpip.store.layout import Store

CURRENT = "current"
_OLD = "old-"
_ATTEMPTS = 100
"""Each fails only because a pruning renames the file in the same microseconds."""
_BUSY = frozenset((11, 13))
"""EWOULDBLOCK and EACCES; `errno` is not imported for two numbers."""


class Leases:
    """What a process holds while it uses a store, as a context manager."""

    def __init__(self, store: Store) -> None:
        """Remember which store; nothing is held yet."""
        self._store = store
        self._descriptors: list[int] = []

    def __enter__(self) -> None:
        """Take a lease of every cache that is in use.

        Where that is not possible (a cache that is only read and never was written by this xpip, a
        file system that cannot lock) the process goes without: it fetches again what it misses.
        """
        if not self._store.temporary:
            self._take(self._store.root, os.O_RDWR | os.O_CREAT)
        for layer in self._store.layers:
            self._take(layer, os.O_RDONLY)

    def __exit__(self, *_: object) -> None:
        for descriptor in self._descriptors:
            os.close(descriptor)
        self._descriptors.clear()

    def _take(self, root: str, flags: int) -> None:
        path = f"{root}/{LEASES}/{CURRENT}"
        for _ in range(_ATTEMPTS):
            try:
                descriptor = os.open(path, flags | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            except FileNotFoundError:
                if not flags & os.O_CREAT or not _made(os.path.dirname(path)):
                    return
                continue
            except OSError:
                return
            try:
                fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
                if os.path.samestat(os.fstat(descriptor), os.stat(path)):
                    self._descriptors.append(descriptor)
                    return
            except FileNotFoundError:
                pass
            except OSError as error:
                if error.errno not in _BUSY:
                    os.close(descriptor)
                    return
            os.close(descriptor)


class Turn:
    """The moment that divides the processes which pruning must wait for from those it need not."""

    def __init__(self, store: Store) -> None:
        """Begin it: processes that take a lease from now on are of the new time.

        Raises:
            CacheUnwritable: The store cannot be changed.
        """
        self._folder = f"{store.root}/{LEASES}"
        path = f"{self._folder}/{_OLD}{os.urandom(8).hex()}"
        probe = f"{path}.probe"
        try:
            write_new(probe, b"")
            self.began_ns: int = os.stat(probe).st_ctime_ns
            """By the clock of the file system; whatever a process of the new time writes or marks
            has a later or the same time of its last change."""
            os.unlink(probe)
            try:
                os.rename(f"{self._folder}/{CURRENT}", path)
            except FileNotFoundError:
                pass
        except OSError as error:
            remove_quietly(probe)
            raise fault("write", probe, error) from error
        self.can_lock = True
        """False on a file system that cannot lock, where nobody can say who is at work."""

    def is_over(self) -> bool:
        """Say whether all processes of the old time have ended, as far as that can be known.

        Those count too that an earlier pruning did not wait for.
        """
        over = True
        for name in _names(self._folder):
            if name.startswith(_OLD) and not self._is_free(f"{self._folder}/{name}"):
                over = False
        return over

    def _is_free(self, path: str) -> bool:
        """Say whether nobody holds an old lease any more; its file goes then."""
        try:
            # NFS wants a descriptor that is open for writing.
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:
            return True
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            remove_quietly(path)
        except OSError as error:
            if error.errno in _BUSY:
                return False
            self.can_lock = False
            remove_quietly(path)
        finally:
            os.close(descriptor)
        return True


def _made(folder: str) -> bool:
    try:
        os.mkdir(folder, 0o700)
    except FileExistsError:
        return True
    except OSError:
        return False
    return True


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []
