"""What a change to an environment breaks of what stays there, found before the change.

pip looks at every package after each installation. Here a package is parsed only if its METADATA
mentions a project that changes, which takes one read for each package that stays.
"""

from __future__ import annotations

from xpip.environment.installed import read_text
from xpip.model.names import leading_name, normalized_name
from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xpip.model.distribution import InstalledDistribution
    from xpip.model.environment import Environment
    from xpip.model.plan import Plan

_FIELD = "requires-dist:"


def find_breakage(
    plan: Plan, installed: tuple[InstalledDistribution, ...], environment: Environment
) -> tuple[str, ...]:
    """Return pip's sentence for each requirement of a staying package that will not hold.

    Packages that have nothing to do with the change are not looked at: `check` tells of them.
    """
    changed = {package.name: package.version for package in plan.install}
    gone = {distribution.name for distribution in plan.remove} - changed.keys()
    names = changed.keys() | gone
    after = {one.name: one.version for one in installed if one.name not in gone}
    after.update(changed)
    found: list[str] = []
    for distribution in installed:
        if distribution.name in names or not _mentions(distribution, names):
            continue
        found.extend(_broken(distribution, after, environment))
    return tuple(found)


def _mentions(distribution: InstalledDistribution, names: set[str]) -> bool:
    """Say whether METADATA asks for one of the projects, whatever its marker."""
    text = read_text(distribution, "METADATA")
    if text is None:
        return False
    head = text.partition("\n\n")[0]
    return any(
        leading_name(line[len(_FIELD) :].strip()) in names
        for line in head.split("\n")
        if line[: len(_FIELD)].lower() == _FIELD
    )


def _broken(
    distribution: InstalledDistribution, after: dict[str, str], environment: Environment
) -> Iterator[str]:
    from xpip.operations.installed_needs import needs_of

    needs = needs_of(distribution, environment.interpreter.target)
    if needs is None:
        return
    own = f"{distribution.name} {distribution.version}"
    for requirement in sorted(needs.requires, key=str):
        name = normalized_name(requirement.name)
        version = after.get(name)
        if version is None:
            yield f"{own} requires {requirement}, which is not installed."
        elif not requirement.specifier.contains(version, prereleases=True):
            yield (
                f"{own} requires {requirement}, but you have"
                f" {name} {version} which is incompatible."
            )
