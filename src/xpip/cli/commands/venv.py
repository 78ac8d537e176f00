"""Make a virtual environment."""

from __future__ import annotations

from xpip.cli.assembly import StoreInUse
from xpip.errors import XpipError
from xpip.model.records import TYPE_CHECKING
from xpip.operations.venv import VenvRequest, make_environment

if TYPE_CHECKING:
    from xpip.cli.options.venv import VenvOptions
    from xpip.cli.settings import Settings
    from xpip.environment.create import Created
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
        version = outcome.interpreter.target.python_version
        console.note(f"Python {version} at {outcome.interpreter.base_executable}")
        _tell(outcome.created, console)
        if outcome.seeds:
            _install(outcome.seeds, outcome.created.path, settings, store, console)
    console.note(f"Activate it with: {_activation(outcome.created.path)}")
    return 0


def _tell(created: Created, console: Console) -> None:
    if created.reused:
        console.note(f"Another process made the environment at {created.path} just now")
    else:
        console.note(f"Made the environment at {created.path}")
    if created.left_behind:
        console.warning(f"`{created.left_behind}` of the old environment could not be removed")


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
    from xpip.cli.assembly import find, make_reporter, standard_streams
    from xpip.environment.apply import ApplyOptions
    from xpip.environment.discover import EnvironmentRequest
    from xpip.model.origin import ArgumentOrigin
    from xpip.model.requirement import RequirementSources, RequirementText
    from xpip.operations.install import ChangeOptions, InstallRequest, install
    from xpip.operations.resolve import Access

    texts = tuple(RequirementText(name, ArgumentOrigin("--seed")) for name in seeds)
    request = InstallRequest(
        RequirementSources(texts), settings.policy, ChangeOptions(), ApplyOptions(), settings.cwd
    )
    environment = find(EnvironmentRequest(python=path), settings, store).environment
    access = Access(settings.index_options, settings.network, settings.now)
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
