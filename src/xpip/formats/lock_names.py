"""Which files are lock files, by their names; every installation asks this."""

from __future__ import annotations


def is_lock_name(name: str) -> bool:
    """Say whether a file of this name is a lock file: `pylock.toml` or `pylock.NAME.toml`.

    Args:
        name: Last part of a path or URL.
    """
    if name == "pylock.toml":
        return True
    middle = name[len("pylock.") : -len(".toml")]
    return (
        name.startswith("pylock.") and name.endswith(".toml") and bool(middle) and "." not in middle
    )
