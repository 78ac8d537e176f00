"""Progress is for people who wait, and costs nobody else anything."""

import io
import subprocess
import sys

import pytest

from xpip.terminal.console import Console
from xpip.terminal.progress import Amount, LiveReporter, QuietReporter, RawReporter


@pytest.fixture
def streams():
    return io.StringIO(), io.StringIO()


def work(reporter):
    reporter.started("download", 2, 3000)
    reporter.progressed("download", size=1000)
    reporter.warning("slow server")
    reporter.progressed("download", items=1, size=2000)
    reporter.finished("download")


def test_on_a_pipe_only_warnings_are_told(streams):
    work(QuietReporter(Console(*streams)))
    assert streams[0].getvalue() == ""
    assert streams[1].getvalue() == "warning: slow server\n"


def test_programs_get_the_lines_of_pip_for_downloads(streams):
    reporter = RawReporter(Console(*streams))
    reporter.started("resolve", 5)
    work(reporter)
    lines = streams[0].getvalue().splitlines()
    assert lines[0] == "Progress 0 of 3000"
    assert lines[-1] == "Progress 3000 of 3000"


def test_a_terminal_shows_one_line_a_phase_and_none_is_left(streams, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("FORCE_COLOR", "1")
    console = Console(*streams)
    reporter = LiveReporter(console, delay=0.0)
    reporter.started("resolve", 0)
    reporter.progressed("resolve", items=7)
    work(reporter)
    console.close()
    shown = streams[1].getvalue()
    assert "Resolving" in shown
    assert "Downloading" in shown
    assert "warning: slow server\n" in shown
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h") > 0, "the cursor is back"
    assert streams[0].getvalue() == ""


def test_short_work_is_never_drawn(streams):
    console = Console(*streams)
    reporter = LiveReporter(console)
    work(reporter)
    console.close()
    assert streams[1].getvalue() == "warning: slow server\n"


def test_nothing_is_imported_for_short_work_or_once_packages_are_written():
    script = (
        "import io, sys\n"
        "from xpip.terminal import progress\n"
        "from xpip.terminal.console import Console\n"
        "console = Console(io.StringIO(), io.StringIO())\n"
        "reporter = progress.LiveReporter(console)\n"
        "reporter.started('download', 3)\n"
        "reporter.progressed('download', 3)\n"
        "reporter = progress.LiveReporter(console, delay=0.0)\n"
        "reporter.started('install', 3)\n"
        "reporter.progressed('install', 1)\n"
        "assert not [name for name in sys.modules if name.partition('.')[0] == 'rich']\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


@pytest.mark.parametrize(
    ("amount", "text", "fraction"),
    [
        (Amount(0, 0, 0, 0), "", None),
        (Amount(3, 0, 0, 0), "3", None),
        (Amount(3, 12, 0, 0), "3/12", 0.25),
        (Amount(1, 2, 500, 2000), "1/2  500 bytes/2.0 kB", 0.25),
        (Amount(1, 2, 0, 2000), "1/2", 0.5),
        (Amount(0, 2, 0, 2000), "0/2  0 bytes/2.0 kB", 0.0),
        (Amount(1, 2, 9000, 2000), "1/2  9.0 kB/2.0 kB", 1.0),
        (Amount(3, 0, 10, 0, True), "3  10 bytes", 1.0),
    ],
)
def test_amounts_are_counts_and_bytes_as_far_as_they_are_known(amount, text, fraction):
    assert amount.text() == text
    assert amount.fraction() == fraction


def test_a_phase_that_is_started_again_goes_on(streams):
    reporter = RawReporter(Console(*streams))
    reporter.started("download", 1, 1000)
    reporter.started("download", 1, 500)
    reporter.progressed("download", 2, 1500)
    reporter.finished("download")
    assert streams[0].getvalue().splitlines()[-1] == "Progress 1500 of 1500"
