"""Where the time of a command went, for `--timings`."""

from __future__ import annotations

from time import perf_counter, process_time

from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from xpip.model.reporter import Reporter
    from xpip.terminal.console import Console


class TimedReporter:
    """Passes everything on and keeps how long each phase took."""

    def __init__(self, reporter: Reporter, console: Console) -> None:
        self._reporter = reporter
        self._console = console
        self._begun = perf_counter()
        self._start = process_time()
        """Processor time of the interpreter's start, imports and settings; nothing waits there."""
        self._running: dict[str, float] = {}
        self._taken: dict[str, float] = {}

    def started(self, phase: str, items: int, size: int = 0) -> None:
        """Begin a phase."""
        self._running.setdefault(phase, perf_counter())
        self._reporter.started(phase, items, size)

    def progressed(self, phase: str, items: int = 0, size: int = 0) -> None:
        """Pass it on."""
        self._reporter.progressed(phase, items, size)

    def finished(self, phase: str) -> None:
        """End a phase."""
        begun = self._running.pop(phase, None)
        if begun is not None:
            self._taken[phase] = self._taken.get(phase, 0.0) + perf_counter() - begun
        self._reporter.finished(phase)

    def warning(self, text: str) -> None:
        """Pass it on."""
        self._reporter.warning(text)

    def detail(self, text: str) -> None:
        """Pass it on."""
        self._reporter.detail(text)

    def tell(self) -> None:
        """Write one line per phase, in the order they ended.

        `start` is what came before the first phase could begin, `other` the rest of `all`: reading
        files, planning, saying what was done.
        """
        whole = perf_counter() - self._begun
        rest = whole - sum(self._taken.values())
        phases = (("start", self._start), *self._taken.items(), ("other", rest))
        for phase, seconds in (*phases, ("all", whole + self._start)):
            self._console.note(f"{phase}: {seconds * 1000:.1f} ms")
