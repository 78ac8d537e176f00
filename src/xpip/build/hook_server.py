"""Runs hooks of a build backend, each in a process of its own that has the backend imported.

A program for the Python of a build environment, which may be older than xpip's and has no xpip:
it imports the standard library only. It reads requests from its standard input, one JSON object a
line, and answers each by a line with the exit code of the hook, negative for the signal that ended
it. A hook runs in a fork: it may change what it likes, as in a process that was just started, but
the half second that the import of a backend takes is paid once. When the other side is gone,
whatever runs is killed.

Arguments: the script that a request's `argv` begins with, and modules to import.
"""

from __future__ import annotations

import importlib
import json
import os
import select
import signal
import sys
import threading
import types

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_LOOK = 0.02
"""Seconds between two looks at a hook where the system does not tell of its end."""


def main() -> None:
    """Answer requests until there are no more."""
    script, modules = sys.argv[1], sys.argv[2:]
    answers = os.dup(1)
    # What a backend prints goes to its log, like all that its hooks print.
    os.dup2(2, 1)
    with open(script, "rb") as file:
        code = compile(file.read(), script, "exec")
    # As if the script had been started itself.
    sys.path[0] = os.path.dirname(script)
    for module in modules:
        try:
            importlib.import_module(module)
        except BaseException:  # noqa: BLE001 - the hook tells what is wrong, in its own words
            break
    if threading.active_count() > 1:
        # A fork has none of the threads, and what they hold stays locked: every hook imports.
        os.dup2(answers, 1)
        os.execv(sys.executable, [sys.executable, __file__, script])  # noqa: S606 - itself
    while True:
        line = read_line()
        if not line:
            return
        request = json.loads(line)
        # A buffer that is not empty would be written by both.
        sys.stdout.flush()
        sys.stderr.flush()
        child = os.fork()
        if not child:
            # It keeps `answers`, so that the other side sees whether it lives.
            become(script, code, request)
            return
        os.write(answers, b"%d\n" % ended(child))


def read_line() -> bytes:
    """Return one line of standard input, empty at its end; nothing behind it is taken."""
    found = b""
    while not found.endswith(b"\n"):
        part = os.read(0, 1 << 16)
        if not part:
            return b""
        found += part
    return found


def become(script: str, code: types.CodeType, request: dict[str, Any]) -> None:
    """Be the process of one hook."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    os.chdir(request["cwd"])
    os.environ.update(request["variables"])  # noqa: TID251 - it is another program
    sys.argv = request["argv"]
    module = types.ModuleType("__main__")
    module.__file__ = script
    sys.modules["__main__"] = module
    exec(code, module.__dict__)  # noqa: S102 - what starting the script would do


def ended(child: int) -> int:
    """Wait for a process and return its exit code, negative for a signal."""
    try:
        end = os.pidfd_open(child)
    except (AttributeError, OSError):
        end = -1
    waiting = select.poll()
    # The other side writes nothing while it waits: what comes is its end.
    waiting.register(0, select.POLLIN | select.POLLHUP)
    if end >= 0:
        waiting.register(end, select.POLLIN)
    while True:
        ready = waiting.poll(None if end >= 0 else _LOOK * 1000)
        if any(descriptor == 0 for descriptor, _ in ready):
            os.killpg(0, signal.SIGKILL)
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            break
    if end >= 0:
        os.close(end)
    if os.WIFSIGNALED(status):
        return -os.WTERMSIG(status)
    return os.WEXITSTATUS(status)


if __name__ == "__main__":
    main()
