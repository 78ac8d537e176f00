"""The solver from outside: what it asks for, what it answers."""

from __future__ import annotations

from random import Random

import pytest

from tests.unit.resolver.releases import Release, drive, pins, releases, solve, sourced
from xpip.model.candidate import Rejection
from xpip.model.origin import ArgumentOrigin
from xpip.model.parsed_requirement import Requirement
from xpip.model.requirement import SourcedRequirement
from xpip.resolver.facts import Facts, NeedCandidates, NeedDependencies
from xpip.resolver.failure import Unsolvable
from xpip.resolver.problem import Blocked, Problem, Solution
from xpip.resolver.solver import Solver


def asked_projects(step):
    return [query.project for query in step.queries if isinstance(query, NeedCandidates)]


def asked_releases(step):
    return [
        f"{query.candidate.project} {query.candidate.version}"
        for query in step.queries
        if isinstance(query, NeedDependencies)
    ]


def steps(universe, solver, facts):
    """Yield what the solver is blocked on, answering exactly that."""
    while isinstance(step := solver.advance(), Blocked):
        yield step
        for query in step.queries:
            universe.answer(query, facts)


def test_nothing_asked_nothing_chosen():
    assert Solver(Problem(()), Facts()).advance() == Solution(())


def test_blocked_names_all_projects_that_are_needed_at_once():
    universe = releases(a={"1.0": ("c", "d[x]", "a")}, b={"1.0": ()}, c={"1": ()}, d={"1": ()})
    facts = Facts()
    solver = Solver(Problem(sourced("a", "b>=1", "A")), facts)
    seen = [asked_projects(step) or asked_releases(step) for step in steps(universe, solver, facts)]
    assert seen == [["a", "b"], ["a 1.0"], ["c", "d"], ["b 1.0"], ["c 1"], ["d 1"]]


def test_constraint_asks_for_nothing():
    universe = releases(a={"1.0": ()}, b={"1.0": ()})
    solve(universe, "a", constraints=sourced("b<2"))
    assert NeedCandidates("b") not in universe.asked


def test_same_question_is_not_asked_twice():
    universe = releases(a={"1.0": ("b",), "2.0": ("b>5",)}, b={"1.0": ("a",)})
    solve(universe, "a", "b")
    assert len(universe.asked) == len(set(universe.asked))


def test_advance_without_new_facts_asks_the_same_again():
    solver = Solver(Problem(sourced("a")), Facts())
    assert solver.advance() == solver.advance() == Blocked((NeedCandidates("a"),))


def test_solution_has_dependencies_first_and_says_who_needs_what():
    universe = releases(
        app={"1.0": ("lib[fast]", "base")},
        lib={"1.0": Release(("base",), {"fast": ("speed",), "slow": ()})},
        base={"1.0": ("app",)},
        speed={"1.0": ()},
    )
    solution = solve(universe, "app", "lib[SLOW]")
    rows = [
        (chosen.candidate.project, chosen.extras, chosen.requested, chosen.required_by)
        for chosen in solution.packages
    ]
    assert rows == [
        ("base", (), False, ("app", "lib")),
        ("speed", (), False, ("lib",)),
        ("lib", ("fast", "slow"), True, ("app",)),
        ("app", (), True, ("base",)),
    ]


def test_user_goes_first_in_conflicts_between_projects():
    """What is named first is newest; what is named later gives way."""
    universe = releases(
        a={"1.0": (), "2.0": ()},
        b={"1.0": (), "2.0": ("c",)},
        c={"1.0": ("a<2",)},
    )
    assert pins(solve(universe, "a", "b")) == {"a": "2.0", "b": "1.0"}
    assert pins(solve(universe, "b", "a")) == {"a": "1.0", "b": "2.0", "c": "1.0"}


class TestLookingAhead:
    """After repeated refusals the next releases are asked for in growing batches."""

    def universe(self, count):
        versions = {f"1.{number}": ("low>=2",) for number in range(1, count)}
        return releases(low={"1": (), "2": ()}, a={"1.0": (), **versions})

    def batches(self, count):
        universe = self.universe(count)
        facts = Facts()
        solver = Solver(Problem(sourced("low<2", "a")), facts)
        sizes = [
            len(releases)
            for step in steps(universe, solver, facts)
            if (releases := asked_releases(step))
        ]
        return sizes, solver.counters

    def test_batches_double(self):
        sizes, counters = self.batches(64)
        assert sizes[:7] == [1, 1, 1, 2, 4, 8, 16]
        assert counters.releases_asked == sum(sizes)

    def test_neighbours_with_one_requirement_are_refused_together(self):
        _, counters = self.batches(64)
        assert counters.conflicts < 10

    def test_no_look_ahead_without_refusals(self):
        universe = releases(a={f"1.{number}": () for number in range(50)})
        facts = Facts()
        solver = Solver(Problem(sourced("a")), facts)
        assert [asked_releases(step) for step in steps(universe, solver, facts)] == [[], ["a 1.49"]]

    def test_what_was_asked_in_vain_is_counted(self):
        universe = releases(
            low={"1": (), "2": ()},
            a={
                **{f"1.{number}": () for number in range(20)},
                "2.0": ("low>2",),
                "2.1": ("low>=2",),
            },
        )
        facts = Facts()
        solver = Solver(Problem(sourced("low<2", "a")), facts)
        list(steps(universe, solver, facts))
        assert pins(solver.advance())["a"] == "1.19"
        assert solver.counters.releases_unused == solver.counters.releases_asked - 4


class TestWishlist:
    """Likely questions, which never change the result."""

    def test_follows_dependencies_that_have_arrived(self):
        universe = releases(
            a={"1.0": ("b", "c<2")}, b={"1.0": ("d",)}, c={"1.0": (), "2.0": ()}, d={"1.0": ()}
        )
        facts = Facts()
        solver = Solver(Problem(sourced("a")), facts)
        solver.advance()
        rounds = []
        while wishes := solver.wishlist():
            rounds.append(
                [
                    query.project
                    if isinstance(query, NeedCandidates)
                    else f"{query.candidate.project} {query.candidate.version}"
                    for query in wishes
                ]
            )
            for query in wishes:
                universe.answer(query, facts)
        assert rounds == [["a"], ["a 1.0"], ["b", "c"], ["b 1.0", "c 1.0"], ["d"], ["d 1.0"]]
        universe.asked.clear()
        assert isinstance(solver.advance(), Solution)
        assert not universe.asked

    def test_guesses_what_the_choice_would_be(self):
        universe = releases(
            a={"1.0": (), "2.0rc1": (), "1.5": Release(yanked="no")},
            b={"1.0": (), "2.0": ()},
            c={"1.0rc1": ()},
            d={"1.0": ()},
        )
        facts = Facts()
        problem = Problem(sourced("a", "b", "c", "d>1"), preferences={"b": "1.0"})
        solver = Solver(problem, facts)
        for query in solver.wishlist():
            universe.answer(query, facts)
        wanted = [
            f"{query.candidate.project} {query.candidate.version}" for query in solver.wishlist()
        ]
        assert wanted == ["a 1.0", "b 1.0", "c 1.0rc1"]

    def test_nothing_is_wished_that_is_known(self):
        universe = releases(a={"1.0": ()})
        facts = Facts()
        solver = Solver(Problem(sourced("a")), facts)
        drive(solver, facts, universe)
        assert solver.wishlist() == ()

    def test_without_dependencies_none_are_wished(self):
        universe = releases(a={"1.0": ("b",)})
        facts = Facts()
        solver = Solver(Problem(sourced("a"), no_deps=True), facts)
        for query in solver.wishlist():
            universe.answer(query, facts)
        assert solver.wishlist() == ()


class TestDirectReferences:
    """A URL is the only candidate of its project where it is in force."""

    URL = "https://files.example/a-1.5-py3-none-any.whl"
    OTHER = "https://files.example/other/a-1.5-py3-none-any.whl"

    def universe(self, **projects):
        found = releases(**projects)
        found.urls[self.URL] = ("a", "1.5", Release(("b",)))
        found.urls[self.OTHER] = ("a", "1.5", Release())
        found.urls[self.URL + "#sha256=00"] = found.urls[self.URL]
        return found

    def test_reference_of_the_user_is_chosen_and_no_index_asked(self):
        universe = self.universe(a={"2.0": ()}, b={"1.0": ("a<2",)})
        solution = solve(universe, f"a @ {self.URL}")
        assert pins(solution) == {"a": "1.5", "b": "1.0"}
        assert solution.packages[1].candidate.direct
        assert NeedCandidates("a") not in universe.asked

    def test_reference_must_satisfy_other_requirements(self):
        universe = self.universe(b={"1.0": ("a>=2",)})
        with pytest.raises(Unsolvable):
            solve(universe, f"a @ {self.URL}")

    def test_two_references_to_one_project_conflict(self):
        universe = self.universe(b={"1.0": ()})
        with pytest.raises(Unsolvable) as caught:
            solve(universe, f"a @ {self.URL}", f"a @ {self.OTHER}")
        assert self.URL in " ".join(caught.value.details)

    def test_file_behind_a_reference_that_may_not_be_used(self):
        universe = self.universe()
        universe.urls[self.URL] = (
            "a",
            "1.5",
            Release(rejection=Rejection("tags", "cp39-none-any")),
        )
        with pytest.raises(Unsolvable) as caught:
            solve(universe, f"a @ {self.URL}")
        assert caught.value.summary == f"`a @ {self.URL}` cannot be used"
        assert caught.value.details == (
            "required by requirements.txt:1",
            "1.5: its wheels are for other Pythons or platforms (cp39-none-any)",
        )

    def test_one_reference_with_and_without_hash_is_one(self):
        universe = self.universe(b={"1.0": ()})
        solution = solve(universe, f"a @ {self.URL}", f"a @ {self.URL}#sha256=00")
        assert pins(solution) == {"a": "1.5", "b": "1.0"}

    def test_reference_of_a_constraint_counts_when_the_project_is_needed(self):
        universe = self.universe(a={"2.0": ()}, b={"1.0": ()})
        constraints = sourced(f"a @ {self.URL}")
        assert pins(solve(universe, "a", constraints=constraints)) == {"a": "1.5", "b": "1.0"}
        assert pins(solve(universe, "b", constraints=constraints)) == {"b": "1.0"}

    def test_reference_of_a_dependency_in_force(self):
        universe = self.universe(a={"2.0": ()}, b={"1.0": ()}, c={"1.0": (f"a @ {self.URL}",)})
        solution = solve(universe, "a", "c")
        assert pins(solution) == {"a": "1.5", "b": "1.0", "c": "1.0"}

    def test_reference_of_a_dependency_not_in_force_is_not_taken(self):
        universe = self.universe(
            a={"1.0": ()},
            b={"1.0": ()},
            c={"1.0": (), "2.0": (f"a @ {self.URL}", "d>=2")},
            d={"1.0": ()},
        )
        assert pins(solve(universe, "c", "a")) == {"a": "1.0", "c": "1.0"}

    def test_order_of_arrival_does_not_matter(self):
        for seed in range(10):
            universe = self.universe(a={"2.0": ()}, b={"1.0": ()}, c={"1.0": (f"a @ {self.URL}",)})
            facts = Facts()
            solver = Solver(Problem(sourced("a", "c")), facts)
            assert pins(drive(solver, facts, universe, Random(seed)))["a"] == "1.5"


class TestStandingInTheWay:
    """One early decision that rules out every release of another project (boto3 and dateutil)."""

    def test_it_is_reconsidered_before_all_releases_are_gone_through(self):
        count = 400
        universe = releases(
            dates={"3.0": (), "4.0": ()},
            sdk={f"1.{n}": (f"core=={n}.0",) for n in range(count)},
            core={f"{n}.0": ("dates<4",) for n in range(count)},
        )
        facts = Facts()
        solver = Solver(Problem(sourced("dates", "sdk")), facts)
        chosen = pins(drive(solver, facts, universe, Random(0)))
        assert chosen == {"dates": "3.0", "sdk": f"1.{count - 1}", "core": f"{count - 1}.0"}
        assert solver.counters.releases_asked < 100


class TestErrors:
    """What the user reads."""

    def error(self, universe, *roots, **options):
        with pytest.raises(Unsolvable) as caught:
            solve(universe, *roots, **options)
        return caught.value

    def test_both_sides_of_a_conflict_are_named_with_their_places(self):
        universe = releases(a={"1.0": ("b>=2",), "2.0": ("b>=2",)}, b={"1.0": (), "2.0": ()})
        error = self.error(universe, "a", "b<2")
        assert error.summary == "`a` and `b<2` cannot be satisfied together"
        assert error.details == (
            "because requirements.txt:1 asks for `a`, requirements.txt:2 asks for `b<2` and every version of `a` requires `b>=2`, the requirements cannot be satisfied",
        )
        assert [wish.origin for wish in error.explanation.wishes] == [
            "requirements.txt:1",
            "requirements.txt:2",
        ]
        assert [report.usable for report in error.explanation.projects] == [
            ("1.0", "2.0"),
            ("1.0", "2.0"),
        ]

    def test_command_line_is_named(self):
        universe = releases(a={"1.0": ()})
        root = SourcedRequirement(Requirement("a>1"), ArgumentOrigin("a>1"))
        solver = Solver(Problem((root,)), facts := Facts())
        with pytest.raises(Unsolvable) as caught:
            drive(solver, facts, universe)
        assert caught.value.details[0] == "required by the command line"

    def test_unknown_project_of_a_dependency(self):
        error = self.error(releases(a={"1.0": ("zzz",)}), "a")
        assert error.summary == "`a` cannot be satisfied"
        assert error.details[0].startswith(
            "because requirements.txt:1 asks for `a` and `a` 1.0 requires `zzz`, but there is no project `zzz` on https://index.example"
        )

    def test_rejected_versions_of_a_dependency_are_named_with_reasons(self):
        universe = releases(
            a={"1.0": ("b>=2",)},
            b={
                "1.0": (),
                "2.0": Release(rejection=Rejection("requires-python", ">=3.99")),
                "2.1": Release(rejection=Rejection("requires-python", ">=3.99")),
            },
        )
        error = self.error(universe, "a")
        assert "`b` >=2.0 cannot be used (requires Python >=3.99)" in error.details[0]
        report = error.explanation.projects[1]
        assert report.refused == (
            ("2.0", "requires Python >=3.99"),
            ("2.1", "requires Python >=3.99"),
        )

    def test_unusable_metadata_is_told_once(self):
        universe = releases(a={"1.0": Release(unavailable="cannot be used: two names")})
        error = self.error(universe, "a")
        assert error.summary == "no version of `a` can be used"
        assert error.details[-1] == "1.0: two names"

    def test_no_answer_for_a_project(self):
        universe = releases()
        facts = Facts()
        facts.add_unavailable("a", None, "cannot be looked up offline")
        with pytest.raises(Unsolvable) as caught:
            drive(Solver(Problem(sourced("a")), facts), facts, universe)
        assert caught.value.summary == "`a` cannot be looked up offline"

    def test_many_versions_with_one_reason_are_counted(self):
        versions = {f"1.{n}": Release(rejection=Rejection("no-wheel")) for n in range(9)}
        error = self.error(releases(a=versions), "a")
        assert error.details[1] == (
            "1.8, 1.7, 1.6, 1.5 and 5 more: only an sdist, and nothing may be built here"
        )

    def test_steps_used_twice_are_numbered(self):
        """solver.md's branching error: the step that two later ones need has a number."""
        universe = releases(
            foo={"1.0": ("a", "b"), "1.1": ("x", "y")},
            a={"1.0": ("b>=2",)},
            b={"1.0": (), "2.0": ()},
            x={"1.0": ("y>=2",)},
            y={"1.0": (), "2.0": ()},
        )
        error = self.error(universe, "foo", "b<2", "y<2")
        assert error.explanation.lines[-1].text.endswith("the requirements cannot be satisfied")
        assert error.explanation.uses_dependencies

    def test_proof_of_thousands_of_steps_does_not_recurse(self):
        chain = {f"p{number}": {"1.0": (f"p{number + 1}",)} for number in range(3000)}
        universe = releases(**chain, p3000={"1.0": ("p0<1",)})
        error = self.error(universe, "p0")
        assert error.summary == "`p0` cannot be satisfied"
        assert len(error.details) <= 41

    def test_counters_count(self):
        universe = releases(a={"1.0": ("b>=2",), "2.0": ("b>=3",)}, b={"1.0": (), "2.0": ()})
        facts = Facts()
        solver = Solver(Problem(sourced("b", "a")), facts)
        drive(solver, facts, universe)
        counters = solver.counters
        assert counters.decisions == 2
        assert counters.conflicts == 1
        assert counters.projects_asked == 2
        assert counters.releases_asked == 3
        assert counters.releases_unused == 0
