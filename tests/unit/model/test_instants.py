"""Points and lengths of time as people and indexes write them."""

from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpip.model.instants import Instant, parse_duration, parse_instant

NEW_YEAR = 1_767_225_600  # 2026-01-01T00:00:00Z


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-01-01T00:00:00Z", NEW_YEAR),
        ("2026-01-01t00:00:00z", NEW_YEAR),
        ("2026-01-01 00:00Z", NEW_YEAR),
        ("2026-01-01T00:00:00.250000Z", NEW_YEAR + 0.25),
        ("2026-01-01T01:00:00+01:00", NEW_YEAR),
        ("2025-12-31T19:30:00-0430", NEW_YEAR),
    ],
)
def test_an_instant_with_an_offset_is_sure(text, seconds):
    assert parse_instant(text) == Instant(seconds, has_offset=True, is_date=False)


def test_without_an_offset_the_time_zone_is_open():
    assert parse_instant("2026-01-01T00:00:01") == Instant(NEW_YEAR + 1, False, False)
    assert parse_instant("2026-01-01") == Instant(NEW_YEAR, False, True)


@pytest.mark.parametrize(
    "text",
    [
        "", "2026", "2026-1-1", "2026-13-01", "2026-02-29", "2026-01-00", "0000-01-01", "20260101",
        "2026-01-01T", "2026-01-01T25:00", "2026-01-01T00:60", "2026-01-01T00:00:61Z",
        "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00+", "2026-01-01T00:00:00+1", "2026-01-01x00:00",
        "2026-01-01T00:00:00Z ", "٢٠٢٦-01-01", "yesterday", "7 days",
    ],
)  # fmt: skip
def test_anything_else_is_none(text):
    assert parse_instant(text) is None


@given(st.datetimes(timezones=st.just(timezone.utc)))
def test_it_agrees_with_datetime(moment):
    found = parse_instant(moment.isoformat())
    epoch = datetime(1970, 1, 1, tzinfo=timezone.utc)
    assert found is not None
    assert found.seconds == pytest.approx((moment - epoch).total_seconds(), abs=1e-3)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7 days", 7 * 86400), ("7d", 7 * 86400), ("1 week, 2 days", 9 * 86400), ("36 hours", 129600),
        ("1 hour 30min", 5400), ("90 s", 90), ("2 weeks ago", 14 * 86400), ("P7D", 7 * 86400),
        ("p1w", 7 * 86400), ("PT12H30M5S", 45005), ("P1DT1H", 90000), ("0 days", 0),
    ],
)  # fmt: skip
def test_lengths_of_time(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    ["", "P", "PT", "P1DT", "7", "days", "1 month", "2 years", "P1M", "P1Y", "-7 days", "7 days x", "1.5 days"],
)  # fmt: skip
def test_months_years_and_nonsense_are_none(text):
    assert parse_duration(text) is None
