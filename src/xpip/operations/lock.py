"""From a resolution to a lock: which extra or group needs what, and on which machines it holds."""

from __future__ import annotations

from xpip.errors import BuildError, RequirementError
from xpip.model.link import IndexFile
from xpip.model.lock import Lock, LockedPackage
from xpip.model.names import leading_name, normalized_name
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.urls import percent_decoded
from xpip.model.versions_text import admits_python

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from xpip.model.requirement import RequirementText
    from xpip.model.resolution import Resolution, ResolvedPackage
    from xpip.model.source import SourceLocation
    from xpip.model.target import Target

BASE = ""
EXTRA = "extra"
GROUP = "group"
ENVIRONMENT_NAMES = ("implementation_name", "platform_machine", "python_version", "sys_platform")
"""What of a target a lock is made for: whoever agrees in these may install it."""
_SETS = {EXTRA: "extras", GROUP: "dependency_groups"}


class LockPart(NamedTuple):
    """Requirements that hold together: always, with an extra, or with a dependency group."""

    kind: str
    """`BASE`, `EXTRA` or `GROUP`."""
    name: str
    """Normalised name of an extra, name of a group as its file spells it; empty for the base."""
    requirements: tuple[RequirementText, ...]


class LockScope(NamedTuple):
    """What a lock is to be for."""

    target: Target
    parts: tuple[LockPart, ...] = ()
    """In the order in which their requirements stand in the question; empty: all belong to the
    base."""
    requires_python: str = ""
    """Of the project; empty without one."""
    indexes: tuple[str, ...] = ()
    """URLs that may be written as the index of a package."""
    left_out: frozenset[str] = frozenset()
    """Normalised names of projects that are not to be written."""


def make_lock(resolution: Resolution, texts: Sequence[RequirementText], scope: LockScope) -> Lock:
    """Return the lock of a resolution that was asked for all files.

    Args:
        texts: Requirements in the order of `resolution.requirements`; those of the parts first.

    Raises:
        BuildError: A repository's commit is not known.
    """
    markers = _markers(resolution, texts, scope.parts)
    known = {package.name for package in resolution.packages} - scope.left_out
    packages = [
        _locked(package, markers.get(package.name, ""), known, scope)
        for package in resolution.packages
        if package.name in known
    ]
    groups = tuple(part.name for part in scope.parts if part.kind == GROUP)
    values = dict(scope.target.markers)
    environment = " and ".join(f"{name} == '{values.get(name, '')}'" for name in ENVIRONMENT_NAMES)
    return Lock(
        tuple(sorted(packages, key=lambda package: package.name)),
        requires_python=scope.requires_python or f">={values['python_version']}",
        environments=(environment,),
        extras=tuple(part.name for part in scope.parts if part.kind == EXTRA),
        groups=groups,
    )


def ensure_python(requires_python: str, target: Target, path: str) -> None:
    """Refuse to lock a project for a Python that it does not support.

    Raises:
        RequirementError: It does not, or its `requires-python` is no specifier.
    """
    fits = admits_python(requires_python, target.python_version)
    if fits is None:
        raise RequirementError(f"`requires-python` of `{path}` is no specifier")
    if not fits:
        raise RequirementError(
            f"`{path}` requires Python {requires_python}, and this locks for"
            f" {target.python_version}",
            hints=("choose another Python by `--python` or `--python-version`",),
        )


def _markers(
    resolution: Resolution, texts: Sequence[RequirementText], parts: Sequence[LockPart]
) -> dict[str, str]:
    """Return normalised name -> marker of what only extras or groups bring."""
    if all(part.kind == BASE for part in parts):
        return {}
    starts: list[list[tuple[str, str]]] = []
    position = 0
    for part in parts:
        end = position + len(part.requirements)
        starts.append(_roots(resolution, texts, range(position, end)))
        position = end
    rest = _roots(resolution, texts, range(position, len(texts)))
    edges = _edges(resolution)
    always = _reached(rest, edges)
    for part, roots in zip(parts, starts, strict=True):
        if part.kind == BASE:
            always |= _reached(roots, edges)
    wanted: dict[str, list[str]] = {}
    for part, roots in zip(parts, starts, strict=True):
        if part.kind != BASE:
            for name in sorted(_reached(roots, edges) - always):
                wanted.setdefault(name, []).append(f"'{part.name}' in {_SETS[part.kind]}")
    return {name: " or ".join(conditions) for name, conditions in wanted.items()}


def _roots(
    resolution: Resolution, texts: Sequence[RequirementText], positions: Iterable[int]
) -> list[tuple[str, str]]:
    """Return (name, extra) of what requirements of a question ask for on its target."""
    roots = []
    for position in positions:
        asked = resolution.requirements[position]
        if asked.in_force:
            roots.append((asked.name, ""))
            roots += [(asked.name, extra) for extra in _extras_of(texts[position].text)]
    return roots


def _extras_of(text: str) -> list[str]:
    """Return the normalised extras of a requirement's text, which has been found valid before."""
    head = text.partition(";")[0].partition("@")[0]
    name, bracket, rest = head.partition("[")
    if not bracket or leading_name(name.strip()) != normalized_name(name.strip()):
        return []
    return [normalized_name(extra.strip()) for extra in rest.partition("]")[0].split(",")]


def _edges(resolution: Resolution) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """Return what each project asks for, without and with each extra."""
    edges: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for package in resolution.packages:
        for need in package.needs:
            found = edges.setdefault((package.name, need.extra), [])
            found.append((need.name, ""))
            found += [(need.name, extra) for extra in need.extras]
    return edges


def _reached(
    roots: Sequence[tuple[str, str]], edges: dict[tuple[str, str], list[tuple[str, str]]]
) -> set[str]:
    """Return the names of all projects that are needed from some roots on."""
    seen = set(roots)
    queue = list(roots)
    while queue:
        for need in edges.get(queue.pop(), ()):
            if need not in seen:
                seen.add(need)
                queue.append(need)
    return {name for name, _ in seen}


def _locked(
    package: ResolvedPackage, marker: str, known: set[str], scope: LockScope
) -> LockedPackage:
    needed = {need.name for need in package.needs} & known - {package.name}
    locked = LockedPackage(
        package.name,
        package.version,
        marker,
        dependencies=tuple(sorted(needed)),
    )
    if package.source is None and not package.direct:
        return _from_index(package, locked, scope)
    source = package.source
    if source is None or source.kind == "archive":
        file = package.file
        if source is not None and not file.digests:
            file = file._replace(digests=source.hashes)
        if not file.digests:
            raise BuildError(f"no hash of `{package.file.url}` is known, and a lock needs one")
        return locked._replace(archive=file, source=source)
    if source.kind == "directory":
        # Its version may be another one after the next edit, and it is built anew every time.
        return locked._replace(version="", source=source)
    if not source.revision:
        raise BuildError(f"the commit of `{source.url}` is not known, and a lock needs it")
    asked = _asked_revision(package.file.url, source)
    return locked._replace(source=source._replace(revision=asked), commit=source.revision)


def _asked_revision(url: str, source: SourceLocation) -> str:
    """Return the revision in the URL of a repository as it was asked for; empty for none."""
    _, found, rest = url.partition("#")[0].partition(f"{source.url}@")
    return percent_decoded(rest) if found else ""


def _from_index(package: ResolvedPackage, locked: LockedPackage, scope: LockScope) -> LockedPackage:
    files: Sequence[IndexFile] = package.files or (package.file,)
    sdists = [file for file in files if not file.filename.endswith(".whl")]
    # Of several source archives the one that every tool can unpack.
    sdists.sort(key=lambda file: (not file.filename.endswith(".tar.gz"), file.filename))
    return locked._replace(
        requires_python=package.file.requires_python,
        index_url=package.index_url if package.index_url in scope.indexes else "",
        wheels=tuple(file for file in files if file.filename.endswith(".whl")),
        sdist=sdists[0] if sdists else None,
    )
