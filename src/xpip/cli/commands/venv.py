"""Make a virtual environment."""

from __future__ import annotations

from xpip.cli import unchanged
from xpip.cli.assembly import StoreInUse
from xpip.errors import XpipError
from xpip.model.records import TYPE_CHECKING
from xpip.operations.venv import VenvRequest, make_environment
from xpip.terminal.escapes import visible

if TYPE_CHECKING:
    from xpip.cli.options.venv import VenvOptions
    from xpip.cli.settings import Settings
    from xpip.environment.create import Created
    from xpip.operations.venv import VenvOutcome
    from xpip.store.layout import Store
    from xpip.terminal.console import Console


def run(options: VenvOptions, settings: Settings, console: Console) -> int:
    """Make the environment and say how to use it."""
    request = VenvRequest(
        options.path,
        options.python,
        options.prompt,
        options.clear,
        options.allow_existing,
        options.system_site_packages,
        options.seed,
    )
    with StoreInUse(settings, console) as store:
        outcome = make_environment(request, settings.environ, settings.cwd, store)
        created = outcome.created
        version = outcome.interpreter.target.python_version
        notes = (
            f"Python {version} at {outcome.interpreter.base_executable}",
            _made(created),
            f"Activate it with: {_activation(created.path)}",
        )
        console.note(notes[0])
        console.note(notes[1])
        if created.left_behind:
            console.warning(f"`{created.left_behind}` of the old environment could not be removed")
        if outcome.seeds:
            _install(outcome.seeds, created.path, settings, store, console)
    console.note(notes[2])
    if not created.reused and not store.warnings:
        _remember(request, outcome, notes, settings)
    return 0


def _made(created: Created) -> str:
    if created.reused:
        return f"Another process made the environment at {created.path} just now"
    return f"Made the environment at {created.path}"


def _remember(
    request: VenvRequest, outcome: VenvOutcome, notes: tuple[str, ...], settings: Settings
) -> None:
    """Have tier 0 make the same environment the next time (`cli/repeated_venv.py`).

    Not where more was to be done, and not where it depends on `PATH` which interpreter is meant.
    """
    import os

    created, output = outcome.created, settings.output
    if request.clear or request.allow_existing or request.seed or created.design is None:
        return
    if "/" not in request.python and request.python:
        return
    if output.verbosity > 0 or output.log or settings.warnings or settings.is_moved:
        return
    base = outcome.interpreter.base_executable
    said = "".join(f"{visible(note)}\n" for note in notes) if output.verbosity == 0 else ""
    unchanged.remember(
        settings.argv,
        settings.store.root,
        (*settings.consulted, base, os.path.realpath(base), outcome.interpreter.executable),
        (created.path, created.place, tuple(created.design), said),
        settings.now,
        settings.variables,
    )


def _activation(path: str) -> str:
    """Return what to type in a POSIX shell, quoted where it has to be."""
    from xpip.environment.activate import quote_posix

    script = f"{path}/bin/activate"
    is_plain = script.replace("/", "").replace(".", "").replace("_", "").replace("-", "").isalnum()
    return f". {script}" if is_plain else f". {quote_posix(script)}"


def _install(
    seeds: tuple[str, ...], path: str, settings: Settings, store: Store, console: Console
) -> None:
    """Install the first packages of a new environment as `xpip install` would."""
    from xpip.cli.access import access_for
    from xpip.cli.assembly import find, make_reporter, standard_streams
    from xpip.environment.apply import ApplyOptions
    from xpip.environment.discover import EnvironmentRequest
    from xpip.model.origin import ArgumentOrigin
    from xpip.model.requirement import RequirementSources, RequirementText
    from xpip.operations.install import ChangeOptions, InstallRequest, install

    texts = tuple(RequirementText(name, ArgumentOrigin("--seed")) for name in seeds)
    request = InstallRequest(
        RequirementSources(texts), settings.policy, ChangeOptions(), ApplyOptions(), settings.cwd
    )
    environment = find(EnvironmentRequest(python=path), settings, store).environment
    access = access_for(settings, console)
    reporter = make_reporter(console, settings, standard_streams())
    try:
        outcome = install(request, environment, store, access, reporter)
    except XpipError as error:
        again = f"the environment is there; `xpip venv --seed --allow-existing {path}` tries again"
        error.hints = (*error.hints, again)
        raise
    if outcome.report is not None:
        from xpip.terminal.reports import installed_line

        console.note(installed_line(outcome.report.installed))
