"""Is everything there already? Answered from installed metadata alone, without any index."""

from __future__ import annotations

from xpip.environment.installed import read_core_metadata
from xpip.model.markers import dependencies_for
from xpip.model.records import TYPE_CHECKING
from xpip.operations.inspect import was_installed_from
from xpip.operations.requirements import parse_sources
from xpip.planner.satisfied import Satisfied, check

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.model.dependencies import Dependencies
    from xpip.model.distribution import InstalledDistribution
    from xpip.model.environment import Environment
    from xpip.model.requirement import RequirementSources


def check_satisfied(
    sources: RequirementSources,
    cwd: str,
    environment: Environment,
    installed: Sequence[InstalledDistribution],
) -> Satisfied | None:
    """Return what satisfies the request, or None when something has to change."""
    target = environment.interpreter.target

    def dependencies(distribution: InstalledDistribution) -> Dependencies:
        return dependencies_for(read_core_metadata(distribution), target)

    parsed = parse_sources(sources, cwd)
    if parsed.unnamed:
        # A folder may have changed; what it is called is not even known before it is looked at.
        return None
    known = {
        sourced.requirement.url: sourced.source
        for sourced in (*parsed.requirements, *parsed.constraints)
    }

    def is_from(distribution: InstalledDistribution, url: str) -> bool:
        source = known.get(url)
        if source is None:
            return was_installed_from(distribution, url)
        from xpip.operations.origins import was_made_of

        return was_made_of(distribution, url, source)

    by_name = {distribution.name: distribution for distribution in reversed(installed)}
    answer = check(parsed.requirements, parsed.constraints, by_name, dependencies, target, is_from)
    return answer if isinstance(answer, Satisfied) else None
