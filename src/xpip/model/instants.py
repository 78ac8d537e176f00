"""Points and lengths of time as people and indexes write them.

No date library is needed for this, and importing one takes longer than reading a page of times.
"""

from __future__ import annotations

from xpip.model.records import NamedTuple

_DAY = 86400
_UNITS = {
    "second": 1,
    "minute": 60,
    "hour": 3600,
    "day": _DAY,
    "week": 7 * _DAY,
}
_SHORT_UNITS = {
    "s": 1, "sec": 1, "secs": 1, "min": 60, "mins": 60, "m": 60, "h": 3600, "hr": 3600, "hrs": 3600,
    "d": _DAY, "w": 7 * _DAY,
}  # fmt: skip
_ISO_DATE = {"W": 7 * _DAY, "D": _DAY}
_ISO_TIME = {"H": 3600, "M": 60, "S": 1}
_MONTH_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_FEBRUARY = 2
_MAXIMUM_DIGITS = 9


class Instant(NamedTuple):
    """A point in time as written."""

    seconds: float
    """Since the epoch; as if it were UTC where no offset was written."""
    has_offset: bool
    """It says which offset from UTC it has, so that `seconds` is sure."""
    is_date: bool
    """A whole day, at whose start `seconds` is."""


def parse_instant(text: str) -> Instant | None:
    """Return a date, or date and time, in the forms of RFC 3339; None for anything else.

    A blank may stand for the `T`, seconds may be missing, and so may the offset.

    Spec: https://www.rfc-editor.org/rfc/rfc3339#section-5.6
    """
    days = _days(text[:10])
    if days is None:
        return None
    if len(text) == len("2026-01-31"):
        return Instant(days * _DAY, has_offset=False, is_date=True)
    if text[10] not in "Tt ":
        return None
    clock, sign, offset_text = _split_offset(text[11:])
    clock_seconds = _clock(clock)
    offset = 0 if not offset_text else _clock_minutes(offset_text)
    if clock_seconds is None or offset is None:
        return None
    seconds = days * _DAY + clock_seconds - (offset if sign == "+" else -offset)
    return Instant(seconds, has_offset=bool(sign), is_date=False)


def parse_duration(text: str) -> int | None:
    """Return seconds of a text such as `7 days`, `36h`, `1 week 2 days` or `P7DT12H`, else None.

    Months and years are no lengths of time.

    Spec: ISO 8601, section 5.5.2
    """
    words = text.strip()
    if words[:1] in ("P", "p"):
        return _iso_duration(words[1:].upper())
    total = 0
    found = False
    rest = words.removesuffix(" ago").replace(",", " ")
    while rest := rest.lstrip():
        end = _digits(rest)
        unit_text = rest[end:].lstrip()
        unit_end = 0
        while unit_end < len(unit_text) and unit_text[unit_end].isalpha():
            unit_end += 1
        unit = unit_text[:unit_end].lower()
        length = _UNITS.get(unit.removesuffix("s")) or _SHORT_UNITS.get(unit)
        if not 0 < end <= _MAXIMUM_DIGITS or length is None:
            return None
        total += int(rest[:end]) * length
        found = True
        rest = unit_text[unit_end:]
    return total if found else None


def _iso_duration(text: str) -> int | None:
    date, separator, time = text.partition("T")
    if separator and not time:
        return None
    total = 0
    for part, units in ((date, _ISO_DATE), (time, _ISO_TIME)):
        rest = part
        while rest:
            end = _digits(rest)
            length = units.get(rest[end : end + 1])
            if not 0 < end <= _MAXIMUM_DIGITS or length is None:
                return None
            total += int(rest[:end]) * length
            rest = rest[end + 1 :]
    return total if text else None


def _digits(text: str) -> int:
    end = 0
    while end < len(text) and text[end] in "0123456789":
        end += 1
    return end


def _number(text: str, length: int) -> int | None:
    return int(text) if len(text) == length == _digits(text) else None


def _days(text: str) -> int | None:
    """Return days since the epoch of `YYYY-MM-DD`."""
    if text[4:5] != "-" or text[7:8] != "-":
        return None
    year, month, day = _number(text[:4], 4), _number(text[5:7], 2), _number(text[8:], 2)
    if not year or not month or not day or month > len(_MONTH_LENGTHS):
        return None
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    length = _MONTH_LENGTHS[month - 1] + (month == _FEBRUARY and is_leap)
    if day > length:
        return None
    before = year - 1
    days = before * 365 + before // 4 - before // 100 + before // 400
    days += sum(_MONTH_LENGTHS[: month - 1]) + (month > _FEBRUARY and is_leap) + day - 1
    return days - 719162  # Days from the year 1 to 1970.


def _split_offset(text: str) -> tuple[str, str, str]:
    """Return the time of day, `+` or `-`, and the offset; both empty when none is written."""
    if text[-1:] in ("Z", "z"):
        return text[:-1], "+", "00:00"
    for sign in "+-":
        clock, found, offset = text.rpartition(sign)
        if found:
            return clock, sign, offset or "missing"
    return text, "", ""


def _clock(text: str) -> float | None:
    """Return seconds of `HH:MM`, `HH:MM:SS` or `HH:MM:SS.fraction`."""
    whole, dot, fraction = text.partition(".")
    minutes = _clock_minutes(whole[:5]) if whole[2:3] == ":" else None
    if minutes is None:
        return None
    if len(whole) == len("HH:MM"):
        return None if dot else minutes
    seconds = _number(whole[6:], 2)
    if whole[5] != ":" or seconds is None or seconds > 60:  # noqa: PLR2004 - a leap second
        return None
    if dot and not 0 < _digits(fraction) == len(fraction):
        return None
    return minutes + seconds + (float(f"0.{fraction}") if dot else 0)


def _clock_minutes(text: str) -> int | None:
    """Return seconds of `HH:MM` or `HHMM`."""
    hours, minutes = _number(text[:2], 2), _number(text[2:].removeprefix(":"), 2)
    if hours is None or minutes is None or hours > 23 or minutes > 59:  # noqa: PLR2004
        return None
    return hours * 3600 + minutes * 60
