"""direct_url.json: where an installed distribution came from.

Spec: https://packaging.python.org/en/latest/specifications/direct-url-data-structure/
"""

from __future__ import annotations

from xpip.formats.source_location import ARCHIVE, VCS
from xpip.model.link import Digest
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.urls import path_to_url, redact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.model.source import SourceLocation


class DirectUrl(NamedTuple):
    """What one file says."""

    url: str
    """Without secrets."""
    kind: str
    """`archive`, `directory` or `vcs`."""
    subdirectory: str = ""
    editable: bool = False
    hashes: tuple[Digest, ...] = ()
    """sha256 first; empty when it states none."""
    vcs: str = ""
    commit: str = ""
    revision: str = ""
    """What was asked for; empty when nothing was."""


def direct_url_for(
    location: SourceLocation, commit: str = "", hashes: Sequence[Digest] = ()
) -> str:
    """Return the text for a distribution that was made from a location.

    Args:
        commit: Full identifier of what was checked out, for a repository.
        hashes: Of the archive, sha256 first.
    """
    content: dict[str, object] = {"url": redact(location.url)}
    if location.kind == VCS:
        source = {"vcs": location.vcs, "commit_id": commit}
        if location.revision:
            source["requested_revision"] = location.revision
        content["vcs_info"] = source
    elif location.kind == ARCHIVE:
        content["archive_info"] = _archive_info(hashes)
    else:
        content["dir_info"] = {"editable": True} if location.editable else {}
    if location.subdirectory:
        content["subdirectory"] = location.subdirectory
    return _text(content)


def direct_url_for_editable(folder: str) -> str:
    """Return the text for a project that is used where it is.

    Args:
        folder: Absolute path of the project.
    """
    return _text({"url": path_to_url(folder), "dir_info": {"editable": True}})


def parse_direct_url(text: str) -> DirectUrl | None:
    """Return what a direct_url.json says, None when it does not follow its specification."""
    import json

    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict):
        return None
    url = data.get("url")
    if not isinstance(url, str) or not url or "\0" in url or "%00" in url:
        return None
    url = redact(url)
    subdirectory = _string(data, "subdirectory")
    folder = data.get("dir_info")
    if isinstance(folder, dict):
        return DirectUrl(url, "directory", subdirectory, folder.get("editable") is True)
    source = data.get("vcs_info")
    if isinstance(source, dict):
        return DirectUrl(
            url,
            "vcs",
            subdirectory,
            vcs=_string(source, "vcs") or "git",
            commit=_string(source, "commit_id"),
            revision=_string(source, "requested_revision"),
        )
    return DirectUrl(url, "archive", subdirectory, hashes=_hashes(data.get("archive_info")))


def reference_of(direct: DirectUrl) -> str:
    """Return what stands after `name @` in a requirement for exactly this."""
    url = direct.url
    if direct.kind == "vcs":
        prefix = "" if url.startswith(f"{direct.vcs}+") else f"{direct.vcs}+"
        url = f"{prefix}{url}@{direct.commit}"
    fragments = [f"{digest.algorithm}={digest.value}" for digest in direct.hashes[:1]]
    if direct.subdirectory:
        fragments.append(f"subdirectory={direct.subdirectory}")
    return f"{url}#{'&'.join(fragments)}" if fragments else url


def _archive_info(hashes: Sequence[Digest]) -> dict[str, object]:
    if not hashes:
        return {}
    return {
        "hash": f"{hashes[0].algorithm}={hashes[0].value}",
        "hashes": {digest.algorithm: digest.value for digest in hashes},
    }


def _hashes(archive: object) -> tuple[Digest, ...]:
    if not isinstance(archive, dict):
        return ()
    stated = archive.get("hashes")
    if isinstance(stated, dict) and stated:
        names = sorted(map(str, stated), key=lambda name: name != "sha256")
        return tuple(Digest(name, str(stated.get(name, ""))) for name in names)
    algorithm, equals, value = _string(archive, "hash").partition("=")
    return (Digest(algorithm, value),) if equals else ()


def _string(table: dict[object, object], key: str) -> str:
    value = table.get(key)
    return value if isinstance(value, str) else ""


def _text(content: dict[str, object]) -> str:
    import json

    return json.dumps(content, sort_keys=True)
