"""Under which name the store keeps what is built, and whether it has it: no build is started here.

A warm installation passes through here, so nothing heavy may be imported.
"""

from __future__ import annotations

import os

from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.store.built import read_built_wheel
from xpip.store.keys import key_of
from xpip.store.metadata import metadata_key

if TYPE_CHECKING:
    from xpip.model.building import BuildSetup
    from xpip.model.distribution import StoredWheel
    from xpip.model.options import IndexOptions
    from xpip.model.resolution import ResolvedPackage
    from xpip.operations.resolve import Access
    from xpip.store.layout import Store


def is_source(package: ResolvedPackage) -> bool:
    """Say whether a package has to be built before it can be installed."""
    return package.source is not None or not package.file.filename.lower().endswith(".whl")


class BuildInputs(NamedTuple):
    """What decides what comes out of a build, besides the sources."""

    settings: tuple[tuple[str, str], ...]
    """`--config-settings` in order."""
    isolated: bool
    kind: str = "wheel"
    """`wheel` or `editable`."""


def inputs_for(project: str, setup: BuildSetup) -> BuildInputs:
    """Return the inputs for a wheel of a project that an index has.

    Args:
        project: Normalised.
    """
    options = setup.options
    settings = options.settings_for(project, project in setup.requested)
    return BuildInputs(settings, options.is_isolated(project))


def build_key(
    identity: str, inputs: BuildInputs, setup: BuildSetup, locations: IndexOptions
) -> str:
    """Return the key of what is built from some sources: all that decides what comes out.

    What the build needs counts as it is written, since the versions that were chosen are recorded
    and a new setuptools is no reason to build again; where it is looked for counts too.

    Args:
        identity: Of the sources: a digest that changes when they do.
    """
    interpreter, options = setup.interpreter, setup.options
    target = interpreter.target
    return key_of(
        identity,
        inputs.kind,
        inputs.settings,
        (target.implementation, target.python_version.rpartition(".")[0], target.tags[:1]),
        (interpreter.bytecode_tag, interpreter.platform_key, interpreter.base_prefix),
        tuple(line.text for line in options.constraints) if inputs.isolated else None,
        (locations.indexes, locations.find_links, locations.ties)
        if inputs.isolated
        else _installed(interpreter.library_folders),
    )


def present_built(store: Store, package: ResolvedPackage, access: Access) -> StoredWheel | None:
    """Return the wheel that was built of an sdist of an index, None when a build is needed."""
    if package.source is not None or access.building is None:
        return None
    inputs = inputs_for(package.name, access.building)
    key = build_key(metadata_key(package.file), inputs, access.building, access.locations)
    if package.hashes and not _is_allowed(package):
        return None
    return read_built_wheel(store, key)


def _is_allowed(package: ResolvedPackage) -> bool:
    """Say whether the user's hashes are known to hold, without the bytes of the archive."""
    stated = package.file.digest("sha256")
    return any(one.algorithm == "sha256" and one.value == stated for one in package.hashes)


def _installed(folders: tuple[str, ...]) -> tuple[str, ...]:
    """Return what a build without isolation finds installed."""
    names: list[str] = []
    for folder in folders:
        try:
            found = os.listdir(folder)
        except OSError:
            continue
        names += sorted(name for name in found if name.endswith((".dist-info", ".egg-info")))
    return tuple(names)
