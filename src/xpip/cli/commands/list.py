"""List what is installed."""

from __future__ import annotations

from xpip.cli.reading import read_environment, tell_state
from xpip.model.records import TYPE_CHECKING
from xpip.operations.inspect import View, inspect, installer_of, without_required
from xpip.terminal.reports import table

if TYPE_CHECKING:
    from xpip.cli.options.list import ListOptions
    from xpip.cli.settings import Settings
    from xpip.operations.inspect import Listed
    from xpip.terminal.console import Console


def run(options: ListOptions, settings: Settings, console: Console) -> int:
    """Write the list in the form that was asked for."""
    environment = read_environment(options.environment, settings, console, options.paths)
    view = View(options.local and not options.paths, options.exclude)
    listed, report = inspect(environment, view)
    tell_state(environment, report, console)
    if options.not_required:
        listed = without_required(listed, environment)
    if options.editable:
        listed = tuple(one for one in listed if one.editable)
    elif options.exclude_editable:
        listed = tuple(one for one in listed if not one.editable)
    verbose = settings.output.verbosity > 0
    if options.format == "json":
        import json

        console.out(json.dumps([_as_json(one, verbose) for one in listed]))
    elif options.format == "freeze":
        for one in listed:
            place = f" ({one.distribution.location})" if verbose else ""
            console.out(f"{one.name}=={one.version}{place}")
    elif listed:
        console.out("\n".join(_columns(listed, verbose)))
    return 0


def _as_json(one: Listed, verbose: bool) -> dict[str, str]:
    row = {"name": one.name, "version": one.version}
    if verbose:
        row["location"] = one.distribution.location
        row["installer"] = installer_of(one.distribution)
    if one.editable:
        row["editable_project_location"] = one.editable
    return row


def _columns(listed: tuple[Listed, ...], verbose: bool) -> list[str]:
    header = ["Package", "Version"]
    has_editable = any(one.editable for one in listed)
    if has_editable:
        header.append("Editable project location")
    if verbose:
        header += ["Location", "Installer"]
    rows = []
    for one in listed:
        row = [one.name, one.version]
        if has_editable:
            row.append(one.editable)
        if verbose:
            row += [one.distribution.location, installer_of(one.distribution)]
        rows.append(row)
    return table(header, rows)
