"""The report of `inspect`.

Spec: https://pip.pypa.io/en/stable/reference/inspect-report/
"""

from __future__ import annotations

import os

from xpip import __version__
from xpip.environment.installed import info_path, read_text
from xpip.errors import XpipError
from xpip.formats.metadata_json import metadata_as_json
from xpip.model.records import TYPE_CHECKING
from xpip.model.urls import path_to_url, redact
from xpip.operations.inspect import installer_of
from xpip.operations.show import read_headers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xpip.model.environment import Environment
    from xpip.operations.inspect import Listed


def describe(listed: Sequence[Listed], environment: Environment) -> dict[str, object]:
    """Return the report, ready for JSON."""
    return {
        "version": "1",
        # The key is that of pip's report; programs check `version`.
        "pip_version": __version__,
        "installed": [_described(one) for one in listed],
        "environment": dict(environment.interpreter.target.markers),
    }


def _described(one: Listed) -> dict[str, object]:
    distribution = one.distribution
    try:
        headers = read_headers(distribution)
    except XpipError:
        headers = {"name": [one.name], "version": [one.version]}
    found: dict[str, object] = {
        "metadata": metadata_as_json(headers),
        "metadata_location": info_path(distribution),
    }
    origin = _origin(one)
    if origin is not None:
        found["direct_url"] = origin
    installer = installer_of(distribution)
    if installer:
        found["installer"] = installer
    if not distribution.legacy:
        found["requested"] = os.path.lexists(f"{info_path(distribution)}/REQUESTED")
    return found


def _origin(one: Listed) -> dict[str, object] | None:
    """Return direct_url.json without secrets; None for what is from an index."""
    text = read_text(one.distribution, "direct_url.json")
    if text is None:
        if not one.editable:
            return None
        return {"url": path_to_url(one.editable), "dir_info": {"editable": True}}
    import json

    try:
        origin = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(origin, dict) or not isinstance(origin.get("url"), str):
        return None
    origin["url"] = redact(origin["url"])
    archive = origin.get("archive_info")
    if isinstance(archive, dict):
        _complete(archive)
    return origin


def _complete(archive: dict[str, object]) -> None:
    """Have both the old and the new form of a digest, as in pip's report."""
    digest, hashes = archive.get("hash"), archive.get("hashes")
    if isinstance(digest, str) and not hashes and "=" in digest:
        name, _, value = digest.partition("=")
        archive["hashes"] = {name: value}
    elif isinstance(hashes, dict) and hashes and not digest:
        name, value = next(iter(hashes.items()))
        archive["hash"] = f"{name}={value}"
