"""How sources are built, from what the user has said."""

from __future__ import annotations

import os

from xpip.errors import UsageError
from xpip.model.building import BuildSetup
from xpip.model.names import leading_name
from xpip.model.records import TYPE_CHECKING
from xpip.model.source import CheckoutOptions

if TYPE_CHECKING:
    from xpip.cli.options.building import BuildChoices
    from xpip.cli.settings import Settings
    from xpip.model.environment import Interpreter
    from xpip.model.requirement import RequirementSources, RequirementText
    from xpip.operations.install import InstallRequest
    from xpip.operations.resolve import Access


def allow_builds(
    request: InstallRequest,
    access: Access,
    choices: BuildChoices,
    settings: Settings,
    interpreter: Interpreter,
) -> tuple[InstallRequest, Access]:
    """Return a request that takes sources, too, and the access with how these are built.

    Raises:
        XpipError: A file of build constraints cannot be read.
    """
    access = with_builds(access, choices, settings, request.sources, interpreter)
    return request._replace(policy=request.policy._replace(sdists=True)), access


def with_builds(
    access: Access,
    choices: BuildChoices,
    settings: Settings,
    sources: RequirementSources,
    interpreter: Interpreter,
) -> Access:
    """Return the access with how sources are built.

    Args:
        interpreter: The Python that is built for, and with.

    Raises:
        XpipError: A file of build constraints cannot be read.
    """
    named = tuple(line for line in sources.requirements if _is_named(line))
    options = choices.options._replace(
        constraints=_constraints(choices.constraint_files, settings),
        package_settings=choices.options.package_settings
        + tuple(
            (leading_name(line.text), key, value) for line in named for key, value in line.settings
        ),
    )
    checkouts = CheckoutOptions(
        settings.environ,
        _source_folder(choices.source_folder, settings.cwd, interpreter),
        choices.exists_action,
        access.network.credentials,
        settings.network.interactive,
        settings.index_options.offline,
        lock_timeout=options.lock_timeout,
    )
    setup = BuildSetup(
        interpreter,
        options,
        settings.environ,
        checkouts,
        frozenset(leading_name(line.text) for line in named),
        access.ask,
    )
    return access._replace(building=setup)


def _is_named(line: RequirementText) -> bool:
    """Say whether a line begins with the name of a project of an index."""
    return not line.editable and "@" not in line.text and "/" not in line.text


def _source_folder(written: str, cwd: str, interpreter: Interpreter) -> str:
    """Return where editable checkouts go: in the environment, else here, as in pip."""
    if written:
        return os.path.normpath(os.path.join(cwd, written))
    is_virtual = interpreter.prefix != interpreter.base_prefix
    return os.path.join(interpreter.prefix if is_virtual else cwd, "src")


def _constraints(files: tuple[str, ...], settings: Settings) -> tuple[RequirementText, ...]:
    if not files:
        return ()
    from xpip.operations.requirements import read_sources

    found = read_sources((), (), files, settings.environ, settings.cwd)
    for line in found.constraints:
        if line.hashes:
            raise UsageError(
                f"{line.origin}: a build constraint has no hash",
                hints=("leave `--hash` out: what builds need is not checked against hashes",),
            )
    return found.constraints
