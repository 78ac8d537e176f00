"""Packages, made from facts when the solver first needs them."""

from __future__ import annotations

from xpip.model.candidate import Candidate, ProjectCandidates
from xpip.model.names import normalized_name
from xpip.model.page_table import Choices
from xpip.model.records import TYPE_CHECKING
from xpip.model.version import InvalidVersion, Version
from xpip.resolver.facts import NeedCandidates, Unavailable
from xpip.resolver.incompatibility import (
    Constrained,
    Incompatibility,
    SameVersion,
    Unpinned,
    Unusable,
)
from xpip.resolver.package import Package
from xpip.resolver.rejections import reasons_by_version
from xpip.resolver.term import Term
from xpip.resolver.versions import ABSENT, Universe, is_pin

if TYPE_CHECKING:
    from xpip.model.requirement import SourcedRequirement
    from xpip.resolver.facts import Facts, Query
    from xpip.resolver.incompatibility import Cause
    from xpip.resolver.partial_solution import PartialSolution
    from xpip.resolver.problem import Problem
    from xpip.resolver.propagation import Propagation
    from xpip.resolver.versions import VersionSet


def url_key(url: str) -> str:
    """Return a direct reference without its fragment, which holds hashes and remarks."""
    return url.partition("#")[0]


class References:
    """The direct references that are known for each project.

    A reference in a dependency comes out only while solving. It changes the universe of its
    project, so the solver starts again with it; facts are kept, so this costs little.
    """

    def __init__(self, problem: Problem) -> None:
        self._urls: dict[str, dict[str, str]] = {}
        self._fixed: set[str] = set()
        for sourced in (*problem.roots, *problem.constraints, *problem.overrides):
            requirement = sourced.requirement
            if requirement.url:
                project = normalized_name(requirement.name)
                self.add(project, requirement.url)
                self._fixed.add(project)

    def add(self, project: str, url: str) -> bool:
        """Record a reference and say whether it is new."""
        known = self._urls.setdefault(project, {})
        key = url_key(url)
        if key in known:
            return False
        known[key] = url
        return True

    def of(self, project: str) -> tuple[str, ...]:
        """Return the references of a project as they were written, in the order they came."""
        return tuple(self._urls.get(project, {}).values())

    def asks_indexes(self, project: str) -> bool:
        """Say whether indexes count: no reference of the user has the last word."""
        return project not in self._fixed


class PackageTable:
    """The packages of one run of the solver, by name and by number."""

    def __init__(
        self,
        problem: Problem,
        facts: Facts,
        references: References,
        propagation: Propagation,
        solution: PartialSolution,
    ) -> None:
        self.packages: list[Package] = []
        """By number."""
        self.explaining = False
        """Versions that may not be chosen are known too, so that a proof can speak of them."""
        self._reasons: dict[str, dict[Version, str]] = {}
        self._facts = facts
        self._problem = problem
        self._references = references
        self._propagation = propagation
        self._solution = solution
        self._projects: dict[str, Package] = {}
        self._extras: dict[str, dict[str, Package]] = {}
        self._constraints: dict[str, list[SourcedRequirement]] = {}
        for constraint in problem.constraints:
            project = normalized_name(constraint.requirement.name)
            self._constraints.setdefault(project, []).append(constraint)
        self._pinned: dict[str, list[SourcedRequirement]] = {}
        for sourced in (*problem.roots, *problem.constraints, *problem.overrides):
            if is_pin(sourced.requirement.specifier):
                project = normalized_name(sourced.requirement.name)
                self._pinned.setdefault(project, []).append(sourced)

    def missing(self, project: str) -> list[Query]:
        """Return what must be answered before the project can be met."""
        if project in self._projects:
            return []
        urls = self._references.of(project)
        queries: list[Query] = [NeedCandidates(project, url) for url in urls]
        if self._references.asks_indexes(project):
            queries.append(NeedCandidates(project))
        return [query for query in queries if not self._facts.is_known(query)]

    def known(self, project: str) -> Package | None:
        """Return the package of a project that was met before."""
        return self._projects.get(project)

    def extras_of(self, project: str) -> tuple[Package, ...]:
        """Return the extras of a project that were met so far, in that order."""
        return tuple(self._extras.get(project, {}).values())

    def package(self, project: str, extra: str = "") -> Package:
        """Return a package, meeting it if need be; nothing about the project may be missing."""
        base = self._projects.get(project) or self._meet_project(project)
        if not extra:
            return base
        extras = self._extras.setdefault(project, {})
        found = extras.get(extra)
        if found is None:
            found = extras[extra] = self._meet(project, base.universe, extra, base)
            terms = (Term(found, base.universe.any_version), Term(base, ABSENT))
            self._propagation.add(Incompatibility(terms, SameVersion()))
        return found

    def _meet(
        self, project: str, universe: Universe, extra: str = "", base: Package | None = None
    ) -> Package:
        package = Package(len(self.packages), project, universe, extra, base)
        self.packages.append(package)
        self._propagation.meet(package)
        return package

    def _meet_project(self, project: str) -> Package:
        answers = self._answers(project)
        reasons: dict[Version, str] = self._unusable(answers) if self.explaining else {}
        choices = _only_choices(answers)
        if choices is not None and not reasons:
            package = self._meet(project, Universe.of(choices))
        else:
            package = self._meet(project, self._universe(project, reasons))
        self._projects[project] = package
        self._reasons[project] = reasons
        self._settle(package, reasons)
        return package

    def _answers(self, project: str) -> list[ProjectCandidates | Unavailable | None]:
        """Return all that is known of a project: behind its references, then on indexes."""
        urls = self._references.of(project)
        answers = [self._facts.candidates(project, url) for url in urls]
        if self._references.asks_indexes(project):
            answers.append(self._facts.candidates(project))
        return answers

    def _universe(self, project: str, reasons: dict[Version, str]) -> Universe:
        """Return the versions of a project; those with a candidate lose their reasons."""
        candidates: list[Candidate] = []
        urls: list[str] = []
        for url in self._references.of(project):
            answer = self._facts.candidates(project, url)
            if isinstance(answer, ProjectCandidates):
                candidates += answer.candidates
                urls += [url_key(url)] * len(answer.candidates)
        if self._references.asks_indexes(project):
            answer = self._facts.candidates(project)
            if isinstance(answer, ProjectCandidates):
                candidates += answer.candidates
        for candidate in candidates:
            reasons.pop(candidate.version, None)
        return Universe(candidates, urls, reasons)

    def _unusable(
        self, answers: list[ProjectCandidates | Unavailable | None]
    ) -> dict[Version, str]:
        """Return versions that may not be chosen, each with the reason.

        Those that some other file makes usable may be among them.
        """
        reasons: dict[Version, str] = {}
        for answer in answers:
            if isinstance(answer, ProjectCandidates) and not _takes_all(answer):
                for text, reason in reasons_by_version(answer.rejected).items():
                    try:
                        reasons.setdefault(Version(text), reason)
                    except InvalidVersion:
                        continue
        return reasons

    def _settle(self, package: Package, reasons: dict[Version, str]) -> None:
        """State what holds for a project whatever is decided."""
        universe = package.universe
        by_reason: dict[str, VersionSet] = {}
        for version in universe.members(universe.any_version ^ universe.usable):
            reason = reasons[universe.version(version)]
            by_reason[reason] = by_reason.get(reason, 0) | version
        for reason, versions in by_reason.items():
            self._exclude(package, versions, Unusable(reason))
        if universe.yanked and not self._problem.yanked_by_dependencies:
            self._exclude(package, universe.yanked & ~self.freed(package), Unpinned())
        for constraint in self._constraints.get(package.project, ()):
            requirement = constraint.requirement
            if requirement.url:
                allowed = universe.from_url(url_key(requirement.url))
            else:
                allowed = universe.set_of(requirement.specifier)
            self._exclude(package, universe.any_version & ~allowed, Constrained(constraint))

    def leaves_out(self, project: str) -> bool:
        """Say whether versions of a project exist that may not be chosen and have no number."""
        package = self._projects.get(project)
        if package is None:
            return False
        reasons = self._unusable(self._answers(project))
        return bool(reasons) and not reasons.keys() <= set(package.universe.versions)

    def rule_out(self, package: Package, release: VersionSet, reason: str) -> None:
        """Note why a release cannot be chosen after all."""
        self._reasons[package.project][package.universe.version(release)] = reason

    def reasons(self, package: Package) -> dict[Version, str]:
        """Return why versions of a project cannot be chosen, as far as that is known."""
        universe = package.universe
        reasons = dict(self._reasons[package.project])
        for release in universe.members(universe.yanked & ~self.freed(package)):
            why = universe.candidate(release).file.yanked
            reasons.setdefault(universe.version(release), f"yanked: {why}" if why else "yanked")
        return reasons

    def freed(self, package: Package) -> VersionSet:
        """Return the versions that may be chosen though yanked: the user names or has them."""
        universe = package.universe
        freed = universe.direct
        for sourced in self._pinned.get(package.project, ()):
            freed |= universe.set_of(sourced.requirement.specifier)
        preference = self._problem.preferences.get(package.project)
        return freed | universe.at(preference) if preference else freed

    def _exclude(self, package: Package, versions: VersionSet, cause: Cause) -> None:
        versions &= self._solution.allowed[package.number]
        if versions:
            incompatibility = Incompatibility((Term(package, versions),), cause)
            self._solution.settle(package, versions, incompatibility)


def _only_choices(answers: list[ProjectCandidates | Unavailable | None]) -> Choices | None:
    """Return the candidates where they are those of one page as it is."""
    if len(answers) != 1 or not isinstance(answers[0], ProjectCandidates):
        return None
    candidates = answers[0].candidates
    return candidates if isinstance(candidates, Choices) else None


def _takes_all(answer: ProjectCandidates) -> bool:
    """Say whether it is known without a look at single files that no version was refused."""
    candidates = answer.candidates
    return isinstance(candidates, Choices) and candidates.takes_all
