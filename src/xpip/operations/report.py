"""The report of `install`: what is installed, or would be, with all of its metadata.

Spec: https://pip.pypa.io/en/stable/reference/installation-report/
"""

from __future__ import annotations

import json
from hashlib import new as new_hash

from xpip import __version__
from xpip.errors import IntegrityError
from xpip.formats.core_metadata import parse_headers
from xpip.formats.metadata_json import metadata_as_json
from xpip.model.link import Digest
from xpip.model.records import TYPE_CHECKING
from xpip.operations.wheels import direct_url_text, present_wheel
from xpip.store.blobs import blob_path

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xpip.model.distribution import StoredWheel
    from xpip.model.plan import Plan
    from xpip.model.reporter import Reporter
    from xpip.model.resolution import ResolvedPackage
    from xpip.model.target import Target
    from xpip.network.client import Client
    from xpip.operations.resolve import Access
    from xpip.store.layout import Store

MAXIMUM_METADATA = 32 << 20
"""Bytes of a metadata file."""
_METADATA = "METADATA"


def make_report(
    plan: Plan,
    target: Target,
    wheels: Mapping[str, StoredWheel],
    sources: tuple[Store, Access],
    reporter: Reporter,
) -> dict[str, object]:
    """Return the report, ready for JSON, before anything is installed.

    What is not in the store yet is described by its metadata file where there is one, so that a
    dry run loads no wheels that it can do without.

    Args:
        wheels: Normalised name -> wheel, of what was fetched or built just now.

    Raises:
        XpipError: The metadata of something cannot be had.
    """
    store, access = sources
    known = dict(wheels)
    for package in plan.install:
        if package.name not in known:
            wheel = present_wheel(store, package, access)
            if wheel is not None:
                known[package.name] = wheel
    beside = _read_beside(
        [package for package in plan.install if package.name not in known], access, reporter
    )
    missing = [p for p in plan.install if p.name not in known and p.name not in beside]
    if missing:
        from xpip.operations.online import fetch_online

        known.update(fetch_online(missing, store, access, reporter))
    items = []
    for package in plan.install:
        wheel = known.get(package.name)
        text = beside[package.name] if wheel is None else _metadata_of(wheel, store)
        items.append(_item(package, wheel, text))
    return {
        "version": "1",
        # The key is that of pip's report; programs check `version`.
        "pip_version": __version__,
        "install": items,
        "environment": dict(target.markers),
    }


def _item(package: ResolvedPackage, wheel: StoredWheel | None, text: bytes) -> dict[str, object]:
    item: dict[str, object] = {
        "download_info": _download_info(package, wheel),
        "is_direct": package.direct,
        "is_yanked": package.file.yanked is not None,
        "requested": package.requested,
        "metadata": metadata_as_json(parse_headers(text)),
    }
    if package.requested and package.extras:
        item["requested_extras"] = list(package.extras)
    return item


def _download_info(package: ResolvedPackage, wheel: StoredWheel | None) -> dict[str, object]:
    """Return where it comes from, in the form of direct_url.json (PEP 610)."""
    if package.direct and wheel is not None:
        found: dict[str, object] = json.loads(direct_url_text(package, wheel))
        return found
    hashes = {digest.algorithm: digest.value for digest in package.file.digests}
    if not hashes and wheel is not None and package.file.filename.endswith(".whl"):
        hashes = {"sha256": wheel.key}
    archive: dict[str, object] = {}
    if hashes:
        name = "sha256" if "sha256" in hashes else next(iter(hashes))
        archive = {"hash": f"{name}={hashes[name]}", "hashes": hashes}
    return {"url": package.file.url, "archive_info": archive}


def _metadata_of(wheel: StoredWheel, store: Store) -> bytes:
    """Return METADATA of a stored wheel.

    Raises:
        IntegrityError: It is not there any more.
    """
    for folder in wheel.folders:
        if folder.path != wheel.info_folder:
            continue
        for file in folder.files:
            if file.name == _METADATA:
                if file.content is not None:
                    return file.content
                try:
                    with open(blob_path(store, wheel, file), "rb") as blob:
                        return blob.read(MAXIMUM_METADATA)
                except OSError as error:
                    raise IntegrityError(
                        f"the metadata of `{wheel.filename}` is gone from the cache:"
                        f" {error.strerror}"
                    ) from error
    raise IntegrityError(f"`{wheel.filename}` has no {_METADATA}")


def _read_beside(
    packages: Sequence[ResolvedPackage], access: Access, reporter: Reporter
) -> dict[str, bytes]:
    """Return the metadata files that indexes announce, by normalised name."""
    announced = [
        package
        for package in packages
        if package.file.metadata and not package.file.url.startswith("file:")
    ]
    if not announced:
        return {}
    from xpip.network.loop.waiting import gather
    from xpip.operations.connected import run_connected

    async def work(network: Client | None) -> list[bytes | None]:
        if network is None:
            return [None] * len(announced)
        return list(await gather(*(_one(package, network) for package in announced)))

    texts = run_connected(work, access, reporter)
    return {
        package.name: text
        for package, text in zip(announced, texts, strict=True)
        if text is not None
    }


async def _one(package: ResolvedPackage, network: Client) -> bytes | None:
    response = await network.get(f"{package.file.url}.metadata", limit=MAXIMUM_METADATA)
    if response.status != 200:  # noqa: PLR2004
        return None
    stated = package.file.metadata
    if isinstance(stated, Digest):
        found = new_hash(stated.algorithm, response.body).hexdigest()
        if found != stated.value:
            raise IntegrityError(
                f"the metadata file of `{package.file.filename}` is not what its index promises",
                details=(f"expected {stated}", f"got {stated.algorithm}:{found}"),
            )
    return response.body
