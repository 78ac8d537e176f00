"""Tell why packages are installed."""

from __future__ import annotations

from xpip.cli.reading import read_environment, tell_state
from xpip.formats.option_table import closest
from xpip.model.names import normalized_name
from xpip.model.records import TYPE_CHECKING
from xpip.operations.graph import Graph
from xpip.operations.inspect import View, inspect
from xpip.operations.why import reasons_for
from xpip.terminal.tree import chain_line

if TYPE_CHECKING:
    from xpip.cli.options.why import WhyOptions
    from xpip.cli.settings import Settings
    from xpip.operations.inspect import Listed
    from xpip.operations.why import Reasons
    from xpip.terminal.console import Console


def run(options: WhyOptions, settings: Settings, console: Console) -> int:
    """Write the chains that lead to each package; the exit code is 1 when one is not installed."""
    environment = read_environment(options.environment, settings, console)
    listed, report = inspect(environment, View())
    tell_state(environment, report, console)
    graph = Graph(listed, environment)
    answers = []
    code = 0
    for written in options.names:
        name = normalized_name(written)
        one = graph.listed.get(name)
        if one is None:
            near = closest(name, sorted(graph.listed))
            hints = (f"`{near}` is the closest installed name",) if near else ()
            console.warning(f"`{written}` is not installed", hints)
            code = 1
            continue
        answers.append((one, reasons_for(name, graph)))
    if options.json:
        import json

        console.out(json.dumps([_as_json(*answer) for answer in answers], indent=2))
    else:
        for answer in answers:
            console.out("\n".join(_lines(*answer)))
    return code


def _lines(one: Listed, reasons: Reasons) -> list[str]:
    title = f"{one.name} {one.version}"
    chains = [f"  {chain_line(chain)}" for chain in reasons.chains]
    if reasons.cut:
        chains.append("  ... and more")
    if reasons.requested and not chains:
        return [f"{title} was asked for, and nothing else needs it"]
    if not chains:
        return [f"nothing needs {title}, and nobody asked for it"]
    if reasons.requested:
        return [f"{title} was asked for, and is needed by", *chains]
    if not reasons.by_requested:
        return [f"{title} is needed by what nobody asked for", *chains]
    return [f"{title} is needed by", *chains]


def _as_json(one: Listed, reasons: Reasons) -> dict[str, object]:
    return {
        "name": one.name,
        "version": one.version,
        "requested": reasons.requested,
        "complete": not reasons.cut,
        "chains": [
            [
                {"name": step.name, "version": step.version, "required": step.required}
                for step in chain
            ]
            for chain in reasons.chains
        ],
    }
