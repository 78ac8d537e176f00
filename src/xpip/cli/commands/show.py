"""Show what is known of installed packages."""

from __future__ import annotations

from xpip.cli.reading import read_environment, tell_state
from xpip.errors import RequirementError
from xpip.model.records import TYPE_CHECKING
from xpip.operations.inspect import View, inspect
from xpip.operations.show import home_page, show
from xpip.terminal.escapes import one_line

if TYPE_CHECKING:
    from xpip.cli.options.show import ShowOptions
    from xpip.cli.settings import Settings
    from xpip.operations.show import Shown
    from xpip.terminal.console import Console


def run(options: ShowOptions, settings: Settings, console: Console) -> int:
    """Write the fields of each distribution; the exit code is 1 when none was found."""
    if not options.names:
        raise RequirementError("there is nothing to show", hints=("name one package or more",))
    environment = read_environment(options.environment, settings, console)
    listed, report = inspect(environment, View())
    tell_state(environment, report, console)
    shown, missing = show(options.names, listed, environment)
    if missing:
        console.warning(f"Package(s) not found: {', '.join(sorted(missing))}")
    for position, one in enumerate(shown):
        if position:
            console.out("---")
        lines = _fields(one)
        if settings.output.verbosity > 0:
            lines += _more_fields(one)
        if options.files:
            lines.append("Files:")
            found = one.files
            lines += (
                ["Cannot locate RECORD or installed-files.txt"]
                if found is None
                else [f"  {one_line(path)}" for path in found]
            )
        console.out("\n".join(lines))
    return 0 if shown else 1


def _fields(one: Shown) -> list[str]:
    lines = [
        f"Name: {one.listed.name}",
        f"Version: {one.listed.version}",
        f"Summary: {_first(one, 'summary')}",
        f"Home-page: {home_page(one.headers)}",
        f"Author: {_first(one, 'author')}",
        f"Author-email: {_first(one, 'author-email')}",
    ]
    expression = _first(one, "license-expression")
    if expression:
        lines.append(f"License-Expression: {expression}")
    else:
        lines.append(f"License: {_first(one, 'license')}")
    lines.append(f"Location: {one.listed.distribution.location}")
    if one.listed.editable:
        lines.append(f"Editable project location: {one.listed.editable}")
    lines.append(f"Requires: {', '.join(one.requires)}")
    lines.append(f"Required-by: {', '.join(one.required_by)}")
    return lines


def _more_fields(one: Shown) -> list[str]:
    return [
        f"Metadata-Version: {_first(one, 'metadata-version')}",
        f"Installer: {one.installer}",
        "Classifiers:",
        *(f"  {line}" for line in one.headers.get("classifier", ())),
        "Entry-points:",
        *(f"  {line}" for line in one.entry_points),
        "Project-URLs:",
        *(f"  {line}" for line in one.headers.get("project-url", ())),
    ]


def _first(one: Shown, field: str) -> str:
    """Return a field; further lines of a folded one are indented, not to pass for fields."""
    values = one.headers.get(field)
    return values[0].replace("\n", "\n        ") if values else ""
