"""What decides how sources are built."""

from __future__ import annotations

from xpip.model.environment import Interpreter
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.requirement import RequirementText
from xpip.model.source import CheckoutOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LOCK_TIMEOUT = 300.0
"""Seconds."""


class BuildOptions(NamedTuple):
    """What the user has decided about builds."""

    isolated: bool = True
    """Each build gets an environment with its requirements only."""
    not_isolated: frozenset[str] = frozenset()
    """Normalised names of projects that are built in the target environment."""
    settings: tuple[tuple[str, str], ...] = ()
    """`--config-settings` in order; they go to what the user names, as in pip."""
    package_settings: tuple[tuple[str, str, str], ...] = ()
    """(normalised name, key, value) in order."""
    constraints: tuple[RequirementText, ...] = ()
    """Narrow what builds need, and nothing else."""
    concurrency: int = 0
    """Builds at the same time; 0 for the number of processors."""
    lock_timeout: float = LOCK_TIMEOUT
    """Seconds to wait for another process that builds the same."""
    check_requirements: bool = False
    """Refuse a build without isolation whose requirements are not installed."""
    keep_folders: bool = False
    """Leave the folders of builds where they are."""
    allowed: frozenset[str] | None = None
    """Normalised names of the projects that may be built; None for all."""
    ask: bool = False
    """Somebody is to be asked before a project is built that is not in `allowed`."""

    def settings_for(self, project: str, requested: bool) -> tuple[tuple[str, str], ...]:
        """Return the settings for one project, in order.

        Args:
            project: Normalised; empty while nobody knows it.
            requested: The user names it, and not only another project.
        """
        own = tuple((key, value) for name, key, value in self.package_settings if name == project)
        return (self.settings if requested else ()) + own

    def is_isolated(self, project: str) -> bool:
        """Say whether a project gets an environment of its own for its build."""
        return self.isolated and project not in self.not_isolated


class BuildSetup(NamedTuple):
    """Everything that builds of one command have in common."""

    interpreter: Interpreter
    """The Python that is built for, and with."""
    options: BuildOptions
    variables: Mapping[str, str]
    """All variables of xpip itself; builds see few of those that might hold a secret."""
    checkouts: CheckoutOptions
    requested: frozenset[str] = frozenset()
    """Normalised names of the projects that the user names."""
    ask: Callable[[str, str], str] | None = None
    """Asks a person for one of some letters: question and letters; None when nobody can answer."""
