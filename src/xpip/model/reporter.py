"""How long work tells of its progress without knowing a terminal."""

from __future__ import annotations

from xpip.model.records import Protocol


class Reporter(Protocol):
    """Receives progress; every method may be called from any thread."""

    def started(self, phase: str, items: int, size: int = 0) -> None:
        """Begin a phase: `resolve`, `download`, `unpack`, `install`, or one in words for people.

        Args:
            items: How many are to come, 0 when unknown.
            size: Bytes to come, 0 when unknown.
        """

    def progressed(self, phase: str, items: int = 0, size: int = 0) -> None:
        """Add finished items and bytes to a phase."""

    def finished(self, phase: str) -> None:
        """End a phase."""

    def warning(self, text: str) -> None:
        """Tell something that does not stop the work: one sentence, no full stop, no secret."""

    def detail(self, text: str) -> None:
        """Tell something that only `-v` shows."""


class SilentReporter:
    """Tells nobody."""

    def started(self, phase: str, items: int, size: int = 0) -> None:
        """Drop it."""

    def progressed(self, phase: str, items: int = 0, size: int = 0) -> None:
        """Drop it."""

    def finished(self, phase: str) -> None:
        """Drop it."""

    def warning(self, text: str) -> None:
        """Drop it."""

    def detail(self, text: str) -> None:
        """Drop it."""
