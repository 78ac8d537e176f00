"""What is installed in an environment.

A scan reads folder names and not METADATA: 97 distributions cost two milliseconds less that way,
and the names hold the normalised name and the version since wheels exist. Odd names are looked up.
"""

from __future__ import annotations

import os

from xpip.errors import EnvironmentFault
from xpip.model.distribution import InstalledDistribution
from xpip.model.names import normalized_name
from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from xpip.formats.record import RecordRow
    from xpip.model.dependencies import CoreMetadata
    from xpip.model.environment import Environment

_INFO_SUFFIX = ".dist-info"
_EGG_SUFFIX = ".egg-info"
_LINK_SUFFIX = ".egg-link"


class ScanReport(NamedTuple):
    """Everything in the library folders of an environment that is about distributions."""

    distributions: tuple[InstalledDistribution, ...]
    """Sorted by name; what an earlier folder of the path hides is left out. Two entries of one name
    are two distributions of it in one folder, which is damage that an installation repairs."""
    damaged: tuple[str, ...] = ()
    """Paths of dist-info folders that are no distribution: METADATA is missing, empty or cannot be
    understood."""
    leftovers: tuple[str, ...] = ()
    """Paths of `~name` entries that an interrupted pip left behind."""


def scan(environment: Environment) -> tuple[InstalledDistribution, ...]:
    """Return what is installed, sorted by name.

    Raises:
        EnvironmentFault: A library folder cannot be read; one that is missing is empty.
    """
    return scan_report(environment).distributions


def scan_report(environment: Environment) -> ScanReport:
    """Return what is installed, with what looks like it and is not.

    Raises:
        EnvironmentFault: A library folder cannot be read.
    """
    distributions: list[InstalledDistribution] = []
    damaged: list[str] = []
    leftovers: list[str] = []
    hidden: set[str] = set()
    own = environment.layout.library_folders()
    seen: set[str] = set()
    folders = (*own, *environment.read_also)
    if environment.read_first in environment.read_also:
        folders = (environment.read_first, *folders)
    for folder in folders:
        if folder in seen:
            continue
        seen.add(folder)
        found = _scan_folder(folder, folder in own, damaged, leftovers)
        if folder not in own:
            # What cannot be changed need not be told twice. Debian keeps a dist-info and an
            # egg-info of one project.
            found = list({one.name: one for one in sorted(found, reverse=True)}.values())
        if hidden:
            found = [one for one in found if one.name not in hidden]
        hidden.update([one.name for one in found])
        distributions += found
    distributions.sort()
    return ScanReport(tuple(distributions), tuple(damaged), tuple(leftovers))


def read_core_metadata(distribution: InstalledDistribution) -> CoreMetadata:
    """Return the core metadata of a distribution; dependencies of eggs come from `requires.txt`.

    Raises:
        EnvironmentFault: The metadata is missing or cannot be read.
        IntegrityError: It does not say exactly once who it describes.
    """
    from xpip.formats.core_metadata import parse_core_metadata

    path = metadata_path(distribution)
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError as error:
        raise EnvironmentFault(
            f"the metadata of `{distribution.name}` cannot be read: {error.strerror}",
            details=(path,),
            hints=(f"`xpip install --force-reinstall {distribution.name}` repairs it",),
        ) from error
    metadata = parse_core_metadata(data, path)
    if distribution.legacy and not metadata.requires_dist:
        requires = read_text(distribution, "requires.txt")
        if requires:
            from xpip.environment.eggs import parse_egg_requirements

            lines, extras = parse_egg_requirements(requires)
            return metadata._replace(requires_dist=lines, provides_extra=extras)
    return metadata


def metadata_path(distribution: InstalledDistribution) -> str:
    """Return the path of METADATA, or of what stands for it in a legacy distribution."""
    path = info_path(distribution)
    if not distribution.legacy:
        return f"{path}/METADATA"
    return path if os.path.isfile(path) else f"{path}/PKG-INFO"


def info_path(distribution: InstalledDistribution) -> str:
    """Return the path of the dist-info or egg-info; that of an egg-link lies where it leads."""
    path = f"{distribution.location}/{distribution.info_folder}"
    return _link_info(path) or path if distribution.info_folder.endswith(_LINK_SUFFIX) else path


def read_text(distribution: InstalledDistribution, name: str) -> str | None:
    """Return the text of a file in the dist-info, None when there is none.

    Args:
        name: Such as `RECORD`, `INSTALLER`, `direct_url.json` or `entry_points.txt`.

    Raises:
        EnvironmentFault: The file is there and cannot be read.
    """
    path = f"{info_path(distribution)}/{name}"
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise EnvironmentFault(f"`{path}` cannot be read: {error.strerror}") from error


def installed_files(distribution: InstalledDistribution) -> tuple[RecordRow, ...] | None:
    """Return the rows of RECORD, or the paths of an egg's `installed-files.txt`.

    Paths are as written in RECORD: relative to the distribution's `location`. None when the
    distribution keeps no list.

    Raises:
        EnvironmentFault: The list cannot be read.
        IntegrityError: It is not a RECORD.
    """
    from xpip.formats.record import RecordRow, parse_record

    if not distribution.legacy:
        text = read_text(distribution, "RECORD")
        return None if text is None else parse_record(text, distribution.name)
    text = read_text(distribution, "installed-files.txt")
    if text is None:
        return None
    lines = [line for line in text.splitlines() if line.strip()]
    folder = distribution.info_folder
    return tuple(RecordRow(os.path.normpath(f"{folder}/{line}"), None, None) for line in lines)


def _scan_folder(
    folder: str, changeable: bool, damaged: list[str], leftovers: list[str]
) -> list[InstalledDistribution]:
    try:
        names = os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise EnvironmentFault(
            f"the library folder `{folder}` cannot be read: {error.strerror}"
        ) from error
    found = []
    for name in names:
        if name[:1] == "~":
            leftovers.append(f"{folder}/{name}")
        elif name.endswith(_INFO_SUFFIX):
            distribution = _from_info_folder(folder, name, changeable)
            if distribution is None:
                damaged.append(f"{folder}/{name}")
            else:
                found.append(distribution)
        elif name.endswith((_EGG_SUFFIX, _LINK_SUFFIX)):
            distribution = _from_egg(folder, name, changeable)
            if distribution is None:
                damaged.append(f"{folder}/{name}")
            else:
                found.append(distribution)
    damaged.sort()
    leftovers.sort()
    return _without_shadowed_links(_without_packed_eggs(found))


def _from_info_folder(folder: str, name: str, changeable: bool) -> InstalledDistribution | None:
    """Return what a dist-info folder stands for, None when it has no usable METADATA."""
    try:
        if not os.stat(f"{folder}/{name}/METADATA").st_size:
            return None
    except OSError:
        return None
    project, separator, version = name[: -len(_INFO_SUFFIX)].partition("-")
    # The specification escapes `-` in both parts. Older tools wrote other things.
    if not (separator and project and version[:1].isdigit()) or "-" in version or "_" in version:
        return _from_metadata(folder, name, legacy=False, changeable=changeable)
    return InstalledDistribution(
        normalized_name(project), version, folder, name, changeable=changeable
    )


def _from_egg(folder: str, name: str, changeable: bool) -> InstalledDistribution | None:
    """Return what an egg-info file or folder, or an egg-link, stands for."""
    if name.endswith(_EGG_SUFFIX):
        parts = name[: -len(_EGG_SUFFIX)].split("-")
        # `name-version-py3.11.egg-info` of setuptools and distutils. A bare `name.egg-info` is that
        # of a source folder and tells no version.
        is_plain = len(parts) in {2, 3} and parts[1][:1].isdigit() and "_" not in parts[1]
        if is_plain and all(part.startswith("py") for part in parts[2:]):
            return InstalledDistribution(
                normalized_name(parts[0]), parts[1], folder, name, True, changeable
            )
    return _from_metadata(folder, name, legacy=True, changeable=changeable)


def _from_metadata(
    folder: str, name: str, *, legacy: bool, changeable: bool
) -> InstalledDistribution | None:
    from xpip.errors import XpipError

    distribution = InstalledDistribution("", "", folder, name, legacy, changeable)
    try:
        metadata = read_core_metadata(distribution)
    except XpipError:
        return None
    return distribution._replace(name=normalized_name(metadata.name), version=metadata.version)


def _link_info(path: str) -> str | None:
    """Return the egg-info folder that an egg-link leads to, None when it leads nowhere."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            source = file.readline().strip()
        names = os.listdir(source) if source else []
    except OSError:
        return None
    wanted = normalized_name(os.path.basename(path)[: -len(_LINK_SUFFIX)])
    for name in sorted(names):
        if name.endswith(_EGG_SUFFIX) and normalized_name(name[: -len(_EGG_SUFFIX)]) == wanted:
            return os.path.join(source, name)
    return None


def _without_shadowed_links(found: list[InstalledDistribution]) -> list[InstalledDistribution]:
    """Leave out egg-links to projects that are also installed here, as pip does."""
    links = [one for one in found if one.info_folder.endswith(_LINK_SUFFIX)]
    if not links:
        return found
    names = {one.name for one in found if not one.info_folder.endswith(_LINK_SUFFIX)}
    return [one for one in found if one not in links or one.name not in names]


def _without_packed_eggs(found: list[InstalledDistribution]) -> list[InstalledDistribution]:
    """Leave out egg-info folders that came in the wheel of their project and are its files."""
    eggs = [one for one in found if one.legacy and one.info_folder.endswith(_EGG_SUFFIX)]
    if not eggs:
        return found
    wheels = {one.name: one for one in found if not one.legacy}
    packed = set()
    for egg in eggs:
        record = read_text(wheels[egg.name], "RECORD") if egg.name in wheels else None
        if record and f"\n{egg.info_folder}/" in f"\n{record}":
            packed.add(egg)
    return [one for one in found if one not in packed]
