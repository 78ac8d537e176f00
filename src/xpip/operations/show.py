"""What is known of installed distributions, for `show`."""

from __future__ import annotations

import os

from xpip.environment.installed import installed_files, metadata_path, read_text
from xpip.errors import EnvironmentFault, XpipError
from xpip.formats.core_metadata import parse_headers
from xpip.model.names import normalized_name
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.operations.inspect import dependencies_of, installer_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.model.distribution import InstalledDistribution
    from xpip.model.environment import Environment
    from xpip.operations.inspect import Listed


class Shown(NamedTuple):
    """One distribution with all that is known of it."""

    listed: Listed
    headers: dict[str, list[str]]
    """Fields of METADATA by lower-case name."""
    requires: tuple[str, ...]
    """Names as METADATA spells them, sorted."""
    required_by: tuple[str, ...]
    """Names as their own METADATA spells them, sorted."""
    installer: str
    entry_points: tuple[str, ...]
    """Lines of entry_points.txt, empty ones too, as pip shows them."""
    files: tuple[str, ...] | None
    """Paths relative to the location, sorted; None when there is no list of them."""


def show(
    names: Sequence[str], listed: Sequence[Listed], environment: Environment
) -> tuple[tuple[Shown, ...], tuple[str, ...]]:
    """Return what was found, in the order asked for, and the names that were not.

    Raises:
        EnvironmentFault: A file of a dist-info cannot be read.
        IntegrityError: A METADATA or RECORD is damaged beyond showing.
    """
    by_name = {one.distribution.name: one for one in listed}
    dependencies = dependencies_of(listed, environment.interpreter.target)
    shown = []
    missing = []
    for name in names:
        one = by_name.get(normalized_name(name))
        if one is None:
            missing.append(name)
            continue
        own = dependencies.get(one.distribution)
        requires = {requirement.name for requirement in own.requires} if own else set()
        required_by = {
            other.name
            for other in listed
            if other.distribution in dependencies
            and any(
                normalized_name(requirement.name) == one.distribution.name
                for requirement in dependencies[other.distribution].requires
            )
        }
        shown.append(
            Shown(
                one,
                read_headers(one.distribution),
                tuple(sorted(requires, key=str.lower)),
                tuple(sorted(required_by, key=str.lower)),
                installer_of(one.distribution),
                _entry_points(one.distribution),
                _files(one.distribution),
            )
        )
    return tuple(shown), tuple(missing)


def home_page(headers: dict[str, list[str]]) -> str:
    """Return Home-page, or the project URL that is labelled as one."""
    for value in headers.get("home-page", ()):
        if value and value != "UNKNOWN":
            return value
    for line in headers.get("project-url", ()):
        label, _, url = line.partition(",")
        if "".join(filter(str.isalnum, label.lower())) == "homepage":
            return url.strip()
    return ""


def read_headers(distribution: InstalledDistribution) -> dict[str, list[str]]:
    """Return all fields of METADATA by lower-case name.

    Raises:
        EnvironmentFault: It cannot be read.
        IntegrityError: It is damaged beyond showing.
    """
    path = metadata_path(distribution)
    try:
        with open(path, "rb") as file:
            return parse_headers(file.read(), path)
    except OSError as error:
        raise EnvironmentFault(f"`{path}` cannot be read: {error.strerror}") from error


def _entry_points(distribution: InstalledDistribution) -> tuple[str, ...]:
    text = read_text(distribution, "entry_points.txt") or ""
    return tuple(line.strip() for line in text.splitlines())


def _files(distribution: InstalledDistribution) -> tuple[str, ...] | None:
    try:
        rows = installed_files(distribution)
    except XpipError:
        return None
    if rows is None:
        return None
    location = distribution.location
    return tuple(
        sorted(
            os.path.relpath(row.path, location) if os.path.isabs(row.path) else row.path
            for row in rows
        )
    )
