"""What builds need: resolved by the same resolver, from the same indexes, into the store."""

from __future__ import annotations

from xpip.index.client import IndexClient
from xpip.model.records import TYPE_CHECKING
from xpip.model.reporter import SilentReporter
from xpip.network.loop.waiting import gather
from xpip.operations.build_jobs import Provided
from xpip.operations.built import is_source
from xpip.operations.online import resolve_search
from xpip.operations.resolve import Question, recall
from xpip.operations.search import prepare_search
from xpip.operations.wheels import present_wheel

if TYPE_CHECKING:
    from xpip.model.distribution import StoredWheel
    from xpip.model.options import SelectionPolicy
    from xpip.model.reporter import Reporter
    from xpip.model.requirement import RequirementSources
    from xpip.model.resolution import Resolution, ResolvedPackage
    from xpip.network.client import Client
    from xpip.operations.resolve import Access
    from xpip.operations.sources import Sources
    from xpip.store.layout import Store


class Provision:
    """Brings what builds need, for one command."""

    def __init__(
        self, access: Access, store: Store, network: Client | None, reporter: Reporter
    ) -> None:
        """Prepare; nothing is asked yet."""
        self._access = access
        self._store = store
        self._network = network
        # The evidence of the user's own question must not hold pages that only builds have read.
        self._client = IndexClient(access.locations, network, store, access.now, reporter)

    async def provide(
        self, requirements: RequirementSources, policy: SelectionPolicy, sources: Sources
    ) -> Provided:
        """Return what some requirements of a build come to.

        Args:
            policy: Which files may be used.
            sources: Who builds what is no wheel, and knows which build asks.

        Raises:
            XpipError: It cannot be had.
        """
        resolution = await self._resolve(requirements, policy, sources)
        wheels = await gather(*(self._wheel(package, sources) for package in resolution.packages))
        return Provided(resolution, tuple(wheels))

    async def _resolve(
        self, requirements: RequirementSources, policy: SelectionPolicy, sources: Sources
    ) -> Resolution:
        access, store = self._access, self._store
        assert access.building is not None
        question = Question(
            requirements,
            access.building.interpreter.target,
            # What builds need is always the newest that will do, and never has a hash.
            policy._replace(require_hashes=False, sdists=True, resolution="highest"),
            (),
            no_deps=False,
            cwd="/",
        )
        resolution = recall(store, question, access)
        if resolution is not None:
            return resolution
        reporter = SilentReporter()
        search = prepare_search(question, self._client, reporter, sources)
        try:
            return await resolve_search(search, self._client, store, access, reporter)
        finally:
            await search.provider.close()

    async def _wheel(self, package: ResolvedPackage, sources: Sources) -> StoredWheel:
        present = present_wheel(self._store, package, self._access)
        if present is not None:
            return present
        if is_source(package):
            return await sources.wheel(package)
        return await self._client.fetch_wheel(package.file)
