"""Scenario files: a universe, what is asked, and what must come of it."""

from __future__ import annotations

import os
from glob import glob

import pytest

from tests.unit.resolver.scenarios import read_scenario, run_scenario
from xpip.resolver.engine import ENGINES, PUBGRUB

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(__file__))))
OWN = sorted(glob(os.path.join(ROOT, "tests", "scenarios", "*.toml")))
SHARED = os.path.join(os.path.dirname(ROOT), "shared", "scenarios")
UPSTREAM = sorted(glob(os.path.join(SHARED, "*", "*.toml")))


def stem(path: str) -> str:
    return os.path.splitext(os.path.relpath(path, os.path.dirname(os.path.dirname(path))))[0]


def judge(scenario, outcome, engine=PUBGRUB):
    """Compare an outcome with what a scenario expects; "no solution" is as loud as a wrong pin.

    Only the first engine has a proof, and its words.
    """
    expected = scenario["expected"]
    shown = outcome.error and (outcome.error.summary, *outcome.error.details)
    assert (outcome.packages is not None) == expected["satisfiable"], shown
    if "packages" in expected:
        assert outcome.packages == expected["packages"]
    if "warnings" in expected:
        assert list(outcome.warnings) == expected["warnings"]
    if engine != PUBGRUB:
        return
    if "summary" in expected:
        assert outcome.error.summary == expected["summary"]
    if "details" in expected:
        assert list(outcome.error.details) == expected["details"]
    if "hints" in expected:
        assert list(outcome.error.hints) == expected["hints"]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("path", OWN, ids=map(stem, OWN))
def test_own_scenario(path, engine):
    scenario = read_scenario(path)
    judge(scenario, run_scenario(scenario, engine), engine)


def test_there_are_own_scenarios():
    assert len(OWN) > 20


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("path", UPSTREAM, ids=map(stem, UPSTREAM))
def test_upstream_scenario(path, engine):
    """uv's rules: final releases first even when a pre-release is named, and no yanked
    dependencies unless the user pins them."""
    scenario = read_scenario(path)
    if scenario.get("resolver_options", {}).get("universal"):
        pytest.skip("for universal locking")
    options = {"prerelease_by_specifier": False, "yanked_by_dependencies": False}
    judge(scenario, run_scenario(scenario, engine, **options), engine)


@pytest.mark.skipif(not os.path.isdir(SHARED), reason="no ../shared/scenarios beside the checkout")
def test_upstream_scenarios_are_found():
    assert len(UPSTREAM) > 50
