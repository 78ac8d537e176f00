"""pylock.toml (PEP 751), read strictly: every key that is used has the type it must have.

Unknown keys are ignored, as the specification wants it for tables that a newer minor version may
have added to. Everything wrong with one file is told in one error.

Spec: https://packaging.python.org/en/latest/specifications/pylock-toml/
"""

from __future__ import annotations

from xpip.errors import RequirementError, UsageError
from xpip.formats.page_link import filename_of
from xpip.formats.toml_text import parse_toml
from xpip.formats.wheel_name import parse_wheel_name
from xpip.model.file_names import is_version_like, parse_sdist_name
from xpip.model.link import Digest, IndexFile
from xpip.model.lock import Lock, LockedPackage
from xpip.model.names import normalized_name
from xpip.model.records import TYPE_CHECKING
from xpip.model.source import SourceLocation
from xpip.model.urls import (
    credential_for,
    path_to_url,
    redact_text,
    scheme_of,
    split_credentials,
    url_to_path,
)

if TYPE_CHECKING:
    from typing import Any

    from xpip.model.options import Credential

MAXIMUM_PROBLEMS = 20
"""Lines of one error; a file of another kind would have thousands."""
_CONFLICT_MARKS = ("<<<<<<< ", "||||||| ", ">>>>>>> ")
_VCS = ("git", "hg", "svn", "bzr")
_SOURCES = ("vcs", "directory", "archive")
_WEB = ("http", "https")
_SAFE = (
    "sha256", "sha384", "sha512", "sha3_256", "sha3_384", "sha3_512", "blake2b", "blake2s",
)  # fmt: skip
"""Algorithms of which a file needs one; others count beside them."""


class LockText(RequirementError):
    """A lock file cannot be understood."""

    code = "lock-file"


def parse_lock(text: str, path: str, base: str) -> tuple[Lock, tuple[Credential, ...]]:
    """Return what a lock file says, and the credentials that were in its URLs.

    Args:
        path: As messages name the file.
        base: Absolute folder of the file, which its relative paths start from; or its URL, and
            then it must not name anything on this machine.

    Raises:
        LockText: It is cut off, in the middle of a merge, no TOML, or a key is missing or wrong.
    """
    _ensure_merged(text, path)
    try:
        tables = parse_toml(text, path)
    except RequirementError as error:
        raise _not_toml(error, text, path) from error
    reading = _Reading(text, path, base)
    lock = reading.lock(tables)
    reading.ensure_right()
    return lock, tuple(reading.credentials)


def _ensure_merged(text: str, path: str) -> None:
    if not any(mark in text for mark in _CONFLICT_MARKS):
        return
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith(_CONFLICT_MARKS):
            raise LockText(
                f"{path}:{number}: `{line.rstrip()[:40]}` is left over from a merge",
                hints=("take one side and run `xpip lock` again, which keeps its versions",),
            )


def _not_toml(error: RequirementError, text: str, path: str) -> LockText:
    """Return the error of the parser with the line first, as all others have it."""
    reason = str(error.__cause__ or error.summary)
    what, found, place = reason.rpartition(" (at ")
    if not found:
        return LockText(f"{path}: the lock file is not valid TOML: {reason}")
    line = text.rstrip("\n").count("\n") + 1
    at_end = place.startswith("end of document")
    if not at_end:
        number = place.removeprefix("line ").partition(",")[0]
        at_end = number.isdecimal() and int(number) >= line and not text.endswith("\n")
        line = int(number) if number.isdecimal() else line
    if at_end:
        return LockText(
            f"{path}:{line}: the lock file ends in the middle of something: {what}",
            hints=("it may be cut off: fetch or make it again",),
        )
    return LockText(f"{path}:{line}: the lock file is not valid TOML: {what}")


class _Reading:
    """One file while it is read; problems are collected."""

    def __init__(self, text: str, path: str, base: str) -> None:
        self._text = text
        self._path = path
        self._base = base
        self._is_remote = scheme_of(base) in _WEB
        self._place = ""
        self._number = -1
        self._problems: list[str] = []
        self._lines: list[int] | None = None
        self.credentials: list[Credential] = []

    def lock(self, tables: dict[str, Any]) -> Lock:
        version = self._required(tables, "lock-version")
        if version and not self._is_known_version(version):
            # What the keys of an unknown version mean is not known, so nothing else is looked at.
            self.ensure_right()
        created_by = self._required(tables, "created-by")
        requires_python = self._text_of(tables, "requires-python")
        environments = self._texts(tables, "environments")
        extras = self._texts(tables, "extras")
        groups = self._texts(tables, "dependency-groups")
        default_groups = self._texts(tables, "default-groups")
        packages = []
        listed = tables.get("packages")
        if not isinstance(listed, list):
            self._missing_or_wrong(tables, "packages", "an array of tables")
            listed = []
        for number, entry in enumerate(listed):
            self._number = number
            self._place = f"packages[{number}]"
            if isinstance(entry, dict):
                packages.append(self._package(entry))
            else:
                self._problem("is not a table")
        return Lock(
            tuple(packages),
            version,
            created_by,
            requires_python,
            environments,
            tuple(map(normalized_name, extras)),
            groups,
            default_groups,
        )

    def ensure_right(self) -> None:
        """Raise everything that was found, if anything.

        Raises:
            LockText: Something is wrong.
        """
        problems = list(dict.fromkeys(self._problems))
        if not problems:
            return
        if len(problems) == 1:
            raise LockText(problems[0])
        shown = problems[:MAXIMUM_PROBLEMS]
        if len(problems) > len(shown):
            shown.append(f"and {len(problems) - len(shown)} more")
        raise LockText(
            f"the lock file `{self._path}` has {len(problems)} mistakes", details=tuple(shown)
        )

    def _is_known_version(self, version: str) -> bool:
        major, dot, minor = version.partition(".")
        if not (major.isdecimal() and version.isascii() and (not dot or minor.isdecimal())):
            self._problem(
                f"`lock-version` is `{version[:40]}`, which is no version", "lock-version"
            )
            return False
        if int(major[:9]) != 1:
            self._problem(
                f"`lock-version` is {version[:40]}, and only 1.0 is known: a newer xpip may read"
                " it",
                "lock-version",
            )
            return False
        return True

    def _package(self, entry: dict[str, Any]) -> LockedPackage:
        name = self._required(entry, "name")
        if name:
            self._place = f"packages[{self._number}] (`{name[:80]}`)"
            if normalized_name(name) != name:
                self._problem("`name` is not normalised")
        version = self._text_of(entry, "version")
        if version and not is_version_like(version):
            self._problem(f"`version` is no version: `{version[:80]}`")
        given = [kind for kind in _SOURCES if entry.get(kind) is not None]
        distributions = [kind for kind in ("wheels", "sdist") if entry.get(kind)]
        if len(given) > 1 or (given and distributions):
            both = " and ".join(f"`{kind}`" for kind in (*given, *distributions)[:2])
            self._problem(f"has {both}, which exclude each other")
        elif not given and not distributions:
            self._problem("has no `wheels`, `sdist`, `archive`, `directory` or `vcs`")
        package = LockedPackage(
            name,
            version,
            self._text_of(entry, "marker"),
            self._text_of(entry, "requires-python"),
            self._url(entry, "index"),
            self._dependencies(entry),
        )
        if not given:
            return package._replace(
                wheels=self._wheels(entry, package), sdist=self._sdist(entry, package)
            )
        return self._direct(entry, given[0], package)

    def _dependencies(self, entry: dict[str, Any]) -> tuple[str, ...]:
        tables = self._tables(entry, "dependencies")
        names = [table.get("name") for table in tables]
        return tuple(sorted({name for name in names if isinstance(name, str)}))

    def _wheels(self, entry: dict[str, Any], package: LockedPackage) -> tuple[IndexFile, ...]:
        files = []
        for number, table in enumerate(self._tables(entry, "wheels")):
            file = self._file(table, f"wheels[{number}]")
            parsed = parse_wheel_name(file.filename)
            if not file.filename:
                continue
            if parsed is None:
                self._problem(f"`wheels[{number}]`: `{file.filename[:120]}` is no name of a wheel")
            elif (package.name and parsed.name != package.name) or not _is_same(
                parsed.version, package.version
            ):
                self._problem(
                    f"`wheels[{number}]`: `{file.filename[:120]}` is of another project or version"
                )
            files.append(file)
        return tuple(files)

    def _sdist(self, entry: dict[str, Any], package: LockedPackage) -> IndexFile | None:
        table = self._table(entry, "sdist")
        if table is None:
            return None
        file = self._file(table, "sdist")
        version = parse_sdist_name(file.filename, package.name)
        if file.filename and (version is None or not _is_same(version, package.version)):
            self._problem(
                f"`sdist`: `{file.filename[:120]}` is no source archive of this project and version"
            )
        return file

    def _direct(self, entry: dict[str, Any], kind: str, package: LockedPackage) -> LockedPackage:
        table = self._table(entry, kind)
        if table is None:
            return package
        subdirectory = self._text_of(table, "subdirectory", kind)
        if subdirectory.startswith(("/", "\\")) or ".." in subdirectory.replace("\\", "/").split(
            "/"
        ):
            self._problem(f"`{kind}.subdirectory` leads out of the sources")
        if kind == "archive":
            file = self._file(table, kind)
            source = SourceLocation(kind, file.url, subdirectory, hashes=file.digests)
            return package._replace(archive=file, source=source)
        if kind == "directory":
            path = self._required(table, "path", kind)
            editable = table.get("editable", False)
            if not isinstance(editable, bool):
                self._problem("`directory.editable` is not true or false")
                editable = False
            url = self._path_url(path, "directory.path")
            return package._replace(source=SourceLocation(kind, url, subdirectory, editable))
        system = self._required(table, "type", kind)
        if system and system not in _VCS:
            self._problem(f"`vcs.type` is `{system[:40]}`, and known are {', '.join(_VCS)}")
        commit = self._required(table, "commit-id", kind)
        revision = self._text_of(table, "requested-revision", kind)
        url = self._location(table, kind).removeprefix(f"{system}+")
        if commit.startswith("-") or revision.startswith("-"):
            self._problem("`vcs.commit-id` and `vcs.requested-revision` do not begin with `-`")
        source = SourceLocation(kind, url, subdirectory, vcs=system, revision=revision)
        return package._replace(source=source, commit=commit)

    def _file(self, table: dict[str, Any], key: str) -> IndexFile:
        """Return a file of a table with `url` or `path`, `name`, `size` and `hashes`."""
        url = self._location(table, key, needed=key == "archive")
        name = self._text_of(table, "name", key) or filename_of(url)
        if not name or "/" in name or "\\" in name or not name.isprintable():
            self._problem(f"`{key}` needs `url`, `path` or a `name` without folders")
            name = ""
        size = table.get("size")
        if size is not None and (not isinstance(size, int) or isinstance(size, bool) or size < 0):
            self._problem(f"`{key}.size` is not a number of bytes")
            size = None
        uploaded = table.get("upload-time")
        if uploaded is not None and not hasattr(uploaded, "isoformat"):
            self._problem(f"`{key}.upload-time` is not a date and time")
            uploaded = None
        time = None if uploaded is None else uploaded.isoformat().replace("+00:00", "Z")
        return IndexFile(name, url, self._hashes(table, key), size=size, upload_time=time)

    def _hashes(self, table: dict[str, Any], key: str) -> tuple[Digest, ...]:
        hashes = table.get("hashes")
        if not isinstance(hashes, dict):
            self._missing_or_wrong(table, "hashes", "a table", key)
            return ()
        if not hashes:
            self._problem(f"`{key}.hashes` is empty")
        elif not any(algorithm.lower() in _SAFE for algorithm in hashes):
            self._problem(f"`{key}.hashes` has no hash that is safe, such as sha256")
        digests = []
        for algorithm, value in hashes.items():
            if not isinstance(value, str) or not value or value.strip("0123456789abcdefABCDEF"):
                self._problem(f"`{key}.hashes.{algorithm[:40]}` is not a hexadecimal string")
            else:
                digests.append(Digest(algorithm.lower(), value.lower()))
        return tuple(sorted(digests))

    def _location(self, table: dict[str, Any], kind: str, *, needed: bool = True) -> str:
        """Return the URL of `path` or `url`; the path comes first, as the specification has it."""
        path = self._text_of(table, "path", kind)
        if path:
            return self._path_url(path, f"{kind}.path")
        url = self._url(table, "url", kind)
        if not url and needed:
            self._problem(f"`{kind}` needs `url` or `path`")
        return url

    def _path_url(self, path: str, key: str) -> str:
        if self._is_remote:
            self._problem(
                f"`{key}` names a path, and a lock file from a URL may not use what is on this"
                " machine"
            )
        if "\0" in path:
            self._problem(f"`{key}` is no path")
            return ""
        path = path.replace("\\", "/") if "/" not in path else path
        return path_to_url(_joined(self._base, path))

    def _url(self, table: dict[str, Any], key: str, kind: str = "") -> str:
        written = self._text_of(table, key, kind)
        shown = f"{kind}.{key}" if kind else key
        if not written:
            return ""
        try:
            split = split_credentials(written)
            scheme = scheme_of(split.url)
            if scheme == "file":
                url_to_path(split.url)
        except UsageError as error:
            self._problem(f"`{shown}`: {error.summary}")
            return ""
        if not scheme:
            self._problem(f"`{shown}` is no URL: `{redact_text(written)[:120]}`")
        elif self._is_remote and scheme.rpartition("+")[2] == "file":
            self._problem(
                f"`{shown}` is a `file:` URL, and a lock file from a URL may not use what is on"
                " this machine"
            )
        credential = credential_for(split)
        if credential is not None and credential not in self.credentials:
            self.credentials.append(credential)
        return split.url.partition("#")[0] if kind not in ("vcs", "") else split.url

    def _required(self, table: dict[str, Any], key: str, above: str = "") -> str:
        text = self._text_of(table, key, above)
        if not text and isinstance(table.get(key, ""), str):
            shown = f"{above}.{key}" if above else key
            self._problem(f"`{shown}` is missing" if key not in table else f"`{shown}` is empty")
        return text

    def _text_of(self, table: dict[str, Any], key: str, above: str = "") -> str:
        value = table.get(key, "")
        if isinstance(value, str):
            return value
        self._missing_or_wrong(table, key, "a string", above)
        return ""

    def _texts(self, table: dict[str, Any], key: str) -> tuple[str, ...]:
        values = table.get(key, [])
        if isinstance(values, list) and all(isinstance(value, str) for value in values):
            return tuple(values)
        self._missing_or_wrong(table, key, "an array of strings")
        return ()

    def _table(self, table: dict[str, Any], key: str) -> dict[str, Any] | None:
        value = table.get(key)
        if value is None or isinstance(value, dict):
            return value
        self._missing_or_wrong(table, key, "a table")
        return None

    def _tables(self, table: dict[str, Any], key: str) -> list[dict[str, Any]]:
        values = table.get(key, [])
        if isinstance(values, list) and all(isinstance(value, dict) for value in values):
            return values
        self._missing_or_wrong(table, key, "an array of tables")
        return []

    def _missing_or_wrong(
        self, table: dict[str, Any], key: str, kind: str, above: str = ""
    ) -> None:
        shown = f"{above}.{key}" if above else key
        if key in table:
            self._problem(f"`{shown}` is not {kind}", key)
        else:
            self._problem(f"`{shown}` is missing")

    def _problem(self, what: str, key: str = "") -> None:
        """Note what is wrong.

        Args:
            key: Of the whole file, whose line is named where no package is read.
        """
        line = self._line() if self._number >= 0 else self._line_of(key)
        where = f"{self._path}:{line}" if line else self._path
        self._problems.append(
            f"{where}: {self._place} {what}" if self._place else f"{where}: {what}"
        )

    def _line(self) -> int:
        """Return where the table of the current package starts, 0 when nobody can tell."""
        if self._lines is None:
            lines = enumerate(self._text.split("\n"), 1)
            self._lines = [n for n, line in lines if line.strip().startswith("[[packages]]")]
        return self._lines[self._number] if self._number < len(self._lines) else 0

    def _line_of(self, key: str) -> int:
        """Return where a key of the whole file is, 0 when nobody can tell."""
        for number, line in enumerate(self._text.split("\n"), 1):
            if line.startswith("["):
                break
            if key and line.partition("=")[0].strip().strip("\"'") == key:
                return number
        return 0


def _joined(folder: str, path: str) -> str:
    """Return the absolute path of one that starts from a folder, without `.` and `..`."""
    parts: list[str] = []
    for part in (path if path.startswith("/") else f"{folder}/{path}").split("/"):
        if part == "..":
            parts[-1:] = []
        elif part not in ("", "."):
            parts.append(part)
    return "/" + "/".join(parts)


def _is_same(written: str, version: str) -> bool:
    """Say whether a file name's version is that of its package; one without any takes all."""
    if not version or written == version or written.replace("_", "-") == version:
        return True
    from xpip.model.versions_text import parse_version

    parsed = parse_version(written)
    return parsed is not None and parsed == parse_version(version)
