"""Look after the shared cache."""

from __future__ import annotations

from xpip.errors import StoreFault
from xpip.model.records import TYPE_CHECKING
from xpip.store.layout import Store
from xpip.terminal.reports import count_line, format_size, table

if TYPE_CHECKING:
    from xpip.cli.options.cache import CacheOptions
    from xpip.cli.settings import Settings
    from xpip.store.upkeep import Problem, Removed
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
    if options.action == "info":
        return _info(store, console)
    if options.action == "list":
        return _list(store, options, console)
    if options.action in ("clean", "purge"):
        return _clean(store, options, settings, console)
    if options.action == "remove":
        return _remove(store, options, settings, console)
    if options.action == "prune":
        return _prune(store, options, settings, console)
    return _verify(store, options, settings, console)


def _info(store: Store, console: Console) -> int:
    from xpip.store.layout import FILES, METADATA, PAGES, WHEELS
    from xpip.store.upkeep import find_wheels, measure

    found = {bucket.name: bucket for bucket in measure(store).buckets}

    def total(*names: str) -> tuple[int, int]:
        buckets = [found[name] for name in names if name in found]
        return sum(one.files for one in buckets), sum(one.size for one in buckets)

    pages, pages_size = total(PAGES, METADATA)
    _, wheels_size = total(WHEELS, FILES)
    number = len(find_wheels(store))
    lines = [
        f"Cache location: {store.root}",
        f"Index page cache location: {store.root}/{PAGES}",
        f"Index page cache size: {format_size(pages_size)}",
        f"Number of cached pages and metadata: {pages}",
        f"Wheels location: {store.root}/{WHEELS}",
        f"Wheels size: {format_size(wheels_size)}",
        f"Number of wheels: {number}",
    ]
    console.out("\n".join(lines))
    return 0


def _list(store: Store, options: CacheOptions, console: Console) -> int:
    from xpip.store.upkeep import find_wheels

    found = find_wheels(store, options.pattern)
    if options.paths_only:
        lines = sorted(one.path for one in found)
    elif found:
        rows = (f" - {one.filename} ({format_size(one.size)})" for one in found)
        lines = ["Cache contents:", "", *rows]
    else:
        lines = ["No wheels cached."]
    if lines:
        console.out("\n".join(lines))
    return 0


def _remove(store: Store, options: CacheOptions, settings: Settings, console: Console) -> int:
    if options.pattern == "*":
        return _clean(store, options, settings, console)
    from xpip.store.upkeep import find_wheels, remove_wheels

    found = find_wheels(store, options.pattern)
    if not found:
        console.warning(f'No matching packages for pattern "{options.pattern}"')
    removed = remove_wheels(store, {one.key for one in found})
    return _tell_removed(removed, console)


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

    return _tell_removed(clean(store, options.names, settings.now), console)


def _tell_removed(removed: Removed, console: Console) -> int:
    for wheel in removed.wheels:
        console.detail(f"removed {wheel}")
    what = f"{count_line(len(removed.wheels), 'wheel')} in {count_line(removed.files, 'file')}"
    console.say(f"Removed {what}, {format_size(removed.size)}")
    return 0


def _prune(store: Store, options: CacheOptions, settings: Settings, console: Console) -> int:
    from xpip.cli.assembly import make_reporter, standard_streams
    from xpip.store.prune import PruneOptions, prune

    wishes = PruneOptions(
        settings.now, options.older_than, options.ci, options.dry_run, options.lock_timeout
    )
    pruned = prune(store, wishes, make_reporter(console, settings, standard_streams()))
    for wheel in pruned.wheels:
        console.detail(f"{'would remove' if options.dry_run else 'removed'} {wheel}")
    for note in pruned.notes:
        console.warning(note)
    if not pruned.complete:
        console.warning(
            "other xpip processes still use the cache: the files that nobody needs are removed by "
            "the next `xpip cache prune`"
        )
    shared = ""
    if pruned.freed != pruned.size:
        shared = f", {format_size(pruned.size - pruned.freed)} of it still in environments"
    wheels = f" of {count_line(len(pruned.wheels), 'wheel')}" if pruned.wheels else ""
    console.say(
        f"{'Would remove' if options.dry_run else 'Removed'} {count_line(pruned.files, 'file')}"
        f"{wheels}, {format_size(pruned.size)}{shared}"
    )
    return 0


def _verify(store: Store, options: CacheOptions, settings: Settings, console: Console) -> int:
    from xpip.store.leases import Leases
    from xpip.store.upkeep import verify

    with Leases(store):
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
    if problem.environments:
        line += f", also in {', '.join(problem.environments)}"
    elif problem.unknown:
        line += f", also in {count_line(problem.unknown, 'unknown place')}"
    if not problem.wheels:
        return line
    shown = ", ".join(problem.wheels[:_SHOWN_WHEELS])
    more = len(problem.wheels) - _SHOWN_WHEELS
    return f"{line} (of {shown}{f' and {more} more' if more > 0 else ''})"
