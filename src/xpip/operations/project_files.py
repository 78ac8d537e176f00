"""What a project asks for in its `pyproject.toml`, or a script in its comment block.

Only what stands there is used: nothing is built, so that dependencies which a build backend would
have to compute are an error that says so.

Spec: https://packaging.python.org/en/latest/specifications/pyproject-toml/ (project),
https://packaging.python.org/en/latest/specifications/dependency-groups/,
https://packaging.python.org/en/latest/specifications/inline-script-metadata/
"""

from __future__ import annotations

import os

from xpip.documents import read_document
from xpip.errors import BuildError, RequirementError
from xpip.formats.requirements_txt import decode
from xpip.formats.toml_text import parse_toml
from xpip.model.names import normalized_name
from xpip.model.origin import ProjectOrigin
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.requirement import RequirementText

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

PROJECT_FILE = "pyproject.toml"
_BUILD_FILES = ("setup.py", "setup.cfg")


class ProjectWish(NamedTuple):
    """Which parts of a project are wanted beside its dependencies."""

    extras: tuple[str, ...] = ()
    """Normalised."""
    all_extras: bool = False


def is_project_file(path: str) -> bool:
    """Say whether a source is to be read here and not as a requirements file."""
    name = os.path.basename(path)
    return name == PROJECT_FILE or name in _BUILD_FILES or name.endswith(".py")


def read_project(path: str, cwd: str, wish: ProjectWish) -> tuple[RequirementText, ...]:
    """Return what a project, or a script, asks for.

    Args:
        path: As the user named it.

    Raises:
        RequirementError: The file cannot be read or says something impossible.
        BuildError: What it asks for is known to its build backend only.
    """
    name = os.path.basename(path)
    if name in _BUILD_FILES:
        raise BuildError(
            f"the dependencies in `{path}` are known only to a build, and xpip builds nothing yet",
            hints=(f"write them into `{PROJECT_FILE}` under `[project]`",),
        )
    text = decode(read_document(os.path.join(cwd, path), "file"), path)
    if name != PROJECT_FILE:
        return _script(text, path)
    return _Project(parse_toml(text, path), path).asks(wish)


def read_group(path: str, cwd: str, group: str) -> tuple[RequirementText, ...]:
    """Return the requirements of a dependency group (PEP 735).

    Args:
        path: Of a `pyproject.toml`, as the user named it.

    Raises:
        RequirementError: There is no such group, or it includes itself.
    """
    text = decode(read_document(os.path.join(cwd, path), "file"), path)
    return _Project(parse_toml(text, path), path).group(group)


class _Project:
    """A `pyproject.toml`, or the block of a script."""

    def __init__(self, data: dict[str, Any], path: str) -> None:
        self._path = path
        self._data = data
        self._table = self._tables(data, "project")
        name = self._table.get("name", "")
        self._name = name if isinstance(name, str) else ""

    def asks(self, wish: ProjectWish) -> tuple[RequirementText, ...]:
        if not self._table:
            raise RequirementError(
                f"`{self._path}` has no table `[project]`",
                hints=("`--group` reads dependency groups, which need none",),
            )
        self._ensure_static("dependencies")
        requirements = self._texts(self._table.get("dependencies", []), "project.dependencies")
        if wish.extras or wish.all_extras:
            self._ensure_static("optional-dependencies")
            optional = self._tables(self._table, "optional-dependencies")
            by_name = {normalized_name(extra): extra for extra in optional}
            wanted = tuple(by_name) if wish.all_extras else wish.extras
            requirements += self._extras(wanted, optional, by_name)
        return tuple(requirements)

    def group(self, name: str) -> tuple[RequirementText, ...]:
        groups = self._tables(self._data, "dependency-groups")
        by_name = {normalized_name(group): group for group in groups}
        return tuple(self._group(normalized_name(name), groups, by_name, ()))

    def _extras(
        self, wanted: Sequence[str], optional: dict[str, Any], by_name: dict[str, str]
    ) -> list[RequirementText]:
        """Return what extras add; one that names the project itself with extras brings those."""
        found: list[RequirementText] = []
        queue = list(wanted)
        seen: set[str] = set()
        while queue:
            extra = queue.pop(0)
            if extra in seen:
                continue
            seen.add(extra)
            if extra not in by_name:
                known = ", ".join(f"`{name}`" for name in sorted(by_name)) or "none"
                raise RequirementError(f"`{self._path}` has no extra `{extra}`; it has {known}")
            table = f"project.optional-dependencies.{by_name[extra]}"
            for text in self._texts(optional[by_name[extra]], table):
                own = self._own_extras(text.text)
                queue += own
                if not own:
                    found.append(text)
        return found

    def _own_extras(self, text: str) -> list[str]:
        name, bracket, rest = text.partition("[")
        if not bracket or not self._name:
            return []
        if normalized_name(name.strip()) != normalized_name(self._name):
            return []
        return [normalized_name(extra.strip()) for extra in rest.partition("]")[0].split(",")]

    def _group(
        self, name: str, groups: dict[str, Any], by_name: dict[str, str], chain: tuple[str, ...]
    ) -> list[RequirementText]:
        if name in chain:
            shown = " -> ".join((*chain, name))
            raise RequirementError(f"a dependency group of `{self._path}` includes itself: {shown}")
        if name not in by_name:
            known = ", ".join(f"`{group}`" for group in sorted(by_name)) or "none"
            raise RequirementError(
                f"`{self._path}` has no dependency group `{name}`; it has {known}"
            )
        table = f"dependency-groups.{by_name[name]}"
        entries = groups[by_name[name]]
        found: list[RequirementText] = []
        if not isinstance(entries, list):
            raise RequirementError(f"`{table}` of `{self._path}` is not a list")
        for entry in entries:
            if isinstance(entry, dict) and isinstance(entry.get("include-group"), str):
                included = normalized_name(entry["include-group"])
                found += self._group(included, groups, by_name, (*chain, name))
            else:
                found += self._texts([entry], table)
        return found

    def _texts(self, entries: Any, table: str) -> list[RequirementText]:
        if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
            raise RequirementError(f"`{table}` of `{self._path}` is not a list of requirements")
        origin = ProjectOrigin(self._path, self._name, table)
        return [RequirementText(entry, origin) for entry in entries]

    def _tables(self, above: dict[str, Any], name: str) -> dict[str, Any]:
        found = above.get(name, {})
        if not isinstance(found, dict):
            raise RequirementError(f"`{name}` of `{self._path}` is not a table")
        return found

    def _ensure_static(self, field: str) -> None:
        dynamic = self._table.get("dynamic", [])
        if isinstance(dynamic, list) and field in dynamic:
            raise BuildError(
                f"`{field}` of `{self._path}` is dynamic: it is known only to a build, and xpip"
                " builds nothing yet",
                hints=("write it under `[project]` and take it out of `dynamic`",),
            )


def _script(text: str, path: str) -> tuple[RequirementText, ...]:
    """Return what the block `# /// script` of a script asks for."""
    block: list[str] | None = None
    for line in text.replace("\r\n", "\n").split("\n"):
        if block is None:
            if line == "# /// script":
                block = []
        elif line == "# ///":
            data = parse_toml("\n".join(block), path)
            project = _Project({"project": {**data, "name": ""}}, path)
            return project.asks(ProjectWish())
        elif line == "#" or line.startswith("# "):
            block.append(line[2:])
        else:
            break
    raise RequirementError(
        f"`{path}` has no block `# /// script` that says what it needs",
        hints=("requirements are read from `.in` and `.txt` files, `pyproject.toml` and scripts",),
    )
