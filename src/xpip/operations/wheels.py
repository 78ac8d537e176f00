"""From a resolved package to a wheel of the store."""

from __future__ import annotations

from xpip.model.records import TYPE_CHECKING
from xpip.operations.built import is_source, present_built
from xpip.store.pointers import has_digest, is_as_stated, read_pointer
from xpip.store.wheels import read_wheel

if TYPE_CHECKING:
    from xpip.model.distribution import StoredWheel
    from xpip.model.resolution import ResolvedPackage
    from xpip.operations.resolve import Access
    from xpip.store.layout import Store


def present_wheel(
    store: Store, package: ResolvedPackage, access: Access | None = None
) -> StoredWheel | None:
    """Return the unpacked wheel if the store has it, and it is known to be all that is said of it.

    A digest other than sha256 can only be checked against the wheel file, which the store does not
    keep: unless that was done before, such a package is fetched and verified again.

    Args:
        access: Says how source archives are built, whose wheels may be there; None: none is.
    """
    if is_source(package):
        return None if access is None else present_built(store, package, access)
    key = package.file.digest("sha256") or read_pointer(store, package.file)
    if key is None:
        return None
    if package.hashes and not any(has_digest(store, key, one) for one in package.hashes):
        return None
    wheel = read_wheel(store, key)
    if wheel is None or not is_as_stated(store, wheel, package.file):
        return None
    return wheel


def direct_url_text(package: ResolvedPackage, wheel: StoredWheel) -> str:
    """Return the direct_url.json of what was named by path or URL.

    Spec: https://packaging.python.org/en/latest/specifications/direct-url/
    """
    if package.direct_url:
        return package.direct_url
    import json

    digest = wheel.key
    return json.dumps(
        {
            "archive_info": {"hash": f"sha256={digest}", "hashes": {"sha256": digest}},
            "url": package.file.url,
        },
        sort_keys=True,
    )
