"""Hash-checking mode: every file that is installed was allowed by a hash the user wrote."""

from __future__ import annotations

from xpip.errors import RequirementError
from xpip.model.names import normalized_name
from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.model.link import Digest
    from xpip.model.requirement import SourcedRequirement
    from xpip.model.resolution import Resolution, ResolvedPackage


class HashesMissing(RequirementError):
    """Hash-checking mode is on and something carries no hash, or is not pinned."""

    code = "hashes-missing"


def allowed_digests(
    requirements: Sequence[SourcedRequirement], constraints: Sequence[SourcedRequirement]
) -> dict[str, tuple[Digest, ...]]:
    """Return normalised name -> digests that the user allows; names without any are left out.

    Hashes of several lines for one project add up, those of constraints count too (pip 26.1).
    """
    allowed: dict[str, tuple[Digest, ...]] = {}
    for sourced in (*requirements, *constraints):
        if sourced.hashes:
            name = normalized_name(sourced.requirement.name)
            allowed[name] = (*allowed.get(name, ()), *sourced.hashes)
    return allowed


def ensure_roots_hashed(
    requirements: Sequence[SourcedRequirement], allowed: dict[str, tuple[Digest, ...]]
) -> None:
    """Refuse requirements without hash or exact version in hash-checking mode, all together.

    Raises:
        HashesMissing: Some requirement has no hash, or could become another version.
    """
    problems = []
    for sourced in requirements:
        requirement = sourced.requirement
        if normalized_name(requirement.name) not in allowed:
            problems.append(f"{sourced.origin}: `{requirement}` has no hash")
        elif requirement.url is None and not _is_pinned(sourced):
            problems.append(f"{sourced.origin}: `{requirement}` is not pinned with `==`")
    if problems:
        raise HashesMissing(
            "every requirement needs a version and a hash, since hashes are required",
            details=tuple(problems),
            hints=(
                "one `--hash` in a file, or `--require-hashes`, asks for hashes everywhere",
                "`--no-require-hashes` checks only the hashes that are given",
            ),
        )


def ensure_resolution_hashed(
    resolution: Resolution, allowed: dict[str, tuple[Digest, ...]]
) -> None:
    """Refuse a resolution with dependencies that nobody gave a hash for.

    Raises:
        HashesMissing: Lists every line that would have to be added.
    """
    missing = [package for package in resolution.packages if package.name not in allowed]
    if missing:
        raise HashesMissing(
            "hashes are required, and these dependencies have none",
            details=tuple(_line_to_add(package) for package in missing),
            hints=("add the lines above to the requirements file, if you trust these files",),
        )


def _is_pinned(sourced: SourcedRequirement) -> bool:
    return any(
        specifier.operator in ("==", "===") and not specifier.version.endswith(".*")
        for specifier in sourced.requirement.specifier
    )


def _line_to_add(package: ResolvedPackage) -> str:
    digest = package.file.digest("sha256")
    hash_option = f" --hash=sha256:{digest}" if digest else ""
    needed = f"  # needed by {', '.join(package.required_by)}" if package.required_by else ""
    return f"{package.name}=={package.version}{hash_option}{needed}"
