"""Watch what a block of code does to the machine: files it writes, processes, connections."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_PATHS = {
    "os.mkdir": ((0, 2),),
    "os.remove": ((0, 1),),
    "os.rmdir": ((0, 1),),
    "os.chmod": ((0, 2),),
    "os.chown": ((0, 3),),
    "os.truncate": ((0, None),),
    "os.utime": ((0, 3),),
    "os.rename": ((0, 2), (1, 3)),
    "os.link": ((1, 3),),
    "os.symlink": ((1, 2),),
}
"""Audit event -> which of its arguments are paths that change, and the folder each starts from."""
_NEVER = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "socket.connect")

_watching: list["Watch"] = []


class Watch:
    """What happened that must not happen."""

    def __init__(self, *allowed: Path) -> None:
        self.allowed = tuple(f"{os.path.realpath(folder)}/" for folder in allowed)
        self.deeds: list[str] = []

    def see(self, event: str, arguments: tuple) -> None:
        if event == "open":
            path, _, flags = arguments
            if isinstance(flags, int) and flags & _WRITING:
                self.look_at(event, path)
        elif event in _PATHS:
            for path, start in _PATHS[event]:
                self.look_at(event, arguments[path], -1 if start is None else arguments[start])
        elif event in _NEVER:
            self.deeds.append(f"{event} {arguments[:2]!r}"[:200])

    def look_at(self, event: str, path: object, folder: int = -1) -> None:
        """Note a path outside.

        Args:
            folder: Descriptor that a relative path starts from; -1: the current folder.
        """
        if isinstance(path, int) or path is None:
            return
        text = os.fsdecode(path)
        if text == os.devnull:
            return
        if folder != -1 and not text.startswith("/"):
            text = os.path.join(os.readlink(f"/proc/self/fd/{folder}"), text)
        # Where a name is, not where a link of that name leads: `remove` takes the link.
        real = os.path.join(os.path.realpath(os.path.dirname(text) or "."), os.path.basename(text))
        if not f"{real}/".startswith(self.allowed):
            self.deeds.append(f"{event} {text!r}")


def _hook(event: str, arguments: tuple) -> None:
    if _watching:
        watch = _watching[-1]
        _watching.clear()  # What the watch itself does is not watched.
        try:
            watch.see(event, arguments)
        finally:
            _watching.append(watch)


@contextmanager
def watching(*allowed: Path) -> Iterator[Watch]:
    """Collect what happens outside of some folders; temporary files of Python's own are allowed."""
    if not getattr(sys, "xpip_watch_is_set", False):
        # A hook stays for ever, so there is one, which does nothing while nobody watches.
        sys.addaudithook(_hook)
        sys.xpip_watch_is_set = True
    watch = Watch(*allowed)
    tempfile.gettempdir()
    _watching.append(watch)
    try:
        yield watch
    finally:
        _watching.clear()
