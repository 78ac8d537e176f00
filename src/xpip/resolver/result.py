"""The solution in the form in which it leaves the room."""

from __future__ import annotations

from xpip.model.dependencies import Dependencies
from xpip.model.names import normalized_name
from xpip.model.records import TYPE_CHECKING
from xpip.resolver.problem import Chosen, Solution

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xpip.resolver.attempt import Attempt
    from xpip.resolver.facts import Facts
    from xpip.resolver.package import Package
    from xpip.resolver.problem import Problem


def make_solution(problem: Problem, facts: Facts, attempt: Attempt) -> Solution:
    """Return what an attempt that has finished decided."""
    decided = attempt.partial.decided
    projects: dict[str, Package] = {}
    extras: dict[str, list[Package]] = {}
    for package in attempt.table.packages:
        if decided[package.number]:
            if package.extra:
                extras.setdefault(package.project, []).append(package)
            else:
                projects[package.project] = package
    needs: dict[str, list[str]] = {}
    for project, package in projects.items():
        wanted: set[str] = set()
        for part in (package, *extras.get(project, ())):
            statements = attempt.requirements.statements(part, decided[part.number])
            wanted.update(statement.wanted.project for statement in statements)
        needs[project] = sorted(wanted - {project})
    required_by: dict[str, list[str]] = {}
    for project in sorted(needs):
        for wanted_project in needs[project]:
            required_by.setdefault(wanted_project, []).append(project)
    requested = {normalized_name(root.requirement.name) for root in problem.roots}
    chosen = tuple(
        Chosen(
            projects[project].universe.candidate(decided[projects[project].number]),
            tuple(sorted(package.extra for package in extras.get(project, ()))),
            project in requested,
            tuple(required_by.get(project, ())),
        )
        for project in dependencies_first(needs)
    )
    return Solution(chosen, tuple(warnings_of(chosen, facts)))


def dependencies_first(needs: dict[str, list[str]]) -> list[str]:
    """Return all keys so that what a key needs comes before it; in a cycle the name decides."""
    order: list[str] = []
    seen: set[str] = set()
    for start in sorted(needs):
        if start in seen:
            continue
        seen.add(start)
        stack = [(start, iter(needs[start]))]
        while stack:
            project, rest = stack[-1]
            for need in rest:
                if need not in seen:
                    seen.add(need)
                    stack.append((need, iter(needs[need])))
                    break
            else:
                order.append(project)
                stack.pop()
    return order


def warnings_of(chosen: Iterable[Chosen], facts: Facts) -> Iterable[str]:
    """Yield what the user should know of what was chosen, one sentence each."""
    for candidate, extras, _, _ in chosen:
        release = f"`{candidate.project}` {candidate.version}"
        if candidate.yanked:
            reason = candidate.file.yanked
            yield f"{release} was yanked" + (f": {reason}" if reason else "")
        dependencies = facts.dependencies(candidate) if extras else None
        if isinstance(dependencies, Dependencies):
            for extra in extras:
                if dependencies.of_extra(extra) is None:
                    yield f"{release} does not provide the extra `{extra}`"
