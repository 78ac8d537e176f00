"""When to try again, and how long to wait before."""

from __future__ import annotations

import os

from xpip.model.records import NamedTuple

STATUSES = frozenset((408, 429, 500, 502, 503, 504, 520, 527))
"""Answers that another attempt may turn into a better one."""
MAX_RETRY_AFTER = 60.0
"""Seconds; a server that asks for more waits no longer than this."""


class Pace(NamedTuple):
    """How patient the client is. The defaults keep a dead server from stopping CI for long."""

    first_delay: float = 0.25
    """Seconds before the second attempt, doubled for each further one, each varied by half."""
    max_delay: float = 8.0
    budget: float = 45.0
    """Seconds after which no new attempt begins; waits that a server asked for do not count."""
    window: float = 30.0
    """Seconds over which the minimum speed is measured."""
    minimum_speed: int = 1000
    """Bytes a second that a body must come with."""

    def delay(self, attempt: int) -> float:
        """Return the seconds to wait after a number of failed attempts."""
        jitter = 0.5 + os.urandom(1)[0] / 255
        delay: float = self.first_delay * 2 ** min(attempt - 1, 30)
        return min(self.max_delay, delay) * jitter

    def meter(self, now: float) -> SpeedMeter:
        """Return a meter for one body that begins now, in seconds of any clock."""
        return SpeedMeter(self, now)


class SpeedMeter:
    """Notices a body that drips so slowly that no read ever times out."""

    def __init__(self, pace: Pace, now: float) -> None:
        self._pace = pace
        self._since = now
        self._bytes = 0

    def accepts(self, size: int, now: float) -> bool:
        """Take a piece into account; False when the last window was too slow."""
        self._bytes += size
        if now - self._since < self._pace.window:
            return True
        fast_enough = self._bytes >= self._pace.minimum_speed * (now - self._since)
        self._since, self._bytes = now, 0
        return fast_enough

    def complaint(self) -> str:
        """Say what the rule is."""
        pace = self._pace
        return f"less than {pace.minimum_speed} bytes a second came for {pace.window:g} seconds"


def retry_after(value: str, now: float | None) -> float | None:
    """Return the seconds that a Retry-After header asks for, None when it makes no sense.

    Args:
        now: Seconds since the epoch as the server's Date header has it; None without one, and
            then a date says nothing, because our clock may be off by more than the wait.

    Spec: RFC 9110, section 10.2.3
    """
    value = value.strip()
    if value.isascii() and value.isdigit():
        seconds = float(value[:12])
    else:
        moment = http_date(value)
        if moment is None or now is None:
            return None
        seconds = moment - now
    return min(seconds, MAX_RETRY_AFTER) if seconds >= 0 else None


def http_date(value: str) -> float | None:
    """Return seconds since the epoch for an HTTP date, None when it is none."""
    from calendar import timegm
    from email.utils import parsedate_tz

    try:
        parsed = parsedate_tz(value)
        if parsed is None or not 1 <= parsed[2] <= 31:  # noqa: PLR2004 - days; the parser takes 99
            return None
        return float(timegm(parsed[:6]) - (parsed[9] or 0))
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
