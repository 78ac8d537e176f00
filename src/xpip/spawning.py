"""Starting a program by its path and reading what it prints, without `subprocess`.

That module brings threads, signals and selectors: 6 ms to import, which every command pays that
meets an interpreter for the first time. What this cannot do is left to it (`process.py`).
"""

from __future__ import annotations

import _signal as signal  # type: ignore[import-not-found]  # `signal` brings enum
import os
import select
from time import monotonic, sleep

from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_STANDARD = 3
"""How many descriptors a program expects to have."""


class Spawned(NamedTuple):
    """A program whose output is to be read."""

    number: int
    stdout: int
    """Descriptor, as the other."""
    stderr: int


def spawn(argv: Sequence[str], environment: Mapping[str, str] | None) -> Spawned | None:
    """Start a program by its path, with nothing to read.

    Args:
        environment: All variables it gets; None hands on our own.

    Returns:
        None when it was not started, for whatever reason.
    """
    if not hasattr(os, "posix_spawn"):
        return None
    stdout, stdout_end = os.pipe()
    stderr, stderr_end = os.pipe()
    number = None
    try:
        # A program that was itself started without some of them has other files there.
        if min(stdout, stderr) >= _STANDARD:
            number = os.posix_spawn(
                argv[0],
                list(argv),
                os.environ if environment is None else environment,  # noqa: TID251 - handed on
                file_actions=(
                    (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                    (os.POSIX_SPAWN_DUP2, stdout_end, 1),
                    (os.POSIX_SPAWN_DUP2, stderr_end, 2),
                ),
                # Python ignores these, and programs would inherit that.
                setsigdef=(signal.SIGPIPE, signal.SIGXFSZ),
            )
    except OSError:
        pass  # `subprocess` fails, too, and says why.
    os.close(stdout_end)
    os.close(stderr_end)
    if number is not None:
        return Spawned(number, stdout, stderr)
    os.close(stdout)
    os.close(stderr)
    return None


def read_to_end(spawned: Spawned, timeout: float) -> tuple[int, bytes, bytes] | None:
    """Return exit code and output of a program; None when it was killed after `timeout` seconds."""
    end = monotonic() + timeout
    code = None
    try:
        output = _output(spawned, end)
        if output is not None:
            code = _exit_code(spawned.number, end)
    finally:
        os.close(spawned.stdout)
        os.close(spawned.stderr)
        if code is None:
            os.kill(spawned.number, signal.SIGKILL)
            os.waitpid(spawned.number, 0)
    return None if output is None or code is None else (code, *output)


def _output(spawned: Spawned, end: float) -> tuple[bytes, bytes] | None:
    read: dict[int, list[bytes]] = {spawned.stdout: [], spawned.stderr: []}
    poller = select.poll()
    for descriptor in read:
        poller.register(descriptor, select.POLLIN)
    left = len(read)
    while left:
        ready = poller.poll(max(0.0, end - monotonic()) * 1000)
        if not ready:
            return None
        for descriptor, _ in ready:
            piece = os.read(descriptor, 1 << 16)
            read[descriptor].append(piece)
            if not piece:
                poller.unregister(descriptor)
                left -= 1
    return b"".join(read[spawned.stdout]), b"".join(read[spawned.stderr])


def _exit_code(number: int, end: float) -> int | None:
    """Return how a program ended that has closed its output, None when it does not in time."""
    pause = 0.0005
    while True:
        ended, status = os.waitpid(number, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        if monotonic() >= end:
            return None
        sleep(pause)
        pause = min(0.05, pause * 2)
