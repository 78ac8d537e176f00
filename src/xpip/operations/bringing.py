"""Files of what was asked for, brought into a folder: what `download` and `wheel` share."""

from __future__ import annotations

import os

from xpip.errors import XpipError
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.operations.resolve import Access, Question, recall

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from xpip.index.delivery import Delivered
    from xpip.model.options import SelectionPolicy
    from xpip.model.reporter import Reporter
    from xpip.model.requirement import RequirementSources
    from xpip.model.resolution import Resolution, ResolvedPackage
    from xpip.model.target import Target
    from xpip.network.client import Client
    from xpip.store.layout import Store

    Deliver = Callable[[Client | None], Coroutine[object, object, list[Delivered]]]


class FolderRequest(NamedTuple):
    """What one `xpip download` or `xpip wheel` asks for."""

    sources: RequirementSources
    target: Target
    policy: SelectionPolicy
    cwd: str
    """Folder that relative paths of requirements start from."""
    folder: str
    """Absolute; where the files go. Made if it does not exist."""
    no_deps: bool = False
    only_deps: bool = False
    """Nothing of what was asked for by name, only what it needs."""


class Brought(NamedTuple):
    """One file that is in the folder now."""

    name: str
    """Normalised name of its project."""
    path: str
    """Absolute."""
    was_there: bool
    """It had been there before."""


def choose(
    request: FolderRequest, store: Store, access: Access, reporter: Reporter
) -> tuple[ResolvedPackage, ...]:
    """Resolve what was asked for, source archives included, and return what is to be brought.

    Raises:
        XpipError: There is no solution.
    """
    question = Question(
        request.sources,
        request.target,
        request.policy._replace(sdists=True),
        (),
        request.no_deps,
        request.cwd,
    )
    resolution = recall(store, question, access)
    if resolution is None:
        from xpip.operations.online import resolve_online

        resolution, _ = resolve_online(question, store, access, _nothing, reporter)
    for warning in resolution.warnings:
        reporter.warning(warning)
    if request.only_deps:
        return tuple(package for package in resolution.packages if not package.requested)
    return resolution.packages


def _nothing(_: Resolution) -> tuple[ResolvedPackage, ...]:
    return ()


def make_folder(path: str, option: str) -> None:
    """Make the folder that an option names.

    Raises:
        XpipError: It cannot be made.
    """
    try:
        os.makedirs(path, exist_ok=True)
    except OSError as error:
        raise XpipError(
            f"the folder `{path}` cannot be made: {error.strerror or error}",
            hints=(f"name another one with `{option}`",),
        ) from error


def bring(
    work: Deliver, packages: tuple[ResolvedPackage, ...], access: Access, reporter: Reporter
) -> tuple[Brought, ...]:
    """Run what delivers the files of the packages, in their order, and tell how far it is."""
    from xpip.operations.connected import run_connected

    reporter.started("download", len(packages), sum(p.file.size or 0 for p in packages))
    try:
        delivered = run_connected(work, access, reporter)
    finally:
        reporter.finished("download")
    return tuple(
        Brought(package.name, *found) for package, found in zip(packages, delivered, strict=True)
    )
