"""What a lock file has installed on one target, without asking anybody: PEP 751's algorithm.

Everything is decided from the file and the target alone, so that the answer is the same on every
day and on every machine like this one.

Spec: https://packaging.python.org/en/latest/specifications/pylock-toml/#installation
"""

from __future__ import annotations

import os

from xpip.documents import read_document
from xpip.formats.pylock import LockText, parse_lock
from xpip.formats.requirements_txt import decode
from xpip.formats.wheel_name import parse_wheel_name
from xpip.model.link import IndexFile
from xpip.model.lock import LockWish
from xpip.model.marker import Marker
from xpip.model.markers import ensure_sane
from xpip.model.names import normalized_name
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.resolution import Resolution, ResolvedPackage
from xpip.model.urls import credential_for, redact, split_credentials
from xpip.model.versions_text import admits_python
from xpip.operations.wanted import is_remote
from xpip.selection.preference import NO_RANK, TagRanks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.model.lock import Lock, LockedPackage
    from xpip.model.options import Credential, SelectionPolicy
    from xpip.model.target import Target
    from xpip.operations.wanted import Reach

_ALL = ":all:"
_EVERYTHING = LockWish()
_SETS = ("extras", "dependency_groups")


class Locked(NamedTuple):
    """What a lock file has installed."""

    resolution: Resolution
    """In the order of the file; a file without a URL is found by `operations.lock_files`."""
    credentials: tuple[Credential, ...] = ()
    """Those that were in URLs of the file; nothing else holds them."""


def read_lock(
    path: str, data: bytes, target: Target, folder: str, wish: LockWish = _EVERYTHING
) -> Locked:
    """Return what a lock file has installed on a target.

    Args:
        path: As messages name the file.
        data: Its content.
        folder: Absolute folder that its relative paths start from, or its own URL.

    Raises:
        RequirementError: The file is damaged, of an unknown version, not for this target, or has
            nothing for it to install; names file and line.
    """
    lock, credentials = parse_lock(decode(data, path), path, folder)
    choice = _Choice(lock, path, target, wish)
    choice.ensure_for_target()
    resolution = Resolution(choice.packages(), choice.warnings())
    return Locked(resolution, credentials)


def read_lock_file(
    named: str, reach: Reach, target: Target, wish: LockWish = _EVERYTHING
) -> Locked:
    """Return what a lock file of this machine or on a server has installed on a target.

    Args:
        named: Path or URL, as the user wrote it.

    Raises:
        RequirementError: As `read_lock` does, or the file cannot be read.
        IndexAccessError: It cannot be fetched.
    """
    if not is_remote(named) or reach.fetch is None:
        path = os.path.normpath(os.path.join(reach.cwd, named))
        data = read_document(path, "lock file")
        return read_lock(named, data, target, os.path.dirname(path), wish)
    split = split_credentials(named)
    credential = credential_for(split)
    credentials = () if credential is None else (credential,)
    url, data = reach.fetch(split.url, credentials)
    locked = read_lock(redact(split.url), data, target, url, wish)
    return locked._replace(credentials=locked.credentials + credentials)


class _Choice:
    """What one lock comes to on one target."""

    def __init__(self, lock: Lock, path: str, target: Target, wish: LockWish) -> None:
        self._lock = lock
        self._path = path
        self._target = target
        self._wish = wish
        self._sets = {
            "extras": frozenset(lock.extras if wish.all_extras else wish.extras),
            "dependency_groups": frozenset(
                map(normalized_name, lock.default_groups if wish.groups is None else wish.groups)
            ),
        }
        self._ranks = TagRanks(target)
        self._verdicts: dict[str, bool] = {"": True}

    def warnings(self) -> tuple[str, ...]:
        """Return what the user should know of the file, a sentence each."""
        if self._lock.version.partition(".")[2].strip("0"):
            version = self._lock.version
            return (f"`{self._path}` has lock-version {version}, and only 1.0 is understood",)
        return ()

    def ensure_for_target(self) -> None:
        """Refuse a lock that is for other environments, or lacks what is wanted.

        Raises:
            LockText: It is.
        """
        lock = self._lock
        self._ensure_known("extra", self._wish.extras, lock.extras)
        groups = tuple(map(normalized_name, (*lock.groups, *lock.default_groups)))
        wanted = tuple(map(normalized_name, self._wish.groups or ()))
        self._ensure_known("dependency group", wanted, groups)
        if not self._admits(lock.requires_python):
            raise LockText(
                f"{self._path}: the lock file is for Python {lock.requires_python}, not for"
                f" {self._target.python_version}"
            )
        if lock.environments and not any(
            self._holds_anywhere(marker) for marker in lock.environments
        ):
            raise LockText(
                f"{self._path}: the lock file is for other environments than this one",
                details=tuple(f"it is for: {marker}" for marker in lock.environments),
                hints=("lock again here, or for this platform, with an output of its own",),
            )

    def _ensure_known(self, what: str, wanted: Sequence[str], known: Sequence[str]) -> None:
        for name in wanted:
            if name not in known:
                shown = ", ".join(f"`{one}`" for one in known) or "none"
                raise LockText(
                    f"{self._path}: the lock file has no {what} `{name}`; it has {shown}"
                )

    def packages(self) -> tuple[ResolvedPackage, ...]:
        """Return what is to be installed.

        Raises:
            LockText: A project is there twice, or has no file for the target.
        """
        chosen: dict[str, ResolvedPackage] = {}
        for number, package in enumerate(self._lock.packages):
            place = f"packages[{number}] (`{package.name}`)"
            if not self._holds(package.marker, place):
                continue
            if not self._admits(package.requires_python):
                raise LockText(
                    f"{self._path}: {place} needs Python {package.requires_python}, not"
                    f" {self._target.python_version}"
                )
            if package.name in chosen:
                raise LockText(
                    f"{self._path}: `{package.name}` is there more than once for this environment",
                    details=(
                        f"version {chosen[package.name].version or 'without number'}",
                        f"version {package.version or 'without number'}",
                    ),
                    hints=("extras or groups that exclude each other may have been asked for",),
                )
            chosen[package.name] = self._resolved(package, place)
        return tuple(chosen.values())

    def _resolved(self, package: LockedPackage, place: str) -> ResolvedPackage:
        if package.archive is None and package.source is None:
            file = self._file(package, place)
            return ResolvedPackage(
                package.name, package.version, file, package.index_url, requested=True
            )
        file = package.archive or IndexFile("", "")
        source = package.source
        direct_url = ""
        if source is not None and parse_wheel_name(file.filename):
            source = None
        elif source is not None:
            from xpip.formats.direct_url import direct_url_for
            from xpip.formats.source_location import reference_url

            direct_url = direct_url_for(source, package.commit, file.digests)
            source = source._replace(revision=package.commit)
            if not file.url:
                file = IndexFile("", reference_url(source))
        return ResolvedPackage(
            package.name,
            package.version or _version_in(file, package.name),
            file,
            "",
            requested=True,
            direct=True,
            source=source,
            direct_url=direct_url,
        )

    def _file(self, package: LockedPackage, place: str) -> IndexFile:
        """Return the file of an entry: the wheel that fits best, else the source archive."""
        policy = self._wish.policy
        name = package.name
        sdist = package.sdist
        if _refuses(name, policy.only_binary, policy.no_binary):
            sdist = None
        wheels = package.wheels
        if _refuses(name, policy.no_binary, policy.only_binary):
            wheels = ()
        best: IndexFile | None = None
        best_rank: tuple[int, tuple[int, str] | tuple[()]] | None = None
        for wheel in wheels:
            parsed = parse_wheel_name(wheel.filename)
            rank = self._ranks.rank(parsed.tags) if parsed else NO_RANK
            if parsed is None or rank == NO_RANK:
                continue
            # Of equally good tags the highest build is taken, as from an index.
            if (
                best_rank is None
                or rank < best_rank[0]
                or (rank == best_rank[0] and parsed.build > best_rank[1])
            ):
                best, best_rank = wheel, (rank, parsed.build)
        chosen = best or sdist
        if chosen is None:
            raise self._no_file(package, place, policy)
        return chosen

    def _no_file(self, package: LockedPackage, place: str, policy: SelectionPolicy) -> LockText:
        files = [file.filename for file in package.wheels]
        if package.sdist is not None:
            files.append(package.sdist.filename)
        hints = []
        if policy.only_binary or policy.no_binary:
            hints.append("`--only-binary` or `--no-binary` may exclude the only file there is")
        hints.append("lock again for this environment")
        return LockText(
            f"{self._path}: {place} has no file that can be installed here",
            details=tuple(f"it has: {filename}" for filename in files),
            hints=tuple(hints),
        )

    def _admits(self, specifier: str) -> bool:
        if self._wish.policy.ignore_requires_python:
            return True
        verdict = admits_python(specifier, self._target.python_version)
        if verdict is None:
            raise LockText(f"{self._path}: `requires-python` is no specifier: `{specifier[:120]}`")
        return verdict

    def _holds(self, marker: str, place: str) -> bool:
        verdict = self._verdicts.get(marker)
        if verdict is None:
            verdict = self._evaluated(marker, place, self._sets)
            self._verdicts[marker] = verdict
        return verdict

    def _holds_anywhere(self, marker: str) -> bool:
        """Say whether a marker of the file itself holds; extras and groups do not exist there."""
        return self._evaluated(marker, "the lock file", {})

    def _evaluated(self, marker: str, place: str, sets: dict[str, frozenset[str]]) -> bool:
        verdict = _plain_marker(marker, sets)
        if verdict is not None:
            return verdict
        values = dict(self._target.markers)
        try:
            ensure_sane(marker)
            if not any(name in marker for name in _SETS):
                own = Marker(marker)
                if own.alternatives is not None and own.variables() <= values.keys():
                    return own.holds(values)
        except ValueError as error:
            raise self._bad_marker(marker, place, error) from error
        from packaging.markers import InvalidMarker, UndefinedEnvironmentName
        from packaging.markers import Marker as Foreign

        environment: dict[str, str | frozenset[str]] = {**values, **sets}
        try:
            return Foreign(marker).evaluate(
                environment, context="lock_file" if sets else "requirement"
            )
        except (InvalidMarker, UndefinedEnvironmentName, ValueError) as error:
            raise self._bad_marker(marker, place, error) from error

    def _bad_marker(self, marker: str, place: str, error: Exception) -> LockText:
        reason = (str(error).splitlines() or [""])[0]
        return LockText(
            f"{self._path}: a marker of {place} cannot be evaluated: `{marker[:120]}`",
            details=(reason,),
        )


def _plain_marker(marker: str, sets: dict[str, frozenset[str]]) -> bool | None:
    """Return the verdict on `'NAME' in extras` and the like joined by `or`; None for all others.

    xpip writes these, and they would be the only reason to load packaging (50 ms).
    """
    verdict = False
    for part in marker.split(" or "):
        quoted, found, name = part.partition(" in ")
        value = _unquoted(quoted)
        if not found or value is None or name not in sets:
            return None
        verdict = verdict or normalized_name(value) in sets[name]
    return verdict


def _unquoted(text: str) -> str | None:
    """Return what stands between quotes; None when this is not one quoted text."""
    if len(text) < 2 or text[0] not in "'\"" or text[-1] != text[0]:  # noqa: PLR2004
        return None
    inner = text[1:-1]
    return None if text[0] in inner or "\\" in inner else inner


def _refuses(project: str, refused: frozenset[str], wanted: frozenset[str]) -> bool:
    """Say whether an option refuses a kind of file; a name says more than `:all:`."""
    return project in refused or (_ALL in refused and project not in wanted)


def _version_in(file: IndexFile, project: str) -> str:
    """Return the version that an archive's name tells; empty when it tells none."""
    wheel = parse_wheel_name(file.filename)
    if wheel is not None:
        return wheel.version
    from xpip.formats.wheel_name import parse_sdist_name

    return parse_sdist_name(file.filename, project) or ""
