"""From a resolved package to a wheel of the store."""

from __future__ import annotations

from xpip.model.records import TYPE_CHECKING
from xpip.store.pointers import read_pointer
from xpip.store.wheels import read_wheel

if TYPE_CHECKING:
    from xpip.model.distribution import StoredWheel
    from xpip.model.resolution import ResolvedPackage
    from xpip.store.layout import Store


def present_wheel(store: Store, package: ResolvedPackage) -> StoredWheel | None:
    """Return the unpacked wheel if the store has it and every hash the user gave is known to hold.

    A hash other than sha256 can only be checked against the wheel file, which the store does not
    keep: such a package is fetched and verified again.
    """
    key = package.file.digest("sha256") or read_pointer(store, package.file)
    if key is None:
        return None
    if package.hashes:
        allowed = {digest.value for digest in package.hashes if digest.algorithm == "sha256"}
        if key not in allowed:
            return None
    return read_wheel(store, key)


def direct_url_text(package: ResolvedPackage, wheel: StoredWheel) -> str:
    """Return the direct_url.json of an archive that was named by its URL.

    Spec: https://packaging.python.org/en/latest/specifications/direct-url/
    """
    import json

    digest = wheel.key
    return json.dumps(
        {
            "archive_info": {"hash": f"sha256={digest}", "hashes": {"sha256": digest}},
            "url": package.file.url,
        },
        sort_keys=True,
    )
