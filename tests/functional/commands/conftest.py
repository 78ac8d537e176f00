"""A hand-built environment for the commands that need no index."""

import pytest

from tests.kit.environments import FakeEnvironment


@pytest.fixture
def environment(tmp_path):
    return FakeEnvironment(tmp_path / "environment")
