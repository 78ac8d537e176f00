"""What a release needs: the part of core metadata that the solver uses."""

from __future__ import annotations

from xpip.model.on_demand import OnDemand
from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from xpip.model.parsed_requirement import Requirement


class CoreMetadata(NamedTuple):
    """The fields of METADATA that resolving and checking use, as text so that they can be stored.

    Spec: https://packaging.python.org/en/latest/specifications/core-metadata/
    """

    name: str
    """As written by the project."""
    version: str
    requires_dist: tuple[str, ...] = ()
    requires_python: str = ""
    provides_extra: tuple[str, ...] = ()
    """Normalised."""
    metadata_version: str = ""


class ByExtra(OnDemand["tuple[str, tuple[Requirement, ...]]"]):
    """What extras add, found out when somebody asks for one."""

    __slots__ = ()

    def of(self, extra: str) -> tuple[Requirement, ...] | None:
        """Return what an extra adds, None when there is no such extra."""
        return dict(self.all()).get(extra)


class Dependencies(NamedTuple):
    """What one candidate needs on one target; requirements whose marker is false are left out."""

    requires: tuple[Requirement, ...]
    """Without any extra."""
    extras: tuple[tuple[str, tuple[Requirement, ...]], ...] | ByExtra = ()
    """(normalised extra, what it adds), in the order of Provides-Extra."""
    requires_python: str = ""
    """Specifier text; empty when every Python will do."""

    def of_extra(self, extra: str) -> tuple[Requirement, ...] | None:
        """Return what an extra adds, None when the release does not provide it."""
        extras = self.extras
        return extras.of(extra) if isinstance(extras, ByExtra) else dict(extras).get(extra)
