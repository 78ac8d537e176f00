"""Core metadata in the form in which it is stored: what is asked for first lies on top."""

from __future__ import annotations

from xpip.model.dependencies import CoreMetadata, Dependencies
from xpip.model.markers import dependencies_for
from xpip.model.outline import dependencies_of, outline_of
from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from xpip.model.outline import Entry, Extras
    from xpip.model.target import Target

    PlainCore = tuple[str, str, tuple[str, ...], str, tuple[str, ...], str]
    PlainRelease = tuple[str, str, str, str, str, tuple[Entry, ...] | None, bytes, bytes]

FIELDS = 8


class ReleaseMetadata:
    """The core metadata of one file of a release."""

    __slots__ = (
        "_always",
        "_core",
        "_extras",
        "_unpack_core",
        "_unpack_extras",
        "digest",
        "fields",
        "filename",
        "requires_python",
    )

    def __init__(
        self,
        fields: PlainRelease,
        unpack_extras: Callable[[bytes], Extras],
        unpack_core: Callable[[bytes], PlainCore],
    ) -> None:
        """Take what `fields_of` has made; both callables give back what was packed."""
        self.fields = fields
        """All of it, as plain tuples."""
        _, _, self.filename, self.requires_python, self.digest, always, extras, core = fields
        self._always = always
        self._extras = extras
        self._core = core
        self._unpack_extras = unpack_extras
        self._unpack_core = unpack_core

    @property
    def core(self) -> CoreMetadata:
        """All that is known."""
        return CoreMetadata(*self._unpack_core(self._core))

    def dependencies(self, target: Target) -> Dependencies:
        """Return what the release needs on a target.

        Raises:
            IntegrityError: A requirement is not valid, or its marker cannot be evaluated.
        """
        if self._always is None:
            return dependencies_for(self.core, target)
        return dependencies_of(
            self._always, lambda: self._unpack_extras(self._extras), self.requires_python, target
        )


def fields_of(
    metadata: CoreMetadata,
    filename: str,
    digest: str,
    pack: Callable[[Extras | PlainCore], bytes],
) -> PlainRelease:
    """Return plain tuples to make a `ReleaseMetadata` of.

    Args:
        filename: Of the file that the metadata was found to belong to.
        digest: Of what decides a resolution.
        pack: Turns plain tuples into something that is quick to load.
    """
    outline = outline_of(metadata)
    always: tuple[Entry, ...] | None = None
    extras: Extras = ()
    if outline is not None:
        always, extras = outline
    name, version, requires_dist, requires_python, provides_extra, metadata_version = metadata
    core = (name, version, requires_dist, requires_python, provides_extra, metadata_version)
    return (
        name,
        version,
        filename,
        requires_python,
        digest,
        always,
        pack(extras),
        pack(core),
    )
