"""One builder of one key at a time, on this machine.

The lock is an advisory `flock` on a file of the store that says who holds it; the kernel gives it
back when its holder dies. Where the file system cannot lock, everybody builds: what is published is
whole in any case.
"""

from __future__ import annotations

import errno
import fcntl
import os
import time

from xpip.errors import BuildError
from xpip.model.records import TYPE_CHECKING
from xpip.process import ProgramFailed
from xpip.store.packing import cannot

if TYPE_CHECKING:
    from xpip.model.reporter import Reporter
    from xpip.process import Stopper

_PATIENCE = 2.0
"""Seconds of waiting before the user is told."""
_LONGEST_PAUSE = 0.1
"""Seconds between two looks."""
_BUSY = frozenset((errno.EWOULDBLOCK, errno.EACCES, errno.EINTR))
_UNSUPPORTED = frozenset((errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, 524))
"""524 is the kernel's own ENOTSUPP, which leaks out of some network file systems."""


class BuildBusy(BuildError):
    """Another process builds the same for longer than we wait."""

    code = "build-busy"


class BuildLock:
    """The exclusive right to build one key, as a context manager."""

    def __init__(
        self, path: str, shown: str, timeout: float, stopper: Stopper, reporter: Reporter
    ) -> None:
        """Remember what to lock.

        Args:
            path: Where the lock file is made; it goes when the lock is given back.
            shown: What messages call that which is built.
            timeout: Seconds to wait for another holder.
        """
        self._path = path
        self._shown = shown
        self._timeout = timeout
        self._stopper = stopper
        self._reporter = reporter
        self._descriptor = -1

    def __enter__(self) -> None:
        """Wait for the lock and take it.

        Raises:
            BuildBusy: Somebody else held it for longer than the time limit.
            StoreFault: The lock file cannot be made.
        """
        started = time.monotonic()
        told = False
        pause = 0.01
        while not self._try():
            waited = time.monotonic() - started
            if self._stopper.stopped:
                raise ProgramFailed(f"the wait for `{self._shown}` was stopped")
            if waited >= self._timeout:
                raise BuildBusy(
                    f"another process{self._holder()} is building `{self._shown}`",
                    details=(f"waited {waited:.0f} seconds",),
                    hints=("wait for it to end, or allow more time with `--lock-timeout SECONDS`",),
                )
            if waited >= _PATIENCE and not told:
                told = True
                self._reporter.warning(
                    f"waiting for another process{self._holder()} that is building `{self._shown}`"
                )
            time.sleep(min(pause, max(self._timeout - waited, 0.0)))
            pause = min(pause * 1.5, _LONGEST_PAUSE)

    def __exit__(self, *_: object) -> None:
        if self._descriptor < 0:
            return
        try:
            # Before it is given back: whoever waits for this file looks whether it still counts.
            os.unlink(self._path)
        except OSError:
            pass
        os.close(self._descriptor)
        self._descriptor = -1

    def _try(self) -> bool:
        """Say whether the lock was taken, or cannot be had on this file system."""
        # O_RDWR because NFS turns `flock` into a lock that needs it, O_NOFOLLOW because the name
        # is predictable.
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            try:
                descriptor = os.open(self._path, flags, 0o600)
            except FileNotFoundError:
                os.makedirs(os.path.dirname(self._path), mode=0o700, exist_ok=True)
                descriptor = os.open(self._path, flags, 0o600)
        except OSError as error:
            raise cannot(f"open the lock `{self._path}`", error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not self._is_current(descriptor):
                os.close(descriptor)
                return False
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()} {os.uname().nodename}\n".encode(), 0)
        except OSError as error:
            if error.errno in _BUSY:
                os.close(descriptor)
                return False
            if error.errno not in _UNSUPPORTED:
                os.close(descriptor)
                raise cannot(f"lock `{self._path}`", error) from error
        self._descriptor = descriptor
        return True

    def _is_current(self, descriptor: int) -> bool:
        """Say whether the locked file still has its name: its last holder has removed it."""
        mine = os.fstat(descriptor)
        try:
            there = os.stat(self._path)
        except FileNotFoundError:
            return False
        return (mine.st_dev, mine.st_ino) == (there.st_dev, there.st_ino)

    def _holder(self) -> str:
        """Return ` (pid 123)`, with the machine where it is another one; empty when unknown."""
        try:
            with open(self._path, encoding="utf-8", errors="replace") as file:
                pid, _, machine = file.read(200).strip().partition(" ")
        except OSError:
            return ""
        if not pid.isdecimal():
            return ""
        elsewhere = machine and machine != os.uname().nodename
        return f" (pid {pid} on {machine})" if elsewhere else f" (pid {pid})"
