"""What an environment holds, for `list`, `freeze`, `show` and `check`."""

from __future__ import annotations

from xpip.environment.installed import read_core_metadata, read_text, scan_report
from xpip.environment.titles import read_link, read_title
from xpip.errors import XpipError
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.urls import percent_decoded, redact

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from xpip.environment.installed import ScanReport
    from xpip.model.dependencies import Dependencies
    from xpip.model.distribution import InstalledDistribution
    from xpip.model.environment import Environment
    from xpip.model.target import Target


class Listed(NamedTuple):
    """An installed distribution as people see it."""

    distribution: InstalledDistribution
    name: str
    """As METADATA spells it."""
    version: str
    """As METADATA spells it."""
    editable: str = ""
    """The project's folder when it was installed editable."""
    reference: str = ""
    """What stands after `name @` in a requirement for exactly this; empty when it is from an
    index. Without credentials."""


class View(NamedTuple):
    """Which distributions count."""

    local: bool = False
    """Leave out those that only shine through from the base interpreter."""
    excluded: frozenset[str] = frozenset()
    """Normalised names."""


def inspect(environment: Environment, view: View) -> tuple[tuple[Listed, ...], ScanReport]:
    """Return what is installed, by normalised name, and the scan it is from.

    Raises:
        EnvironmentFault: A library folder or a direct_url.json cannot be read.
    """
    report = scan_report(environment)
    listed = [
        _listed(distribution)
        for distribution in report.distributions
        if (distribution.changeable or not view.local) and distribution.name not in view.excluded
    ]
    return tuple(listed), report


def dependencies_of(
    listed: Iterable[Listed], target: Target
) -> dict[InstalledDistribution, Dependencies]:
    """Return what each distribution needs on a target; those with unusable metadata are left out.

    Editable projects count like the others.
    """
    from xpip.model.markers import dependencies_for

    found = {}
    for one in listed:
        try:
            metadata = read_core_metadata(one.distribution)
            found[one.distribution] = dependencies_for(metadata, target)
        except XpipError:
            continue
    return found


def required_names(dependencies: Iterable[Dependencies]) -> frozenset[str]:
    """Return the normalised names that some distribution asks for."""
    from xpip.model.names import normalized_name

    return frozenset(
        normalized_name(requirement.name) for one in dependencies for requirement in one.requires
    )


def without_required(listed: Sequence[Listed], environment: Environment) -> tuple[Listed, ...]:
    """Return the distributions that no other distribution asks for."""
    required = required_names(dependencies_of(listed, environment.interpreter.target).values())
    return tuple(one for one in listed if one.distribution.name not in required)


def installer_of(distribution: InstalledDistribution) -> str:
    """Return who installed a distribution, as its INSTALLER file says; empty when it does not."""
    lines = (read_text(distribution, "INSTALLER") or "").split("\n")
    return next((line.strip() for line in lines if line.strip()), "")


def _listed(distribution: InstalledDistribution) -> Listed:
    name, version = read_title(distribution)
    if distribution.legacy:
        return Listed(distribution, name, version, read_link(distribution))
    text = read_text(distribution, "direct_url.json")
    if text is None:
        return Listed(distribution, name, version)
    references = _references(text)
    if any(set("\r\n") & set(reference) for reference in references):
        # In a list of requirements it would pass for several.
        return Listed(distribution, name, version)
    return Listed(distribution, name, version, *references)


def _references(text: str) -> tuple[str, str]:
    """Return (folder of an editable project, reference) from a direct_url.json.

    Both are empty when the file does not follow its specification.

    Spec: https://packaging.python.org/en/latest/specifications/direct-url-data-structure/
    """
    import json

    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return "", ""
    url = data.get("url") if isinstance(data, dict) else None
    if not isinstance(url, str) or not url:
        return "", ""
    url = redact(url)
    folder = data.get("dir_info")
    if isinstance(folder, dict) and folder.get("editable") is True:
        return percent_decoded(url.removeprefix("file://")), ""
    source = data.get("vcs_info")
    if isinstance(source, dict):
        url = f"{source.get('vcs', 'git')}+{url}@{source.get('commit_id', '')}"
    fragments = []
    digest = _digest(data.get("archive_info"))
    if digest:
        fragments.append(digest)
    subdirectory = data.get("subdirectory")
    if isinstance(subdirectory, str) and subdirectory:
        fragments.append(f"subdirectory={subdirectory}")
    return "", f"{url}#{'&'.join(fragments)}" if fragments else url


def _digest(archive: object) -> str:
    """Return `algorithm=hex` of an archive, sha256 before others; empty when it states none."""
    if not isinstance(archive, dict):
        return ""
    hashes = archive.get("hashes")
    if isinstance(hashes, dict) and hashes:
        name = "sha256" if "sha256" in hashes else str(next(iter(hashes)))
        return f"{name}={hashes[name]}"
    digest = archive.get("hash")
    return digest if isinstance(digest, str) else ""


def was_installed_from(distribution: InstalledDistribution, url: str) -> bool:
    """Say whether a distribution records that it came from a URL (PEP 610)."""
    import json

    text = read_text(distribution, "direct_url.json")
    try:
        data = json.loads(text or "")
    except ValueError:
        return False
    return isinstance(data, dict) and data.get("url") == url.partition("#")[0]
