"""One station for all rows of a module."""

import pytest

from tests.kit.deliveries import station


@pytest.fixture(scope="module")
def hostile_station(tmp_path_factory):
    with station(tmp_path_factory.mktemp("station")) as it:
        yield it
