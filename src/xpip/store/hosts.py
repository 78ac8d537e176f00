"""What file servers can do, remembered between runs so that it is probed once.

Kept in the pages bucket: it is knowledge about indexes, and as cheap to lose as a page.
"""

from __future__ import annotations

from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.store.layout import PAGES
from xpip.store.packing import keep_packed, read_packed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xpip.store.layout import Store

_NAME = "hosts"
_MAXIMUM = 1000


class HostAbilities(NamedTuple):
    """What one server was seen to do."""

    has_metadata: bool | None = None
    """It keeps core metadata beside wheels although its pages do not say so; None: not tried."""
    has_ranges: bool | None = None
    """It sends parts of files; None: not tried."""
    noted: float = 0.0
    """Seconds since the epoch of the last observation."""


def read_hosts(store: Store) -> dict[str, HostAbilities]:
    """Return what is known, by `scheme://host:port`; empty when nothing is."""
    for path in store.paths(PAGES, _NAME):
        found = read_packed(path)
        if isinstance(found, tuple):
            return {origin: HostAbilities(*abilities) for origin, *abilities in found}
    return {}


def write_hosts(store: Store, hosts: Mapping[str, HostAbilities]) -> None:
    """Remember what is known; nothing is said when the store cannot take it."""
    latest = sorted(hosts.items(), key=lambda item: -item[1].noted)[:_MAXIMUM]
    value = tuple((origin, *abilities) for origin, abilities in latest)
    keep_packed(store, store.path(PAGES, _NAME), value)
