"""What is to be built, who waits for it, and what it works with."""

from __future__ import annotations

from itertools import pairwise

from xpip.build.project import Project
from xpip.build.workspace import Workspace
from xpip.errors import BuildFailed
from xpip.model.distribution import StoredWheel
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.source import SourceTree
from xpip.operations.built import BuildInputs

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from xpip.model.resolution import Resolution

MAXIMUM_DEPTH = 32
"""Builds that need each other in a chain."""


class Job(NamedTuple):
    """Sources that are to be built in one way."""

    key: str
    """Of what comes out, in the store."""
    shown: str
    """What messages call it."""
    inputs: BuildInputs
    obtain: Callable[[], Awaitable[SourceTree]]
    """Brings the sources."""
    project: str = ""
    """Normalised; empty while nobody knows it."""
    version: str = ""
    """Empty while nobody knows it."""
    is_archive: bool = False
    """PKG-INFO at the top can be believed."""
    is_folder: bool = False
    """The sources are the user's own, which are built where they are."""


class Chain(NamedTuple):
    """The jobs that wait for each other, outermost first."""

    jobs: tuple[Job, ...] = ()

    def lines(self) -> tuple[str, ...]:
        """Return who asked for the last one, in words."""
        return tuple(f"needed to build `{outer.shown}`" for outer in reversed(self.jobs[:-1]))


class Opened(NamedTuple):
    """Sources at hand, and what they say."""

    tree: SourceTree
    project: Project
    workspace: Workspace


class Provided(NamedTuple):
    """What a build needs, in the store."""

    resolution: Resolution
    wheels: tuple[StoredWheel, ...]


def cycle(chain: Chain) -> BuildFailed:
    """Return the error for a build that waits for itself, with the whole circle."""
    jobs = chain.jobs
    start = next(place for place, job in enumerate(jobs) if job.key == jobs[-1].key)
    if start == len(jobs) - 1:
        start = 0
    circle = jobs[start:]
    return BuildFailed(
        f"`{circle[0].shown}` cannot be built: its build needs itself",
        details=tuple(
            f"the build of `{outer.shown}` needs `{inner.shown}`"
            for outer, inner in pairwise(circle)
        ),
        hints=("`--only-binary NAME` for one of them takes a wheel where there is one",),
    )


def too_deep(chain: Chain) -> BuildFailed:
    """Return the error for a chain of builds that nobody means."""
    return BuildFailed(
        f"`{chain.jobs[0].shown}` cannot be built: "
        f"more than {MAXIMUM_DEPTH} builds need each other",
        details=tuple(f"`{job.shown}`" for job in chain.jobs[-MAXIMUM_DEPTH:]),
    )
