"""How long a page is believed."""

import pytest

from xpip.index.freshness import DEFAULT, LONGEST, freshness_of

NOW = 1_000_000.0
DATE = "Sat, 21 Nov 2026 00:00:00 GMT"
LATER = "Sat, 21 Nov 2026 00:05:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, DEFAULT),
        ({"cache-control": "public"}, DEFAULT),
        ({"cache-control": "max-age=60"}, 60),
        ({"cache-control": 'Max-Age="60", public'}, 60),
        ({"cache-control": "max-age=60", "age": "20"}, 40),
        ({"cache-control": "max-age=60", "age": "90"}, 0),
        ({"cache-control": "max-age=soon"}, 0),
        ({"cache-control": "max-age=-1"}, 0),
        ({"cache-control": "max-age=99999999999999999999"}, LONGEST),
        ({"cache-control": "immutable"}, LONGEST),
        ({"cache-control": "no-cache, max-age=60"}, 0),
        ({"cache-control": "no-store"}, 0),
        ({"expires": LATER, "date": DATE}, 300),
        ({"expires": DATE, "date": LATER}, 0),
        ({"expires": "0", "date": DATE}, 0),
        ({"expires": LATER, "date": DATE, "cache-control": "max-age=1"}, 1),
    ],
)
def test_headers_decide(headers, seconds):
    assert freshness_of(headers, NOW).until == NOW + seconds


def test_only_no_store_forbids_keeping():
    assert not freshness_of({"cache-control": "no-store"}, NOW).may_store
    assert freshness_of({"cache-control": "no-cache"}, NOW).may_store
