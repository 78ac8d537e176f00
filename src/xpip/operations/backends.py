"""Build backends, each in an environment that has all it asks for."""

from __future__ import annotations

import os

from xpip.build.environments import BuildEnvironment, provide_environment
from xpip.build.hooks import Backend, Place
from xpip.build.locks import BuildLock
from xpip.build.runner import HookRunner
from xpip.build.variables import build_variables
from xpip.errors import BuildError, BuildFailed, XpipError
from xpip.index.once import Once
from xpip.model.origin import BuildOrigin
from xpip.model.records import TYPE_CHECKING
from xpip.model.requirement import RequirementSources, RequirementText
from xpip.network.loop.futures import CancelledError
from xpip.network.loop.scheduler import get_running_loop
from xpip.network.loop.threads import ThreadPool
from xpip.network.loop.waiting import shield, wait
from xpip.process import Stopper
from xpip.store.blobs import DamagedBlob
from xpip.store.built import keep_answer, read_answer
from xpip.store.layout import BUILD_LOGS, TEMPORARY
from xpip.store.packing import unwritable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from typing import TypeVar

    from xpip.model.building import BuildSetup
    from xpip.model.distribution import StoredWheel
    from xpip.model.options import SelectionPolicy
    from xpip.model.reporter import Reporter
    from xpip.operations.build_jobs import Chain, Job, Opened, Provided
    from xpip.store.layout import Store

    Result = TypeVar("Result")
    Provide = Callable[[RequirementSources, SelectionPolicy, Chain], Awaitable[Provided]]


class Workshop:
    """Threads, locks, logs and environments that all builds of a command share."""

    def __init__(
        self,
        setup: BuildSetup,
        store: Store,
        policy: SelectionPolicy,
        provide: Provide,
        reporter: Reporter,
    ) -> None:
        """Prepare; nothing runs yet.

        Args:
            policy: Which files builds may use.
            provide: Resolves what a build needs and brings the wheels into the store.
        """
        self._setup = setup
        self._store = store
        self._policy = policy
        self._provide = provide
        self._reporter = reporter
        self._stopper = Stopper()
        self._runner = HookRunner(self._stopper)
        workers = setup.options.concurrency or os.cpu_count() or 1
        self._threads = ThreadPool(workers)
        self._environments: Once[BuildEnvironment] = Once()
        self._asked: dict[tuple[str, str], tuple[str, ...]] = {}
        """(key, kind of a build) -> what its backend has asked for in this command."""
        self._furnished: dict[str, tuple[str, ...]] = {}

    def built_with(self, job: Job) -> tuple[str, ...]:
        """Return `name==version` of all that the environment of a job has, sorted."""
        return self._furnished.get(job.key, ())

    def close(self) -> None:
        """End what runs."""
        self._stopper.stop()
        self._threads.close()
        self._runner.close()

    async def work(self, act: Callable[[], Result]) -> Result:
        """Run something that takes time in a thread."""
        work = get_running_loop().run_in_executor(self._threads, act)
        try:
            return await shield(work)
        except CancelledError:
            # The thread ends once its program has, and must not work on behind our back.
            self._stopper.stop()
            await wait((work,))
            raise

    def lock(self, job: Job) -> BuildLock:
        """Return the right to build a job, to be waited for in a thread."""
        return BuildLock(
            self._store.path(TEMPORARY, f"{job.key}.lock"),
            job.shown,
            self._setup.options.lock_timeout,
            self._stopper,
            self._reporter,
        )

    async def tried(self, chain: Chain, act: Callable[[], Awaitable[Result]]) -> Result:
        """Add to a failure which builds have led to it."""
        try:
            return await act()
        except BuildError as error:
            lines = tuple(line for line in chain.lines() if line not in error.details)
            error.details = (*lines, *error.details)
            raise

    async def backend(self, job: Job, opened: Opened, chain: Chain) -> Backend:
        """Return the backend of a job in an environment that has all it asks for."""
        system = opened.project.system
        log = self._log(job)
        kind = job.inputs.kind
        if not job.inputs.isolated:
            place = self._place_here(opened, log)
            backend = Backend(job.shown, system, place, job.inputs.settings, self._runner)
            if self._setup.options.check_requirements:
                self._check_present(job, system.requires)
            return backend
        environment = await self._environment(job, system.requires, chain)
        backend = self._backend_in(environment, job, opened, log)
        asked = self._asked.get((job.key, kind))
        if asked is None and not job.is_folder:
            asked = read_answer(self._store, job.key, f"requires-{kind}")
        if asked is None:

            def ask() -> tuple[str, ...]:
                with self.lock(job):
                    opened.workspace.fill()
                    return backend.requirements(kind)

            asked = await self.tried(chain, lambda: self.work(ask))
            keep_answer(self._store, job.key, f"requires-{kind}", job.project, asked)
        self._asked[job.key, kind] = asked
        further = [text for text in asked if text not in system.requires]
        if not further:
            return backend
        environment = await self._environment(job, (*system.requires, *further), chain)
        return self._backend_in(environment, job, opened, log)

    def _backend_in(
        self, environment: BuildEnvironment, job: Job, opened: Opened, log: str
    ) -> Backend:
        variables = build_variables(self._setup.variables, environment.scripts, environment.prefix)
        place = Place(opened.workspace.source, environment.python, variables, log)
        return Backend(job.shown, opened.project.system, place, job.inputs.settings, self._runner)

    def _place_here(self, opened: Opened, log: str) -> Place:
        """Return the target environment as the place of a build."""
        interpreter = self._setup.interpreter
        layout = interpreter.layout
        variables = build_variables(self._setup.variables, layout.scripts, layout.prefix)
        return Place(opened.workspace.source, interpreter.executable, variables, log)

    def _check_present(self, job: Job, requires: Sequence[str]) -> None:
        """Refuse a build without isolation that lacks something (`--check-build-dependencies`)."""
        from xpip.operations.build_check import missing_requirements

        missing = missing_requirements(requires, self._setup.interpreter)
        if missing:
            raise BuildFailed(
                f"`{job.shown}` needs for its build what is not installed",
                details=missing,
                hints=("install it first, or leave out `--no-build-isolation`",),
            )

    async def _environment(
        self, job: Job, requires: Sequence[str], chain: Chain
    ) -> BuildEnvironment:
        """Return an environment with everything that some requirements need."""
        texts = tuple(dict.fromkeys(requires))
        return await self._environments.get(
            # A job never shares a wait with another one, or circles could not be seen.
            (job.key, texts),
            lambda: self._furnish(job, texts, chain),
        )

    async def _furnish(self, job: Job, texts: tuple[str, ...], chain: Chain) -> BuildEnvironment:
        for attempt in range(2):
            wheels = await self._needed(job, texts, chain) if texts else ()
            self._furnished[job.key] = tuple(
                sorted(f"{wheel.name}=={wheel.version}" for wheel in wheels)
            )
            try:
                return await self._provide_environment(wheels)
            except DamagedBlob:
                # The store has dropped the wheel, so that it is fetched anew.
                if attempt:
                    raise
        raise AssertionError("unreachable")

    async def _provide_environment(self, wheels: tuple[StoredWheel, ...]) -> BuildEnvironment:
        interpreter = self._setup.interpreter
        return await self.work(lambda: provide_environment(self._store, interpreter, wheels))

    async def _needed(
        self, job: Job, texts: tuple[str, ...], chain: Chain
    ) -> tuple[StoredWheel, ...]:
        origin = BuildOrigin(job.shown)
        sources = RequirementSources(
            tuple(RequirementText(text, origin) for text in texts),
            self._setup.options.constraints,
        )
        try:
            provided = await self._provide(sources, self._policy, chain)
        except BuildFailed:
            raise
        except XpipError as error:
            raise BuildFailed(
                f"what the build of `{job.shown}` needs cannot be had",
                details=(
                    *chain.lines(),
                    f"its build needs: {', '.join(texts)}",
                    error.summary,
                    *error.details,
                ),
                hints=error.hints,
            ) from error
        return provided.wheels

    def _log(self, job: Job) -> str:
        """Return the path of the log of a job; it begins anew with each command."""
        name = job.project or "source"
        path = self._store.path(BUILD_LOGS, f"{name}-{job.inputs.kind}-{job.key[:16]}.log")
        try:
            os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        except OSError as error:
            raise unwritable(
                f"make `{os.path.dirname(path)}` for the logs of builds", error
            ) from error
        return path
