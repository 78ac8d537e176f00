"""Until when files must have been uploaded."""

import time

import pytest

from xpip.cli.cutoffs import general_cutoff, project_cutoffs
from xpip.cli.options.groups import SELECTION
from xpip.cli.options.values import OptionValues
from xpip.errors import UsageError
from xpip.formats.option_table import OptionTable

NOW = 1_767_225_600.75  # 2026-01-01T00:00:00.75Z
DAY = 86400


@pytest.fixture(autouse=True)
def zone(monkeypatch):
    monkeypatch.setenv("TZ", "EST5EDT,M3.2.0,M11.1.0")
    time.tzset()
    yield
    monkeypatch.delenv("TZ")
    time.tzset()


def values(*words):
    found = OptionValues("")
    for given in OptionTable((SELECTION,)).read(words).given:
        found.add_given(given)
    return found


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ([], None),
        (["--exclude-newer=2026-01-01T00:00:00Z"], int(NOW)),
        (["--exclude-newer=2026-01-01T00:00:00"], int(NOW) + 5 * 3600),
        (["--exclude-newer=2026-01-01"], int(NOW) + 5 * 3600 + DAY),
        (["--uploaded-prior-to=2026-01-01"], int(NOW) + 5 * 3600),
        # The clocks go forward on this day, which has 23 hours.
        (["--exclude-newer=2026-03-08"], 1_772_946_000 + 23 * 3600),
        (["--exclude-newer=1 week"], int(NOW) - 7 * DAY),
        (["--uploaded-prior-to=P1D"], int(NOW) - DAY),
        (["--exclude-newer=false"], None),
        (["--exclude-newer=2 days", "--uploaded-prior-to=P3D"], int(NOW) - 3 * DAY),
    ],
)
def test_points_in_time(words, seconds):
    assert general_cutoff(values(*words), NOW) == seconds


def test_a_long_time_ago_is_the_same_instant_for_a_minute():
    found = {general_cutoff(values("--exclude-newer=7 days"), NOW + late) for late in (0, 30, 59)}
    assert found == {int(NOW) - 7 * DAY}
    assert general_cutoff(values("--exclude-newer=90s"), NOW + 30) == int(NOW) - 60


def test_limits_of_projects():
    words = ("--exclude-newer-package", "B.c=P1D", "--exclude-newer-package", "a=False")
    assert project_cutoffs(values(*words), NOW) == (("a", None), ("b-c", int(NOW) - DAY))


@pytest.mark.parametrize("text", ["", "a", "=P1D", "a b=P1D", "a=", "a=tomorrow"])
def test_what_is_no_limit(text):
    with pytest.raises(UsageError):
        project_cutoffs(values("--exclude-newer-package", text), NOW)
