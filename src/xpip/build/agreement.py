"""Does a built wheel say what was said before it was built?

What is resolved was made from PKG-INFO, `pyproject.toml` or the metadata that a backend prepared. A
wheel that needs something else would leave an environment in which things are missing.
"""

from __future__ import annotations

from xpip.errors import BuildFailed, XpipError
from xpip.model.markers import dependencies_for
from xpip.model.names import normalized_name
from xpip.model.records import TYPE_CHECKING
from xpip.model.versions_text import parse_specifier, parse_version

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.model.dependencies import CoreMetadata
    from xpip.model.parsed_requirement import Requirement
    from xpip.model.target import Target


def ensure_agreement(
    promised: CoreMetadata, found: CoreMetadata, target: Target, shown: str
) -> None:
    """Make sure that a wheel has the metadata that was promised, as far as it counts for a target.

    Spelling, order and requirements that do not hold for the target are no difference.

    Raises:
        BuildFailed: Something is different; says what.
    """
    lines = differences(promised, found, target)
    if lines:
        raise BuildFailed(
            f"the wheel that was built from `{shown}` is not what its metadata promised",
            details=lines,
            hints=("a backend has to build what `pyproject.toml` and PKG-INFO say",),
        )


def differences(promised: CoreMetadata, found: CoreMetadata, target: Target) -> tuple[str, ...]:
    """Return a line for each difference."""
    lines: list[str] = []
    if normalized_name(promised.name) != normalized_name(found.name):
        lines += _both("Name", promised.name, found.name)
    if parse_version(promised.version) != parse_version(found.version):
        lines += _both("Version", promised.version, found.version)
    before, after = _specifier(promised.requires_python), _specifier(found.requires_python)
    if before != after:
        lines += _both("Requires-Python", before or "(none)", after or "(none)")
    lines += _sets("Provides-Extra", promised.provides_extra, found.provides_extra)
    lines += _sets("Requires-Dist", _needs(promised, target), _needs(found, target))
    return tuple(lines)


def _both(field: str, promised: str, found: str) -> list[str]:
    return [f"promised: `{field}: {promised}`", f"built:    `{field}: {found}`"]


def _sets(field: str, promised: Sequence[str], found: Sequence[str]) -> list[str]:
    before, after = set(promised), set(found)
    return [
        *(f"only promised: `{field}: {text}`" for text in sorted(before - after)),
        *(f"only built:    `{field}: {text}`" for text in sorted(after - before)),
    ]


def _specifier(text: str) -> str:
    specifier = parse_specifier(text)
    return text if specifier is None else str(specifier)


def _needs(metadata: CoreMetadata, target: Target) -> tuple[str, ...]:
    """Return what is needed on a target, each in one spelling."""
    try:
        needed = dependencies_for(metadata, target)
    except XpipError:
        return metadata.requires_dist
    texts = [_spelled(requirement) for requirement in needed.requires]
    for extra, requirements in needed.extras:
        texts += [f'{_spelled(one)} ; extra == "{extra}"' for one in requirements]
    return tuple(texts)


def _spelled(requirement: Requirement) -> str:
    extras = ",".join(sorted(map(normalized_name, requirement.extras)))
    name = normalized_name(requirement.name) + (f"[{extras}]" if extras else "")
    return f"{name} @ {requirement.url}" if requirement.url else f"{name}{requirement.specifier}"
