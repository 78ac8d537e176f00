"""What the user changes about the requirements of others: overrides and exclusions."""

from __future__ import annotations

import os

from xpip.errors import RequirementError, UsageError
from xpip.formats.requirement import is_unnamed, parse_requirement
from xpip.formats.wheel_name import is_project_name
from xpip.model.names import normalized_name
from xpip.model.records import TYPE_CHECKING
from xpip.model.requirement import RequirementSources
from xpip.model.source import UnnamedSource
from xpip.model.urls import redact_text
from xpip.operations.requirements import read_sources

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xpip.model.requirement import RequirementText, SourcedRequirement

_SUFFIXES = (".txt", ".in")


def adjust(
    sources: RequirementSources,
    override_files: Sequence[str],
    excludes: Sequence[str],
    variables: Mapping[str, str],
    cwd: str,
) -> RequirementSources:
    """Return what was asked for with overrides and exclusions.

    Args:
        override_files: As written.
        excludes: Names of projects, or of files that list some. What has a folder, ends like a
            file of requirements or exists as a file is a file.
        variables: Values of `${NAME}` in files.
        cwd: Absolute folder that relative paths start from.

    Raises:
        RequirementError: A file cannot be read, or says something that has no place there.
        UsageError: A value is neither a file nor the name of a project.
    """
    if not override_files and not excludes:
        return sources
    overriding = _read(override_files, "--override", variables, cwd)
    files = [named for named in excludes if _is_file(named, cwd)]
    excluding = _read(files, "--exclude", variables, cwd)
    names = {_name(named) for named in excludes if named not in files}
    names.update(_listed(text, cwd) for text in excluding.requirements)
    return sources._replace(
        require_hashes=sources.require_hashes or overriding.require_hashes,
        overrides=overriding.requirements,
        excludes=tuple(sorted(names)),
        files=sources.files + overriding.files + excluding.files,
        credentials=sources.credentials + overriding.credentials + excluding.credentials,
        variables=tuple(sorted({*sources.variables, *overriding.variables, *excluding.variables})),
    )


def parse_overrides(sources: RequirementSources, cwd: str) -> tuple[SourcedRequirement, ...]:
    """Parse the overrides.

    Args:
        cwd: Absolute folder that relative paths of requirements start from.

    Raises:
        RequirementError: One cannot be parsed or names no project.
    """
    return tuple(_parsed(text, cwd) for text in sources.overrides)


def _read(
    files: Sequence[str], option: str, variables: Mapping[str, str], cwd: str
) -> RequirementSources:
    read = read_sources((), files, (), variables, cwd)
    plain = RequirementSources(
        read.requirements,
        require_hashes=any(text.hashes for text in read.requirements),
        files=read.files,
        credentials=read.credentials,
        variables=read.variables,
    )
    if read != plain:
        raise RequirementError(
            f"the files of `{option}` hold options or constraints, which have no place there",
            details=tuple(f"file: {file}" for file in read.files),
            hints=("give them on the command line or in a file of `-r`",),
        )
    return read


def _is_file(named: str, cwd: str) -> bool:
    looks_like_one = os.sep in named or named.endswith(_SUFFIXES)
    return looks_like_one or os.path.isfile(os.path.join(cwd, named))


def _name(named: str) -> str:
    if not is_project_name(named):
        raise UsageError(
            f"`--exclude` takes the name of a project or of a file, not `{redact_text(named)}`"
        )
    return normalized_name(named)


def _listed(text: RequirementText, cwd: str) -> str:
    requirement = _parsed(text, cwd).requirement
    if requirement.specifier or requirement.extras or requirement.url or requirement.marker:
        raise RequirementError(
            f"{text.origin}: `{redact_text(text.text)}` says more than a name",
            hints=("a project is excluded in all its versions",),
        )
    return normalized_name(requirement.name)


def _parsed(text: RequirementText, cwd: str) -> SourcedRequirement:
    if text.editable or is_unnamed(text):
        raise RequirementError(
            f"{text.origin}: `{redact_text(text.text)}` does not begin with the name of a project"
        )
    requirement = parse_requirement(text, cwd)
    if isinstance(requirement, UnnamedSource):
        raise RequirementError(f"{text.origin}: `{redact_text(text.text)}` names no project")
    return requirement
