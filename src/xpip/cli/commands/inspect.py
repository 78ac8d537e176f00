"""Describe an environment and all that is installed in it, as JSON."""

from __future__ import annotations

from xpip.cli.reading import read_environment, tell_state, user_limit
from xpip.model.records import TYPE_CHECKING
from xpip.operations.description import describe
from xpip.operations.inspect import View, inspect

if TYPE_CHECKING:
    from xpip.cli.options.inspect import InspectOptions
    from xpip.cli.settings import Settings
    from xpip.terminal.console import Console


def run(options: InspectOptions, settings: Settings, console: Console) -> int:
    """Write the report in the form of `pip inspect`, version 1."""
    import json

    environment = read_environment(options.environment, settings, console, options.paths)
    view = View(options.local, below=user_limit(options.user, environment, settings))
    listed, report = inspect(environment, view)
    tell_state(environment, report, console)
    described = describe(listed, environment)
    console.out(json.dumps(described, indent=2, ensure_ascii=not console.encodes("é→")))
    return 0
