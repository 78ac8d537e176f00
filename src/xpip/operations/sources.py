"""What the resolver and an installation ask of sources: names, metadata and wheels.

One `SourceWork` serves a whole command; `Sources` is what one search sees of it, and knows which
builds have led to that search. Nothing of `build/` is imported before something must be built.
"""

from __future__ import annotations

from xpip.errors import BuildError
from xpip.index.once import Once
from xpip.model.link import Digest
from xpip.model.names import normalized_name
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.urls import redact, url_to_path
from xpip.network.on_demand import event_loop
from xpip.selection.rules import refuses_sources
from xpip.store.keys import key_of
from xpip.store.metadata import metadata_key

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from xpip.model.building import BuildSetup
    from xpip.model.candidate import Candidate
    from xpip.model.dependencies import CoreMetadata
    from xpip.model.distribution import StoredWheel
    from xpip.model.link import IndexFile
    from xpip.model.options import SelectionPolicy
    from xpip.model.reporter import Reporter
    from xpip.model.requirement import RequirementSources, SourcedRequirement
    from xpip.model.resolution import ResolvedPackage
    from xpip.model.source import SourceLocation, SourceTree, UnnamedSource
    from xpip.model.target import Target
    from xpip.network.client import Client
    from xpip.operations.build_jobs import Chain, Job, Provided
    from xpip.operations.building import Builder
    from xpip.operations.built import BuildInputs
    from xpip.operations.obtain import SourceAccess
    from xpip.operations.provision import Provision
    from xpip.operations.resolve import Access
    from xpip.store.layout import Store


_NOBODY = "unknown"
"""Stands for the name of sources that do not count here, so that nobody looks at them."""


class Wish(NamedTuple):
    """What the user wrote about some sources besides where they are."""

    location: SourceLocation
    settings: tuple[tuple[str, str], ...] = ()
    """`--config-settings` of its line."""
    hashes: tuple[Digest, ...] = ()
    name: str = ""
    """Normalised; empty while nobody knows it."""
    requested: bool = False


class Described(NamedTuple):
    """Sources that were looked at."""

    job: Job
    tree: SourceTree


class SourceWork:
    """Everything about sources that one command shares."""

    def __init__(
        self,
        setup: BuildSetup,
        access: Access,
        store: Store,
        network: Client | None,
        make_provision: Callable[[], Provision],
        reporter: Reporter,
    ) -> None:
        """Prepare; nothing is read yet.

        Args:
            make_provision: Returns who brings what builds need; called at most once.
        """
        self.setup = setup
        self.access = access
        self.store = store
        self.reporter = reporter
        self._network = network
        self._make_provision = make_provision
        self._builder: Builder | None = None
        self._wishes: dict[str, Wish] = {}
        self._described: Once[Described] = Once()

    def builder(self, policy: SelectionPolicy) -> Builder:
        """Return who builds, made when first needed."""
        if self._builder is None:
            from xpip.operations.backends import Workshop
            from xpip.operations.building import Builder

            provision = self._make_provision()

            async def provide(
                needed: RequirementSources, policy: SelectionPolicy, chain: Chain
            ) -> Provided:
                return await provision.provide(needed, policy, Sources(self, policy, chain))

            shop = Workshop(self.setup, self.store, policy, provide, self.reporter)
            self._builder = Builder(self.setup, self.store, shop, self.reporter)
        return self._builder

    def view(self, policy: SelectionPolicy, *, build_now: bool = False) -> Sources:
        """Return what a search for the user sees.

        Args:
            policy: Which files builds may use.
            build_now: What is named by path or URL will be needed as a wheel.
        """
        sources = Sources(self, policy._replace(require_hashes=False))
        sources.build_now = build_now
        return sources

    async def close(self) -> None:
        """End what runs, and remove what builds have left."""
        if self._builder is not None:
            await self._builder.close()

    def note(self, url: str, wish: Wish) -> None:
        """Remember what the user wrote about the sources behind a URL; the first counts."""
        known = self._wishes.setdefault(url, wish)
        if known.hashes != wish.hashes:
            hashes = tuple(dict.fromkeys(known.hashes + wish.hashes))
            self._wishes[url] = known._replace(hashes=hashes)

    def wish(self, url: str) -> Wish | None:
        """Return what is known of a URL, None when it does not lead to sources."""
        known = self._wishes.get(url)
        if known is None:
            from xpip.formats.source_location import LocationError, read_reference

            try:
                location = read_reference(url, "/").source
            except LocationError:
                return None
            if location is None:
                return None
            known = self._wishes[url] = Wish(location)
        return known

    async def describe(self, wish: Wish) -> Described:
        """Bring sources and say what is to be built of them."""
        return await self._described.get(
            (wish.location, wish.settings, wish.hashes), lambda: self._describe(wish)
        )

    async def _describe(self, wish: Wish) -> Described:
        from xpip.formats.source_location import ARCHIVE, DIRECTORY
        from xpip.operations.build_jobs import Job
        from xpip.operations.built import BuildInputs, build_key
        from xpip.operations.obtain import obtain

        location = wish.location
        tree = await obtain(location, self.source_access(), wish.hashes, wish.name)
        is_folder = location.kind == DIRECTORY or location.editable
        shown = _shown(location)
        contents = self._fingerprint(tree, shown) if is_folder else ""
        identity = (location.url, location.subdirectory, tree.identity, contents)
        options = self.setup.options
        inputs = BuildInputs(
            options.settings_for(wish.name, wish.requested) + wish.settings,
            options.is_isolated(wish.name),
            "editable" if location.editable else "wheel",
        )

        async def obtained() -> SourceTree:
            return tree

        key = build_key(key_of(*identity), inputs, self.setup, self.access.locations)
        job = Job(
            key,
            shown,
            inputs,
            obtained,
            wish.name,
            is_archive=location.kind == ARCHIVE,
            is_folder=is_folder,
        )
        return Described(job, tree)

    def _fingerprint(self, tree: SourceTree, shown: str) -> str:
        from xpip.build.fingerprint import fingerprint
        from xpip.build.project import read_project

        project = read_project(tree.path, shown, is_archive=False)
        return fingerprint(tree.path, project.tables, self.setup.variables, shown)

    async def verify(self, package: ResolvedPackage, tree: SourceTree | None) -> None:
        """Make sure that an archive has one of the hashes that the user allows.

        Its wheel may have been built when nobody had said anything of hashes.

        Raises:
            IntegrityError: It has none.
        """
        from xpip.operations.obtain import obtain, obtain_sdist

        if tree is None:
            await obtain_sdist(package.file, self.source_access(), package.hashes)
        else:
            await obtain(tree.location, self.source_access(), package.hashes, package.name)

    def sdist_job(
        self, file: IndexFile, project: str, version: str, hashes: Sequence[Digest] = ()
    ) -> Job:
        """Return what is to be built of a source archive of an index."""
        from xpip.operations.build_jobs import Job
        from xpip.operations.obtain import obtain_sdist

        key, inputs = self.sdist_key(file, project)
        return Job(
            key,
            f"{project} {version}",
            inputs,
            lambda: obtain_sdist(file, self.source_access(), hashes),
            project,
            version,
            is_archive=True,
        )

    def sdist_key(self, file: IndexFile, project: str) -> tuple[str, BuildInputs]:
        """Return the key of what is built of a source archive of an index, and how."""
        from xpip.operations.built import build_key, inputs_for

        inputs = inputs_for(project, self.setup)
        return build_key(metadata_key(file), inputs, self.setup, self.access.locations), inputs

    def source_access(self) -> SourceAccess:
        """Return how sources are reached."""
        from xpip.operations.obtain import SourceAccess

        return SourceAccess(
            self.store, self._network, self.reporter, self.setup.checkouts, self.setup.ask
        )


class Sources:
    """What one search sees of the sources; a `SourceBuilder` of `index/provider.py`."""

    def __init__(
        self, work: SourceWork, policy: SelectionPolicy, chain: Chain | None = None
    ) -> None:
        """Prepare.

        Args:
            chain: The builds that have led to the search; None for what the user asks for.
        """
        self._work = work
        self._policy = policy
        self._chain = chain
        self._may_build = True
        self.build_now = False
        """What is named by path or URL will be needed as a wheel."""
        self._found: dict[str, Described] = {}
        self._names: dict[UnnamedSource, SourcedRequirement] = {}

    def without_builds(self) -> Sources:
        """Return the same that only knows what is known already: nothing is run for a trial."""
        copy = Sources(self._work, self._policy, self._chain)
        copy._found, copy._names = self._found, self._names
        copy._may_build = False
        return copy

    def note(self, requirements: Sequence[SourcedRequirement], *, requested: bool) -> None:
        """Remember which requirements lead to sources, and how these are to be built."""
        for sourced in requirements:
            url = sourced.requirement.url
            if url and sourced.source is not None:
                name = normalized_name(sourced.requirement.name)
                wish = Wish(sourced.source, sourced.settings, sourced.hashes, name, requested)
                self._work.note(url, wish)

    async def name(self, unnamed: Sequence[UnnamedSource], target: Target) -> None:
        """Find out of which projects some sources are; only those that count for a target matter.

        Raises:
            BuildError: One cannot be looked at.
        """
        await event_loop()
        from xpip.network.loop.waiting import gather

        await gather(*(self._name_one(one, target) for one in dict.fromkeys(unnamed)))

    def named(self, unnamed: UnnamedSource) -> SourcedRequirement:
        """Return sources that were named as a requirement.

        Raises:
            BuildError: Nobody has looked at them.
        """
        known = self._names.get(unnamed)
        if known is None:
            raise BuildError(f"the project of `{_shown(unnamed.location)}` is not known")
        return known

    def known(self, candidate: Candidate) -> CoreMetadata | None:
        """Return the metadata of a source archive of an index if nothing has to be asked."""
        from xpip.model.dependencies import CoreMetadata
        from xpip.store.built import read_built_wheel, read_told_metadata

        key, _ = self._work.sdist_key(candidate.file, candidate.project)
        told = read_told_metadata(self._work.store, key)
        if told is not None:
            return told
        wheel = read_built_wheel(self._work.store, key)
        return None if wheel is None else CoreMetadata(*wheel.metadata)

    async def metadata(self, candidate: Candidate, hashes: Sequence[Digest]) -> CoreMetadata:
        """Return the metadata of a source archive of an index, by building if need be.

        Args:
            hashes: One of these it must have before anything of it runs; empty: anything.

        Raises:
            BuildFailed: It cannot be had.
        """
        version = str(candidate.version)
        self._ensure_may_build(f"{candidate.project} {version}")
        await event_loop()
        job = self._work.sdist_job(candidate.file, candidate.project, version, hashes)
        return await self._builder().metadata(job, self._chain_or_none())

    def leads_to_source(self, url: str) -> bool:
        """Say whether a direct reference names something that has to be built."""
        return self._work.wish(url) is not None

    async def direct(self, url: str) -> CoreMetadata:
        """Return the metadata of the sources behind a direct reference.

        Raises:
            BuildError: It cannot be had.
        """
        wish = self._work.wish(url)
        if wish is None:
            raise BuildError(f"`{redact(url)}` does not lead to sources")
        if url not in self._found:
            self._ensure_may_build(_shown(wish.location))
        await event_loop()
        described = await self._work.describe(wish)
        self._found[url] = described
        builder, chain = self._builder(), self._chain_or_none()
        if self.build_now and self._may_build:
            return await builder.metadata_at_hand(described.job, chain)
        return await builder.metadata(described.job, chain)

    def found(self, url: str) -> SourceTree | None:
        """Return the sources behind a direct reference, None when it did not lead to any."""
        described = self._found.get(url)
        return None if described is None else described.tree

    async def wheel(self, package: ResolvedPackage) -> StoredWheel:
        """Return the wheel of a package that has to be built.

        Raises:
            BuildError: It cannot be built.
        """
        job, tree = await self.job(package)
        if package.hashes:
            await self._work.verify(package, tree)
        return await self._builder().wheel(job, self._chain_or_none())

    async def job(self, package: ResolvedPackage) -> tuple[Job, SourceTree | None]:
        """Return what is to be built for a package, with its sources if it names them directly."""
        if package.source is None:
            job = self._work.sdist_job(package.file, package.name, package.version, package.hashes)
            return job, None
        described = self._found.get(package.file.url)
        if described is None:
            # It is from a lock file or a remembered answer: nobody has asked for its metadata.
            wish = Wish(package.source, (), package.hashes, package.name, package.requested)
            described = self._found[package.file.url] = await self._work.describe(wish)
        return described.job._replace(project=package.name), described.tree

    def wheel_file(self, job: Job) -> str | None:
        """Return the path of the wheel file of a finished job, None when it is gone."""
        return self._builder().file_of(job)

    async def _name_one(self, unnamed: UnnamedSource, target: Target) -> None:
        from xpip.formats.source_location import reference_url
        from xpip.model.markers import marker_holds
        from xpip.model.parsed_requirement import Requirement
        from xpip.model.requirement import SourcedRequirement

        if unnamed in self._names:
            return
        wish = Wish(unnamed.location, unnamed.settings, unnamed.hashes, requested=True)
        url = reference_url(unnamed.location)
        self._work.note(url, wish)
        marker = f" ; {unnamed.marker}" if unnamed.marker else ""
        name = _NOBODY
        if marker_holds(Requirement(f"{name}{marker}"), target):
            # Nobody knows the name yet, so only what is said of all projects can count.
            if refuses_sources("", self._policy):
                raise BuildError(
                    f"`{_shown(unnamed.location)}` would have to be built, "
                    "and `--only-binary :all:` forbids that",
                    details=(f"asked for by {unnamed.origin}",),
                    hints=("`--no-binary NAME` besides it allows one project to be built",),
                )
            name = (await self.direct(url)).name
        extras = f"[{','.join(unnamed.extras)}]" if unnamed.extras else ""
        self._names[unnamed] = SourcedRequirement(
            Requirement(f"{name}{extras} @ {url}{marker}"),
            unnamed.origin,
            unnamed.hashes,
            unnamed.location,
            unnamed.settings,
        )

    def _builder(self) -> Builder:
        return self._work.builder(self._policy)

    def _chain_or_none(self) -> Chain:
        from xpip.operations.build_jobs import Chain

        return self._chain or Chain()

    def _ensure_may_build(self, shown: str) -> None:
        if not self._may_build:
            raise BuildError(f"what `{shown}` needs is known only to a build")


def _shown(location: SourceLocation) -> str:
    """Return how messages name sources."""
    inside = f" ({location.subdirectory})" if location.subdirectory else ""
    if location.url.startswith("file:"):
        return f"{url_to_path(location.url)}{inside}"
    revision = f"@{location.revision}" if location.revision else ""
    return f"{redact(location.url)}{revision}{inside}"
