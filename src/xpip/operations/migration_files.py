"""The files of a project that speak to installers, found by their names and read."""

from __future__ import annotations

import os

from xpip.documents import read_document
from xpip.errors import UsageError, XpipError
from xpip.formats.pip_conf import line_of, normalized_key, parse_pip_conf
from xpip.formats.project_scripts import kind_of, read_project_file
from xpip.formats.requirements_txt import BadLines, Include, decode, parse
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.urls import redact_text
from xpip.operations.migration import Configured, ProjectTexts, RequirementsText

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xpip.model.migration import ProjectFile

MAXIMUM_FILES = 20_000
"""Names that are looked at; a folder with more is no project but a disk."""
MAXIMUM_TEXT = 4 * 1024 * 1024
"""Bytes of a file that people write by hand; larger ones are passed over."""

_NOT_OURS = frozenset((
    ".git", ".hg", ".svn", "node_modules", "__pycache__", ".tox", ".nox", ".mypy_cache",
    ".pytest_cache", ".ruff_cache", "site-packages", "dist-packages", ".eggs", ".venv",
))  # fmt: skip
_CONFIGURATION_NAMES = ("pip.conf", "pip.ini")


class Gathered(NamedTuple):
    """What was read of a project."""

    texts: ProjectTexts
    paths: tuple[str, ...]
    """All files that were read, as messages show them, sorted."""
    warnings: tuple[str, ...] = ()


def gather_project(folder: str, shown: str = "") -> Gathered:
    """Read what a folder, or a single file, has that concerns installers.

    Args:
        folder: Absolute.
        shown: How the folder is called in messages; empty for the current one.

    Raises:
        UsageError: There is no such folder or file.
    """
    if not os.path.exists(folder):
        raise UsageError(f"`{shown or folder}` does not exist")
    reader = _Reader(folder, shown)
    for number, path in enumerate(_paths(folder)):
        if number == MAXIMUM_FILES:
            reader.warn(f"only the first {MAXIMUM_FILES} files were looked at")
            break
        reader.take(path)
    reader.follow()
    return reader.gathered()


def configured_keys(
    text: str, path: str, sections: tuple[str, ...] | None = None
) -> Iterator[Configured]:
    """Yield the keys of one of pip's configuration files.

    Args:
        sections: Those that count; None for all.

    Raises:
        XpipError: It is no configuration file.
    """
    for section, values in parse_pip_conf(text, path).items():
        if sections is not None and section not in sections:
            continue
        for name, value in values.items():
            key = normalized_key(name)
            shown = f"{key} = {' '.join(value.split())}"
            yield Configured(path, line_of(text, section, key), key, value, redact_text(shown))


class _Reader:
    """Collects what the files of one project say."""

    def __init__(self, folder: str, shown: str) -> None:
        is_file = os.path.isfile(folder)
        self._root = os.path.dirname(folder) if is_file else folder
        shown_folder = os.path.dirname(shown) if is_file else shown
        self._shown = "" if shown_folder in ("", ".") else f"{shown_folder.rstrip('/')}/"
        self._files: list[ProjectFile] = []
        self._requirements: dict[str, RequirementsText] = {}
        self._configured: list[Configured] = []
        self._paths: list[str] = []
        self._warnings: list[str] = []

    def take(self, path: str) -> None:
        """Read a file if its name says that it is of use."""
        relative = os.path.relpath(path, self._root)
        kind = kind_of(relative)
        name = os.path.basename(path)
        if kind or name in _CONFIGURATION_NAMES:
            text = self._text(path)
            shown = self._shown + relative
            if text is not None and kind:
                self._files.append(read_project_file(text, shown, kind))
            elif text is not None:
                self._configuration(text, shown)
        elif _is_requirements(relative):
            self._requirements_file(path)

    def follow(self) -> None:
        """Read the requirements files that command lines and other such files name."""
        for file in self._files:
            for invocation in file.invocations:
                for option, value in zip(invocation.words, invocation.words[1:], strict=False):
                    if option in ("-r", "-c", "--requirement", "--constraint"):
                        self._requirements_file(os.path.join(self._root, value))
        for path in tuple(self._requirements):
            self._follow_includes(path)

    def warn(self, text: str) -> None:
        """Note something that the reader of the answer has to know."""
        self._warnings.append(text)

    def gathered(self) -> Gathered:
        """Return all of it."""
        requirements = tuple(self._requirements[path] for path in sorted(self._requirements))
        texts = ProjectTexts(tuple(self._files), requirements, tuple(self._configured))
        return Gathered(texts, tuple(sorted(self._paths)), tuple(self._warnings))

    def _configuration(self, text: str, shown: str) -> None:
        try:
            self._configured += configured_keys(text, shown)
        except XpipError as error:
            self._warnings.append(error.summary)

    def _requirements_file(self, path: str) -> None:
        path = os.path.normpath(path)
        # What lies elsewhere is no file of this project, and may be no requirements file.
        is_inside = path.startswith(f"{self._root.rstrip('/')}/") and os.path.isfile(path)
        if is_inside and path not in self._requirements and path.endswith((".txt", ".in")):
            text = self._text(path)
            if text is not None:
                shown = self._shown + os.path.relpath(path, self._root)
                self._requirements[path] = RequirementsText(shown, text)

    def _follow_includes(self, path: str) -> None:
        text = self._requirements[path].text
        try:
            entries = parse(text, path, {}).entries
        except BadLines as error:
            entries = error.readable.entries
        except XpipError:
            return
        for entry in entries:
            if isinstance(entry, Include) and "://" not in entry.target:
                target = os.path.normpath(os.path.join(os.path.dirname(path), entry.target))
                if target not in self._requirements:
                    self._requirements_file(target)
                    if target in self._requirements:
                        self._follow_includes(target)

    def _text(self, path: str) -> str | None:
        relative = self._shown + os.path.relpath(path, self._root)
        try:
            if os.path.getsize(path) > MAXIMUM_TEXT:
                self._warnings.append(f"`{relative}` is too large to be written by hand")
                return None
            text = decode(read_document(path, "file"), relative)
        except (XpipError, OSError) as error:
            summary = error.summary if isinstance(error, XpipError) else str(error)
            self._warnings.append(f"{summary}; it is passed over")
            return None
        self._paths.append(relative)
        return text


def _paths(folder: str) -> Iterator[str]:
    """Yield the files below a folder in the order of their names, without what others made."""
    if os.path.isfile(folder):
        yield folder
        return
    for above, folders, names in os.walk(folder):
        folders[:] = sorted(
            name
            for name in folders
            if name not in _NOT_OURS
            and not name.endswith((".dist-info", ".egg-info"))
            and not os.path.exists(os.path.join(above, name, "pyvenv.cfg"))
        )
        for name in sorted(names):
            yield os.path.join(above, name)


def _is_requirements(relative: str) -> bool:
    folder, _, name = relative.lower().rpartition("/")
    if not name.endswith((".txt", ".in")):
        return False
    in_folder = folder.rpartition("/")[2] in ("requirements", "requires", "reqs")
    return in_folder or "requirements" in name or name.startswith(("constraints", "dev-require"))
