"""Answers to the resolver's questions, from indexes, find-links and the store."""

from __future__ import annotations

from xpip.errors import BuildError, BuildFailed, XpipError
from xpip.index.metadata import is_about_one_file
from xpip.model.candidate import Candidate, ProjectCandidates
from xpip.model.dependencies import CoreMetadata
from xpip.model.link import Digest, IndexFile, IndexPage
from xpip.model.markers import dependencies_for
from xpip.model.names import normalized_name
from xpip.model.records import TYPE_CHECKING, NamedTuple, Protocol
from xpip.model.urls import redact
from xpip.model.versions_text import parse_version
from xpip.network.on_demand import event_loop
from xpip.resolver.facts import NeedCandidates
from xpip.selection.rules import judge, refuses_sources
from xpip.store.metadata import metadata_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from xpip.index.client import IndexClient, Pages
    from xpip.model.options import SelectionPolicy
    from xpip.model.release_metadata import ReleaseMetadata
    from xpip.model.source import SourceTree
    from xpip.model.target import Target
    from xpip.network.loop.futures import Task
    from xpip.network.loop.locks import Event
    from xpip.resolver.facts import Facts, Query
    from xpip.store.resolutions import Evidence


class InstalledReleases(NamedTuple):
    """What is in the environment already and may stay, whether or not an index has it."""

    versions: Mapping[str, str]
    """Normalised name -> version."""
    read: Callable[[str], CoreMetadata | None]
    """Returns the metadata of an installed project, None when it is unusable."""


class SourceBuilder(Protocol):
    """Tells what sources need, which may take a build; `operations/sources.py` has the real one."""

    def known(self, candidate: Candidate) -> CoreMetadata | None:
        """Return the metadata of a source archive of an index if nothing has to be run for it."""

    async def metadata(self, candidate: Candidate, hashes: Sequence[Digest]) -> CoreMetadata:
        """Return the metadata of a source archive of an index.

        Args:
            hashes: One of these it must have before anything of it runs; empty: anything.

        Raises:
            BuildError: It cannot be had.
        """
        raise NotImplementedError

    def leads_to_source(self, url: str) -> bool:
        """Say whether a direct reference names something that has to be built."""
        raise NotImplementedError

    async def direct(self, url: str) -> CoreMetadata:
        """Return the metadata of the sources behind a direct reference.

        Raises:
            BuildError: It cannot be had.
        """
        raise NotImplementedError

    def found(self, url: str) -> SourceTree | None:
        """Return the sources behind a direct reference, None when it did not lead to any."""


class Provider:
    """Puts answers into facts."""

    def __init__(
        self,
        client: IndexClient,
        facts: Facts,
        target: Target,
        policy: SelectionPolicy,
        hashes: Mapping[str, AbstractSet[str]],
        installed: InstalledReleases,
    ) -> None:
        """Prepare a provider.

        Args:
            hashes: Normalised project name -> the `algorithm:hexadecimal` that the user allows.
            installed: Releases that count as candidates even where no index has them.
        """
        self._client = client
        self._facts = facts
        self._target = target
        self._policy = policy
        self._hashes = hashes
        self._installed = installed
        self.builder: SourceBuilder | None = None
        """Who tells what sources need; None where nothing may be built."""
        self._running: dict[Query, Task[None]] = {}
        self._told: dict[str, CoreMetadata | ReleaseMetadata] = {}
        self._arrived: Event | None = None

    async def answer(self, query: Query) -> None:
        """Put the answer to one question into the facts.

        Raises:
            XpipError: There is no answer and the question cannot be done without.
        """
        await self.answer_all((query,))

    async def answer_all(
        self, queries: Sequence[Query], wishlist: Callable[[], Sequence[Query]] = tuple
    ) -> None:
        """Put the answers to all questions into the facts.

        What is in memory or in the store is answered at once, without a turn of the event loop,
        and so are the questions of the wishlist: each one saves the solver a stop. Only while some
        answer has to be waited for are servers asked for the others; that goes on in the
        background, and failures are told only to those who ask for the answer.

        Args:
            wishlist: Returns what may be asked next, as far as it is known when it is called: once,
                and again whenever an answer has come while others are waited for.

        Raises:
            XpipError: There is no answer to one of `queries` that cannot be done without.
        """
        waiting = [query for query in queries if not self._answer_now(query)]
        if not waiting:
            self._begin(wishlist(), waits=False)
            return
        await event_loop()
        arrived = self._arrival()
        tasks = [self._start(query) for query in waiting]
        self._begin(wishlist(), waits=True)
        while not all(task.done() for task in tasks):
            arrived.clear()
            await arrived.wait()
            self._begin(wishlist(), waits=True)
        for task in tasks:
            task.result()

    def _arrival(self) -> Event:
        """Return what is set whenever an answer has come."""
        if self._arrived is None:
            from xpip.network.loop.locks import Event

            self._arrived = Event()
        return self._arrived

    def _begin(self, wishes: Sequence[Query], *, waits: bool) -> None:
        """Answer what can be answered at once, and ask servers for the rest if there is time."""
        for query in wishes:
            if query in self._running:
                continue
            try:
                is_answered = self._answer_now(query)
            except XpipError:
                # It matters only, and is told, when the solver itself asks.
                continue
            if waits and not is_answered and not self._needs_build(query):
                self._start(query)

    @staticmethod
    def _needs_build(query: Query) -> bool:
        """Say whether the answer may take a build, which nobody starts on a mere guess."""
        if isinstance(query, NeedCandidates):
            return bool(query.url)
        return not query.candidate.file.filename.lower().endswith(".whl")

    async def close(self) -> None:
        """Stop what still goes on in the background."""
        tasks = [task for task in self._running.values() if not task.done()]
        if tasks:
            from xpip.network.loop.waiting import gather

            for task in tasks:
                task.cancel()
            await gather(*tasks, return_exceptions=True)

    def evidence(self) -> tuple[Evidence, ...]:
        """Return what the answers so far were made from."""
        return self._client.evidence()

    def _start(self, query: Query) -> Task[None]:
        task = self._running.get(query)
        if task is None:
            from xpip.network.loop.scheduler import get_running_loop

            task = get_running_loop().create_task(self._answer_later(query))
            task.add_done_callback(self._note)
            self._running[query] = task
        return task

    def _note(self, task: Task[None]) -> None:
        """Wake who waits; looking at a failure keeps it from being reported."""
        self._arrival().set()
        if not task.cancelled():
            task.exception()

    def _answer_now(self, query: Query) -> bool:
        """Put an answer into the facts if nobody has to be asked for it."""
        if self._facts.is_known(query):
            return True
        if isinstance(query, NeedCandidates):
            if query.url:
                return False
            pages = self._client.pages_now(query.project)
            if pages is not None:
                self._add_candidates(query.project, pages)
            return pages is not None
        candidate = query.candidate
        if not candidate.file.url:
            self._add_installed(candidate)
            return True
        try:
            metadata = self._metadata_now(candidate)
            if metadata is not None:
                self._add_dependencies(candidate, metadata)
        except XpipError as error:
            self._add_unusable(candidate, error)
            return True
        return metadata is not None

    async def _answer_later(self, query: Query) -> None:
        if isinstance(query, NeedCandidates):
            if query.url:
                await self._add_direct(query)
            else:
                self._add_candidates(query.project, await self._client.pages(query.project))
            return
        candidate = query.candidate
        try:
            self._add_dependencies(candidate, await self._metadata(candidate))
        except XpipError as error:
            self._add_unusable(candidate, error)

    def _metadata_now(self, candidate: Candidate) -> CoreMetadata | ReleaseMetadata | None:
        """Return the metadata of a file if nobody has to be asked for it."""
        builder = self.builder
        if builder is None or is_wheel(candidate.file):
            return self._client.metadata_now(candidate.file, candidate.project)
        known = builder.known(candidate)
        if known is not None or candidate.file.url.startswith("file:"):
            return known
        return self._client.metadata_now(candidate.file, candidate.project)

    async def _metadata(self, candidate: Candidate) -> CoreMetadata | ReleaseMetadata:
        builder = self.builder
        if builder is None or is_wheel(candidate.file):
            return await self._client.metadata(candidate.file, candidate.project)
        if candidate.file.metadata:
            try:
                return await self._client.metadata(candidate.file, candidate.project)
            except BuildFailed:
                raise
            except BuildError:
                # What stands beside it says less than a build.
                pass
        allowed = sorted(self._hashes.get(candidate.project, ()))
        hashes = tuple(Digest(*text.split(":", 1)) for text in allowed)
        return await builder.metadata(candidate, hashes)

    def _add_candidates(self, project: str, pages: Pages) -> None:
        if pages.pages:
            found = judge(pages.pages, self._target, self._policy, self._hashes, pages.in_turn)
            found = found._replace(indexes=pages.asked)
        else:
            found = ProjectCandidates(project, (), indexes=pages.asked, found=False)
        self._facts.add_candidates(self._with_installed(found))

    def _with_installed(self, found: ProjectCandidates) -> ProjectCandidates:
        """Return the candidates with the installed release, unless an index has the same version.

        What was installed from elsewhere, or has left the index since, may stay, as in pip.
        """
        version = parse_version(self._installed.versions.get(found.project, ""))
        if version is None or any(known.version == version for known in found.candidates):
            return found
        # It is as good as what would be looked at first.
        group = min((known.group for known in found.candidates), default=0)
        installed = Candidate(found.project, version, IndexFile("", ""), "", group=group)
        candidates = sorted((*found.candidates, installed), key=lambda one: one.version)
        return found._replace(candidates=tuple(candidates), found=True)

    def _add_installed(self, candidate: Candidate) -> None:
        """Answer what the installed release of a project needs."""
        metadata = self._installed.read(candidate.project)
        if metadata is None:
            self._facts.add_unavailable(
                candidate.project, candidate.version, "is installed with unreadable metadata"
            )
            return
        try:
            self._add_dependencies(candidate, metadata)
        except XpipError as error:
            self._add_unusable(candidate, error)

    def told(self, candidate: Candidate) -> CoreMetadata | None:
        """Return the metadata from which it was answered what a candidate needs."""
        told = self._told.get(candidate.file.url)
        return told if told is None or isinstance(told, CoreMetadata) else told.core

    @property
    def releases_read(self) -> int:
        """How many releases it was answered of what they need."""
        return len(self._told)

    def told_digest(self, candidate: Candidate) -> str:
        """Return a digest of what `told` returns, empty when that is None."""
        told = self._told.get(candidate.file.url)
        if told is None:
            return ""
        return metadata_digest(told) if isinstance(told, CoreMetadata) else told.digest

    def _add_dependencies(
        self, candidate: Candidate, metadata: CoreMetadata | ReleaseMetadata
    ) -> None:
        self._told[candidate.file.url] = metadata
        if isinstance(metadata, CoreMetadata):
            dependencies = dependencies_for(metadata, self._target)
        else:
            dependencies = metadata.dependencies(self._target)
        self._facts.add_dependencies(
            candidate.project,
            candidate.version,
            dependencies,
            candidate.file.url if candidate.direct else "",
        )

    def _add_unusable(self, candidate: Candidate, error: XpipError) -> None:
        """Note that one release cannot be used.

        Raises:
            XpipError: The error says more than that.
        """
        if not is_about_one_file(error):
            raise error
        self._facts.add_unavailable(
            candidate.project,
            candidate.version,
            f"cannot be used: {error.summary}",
            candidate.file.url if candidate.direct else "",
        )

    async def _add_direct(self, query: NeedCandidates) -> None:
        """Answer for the file that a requirement names by URL or path.

        The file itself is brought into the store: it will be installed, and nothing that stands
        beside it is as sure to tell its dependencies.
        """
        builder = self.builder
        if builder is not None and builder.leads_to_source(query.url):
            await self._add_sources(query, builder)
            return
        file = direct_file(query.url)
        page = IndexPage(query.project, "", (file,))
        found = judge((page,), self._target, self._policy, self._hashes)
        candidates = tuple(
            candidate._replace(direct=True, file=file) for candidate in found.candidates
        )
        if candidates:
            wheel = await self._client.fetch_wheel(file)
            for candidate in candidates:
                self._add_dependencies(candidate, CoreMetadata(*wheel.metadata))
        self._facts.add_candidates(found._replace(candidates=candidates), query.url)

    async def _add_sources(self, query: NeedCandidates, builder: SourceBuilder) -> None:
        """Answer for the sources that a requirement names by URL or path.

        Raises:
            BuildError: They are of another project, or cannot be looked at.
        """
        project = query.project
        if refuses_sources(project, self._policy):
            self._facts.add_unavailable(
                project, None, "would have to be built, and `--only-binary` forbids that", query.url
            )
            return
        metadata = await builder.direct(query.url)
        if normalized_name(metadata.name) != project:
            raise BuildFailed(
                f"`{redact(query.url)}` is the project `{metadata.name}`, not `{project}`",
                hints=(f"write `{metadata.name} @ {redact(query.url)}`",),
            )
        version = parse_version(metadata.version)
        if version is None:
            raise BuildFailed(
                f"the version `{metadata.version}` of `{redact(query.url)}` is not valid"
            )
        tree = builder.found(query.url)
        digests: tuple[Digest, ...] = ()
        filename = ""
        if tree is not None and tree.location.kind == "archive":
            digests = (Digest("sha256", tree.identity),)
            from xpip.formats.page_link import filename_of

            filename = filename_of(tree.location.url)
        file = IndexFile(filename, query.url, digests)
        candidate = Candidate(project, version, file, "", direct=True)
        self._add_dependencies(candidate, metadata)
        self._facts.add_candidates(ProjectCandidates(project, (candidate,)), query.url)

    def sources_of(self, candidate: Candidate) -> SourceTree | None:
        """Return the sources behind a direct candidate, None for all others and for wheels."""
        if not candidate.direct or self.builder is None:
            return None
        return self.builder.found(candidate.file.url)


def is_wheel(file: IndexFile) -> bool:
    """Say whether a file is a wheel by its name."""
    return file.filename.lower().endswith(".whl")


def direct_file(url: str) -> IndexFile:
    """Return the file that a direct reference names; digests in its fragment become the file's."""
    location, _, fragment = url.partition("#")
    digests = []
    for field in fragment.split("&"):
        name, equals, value = field.partition("=")
        if equals and name in ("sha256", "sha384", "sha512"):
            digests.append(Digest(name, value.lower()))
    from xpip.formats.page_link import filename_of

    return IndexFile(filename_of(location), location, tuple(digests))
