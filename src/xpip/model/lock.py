"""A resolution written to a file: the nouns of pylock.toml (PEP 751)."""

from __future__ import annotations

from xpip.model.link import IndexFile
from xpip.model.options import SelectionPolicy
from xpip.model.records import NamedTuple
from xpip.model.source import SourceLocation


class LockedPackage(NamedTuple):
    """One entry of `[[packages]]`."""

    name: str
    """Normalised."""
    version: str = ""
    """Empty where a folder or a repository tells it anew with every build."""
    marker: str = ""
    """When it is installed, `extras` and `dependency_groups` among its names; empty for always."""
    requires_python: str = ""
    index_url: str = ""
    """URL of the index without credentials; empty for a direct reference."""
    dependencies: tuple[str, ...] = ()
    """Normalised names, sorted; written for readers and other tools, not needed to install."""
    wheels: tuple[IndexFile, ...] = ()
    """A file without a URL is found on an index by its name and hashes."""
    sdist: IndexFile | None = None
    archive: IndexFile | None = None
    """A wheel or source archive by its own URL or path, instead of `wheels` and `sdist`."""
    source: SourceLocation | None = None
    """Of a directory, a repository, or the sources in `archive`."""
    commit: str = ""
    """Full identifier of the commit of a repository; `source.revision` is what was asked for."""


class Lock(NamedTuple):
    """Everything that a lock file says.

    Spec: https://packaging.python.org/en/latest/specifications/pylock-toml/
    """

    packages: tuple[LockedPackage, ...]
    """In the order of the file."""
    version: str = "1.0"
    created_by: str = "xpip"
    requires_python: str = ""
    environments: tuple[str, ...] = ()
    """Markers of which one must hold; empty for everywhere."""
    extras: tuple[str, ...] = ()
    """Normalised; those that markers of packages may ask for."""
    groups: tuple[str, ...] = ()
    """Dependency groups that markers of packages may ask for, as written."""
    default_groups: tuple[str, ...] = ()


class LockWish(NamedTuple):
    """Which parts of a lock are wanted, and which kinds of files."""

    extras: tuple[str, ...] = ()
    """Normalised."""
    all_extras: bool = False
    groups: tuple[str, ...] | None = None
    """Dependency groups in place of the lock's default ones; None for these."""
    policy: SelectionPolicy = SelectionPolicy()
    """Only `only_binary`, `no_binary` and `ignore_requires_python` count."""
