"""What a file server can do is found out with real files, once."""

from __future__ import annotations

from xpip.model.records import TYPE_CHECKING
from xpip.store.hosts import HostAbilities, read_hosts, write_hosts

if TYPE_CHECKING:
    from xpip.network.loop.locks import Lock
    from xpip.store.layout import Store

MISSES = 3
"""How many files in a row must lack metadata beside them before a server counts as without: old
files of a server that has it may lack it."""
DENIAL_HOLDS = 86400.0
"""Seconds after which a server that could not is tried again."""


class Hosts:
    """Observations of this run and of earlier ones."""

    def __init__(self, store: Store, now: float) -> None:
        self._store = store
        self._now = now
        self._known: dict[str, HostAbilities] | None = None
        self._misses: dict[str, int] = {}
        self._probes: dict[str, Lock] = {}

    def has_metadata(self, url: str) -> bool | None:
        """Say whether the server of a file keeps core metadata beside wheels, None if unknown."""
        return self._abilities(_origin(url)).has_metadata

    def has_ranges(self, url: str) -> bool | None:
        """Say whether the server of a file sends parts of files, None if unknown."""
        return self._abilities(_origin(url)).has_ranges

    def probe(self, url: str) -> Lock:
        """Return what to hold while a server is tried, so that one file tries it and not forty."""
        from xpip.network.loop.locks import Lock

        return self._probes.setdefault(_origin(url), Lock())

    def note_metadata(self, url: str, *, found: bool) -> None:
        """Note that a server had, or had not, metadata beside one file."""
        origin = _origin(url)
        abilities = self._abilities(origin)
        if abilities.has_metadata:
            return
        if found:
            self._note(origin, abilities._replace(has_metadata=True))
            return
        self._misses[origin] = self._misses.get(origin, 0) + 1
        if self._misses[origin] >= MISSES and abilities.has_metadata is None:
            self._note(origin, abilities._replace(has_metadata=False))

    def note_ranges(self, url: str, *, found: bool) -> None:
        """Note that a server did, or did not, send a part."""
        origin = _origin(url)
        abilities = self._abilities(origin)
        if abilities.has_ranges != found:
            self._note(origin, abilities._replace(has_ranges=found))

    def _note(self, origin: str, abilities: HostAbilities) -> None:
        known = self._all()
        known[origin] = abilities._replace(noted=self._now)
        write_hosts(self._store, known)

    def _abilities(self, origin: str) -> HostAbilities:
        return self._all().get(origin) or HostAbilities()

    def _all(self) -> dict[str, HostAbilities]:
        if self._known is None:
            self._known = {
                origin: abilities
                if abs(self._now - abilities.noted) < DENIAL_HOLDS
                else abilities._replace(
                    has_metadata=abilities.has_metadata or None,
                    has_ranges=abilities.has_ranges or None,
                )
                for origin, abilities in read_hosts(self._store).items()
            }
        return self._known


def _origin(url: str) -> str:
    from xpip.network.urls import parse_url

    return str(parse_url(url).origin)
