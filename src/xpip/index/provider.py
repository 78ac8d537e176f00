"""Answers to the resolver's questions, from indexes, find-links and the store."""

from __future__ import annotations

import asyncio

from xpip.errors import XpipError
from xpip.formats.page_link import filename_of
from xpip.index.metadata import is_about_one_file
from xpip.model.candidate import Candidate, ProjectCandidates
from xpip.model.dependencies import CoreMetadata
from xpip.model.link import Digest, IndexFile, IndexPage
from xpip.model.markers import dependencies_for
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.versions_text import parse_version
from xpip.resolver.facts import NeedCandidates
from xpip.selection.rules import judge

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from xpip.index.client import IndexClient, Pages
    from xpip.model.options import SelectionPolicy
    from xpip.model.target import Target
    from xpip.resolver.facts import Facts, Query
    from xpip.store.resolutions import Evidence


class InstalledReleases(NamedTuple):
    """What is in the environment already and may stay, whether or not an index has it."""

    versions: Mapping[str, str]
    """Normalised name -> version."""
    read: Callable[[str], CoreMetadata | None]
    """Returns the metadata of an installed project, None when it is unusable."""


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
        self._running: dict[Query, asyncio.Task[None]] = {}
        self._told: dict[str, CoreMetadata] = {}
        self._arrived = asyncio.Event()

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
        tasks = [self._start(query) for query in waiting]
        self._begin(wishlist(), waits=bool(tasks))
        while not all(task.done() for task in tasks):
            self._arrived.clear()
            await self._arrived.wait()
            self._begin(wishlist(), waits=True)
        for task in tasks:
            task.result()

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
            if waits and not is_answered:
                self._start(query)

    async def close(self) -> None:
        """Stop what still goes on in the background."""
        tasks = [task for task in self._running.values() if not task.done()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def evidence(self) -> tuple[Evidence, ...]:
        """Return what the answers so far were made from."""
        return self._client.evidence()

    def _start(self, query: Query) -> asyncio.Task[None]:
        task = self._running.get(query)
        if task is None:
            task = asyncio.get_running_loop().create_task(self._answer_later(query))
            task.add_done_callback(self._note)
            self._running[query] = task
        return task

    def _note(self, task: asyncio.Task[None]) -> None:
        """Wake who waits; looking at a failure keeps asyncio from complaining of it."""
        self._arrived.set()
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
            metadata = self._client.metadata_now(candidate.file)
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
            self._add_dependencies(candidate, await self._client.metadata(candidate.file))
        except XpipError as error:
            self._add_unusable(candidate, error)

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
        return self._told.get(candidate.file.url)

    def _add_dependencies(self, candidate: Candidate, metadata: CoreMetadata) -> None:
        self._told[candidate.file.url] = metadata
        self._facts.add_dependencies(
            candidate.project,
            candidate.version,
            dependencies_for(metadata, self._target),
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


def direct_file(url: str) -> IndexFile:
    """Return the file that a direct reference names; digests in its fragment become the file's."""
    location, _, fragment = url.partition("#")
    digests = []
    for field in fragment.split("&"):
        name, equals, value = field.partition("=")
        if equals and name in ("sha256", "sha384", "sha512"):
            digests.append(Digest(name, value.lower()))
    return IndexFile(filename_of(location), location, tuple(digests))
