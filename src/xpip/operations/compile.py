"""Pin everything that is asked for, in the form that `xpip compile` writes.

Nothing is installed and no environment is looked at: versions to keep come from an earlier output.
"""

from __future__ import annotations

from xpip.formats.pinned_requirements import Pin, parse_pins
from xpip.formats.requirements_txt import decode
from xpip.model.origin import FileOrigin, ProjectOrigin
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.operations.resolve import Access, Question, recall

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from xpip.model.options import SelectionPolicy
    from xpip.model.origin import Origin
    from xpip.model.reporter import Reporter
    from xpip.model.requirement import RequirementSources, RequirementText
    from xpip.model.resolution import Asked, Resolution, ResolvedPackage
    from xpip.model.target import Target
    from xpip.store.layout import Store


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


def pins_to_keep(data: bytes, path: str, upgraded: frozenset[str]) -> tuple[tuple[str, str], ...]:
    """Return the pins of an earlier output that should stay.

    Args:
        path: As messages name the file.
        upgraded: Normalised names whose pins are not to be kept.

    Raises:
        RequirementError: It is no requirements file.
    """
    return tuple(pin for pin in parse_pins(decode(data, path), path) if pin[0] not in upgraded)


def resolve_pins(
    request: CompileRequest, store: Store, access: Access, reporter: Reporter
) -> tuple[Pin, ...]:
    """Return a pin for every project that is needed, sorted by name.

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
    )
    resolution = recall(store, question, access)
    if resolution is None:
        from xpip.operations.online import resolve_online

        resolution, _ = resolve_online(question, store, access, _nothing, reporter)
    for warning in resolution.warnings:
        reporter.warning(warning)
    return make_pins(resolution, request)


def _nothing(_: Resolution) -> tuple[ResolvedPackage, ...]:
    return ()


def make_pins(resolution: Resolution, request: CompileRequest) -> tuple[Pin, ...]:
    """Return the pins of a resolution, each with who asks for it."""
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
        )
        for package in resolution.packages
    ]
    return tuple(sorted(pins))


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
