"""Questions to the resolver, and answers that are remembered.

A resolution is a pure function of the texts, options and target it was asked with and of the index
pages and metadata it read. While all of these are unchanged and fresh, the stored answer is the
answer.
"""

from __future__ import annotations

from xpip import __version__
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.store.keys import key_of
from xpip.store.resolutions import RememberedResolution, read_resolution, write_resolution

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from xpip.model.dependencies import CoreMetadata
    from xpip.model.options import IndexOptions, NetworkOptions, SelectionPolicy
    from xpip.model.requirement import RequirementSources
    from xpip.model.resolution import Resolution
    from xpip.model.target import Target
    from xpip.store.layout import Store
    from xpip.store.resolutions import Evidence


def _nothing_installed(_: str) -> CoreMetadata | None:
    return None


class Access(NamedTuple):
    """How to reach what is not in the store."""

    locations: IndexOptions
    network: NetworkOptions
    now: float
    """Seconds since the epoch, the same for the whole command."""


class Question(NamedTuple):
    """Everything that decides a resolution but for what indexes say."""

    sources: RequirementSources
    target: Target
    policy: SelectionPolicy
    preferences: tuple[tuple[str, str], ...]
    """(normalised name, version) to keep where allowed."""
    no_deps: bool
    cwd: str
    """Folder that relative paths of requirements start from."""
    installed: tuple[tuple[str, str], ...] = ()
    """(normalised name, version) of what may stay even where no index has it."""
    read_installed: Callable[[str], CoreMetadata | None] = _nothing_installed
    """Returns the metadata of an installed project; no part of the question's identity."""
    all_digests: bool = False
    """Fill `ResolvedPackage.published`."""
    asked_again: bool = False
    """Remember the answer also for the question that prefers exactly it, which is what the next
    compilation asks that finds it in its output; no part of the question's identity."""


def question_key(question: Question, locations: IndexOptions) -> str:
    """Return a name for the question under which its answer is remembered.

    Origins are left out: where a line stands does not change what it means.
    """
    sources = question.sources
    parts = (
        __version__,
        [(line.text, _plain(line.hashes), line.editable) for line in sources.requirements],
        [(line.text, _plain(line.hashes)) for line in sources.constraints],
        [(line.text, _plain(line.hashes)) for line in sources.overrides],
        sources.excludes,
        sources.require_hashes,
        _plain(question.target),
        [sorted(part) if isinstance(part, frozenset) else part for part in question.policy],
        _plain(question.preferences),
        _plain(question.installed),
        question.no_deps,
        question.cwd,
        question.all_digests,
        (locations.indexes, locations.find_links, locations.strategy, locations.ties),
    )
    return key_of(*parts)


def recall(store: Store, question: Question, access: Access) -> Resolution | None:
    """Return the remembered answer if it would come out the same today, None when in doubt."""
    if access.locations.refresh or access.locations.refresh_packages:
        return None
    remembered = read_resolution(store, question_key(question, access.locations))
    if remembered is None or not is_current(remembered, access):
        return None
    return remembered.resolution


def is_current(remembered: RememberedResolution, access: Access) -> bool:
    """Say whether all that the answer was made from is fresh and unchanged."""
    fresh = access.locations.offline or remembered.fresh_until > access.now
    return fresh and all(evidence.still_holds() for evidence in remembered.evidence)


def keep(
    store: Store,
    question: Question,
    access: Access,
    resolution: Resolution,
    evidence: Sequence[Evidence],
) -> None:
    """Remember an answer; nothing is said when the store cannot take it."""
    fresh_until = min((item.fresh_until for item in evidence), default=0.0)
    if fresh_until > access.now:
        remembered = RememberedResolution(resolution, tuple(evidence), fresh_until)
        write_resolution(store, question_key(question, access.locations), remembered)
        if question.asked_again:
            preferring = question._replace(preferences=preferences_for(resolution))
            write_resolution(store, question_key(preferring, access.locations), remembered)


def preferences_for(resolution: Resolution) -> tuple[tuple[str, str], ...]:
    """Return the preferences that keep everything as it is, sorted by name."""
    return tuple(sorted((one.name, one.version) for one in resolution.packages if not one.direct))


def _plain(value: Any) -> Any:
    """Return a value with named tuples as plain ones: names of classes and fields do not count."""
    if isinstance(value, tuple):
        return tuple(_plain(item) for item in value)
    return value
