"""The same command through the newest pip and through xpip: exit code, data, streams, trees.

Scenarios are data, by area, in `areas/`; `scenario.py` says what one may hold. Nothing here talks
to anything but loopback.
"""

import importlib
from pathlib import Path

import pytest

from tests.compat.parity.runner import serving
from tests.compat.parity.scenario import Scenario

AREAS = sorted(path.stem for path in (Path(__file__).parent / "areas").glob("*.py"))
SCENARIOS: list[tuple[str, Scenario]] = [
    (area, scenario)
    for area in AREAS
    for scenario in importlib.import_module(f"tests.compat.parity.areas.{area}").SCENARIOS
]
ENOUGH = 150
PROMPT = 180
"""How many run by default; of more than that an even sample does, and the rest with `long`. One
takes a third of a second of a quiet core."""


@pytest.fixture(scope="module")
def parity(tmp_path_factory):
    yield from serving(tmp_path_factory.mktemp("parity"))


def marks(position: int) -> list[pytest.MarkDecorator]:
    """Return what has a scenario run by default, or not."""
    total = len(SCENARIOS)
    is_prompt = position * PROMPT // total != (position + 1) * PROMPT // total
    return [] if total <= PROMPT or is_prompt else [pytest.mark.long]


@pytest.mark.parametrize(
    "scenario",
    [
        pytest.param(
            scenario, id=f"{area}-{scenario.name.replace(' ', '-')}", marks=marks(position)
        )
        for position, (area, scenario) in enumerate(SCENARIOS)
    ],
)
def test_xpip_does_what_pip_does(parity, scenario):
    found = parity.compare(scenario)
    assert not found, "\n".join(found)


def test_there_are_enough_scenarios_and_none_twice():
    names = [(area, scenario.name) for area, scenario in SCENARIOS]
    assert len(names) == len(set(names))
    assert len(names) >= ENOUGH


def test_a_deliberate_difference_has_a_reason():
    for area, scenario in SCENARIOS:
        assert scenario.code is None or scenario.why, f"{area}: {scenario.name}"
