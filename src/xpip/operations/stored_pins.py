"""Pins with hashes that the store can answer: no index is asked what a hash has settled.

A wheel whose sha256 somebody pinned is the wheel he means, whoever brought it into the store. Where
several of the pinned files could be used, pages that were fetched at any time say whether there is
a better one than those in the store.
"""

from __future__ import annotations

from xpip.model.file_names import parse_wheel_name
from xpip.model.link import Digest, IndexFile
from xpip.model.names import normalized_name
from xpip.model.records import TYPE_CHECKING
from xpip.model.resolution import ResolvedPackage
from xpip.model.versions_text import admits_python
from xpip.planner.exact import is_version
from xpip.store.pages import read_page
from xpip.store.wheels import read_wheel, wheel_keys

if TYPE_CHECKING:
    from xpip.model.distribution import StoredWheel
    from xpip.model.options import SelectionPolicy
    from xpip.model.target import Target
    from xpip.planner.exact import Pin
    from xpip.store.layout import Store

_ALL = ":all:"
_PLAIN_FILES = 2
"""A project without binary code has one wheel and one source archive."""

Rank = tuple[int, tuple[int, str] | tuple[()]]
"""How well a wheel fits: place among the target's tags, the lower the better, and build."""


class StoredPins:
    """Finds pinned wheels in the store."""

    def __init__(
        self, store: Store, target: Target, policy: SelectionPolicy, indexes: tuple[str, ...]
    ) -> None:
        """Look at nothing yet.

        Args:
            indexes: URLs whose stored pages say which files there are.
        """
        self._store = store
        self._policy = policy
        self._indexes = indexes
        self._python = target.python_version
        self._keys = wheel_keys(store)
        self._ranks = {tag: rank for rank, tag in enumerate(target.tags)}

    def find(self, pin: Pin) -> ResolvedPackage | None:
        """Return what is to be installed, None where an index has to be asked."""
        if not pin.hashes or pin.url or self._may_want_sources(pin.name):
            return None
        best: tuple[Rank, StoredWheel] | None = None
        for digest in pin.hashes:
            if digest.algorithm != "sha256" or digest.value not in self._keys:
                continue
            wheel = read_wheel(self._store, digest.value)
            if wheel is None or not self._is_pinned(wheel, pin):
                continue
            rank = self._rank(wheel.filename)
            if rank is not None and (best is None or _is_better(rank, best[0])):
                best = rank, wheel
        if best is None or (len(pin.hashes) > _PLAIN_FILES and self._knows_better(pin, best[0])):
            return None
        wheel = best[1]
        file = IndexFile(wheel.filename, "", (Digest("sha256", wheel.key),))
        return ResolvedPackage(pin.name, wheel.version, file, "", requested=True, hashes=pin.hashes)

    def _may_want_sources(self, project: str) -> bool:
        policy = self._policy
        return project in policy.no_binary or (
            _ALL in policy.no_binary and project not in policy.only_binary
        )

    def _is_pinned(self, wheel: StoredWheel, pin: Pin) -> bool:
        return (
            normalized_name(wheel.name) == pin.name
            and is_version(wheel.version, pin.version)
            # What is no specifier admits all, as on an index.
            and (
                self._policy.ignore_requires_python
                or admits_python(wheel.metadata[3], self._python) is not False
            )
        )

    def _rank(self, filename: str) -> Rank | None:
        name = parse_wheel_name(filename)
        ranks = [self._ranks[tag] for tag in name.tags if tag in self._ranks] if name else []
        return (min(ranks), name.build) if name and ranks else None

    def _knows_better(self, pin: Pin, rank: Rank) -> bool:
        allowed = {digest.value for digest in pin.hashes if digest.algorithm == "sha256"}
        for index_url in self._indexes:
            cached = read_page(self._store, index_url, pin.name)
            if cached is None:
                continue
            for file in cached.page.files:
                if file.digest("sha256") in allowed and file.yanked is None:
                    other = self._rank(file.filename)
                    if other is not None and _is_better(other, rank):
                        return True
            break
        return False


def _is_better(first: Rank, second: Rank) -> bool:
    return first[0] < second[0] or (first[0] == second[0] and first[1] > second[1])
