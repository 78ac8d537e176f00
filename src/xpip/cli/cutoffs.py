"""Until when files must have been uploaded, from what the user wrote."""

from __future__ import annotations

from xpip.errors import UsageError
from xpip.formats.wheel_name import is_project_name
from xpip.model.instants import parse_duration, parse_instant
from xpip.model.names import normalized_name
from xpip.model.records import TYPE_CHECKING
from xpip.model.urls import redact_text

if TYPE_CHECKING:
    from xpip.cli.options.values import OptionValues

NEVER = "false"
"""Says that there is no limit."""
_DAY, _HOUR, _MINUTE = 86400, 3600, 60


def general_cutoff(values: OptionValues, now: float) -> float | None:
    """Return the limit for all projects in seconds since the epoch, None without one.

    With `--exclude-newer` a date includes its day, as in uv; with `--uploaded-prior-to` it does
    not, as in pip. Where both are given both hold.

    Raises:
        UsageError: A value is no point in time.
    """
    found = []
    for name in ("exclude_newer", "uploaded_prior_to"):
        text = values.text(name)
        if text:
            source = values.text_source(name)
            found.append(_cutoff(text, source, now, whole_day=name == "exclude_newer"))
    limits = [limit for limit in found if limit is not None]
    return min(limits, default=None)


def project_cutoffs(values: OptionValues, now: float) -> tuple[tuple[str, float | None], ...]:
    """Return the limits for single projects, sorted: normalised name and None or seconds.

    Raises:
        UsageError: A value is not `PROJECT=DATE`.
    """
    limits: dict[str, float | None] = {}
    for written, source in values.sourced("exclude_newer_package"):
        name, equals, text = written.partition("=")
        if not equals or not is_project_name(name):
            raise UsageError(
                f"{source} takes `PROJECT=DATE` or `PROJECT=false`, not `{redact_text(written)}`"
            )
        limits[normalized_name(name)] = _cutoff(text, source, now, whole_day=True)
    return tuple(sorted(limits.items()))


def _cutoff(text: str, source: str, now: float, *, whole_day: bool) -> float | None:
    if text.strip().lower() == NEVER:
        return None
    instant = parse_instant(text.strip())
    if instant is None:
        length = parse_duration(text)
        if length is None:
            raise UsageError(
                f"`{redact_text(text)}` is not a point in time for {source}",
                hints=("write `2026-01-31`, `2026-01-31T12:00:00Z`, `7 days` or `P7D`",),
            )
        # In whole minutes, so that the same command finds its remembered answer for a while.
        step = _MINUTE if length >= _HOUR else 1
        return float((int(now) - length) // step * step)
    if instant.has_offset:
        return instant.seconds
    return _local(instant.seconds + (_DAY if instant.is_date and whole_day else 0))


def _local(seconds: float) -> float:
    """Return the instant at which clocks of this machine's time zone show what is written."""
    import time

    try:
        fields = time.gmtime(seconds)
        return time.mktime((*fields[:8], -1)) + seconds % 1
    except (OverflowError, ValueError, OSError):
        # Years that the system has no calendar for, where time zones do not matter either.
        return seconds
