"""Why the backtracking engine found no solution, in the form that all engines share.

resolvelib does not keep a proof, only the requirements that met in the last dead end. They are
told as they are.
"""

from __future__ import annotations

from xpip.model.names import normalized_name
from xpip.model.records import TYPE_CHECKING
from xpip.resolver.attempt import Attempt
from xpip.resolver.derivation import Line
from xpip.resolver.explanation import (
    Explanation,
    answers_about,
    background_of,
    report_on,
    wishes_of,
)
from xpip.resolver.incompatibility import (
    Asked,
    Constrained,
    Depends,
    Incompatibility,
    Unusable,
    requirement_terms,
)
from xpip.resolver.phrases import facts_text
from xpip.resolver.requirement_table import admitted_versions
from xpip.resolver.term import Term

if TYPE_CHECKING:
    from collections.abc import Sequence

    from resolvelib.structs import RequirementInformation

    from xpip.model.parsed_requirement import Requirement
    from xpip.model.requirement import SourcedRequirement
    from xpip.resolver.backtracking_rules import Choice, Want
    from xpip.resolver.facts import Facts
    from xpip.resolver.package import Package
    from xpip.resolver.package_table import PackageTable, References
    from xpip.resolver.problem import Problem

    Cause = RequirementInformation[Want, Choice]


def explain_causes(
    causes: Sequence[Cause], problem: Problem, facts: Facts, references: References
) -> Explanation:
    """Return what is known of a dead end."""
    table = Attempt(problem, facts, references, explaining=True).table
    names = {cause.requirement.key[0] for cause in causes}
    names.update(cause.parent.key[0] for cause in causes if cause.parent is not None)
    known = sorted(name for name in names if not table.missing(name))
    for name in known:
        table.package(name)
    told = _facts(causes, problem, table)
    background = background_of(known, problem, facts, references)
    lines = tuple(Line(text) for text in facts_text(told, background))
    uses_dependencies = any(cause.parent is not None for cause in causes)
    # Who asks for the parents is not among the causes, so all that the user wrote may matter.
    wishes = [Incompatibility((), Asked(root)) for root in problem.roots]
    if not uses_dependencies:
        wishes = [fact for fact in told if isinstance(fact.cause, Asked)]
    wishes += [fact for fact in told if isinstance(fact.cause, Constrained)]
    return Explanation(
        (*lines, Line("so the requirements cannot be satisfied")),
        wishes_of(wishes, problem, table),
        tuple(report_on(name, table, answers_about(name, facts, references)) for name in known),
        uses_dependencies,
        is_proof=False,
    )


def _facts(causes: Sequence[Cause], problem: Problem, table: PackageTable) -> list[Incompatibility]:
    """Return the causes as incompatibilities, those of neighbouring releases as one."""
    found: list[Incompatibility] = []
    joined: dict[tuple[str, str], tuple[Term, Requirement]] = {}
    for want, parent in causes:
        if want.root is not None:
            found.append(_asked(want.root, table.package(want.key[0])))
        elif parent is not None:
            package = table.package(*parent.key)
            versions = package.universe.at(str(parent.candidate.version))
            if want.reason:
                found.append(Incompatibility((Term(package, versions),), Unusable(want.reason)))
            elif want.requirement is not None:
                key = (package.name, str(want.requirement))
                if key in joined:
                    versions |= joined[key][0].versions
                joined[key] = (Term(package, versions), want.requirement)
    for term, requirement in joined.values():
        wanted = table.package(normalized_name(requirement.name))
        found.append(_required(term, requirement, wanted))
    names = {cause.requirement.key[0] for cause in causes}
    found += [
        Incompatibility((), Constrained(constraint))
        for constraint in problem.constraints
        if normalized_name(constraint.requirement.name) in names
    ]
    return found


def _asked(root: SourcedRequirement, package: Package) -> Incompatibility:
    admitted = admitted_versions(package.universe, root.requirement)
    forbidden = package.universe.full ^ admitted
    return Incompatibility((Term(package, forbidden),) if admitted else (), Asked(root))


def _required(term: Term, requirement: Requirement, wanted: Package) -> Incompatibility:
    admitted = admitted_versions(wanted.universe, requirement)
    terms = requirement_terms(term.package, term.versions, wanted, admitted)
    # One term would read as "which no version satisfies".
    return Incompatibility(terms or (term, term), Depends(requirement))
