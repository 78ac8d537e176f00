"""List what is installed in the form of requirements."""

from __future__ import annotations

from xpip.cli.reading import read_environment, tell_state, user_limit
from xpip.model.records import TYPE_CHECKING
from xpip.operations.inspect import View, editable_lines, inspect, pin_of

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
    view = View(options.local, below=user_limit(options.user, environment, settings))
    listed, report = inspect(environment, view)
    tell_state(environment, report, console)
    if options.exclude_editable:
        listed = tuple(one for one in listed if not one.editable)
    kept = frozenset[str]()
    if options.requirement_files:
        kept = _follow(listed, options, settings, console)
    unwanted = kept | options.exclude | hidden
    for one in sorted(listed, key=lambda one: one.name.lower()):
        if one.distribution.name not in unwanted:
            console.out(_lines(one, settings))
    return 0


def _follow(
    listed: tuple[Listed, ...], options: FreezeOptions, settings: Settings, console: Console
) -> frozenset[str]:
    """Write what the user's files name, in their order, and return the names."""
    from xpip.operations.freeze import follow

    frozen = {one.distribution.name: _lines(one, settings) for one in listed}
    followed = follow(options.requirement_files, settings.cwd, frozen)
    for note in followed.notes:
        console.note(note)
    for warning in followed.warnings:
        console.warning(warning)
    console.out("\n".join(followed.lines))
    return followed.used


def _lines(one: Listed, settings: Settings) -> str:
    if one.editable:
        return "\n".join(editable_lines(one, settings.environ))
    return f"{one.name} @ {one.reference}" if one.reference else pin_of(one)
