"""Real conflicts and real solutions, in words and in numbers.

The goldens show a change in wording or in the amount of work; `--update-goldens` writes them anew.
"""

from __future__ import annotations

import io
import os
from glob import glob

import pytest

from tests.unit.resolver.frozen import PYTHON, TESTS, applied, conflict, frozen_universe, solved
from tests.unit.resolver.releases import drive, pins, sourced
from xpip.errors import NoSolution
from xpip.resolver.engine import make_engine
from xpip.resolver.facts import Facts
from xpip.resolver.failure import Unsolvable
from xpip.resolver.fixes import is_superseded
from xpip.resolver.problem import Problem
from xpip.resolver.solver import Solver
from xpip.terminal.console import Console

FILES = os.path.join(os.path.dirname(TESTS), "benchmarks", "conflicts")


def requirements_of(path):
    with open(path, encoding="utf-8") as file:
        return tuple(file.read().split())


CONFLICTS = {
    os.path.basename(path)[:-3]: requirements_of(path)
    for path in sorted(glob(os.path.join(FILES, "*.in")))
} | {
    "newer-than-the-newest": ("flask>=99", "jinja2"),
}
# Its releases are too many for a file of tests.
del CONFLICTS["litellm-openai"]

SOLVABLE = {
    "fastapi": ("fastapi",),
    "starlette-fastapi": ("starlette<=0.36.0", "fastapi<=0.115.2"),
    "boto3": ("urllib3<2", "boto3>=1"),
    "sphinx": ("sphinx>=4.0,<6.2", "jinja2", "sphinx-rtd-theme", "sphinxcontrib-trio", "towncrier"),
    "pandas": ("pandas", "scipy<1.16", "numpy<2.4"),
}


@pytest.fixture(scope="module")
def universe():
    return frozen_universe()


def problem_of(texts):
    return Problem(sourced(*texts, path="requirements.in"), python_version=PYTHON)


@pytest.mark.parametrize("name", CONFLICTS)
def test_a_real_conflict_is_told_so_that_somebody_can_act(name, universe, goldens):
    problem = problem_of(CONFLICTS[name])
    error, found = conflict(universe, problem)
    solving = []
    for proposal, _, fix in found:
        if not is_superseded(proposal, [known for known, _ in solving]):
            solving.append((proposal, fix))
    hints = tuple(f"try: {fix.text}" for _, fix in solving[:3])
    told = NoSolution(error.summary, details=error.details, hints=hints)
    goldens.check(f"explanations/{name}", Console(io.StringIO(), io.StringIO()).layout(told))


@pytest.mark.parametrize("name", CONFLICTS)
def test_every_fix_of_a_real_conflict_resolves(name, universe):
    problem = problem_of(CONFLICTS[name])
    for _, solution, fix in conflict(universe, problem)[1]:
        again = solved(universe, applied(problem, fix))
        assert again is not None, fix
        assert pins(again).keys() >= {name for name in pins(solution) if name in fix.new}


@pytest.mark.parametrize("name", CONFLICTS)
def test_both_engines_refuse_a_real_conflict(name, universe):
    facts = Facts()
    with pytest.raises(Unsolvable):
        drive(make_engine(problem_of(CONFLICTS[name]), facts, "backtracking"), facts, universe)


@pytest.mark.parametrize("name", SOLVABLE)
def test_both_engines_solve_real_requirements(name, universe):
    facts = Facts()
    problem = problem_of(SOLVABLE[name])
    first = drive(make_engine(problem, facts), facts, universe)
    second = drive(make_engine(problem, facts, "backtracking"), facts, universe)
    assert pins(first) == pins(second)


def test_the_amount_of_work_is_known(universe, goldens):
    """A change in behaviour shows here before it shows in the time."""
    lines = []
    for name, texts in sorted((SOLVABLE | CONFLICTS).items()):
        facts = Facts()
        solver = Solver(problem_of(texts), facts)
        try:
            outcome = f"{len(drive(solver, facts, universe).packages)} pins"
        except Unsolvable:
            outcome = "no solution"
        counts = " ".join(f"{key}={value}" for key, value in solver.counters._asdict().items())
        lines.append(f"{name}: {outcome} {counts}\n")
    goldens.check("resolver/counters", "".join(lines))
