"""Index pages in JSON.

Spec: https://packaging.python.org/en/latest/specifications/simple-repository-api/ (PEP 691, 700,
714, 740).
"""

from __future__ import annotations

from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

from xpip.errors import IndexAccessError
from xpip.formats.json_text import parse_json
from xpip.formats.page_link import PageBase, is_safe_filename, make_digest
from xpip.model.link import Digest, IndexFile

MAXIMUM_SIZE = 1 << 62
"""Bytes a file may claim to have."""


def parse_json_files(body: bytes, url: str, maximum: int) -> list[IndexFile]:
    """Return the files that a page lists, in its order.

    Args:
        url: Where the page was found, without credentials.
        maximum: More files than this are an error.

    Raises:
        IndexAccessError: It is not JSON, or not in the shape of the specification.
    """
    try:
        page = parse_json(body)
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise _malformed(url, f"it is not valid JSON: {reason}") from error
    if not isinstance(page, dict):
        raise _malformed(url, f"it holds {_kind(page)} where an object is expected")
    meta = page.get("meta")
    if isinstance(meta, dict) and "api-version" in meta:
        ensure_api_version(str(meta["api-version"]), url)
    files = page.get("files")
    if not isinstance(files, list):
        raise _malformed(url, f"`files` is {_kind(files)} where a list is expected")
    if len(files) > maximum:
        raise _malformed(url, f"it lists {len(files)} files, more than {maximum}")
    base = PageBase(url)
    parsed = []
    for entry in files:
        if not isinstance(entry, dict):
            raise _malformed(url, f"`files` holds {_kind(entry)} where an object is expected")
        file = _parse_file(entry, base)
        if file is not None:
            parsed.append(file)
    return parsed


def ensure_api_version(text: str, url: str) -> None:
    """Check that a page is written in a version of the format that is understood here.

    Later minor versions only add to it.

    Raises:
        IndexAccessError: The major version is not 1.
    """
    major = text.strip().partition(".")[0]
    if major != "1":
        raise _malformed(
            url, f"it is written for version `{ascii(text[:40])[1:-1]}` of the simple API, not 1.x"
        )


def _parse_file(entry: dict[str, Any], base: PageBase) -> IndexFile | None:
    """Return one file, None when its link leads nowhere."""
    get = entry.get
    filename = get("filename")
    href = get("url")
    hashes = get("hashes") or {}
    if not (isinstance(filename, str) and isinstance(href, str) and isinstance(hashes, dict)):
        raise _malformed(
            base.url, f"a file has no usable `filename`, `url` or `hashes`: {entry!a:.200}"
        )
    if not is_safe_filename(filename):
        return None
    file_url = base.resolve(href)
    if file_url is None:
        return None
    requires_python = get("requires-python")
    size = get("size")
    upload_time = get("upload-time")
    # A page may list thousands: this makes the record without a call of its constructor.
    return IndexFile._make(
        (
            filename,
            file_url,
            _parse_hashes(hashes, filename),
            requires_python if isinstance(requires_python, str) else "",
            _parse_yanked(get("yanked")),
            size if type(size) is int and 0 <= size <= MAXIMUM_SIZE else None,
            upload_time if isinstance(upload_time, str) else None,
            _parse_metadata(entry, filename),
        )
    )


def _parse_hashes(hashes: dict[str, Any], filename: str) -> tuple[Digest, ...]:
    return tuple(
        [make_digest(algorithm, str(value), filename) for algorithm, value in hashes.items()]
    )


def _parse_yanked(value: object) -> str | None:
    if isinstance(value, str):
        return value
    return "" if value else None


def _parse_metadata(entry: dict[str, Any], filename: str) -> Digest | bool | None:
    """Return what the page says of core metadata beside the file.

    `dist-info-metadata` was the key of PEP 691 as first accepted; PEP 714 renamed it after indexes
    had sent the HTML spelling with `data-`.
    """
    value = entry.get("core-metadata")
    if value is None:
        value = entry.get("dist-info-metadata", entry.get("data-dist-info-metadata"))
    if isinstance(value, dict):
        digests = _parse_hashes(value, filename)
        for digest in digests:
            if digest.algorithm == "sha256":
                return digest
        return digests[0] if digests else True
    return value if isinstance(value, bool) else None


def _kind(value: object) -> str:
    """Return the name of a JSON type with its article."""
    if value is None:
        return "null"
    names = {dict: "an object", list: "a list", str: "a text", bool: "a truth value"}
    return names.get(type(value), "a number")


def _malformed(url: str, problem: str) -> IndexAccessError:
    return IndexAccessError(f"the index page `{url}` cannot be understood", details=(problem,))
