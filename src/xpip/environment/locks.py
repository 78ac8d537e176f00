"""One change of an environment at a time.

The lock is an advisory `flock` on the library folder itself, so that it leaves no file behind and
the kernel gives it back when its holder dies. A file system that cannot lock folders (NFS wants a
descriptor opened for writing) gets a lock file there instead; one that cannot lock at all is used
without: what a reader sees never depends on the lock.
"""

from __future__ import annotations

import errno
import fcntl
import os
import time

from xpip.environment.faults import EnvironmentBusy, EnvironmentChanged, write_fault
from xpip.model.reporter import Reporter

LOCK_FILE = ".xpip-lock"
DEFAULT_TIMEOUT = 300.0
"""Seconds."""
_PATIENCE = 2.0
"""Seconds of waiting before the user is told."""
_WRONG_KIND = frozenset({errno.EBADF, errno.EISDIR, errno.EINVAL})
_UNSUPPORTED = frozenset({errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, 524})
"""524 is the kernel's own ENOTSUPP, which leaks out of some network file systems."""

_warned: set[str] = set()
"""Library folders whose file system is known, and was said, not to lock."""


class EnvironmentLock:
    """The exclusive right to change what is in a library folder, as a context manager."""

    def __init__(self, library: str, timeout: float, reporter: Reporter) -> None:
        """Remember what to lock.

        Args:
            library: An existing folder.
            timeout: Seconds to wait for another holder.
        """
        self._library = library
        self._timeout = timeout
        self._reporter = reporter
        self._descriptor = -1
        self._path = library
        """What is locked: the folder, or the lock file in it."""

    def __enter__(self) -> None:
        """Wait for the lock and take it.

        Raises:
            EnvironmentBusy: Somebody else held it for longer than the time limit.
            EnvironmentChanged: The folder was replaced meanwhile.
        """
        try:
            self._descriptor = os.open(self._library, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise write_fault("open the library folder", self._library, error) from error
        try:
            self._take()
        except BaseException:
            self._close()
            raise

    def __exit__(self, *_: object) -> None:
        self._close()

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _take(self) -> None:
        started = time.monotonic()
        told = False
        pause = 0.01
        while True:
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if error.errno in _WRONG_KIND:
                    self._open_file(error)
                    continue
                if error.errno in _UNSUPPORTED:
                    self._warn_once()
                    return
                if error.errno not in {errno.EWOULDBLOCK, errno.EACCES, errno.EINTR}:
                    raise write_fault("lock", self._library, error) from error
            else:
                self._ensure_same_folder()
                return
            waited = time.monotonic() - started
            if waited >= self._timeout:
                raise EnvironmentBusy(
                    f"another process{self._holder()} is changing `{self._library}`",
                    details=(f"waited {waited:.0f} seconds",),
                    hints=(
                        "wait for it to end",
                        "`--lock-timeout` and `XPIP_LOCK_TIMEOUT` allow more time",
                    ),
                )
            if waited >= _PATIENCE and not told:
                told = True
                self._reporter.warning(
                    f"waiting for another process{self._holder()} that is changing "
                    f"`{self._library}`"
                )
            time.sleep(min(pause, max(self._timeout - waited, 0.0)))
            pause = min(pause * 1.5, 0.25)

    def _warn_once(self) -> None:
        """Say that nothing keeps a second installer away; a command may lock several times."""
        if self._library not in _warned:
            _warned.add(self._library)
            self._reporter.warning(
                f"the file system of `{self._library}` cannot lock: "
                "run one installer at a time there"
            )

    def _open_file(self, cause: OSError) -> None:
        """Lock a file in the folder from now on.

        O_RDWR because NFS turns `flock` into a lock that needs it, O_NOFOLLOW because the name is
        predictable. The file stays: removing it would let two processes lock two files.
        """
        path = os.path.join(self._library, LOCK_FILE)
        if self._path == path:
            raise write_fault("lock", path, cause) from cause
        self._close()
        self._path = path
        try:
            self._descriptor = os.open(
                path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644
            )
        except OSError as error:
            raise write_fault("open the lock", path, error) from error

    def _ensure_same_folder(self) -> None:
        mine = os.fstat(self._descriptor)
        try:
            there = os.stat(self._path)
        except OSError as error:
            raise write_fault("lock", self._path, error) from error
        if (mine.st_dev, mine.st_ino) != (there.st_dev, there.st_ino):
            raise EnvironmentChanged(f"`{self._library}` was replaced by another process")

    def _holder(self) -> str:
        """Return ` (pid 123)` for the process that holds the lock where the kernel tells."""
        status = os.fstat(self._descriptor)
        try:
            with open("/proc/locks", encoding="ascii", errors="replace") as lines:
                for line in lines:
                    fields = line.split()
                    if fields[1:2] == ["FLOCK"]:
                        device, _, inode = fields[5].rpartition(":")
                        major, _, minor = device.partition(":")
                        if int(inode) == status.st_ino and status.st_dev == os.makedev(
                            int(major, 16), int(minor, 16)
                        ):
                            return f" (pid {fields[4]})"
        except (OSError, ValueError, IndexError):
            pass
        return ""


def is_locked(library: str) -> bool:
    """Say whether some process holds the lock of a library folder; False where nobody can tell."""
    for path, flags in ((library, os.O_RDONLY | os.O_DIRECTORY), (None, os.O_RDWR)):
        name = os.path.join(library, LOCK_FILE) if path is None else path
        try:
            descriptor = os.open(name, flags | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in {errno.EWOULDBLOCK, errno.EACCES}:
                return True
        finally:
            os.close(descriptor)
    return False
