"""One process at a time for an entry of the cache that cannot be made aside and renamed."""

from __future__ import annotations

import fcntl
import os
import time

from xpip.errors import StoreFault
from xpip.model.records import TYPE_CHECKING
from xpip.store.packing import fault

if TYPE_CHECKING:
    from xpip.model.reporter import Reporter

_PATIENCE = 2.0
"""Seconds of waiting before the user is told."""
_BUSY = frozenset((11, 13, 4))
"""EWOULDBLOCK, EACCES and EINTR."""


class EntryLock:
    """The exclusive right to change an entry, as a context manager.

    The kernel gives it back when its holder dies.
    """

    def __init__(self, path: str, what: str, timeout: float, reporter: Reporter) -> None:
        """Remember what to lock.

        Args:
            path: Of the lock file, which stays: removing it would let two processes lock two files.
            what: As in `another process is using WHAT`.
            timeout: Seconds to wait for another holder.
        """
        self._path = path
        self._what = what
        self._timeout = timeout
        self._reporter = reporter
        self._descriptor = -1

    def __enter__(self) -> None:
        """Wait for the lock and take it.

        Raises:
            StoreFault: Somebody else held it for longer than the time limit, or there is none.
        """
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            os.makedirs(os.path.dirname(self._path), mode=0o700, exist_ok=True)
            self._descriptor = os.open(self._path, flags, 0o600)
        except OSError as error:
            raise fault("open the lock", self._path, error) from error
        try:
            self._take()
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_: object) -> None:
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
                if error.errno not in _BUSY:
                    # A file system that cannot lock: what is renamed into place needs no lock.
                    return
            else:
                return
            waited = time.monotonic() - started
            if waited >= self._timeout:
                raise StoreFault(
                    f"another process is using {self._what}",
                    details=(f"waited {waited:.0f} seconds for `{self._path}`",),
                    hints=("wait for it to end, or allow more time with `XPIP_LOCK_TIMEOUT`",),
                )
            if waited >= _PATIENCE and not told:
                told = True
                self._reporter.warning(f"waiting for another process that is using {self._what}")
            time.sleep(pause)
            pause = min(pause * 1.5, 0.25)
