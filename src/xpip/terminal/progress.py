"""Progress for people: one line a phase on a terminal, nothing on a pipe, pip's lines for programs.

rich costs some 60 ms to import, so it is loaded only when a terminal shows something, and only for
work that has already taken a while.
"""

from __future__ import annotations

from _thread import allocate_lock
from time import monotonic

from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.terminal.reports import format_size

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from xpip.terminal.console import Console

DELAY = 0.3
"""Seconds of work before anything is drawn."""
RAW_INTERVAL = 0.25
"""Seconds between two lines for programs, as in pip."""

_TITLES = {
    "resolve": "Resolving",
    "download": "Downloading",
    "unpack": "Unpacking",
    "compile": "Compiling",
    "install": "Installing",
}
_WRITES_PACKAGES = "install"
"""The phase in which no module may be imported: xpip itself may be what is being replaced."""


class QuietReporter:
    """Shows no progress; warnings and details go to the console."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def started(self, phase: str, items: int, size: int = 0) -> None:
        """Show nothing."""

    def progressed(self, phase: str, items: int = 0, size: int = 0) -> None:
        """Show nothing."""

    def finished(self, phase: str) -> None:
        """Show nothing."""

    def warning(self, text: str) -> None:
        """Hand it to the console."""
        self._console.warning(text)

    def detail(self, text: str) -> None:
        """Hand it to the console."""
        self._console.detail(text)


class Amount(NamedTuple):
    """How far a phase has come."""

    items: int
    total_items: int
    """0 when unknown."""
    size: int
    total_size: int
    """Bytes; 0 when unknown."""
    over: bool = False

    def text(self) -> str:
        """Return counts and bytes for people, such as `3/97  1.2/8.0 MB`."""
        parts = []
        if self.total_items:
            parts.append(f"{self.items}/{self.total_items}")
        elif self.items:
            parts.append(str(self.items))
        if self.total_size and (self.size or not self.items):
            parts.append(f"{format_size(self.size)}/{format_size(self.total_size)}")
        elif self.size:
            parts.append(format_size(self.size))
        return "  ".join(parts)

    def fraction(self) -> float | None:
        """Return what part is done, by bytes where they are known; None when nobody can tell.

        Files that need not be sent come without bytes.
        """
        if self.over:
            return 1.0
        if self.total_size and (self.size or not self.items):
            return min(1.0, self.size / self.total_size)
        return min(1.0, self.items / self.total_items) if self.total_items else None


class _CountingReporter(QuietReporter):
    """Keeps the amounts of all phases, for any number of threads."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._lock = allocate_lock()
        self._phases: dict[str, Amount] = {}

    def started(self, phase: str, items: int, size: int = 0) -> None:
        """Begin a phase, or add to one that runs already."""
        with self._lock:
            known = self._phases.get(phase, Amount(0, 0, 0, 0))
            amount = known._replace(
                total_items=known.total_items + items,
                total_size=known.total_size + size,
                over=False,
            )
            self._phases[phase] = amount
            self._show(phase, amount)

    def progressed(self, phase: str, items: int = 0, size: int = 0) -> None:
        """Count."""
        with self._lock:
            known = self._phases.get(phase, Amount(0, 0, 0, 0))
            amount = known._replace(items=known.items + items, size=known.size + size)
            self._phases[phase] = amount
            self._show(phase, amount)

    def finished(self, phase: str) -> None:
        """Mark it as done."""
        with self._lock:
            known = self._phases.get(phase)
            if known is not None:
                self._phases[phase] = known._replace(over=True)
                self._show(phase, self._phases[phase])

    def _show(self, phase: str, amount: Amount) -> None:
        raise NotImplementedError


class RawReporter(_CountingReporter):
    """Writes `Progress CURRENT of TOTAL` lines about downloads to standard output, as pip does."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._last = 0.0

    def _show(self, phase: str, amount: Amount) -> None:
        if phase != "download" or not amount.total_size:
            return
        now = monotonic()
        if now - self._last >= RAW_INTERVAL or amount.over:
            self._last = now
            self._console.say(f"Progress {amount.size} of {amount.total_size}")


class LiveReporter(_CountingReporter):
    """Draws one line a phase on a terminal and takes them away at the end."""

    def __init__(self, console: Console, delay: float = DELAY) -> None:
        super().__init__(console)
        self._delay = delay
        self._stream = console.share_with(self)
        self._began = monotonic()
        self._progress: Progress | None = None
        self._tasks: dict[str, TaskID] = {}
        self._visible = False

    def hide(self) -> None:
        """Clear the lines; the next progress draws them anew."""
        if self._progress is not None and self._visible:
            self._visible = False
            self._progress.stop()

    def _show(self, phase: str, amount: Amount) -> None:
        if self._progress is None:
            if phase == _WRITES_PACKAGES or amount.over or monotonic() - self._began < self._delay:
                return
            self._progress = self._load()
            for other, known in self._phases.items():
                self._draw(self._progress, other, known)
        else:
            self._draw(self._progress, phase, amount)
        if not self._visible and not amount.over:
            self._visible = True
            self._progress.start()

    def _draw(self, progress: Progress, phase: str, amount: Amount) -> None:
        task = self._tasks.get(phase)
        if task is None:
            task = progress.add_task(_TITLES.get(phase, phase), total=None, amount="")
            self._tasks[phase] = task
        fraction = amount.fraction()
        progress.update(
            task,
            total=None if fraction is None else 1.0,
            completed=fraction or 0.0,
            amount=amount.text(),
        )

    def _load(self) -> Progress:
        from rich.console import Console as RichConsole
        from rich.progress import BarColumn, Progress, TextColumn

        return Progress(
            TextColumn("{task.description:<11}"),
            BarColumn(bar_width=30),
            TextColumn("{task.fields[amount]}"),
            console=RichConsole(file=self._stream, highlight=False),
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
