"""List what is installed in the form of requirements."""

from __future__ import annotations

from xpip.cli.reading import read_environment, tell_state
from xpip.model.records import TYPE_CHECKING
from xpip.operations.inspect import View, inspect

if TYPE_CHECKING:
    from xpip.cli.options.freeze import FreezeOptions
    from xpip.cli.settings import Settings
    from xpip.operations.inspect import Listed
    from xpip.terminal.console import Console

_INSTALLERS = frozenset({"pip"})
_OLD_INSTALLERS = frozenset({"pip", "setuptools", "wheel", "distribute"})
_SETUPTOOLS_COMES_ALONG = (3, 12)
"""Before this version `venv` put setuptools into every environment, so pip hides it there."""


def run(options: FreezeOptions, settings: Settings, console: Console) -> int:
    """Write one requirement a line, by name."""
    environment = read_environment(options.environment, settings, console, options.paths)
    hidden = frozenset[str]()
    if not options.all:
        version = environment.interpreter.target.python_version
        is_old = tuple(map(int, version.split(".")[:2])) < _SETUPTOOLS_COMES_ALONG
        hidden = _OLD_INSTALLERS if is_old else _INSTALLERS
    view = View(options.local and not options.paths, options.exclude | hidden)
    listed, report = inspect(environment, view)
    tell_state(environment, report, console)
    for one in sorted(listed, key=lambda one: one.name.lower()):
        if one.editable:
            if not options.exclude_editable:
                console.out("\n".join(_editable_lines(one)))
        elif one.reference:
            console.out(f"{one.name} @ {one.reference}")
        else:
            console.out(f"{one.name}=={one.version}")
    return 0


def _editable_lines(one: Listed) -> tuple[str, str]:
    comment = f"# Editable install with no version control ({one.name}=={one.version})"
    return comment, f"-e {one.editable}"
