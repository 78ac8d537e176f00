"""Ask indexes what they have."""

from __future__ import annotations

from xpip.cli.access import access_for
from xpip.cli.assembly import StoreInUse, find, make_reporter, standard_streams
from xpip.environment.installed import scan
from xpip.environment.titles import read_title
from xpip.errors import EnvironmentFault, NoSolution
from xpip.model.names import normalized_name
from xpip.model.records import TYPE_CHECKING
from xpip.model.urls import redact
from xpip.model.versions_text import parse_version
from xpip.operations.inspect import normal_version
from xpip.operations.newest import offered

if TYPE_CHECKING:
    from xpip.cli.options.index import IndexOptions
    from xpip.cli.settings import Settings
    from xpip.model.target import Target
    from xpip.operations.newest import Offer
    from xpip.store.layout import Store
    from xpip.terminal.console import Console


def run(options: IndexOptions, settings: Settings, console: Console) -> int:
    """Write the versions of a project, newest first, and which one is installed."""
    project = normalized_name(options.name)
    reporter = make_reporter(console, settings, standard_streams())
    access = access_for(settings, console)
    with StoreInUse(settings, console) as store:
        target, installed = _situation(project, options, settings, store)
        offers = offered(project, target, settings.policy, store, access, reporter)
    if not offers:
        places = (*settings.index_options.find_links, *settings.index_options.indexes)
        raise NoSolution(
            f"no matching distribution was found for `{options.name}`",
            details=tuple(f"looked at: {redact(place)}" for place in places),
        )
    if options.json:
        import json

        console.out(json.dumps(_as_json(options.name, offers, installed)))
    else:
        console.out("\n".join(_lines(options.name, offers, installed)))
    return 0


def _situation(
    project: str, options: IndexOptions, settings: Settings, store: Store
) -> tuple[Target, str]:
    """Return what to look for, and the installed version of the project; empty for none."""
    request = options.environment._replace(require_virtualenv=False)
    installed = ""
    try:
        environment = find(request, settings, store).environment
    except EnvironmentFault:
        if request.python or request.prefix or request.target:
            raise
        # To ask an index needs no environment, only a Python to ask for.
        environment = find(request._replace(target=settings.cwd), settings, store).environment
    else:
        for distribution in scan(environment):
            if distribution.name == project:
                installed = normal_version(read_title(distribution)[1])
    target = environment.interpreter.target
    if options.wish is not None:
        from xpip.environment.foreign_target import wished_target

        target = wished_target(target, options.wish)
    return target, installed


def _as_json(name: str, offers: tuple[Offer, ...], installed: str) -> dict[str, object]:
    answer: dict[str, object] = {
        "name": name,
        "versions": [offer.version for offer in offers],
        "latest": offers[0].version,
    }
    if installed:
        answer["installed_version"] = installed
    return answer


def _lines(name: str, offers: tuple[Offer, ...], installed: str) -> list[str]:
    latest = offers[0].version
    lines = [
        f"{name} ({latest})",
        f"Available versions: {', '.join(offer.version for offer in offers)}",
    ]
    if installed:
        version = parse_version(latest)
        is_candidate = version is not None and version.pre is not None
        more = " (pre-release; install with `xpip install --pre`)" if is_candidate else ""
        lines += [f"  INSTALLED: {installed}", f"  LATEST:    {latest}{more}"]
    return lines
