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
from xpip.model.versions_text import admits_python

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from xpip.operations.lock import LockPart

PROJECT_FILE = "pyproject.toml"
SETUP_FILE = "setup.py"
CONFIGURATION_FILE = "setup.cfg"
BUILT_FILES = (PROJECT_FILE, SETUP_FILE, CONFIGURATION_FILE)
"""Names of files that belong to a project that can be built."""


class ProjectWish(NamedTuple):
    """Which parts of a project are wanted beside its dependencies."""

    extras: tuple[str, ...] = ()
    """Normalised."""
    all_extras: bool = False


def read_project(path: str, cwd: str, wish: ProjectWish) -> tuple[RequirementText, ...]:
    """Return what a project, or a script, asks for.

    Args:
        path: As the user named it.

    Raises:
        RequirementError: The file cannot be read or says something impossible.
        BuildError: What it asks for is known to its build backend only.
    """
    name = os.path.basename(path)
    if name == SETUP_FILE:
        raise BuildError(
            f"the dependencies in `{path}` are known only to a build",
            hints=(f"write them into `{PROJECT_FILE}` under `[project]`",),
        )
    text = decode(read_document(os.path.join(cwd, path), "file"), path)
    if name == CONFIGURATION_FILE:
        return _configuration(text, path).asks(wish)
    if name != PROJECT_FILE:
        return _script(text, path)
    return _Project(parse_toml(text, path), path).asks(wish)


def read_script(path: str, cwd: str) -> tuple[RequirementText, ...]:
    """Return what the comment block of a script asks for (PEP 723), whatever its name.

    Args:
        path: As the user named it.

    Raises:
        RequirementError: The file cannot be read, or has not one such block.
    """
    text = decode(read_document(os.path.join(cwd, path), "script"), path)
    return _script(text, path)


def ensure_script_python(path: str, cwd: str, version: str) -> None:
    """Refuse a script that is for another Python.

    Args:
        path: As the user named it.
        version: Of the Python to install for.

    Raises:
        RequirementError: It is, or its `requires-python` is not a specifier.
    """
    text = decode(read_document(os.path.join(cwd, path), "script"), path)
    wanted = _script_block(text, path).get("requires-python", "")
    fits = admits_python(wanted, version) if isinstance(wanted, str) else None
    if fits is None:
        raise RequirementError(f"`requires-python` of `{path}` is not a specifier")
    if not fits:
        raise RequirementError(
            f"`{path}` needs Python {wanted}, and this is {version}",
            hints=("`--python` names another, `--ignore-requires-python` installs all the same",),
        )


def is_dynamic(path: str, cwd: str, wish: ProjectWish) -> bool:
    """Say whether only a build backend knows what a project asks for.

    Args:
        path: As the user named it.

    Raises:
        RequirementError: The file cannot be read or understood.
    """
    name = os.path.basename(path)
    if name not in (SETUP_FILE, CONFIGURATION_FILE, PROJECT_FILE):
        return False
    text = decode(read_document(os.path.join(cwd, path), "file"), path)
    if name == SETUP_FILE:
        return True
    if name == CONFIGURATION_FILE:
        from xpip.formats.setup_cfg import parse_setup_cfg

        # Beside it, setup.py and pyproject.toml may say more.
        folder = os.path.dirname(os.path.join(cwd, path))
        others = (os.path.join(folder, other) for other in (SETUP_FILE, PROJECT_FILE))
        return not parse_setup_cfg(text, path).is_static and any(map(os.path.isfile, others))
    return _Project(parse_toml(text, path), path).is_dynamic(wish)


def read_group(path: str, cwd: str, group: str) -> tuple[RequirementText, ...]:
    """Return the requirements of a dependency group (PEP 735).

    Args:
        path: Of a `pyproject.toml`, as the user named it.

    Raises:
        RequirementError: There is no such group, or it includes itself.
    """
    text = decode(read_document(os.path.join(cwd, path), "file"), path)
    return _Project(parse_toml(text, path), path).group(group)


def read_parts(
    path: str, cwd: str, wish: ProjectWish, groups: Sequence[str] | None
) -> tuple[str, tuple[LockPart, ...]]:
    """Return `requires-python` of a project and its requirements, by what asks for them.

    Args:
        wish: The extras that count.
        groups: The dependency groups that count, in any spelling; None for all.

    Raises:
        RequirementError: The file cannot be read or says something impossible.
        BuildError: What it asks for is known to its build backend only.
    """
    text = decode(read_document(os.path.join(cwd, path), "file"), path)
    return _Project(parse_toml(text, path), path).parts(wish, groups)


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
            optional = self._optional()
            by_name = {normalized_name(extra): extra for extra in optional}
            wanted = tuple(by_name) if wish.all_extras else wish.extras
            requirements += self._extras(wanted, optional, by_name)
        return tuple(requirements)

    def parts(
        self, wish: ProjectWish, groups: Sequence[str] | None
    ) -> tuple[str, tuple[LockPart, ...]]:
        known = self._tables(self._data, "dependency-groups")
        from xpip.operations.lock import BASE, EXTRA, GROUP, LockPart

        found: list[LockPart] = []
        if self._table or not known:
            base = self.asks(ProjectWish())
            found.append(LockPart(BASE, "", base))
            optional = {normalized_name(extra) for extra in self._optional()}
            for extra in sorted(optional) if wish.all_extras else wish.extras:
                texts = self.asks(ProjectWish((extra,)))
                found.append(LockPart(EXTRA, extra, texts[len(base) :]))
        named = sorted(known) if groups is None else sorted(groups)
        by_name = {normalized_name(group): group for group in known}
        for group in named:
            texts = self.group(group)
            found.append(LockPart(GROUP, by_name[normalized_name(group)], texts))
        requires_python = self._table.get("requires-python", "")
        if not isinstance(requires_python, str):
            raise RequirementError(f"`requires-python` of `{self._path}` is not a text")
        return requires_python, tuple(found)

    def _optional(self) -> dict[str, Any]:
        self._ensure_static("optional-dependencies")
        return self._tables(self._table, "optional-dependencies")

    def is_dynamic(self, wish: ProjectWish) -> bool:
        dynamic = self._table.get("dynamic", [])
        fields = ["dependencies"]
        if wish.extras or wish.all_extras:
            fields.append("optional-dependencies")
        is_declared = isinstance(dynamic, list) and any(field in dynamic for field in fields)
        # Without the table, a backend such as setuptools still knows what setup.py says.
        is_legacy = not self._table and "build-system" in self._data
        return is_declared or is_legacy

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
                f"`{field}` of `{self._path}` is dynamic: it is known only to a build",
                hints=("write it under `[project]` and take it out of `dynamic`",),
            )


def _configuration(text: str, path: str) -> _Project:
    """Return a setup.cfg as if it were a `pyproject.toml`.

    Raises:
        RequirementError: It has no such form.
        BuildError: It names other files, which only a build reads.
    """
    from xpip.formats.setup_cfg import parse_setup_cfg

    found = parse_setup_cfg(text, path)
    if not found.is_static:
        raise BuildError(
            f"the dependencies in `{path}` are known only to a build, and there is no"
            f" `{SETUP_FILE}` or `{PROJECT_FILE}` beside it to build",
            hints=(f"write them into `{PROJECT_FILE}` under `[project]`",),
        )
    table = {
        "name": found.name,
        "dependencies": list(found.requires),
        "optional-dependencies": {extra: list(texts) for extra, texts in found.extras},
    }
    return _Project({"project": table}, path)


def _script(text: str, path: str) -> tuple[RequirementText, ...]:
    """Return what the block `# /// script` of a script asks for."""
    data = _script_block(text, path)
    return _Project({"project": {**data, "name": ""}}, path).asks(ProjectWish())


def _script_block(text: str, path: str) -> dict[str, Any]:
    """Return the tables of the one block `# /// script` of a script.

    Other blocks may stand before and after it. A block ends with the last `# ///` before a line
    that is no comment.
    """
    blocks: list[list[str]] = []
    lines = text.replace("\r\n", "\n").split("\n")
    position = 0
    while position < len(lines):
        kind = lines[position].removeprefix("# /// ")
        if kind == lines[position] or not kind.replace("-", "").isalnum():
            position += 1
            continue
        end = position + 1
        last = 0
        while end < len(lines) and (lines[end] == "#" or lines[end].startswith("# ")):
            if lines[end] == "# ///":
                last = end
            end += 1
        if last and kind == "script":
            blocks.append([line[2:] for line in lines[position + 1 : last]])
        position = last + 1 if last else position + 1
    if len(blocks) == 1:
        return parse_toml("\n".join(blocks[0]), path)
    found = (
        "several blocks `# /// script` that say" if blocks else "no block `# /// script` that says"
    )
    raise RequirementError(
        f"`{path}` has {found} what it needs",
        hints=("requirements are read from `.in` and `.txt` files, `pyproject.toml` and scripts",),
    )
