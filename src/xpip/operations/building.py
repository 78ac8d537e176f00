"""Sources become metadata and wheels: what is asked of backends, in which order, and only once.

Everything runs in the event loop of the command but hooks and disk work, which have threads. A
build needs an environment, which needs a resolution, which may need further builds: who waits for
whom is known at every moment, so that a circle is found before anybody waits in it.
"""

from __future__ import annotations

import os

from xpip.build.agreement import ensure_agreement
from xpip.build.project import read_project
from xpip.build.workspace import Workspace
from xpip.errors import BuildFailed, IntegrityError
from xpip.index.once import Once
from xpip.model.dependencies import CoreMetadata
from xpip.model.file_names import parse_wheel_name
from xpip.model.names import normalized_name
from xpip.model.records import TYPE_CHECKING
from xpip.model.versions_text import parse_version
from xpip.operations.backends import Workshop
from xpip.operations.build_jobs import MAXIMUM_DEPTH, Chain, Job, Opened, cycle, too_deep
from xpip.store.built import (
    BuiltWheel,
    built_file,
    keep_built,
    keep_told_metadata,
    read_built_wheel,
    read_told_metadata,
)
from xpip.store.unpack import add_wheel

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import TypeVar

    from xpip.build.hooks import Backend
    from xpip.model.building import BuildSetup
    from xpip.model.distribution import StoredWheel
    from xpip.model.reporter import Reporter
    from xpip.store.layout import Store

    Result = TypeVar("Result")


class Builder:
    """Builds for one command."""

    def __init__(
        self,
        setup: BuildSetup,
        store: Store,
        shop: Workshop,
        reporter: Reporter,
    ) -> None:
        """Prepare builds; nothing runs yet."""
        self._setup = setup
        self._store = store
        self._shop = shop
        self._reporter = reporter
        self._metadata: Once[CoreMetadata] = Once()
        self._wheels: Once[StoredWheel] = Once()
        self._opened: Once[Opened] = Once()
        self._waits: dict[str, set[str]] = {}
        self._spaces: list[Workspace] = []

    def known_metadata(self, job_key: str) -> CoreMetadata | None:
        """Return metadata if no build has to be asked, None otherwise."""
        told = read_told_metadata(self._store, job_key)
        if told is not None:
            return told
        wheel = read_built_wheel(self._store, job_key)
        return None if wheel is None else CoreMetadata(*wheel.metadata)

    async def metadata(self, job: Job, chain: Chain) -> CoreMetadata:
        """Return what a wheel of some sources will say.

        Raises:
            BuildFailed: It cannot be had.
        """
        return await self._in_turn(
            job, chain, lambda inner: self._metadata.get(job.key, lambda: self._tell(job, inner))
        )

    async def metadata_at_hand(self, job: Job, chain: Chain) -> CoreMetadata:
        """Return what a wheel says that will be needed anyway: one hook less has to run.

        Raises:
            BuildFailed: It cannot be had.
        """
        if self.known_metadata(job.key) is None:
            static = (await self.project(job)).project.metadata
            if static is None:
                return CoreMetadata(*(await self.wheel(job, chain)).metadata)
        return await self.metadata(job, chain)

    async def wheel(self, job: Job, chain: Chain) -> StoredWheel:
        """Return the wheel of some sources, built if it was not yet.

        Raises:
            BuildFailed: It cannot be built.
        """
        return await self._in_turn(
            job, chain, lambda inner: self._wheels.get(job.key, lambda: self._make(job, inner))
        )

    async def build_requirements(self, job: Job, kind: str, chain: Chain) -> tuple[str, ...]:
        """Return what a backend asks for besides what `pyproject.toml` says.

        Args:
            kind: `wheel`, `editable` or `sdist`.

        Raises:
            BuildFailed: It cannot be asked.
        """
        opened = await self.project(job)
        self._ensure_allowed(job)
        backend = await self._shop.backend(job, opened, chain)

        def ask() -> tuple[str, ...]:
            with self._shop.lock(job):
                opened.workspace.fill()
                return backend.requirements(kind)

        return await self._shop.tried(chain, lambda: self._shop.work(ask))

    async def project(self, job: Job) -> Opened:
        """Return sources at hand and what they say."""
        return await self._opened.get(job.key, lambda: self._open(job))

    async def close(self) -> None:
        """End what runs, and remove what builds have left."""
        self._shop.close()
        for space in self._spaces:
            if not self._setup.options.keep_folders:
                space.remove()
            elif space.is_filled:
                self._reporter.warning(f"the folder of a build was left at `{space.source}`")

    async def _in_turn(
        self, job: Job, chain: Chain, get: Callable[[Chain], Awaitable[Result]]
    ) -> Result:
        """Wait for a job unless it waits for the one that asks.

        Raises:
            BuildFailed: It does: a build cannot begin before it has ended.
        """
        inner = Chain((*chain.jobs, job))
        asking = chain.jobs[-1] if chain.jobs else None
        if asking is None:
            return await get(inner)
        if len(inner.jobs) > MAXIMUM_DEPTH:
            raise too_deep(inner)
        if self._reaches(job.key, asking.key):
            raise cycle(inner)
        waits = self._waits.setdefault(asking.key, set())
        waits.add(job.key)
        try:
            return await get(inner)
        finally:
            waits.discard(job.key)

    def _reaches(self, start: str, goal: str) -> bool:
        """Say whether a job waits for another one, itself included."""
        seen = set()
        waiting = [start]
        while waiting:
            key = waiting.pop()
            if key == goal:
                return True
            if key not in seen:
                seen.add(key)
                waiting += self._waits.get(key, ())
        return False

    async def _open(self, job: Job) -> Opened:
        tree = await job.obtain()
        project = read_project(tree.path, job.shown, is_archive=job.is_archive)
        space = Workspace(f"{self._store.temporary_path()}-build", tree, job.is_folder)
        self._spaces.append(space)
        return Opened(tree, project, space)

    async def _tell(self, job: Job, chain: Chain) -> CoreMetadata:
        known = self.known_metadata(job.key)
        if known is not None:
            return known
        opened = await self.project(job)
        static = opened.project.metadata
        if static is not None:
            self._check_identity(job, static)
            if not job.is_folder:
                keep_told_metadata(self._store, job.key, static)
            return static
        self._ensure_allowed(job)
        backend = await self._shop.backend(job, opened, chain)
        kind = job.inputs.kind
        folder = opened.workspace.new_folder("metadata")

        def prepare() -> CoreMetadata | None:
            with self._shop.lock(job):
                opened.workspace.fill()
                return backend.metadata(folder, kind)

        prepared = await self._shop.tried(chain, lambda: self._shop.work(prepare))
        if prepared is None:
            return CoreMetadata(
                *(await self._wheels.get(job.key, lambda: self._make(job, chain))).metadata
            )
        self._check_identity(job, prepared)
        keep_told_metadata(self._store, job.key, prepared)
        return prepared

    async def _make(self, job: Job, chain: Chain) -> StoredWheel:
        known = read_built_wheel(self._store, job.key)
        if known is not None:
            return known
        self._ensure_allowed(job)
        opened = await self.project(job)
        promised = read_told_metadata(self._store, job.key) or opened.project.metadata
        backend = await self._shop.backend(job, opened, chain)
        # A line of its own on a terminal for each build that runs.
        phase = f"Building {job.shown}"
        self._reporter.started(phase, 0)
        try:
            wheel = await self._shop.tried(
                chain, lambda: self._shop.work(lambda: self._build(job, opened, backend, promised))
            )
        finally:
            self._reporter.finished(phase)
        return wheel

    def _build(
        self, job: Job, opened: Opened, backend: Backend, promised: CoreMetadata | None
    ) -> StoredWheel:
        """Build a wheel unless another process has done so meanwhile."""
        with self._shop.lock(job):
            known = read_built_wheel(self._store, job.key)
            if known is not None:
                return known
            self._reporter.detail(f"building `{job.shown}`")
            opened.workspace.fill()
            folder = opened.workspace.new_folder("wheel")
            filename = backend.build_wheel(folder, job.inputs.kind)
            path = os.path.join(folder, filename)
            wheel = self._check_wheel(job, path, promised)
            built = BuiltWheel(
                normalized_name(wheel.name), wheel.key, filename, self._shop.built_with(job)
            )
            keep_built(self._store, job.key, built, path)
            return wheel

    def _check_wheel(self, job: Job, path: str, promised: CoreMetadata | None) -> StoredWheel:
        """Bring a wheel that was just built into the store if it is what it should be.

        Raises:
            BuildFailed: It is not.
        """
        filename = os.path.basename(path)
        try:
            wheel = add_wheel(self._store, path, filename, ())
        except IntegrityError as error:
            raise BuildFailed(
                f"the wheel that was built from `{job.shown}` cannot be used",
                details=(error.summary, *error.details),
            ) from error
        found = CoreMetadata(*wheel.metadata)
        self._check_identity(job, found)
        self._check_tags(job, filename)
        if promised is not None:
            ensure_agreement(promised, found, self._setup.interpreter.target, job.shown)
        return wheel

    def _check_identity(self, job: Job, metadata: CoreMetadata) -> None:
        """Make sure that sources are of the project and version that was asked for."""
        if job.project and normalized_name(metadata.name) != job.project:
            raise BuildFailed(
                f"`{job.shown}` is of the project `{metadata.name}`, not of `{job.project}`"
            )
        if job.version and parse_version(metadata.version) != parse_version(job.version):
            raise BuildFailed(
                f"`{job.shown}` says that it is version {metadata.version}, not {job.version}"
            )

    def _check_tags(self, job: Job, filename: str) -> None:
        """Make sure that a wheel is for the Python that it was built with."""
        name = parse_wheel_name(filename)
        accepted = self._setup.interpreter.target.tags
        if name is not None and set(name.tags).isdisjoint(accepted):
            raise BuildFailed(
                f"the wheel that was built from `{job.shown}` is not for this Python: `{filename}`",
                hints=("variables such as `_PYTHON_HOST_PLATFORM` may have changed the platform",),
            )

    def _ensure_allowed(self, job: Job) -> None:
        """Refuse what the user does not allow to be built.

        Raises:
            BuildError: It is not allowed.
        """
        allowed = self._setup.options.allowed
        if allowed is not None and job.project not in allowed and not self._is_confirmed(job):
            raise BuildFailed(
                f"`{job.shown}` would have to be built, which the configuration does not allow",
                hints=(f"`builds` in the configuration can name `{job.project or job.shown}`",),
            )

    def _is_confirmed(self, job: Job) -> bool:
        """Ask whether something may be built, where somebody can be asked."""
        ask = self._setup.ask
        if ask is None or not self._setup.options.ask:
            return False
        return ask(f"`{job.shown}` has to be built, which runs its code. Build it?", "yn") == "y"

    async def make_anew(self, job: Job, folder: str) -> str:
        """Have a job's backend make an archive or a wheel now, whatever was made before.

        Args:
            job: Its kind may be `sdist`, too.
            folder: Where what was made goes; it exists.

        Returns:
            The path of what was made.

        Raises:
            BuildFailed: It cannot be made.
        """
        self._ensure_allowed(job)
        chain = Chain((job,))
        opened = await self.project(job)
        backend = await self._shop.backend(job, opened, chain)

        def make() -> str:
            with self._shop.lock(job):
                opened.workspace.fill()
                made = opened.workspace.new_folder(job.inputs.kind)
                if job.inputs.kind == "sdist":
                    filename = backend.build_sdist(made)
                else:
                    filename = backend.build_wheel(made, job.inputs.kind)
                    # Also a look at whether anybody could install it.
                    self._check_wheel(job, os.path.join(made, filename), opened.project.metadata)
                return _put(os.path.join(made, filename), folder)

        return await self._shop.tried(chain, lambda: self._shop.work(make))

    def file_of(self, job: Job) -> str | None:
        """Return the path of the wheel file of a finished job, None when it is gone."""
        return built_file(self._store, job.key)


def _put(path: str, folder: str) -> str:
    """Move a file into a folder of the user, in one step."""
    import shutil

    target = os.path.join(folder, os.path.basename(path))
    staged = f"{target}.{os.urandom(4).hex()}.part"
    try:
        try:
            shutil.copyfile(path, staged)
            os.replace(staged, target)
        finally:
            if os.path.exists(staged):
                os.unlink(staged)
    except OSError as error:
        raise BuildFailed(
            f"`{target}` cannot be written: {(error.strerror or str(error)).lower()}"
        ) from error
    return target
