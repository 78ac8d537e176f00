"""Which installations tier 0 may repeat, and on what each of them depends.

Only those leave a stamp that did nothing but fill an empty virtual environment with wheels of
indexes, warned of nothing, and rest on an answer of the resolver that is remembered. What is
doubtful is left out: the stamp saves time and never knows better than the command.
"""

from __future__ import annotations

import os

from xpip.cli import unchanged
from xpip.cli.repeated_install import NAME, shape, state_of, this_system
from xpip.environment.arrangement import digest_of
from xpip.environment.repeating import WHEELS as WHEELS_KEPT
from xpip.environment.repeating import packed_change
from xpip.errors import StoreFault
from xpip.model.records import TYPE_CHECKING
from xpip.operations.install import remembered_answer
from xpip.store.holders import note_path
from xpip.store.layout import BYTECODE, PLANS, WHEELS
from xpip.store.packing import write_packed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

    from xpip.cli.settings import Settings
    from xpip.environment.discover import Discovery
    from xpip.model.environment import Environment
    from xpip.operations.install import InstallOutcome, InstallRequest
    from xpip.operations.resolve import Access
    from xpip.store.layout import Store
    from xpip.store.resolutions import RememberedResolution
    from xpip.terminal.console import Console

_SEEN = ("seen",)
_MAXIMUM_FILES = 60
"""Of plans; each is up to some megabytes."""


def remember_filling(
    outcome: InstallOutcome,
    request: InstallRequest,
    discovery: Discovery,
    sources: tuple[Store, Access],
    place: tuple[Settings, Console],
) -> bool:
    """Have tier 0 repeat this very run in an environment that is made anew; say whether it will.

    The first such run only leaves a note, and the second one a plan: who fills an environment once
    does not pay for it.

    The caller vouches that nothing was to be compiled, and that it is for this machine.
    """
    store, access = sources
    settings, console = place
    environment = discovery.environment
    if store.root != settings.store.root or store.layers:
        return False
    if not _may_be_repeated(request, environment, settings, console):
        return False
    if unchanged.recall((NAME, *settings.argv)) != _SEEN:
        unchanged.remember((NAME, *settings.argv), store.root, (), _SEEN, settings.now)
        return False
    fields = _filling(outcome, environment)
    answer = remembered_answer(request, environment, store, access) if fields else None
    if fields is None or answer is None or answer.resolution != outcome.resolution:
        return False
    return _keep(fields, answer, request, discovery, (store, settings, console))


def _filling(outcome: InstallOutcome, environment: Environment) -> tuple[Any, Any] | None:
    """Return the plan of a run that filled an empty environment, None for any other run."""
    plan, report = outcome.plan, outcome.report
    if plan is None or report is None or plan.keep or plan.remove:
        return None
    if any(package.direct or package.source is not None for package in plan.install):
        return None
    return packed_change(report.change, environment.layout)


def _keep(
    fields: tuple[Any, Any],
    answer: RememberedResolution,
    request: InstallRequest,
    discovery: Discovery,
    place: tuple[Store, Settings, Console],
) -> bool:
    """Write the plan and the stamp that leads to it, and say whether that was done."""
    store, settings, console = place
    environment = discovery.environment
    head, parts = fields
    keys = [key for key, _ in head[WHEELS_KEPT]]
    try:
        shapes = _shapes(request, discovery, settings)
        manifests = _manifests(store, keys)
        if shapes is None:
            return False
        names = _write_plan(store, settings, (head, *parts))
    except (OSError, StoreFault):
        return False
    layout, executable = environment.layout, environment.interpreter.executable
    kept = (
        "".join(console.stdout_text),
        names,
        answer.fresh_until,
        this_system(),
        shapes,
        tuple([(path, os.path.realpath(path)) for path in (layout.prefix, executable)]),
        tuple([tuple(item[:4]) for item in answer.evidence]),
        manifests,
        (store.root, request.apply.link_mode, note_path(store, layout)),
    )
    return unchanged.remember(
        (NAME, *settings.argv),
        store.root,
        _compared(request, discovery, settings, store, keys),
        kept,
        settings.now,
        settings.variables,
    )


def _write_plan(store: Store, settings: Settings, parts: Sequence[Any]) -> tuple[str, ...]:
    """Write the parts of a plan, each to a file, and return the names of the files.

    A plan never replaces another: who has read its beginning would go on with the other one's end.

    Raises:
        StoreFault: The store cannot take it.
    """
    command = "\0".join((settings.cwd, *settings.argv))
    start = digest_of(command.encode("utf-8", "surrogateescape")).hex()[:32]
    _drop_plans(f"{store.root}/{PLANS}", start)
    unique = os.urandom(8).hex()
    names = tuple([f"{start}-{unique}-{number}" for number in range(len(parts))])
    for name, part in zip(names, parts, strict=True):
        write_packed(store, store.path(PLANS, name), part)
    return names


def _drop_plans(folder: str, start: str) -> None:
    """Remove the plan of a command line, and the older half of all when there are too many."""
    try:
        names = os.listdir(folder)
        useless = [name for name in names if name.startswith(start)]
        if len(names) >= _MAXIMUM_FILES:
            names.sort(key=lambda name: os.lstat(f"{folder}/{name}").st_mtime_ns)
            useless += names[: len(names) // 2]
        for name in set(useless):
            os.unlink(f"{folder}/{name}")
    except OSError:
        # There is no plan yet, or somebody else tidies up.
        return


def _may_be_repeated(
    request: InstallRequest, environment: Environment, settings: Settings, console: Console
) -> bool:
    """Say whether nothing but files, variables, arguments and pages decides about the run."""
    output, policy, sources = settings.output, request.policy, request.sources
    if console.has_diagnostics or output.verbosity > 0 or output.log or output.timings:
        return False
    if output.debug or output.progress == "raw" or settings.is_moved or not settings.store.root:
        return False
    if not unchanged.is_eligible(settings.argv) or request.apply.durable:
        return False
    if not environment.is_virtual or environment.read_also:
        return False
    # What is relative to the day comes out otherwise at the next moment.
    if policy.uploaded_before is not None or policy.uploaded_before_packages:
        return False
    if sources.is_volatile or sources.find_links or sources.overrides or sources.excludes:
        return False
    return not (settings.override_files or settings.excludes or settings.project)


def _manifests(store: Store, keys: Iterable[str]) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """Return path and state of the manifests of wheels.

    Raises:
        OSError: One has gone.
    """
    paths = [store.path(WHEELS, key) for key in keys]
    return tuple([(path, state_of(os.stat(path))) for path in paths])


def _compared(
    request: InstallRequest,
    discovery: Discovery,
    settings: Settings,
    store: Store,
    keys: Iterable[str],
) -> Iterator[str]:
    """Yield the absolute paths, outside of the environment, of all that decided about the run."""
    prefix = discovery.environment.layout.prefix
    for path in (*settings.consulted, *request.sources.files, *discovery.consulted):
        if not _is_inside(path, prefix):
            yield path
    # Bytecode that somebody has the store make from now on is to be linked, too.
    compiled = f"{store.root}/{BYTECODE}"
    yield compiled
    if os.path.isdir(compiled):
        for key in keys:
            yield f"{compiled}/{key}"


def _shapes(
    request: InstallRequest, discovery: Discovery, settings: Settings
) -> tuple[tuple[str, object], ...] | None:
    """Return what is in the environment by itself, None when that cannot be compared."""
    prefix = discovery.environment.layout.prefix
    limit = int(settings.now * 1e9) - unchanged.RACY_CONTENT_NS
    found = []
    for path in (prefix, *settings.consulted, *request.sources.files, *discovery.consulted):
        if not _is_inside(path, prefix):
            continue
        known = shape(path)
        if known is None or (isinstance(known, tuple) and os.lstat(path).st_ctime_ns >= limit):
            return None
        found.append((path, known))
    return tuple(found)


def _is_inside(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(f"{prefix}/")
