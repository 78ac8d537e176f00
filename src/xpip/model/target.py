"""What is being installed for: a Python, a platform, the values of markers."""

from __future__ import annotations

from xpip.model.records import NamedTuple


class Target(NamedTuple):
    """One concrete interpreter on one platform."""

    python_version: str
    """In full, such as `3.11.7`; a pre-release interpreter keeps its suffix."""
    implementation: str
    """As in `sys.implementation.name`."""
    markers: tuple[tuple[str, str], ...]
    """The marker environment of PEP 508 but for `extra`, sorted by name."""
    tags: tuple[str, ...]
    """Accepted wheel tags such as `cp311-cp311-manylinux_2_17_x86_64`, best first."""
