"""Heal what other tools left half done."""

from __future__ import annotations

from xpip.cli.assembly import (
    StoreInUse,
    ensure_changeable,
    find,
    make_reporter,
    standard_streams,
)
from xpip.model.records import TYPE_CHECKING
from xpip.operations.repair import repair
from xpip.terminal.reports import count_line

if TYPE_CHECKING:
    from xpip.cli.options.repair import RepairOptions
    from xpip.cli.settings import Settings
    from xpip.terminal.console import Console


def run(options: RepairOptions, settings: Settings, console: Console) -> int:
    """Write what was found and what became of it; the exit code is 1 when something is left."""
    reporter = make_reporter(console, settings, standard_streams())
    with StoreInUse(settings, console) as store:
        environment = find(options.environment, settings, store).environment
        environment = environment._replace(read_first="")
        ensure_changeable(environment)
        outcome = repair(
            environment,
            store,
            options.apply,
            reporter,
            now=settings.now,
            dry_run=options.dry_run,
        )
    for ailment in outcome.ailments:
        if ailment.remedy:
            remedy = f"would be {ailment.remedy}" if options.dry_run else ailment.remedy
            console.out(f"{ailment.what}: {remedy}")
        else:
            console.out(f"{ailment.what}: not healed")
            console.out(f"  {ailment.hint}")
    if not outcome.ailments:
        console.say("Nothing to repair")
        return 0
    left = sum(1 for ailment in outcome.ailments if not ailment.remedy)
    if left:
        console.say(f"{count_line(left, 'problem')} could not be healed")
    return 1 if left else 0
