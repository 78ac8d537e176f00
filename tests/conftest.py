"""What every test relies on: no configuration of this machine reaches it."""

import os
import sys
from pathlib import Path

import pytest

from tests.kit.goldens import Goldens

SOURCE = Path(__file__).resolve().parents[1] / "src"

if sys.version_info < (3, 11) and sys.prefix != sys.base_prefix:
    # Before 3.11 a virtual environment does not know the interpreter that it was made from.
    sys._base_executable = os.path.realpath(sys.executable)

HOSTILE_PREFIXES = ("PIP_", "XPIP_", "UV_", "CONDA")
HOSTILE_NAMES = (
    "VIRTUAL_ENV", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE", "SSL_CERT_FILE", "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY",
    "http_proxy", "https_proxy", "all_proxy", "no_proxy", "NO_COLOR", "NETRC",
)  # fmt: skip


@pytest.fixture(autouse=True)
def clean_variables(request, monkeypatch, tmp_path_factory):
    """Give each test an own HOME and take away what a developer's shell has set."""
    if request.node.get_closest_marker("network"):
        return
    for name in list(os.environ):
        if name.startswith(HOSTILE_PREFIXES) or name in HOSTILE_NAMES:
            monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home", numbered=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    # The environment of the tests has what xpip needs but not xpip: this checkout is what is tested.
    monkeypatch.setenv("PYTHONPATH", str(SOURCE))
    for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_DIRS"):
        monkeypatch.delenv(name, raising=False)


def pytest_addoption(parser):
    parser.addoption("--update-goldens", action="store_true", help="write tests/goldens/ anew")


@pytest.fixture
def goldens(request):
    """Compare texts for users with those agreed on."""
    return Goldens(request.config.getoption("--update-goldens"))
