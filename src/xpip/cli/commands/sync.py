"""Make an environment hold exactly what files pin."""

from __future__ import annotations

import os

from xpip.cli.access import access_for
from xpip.cli.assembly import (
    StoreInUse,
    ensure_changeable,
    find,
    installed_paths,
    make_reporter,
    remember,
    standard_streams,
)
from xpip.cli.builds import with_builds
from xpip.cli.locked import is_lock, wish_for
from xpip.cli.options.changing import at_level
from xpip.cli.settings import with_sources
from xpip.cli.sources import ToldWhere, gather, reach_of
from xpip.errors import RequirementError, UsageError
from xpip.model.records import TYPE_CHECKING
from xpip.model.urls import redact
from xpip.operations.sync import SyncRequest, sync
from xpip.operations.wanted import Wanted, file_name_of, is_remote
from xpip.terminal.reports import count_line, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.cli.options.sync import SyncOptions
    from xpip.cli.settings import Settings
    from xpip.model.environment import Environment
    from xpip.model.lock import LockWish
    from xpip.operations.sync import SyncOutcome
    from xpip.terminal.console import Console

_LOCK = "pylock.toml"
_REQUIREMENTS = "requirements.txt"


def run(options: SyncOptions, settings: Settings, console: Console) -> int:
    """Synchronise and say what was done."""
    files, looked_for = _files(options.wanted.requirement_files, settings.cwd)
    locks = tuple(filter(is_lock, files))
    _ensure_pinned_files(files, options, console)
    sources = gather(
        Wanted(requirement_files=tuple(file for file in files if file not in locks)),
        settings,
        console,
    )
    settings = with_sources(settings, sources)
    reach = reach_of(settings, console)
    request = SyncRequest(
        sources,
        locks,
        _lock_wish(locks, options, settings),
        settings.policy._replace(sdists=True),
        at_level(options.apply, settings.environ),
        reach,
        options.last_wins,
        options.repair,
        options.dry_run,
        options.allow_empty,
    )
    access = access_for(settings, console)
    reporter = make_reporter(console, settings, standard_streams())
    with StoreInUse(settings, console) as store:
        discovery = find(options.environment, settings, store)
        # What the user has for herself is neither wanted nor in the way: it is another place.
        environment = discovery.environment._replace(read_first="")
        ensure_changeable(environment)
        access = with_builds(access, options.builds, settings, sources, environment.interpreter)

        def approve(outcome: SyncOutcome) -> bool:
            return not options.ask or _is_approved(outcome, settings, console)

        with ToldWhere(sources, locks, settings.cwd):
            outcome = sync(request, environment, store, access, reporter, approve)
        code = _tell(outcome, options, tuple(map(redact, files)), console)
        if options.strict:
            _tell_unsatisfied(environment, console)
        if outcome.is_empty() and not (outcome.refused or outcome.direct or sources.is_volatile):
            depends = (
                *sources.files,
                *(os.path.normpath(os.path.join(settings.cwd, lock)) for lock in locks),
                *looked_for,
                *discovery.consulted,
                *installed_paths(environment),
            )
            if not any(map(is_remote, locks)):
                remember(settings, depends, console)
    return code


def _files(named: tuple[str, ...], cwd: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the files to read, and the absolute paths that were looked for to find them.

    Raises:
        RequirementError: None was named, and there is none.
    """
    if named:
        return named, ()
    looked_for = []
    for name in (_LOCK, _REQUIREMENTS):
        looked_for.append(os.path.join(cwd, name))
        if os.path.exists(looked_for[-1]):
            return (name,), tuple(looked_for)
    raise RequirementError(
        f"there is neither `{_LOCK}` nor `{_REQUIREMENTS}` in `{cwd}`",
        hints=("name a file: `xpip sync FILE`", "`xpip compile -o requirements.txt` writes one"),
    )


def _ensure_pinned_files(files: Sequence[str], options: SyncOptions, console: Console) -> None:
    """Refuse sources of `compile`, as pip-sync does.

    Raises:
        UsageError: There is one, and `--force` was not given.
    """
    for file in files:
        if not file_name_of(file).endswith(".in"):
            continue
        pinned = f"{redact(file).removesuffix('.in')}.txt"
        if not options.last_wins:
            raise UsageError(
                f"`{redact(file)}` looks like a source of `xpip compile`, not like its output",
                hints=(f"`{pinned}` may be meant", "`--force` reads it all the same"),
            )
        console.warning(f"`{redact(file)}` looks like a source, not like an output of `compile`")


def _lock_wish(locks: tuple[str, ...], options: SyncOptions, settings: Settings) -> LockWish:
    """Return which parts of lock files are wanted.

    Raises:
        UsageError: There is no lock file that could have parts.
    """
    wanted = options.wanted
    if not locks and (wanted.extras or wanted.all_extras or wanted.groups):
        raise UsageError(
            "`--extra`, `--all-extras` and `--group` need a lock file",
            hints=("`xpip lock` writes one, with extras and groups to choose from",),
        )
    return wish_for(locks, wanted, settings.policy)


def _is_approved(outcome: SyncOutcome, settings: Settings, console: Console) -> bool:
    """Show the plan and ask.

    Raises:
        UsageError: Nobody is there to answer.
    """
    _tell_plan(outcome, console)
    while True:
        answer = None if not settings.network.interactive else console.ask("Proceed (Y/n)?")
        if answer is None:
            raise UsageError(
                "nobody answered whether to synchronise",
                details=("nothing was changed",),
                hints=("leave out `--ask` to synchronise without being asked",),
            )
        if answer.lower() in ("", "y", "yes", "n", "no"):
            return answer.lower() not in ("n", "no")
        console.out(f"Your response ({answer!r}) was not one of the expected responses: y, n, ")


def _tell(
    outcome: SyncOutcome, options: SyncOptions, files: Sequence[str], console: Console
) -> int:
    if outcome.refused and outcome.is_empty():
        console.warning(
            f"{', '.join(f'`{file}`' for file in files)} pins nothing: nothing was changed",
            hints=("`--allow-empty` removes everything",),
        )
    elif outcome.refused:
        console.say("Nothing was changed")
    elif outcome.is_empty():
        console.say("Everything up-to-date")
    elif options.dry_run:
        _tell_plan(outcome, console)
    else:
        if not options.ask:
            _tell_plan(outcome, console)
        console.say(_done_line(outcome))
    return 0


def _tell_plan(outcome: SyncOutcome, console: Console) -> None:
    rows = []
    for step in outcome.plan.steps:
        before = ", ".join(one.version for one in step.before)
        action = "remove" if step.after is None else "replace" if step.before else "install"
        after = "" if step.after is None else step.after.version or step.after.url
        rows.append([step.name, action, before, after, step.reason])
    for restoration in outcome.restorations:
        one = restoration.distribution
        what = count_line(len(restoration.paths), "changed file")
        rows.append([one.name, "repair", one.version, one.version, what])
    for line in table(["Package", "Change", "Installed", "Wanted", "Why"], rows):
        console.say(line)


def _done_line(outcome: SyncOutcome) -> str:
    counts = {"installed": 0, "replaced": 0, "removed": 0}
    for step in outcome.plan.steps:
        counts["removed" if step.after is None else "replaced" if step.before else "installed"] += 1
    parts = [f"{number} {what}" for what, number in counts.items() if number]
    if outcome.restorations:
        parts.append(f"{len(outcome.restorations)} repaired")
    return f"Synchronised: {', '.join(parts)}"


def _tell_unsatisfied(environment: Environment, console: Console) -> None:
    """Warn of what does not fit; a file that pins everything can still miss something."""
    from xpip.cli.commands.check import finding_lines
    from xpip.environment.installed import scan_report
    from xpip.operations.check import check

    findings = check(environment, scan_report(environment))
    for line in finding_lines(findings, environment.interpreter.target.python_version):
        console.warning(line.rstrip("."))
