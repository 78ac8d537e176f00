"""Compute the hashes of files, as `--hash` in requirements takes them."""

from __future__ import annotations

import os

from xpip.documents import hash_file
from xpip.errors import XpipError
from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from xpip.cli.options.hash import HashOptions
    from xpip.cli.settings import Settings
    from xpip.terminal.console import Console


def run(options: HashOptions, settings: Settings, console: Console) -> int:
    """Write name and hash of each file, on two lines as pip does."""
    if not options.files:
        raise XpipError("there is nothing to hash", hints=("name one file or more",))
    for path in options.files:
        digest = hash_file(os.path.join(settings.cwd, path), options.algorithm)
        console.out(f"{path}:\n--hash={options.algorithm}:{digest}")
    return 0
