"""Is what an earlier output pinned still what it was? Hashes say so."""

from __future__ import annotations

from xpip.errors import IntegrityError
from xpip.formats.lock_names import is_lock_name
from xpip.formats.requirements_txt import decode, parse
from xpip.model.lock import LockedPackage
from xpip.model.names import leading_name
from xpip.model.origin import FileOrigin
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.requirement import RequirementText

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from xpip.formats.pinned_requirements import Pin
    from xpip.model.link import Digest


class _Vouched(NamedTuple):
    """One version of a project with the hashes that its files may have."""

    name: str
    """Normalised."""
    version: str
    hashes: frozenset[Digest]
    line: int = 0
    """Of the output that has it; 0 for one that is still to be written."""


def ensure_hashes_fit(
    before: bytes,
    path: str,
    kept: Iterable[tuple[str, str]],
    offered: Sequence[Pin] | Sequence[LockedPackage],
) -> None:
    """Refuse a version of which no file is left that an earlier output vouched for.

    One that has other files beside those is no surprise: wheels for more platforms are uploaded
    any day. That all of them were replaced is for a person to judge.

    Args:
        before: The earlier output, which is known to be readable.
        path: As messages name it; its last part says whether it is a lock file.
        kept: (normalised name, version) of what is not to be upgraded.
        offered: What is to be written instead.

    Raises:
        IntegrityError: There is one.
    """
    if b"sha" not in before:
        return
    text = decode(before, path)
    known = _locked(text, path) if is_lock_name(path.rpartition("/")[2]) else _pinned(text, path)
    wanted = frozenset(kept)
    for one in map(_vouched, offered):
        earlier = known.get((one.name, one.version))
        if earlier is None or (one.name, one.version) not in wanted:
            continue
        algorithms = {digest.algorithm for digest in one.hashes}
        expected = {digest for digest in earlier.hashes if digest.algorithm in algorithms}
        if expected and not expected & one.hashes:
            raise IntegrityError(
                f"{path}:{earlier.line}: no file of `{one.name}=={one.version}` has one of the "
                "hashes that stand there",
                details=(
                    *(f"there: {digest}" for digest in sorted(expected)[:3]),
                    *(f"offered: {digest}" for digest in sorted(one.hashes)[:3]),
                ),
                hints=(
                    "somebody may have replaced the files: find out who",
                    f"`--upgrade-package {one.name}` takes those that are offered",
                ),
            )


def _pinned(text: str, path: str) -> dict[tuple[str, str], _Vouched]:
    found: dict[tuple[str, str], _Vouched] = {}
    for entry in parse(text, path, {}).entries:
        if isinstance(entry, RequirementText) and entry.hashes:
            name = leading_name(entry.text)
            version = entry.text.partition(";")[0].partition("==")[2].strip()
            line = entry.origin.line if isinstance(entry.origin, FileOrigin) else 0
            found[name, version] = _Vouched(name, version, frozenset(entry.hashes), line)
    return found


def _locked(text: str, path: str) -> dict[tuple[str, str], _Vouched]:
    from xpip.formats.pylock import parse_lock

    lock, _ = parse_lock(text, path, "/")
    lines: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        key, _, value = line.partition("=")
        if key.strip() == "name":
            lines.setdefault(leading_name(value.strip().strip("\"'")), number)
    return {(one.name, one.version): _vouched(one, lines.get(one.name, 1)) for one in lock.packages}


def _vouched(one: Pin | LockedPackage, line: int = 0) -> _Vouched:
    if isinstance(one, LockedPackage):
        files = one.wheels if one.sdist is None else (*one.wheels, one.sdist)
        hashes = frozenset(digest for file in files for digest in file.digests)
    else:
        hashes = frozenset(one.digests)
    return _Vouched(one.name, one.version, hashes, line)
