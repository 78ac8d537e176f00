"""Installed packages as requirements, in the order of the user's own files where there are some."""

from __future__ import annotations

import os

from xpip.documents import read_document
from xpip.formats.requirements_txt import decode
from xpip.model.names import leading_word, normalized_name
from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_EDITABLE = ("-e", "--editable")
_BEGINS_AFTER_NAME = ("", *"<>=!~;@[(,")
_ADDED = "## The following requirements were added by pip freeze:"
"""Word by word as pip writes it: scripts look for this line."""


class Followed(NamedTuple):
    """What came of following the user's files."""

    lines: tuple[str, ...]
    """Of the output, with the line that says where the rest begins."""
    used: frozenset[str]
    """Normalised names of the packages that are in `lines`."""
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """About lines that name no project."""


def follow(files: Sequence[str], cwd: str, frozen: Mapping[str, str]) -> Followed:
    """Return installed packages in the order of requirements files, with comments and options.

    Args:
        files: As the user named them.
        cwd: Absolute folder that they are relative to.
        frozen: Normalised name -> what stands for the package, one line or more.

    Raises:
        RequirementError: A file cannot be read.
    """
    following = _Following(frozen)
    for path in files:
        text = decode(read_document(os.path.join(cwd, path)), path)
        for line in text.splitlines():
            following.add(line, path)
    return following.result()


class _Following:
    """Walks through the lines of all files."""

    def __init__(self, frozen: Mapping[str, str]) -> None:
        self._frozen = frozen
        self._lines: list[str] = []
        self._options: set[str] = set()
        self._used: set[str] = set()
        self._named: dict[str, list[str]] = {}
        self._warnings: list[str] = []
        self._notes: list[str] = []

    def add(self, line: str, path: str) -> None:
        stripped = line.strip()
        is_editable = stripped.startswith(_EDITABLE)
        if not stripped or stripped.startswith("#") or (stripped[0] == "-" and not is_editable):
            self._keep(line.rstrip())
            return
        written = without_comment(stripped)
        name = project_of(written)
        if not name:
            self._notes.append(
                f"Skipping line in requirement file [{path}] because it's not clear what it would"
                f" install: {stripped}\n  (add #egg=PackageName to the URL to avoid this warning)"
            )
            return
        key = normalized_name(name)
        if key in self._frozen and key not in self._used:
            self._lines.append(self._frozen[key])
            self._used.add(key)
            self._named.setdefault(name, []).append(path)
        elif self._named.get(name):
            self._named[name].append(path)
        else:
            self._warnings.append(
                f"Requirement file [{path}] contains {written}, but package {name!r} is not"
                " installed"
            )

    def _keep(self, line: str) -> None:
        """Keep a comment or option; each once, however many files have it."""
        if line not in self._options:
            self._options.add(line)
            self._lines.append(line)

    def result(self) -> Followed:
        for name, paths in self._named.items():
            if len(paths) > 1:
                files = ", ".join(sorted(set(paths)))
                self._warnings.append(f"Requirement {name} included multiple times [{files}]")
        lines = (*self._lines, _ADDED)
        used = frozenset(self._used)
        return Followed(lines, used, tuple(self._warnings), tuple(self._notes))


def without_comment(line: str) -> str:
    """Return a line without the comment at its end; a `#` inside a word begins none."""
    for position, character in enumerate(line):
        if character == "#" and (position == 0 or line[position - 1].isspace()):
            return line[:position].rstrip()
    return line


def project_of(written: str) -> str:
    """Return the name that a requirement line states, empty when it states none."""
    for option in reversed(_EDITABLE):
        if written.startswith(option):
            written = written[len(option) :].lstrip().removeprefix("=").lstrip()
            break
    name = leading_word(written)
    rest = written[len(name) :].lstrip()
    if name[:1].isalnum() and (rest[:1] in _BEGINS_AFTER_NAME or rest.startswith("--")):
        is_archive = name.lower().endswith((".whl", ".tar.gz", ".zip"))
        return name.partition("-")[0] if is_archive else name
    for part in written.partition("#")[2].split("&"):
        label, _, value = part.partition("=")
        if label == "egg":
            return leading_word(value)
    file_name = written.partition("#")[0].rpartition("/")[2]
    return file_name.partition("-")[0] if file_name.endswith(".whl") else ""
