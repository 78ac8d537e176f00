"""Bringing a change to the disk, so that it outlives a loss of power."""

from __future__ import annotations

import errno
import os

from xpip.environment.faults import write_fault
from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def make_flush() -> Callable[[Iterable[str]], None]:
    """Return what writes the file systems of some folders to their disks, each once.

    It is made before the first write, because `ctypes` must not be imported later. Python has no
    `syncfs`; where the system has none either, all file systems are written.

    Raises (what is returned):
        EnvironmentFault: A file system says that something could not be written.
    """
    try:
        import ctypes

        syncfs = ctypes.CDLL(None, use_errno=True).syncfs
    except (ImportError, OSError, AttributeError):
        return lambda _: os.sync()

    def flush(folders: Iterable[str]) -> None:
        done: set[int] = set()
        for folder in folders:
            try:
                descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            except FileNotFoundError:
                continue
            except OSError as error:
                raise write_fault("flush", folder, error) from error
            try:
                device = os.fstat(descriptor).st_dev
                if device in done:
                    continue
                done.add(device)
                if syncfs(descriptor) != 0:
                    _after_failure(ctypes.get_errno(), folder)
            finally:
                os.close(descriptor)

    return flush


def _after_failure(number: int, folder: str) -> None:
    if number in {errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL}:
        os.sync()
        return
    error = OSError(number, os.strerror(number))
    raise write_fault("flush the file system of", folder, error) from error
