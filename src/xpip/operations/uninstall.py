"""Take distributions out of an environment, all of them or none."""

from __future__ import annotations

import os

from xpip.environment.boundaries import Boundaries
from xpip.environment.faults import EnvironmentChanged, MissingRecord
from xpip.environment.installed import scan
from xpip.environment.locks import DEFAULT_TIMEOUT
from xpip.environment.recover import recover
from xpip.environment.titles import read_title
from xpip.environment.uninstall import find_removal
from xpip.errors import RequirementError
from xpip.model.names import leading_word, normalized_name
from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from xpip.environment.apply import ApplyOptions
    from xpip.model.distribution import InstalledDistribution
    from xpip.model.environment import Environment
    from xpip.model.plan import ChangeReport
    from xpip.model.reporter import Reporter
    from xpip.model.requirement import RequirementSources
    from xpip.store.layout import Store

_ROUNDS = 50
"""Attempts before giving way to other processes that change the same environment."""


class Departure(NamedTuple):
    """A distribution that is to go."""

    distribution: InstalledDistribution
    name: str
    """As METADATA spells it."""
    version: str
    """As METADATA spells it."""
    paths: tuple[str, ...] = ()
    """Everything that would disappear, absolute."""


class RemovalPlan(NamedTuple):
    """What can be done about the names that were asked for."""

    departures: tuple[Departure, ...]
    """In the order asked for."""
    missing: tuple[str, ...]
    """Names that are not installed, as written."""
    outside: tuple[Departure, ...]
    """Installed, but not in this environment."""
    installed: tuple[InstalledDistribution, ...]
    """Everything that was installed when the plan was made."""


def names_in(sources: RequirementSources) -> tuple[str, ...]:
    """Return the names that requirements start with, as written; versions do not count.

    Raises:
        RequirementError: A requirement is a path or URL, which names no project.
    """
    names = []
    for line in sources.requirements:
        name = leading_word(line.text)
        rest = line.text[len(name) :].lstrip()
        if not name[:1].isalnum() or rest[:1] not in ("", *"<>=!~;@[(,") or line.editable:
            raise RequirementError(
                f"`{line.text}` is not the name of a project",
                details=(f"asked for by {line.origin}",),
                hints=("`xpip list` shows the names of what is installed",),
            )
        names.append(name)
    return tuple(names)


def plan_removal(
    environment: Environment,
    names: Iterable[str],
    reporter: Reporter,
    lock_timeout: float = DEFAULT_TIMEOUT,
) -> RemovalPlan:
    """Look up what is to be removed, after undoing an interrupted change.

    Args:
        lock_timeout: Seconds to wait for another process that changes the same environment.

    Raises:
        MissingRecord: A distribution has no list of its files, so that it cannot be removed.
        EnvironmentFault: The environment cannot be read or repaired.
    """
    recover(environment, reporter, lock_timeout)
    everything = scan(environment)
    installed: dict[str, list[InstalledDistribution]] = {}
    for distribution in everything:
        installed.setdefault(distribution.name, []).append(distribution)
    boundaries = Boundaries(environment)
    departures: list[Departure] = []
    missing: list[str] = []
    outside: list[Departure] = []
    for name in _without_repetition(names):
        found = installed.get(normalized_name(name))
        if not found:
            missing.append(name)
            continue
        for distribution in found:
            if distribution.changeable:
                departures.append(_departure(distribution, boundaries))
            else:
                outside.append(Departure(distribution, *read_title(distribution)))
    return RemovalPlan(tuple(departures), tuple(missing), tuple(outside), everything)


def uninstall(
    departures: Sequence[Departure],
    plan: RemovalPlan,
    environment: Environment,
    store: Store,
    options: ApplyOptions,
    reporter: Reporter,
) -> ChangeReport:
    """Remove some of the distributions of a plan in one transaction.

    Raises:
        XpipError: It could not be done; the environment is as before then.
    """
    from xpip.environment.apply import apply

    distributions = [departure.distribution for departure in departures]
    installed = plan.installed
    for _ in range(_ROUNDS - 1):
        options = options._replace(installed=installed)
        try:
            return apply(environment, distributions, (), store, options, reporter)
        except EnvironmentChanged:
            # Another process finished in between. What it did to other projects is no obstacle.
            installed = scan(environment)
            if not set(distributions) <= set(installed):
                raise
    options = options._replace(installed=installed)
    return apply(environment, distributions, (), store, options, reporter)


def folded(paths: Iterable[str], libraries: Sequence[str]) -> list[str]:
    """Return paths for people: packages and dist-info folders as `folder/*`, the rest one by one.

    Bytecode is left out: it goes with its source. A folder without `__init__.py` may belong to
    several distributions, so what is inside is told.

    Args:
        libraries: The library folders of the environment.
    """
    paths = tuple(paths)
    whole = {os.path.dirname(path) for path in paths if path.endswith("/__init__.py")}
    shown = set()
    for path in paths:
        if path.endswith(".pyc"):
            continue
        if path.endswith((".dist-info", ".egg-info")):
            shown.add(f"{path}/*" if os.path.isdir(path) else path)
            continue
        top = _topmost(path, whole, libraries)
        shown.add(f"{top}/*" if top else path)
    return sorted(shown)


def _topmost(path: str, whole: set[str], libraries: Sequence[str]) -> str:
    """Return the outermost folder of a path that goes as a whole; empty for none."""
    found = ""
    folder = os.path.dirname(path)
    while folder not in libraries and folder != os.path.dirname(folder):
        if folder in whole:
            found = folder
        folder = os.path.dirname(folder)
    return found


def _without_repetition(names: Iterable[str]) -> list[str]:
    first: dict[str, str] = {}
    for name in names:
        first.setdefault(normalized_name(name), name)
    return list(first.values())


def _departure(distribution: InstalledDistribution, boundaries: Boundaries) -> Departure:
    name, version = read_title(distribution)
    try:
        removal = find_removal(distribution, boundaries)
    except MissingRecord as error:
        raise _without_record(distribution, name, version, error) from error
    return Departure(distribution, name, version, (*removal.payload, *removal.info))


def _without_record(
    distribution: InstalledDistribution, name: str, version: str, error: MissingRecord
) -> MissingRecord:
    """Return the error with who might know better."""
    from xpip.operations.inspect import installer_of

    installer = installer_of(distribution)
    hint = f"`xpip install --force-reinstall --no-deps {name}=={version}` makes it whole again"
    if installer and installer not in ("pip", "xpip"):
        hint = f"it was installed by {installer}, which may be able to uninstall it"
    return MissingRecord(error.summary, details=error.details, hints=(hint,))
