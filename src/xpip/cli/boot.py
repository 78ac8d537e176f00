"""When this machine was started: what is older may have been torn when it went down."""

BOOT_MARGIN = 5.0
"""Seconds by which two clocks may drift apart while a machine runs. What is written so shortly
after its start is checked once more than needed."""


def booted(now: float) -> float:
    """Return when this machine was started, in seconds since the epoch; 0 when it does not tell."""
    try:
        from time import CLOCK_BOOTTIME, clock_gettime
    except ImportError:
        return 0.0
    return now - clock_gettime(CLOCK_BOOTTIME) + BOOT_MARGIN
