"""Tier 0: make the same virtual environment once more, by `sys` and `os` alone.

What `xpip venv` writes depends on its arguments, the configuration and the interpreter. When none
of them has changed since an identical run (`cli/unchanged.py`), the same files are written again.
Whatever else is the case, the command runs and says what there is to say.
"""

import os
import sys

from xpip.cli import unchanged
from xpip.environment.venv_files import sibling, write_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_FIELDS = 4


def make(argv: "Sequence[str]") -> bool:
    """Make the environment of an identical run, and say whether that was possible."""
    kept = unchanged.recall(argv)
    if not isinstance(kept, tuple) or len(kept) != _FIELDS:
        return False
    path, place, design, said = kept
    if os.path.lexists(path) or os.path.realpath(path) != place:
        return False
    staged = sibling(place)
    try:
        os.mkdir(staged)
    except OSError:
        return False
    try:
        folders, links, files = design
        write_files(staged, folders, links, files, renew=False)
        os.rename(staged, place)
    except OSError:
        # Another process may have been first. The command knows what to say.
        _remove(staged)
        return False
    unchanged.tell(sys.stderr, said)
    return True


def _remove(folder: str) -> None:
    for parent, folders, files in os.walk(folder, topdown=False):
        for name in files:
            os.unlink(f"{parent}/{name}")
        for name in folders:
            path = f"{parent}/{name}"
            if os.path.islink(path):
                os.unlink(path)
            else:
                os.rmdir(path)
    os.rmdir(folder)
