"""What a term is about: a project, or an extra of one."""

from __future__ import annotations

from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from xpip.resolver.versions import Universe


class Package:
    """A project, or an extra of a project that is chosen in the same version as the project.

    There is one object for each, so that they are compared and hashed by identity. The root of
    solver.md is no package here: what the user asks for is an incompatibility of one term.
    """

    __slots__ = ("base", "extra", "number", "project", "universe")

    def __init__(
        self,
        number: int,
        project: str,
        universe: Universe,
        extra: str = "",
        base: Package | None = None,
    ) -> None:
        self.number = number
        """Position in the order in which the solver first met packages."""
        self.project = project
        """Normalised."""
        self.universe = universe
        """Of the project; extras share it."""
        self.extra = extra
        """Normalised; empty for the project itself."""
        self.base = base or self
        """The project's own package."""

    @property
    def name(self) -> str:
        """Return it as a requirement would name it."""
        return f"{self.project}[{self.extra}]" if self.extra else self.project

    def __repr__(self) -> str:
        return f"<Package {self.number} {self.name}>"
