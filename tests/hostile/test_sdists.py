"""Every source archive of the catalogue of attacks gets the same verdict by whatever way it comes.

Each row comes by its path to `install`, and by one more way to a command, both of which change from
row to row; with `-m long`, by every way to every command.
"""

import pytest

from tests.kit.source_deliveries import (
    COMMANDS,
    WAYS,
    bomb,
    many_members,
    source_rows,
    source_station,
)

NOWHERE = "/nonexistent-outside"
"""In place of the folder of the station, so that rows are the same for every process."""
ROWS = source_rows(NOWHERE)


@pytest.fixture(scope="module")
def station(tmp_path_factory):
    with source_station(tmp_path_factory.mktemp("sources")) as it:
        yield it


@pytest.fixture(scope="module")
def aimed(station):
    """Return rows by title that would get at the folder of the station."""
    return {row.title: row for row in source_rows(str(station.outside))}


def title(row) -> str:
    return row.title


@pytest.mark.parametrize("row", ROWS, ids=title)
def test_an_sdist_gets_its_verdict_by_its_path(station, aimed, row):
    assert station.deliver(aimed[row.title], "path", "install") == []


@pytest.mark.parametrize(
    ("row", "way", "command"),
    [
        pytest.param(row, way, command, id=f"{row.title}, by {way}, {command}")
        for row, way, command in zip(ROWS, WAYS[1:] * len(ROWS), COMMANDS * len(ROWS), strict=False)
    ],
)
def test_an_sdist_gets_the_same_verdict_by_another_way(station, aimed, row, way, command):
    assert station.deliver(aimed[row.title], way, command) == []


@pytest.mark.long
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("row", ROWS, ids=title)
def test_an_sdist_gets_the_same_verdict_by_every_way(station, aimed, row, way, command):
    assert station.deliver(aimed[row.title], way, command) == []


@pytest.mark.long
@pytest.mark.parametrize("way", WAYS)
def test_what_unpacks_to_too_much_is_refused_by_every_way(station, way):
    assert station.deliver(bomb(), way, "install") == []


@pytest.mark.long
def test_too_many_members_are_refused(station):
    assert station.deliver(many_members(), "path", "install") == []
