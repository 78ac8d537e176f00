"""Look after the shared cache."""

from __future__ import annotations

from xpip.errors import StoreFault
from xpip.model.records import TYPE_CHECKING
from xpip.store.layout import Store
from xpip.terminal.reports import count_line, format_size, table

if TYPE_CHECKING:
    from xpip.cli.options.cache import CacheOptions
    from xpip.cli.settings import Settings
    from xpip.store.upkeep import Problem
    from xpip.terminal.console import Console

_KINDS = {
    "edited": "has been edited",
    "touched": "was written to or copied by somebody",
    "missing": "is missing",
    "torn": "cannot be read",
}
_HARMLESS = "touched"
_SHOWN_WHEELS = 3


def run(options: CacheOptions, settings: Settings, console: Console) -> int:
    """Do what was asked for; the exit code is 1 when a check found damage."""
    if not settings.store.root:
        raise StoreFault(
            "there is no cache to look after: it is switched off",
            hints=("take away `--no-cache-dir`, or name a folder with `--cache-dir`",),
        )
    if options.action == "dir":
        console.out(settings.store.root)
        return 0
    # Not `open_store`: looking at a cache does not make one, and one that cannot be used is
    # looked at all the same.
    store = Store(settings.store.root)
    if options.action == "size":
        return _size(store, console)
    if options.action == "clean":
        return _clean(store, options, settings, console)
    return _verify(store, options, settings, console)


def _size(store: Store, console: Console) -> int:
    from xpip.store.upkeep import measure

    found = measure(store)
    rows = [(one.name, str(one.files), format_size(one.size)) for one in found.buckets]
    if rows:
        console.out("\n".join(table(("Kind", "Files", "Size"), rows)))
    shared = ""
    if found.shared:
        shared = f", {format_size(found.shared)} of it shared with environments"
    console.out(f"{count_line(found.files, 'file')}, {format_size(found.size)}{shared}")
    return 0


def _clean(store: Store, options: CacheOptions, settings: Settings, console: Console) -> int:
    from xpip.store.upkeep import clean

    removed = clean(store, options.names, settings.now)
    for wheel in removed.wheels:
        console.detail(f"removed {wheel}")
    what = f"{count_line(len(removed.wheels), 'wheel')} in {count_line(removed.files, 'file')}"
    console.say(f"Removed {what}, {format_size(removed.size)}")
    return 0


def _verify(store: Store, options: CacheOptions, settings: Settings, console: Console) -> int:
    from xpip.store.upkeep import verify

    report = verify(store, options.deep, settings.now)
    for problem in report.problems:
        console.out(_problem_line(problem))
    checked = f"{count_line(report.wheels, 'wheel')} with {count_line(report.blobs, 'file')}"
    if not report.problems:
        console.say(f"Checked {checked}: all is well")
        return 0
    console.say(f"Checked {checked}: {count_line(len(report.problems), 'problem')} put right")
    return int(any(problem.kind != _HARMLESS for problem in report.problems))


def _problem_line(problem: Problem) -> str:
    line = f"{problem.path} {_KINDS.get(problem.kind, problem.kind)}"
    if not problem.wheels:
        return line
    shown = ", ".join(problem.wheels[:_SHOWN_WHEELS])
    more = len(problem.wheels) - _SHOWN_WHEELS
    return f"{line} (of {shown}{f' and {more} more' if more > 0 else ''})"
