"""The only writer to standard output and standard error.

Standard output carries data and pip's own summaries; everything else goes to standard error.
Whatever is written has been made harmless for a terminal (`escapes.visible`).
"""

from __future__ import annotations

import errno

from xpip.errors import XpipError
from xpip.model.records import TYPE_CHECKING, Protocol
from xpip.terminal.escapes import one_line, visible

if TYPE_CHECKING:
    from typing import TextIO

_SILENT = -3
"""Verbosity with `-qqq`: the exit code tells all."""

_RED = "\x1b[1;31m"
_YELLOW = "\x1b[1;33m"
_CYAN = "\x1b[1;36m"
_PLAIN = "\x1b[0m"
_TRY = "try: "


class Display(Protocol):
    """Something that is drawn on standard error again and again."""

    def hide(self) -> None:
        """Clear what is shown, until it is drawn anew."""


class OutputLost(XpipError):
    """Standard output cannot be written."""

    code = "stdout"

    def __init__(self, error: OSError) -> None:
        super().__init__(f"standard output cannot be written: {error.strerror or error}")
        self.is_closed = error.errno in (errno.EPIPE, errno.ESHUTDOWN)
        """Its reader has gone, as that of `xpip list | head -1` does."""
        if self.is_closed:
            self.exit_code = 120


class Console:
    """Two streams and how much a user wants to read."""

    def __init__(
        self,
        stdout: TextIO | None,
        stderr: TextIO | None,
        verbosity: int = 0,
        *,
        color: bool = False,
        stdin: TextIO | None = None,
        json_errors: bool = False,
    ) -> None:
        """Write to these streams; a stream that is None was closed by the caller of xpip.

        Args:
            verbosity: 1 and more with `-v`, -1 with `-q`, -2 with `-qq`.
            color: Labels on standard error are coloured; standard output never is.
            stdin: Where answers come from; None when nobody can answer.
            json_errors: Errors are told as JSON, one object on one line.
        """
        self._log: TextIO | None = None
        self.verbosity = verbosity
        self.color = color
        self.stdout_text: list[str] = []
        """What went to standard output, in order; a stamp of tier 0 keeps it."""
        self.stderr_text: list[str] = []
        """What went to standard error, in order."""
        self.has_labels = False
        """Some of it was no note but a warning, hint or error, which may be coloured."""
        self._stdout = stdout
        self._stderr = stderr
        self._stdin = stdin
        self._json_errors = json_errors
        self._displays: list[Display] = []

    def log_to(self, log: TextIO) -> None:
        """Write everything to a file too, whatever the verbosity."""
        self._log = log

    def out(self, text: str) -> None:
        """Write data to standard output, whatever the verbosity, with a line end."""
        self._keep(text)
        self._write_stdout(f"{visible(text)}\n")

    def say(self, text: str) -> None:
        """Write a summary to standard output, unless `-q`."""
        if self.verbosity >= 0:
            self.out(text)
        else:
            self._keep(text)

    def detail(self, text: str) -> None:
        """Write to standard error what only `-v` shows."""
        self._keep(text)
        if self.verbosity > 0:
            self._write_stderr(f"{visible(text)}\n")

    def note(self, text: str) -> None:
        """Write to standard error, unless `-q`."""
        self._keep(text)
        if self.verbosity >= 0:
            self._write_stderr(f"{visible(text)}\n")

    def warning(self, text: str, hints: tuple[str, ...] = ()) -> None:
        """Tell something that does not stop the work, unless `-qq`."""
        self._keep(f"warning: {text}", *(f"hint: {hint}" for hint in hints))
        if self.verbosity >= -1:
            self._write_stderr(self._labelled("warning", _YELLOW, text))
            for hint in hints:
                self._write_stderr(self._hint(hint))

    def error(self, error: XpipError) -> None:
        """Tell what failed, where it was asked for and what may help, unless `-qqq`."""
        if self._log is not None:
            self._keep(f"error: {error.summary}", *error.details, *error.hints)
        if self._json_errors:
            from xpip.terminal.json_errors import error_as_json

            self._write_stderr(f"{error_as_json(error)}\n")
        elif self.verbosity > _SILENT:
            self._write_stderr(self.layout(error))

    def trace(self, text: str) -> None:
        """Write a traceback to standard error, whatever the verbosity."""
        self._keep(text)
        self._write_stderr(visible(text))

    def layout(self, error: XpipError) -> str:
        """Return the text of an error: what failed, details indented, hints after an empty line."""
        lines = [self._labelled("error", _RED, error.summary)]
        lines += [f"  {line}\n" for text in error.details for line in visible(text).split("\n")]
        if error.hints:
            lines.append("\n")
            lines += [self._hint(hint) for hint in error.hints]
        return "".join(lines)

    def encodes(self, text: str) -> bool:
        """Say whether standard output can show these letters as they are."""
        try:
            text.encode(getattr(self._stdout, "encoding", None) or "utf-8")
        except (UnicodeEncodeError, LookupError):
            return False
        return True

    def ask(self, question: str) -> str | None:
        """Return the answer to a question without spaces around it, None when there is no more."""
        self._write_stdout(one_line(question) + " ")
        self.flush()
        answer = self._stdin.readline() if self._stdin is not None else ""
        if not answer.endswith("\n"):
            self._write_stdout("\n")
        return answer.strip() if answer else None

    def ask_aside(self, question: str) -> str | None:
        """Return the answer to a question on standard error, None when there is no more."""
        self._write_stderr(one_line(question) + " ")
        answer = self._stdin.readline() if self._stdin is not None else ""
        if not answer.endswith("\n"):
            self._write_stderr("\n")
        return answer.strip() if answer else None

    def ask_secret(self, question: str) -> str | None:
        """Return an answer that the terminal does not show, None when there is no more."""
        from getpass import getpass

        self._write_stderr("")
        try:
            return getpass(one_line(question) + " ", stream=self._stderr)
        except EOFError:
            self._write_stderr("\n")
            return None

    def share_with(self, display: Display) -> TextIO | None:
        """Have a live display step aside whenever something is written; return its stream."""
        self._displays.append(display)
        return self._stderr

    @property
    def has_diagnostics(self) -> bool:
        """Something went to standard error."""
        return bool(self.stderr_text)

    def flush(self) -> None:
        """Hand everything written to the system.

        Raises:
            OutputLost: Standard output cannot take it.
        """
        if self._stdout is not None:
            try:
                self._stdout.flush()
            except OSError as error:
                self._stdout = None
                raise OutputLost(error) from error

    def close(self) -> None:
        """Clear what live displays show, end the log, and flush.

        Raises:
            OutputLost: As for `flush`.
        """
        self._hide_displays()
        if self._log is not None:
            log, self._log = self._log, None
            try:
                log.close()
            except OSError:
                pass  # As for everything that was written there.
        self.flush()

    def _hide_displays(self) -> None:
        for display in self._displays:
            display.hide()

    def _keep(self, *texts: str) -> None:
        """Write to the log."""
        if self._log is None:
            return
        try:
            for text in texts:
                for line in visible(text).splitlines():
                    self._log.write(f"  {line}\n")
        except (OSError, ValueError):
            # A full disk must not end an installation for its log.
            self._log = None

    def _hint(self, hint: str) -> str:
        """Return a hint as a line; one that begins with `try: ` has been tried and says so."""
        if hint.startswith(_TRY):
            return self._labelled("try", _CYAN, hint.removeprefix(_TRY))
        return self._labelled("hint", _CYAN, hint)

    def _labelled(self, label: str, color: str, text: str) -> str:
        self.has_labels = True
        first, *more = visible(text).split("\n")
        start = f"{color}{label}{_PLAIN}" if self.color else label
        return "".join([f"{start}: {first}\n", *(f"  {line}\n" for line in more)])

    def _write_stdout(self, text: str) -> None:
        self.stdout_text.append(text)
        if self._stdout is not None:
            self._hide_displays()
            try:
                _write(self._stdout, text)
            except OSError as error:
                self._stdout = None
                raise OutputLost(error) from error

    def _write_stderr(self, text: str) -> None:
        self.stderr_text.append(text)
        if self._stderr is None:
            return
        self._hide_displays()
        try:
            # What was said before on standard output must stand above it on a terminal.
            if self._stdout is not None:
                self._stdout.flush()
        except OSError:
            pass  # The last flush fails again and tells; this text must not be lost for it.
        try:
            _write(self._stderr, text)
            self._stderr.flush()
        except OSError:
            pass  # Nobody is left to be told.


def _write(stream: TextIO, text: str) -> None:
    """Write, with escapes for letters that the stream's encoding lacks."""
    try:
        stream.write(text)
    except UnicodeEncodeError:
        encoding = getattr(stream, "encoding", None) or "ascii"
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
