"""Which paths belong to an environment, so that nothing outside is ever touched.

A path counts by where its folder really is: a symbolic link inside the environment that leads out
of it does not make the outside a part of it.
"""

from __future__ import annotations

import os

from xpip.model.environment import Environment, Layout

_INTERPRETERS = ("pythonw", "python", "pypy")
_ACTIVATION = ("activate", "deactivate", "activate_this")


class Boundaries:
    """The folders of one environment."""

    def __init__(self, environment: Environment) -> None:
        layout = environment.layout
        self.layout = layout
        folders = {os.path.normpath(folder) for folder in scheme_folders(layout)}
        self._inside = _with_separator({os.path.realpath(folder) for folder in folders})
        self._libraries = _with_separator(
            {os.path.realpath(folder) for folder in layout.library_folders()}
        )
        stdlib = environment.interpreter.stdlib
        self._stdlib = _with_separator({os.path.realpath(stdlib)} if stdlib else set())
        self._kept = kept_folders(layout)
        self._real = {folder: os.path.realpath(folder) for folder in folders}

    def contains(self, path: str) -> bool:
        """Say whether a file may be written or removed on behalf of a distribution.

        Args:
            path: Absolute and normalised; it need not exist.
        """
        folder, _, name = path.rpartition("/")
        if not name or name in {".", ".."}:
            return False
        real = self.real_folder(folder) + "/"
        if real.startswith(self._libraries):
            return True
        return real.startswith(self._inside) and not real.startswith(self._stdlib)

    def real_folder(self, folder: str) -> str:
        """Return where a folder really is; one that does not exist is where it would be made."""
        known = self._real.get(folder)
        if known is None:
            parent, _, name = folder.rpartition("/")
            if not parent or not name or os.path.islink(folder):
                known = os.path.realpath(folder)
            else:
                known = os.path.join(self.real_folder(parent), name)
            self._real[folder] = known
        return known

    def proper_way(self, folder: str) -> str:
        """Return a folder of a library by the way that RECORD takes, whatever way leads to it.

        With `lib64` being a link to `lib`, one file has two absolute paths.
        """
        real = self.real_folder(folder) + "/"
        for library in self.layout.library_folders():
            prefix = self.real_folder(library) + "/"
            if real.startswith(prefix):
                below = real[len(prefix) :]
                return f"{library}/{below}"[:-1] if below else library
        return folder

    def is_reserved(self, path: str) -> bool:
        """Say whether a path is a part of the environment itself and of no distribution."""
        folder, _, name = path.rpartition("/")
        if name == "pyvenv.cfg":
            return self.real_folder(folder) == os.path.realpath(self.layout.prefix)
        if not is_reserved_script(name):
            return False
        return self.real_folder(folder) == os.path.realpath(self.layout.scripts)

    def keeps(self, folder: str) -> bool:
        """Say whether a folder stays even when it is empty: those of the scheme and above."""
        return folder in self._kept


def scheme_folders(layout: Layout) -> tuple[str, ...]:
    """Return the folders that files of a wheel can go to."""
    return (
        layout.prefix,
        layout.purelib,
        layout.platlib,
        layout.scripts,
        layout.data,
        layout.headers,
    )


def kept_folders(layout: Layout) -> frozenset[str]:
    """Return the folders of a scheme and everything above them."""
    kept = set()
    for folder in scheme_folders(layout):
        path = os.path.normpath(folder)
        while path not in kept:
            kept.add(path)
            path = os.path.dirname(path)
    return frozenset(kept)


def is_reserved_script(name: str) -> bool:
    """Say whether a script of this name would break the environment that it is put into.

    `python`, `python3.11`, `pythonw.exe`, `pypy3`, `activate.fish`, `Deactivate.bat` are;
    `python-argcomplete-check-easy-install-script` and `activate-global-python-argcomplete`, which
    exist, are not.
    """
    lowered = name.lower()
    stem, _, _ = lowered.partition(".")
    if stem in _ACTIVATION:
        return True
    for interpreter in _INTERPRETERS:
        if lowered.startswith(interpreter):
            rest = lowered[len(interpreter) :].removesuffix(".exe")
            return not rest.strip("0123456789.td")
    return False


def _with_separator(folders: set[str]) -> tuple[str, ...]:
    return tuple(folder if folder.endswith("/") else folder + "/" for folder in folders)
