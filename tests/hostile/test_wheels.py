"""Every wheel of the catalogue of attacks gets the same verdict by whatever way it comes.

Each row comes by its path, and by one more way that changes from row to row; with `-m long`, by
all of them.
"""

import pytest

from tests.kit.deliveries import WAYS
from tests.kit.environments import FakeEnvironment
from tests.kit.hostile_wheels import hostile_wheels, local_versions
from tests.kit.invariants import violations
from tests.kit.wheels import WheelBuilder

ROWS = [*hostile_wheels(), *local_versions()]
SMALL = [row for row in ROWS if not row.is_large]


def title(row) -> str:
    return row.title.encode("ascii", "backslashreplace").decode()


@pytest.mark.parametrize("row", SMALL, ids=title)
def test_a_wheel_gets_its_verdict_by_its_path(hostile_station, row):
    assert hostile_station.deliver(row, "path") == []


@pytest.mark.parametrize(
    ("row", "way"),
    [
        pytest.param(row, way, id=f"{title(row)}, by {way}")
        for row, way in zip(SMALL, WAYS[1:] * len(SMALL), strict=False)
    ],
)
def test_a_wheel_gets_the_same_verdict_by_another_way(hostile_station, row, way):
    assert hostile_station.deliver(row, way) == []


@pytest.mark.long
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("row", ROWS, ids=title)
def test_a_wheel_gets_the_same_verdict_by_every_way(hostile_station, row, way):
    assert hostile_station.deliver(row, way) == []


def test_known_bytes_under_the_name_of_another_release_are_refused_too(hostile_station):
    """The cache knows a wheel by its bytes, and an index may list them under any name."""
    good = next(row for row in ROWS if row.title == "good")
    assert hostile_station.deliver(good, "index") == []
    for filename in ("app-2.0-py3-none-any.whl", "app-1.0.post1-py3-none-any.whl"):
        other = good._replace(filename=filename, verdict="of another release")
        for way in WAYS:
            assert hostile_station.deliver(other, way) == []
    assert hostile_station.deliver(good, "store") == []


def test_an_egg_info_of_the_wheel_itself_is_no_second_distribution(tmp_path):
    environment = FakeEnvironment(tmp_path / "environment")
    for version in ("1", "2"):
        files = {"app.py": "", "app.egg-info/PKG-INFO": f"Name: app\nVersion: {version}\n"}
        wheel = WheelBuilder("app", version, files).build(tmp_path)
        assert environment.main("install", "--no-index", wheel).code == 0
        (line,) = environment.main("freeze").out.splitlines()
        assert line.startswith(f"app @ {wheel.as_uri()}")
        assert violations(environment.folder) == []
    assert environment.main("uninstall", "-y", "app").code == 0
    assert environment.names() == set()
