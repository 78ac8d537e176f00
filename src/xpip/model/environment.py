"""An environment to install into, its folders and its interpreter."""

from __future__ import annotations

from xpip.model.records import NamedTuple
from xpip.model.target import Target


class Layout(NamedTuple):
    """The absolute folders of an installation scheme."""

    prefix: str
    purelib: str
    platlib: str
    scripts: str
    data: str
    headers: str
    """Folder for C headers; a project's own go into a sub-folder with its name."""

    def library_folders(self) -> tuple[str, ...]:
        """Return the folders that hold dist-info folders: purelib, and platlib where it differs."""
        return (self.purelib,) if self.purelib == self.platlib else (self.purelib, self.platlib)


class Interpreter(NamedTuple):
    """Facts about one Python that hold as long as its file is unchanged."""

    executable: str
    """Absolute path by which the user reaches it; in a virtual environment the one inside."""
    base_executable: str
    """The real file of the underlying installation."""
    target: Target
    prefix: str
    base_prefix: str
    stdlib: str
    """Folder of the standard library, where EXTERNALLY-MANAGED would be."""
    layout: Layout
    """Where this interpreter installs packages by default."""
    bytecode_tag: str
    """`sys.implementation.cache_tag`, empty when the interpreter keeps no bytecode."""
    library_folders: tuple[str, ...] = ()
    """All folders on its own path that may hold distributions, in path order, `layout`'s among
    them; a distribution's python may have several."""
    venv_folders: tuple[str, ...] = ()
    """purelib, platlib, scripts, data, headers of a virtual environment made of it, below the
    environment, with `/`; an empty text is the environment itself."""
    prefix_folders: tuple[str, ...] = ()
    """The same for `--prefix`; some distributions of Linux put `local` into it."""
    platform_key: str = ""
    """Kind of processor and C library as xpip saw them when the facts were asked for; other values
    on a later day mean that the facts may be wrong."""


class Environment(NamedTuple):
    """Where to install, and for which interpreter."""

    interpreter: Interpreter
    layout: Layout
    """The interpreter's own, or that of `--target` or `--prefix`."""
    origin: str
    """Why this one: `--python`, `--target`, `--prefix`, `--system`, `VIRTUAL_ENV`, `CONDA_PREFIX`,
    `.venv`, `current`."""
    is_virtual: bool
    externally_managed: str | None
    """The message of an EXTERNALLY-MANAGED file (PEP 668) that applies; None when none does."""
    read_also: tuple[str, ...] = ()
    """Library folders whose distributions also count as installed but are never changed: those of
    the base interpreter of a virtual environment with system site-packages."""
    read_first: str = ""
    """The one of `read_also` that the interpreter finds before the environment's own: what the user
    of a Python outside environments installed for herself. Empty where there is none."""
