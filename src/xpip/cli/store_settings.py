"""Where the shared cache is, and which caches are read besides."""

from __future__ import annotations

import os
import sys

from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from xpip.cli.configuration import Sources
    from xpip.cli.options.values import OptionValues


class StoreOptions(NamedTuple):
    """Where the shared cache is."""

    root: str
    """Absolute folder; empty for a temporary one that is thrown away."""
    layers: tuple[str, ...] = ()
    """Absolute folders of caches that are only read, first choice first."""


def store_options(values: OptionValues, sources: Sources, warnings: list[str]) -> StoreOptions:
    """Return what options, variables and files say about caches.

    Args:
        warnings: Gets a sentence when nothing can be kept.
    """
    return StoreOptions(_root(values, sources, warnings), _layers(values, sources))


def _root(values: OptionValues, sources: Sources, warnings: list[str]) -> str:
    """Return the folder of the shared cache; `cli/unchanged.py` follows the same rule."""
    if values.flag("no_cache"):
        return ""
    named = values.text("cache_dir")
    if named:
        return os.path.normpath(os.path.join(sources.cwd, named))
    if sys.platform == "win32":
        from platformdirs import user_cache_dir

        return user_cache_dir("xpip", appauthor=False)
    if sys.platform == "darwin":
        above = sources.home and f"{sources.home}/Library/Caches"
    else:
        above = sources.environ.get("XDG_CACHE_HOME", "").strip()
        above = above or (sources.home and f"{sources.home}/.cache")
    if not above:
        warnings.append("`HOME` is not set, so nothing is kept in a cache")
        return ""
    return os.path.normpath(os.path.join(sources.cwd, above, "xpip"))


def _layers(values: OptionValues, sources: Sources) -> tuple[str, ...]:
    folders = []
    for named in values.list("store_layer"):
        at_home = named.startswith("~/") and sources.home
        folder = f"{sources.home}{named[1:]}" if at_home else named
        folders.append(os.path.normpath(os.path.join(sources.cwd, folder)))
    return tuple(dict.fromkeys(folders))
