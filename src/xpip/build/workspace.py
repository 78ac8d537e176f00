"""The folder that a build works in: a copy of the sources, and what the backend makes of them."""

from __future__ import annotations

import os

from xpip.errors import BuildFailed
from xpip.model.records import TYPE_CHECKING
from xpip.store.packing import unwritable

if TYPE_CHECKING:
    from xpip.model.source import SourceTree


class Workspace:
    """One build's own place.

    Archives and repositories lie in the store, where nobody may write, so that a copy is built. A
    folder of the user is built where it is, as pip does: what a build needs may lie beside it.
    """

    def __init__(self, folder: str, tree: SourceTree, is_folder: bool) -> None:
        """Plan it; nothing is written yet.

        Args:
            folder: Where it is made; must not exist.
            is_folder: The sources are the user's own.
        """
        self._folder = folder
        self._tree = tree
        self._is_folder = is_folder
        self._filled = is_folder

    @property
    def source(self) -> str:
        """Folder of the project that the backend sees."""
        if self._is_folder:
            return self._tree.path
        inside = os.path.relpath(self._tree.path, self._tree.root)
        return os.path.normpath(os.path.join(self._folder, "source", inside))

    @property
    def is_filled(self) -> bool:
        """Whether there is a copy of sources that could be looked at."""
        return self._filled and not self._is_folder

    def fill(self) -> None:
        """Bring the sources, unless they are there already.

        Raises:
            BuildFailed: They cannot be copied.
        """
        if self._filled:
            return
        import shutil

        target = os.path.join(self._folder, "source")
        try:
            os.makedirs(self._folder, mode=0o700, exist_ok=True)
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(self._tree.root, target, symlinks=True)
        except (OSError, shutil.Error) as error:
            raise BuildFailed(
                f"the sources in `{self._tree.root}` cannot be copied",
                details=(str(error).partition("\n")[0],),
            ) from error
        self._filled = True

    def new_folder(self, name: str) -> str:
        """Return an empty folder for what a backend makes."""
        path = os.path.join(self._folder, f"{name}-{os.urandom(4).hex()}")
        try:
            os.makedirs(path, mode=0o700)
        except OSError as error:
            raise unwritable(f"make `{path}` for what a build makes", error) from error
        return path

    def remove(self) -> None:
        """Remove everything but the user's own sources."""
        import shutil

        shutil.rmtree(self._folder, ignore_errors=True)
