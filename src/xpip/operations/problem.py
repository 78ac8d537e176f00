"""What the resolver and the selection of files are told of a question."""

from __future__ import annotations

from xpip.model.markers import marker_holds
from xpip.model.names import normalized_name
from xpip.model.records import TYPE_CHECKING
from xpip.resolver.problem import Problem
from xpip.resolver.versions import names_prerelease
from xpip.selection.rules import ALL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.model.options import SelectionPolicy
    from xpip.model.requirement import SourcedRequirement
    from xpip.operations.resolve import Question


def make_problem(
    question: Question,
    roots: tuple[SourcedRequirement, ...],
    constraints: tuple[SourcedRequirement, ...],
    overrides: tuple[SourcedRequirement, ...] = (),
) -> Problem:
    """Return the problem of a question whose requirements all hold for its target.

    Args:
        overrides: Whether they hold or not: where all those of a project do not, the project is
            required by nobody.
    """
    policy = question.policy
    holding = tuple(
        sourced for sourced in overrides if marker_holds(sourced.requirement, question.target)
    )
    gone = {normalized_name(sourced.requirement.name) for sourced in overrides}
    gone.difference_update(normalized_name(sourced.requirement.name) for sourced in holding)
    lowest: frozenset[str] = frozenset()
    if policy.resolution == "lowest":
        lowest = frozenset((ALL,))
    elif policy.resolution == "lowest-direct":
        lowest = frozenset(normalized_name(root.requirement.name) for root in roots)
    return Problem(
        roots,
        constraints,
        dict(question.preferences),
        holding,
        pre=policy.pre,
        prerelease_by_specifier=policy.prereleases != "if-necessary",
        prerelease_packages=_prerelease_verdicts(policy, (*roots, *constraints, *holding)),
        no_deps=question.no_deps,
        lowest=lowest,
        excludes=frozenset(gone.union(question.sources.excludes)),
        python_version="" if policy.ignore_requires_python else question.target.python_version,
    )


def selection_policy(
    policy: SelectionPolicy, named: Sequence[SourcedRequirement]
) -> SelectionPolicy:
    """Return the policy with what its modes for pre-releases come to.

    Args:
        named: What the user wrote; with `explicit`, projects may have pre-releases of which it
            names one.
    """
    general = "allow" if policy.pre else policy.prereleases
    own = dict(policy.prerelease_packages)
    if not own and general not in ("disallow", "explicit"):
        return policy
    explicit = _naming_prereleases(named)
    refused: set[str] = set()
    admitted: set[str] = set()
    for project, mode in own.items():
        is_refused = mode == "disallow" or (mode == "explicit" and project not in explicit)
        (refused if is_refused else admitted).add(project)
    if general in ("disallow", "explicit"):
        refused.add(ALL)
    if general == "explicit":
        admitted.update(explicit.difference(own))
    return policy._replace(only_final=frozenset(refused), all_releases=frozenset(admitted))


def _prerelease_verdicts(
    policy: SelectionPolicy, named: Sequence[SourcedRequirement]
) -> dict[str, bool]:
    """Return for projects with a mode of their own whether pre-releases count like final ones."""
    verdicts: dict[str, bool] = {}
    for project, mode in policy.prerelease_packages:
        if mode == "explicit":
            verdicts[project] = project in _naming_prereleases(named)
        else:
            verdicts[project] = mode == "allow"
    return verdicts


def _naming_prereleases(named: Sequence[SourcedRequirement]) -> set[str]:
    """Return the normalised names of projects of which a requirement names a pre-release."""
    found: set[str] = set()
    for sourced in named:
        specifier = sourced.requirement.specifier
        if names_prerelease(specifier, str(specifier)):
            found.add(normalized_name(sourced.requirement.name))
    return found
