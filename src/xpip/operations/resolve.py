"""Questions to the resolver, and answers that are remembered.

A resolution is a pure function of the texts, options and target it was asked with and of the index
pages and metadata it read. While all of these are unchanged and fresh, the stored answer is the
answer.
"""

from __future__ import annotations

from xpip import __version__
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.store.keys import key_of
from xpip.store.resolutions import (
    RememberedResolution,
    read_refusal,
    read_resolution,
    write_refusal,
    write_resolution,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from xpip.model.building import BuildSetup
    from xpip.model.dependencies import CoreMetadata
    from xpip.model.options import IndexOptions, NetworkOptions, SelectionPolicy
    from xpip.model.reporter import Reporter
    from xpip.model.requirement import RequirementSources
    from xpip.model.resolution import Resolution
    from xpip.model.target import Target
    from xpip.network.auth import LoginSource
    from xpip.store.layout import Store
    from xpip.store.resolutions import Evidence


REFUSAL_HOLDS = 15.0
"""Seconds. Who repeats the very command that has just failed changed nothing in between, and asking
all servers again takes longer than everything else."""


def _nothing_installed(_: str) -> CoreMetadata | None:
    return None


class Access(NamedTuple):
    """How to reach what is not in the store."""

    locations: IndexOptions
    network: NetworkOptions
    now: float
    """Seconds since the epoch, the same for the whole command."""
    building: BuildSetup | None = None
    """How sources are built; None where nothing may be built."""
    find_logins: Callable[[Reporter], LoginSource] | None = None
    """Makes what finds logins for servers that ask for one; None where nobody looks for any."""
    ask: Callable[[str, str], str] | None = None
    """Asks a person for one of some letters: question and letters; None when nobody can answer."""


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
    all_files: bool = False
    """Fill `ResolvedPackage.files` and `needs`."""
    build_now: bool = False
    """What the user names by path or URL will be installed, so that its wheel may be built where
    its metadata is asked for; no part of the question's identity."""
    noted: Callable[[RememberedResolution], object] | None = None
    """Is told a remembered answer that is taken; no part of the question's identity."""


def question_key(question: Question, access: Access) -> str:
    """Return a name for the question under which its answer is remembered.

    Origins are left out: where a line stands does not change what it means.
    """
    return key_of(_asked_key(question, access), _plain(question.preferences))


def _asked_key(question: Question, access: Access) -> str:
    """Return a name for everything but the preferences."""
    sources, locations, building = question.sources, access.locations, access.building
    parts = (
        __version__,
        [(line.text, _plain(line.hashes), *line[3:]) for line in sources.requirements],
        [(line.text, _plain(line.hashes)) for line in sources.constraints],
        [(line.text, _plain(line.hashes)) for line in sources.overrides],
        sources.excludes,
        sources.require_hashes,
        tuple(question.target),
        [sorted(part) if isinstance(part, frozenset) else part for part in question.policy],
        _plain(question.installed),
        question.no_deps,
        question.cwd,
        question.all_digests,
        question.all_files,
        (locations.indexes, locations.find_links, locations.strategy, locations.ties),
        None if building is None else _build_inputs(building),
    )
    return key_of(*parts)


def _build_inputs(building: BuildSetup) -> tuple[object, ...]:
    """Return what may change the metadata that a build tells."""
    options = building.options
    return (
        options.isolated,
        sorted(options.not_isolated),
        options.settings,
        options.package_settings,
        [line.text for line in options.constraints],
        building.interpreter.base_prefix,
    )


def recall(store: Store, question: Question, access: Access) -> Resolution | None:
    """Return the remembered answer if it would come out the same today, None when in doubt."""
    if access.locations.refresh or access.locations.refresh_packages:
        return None
    remembered = read_resolution(store, question_key(question, access))
    if remembered is None or not is_current(remembered, access):
        return None
    if question.noted is not None:
        question.noted(remembered)
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
        asked = _asked_key(question, access)
        keys = [key_of(asked, _plain(question.preferences))]
        if question.asked_again:
            keys.append(key_of(asked, preferences_for(resolution)))
        write_resolution(store, keys[0], remembered, *keys[1:])


def note_refusal(store: Store, question: Question, access: Access) -> None:
    """Remember that there is no answer although all servers were asked."""
    write_refusal(store, question_key(question, access), access.now)


def was_just_refused(store: Store, question: Question, access: Access) -> bool:
    """Say whether there was no answer a moment ago, so that nobody need be asked again."""
    refused = read_refusal(store, question_key(question, access))
    return refused is not None and 0.0 <= access.now - refused < REFUSAL_HOLDS


def preferences_for(resolution: Resolution) -> tuple[tuple[str, str], ...]:
    """Return the preferences that keep everything as it is, sorted by name."""
    return tuple(sorted((one.name, one.version) for one in resolution.packages if not one.direct))


def _plain(value: Any) -> Any:
    """Return a value with named tuples as plain ones: names of classes and fields do not count."""
    if isinstance(value, tuple):
        return tuple(_plain(item) for item in value)
    return value
