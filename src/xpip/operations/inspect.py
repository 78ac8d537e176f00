"""What an environment holds, for `list`, `freeze`, `show` and `check`."""

from __future__ import annotations

from xpip.environment.installed import read_text, scan_report
from xpip.environment.titles import read_link, read_title
from xpip.errors import XpipError
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.urls import percent_decoded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

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
    below: str = ""
    """Leave out those that are neither in this folder nor below it; empty for no limit."""


def inspect(environment: Environment, view: View) -> tuple[tuple[Listed, ...], ScanReport]:
    """Return what is installed, by normalised name, and the scan it is from.

    Raises:
        EnvironmentFault: A library folder or a direct_url.json cannot be read.
    """
    report = scan_report(environment)
    # Outside a virtual environment everything is local, as in pip.
    local = view.local and environment.is_virtual
    listed = [
        _listed(distribution)
        for distribution in report.distributions
        if (distribution.changeable or not local)
        and distribution.name not in view.excluded
        and (not view.below or f"{distribution.location}/".startswith(f"{view.below}/"))
    ]
    return tuple(listed), report


def normal_version(text: str) -> str:
    """Return a version as PEP 440 normalises it, one that is none unchanged.

    What has only plain numbers needs no parser, which is 10 ms of import.
    """
    parts = text.split(".")
    if all(part.isascii() and part.isdecimal() and str(int(part[:9])) == part for part in parts):
        return text
    from xpip.model.versions_text import parse_version

    version = parse_version(text)
    return text if version is None else str(version)


def pin_of(one: Listed) -> str:
    """Return the requirement for exactly the installed version, with `===` for a strange one."""
    version = normal_version(one.version)
    if version == one.version and not version.replace(".", "").isdecimal():
        from xpip.model.versions_text import parse_version

        if parse_version(version) is None:
            return f"{one.name}==={version}"
    return f"{one.name}=={version}"


def build_tag_of(distribution: InstalledDistribution) -> str:
    """Return the build tag of the wheel that a distribution is from, empty for none."""
    text = read_text(distribution, "WHEEL")
    if text is None or "build" not in text.lower():
        return ""
    for line in text.splitlines():
        field, _, value = line.partition(":")
        if field.lower() == "build":
            return value.strip()
    return ""


def dependencies_of(
    listed: Iterable[Listed], target: Target
) -> dict[InstalledDistribution, Dependencies]:
    """Return what each distribution needs on a target; those with unusable metadata are left out.

    Editable projects count like the others.
    """
    from xpip.operations.installed_needs import needs_of

    found = {}
    for one in listed:
        needs = needs_of(one.distribution, target)
        if needs is not None:
            found[one.distribution] = needs
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
    """
    from xpip.formats.direct_url import parse_direct_url, reference_of

    direct = parse_direct_url(text)
    if direct is None:
        return "", ""
    if not direct.editable:
        return "", reference_of(direct)
    folder = percent_decoded(direct.url.removeprefix("file://"))
    return f"{folder}/{direct.subdirectory}" if direct.subdirectory else folder, ""


def editable_lines(one: Listed, variables: Mapping[str, str]) -> tuple[str, ...]:
    """Return what `freeze` prints for an editable project: perhaps a comment, and `-e ...`.

    Args:
        variables: All variables of xpip itself.
    """
    from xpip.vcs.frozen import standing_of

    here = f"-e {one.editable}"
    try:
        standing = standing_of(one.editable, one.name, variables)
    except XpipError as error:
        return f"# Its repository cannot be asked: {error.summary}", here
    if standing.reference:
        return (f"-e {standing.reference}",)
    if standing.invalid:
        fault = "with either a deleted local remote or invalid URI:"
        comment = f"# Editable {standing.system} install ({pin_of(one)}) {fault}"
        return comment, f"# '{standing.invalid}'", here
    if standing.system:
        return f"# Editable {standing.system} install with no remote ({pin_of(one)})", here
    return f"# Editable install with no version control ({pin_of(one)})", here


def was_installed_from(distribution: InstalledDistribution, url: str) -> bool:
    """Say whether a distribution records that it came from a URL (PEP 610)."""
    from xpip.formats.direct_url import parse_direct_url

    direct = parse_direct_url(read_text(distribution, "direct_url.json") or "")
    return direct is not None and direct.url == url.partition("#")[0]
