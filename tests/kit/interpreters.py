"""A Python of its own that is in no environment, so that tests may install into it."""

import os
import shutil
import sysconfig
from pathlib import Path

from tests.kit.command import run

_OWN = ("site-packages", "dist-packages", "EXTERNALLY-MANAGED", "__pycache__")


def make_interpreter(folder: Path) -> Path | None:
    """Copy the program and link the standard library; None where such a copy does not run."""
    import sys

    minor = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    program = folder / "bin" / minor
    program.parent.mkdir(parents=True)
    shutil.copy2(os.path.realpath(sys._base_executable), program)
    library = folder / "lib" / minor
    (library / "site-packages").mkdir(parents=True)
    for entry in Path(sysconfig.get_path("stdlib")).iterdir():
        if entry.name not in _OWN:
            (library / entry.name).symlink_to(entry)
    asked = run(program, "-c", "import sys; print(sys.prefix)")
    return program if asked.code == 0 and asked.out.strip() == str(folder) else None
