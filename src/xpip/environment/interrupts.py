"""Signals that must wait until a step is done.

A signal becomes an exception between any two instructions, also between a `mkdir` and the line that
notes it. Where that would leave something behind that nobody takes back, signals are held for the
few system calls of the step; the kernel delivers them right after.
"""

from __future__ import annotations

try:
    # `signal` brings enum, which takes 4 ms.
    import _signal as signals  # type: ignore[import-not-found]
except ImportError:
    signals = None

_HELD = (2, 15)
"""SIGINT and SIGTERM."""


class SignalsHeld:
    """The time of a step in which neither SIGINT nor SIGTERM is delivered, as a context manager."""

    def __enter__(self) -> None:
        """Hold them."""
        self._before = (
            signals.pthread_sigmask(signals.SIG_BLOCK, _HELD)
            if hasattr(signals, "pthread_sigmask")
            else None
        )

    def __exit__(self, *_: object) -> None:
        """Let them through; one that came meanwhile becomes an exception here."""
        if self._before is not None:
            signals.pthread_sigmask(signals.SIG_SETMASK, self._before)
