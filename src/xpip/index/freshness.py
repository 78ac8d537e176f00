"""For how long an index page may be believed without asking again (RFC 9111)."""

from __future__ import annotations

from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.network.retry import http_date

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT = 600.0
"""Seconds for a server that says nothing, as many mirrors do; what PyPI itself says."""
LONGEST = 30 * 86400.0
"""Seconds; whatever a server says, a page is looked at again after these."""


class Freshness(NamedTuple):
    """What a server allows."""

    until: float
    """Seconds since the epoch; up to then the page need not be asked for again."""
    may_store: bool = True


def freshness_of(headers: Mapping[str, str], now: float) -> Freshness:
    """Return how long an answer that came now holds.

    Args:
        headers: Of the answer, lower-case names.
        now: Seconds since the epoch.
    """
    directives = _directives(headers.get("cache-control", ""))
    if "no-store" in directives:
        return Freshness(now, may_store=False)
    if "no-cache" in directives:
        return Freshness(now)
    lifetime = _lifetime(directives, headers)
    age = _number(headers.get("age", "")) or 0.0
    return Freshness(now + max(0.0, min(lifetime, LONGEST) - age))


def _lifetime(directives: dict[str, str], headers: Mapping[str, str]) -> float:
    if "max-age" in directives:
        # A malformed value means that the page is stale (RFC 9111, section 4.2.1).
        return _number(directives["max-age"]) or 0.0
    if "expires" in headers:
        expires, date = http_date(headers["expires"]), http_date(headers.get("date", ""))
        return 0.0 if expires is None or date is None else max(0.0, expires - date)
    return LONGEST if "immutable" in directives else DEFAULT


def _directives(value: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in value.split(","):
        name, _, argument = part.partition("=")
        found.setdefault(name.strip().lower(), argument.strip().strip('"'))
    return found


def _number(text: str) -> float | None:
    text = text.strip()
    return float(text[:12]) if text.isascii() and text.isdigit() else None
