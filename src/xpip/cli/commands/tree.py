"""Show what installed packages need as a tree."""

from __future__ import annotations

from xpip.cli.reading import read_environment, tell_state
from xpip.formats.option_table import closest
from xpip.model.names import normalized_name
from xpip.model.records import TYPE_CHECKING
from xpip.operations.graph import Graph
from xpip.operations.inspect import View, inspect
from xpip.operations.tree import NO_LIMIT, TreeWish, grow
from xpip.terminal.tree import BOXES, tree_lines

if TYPE_CHECKING:
    from xpip.cli.options.tree import TreeOptions
    from xpip.cli.settings import Settings
    from xpip.model.environment import Environment
    from xpip.model.tree import Branch
    from xpip.terminal.console import Console


def run(options: TreeOptions, settings: Settings, console: Console) -> int:
    """Write the trees; the exit code is 1 when none of the named packages is installed."""
    environment = read_environment(options.environment, settings, console)
    listed, report = inspect(environment, View(options.local))
    tell_state(environment, report, console)
    graph = Graph(listed, environment)
    names = dict.fromkeys(map(normalized_name, options.names))
    missing = [name for name in names if name not in graph.listed]
    if missing:
        near = closest(missing[0], sorted(graph.listed))
        hints = (f"`{near}` is the closest installed name",) if near else ()
        console.warning(f"Package(s) not found: {', '.join(missing)}", hints)
    tops = tuple(name for name in names if name in graph.listed)
    if names and not tops:
        return 1
    wish = TreeWish(
        tops,
        options.inverted,
        NO_LIMIT if options.depth is None else options.depth,
        options.pruned,
        options.repeated,
    )
    latest = _latest(graph, environment, settings, console) if options.outdated else {}
    branches = grow(graph, wish, latest)
    if options.json:
        import json

        console.out(json.dumps([_as_json(one) for one in branches], indent=2))
    elif branches:
        plain = not console.encodes(BOXES)
        console.out("\n".join(tree_lines(branches, inverted=options.inverted, plain=plain)))
    return 0


def _latest(
    graph: Graph, environment: Environment, settings: Settings, console: Console
) -> dict[str, str]:
    """Return normalised name -> newest version of what indexes have newer ones of."""
    from xpip.cli.access import access_for
    from xpip.cli.assembly import StoreInUse, make_reporter, standard_streams
    from xpip.operations.newest import is_newer, newest

    if not graph.listed:
        return {}
    reporter = make_reporter(console, settings, standard_streams())
    access = access_for(settings, console)
    target = environment.interpreter.target
    with StoreInUse(settings, console) as store:
        offers = newest(graph.listed, target, settings.policy, store, access, reporter)
    return {
        name: offer.version
        for name, offer in offers.items()
        if is_newer(offer, graph.listed[name].version)
    }


def _as_json(branch: Branch) -> dict[str, object]:
    found: dict[str, object] = {"name": branch.name, "version": branch.version or None}
    if branch.required:
        found["required"] = branch.required
    if branch.extras:
        found["extras"] = list(branch.extras)
    if branch.mark:
        found["mark"] = branch.mark
    if branch.latest:
        found["latest_version"] = branch.latest
    found["dependencies"] = [_as_json(one) for one in branch.branches]
    return found
