"""One run of PubGrub: unit propagation, conflict resolution, decisions.

Spec: https://github.com/dart-lang/pub/blob/master/doc/solver.md#the-algorithm
"""

from __future__ import annotations

from xpip.model.dependencies import Dependencies
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.resolver.facts import NeedDependencies, Unavailable
from xpip.resolver.incompatibility import (
    Asked,
    Derived,
    Incompatibility,
    SameVersion,
    Unpinned,
    Unusable,
    resolvent,
)
from xpip.resolver.package_table import PackageTable
from xpip.resolver.partial_solution import PartialSolution
from xpip.resolver.priority import Priority
from xpip.resolver.problem import Blocked
from xpip.resolver.propagation import Propagation
from xpip.resolver.python_range import PythonRange
from xpip.resolver.requirement_table import OptIn, RequirementTable, admitted_versions, needs_of
from xpip.resolver.term import Term
from xpip.resolver.versions import ABSENT

if TYPE_CHECKING:
    from xpip.model.requirement import SourcedRequirement
    from xpip.resolver.facts import Facts, Query
    from xpip.resolver.incompatibility import Cause
    from xpip.resolver.package import Package
    from xpip.resolver.package_table import References
    from xpip.resolver.partial_solution import Assignment
    from xpip.resolver.problem import Problem
    from xpip.resolver.requirement_table import Statement
    from xpip.resolver.versions import VersionSet

_PATIENCE = 2
"""Refusals of one project before the solver looks ahead."""
_LONGEST_LOOK = 64
"""Releases asked for at once, at most."""
_SWAP_AFTER = 5
"""Refusals of one project before it is decided ahead of what stands in its way."""

UNUSABLE = "cannot be used: "
"""How reasons begin that other rooms give; what is made of them says it already."""


class Finished(NamedTuple):
    """Every package that must be chosen is decided."""


class NewReference(NamedTuple):
    """A direct reference came out that changes what is known; the attempt is over."""


class Contradiction(NamedTuple):
    """There is no solution."""

    incompatibility: Incompatibility
    """Has no terms; its causes are the proof."""


Step = Blocked | Finished | NewReference | Contradiction


class Attempt:
    """The state of the search."""

    def __init__(
        self, problem: Problem, facts: Facts, references: References, *, explaining: bool
    ) -> None:
        self.partial = PartialSolution()
        self.propagation = Propagation(self.partial)
        self.table = PackageTable(problem, facts, references, self.propagation, self.partial)
        self.table.explaining = explaining
        self.requirements = RequirementTable(
            self.table, self.propagation, references, problem.overrides, problem.excludes
        )
        self.priority = Priority(problem, self.table, self.requirements, self.partial)
        self.decisions = 0
        self.conflicts = 0
        self.asked: dict[int, VersionSet] = {}
        """By project number: the releases whose dependencies were asked for."""
        self._problem = problem
        self._facts = facts
        self._roots = [
            effective for root in problem.roots for effective in self.requirements.effective(root)
        ]
        self._started = False
        self._conflict: Incompatibility | None = None
        self._pending: Package | None = None
        self._look: dict[int, int] = {}
        self._swapped: set[tuple[int, int]] = set()
        self._failures: dict[tuple[int, int], int] = {}
        """(project, project decided earlier) -> conflicts of the first that blame the second."""
        self._python = PythonRange(problem.python_version)

    def advance(self, patience: int = 0) -> Step | None:
        """Go on as far as the facts allow; None when that takes more conflicts than asked for."""
        if not self._started:
            queries = self._missing_for_roots()
            if queries:
                return Blocked(tuple(queries))
            self._start()
        while True:
            contradiction = self._propagate()
            if contradiction is not None:
                return Contradiction(contradiction)
            if patience and self.conflicts > patience:
                return None
            package = self._pending or self.priority.next()
            if package is None:
                return Finished()
            step = self._decide_extra(package) if package.extra else self._decide(package)
            # Answers do not change what comes next, so it need not be looked for again.
            self._pending = package if isinstance(step, Blocked) else None
            if step is not None:
                return step

    # The roots

    def _missing_for_roots(self) -> list[Query]:
        queries: dict[Query, None] = {}
        for root in self._roots:
            need = needs_of(root.requirement)[0]
            queries.update(dict.fromkeys(self.table.missing(need.project)))
        return list(queries)

    def _start(self) -> None:
        self._started = True
        for root in self._roots:
            for need in needs_of(root.requirement):
                self._require(root, self.table.package(need.project, need.extra))

    def _require(self, root: SourcedRequirement, wanted: Package) -> None:
        admitted = admitted_versions(wanted.universe, root.requirement)
        specifier = str(root.requirement.specifier)
        opt_in = OptIn(None, 0, admitted)
        self.requirements.note_opt_ins(opt_in, wanted, root.requirement, specifier)
        forbidden = wanted.universe.full ^ admitted
        # Without any admitted version the term says nothing, and what is left says "impossible".
        self._state((Term(wanted, forbidden),) if admitted else (), Asked(root))

    # Propagation and conflicts

    def _state(self, terms: tuple[Term, ...], cause: Cause) -> None:
        """Add an incompatibility and draw its conclusion."""
        incompatibility = Incompatibility(terms, cause)
        self.propagation.add(incompatibility)
        self._conflict = self._conflict or self.propagation.draw(incompatibility)

    def _propagate(self) -> Incompatibility | None:
        """Draw all conclusions and resolve conflicts; return the contradiction if there is one."""
        while True:
            conflict = self._conflict or self.propagation.run()
            if conflict is None:
                return None
            self._conflict = None
            self.conflicts += 1
            contradiction = self._resolve(conflict)
            if contradiction is not None:
                return contradiction

    def _resolve(self, conflict: Incompatibility) -> Incompatibility | None:
        """Learn the root cause of a conflict and jump back to where it makes a difference.

        Spec: https://github.com/dart-lang/pub/blob/master/doc/solver.md#conflict-resolution
        """
        learned = conflict
        while learned.terms:
            term, satisfier, previous_level = self._latest(learned)
            cause = satisfier.cause
            if cause is None or previous_level < satisfier.level:
                number = term.package.base.number
                self.priority.conflicts[number] = self.priority.conflicts.get(number, 0) + 1
                self._backjump(self._level_before_blocker(learned, number, previous_level))
                if learned is not conflict:
                    self.propagation.add(learned)
                self._conflict = self.propagation.draw(learned) or self.propagation.restore()
                return None
            terms = resolvent(learned, cause, term.package)
            learned = Incompatibility(terms, Derived(learned, cause))
        return learned

    def _level_before_blocker(
        self, learned: Incompatibility, number: int, previous_level: int
    ) -> int:
        """Return how far to jump back: further, when one decision made the same project fail often.

        With `python-dateutil` at its newest, every release of `boto3` fails by way of `botocore`.
        Deciding `boto3` first asks for 2 releases there where going through them asks for 1,500.
        """
        for term in learned.terms:
            blocker = term.package.base.number
            if blocker == number or not self.partial.decided[blocker]:
                continue
            pair = (number, blocker)
            self._failures[pair] = self._failures.get(pair, 0) + 1
            if self._failures[pair] >= _SWAP_AFTER and pair not in self._swapped:
                self._swapped.add(pair)
                return min(previous_level, self.partial.decision_level(blocker) - 1)
        return previous_level

    def _latest(self, incompatibility: Incompatibility) -> tuple[Term, Assignment, int]:
        """Return the term that came true last, its satisfier, and the previous satisfier's level.

        Spec: https://github.com/dart-lang/pub/blob/master/doc/solver.md#conflict-resolution
        """
        latest: tuple[Term, Assignment] | None = None
        previous_level = 0
        for term in incompatibility.terms:
            satisfier = self.partial.satisfier(term)
            if latest is None:
                latest = (term, satisfier)
            elif satisfier.order > latest[1].order:
                previous_level = max(previous_level, latest[1].level)
                latest = (term, satisfier)
            else:
                previous_level = max(previous_level, satisfier.level)
        assert latest is not None
        term, satisfier = latest
        if satisfier.cause is not None:
            package = term.package
            union = satisfier.cause.versions_of(package) | term.versions
            if union != package.universe.full:
                # The satisfier needs an earlier assignment beside it to make the term true.
                beside = self.partial.satisfier(Term(package, union))
                previous_level = max(previous_level, beside.level)
        return term, satisfier, previous_level

    def _backjump(self, level: int) -> None:
        self.partial.backtrack(level)
        self.propagation.forget()

    # Decisions

    def _decide(self, package: Package) -> Step | None:
        """Choose a version of a project, or learn that the one tried first cannot be chosen."""
        allowed = self.partial.allowed[package.number]
        full = package.universe.full
        for extra in self.table.extras_of(package.project):
            common = self.partial.allowed[extra.number]
            if not common & ABSENT and allowed & ~common:
                self._state((Term(extra, common), Term(package, full ^ common)), SameVersion())
                return None
        version = self.priority.choice(package, allowed)
        if not version:
            self._state((Term(package, allowed),), Unpinned())
            return None
        if not self.requirements.is_recorded(package, version):
            queries = self._ask(package, version)
            if queries:
                return Blocked(tuple(queries))
            if self._conflict or not self.requirements.is_recorded(package, version):
                return None
        return self._try(package, version)

    def _decide_extra(self, package: Package) -> Step | None:
        """Give an extra the version of its project, or learn that it cannot have it."""
        version = self.partial.decided[package.base.number]
        allowed = self.partial.allowed[package.number]
        if not allowed & version:
            outside = package.universe.full ^ allowed
            self._state((Term(package, allowed), Term(package.base, outside)), SameVersion())
            return None
        for release in package.universe.members(self.asked.get(package.base.number, 0)):
            if not self.requirements.is_recorded(package, release):
                dependencies = self._facts.dependencies(package.universe.candidate(release))
                if isinstance(dependencies, Dependencies):
                    self.requirements.record(package, release, dependencies)
        if not self.requirements.is_recorded(package, version):
            self.requirements.record(package, version, Dependencies(()))
        return self._try(package, version)

    def _try(self, package: Package, version: VersionSet) -> Step | None:
        """Decide for a version unless something that is settled already rules it out.

        Refusing here, as pub does, spares the search a decision and a conflict to resolve.
        """
        if self.requirements.has_new_reference(package, version):
            return NewReference()
        missing = self.requirements.missing(package, version)
        if missing:
            return Blocked(tuple(missing))
        statements = self.requirements.statements(package, version)
        allowed = self.partial.allowed
        refusals = [
            statement
            for statement in statements
            if not statement.admitted
            & (version if statement.wanted is package else allowed[statement.wanted.number])
            and statement.incompatibility is not None
        ]
        if refusals:
            self._refuse(package, refusals)
        else:
            self.decisions += 1
            self.partial.decide(package.number, version)
            self.propagation.decided(package.number)
        return None

    def _refuse(self, package: Package, refusals: list[Statement]) -> None:
        self.conflicts += 1
        number = package.base.number
        count = self.priority.conflicts.get(number, 0) + 1
        self.priority.conflicts[number] = count
        for statement in refusals:
            if statement.incompatibility is not None and self._conflict is None:
                self._conflict = self.propagation.draw(statement.incompatibility)
        if self._conflict is None and count >= _SWAP_AFTER:
            self._swap(package, refusals)

    def _swap(self, package: Package, refusals: list[Statement]) -> None:
        """Take back a decision that keeps standing in the way of a project, to decide that first.

        Without this the solver would go through all versions of the project before it reconsiders
        the other; uv does the same after five conflicts.
        """
        for statement in refusals:
            blocker = statement.wanted.base.number
            pair = (package.base.number, blocker)
            if pair in self._swapped or not self.partial.decided[blocker]:
                continue
            self._swapped.add(pair)
            self._backjump(self.partial.decision_level(blocker) - 1)
            self._conflict = self.propagation.restore()
            return

    # Facts

    def _ask(self, package: Package, version: VersionSet) -> list[Query]:
        """Record what a release requires, or return what must be answered first.

        After repeated refusals the next releases are asked for as well, twice as many each time:
        their incompatibilities then cover whole runs of releases.
        """
        number = package.number
        batch = [version]
        if not self._problem.no_deps and self.priority.conflicts.get(number, 0) >= _PATIENCE:
            batch += self._following(package, version)
        if not self._problem.no_deps:
            candidates = map(package.universe.candidate, batch)
            known = self._facts.dependencies
            missing = [NeedDependencies(one) for one in candidates if known(one) is None]
            if missing:
                return list(missing)
        if len(batch) > 1:
            self._look[number] = min(2 * len(batch), _LONGEST_LOOK)
        for release in batch:
            self.asked[number] = self.asked.get(number, 0) | release
            self._record(package, release)
        return []

    def _following(self, package: Package, version: VersionSet) -> list[VersionSet]:
        """Return the releases below one that come next, whatever has been decided elsewhere.

        What is allowed right now may be a single release, because another project pins it; then
        it is the releases that the next versions of that project will pin that matter.
        """
        found: list[VersionSet] = []
        rest = self.partial.settled(package.number) & (version - 1) & ~ABSENT
        rest &= ~self.asked.get(package.number, 0)
        most = self._look.get(package.number, 2) - 1
        for following in self.priority.in_order(package, rest):
            found.append(following)
            if len(found) >= most:
                break
        return found

    def _record(self, package: Package, release: VersionSet) -> None:
        answer: Dependencies | Unavailable | None
        if self._problem.no_deps:
            answer = Dependencies(())
        else:
            answer = self._facts.dependencies(package.universe.candidate(release))
        reason = ""
        if isinstance(answer, Unavailable):
            reason = answer.reason.removeprefix(UNUSABLE)
        elif answer is not None and not self._python.admits(answer.requires_python):
            reason = f"requires Python {answer.requires_python}"
        if reason:
            self.table.rule_out(package, release, reason)
            self._state((Term(package, release),), Unusable(reason))
        elif isinstance(answer, Dependencies):
            self.requirements.record(package, release, answer)
