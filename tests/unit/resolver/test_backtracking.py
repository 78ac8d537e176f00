"""The engine on resolvelib, where it differs from what resolvelib does by itself."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.unit.resolver.releases import Release, drive, pins, releases, sourced
from xpip.model.candidate import Rejection
from xpip.resolver.engine import make_engine
from xpip.resolver.facts import Facts
from xpip.resolver.failure import Unsolvable
from xpip.resolver.problem import Problem


def solve(universe, *roots, **options):
    facts = Facts()
    engine = make_engine(Problem(sourced(*roots), **options), facts, "backtracking")
    return drive(engine, facts, universe)


def refusal(universe, *roots, **options):
    with pytest.raises(Unsolvable) as caught:
        solve(universe, *roots, **options)
    return caught.value


def test_resolvelib_is_imported_only_when_it_is_asked_for():
    code = (
        "import sys; from xpip.resolver.engine import make_engine;"
        "import xpip.resolver.solver; print('resolvelib' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_solution_that_resolvelib_passes_over_is_found_all_the_same():
    """resolvelib jumps over `e` 2.0, which brought in `c`, and blames `b`."""
    universe = releases(
        b={"1.0": ("b==2.0",), "2.0": ("b==2.0",)},
        c={"1.0": ("d<=4.0", "f<=1.0")},
        d={"1.0": ("b>=2.0", "e>4.0"), "2.0": ("b>=2.0", "e>4.0")},
        e={"1.0": (), "2.0": ("c<=3.0",)},
        f={"1.0": ("f>=2.0", "d>1.0")},
    )
    solution = solve(universe, "b<=4.0", "e<=2.0")
    assert pins(solution) == {"b": "2.0", "e": "1.0"}
    assert solution.warnings == (
        "backtracking found no solution where there is one; this one is of the other engine",
    )


def test_extras_their_order_and_who_asks():
    universe = releases(
        app={"1.0": ("tool[fast]>=1",)},
        tool={"1.0": Release(extras={"fast": ("engine",)}), "2.0": Release(extras={"fast": ()})},
        engine={"1.0": ()},
    )
    solution = solve(universe, "app", "tool<2")
    assert [
        (one.candidate.project, one.extras, one.requested, one.required_by)
        for one in solution.packages
    ] == [
        ("engine", (), False, ("tool",)),
        ("tool", ("fast",), True, ("app",)),
        ("app", (), True, ()),
    ]


def test_causes_name_both_sides_with_their_places():
    universe = releases(a={"1.0": ("b>=2",), "2.0": ("b>=2",)}, b={"1.0": (), "2.0": ()})
    error = refusal(universe, "a", "b<2")
    assert error.summary == "`a` and `b<2` cannot be satisfied together"
    assert error.details == (
        "requirements.txt:2 asks for `b<2`",
        "every version of `a` requires `b>=2`",
        "so the requirements cannot be satisfied",
    )
    assert not error.explanation.is_proof


def test_one_project_is_told_as_by_the_other_engine():
    universe = releases(
        a={"1.0": Release(), "2.0": Release(rejection=Rejection("requires-python", ">=3.13"))}
    )
    error = refusal(universe, "a>=2")
    assert error.summary == "no version of `a` satisfies `a>=2`"
    assert error.details[-1] == "2.0: requires Python >=3.13"


def test_metadata_that_excludes_the_python_refuses_a_release():
    universe = releases(a={"1.0": Release(), "2.0": Release(requires_python=">=3.13")})
    assert pins(solve(universe, "a", python_version="3.11.7")) == {"a": "1.0"}


def test_a_yanked_version_needs_somebody_who_pins_it():
    universe = releases(a={"1.0": Release(yanked="broken")}, b={"1.0": ("a==1.0",)})
    assert pins(solve(universe, "a", "b")) == {"a": "1.0", "b": "1.0"}
    refusal(universe, "a")


def test_releases_are_asked_for_in_growing_batches():
    """Every answer means a search from the beginning."""
    universe = releases(
        a={f"{number}.0": ("b>=2",) for number in range(1, 100)} | {"0.1": ()}, b={"1.0": ()}
    )
    facts = Facts()
    engine = make_engine(Problem(sourced("a", "b")), facts, "backtracking")
    stops = 0
    while hasattr(step := engine.advance(), "queries"):
        stops += 1
        for query in step.queries:
            universe.answer(query, facts)
    assert pins(step) == {"a": "0.1", "b": "1.0"}
    assert stops < 12
