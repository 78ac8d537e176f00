"""Half of the work in a second process.

Creating folders and links is time inside the kernel, so two processors do it in nearly half the
time. Threads do not: each call takes microseconds and they would fight over the interpreter lock
(docs/performance.md). The second process reports nothing but success. After anything else the
first one does that half again by itself and meets the trouble, if it lasts, where it can be told.

The lock of the environment is inherited, so it is held until both have ended, whoever is killed.
"""

from __future__ import annotations

import os
import sys

from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from xpip.environment.change import Arrangement

_SIGKILL = 9
"""Not from `signal`: nothing may be imported any more."""
_FEWEST_FILES = 1000
_FOLDER_WEIGHT = 5
"""A folder costs as much as some five links."""


class OtherHalf:
    """Work that a forked process does."""

    def __init__(self, work: Callable[[], None]) -> None:
        """Start it.

        Raises:
            OSError: No process can be made.
        """
        self._pid = os.fork()
        if self._pid == 0:
            code = 1
            try:
                work()
                code = 0
            finally:
                # Neither buffers nor handlers of the first process may run a second time.
                os._exit(code)

    def succeeded(self) -> bool:
        """Wait for the end and say whether all was done."""
        if self._pid <= 0:
            return False
        try:
            _, status = os.waitpid(self._pid, 0)
        except ChildProcessError:
            return False
        self._pid = 0
        return status == 0

    def stop(self) -> None:
        """End it now, wherever it is; nothing happens after its end."""
        if self._pid > 0:
            os.kill(self._pid, _SIGKILL)
            self.succeeded()


def can_fork() -> bool:
    """Say whether a second process is possible and of use.

    A process with several threads is not forked: a thread might hold a lock that its copy waits
    for.
    """
    threading = sys.modules.get("threading")
    if threading is not None and threading.active_count() != 1:
        return False
    return hasattr(os, "sched_getaffinity") and len(os.sched_getaffinity(0)) > 1


def is_large(arrangements: Sequence[Arrangement]) -> bool:
    """Say whether a change is large enough for a second process, which costs some 3 ms."""
    files = sum(len(files) for one in arrangements for _, files in (*one.folders, *one.compiled))
    return files > _FEWEST_FILES and len(arrangements) > 1


def split(
    arrangements: Sequence[Arrangement],
) -> tuple[Sequence[Arrangement], Sequence[Arrangement]]:
    """Return two parts that take about the same time."""
    weights = [
        sum(_FOLDER_WEIGHT + len(files) for _, files in (*one.folders, *one.info, *one.compiled))
        for one in arrangements
    ]
    half, weight = sum(weights) / 2, 0
    for position, one in enumerate(weights):
        weight += one
        if weight >= half:
            cut = max(1, min(position + 1, len(weights) - 1))
            return arrangements[:cut], arrangements[cut:]
    return arrangements, ()


def split_folders(
    folders: Iterable[str], mine: Iterable[Arrangement], other: Iterable[Arrangement]
) -> tuple[list[str], list[str], list[str]]:
    """Return the folders that both parts need, and those that only one needs, parents first."""
    needed = [_needed(mine), _needed(other)]
    parts: tuple[list[str], list[str], list[str]] = ([], [], [])
    for folder in folders:
        if folder not in needed[1]:
            parts[1].append(folder)
        elif folder not in needed[0]:
            parts[2].append(folder)
        else:
            parts[0].append(folder)
    return parts


def _needed(arrangements: Iterable[Arrangement]) -> set[str]:
    needed: set[str] = set()
    for arrangement in arrangements:
        for folder in (
            *(folder for folder, _ in (*arrangement.folders, *arrangement.compiled)),
            *(os.path.dirname(path) for path, _ in arrangement.written),
        ):
            path = folder
            while path not in needed and len(path) > 1:
                needed.add(path)
                path = os.path.dirname(path)
    return needed
