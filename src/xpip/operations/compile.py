"""Pin everything that is asked for, in the form that `xpip compile` writes.

Nothing is installed and no environment is looked at: versions to keep come from an earlier output.
"""

from __future__ import annotations

from xpip.formats.lock_names import is_lock_name
from xpip.formats.pinned_requirements import Pin, parse_pins
from xpip.formats.requirements_txt import decode
from xpip.model.origin import FileOrigin, ProjectOrigin
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.urls import redact
from xpip.operations.resolve import Access, Question, recall

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from xpip.model.options import SelectionPolicy
    from xpip.model.origin import Origin
    from xpip.model.reporter import Reporter
    from xpip.model.requirement import RequirementSources, RequirementText
    from xpip.model.resolution import Asked, Resolution, ResolvedPackage
    from xpip.model.target import Target
    from xpip.store.layout import Store
    from xpip.store.resolutions import RememberedResolution


class CompileRequest(NamedTuple):
    """What one `xpip compile` asks for."""

    sources: RequirementSources
    target: Target
    policy: SelectionPolicy
    cwd: str
    """Folder that relative paths of requirements start from."""
    preferences: tuple[tuple[str, str], ...] = ()
    """(normalised name, version) to keep where allowed, sorted by name."""
    no_deps: bool = False
    hashes: bool = False
    strip_extras: bool = True
    lock: bool = False
    """The answer is to have what a lock says of each project."""
    noted: Callable[[RememberedResolution], object] | None = None
    """Is told a remembered answer that is taken."""


def pins_to_keep(data: bytes, path: str, upgraded: frozenset[str]) -> tuple[tuple[str, str], ...]:
    """Return the pins of an earlier output that should stay.

    Args:
        path: As messages name the file; its last part says whether it is a lock file.
        upgraded: Normalised names whose pins are not to be kept.

    Raises:
        RequirementError: It is neither a requirements file nor a lock file.
    """
    if is_lock_name(path.rpartition("/")[2]):
        known = locked_versions(data, path)
    else:
        known = parse_pins(decode(data, path), path)
    return tuple(pin for pin in known if pin[0] not in upgraded)


def locked_versions(data: bytes, path: str) -> tuple[tuple[str, str], ...]:
    """Return (normalised name, version) of a lock file's packages from indexes, sorted by name.

    Raises:
        RequirementError: It is no lock file.
    """
    from xpip.formats.pylock import parse_lock

    lock, _ = parse_lock(decode(data, path), path, "/")
    versions: dict[str, str] = {}
    for package in lock.packages:
        if package.version and (package.wheels or package.sdist):
            versions.setdefault(package.name, package.version)
    return tuple(sorted(versions.items()))


def resolve_sources(
    request: CompileRequest, store: Store, access: Access, reporter: Reporter
) -> Resolution:
    """Return the versions of all that is needed.

    Raises:
        XpipError: There is no solution, or an index or a file is not as it should be.
    """
    question = Question(
        request.sources,
        request.target,
        # Hashes of the sources are checked where they are given. That everything has one is asked
        # of what is installed, and the output may well bring them.
        request.policy._replace(require_hashes=False, sdists=True),
        request.preferences,
        request.no_deps,
        request.cwd,
        all_digests=request.hashes,
        asked_again=True,
        all_files=request.lock,
        noted=request.noted,
    )
    resolution = recall(store, question, access)
    if resolution is None:
        from xpip.operations.online import resolve_online

        resolution, _ = resolve_online(question, store, access, _nothing, reporter)
    for warning in resolution.warnings:
        reporter.warning(warning)
    return resolution


def _nothing(_: Resolution) -> tuple[ResolvedPackage, ...]:
    return ()


def make_pins(resolution: Resolution, request: CompileRequest) -> tuple[Pin, ...]:
    """Return the pins of a resolution, each with who asks for it: editable ones first, by name."""
    sources = request.sources
    reasons: dict[str, set[str]] = {}
    markers: dict[str, list[str]] = {}
    for name, marker, reason in _asking(sources.requirements, resolution.requirements, "-r"):
        reasons.setdefault(name, set()).update([reason] if reason else ())
        markers.setdefault(name, []).append(marker)
    for name, _, reason in _asking(sources.constraints, resolution.constraints, "-c"):
        reasons.setdefault(name, set()).update([reason] if reason else ())
    pins = [
        Pin(
            package.name,
            "" if package.direct else package.version,
            package.file.url if package.direct else "",
            () if request.strip_extras else package.extras,
            "" if package.required_by else _either(markers.get(package.name, ())),
            package.published if request.hashes else (),
            tuple(sorted(reasons.get(package.name, set()).union(package.required_by))),
            redact(package.index_url),
            package.source is not None and package.source.editable,
        )
        for package in resolution.packages
    ]
    return tuple(sorted(pins, key=lambda pin: (not pin.editable, pin.name)))


def _asking(
    texts: Sequence[RequirementText], asked: Sequence[Asked], option: str
) -> Iterable[tuple[str, str, str]]:
    """Yield (name, marker, reason) of what holds for the target."""
    for text, (name, in_force, marker) in zip(texts, asked, strict=True):
        if in_force:
            yield name, marker, _reason(text.origin, option)


def _reason(origin: Origin, option: str) -> str:
    """Return how an annotation names a place; empty for what leaves no trace."""
    if isinstance(origin, FileOrigin):
        reason = f"{option} {origin.path}"
    elif isinstance(origin, ProjectOrigin):
        table = origin.table
        if table.startswith("build-system."):
            # As pip-compile writes it.
            place = f"{origin.path}::{table}"
        else:
            part = table.rpartition(".")[2] if table != "project.dependencies" else ""
            place = f"{origin.path}:{part}" if part else origin.path
        reason = f"{origin.project} ({place})" if origin.project else place
    else:
        return ""
    # A newline in a name must not begin a line of the output.
    return reason if reason.isprintable() else " ".join(reason.split())


def _either(markers: Sequence[str]) -> str:
    """Return the marker that holds where one of several does; empty for everywhere."""
    if not markers or "" in markers:
        return ""
    different = list(dict.fromkeys(markers))
    if len(different) == 1:
        return different[0]
    return " or ".join(f"({marker})" for marker in different)
