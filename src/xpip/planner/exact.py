"""What makes an environment hold exactly what is pinned, and nothing else."""

from __future__ import annotations

from xpip.model.distribution import InstalledDistribution
from xpip.model.link import Digest
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.source import SourceLocation
from xpip.model.versions_text import parse_version

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from collections.abc import Set as AbstractSet

MISSING = "not installed"
VERSION = "other version"
TWICE = "installed twice"
UNLISTED = "not listed"


class Pin(NamedTuple):
    """What one project shall be."""

    name: str
    """Normalised; empty where only a build can tell."""
    version: str
    """As written; empty for a direct reference."""
    hashes: tuple[Digest, ...] = ()
    """What is allowed; empty when nothing was said."""
    url: str = ""
    """Of a direct reference, without credentials; empty for what an index has."""
    source: SourceLocation | None = None
    """What a direct reference names that has to be built; None for a wheel."""

    @property
    def editable(self) -> bool:
        """Say whether it is to be installed editable."""
        return self.source is not None and self.source.editable


class Step(NamedTuple):
    """What happens to one project."""

    name: str
    """Normalised."""
    before: tuple[InstalledDistribution, ...]
    """What is there; empty for what is missing."""
    after: Pin | None
    """None for what goes."""
    reason: str
    """One of the constants above, or what the caller's judge said."""


class ExactPlan(NamedTuple):
    """Everything that makes an environment hold what is pinned."""

    steps: tuple[Step, ...]
    """By name."""
    keep: tuple[InstalledDistribution, ...]
    """What is as it should be, by name."""
    protected: tuple[InstalledDistribution, ...] = ()
    """What is not listed and stays all the same, by name."""


def compare(
    pins: Sequence[Pin],
    installed: Sequence[InstalledDistribution],
    protected: AbstractSet[str],
    judge: Callable[[InstalledDistribution, Pin], str],
) -> ExactPlan:
    """Return what has to happen.

    Args:
        pins: Each project once, all with names.
        protected: Normalised names that are not removed only because nobody lists them.
        judge: Says what is wrong with a distribution of the right version; empty when nothing is.
    """
    by_name: dict[str, list[InstalledDistribution]] = {}
    for distribution in installed:
        by_name.setdefault(distribution.name, []).append(distribution)
    steps: list[Step] = []
    keep: list[InstalledDistribution] = []
    left: list[InstalledDistribution] = []
    for pin in pins:
        present = tuple(by_name.pop(pin.name, ()))
        reason = _reason(present, pin, judge)
        if reason:
            own = tuple([one for one in present if one.changeable])
            steps.append(Step(pin.name, own, pin, reason))
        else:
            keep.extend(present)
    for name, present_list in by_name.items():
        own = tuple([one for one in present_list if one.changeable])
        if own and name in protected:
            left.extend(own)
        elif own:
            steps.append(Step(name, own, None, UNLISTED))
    return ExactPlan(tuple(sorted(steps, key=_by_name)), tuple(sorted(keep)), tuple(sorted(left)))


def _by_name(step: Step) -> str:
    return step.name


def _reason(
    present: tuple[InstalledDistribution, ...],
    pin: Pin,
    judge: Callable[[InstalledDistribution, Pin], str],
) -> str:
    if not present:
        return MISSING
    if len(present) > 1:
        return TWICE
    if pin.version and not is_version(present[0].version, pin.version):
        return VERSION
    return judge(present[0], pin)


def is_version(installed: str, pinned: str) -> bool:
    """Say whether an installed version is what a pin means.

    As `==` says, a local version counts only where the pin has one.
    """
    if installed == pinned:
        return True
    if "+" in installed and "+" not in pinned:
        installed = installed.partition("+")[0]
    return same_version(installed, pinned)


def same_version(first: str, second: str) -> bool:
    """Say whether two texts spell one version."""
    if first == second:
        return True
    version = parse_version(first)
    return version is not None and version == parse_version(second)
