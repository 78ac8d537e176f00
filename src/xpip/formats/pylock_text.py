"""pylock.toml (PEP 751) as text: the same lock gives the same bytes.

Keys are in the order of the specification.

Spec: https://packaging.python.org/en/latest/specifications/pylock-toml/
"""

from __future__ import annotations

from xpip.model.records import TYPE_CHECKING
from xpip.model.urls import redact, url_to_path

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from xpip.model.link import Digest, IndexFile
    from xpip.model.lock import Lock, LockedPackage


def format_lock(lock: Lock, folder: str, header: Sequence[str] = (), *, urls: bool = True) -> str:
    """Return the text of a lock file.

    Args:
        folder: Absolute folder of the file; what is in it or beside it gets a relative path.
        header: Lines of the comment at its top, without their `# `.
        urls: Say where files of indexes are; without, they are found by name and hashes.
    """
    import tomli_w

    writing = _Writing(folder, urls=urls)
    tables: dict[str, Any] = {"lock-version": lock.version}
    if lock.environments:
        tables["environments"] = list(lock.environments)
    if lock.requires_python:
        tables["requires-python"] = lock.requires_python
    if lock.extras:
        tables["extras"] = list(lock.extras)
    if lock.groups:
        tables["dependency-groups"] = list(lock.groups)
        tables["default-groups"] = list(lock.default_groups)
    tables["created-by"] = lock.created_by
    tables["packages"] = [writing.package(package) for package in lock.packages]
    comment = "".join(f"{f'# {line}'.rstrip()}\n" for line in header)
    return comment + ("\n" if comment else "") + tomli_w.dumps(tables)


class _Writing:
    """Makes tables of packages."""

    def __init__(self, folder: str, *, urls: bool) -> None:
        self._folder = folder
        self._urls = urls

    def package(self, package: LockedPackage) -> dict[str, Any]:
        """Return one table of `[[packages]]`."""
        table: dict[str, Any] = {"name": package.name}
        if package.version:
            table["version"] = package.version
        if package.marker:
            table["marker"] = package.marker
        if package.requires_python:
            table["requires-python"] = package.requires_python
        if package.dependencies:
            table["dependencies"] = [{"name": name} for name in package.dependencies]
        if package.index_url and self._urls:
            table["index"] = redact(package.index_url)
        if package.archive is not None:
            table["archive"] = self._archive(package, package.archive)
        elif package.source is not None and package.source.kind == "vcs":
            table["vcs"] = self._repository(package)
        elif package.source is not None:
            table["directory"] = self._directory(package)
        if package.sdist is not None:
            table["sdist"] = self._file(package.sdist)
        if package.wheels:
            wheels = sorted(package.wheels, key=lambda file: file.filename)
            table["wheels"] = [self._file(file) for file in wheels]
        return table

    def _file(self, file: IndexFile) -> dict[str, Any]:
        """Return the table of a wheel or source archive of an index."""
        table: dict[str, Any] = {"name": file.filename}
        if file.upload_time:
            time = _time(file.upload_time)
            if time is not None:
                table["upload-time"] = time
        # What passes for a secret in a URL is not written; the file is then found by its hash.
        if self._urls and redact(file.url) == file.url:
            table.update(self._place(file.url))
        if file.size is not None:
            table["size"] = file.size
        table["hashes"] = _hashes(file.digests)
        return table

    def _archive(self, package: LockedPackage, file: IndexFile) -> dict[str, Any]:
        table: dict[str, Any] = {**self._place(redact(file.url))}
        if file.size is not None:
            table["size"] = file.size
        table["hashes"] = _hashes(file.digests)
        if package.source is not None and package.source.subdirectory:
            table["subdirectory"] = package.source.subdirectory
        return table

    def _repository(self, package: LockedPackage) -> dict[str, Any]:
        source = package.source
        if source is None:
            return {}
        table: dict[str, Any] = {"type": source.vcs, **self._place(redact(source.url))}
        if source.revision and source.revision != package.commit:
            table["requested-revision"] = source.revision
        table["commit-id"] = package.commit
        if source.subdirectory:
            table["subdirectory"] = source.subdirectory
        return table

    def _directory(self, package: LockedPackage) -> dict[str, Any]:
        source = package.source
        if source is None:
            return {}
        table: dict[str, Any] = {"path": self._path(url_to_path(source.url))}
        if source.editable:
            table["editable"] = True
        if source.subdirectory:
            table["subdirectory"] = source.subdirectory
        return table

    def _place(self, url: str) -> dict[str, str]:
        if url.startswith("file:"):
            return {"path": self._path(url_to_path(url))}
        return {"url": url}

    def _path(self, path: str) -> str:
        """Return a path as seen from the lock file; one far away stays absolute."""
        here = [part for part in self._folder.split("/") if part]
        there = [part for part in path.split("/") if part]
        shared = 0
        while shared < min(len(here), len(there)) and here[shared] == there[shared]:
            shared += 1
        if not shared:
            return path
        return "/".join([".."] * (len(here) - shared) + there[shared:]) or "."


def _hashes(digests: Sequence[Digest]) -> dict[str, str]:
    return {digest.algorithm: digest.value for digest in sorted(digests)}


def _time(written: str) -> Any:
    """Return a point in time, in UTC, for the TOML writer; None for what is none."""
    # 2 ms, only for who writes a lock.
    from datetime import datetime, timezone

    text = written.strip()
    text = f"{text[:-1]}+00:00" if text[-1:] in ("Z", "z") else text
    main, dot, rest = text.partition(".")
    if dot:
        digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
        # Python 3.10 reads 3 or 6 digits of a fraction and no others.
        text = f"{main}.{digits[:6].ljust(6, '0')}{rest[len(digits) :]}"
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (
        time.replace(tzinfo=timezone.utc) if time.tzinfo is None else time.astimezone(timezone.utc)
    )
