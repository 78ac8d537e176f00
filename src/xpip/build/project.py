"""What the files of a source tree say about building it, and about what is built.

Spec: https://packaging.python.org/en/latest/specifications/pyproject-toml/
"""

from __future__ import annotations

import os

from xpip.errors import BuildFailed, RequirementError
from xpip.formats.core_metadata import parse_core_metadata, parse_headers
from xpip.formats.toml_text import parse_toml
from xpip.model.dependencies import CoreMetadata
from xpip.model.file_names import is_project_name
from xpip.model.markers import parse_requirement
from xpip.model.names import normalized_name
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.versions_text import parse_specifier, parse_version

if TYPE_CHECKING:
    from typing import Any

LEGACY_BACKEND = "setuptools.build_meta:__legacy__"
_LEGACY_REQUIREMENT = "setuptools>=40.8.0"
_KNOWN_KEYS = frozenset(("requires", "build-backend", "backend-path"))
_STATIC_NEEDED = ("name", "version", "dependencies", "optional-dependencies", "requires-python")
_FIRST_STATIC = (2, 2)
_MAXIMUM_FILE = 8 << 20
"""Bytes of a pyproject.toml or PKG-INFO."""


class BuildSystem(NamedTuple):
    """Who builds a project, and what that needs."""

    requires: tuple[str, ...]
    """Requirements of the build, as written."""
    backend: str
    """`module` or `module:object`."""
    backend_path: tuple[str, ...] = ()
    """Folders of the project that the backend is imported from; empty for an installed one."""


class Project(NamedTuple):
    """What could be learnt of a source tree by reading."""

    system: BuildSystem
    metadata: CoreMetadata | None
    """What every wheel that is built from it will say; None when only a build knows."""
    tables: tuple[tuple[str, Any], ...] = ()
    """The `[tool.xpip]` table as pairs."""


def read_project(path: str, shown: str, *, is_archive: bool) -> Project:
    """Return what the files of a project say.

    Args:
        path: Its folder.
        shown: What messages call it.
        is_archive: It was unpacked from a source archive, whose PKG-INFO can be believed.

    Raises:
        BuildFailed: It cannot be built, since it says nothing or nonsense about how.
    """
    data = _read(os.path.join(path, "pyproject.toml"), shown)
    tables: dict[str, Any] = {}
    if data is not None:
        tables = _parsed(data, shown)
    elif not os.path.isfile(os.path.join(path, "setup.py")):
        raise BuildFailed(
            f"`{shown}` is no Python project",
            details=("it has neither `pyproject.toml` nor `setup.py`",),
            hints=_nested_hint(path),
        )
    system = _build_system(tables.get("build-system"), path, shown)
    metadata = _package_information(path, shown) if is_archive else None
    if metadata is None and data is not None:
        metadata = static_metadata(tables.get("project"))
    tool = tables.get("tool")
    own = tool.get("xpip") if isinstance(tool, dict) else None
    return Project(system, metadata, tuple(own.items()) if isinstance(own, dict) else ())


def static_metadata(table: object) -> CoreMetadata | None:
    """Return the metadata that a `[project]` table fixes, None when some of it is dynamic.

    A table that breaks its specification fixes nothing: its backend will tell what is wrong.
    """
    if not isinstance(table, dict) or not _is_static(table):
        return None
    dependencies: list[str] = table.get("dependencies", [])
    groups: dict[str, list[str]] = table.get("optional-dependencies", {})
    requires = list(dependencies)
    try:
        for text in dependencies:
            parse_requirement(text)
        for extra, texts in groups.items():
            requires += [_of_extra(text, normalized_name(extra)) for text in texts]
    except ValueError:
        return None
    return CoreMetadata(
        table["name"],
        str(parse_version(table["version"])),
        tuple(requires),
        table.get("requires-python", ""),
        tuple(dict.fromkeys(normalized_name(extra) for extra in groups)),
    )


def _is_static(table: dict[str, Any]) -> bool:
    """Say whether a table is well formed and fixes all that is needed."""
    dynamic = table.get("dynamic", [])
    name, version = table.get("name"), table.get("version")
    requires_python = table.get("requires-python", "")
    groups = table.get("optional-dependencies", {})
    return (
        _are_texts(dynamic)
        and set(dynamic).isdisjoint(_STATIC_NEEDED)
        and isinstance(name, str)
        and is_project_name(name)
        and isinstance(version, str)
        and parse_version(version) is not None
        and isinstance(requires_python, str)
        and parse_specifier(requires_python) is not None
        and _are_texts(table.get("dependencies", []))
        and isinstance(groups, dict)
        and all(map(_are_texts, groups.values()))
    )


def _of_extra(text: str, extra: str) -> str:
    """Return a requirement that counts with an extra only."""
    requirement = parse_requirement(text)
    condition = f'extra == "{extra}"'
    if requirement.marker is not None:
        condition = f"({requirement.marker}) and {condition}"
    bare = text.partition(" ;")[0] if requirement.url else text.partition(";")[0]
    return f"{bare.strip()} ; {condition}"


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _parsed(data: bytes, shown: str) -> dict[str, Any]:
    place = f"{shown}: pyproject.toml"
    try:
        return parse_toml(data.decode("utf-8"), place)
    except UnicodeDecodeError as error:
        raise BuildFailed(f"`{place}` is not UTF-8") from error
    except RequirementError as error:
        raise BuildFailed(error.summary, details=error.details, hints=error.hints) from error


def _build_system(table: object, path: str, shown: str) -> BuildSystem:
    """Return the `[build-system]` table, or what stands for it where there is none (PEP 517)."""
    if table is None:
        return BuildSystem((_LEGACY_REQUIREMENT,), LEGACY_BACKEND)
    problems = _problems(table, path)
    if problems or not isinstance(table, dict):
        raise BuildFailed(
            f"the `[build-system]` table of `{shown}` cannot be used",
            details=problems,
            hints=("its author has to mend `pyproject.toml`",),
        )
    requires = tuple(table["requires"])
    backend = table.get("build-backend")
    if backend is None:
        named = {normalized_name(parse_requirement(text).name) for text in requires}
        # Nobody says that it is setuptools, so it may be missing.
        extra = () if "setuptools" in named else (_LEGACY_REQUIREMENT,)
        return BuildSystem((*requires, *extra), LEGACY_BACKEND)
    return BuildSystem(requires, backend, tuple(table.get("backend-path", ())))


def _problems(table: object, path: str) -> tuple[str, ...]:
    """Return what is wrong with the table, a line each."""
    if not isinstance(table, dict):
        return ("it is not a table",)
    found = [f"`{key}` is not a key of it" for key in table if key not in _KNOWN_KEYS]
    requires = table.get("requires")
    if requires is None:
        found.append("`requires` is missing")
    elif not _are_texts(requires):
        found.append("`requires` is not a list of texts")
    else:
        for text in requires:
            try:
                parse_requirement(text)
            except ValueError:
                found.append(f"`{text}` in `requires` is not a valid requirement")
    backend = table.get("build-backend")
    if backend is not None and not _is_object_path(backend):
        found.append("`build-backend` is not `module` or `module:object`")
    folders = table.get("backend-path", [])
    if not _are_texts(folders):
        found.append("`backend-path` is not a list of texts")
    elif folders and backend is None:
        found.append("`backend-path` needs a `build-backend`")
    else:
        found += [
            f"`{folder}` in `backend-path` is not a folder inside the project"
            for folder in folders
            if not _is_inside(path, folder)
        ]
    return tuple(found)


def _is_object_path(text: object) -> bool:
    return isinstance(text, str) and all(
        part and all(piece.isidentifier() for piece in part.split("."))
        for part in text.split(":", 1)
    )


def _is_inside(path: str, folder: str) -> bool:
    """Say whether a folder is inside the project, links followed."""
    if os.path.isabs(folder) or "\0" in folder:
        return False
    root = os.path.realpath(path)
    found = os.path.realpath(os.path.join(root, folder))
    return os.path.isdir(found) and (found == root or found.startswith(root + os.sep))


def _package_information(path: str, shown: str) -> CoreMetadata | None:
    """Return what PKG-INFO fixes, None when there is none or it says less.

    Spec: https://packaging.python.org/en/latest/specifications/core-metadata/#dynamic
    """
    data = _read(os.path.join(path, "PKG-INFO"), shown)
    if data is None:
        return None
    headers = parse_headers(data)
    version = headers.get("metadata-version", [""])[0].strip().split(".")
    if not all(map(str.isdecimal, version)) or tuple(map(int, version)) < _FIRST_STATIC:
        return None
    dynamic = {name.strip().lower() for name in headers.get("dynamic", ())}
    if dynamic & {"requires-dist", "provides-extra", "requires-python", "version"}:
        return None
    return parse_core_metadata(data, f"{shown}: PKG-INFO")


def _read(path: str, shown: str) -> bytes | None:
    """Return the bytes of a file, None when there is none."""
    try:
        with open(path, "rb") as file:
            data = file.read(_MAXIMUM_FILE + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise BuildFailed(
            f"`{path}` cannot be read: {(error.strerror or str(error)).lower()}"
        ) from error
    if len(data) > _MAXIMUM_FILE:
        raise BuildFailed(f"`{os.path.basename(path)}` of `{shown}` is too large")
    return data


def _nested_hint(path: str) -> tuple[str, ...]:
    """Return where a project is that somebody may have meant."""
    try:
        names = sorted(os.listdir(path))
    except OSError:
        return ()
    for name in names:
        for file in ("pyproject.toml", "setup.py"):
            if os.path.isfile(os.path.join(path, name, file)):
                return (f"`#subdirectory={name}` names a project in a folder of it",)
    return ()
