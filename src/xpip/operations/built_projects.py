"""What projects ask for that only their build backends can tell, and what their builds need."""

from __future__ import annotations

import os

from xpip.errors import BuildError, RequirementError
from xpip.model.markers import dependencies_for
from xpip.model.names import normalized_name
from xpip.model.origin import ProjectOrigin
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.requirement import RequirementText
from xpip.model.urls import path_to_url
from xpip.operations.connected import run_connected
from xpip.operations.online import open_sources

if TYPE_CHECKING:
    from xpip.model.dependencies import CoreMetadata
    from xpip.model.options import SelectionPolicy
    from xpip.model.parsed_requirement import Requirement
    from xpip.model.reporter import Reporter
    from xpip.model.target import Target
    from xpip.network.client import Client
    from xpip.operations.project_files import ProjectWish
    from xpip.operations.resolve import Access
    from xpip.operations.sources import SourceWork
    from xpip.store.layout import Store

REQUIRES = "build-system.requires"
BACKEND = "build-system.backend"


class BuiltProject(NamedTuple):
    """A project whose backend has to be asked."""

    path: str
    """Of its `pyproject.toml`, `setup.py` or `setup.cfg`, as the user named it."""
    wish: ProjectWish
    dependencies: bool = True
    """Its dependencies are wanted; they do not stand in a file."""
    kinds: tuple[str, ...] = ()
    """Builds whose requirements are wanted: `wheel`, `editable`, `sdist`."""


class BuiltQuestion(NamedTuple):
    """What is asked of which backends."""

    projects: tuple[BuiltProject, ...]
    target: Target
    policy: SelectionPolicy
    cwd: str
    """Absolute folder that paths start from."""


def read_built(
    question: BuiltQuestion, store: Store, access: Access, reporter: Reporter
) -> tuple[RequirementText, ...]:
    """Return what the projects ask for, in their order.

    Raises:
        BuildError: A backend cannot be asked.
        RequirementError: A project has no such extra.
    """

    async def work(network: Client | None) -> tuple[RequirementText, ...]:
        sources = open_sources(access, store, network, reporter)
        if sources is None:
            raise BuildError(
                "the dependencies are known to a build only, and nothing is built here"
            )
        try:
            found: list[RequirementText] = []
            for project in question.projects:
                found += await _ask(project, question, sources)
            return tuple(found)
        finally:
            await sources.close()

    return run_connected(work, access, reporter)


async def _ask(
    project: BuiltProject, question: BuiltQuestion, work: SourceWork
) -> list[RequirementText]:
    url = _folder_url(project.path, question.cwd)
    policy = question.policy._replace(sdists=True)
    metadata = await work.view(policy).direct(url)
    found: list[RequirementText] = []
    if project.dependencies:
        origin = ProjectOrigin(project.path, metadata.name, "project.dependencies")
        texts = _dependencies(metadata, project, question.target)
        found += [RequirementText(text, origin) for text in texts]
    if project.kinds:
        found += await _build_requirements(project, url, metadata.name, policy, work)
    return found


def _folder_url(path: str, cwd: str) -> str:
    return path_to_url(os.path.dirname(os.path.normpath(os.path.join(cwd, path))))


async def _build_requirements(
    project: BuiltProject, url: str, name: str, policy: SelectionPolicy, work: SourceWork
) -> list[RequirementText]:
    from xpip.operations.build_jobs import Chain

    wish = work.wish(url)
    if wish is None:
        return []
    described = await work.describe(wish)
    builder = work.builder(policy)
    system = (await builder.project(described.job)).project.system
    # pip-compile names this file, whether it is there or not.
    path = os.path.join(os.path.dirname(project.path), "pyproject.toml")
    origin = ProjectOrigin(path, name, REQUIRES)
    found = [RequirementText(text, origin) for text in system.requires]
    for kind in project.kinds:
        asked = await builder.build_requirements(described.job, kind, Chain())
        origin = ProjectOrigin(path, name, f"{BACKEND}::{kind}")
        found += [RequirementText(text, origin) for text in asked]
    return found


def _dependencies(metadata: CoreMetadata, project: BuiltProject, target: Target) -> list[str]:
    """Return the dependencies of a project, as written, and those of extras, without markers.

    Raises:
        RequirementError: It has no such extra.
    """
    dependencies = dependencies_for(metadata, target)
    by_extra = dict(dependencies.extras)
    texts = [line for line in metadata.requires_dist if "extra" not in line.partition(";")[2]]
    own = normalized_name(metadata.name)
    queue = list(by_extra if project.wish.all_extras else project.wish.extras)
    seen: set[str] = set()
    while queue:
        extra = queue.pop(0)
        if extra in seen:
            continue
        seen.add(extra)
        if extra not in by_extra:
            known = ", ".join(f"`{one}`" for one in sorted(by_extra)) or "none"
            raise RequirementError(f"`{project.path}` has no extra `{extra}`; it has {known}")
        for requirement in by_extra[extra]:
            if normalized_name(requirement.name) == own:
                queue += sorted(map(normalized_name, requirement.extras))
            else:
                texts.append(_without_marker(requirement))
    return list(dict.fromkeys(texts))


def _without_marker(requirement: Requirement) -> str:
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    place = f" @ {requirement.url}" if requirement.url else str(requirement.specifier)
    return f"{requirement.name}{extras}{place}"
