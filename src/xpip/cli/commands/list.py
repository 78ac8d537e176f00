"""List what is installed."""

from __future__ import annotations

from xpip.cli.reading import read_environment, tell_state, user_limit
from xpip.model.records import TYPE_CHECKING
from xpip.operations.inspect import (
    View,
    build_tag_of,
    inspect,
    installer_of,
    normal_version,
    pin_of,
    without_required,
)
from xpip.terminal.reports import table

if TYPE_CHECKING:
    from xpip.cli.options.list import ListOptions
    from xpip.cli.settings import Settings
    from xpip.model.environment import Environment
    from xpip.operations.inspect import Listed
    from xpip.operations.newest import Offer
    from xpip.terminal.console import Console


def run(options: ListOptions, settings: Settings, console: Console) -> int:
    """Write the list in the form that was asked for."""
    environment = read_environment(options.environment, settings, console, options.paths)
    view = View(options.local, below=user_limit(options.user, environment, settings))
    listed, report = inspect(environment, view)
    tell_state(environment, report, console)
    listed = _chosen(listed, options, environment)
    offers: dict[str, Offer] = {}
    if options.freshness:
        offers = _offers(listed, environment, settings, console)
        listed = _by_freshness(listed, offers, options.freshness)
    latest = offers if options.freshness == "outdated" else {}
    verbose = settings.output.verbosity > 0
    if options.format == "json":
        import json

        console.out(json.dumps([_as_json(one, verbose, latest) for one in listed]))
    elif options.format == "freeze":
        for one in listed:
            place = f" ({one.distribution.location})" if verbose else ""
            console.out(f"{pin_of(one)}{place}")
    elif listed:
        console.out("\n".join(_columns(listed, verbose, latest)))
    return 0


def _chosen(
    listed: tuple[Listed, ...], options: ListOptions, environment: Environment
) -> tuple[Listed, ...]:
    """Return what the options leave; what is excluded still needs what it needs, as in pip."""
    if options.editable:
        listed = tuple(one for one in listed if one.editable)
    if options.exclude_editable:
        listed = tuple(one for one in listed if not one.editable)
    if options.not_required:
        listed = without_required(listed, environment)
    return tuple(one for one in listed if one.distribution.name not in options.exclude)


def _offers(
    listed: tuple[Listed, ...], environment: Environment, settings: Settings, console: Console
) -> dict[str, Offer]:
    from xpip.cli.access import access_for
    from xpip.cli.assembly import StoreInUse, make_reporter, standard_streams
    from xpip.operations.newest import newest

    if not listed:
        return {}
    reporter = make_reporter(console, settings, standard_streams())
    access = access_for(settings, console)
    with StoreInUse(settings, console) as store:
        names = (one.distribution.name for one in listed)
        target = environment.interpreter.target
        return newest(names, target, settings.policy, store, access, reporter)


def _by_freshness(
    listed: tuple[Listed, ...], offers: dict[str, Offer], freshness: str
) -> tuple[Listed, ...]:
    from xpip.operations.newest import is_newer, is_same

    is_wanted = is_newer if freshness == "outdated" else is_same
    return tuple(
        one
        for one in listed
        if one.distribution.name in offers and is_wanted(offers[one.distribution.name], one.version)
    )


def _as_json(one: Listed, verbose: bool, latest: dict[str, Offer]) -> dict[str, str]:
    row = {"name": one.name, "version": normal_version(one.version)}
    if verbose:
        row["location"] = one.distribution.location
        row["installer"] = installer_of(one.distribution)
    if latest:
        offer = latest[one.distribution.name]
        row["latest_version"] = offer.version
        row["latest_filetype"] = offer.kind
    if one.editable:
        row["editable_project_location"] = one.editable
    return row


def _columns(listed: tuple[Listed, ...], verbose: bool, latest: dict[str, Offer]) -> list[str]:
    names = [one.name for one in listed]
    columns = [("Package", names), ("Version", [one.version for one in listed])]
    if latest:
        offers = [latest[one.distribution.name] for one in listed]
        columns.append(("Latest", [offer.version for offer in offers]))
        columns.append(("Type", [offer.kind for offer in offers]))
    tags = [build_tag_of(one.distribution) for one in listed]
    if any(tags):
        columns.append(("Build", tags))
    if any(one.editable for one in listed):
        columns.append(("Editable project location", [one.editable for one in listed]))
    if verbose:
        columns.append(("Location", [one.distribution.location for one in listed]))
        columns.append(("Installer", [installer_of(one.distribution) for one in listed]))
    header = [title for title, _ in columns]
    return table(header, list(zip(*(cells for _, cells in columns), strict=True)))
