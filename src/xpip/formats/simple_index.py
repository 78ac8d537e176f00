"""Pages of an index, and flat pages of links (find-links).

The body decides which form a page has. Mirrors answer a request for JSON with HTML under either
content type, and login pages come with status 200.

Spec: https://packaging.python.org/en/latest/specifications/simple-repository-api/
"""

from __future__ import annotations

from xpip.errors import IndexAccessError
from xpip.formats.simple_html import is_login_page, parse_html_files
from xpip.formats.simple_json import parse_json_files
from xpip.model.link import IndexFile, IndexPage

__all__ = ["is_login_page", "parse_flat_page", "parse_page"]

MAXIMUM_LINKS = 500_000
"""Files or links of one page; the longest page of PyPI has some 30,000."""
MAXIMUM_SIZE = 128 * 1024 * 1024
"""Bytes of one page."""
_UTF8_BOM = b"\xef\xbb\xbf"


def parse_page(body: bytes, content_type: str, url: str, project: str, index_url: str) -> IndexPage:
    """Return the files that an index lists for a project.

    A page without files may be a login page: `is_login_page` tells.

    Args:
        content_type: Only named in errors.
        url: Where the page was found after redirects; relative links start there.
        project: Normalised.
        index_url: Without credentials.

    Raises:
        IndexAccessError: The body is no index page, breaks the specification, or states two
            different hashes for one file name.
    """
    shown = without_credentials(url)
    files = _parse(body, content_type, shown)
    return IndexPage(project, index_url, _without_repetition(files, shown))


def parse_flat_page(body: bytes, content_type: str, url: str) -> tuple[IndexFile, ...]:
    """Return the distributions that any page links to.

    Args:
        content_type: Only named in errors.
        url: Where the page was found after redirects; relative links start there.

    Raises:
        IndexAccessError: The body is not a page, or breaks the specification.
    """
    return tuple(_parse(body, content_type, without_credentials(url)))


def without_credentials(url: str) -> str:
    """Return a URL without the user name and password before its host."""
    if "@" not in url:
        return url
    scheme, separator, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{separator}{host.rpartition('@')[2]}{slash}{path}"


def _parse(body: bytes, content_type: str, url: str) -> list[IndexFile]:
    if len(body) > MAXIMUM_SIZE:
        raise IndexAccessError(
            f"the index page `{url}` is too large",
            details=(f"it has {len(body)} bytes, more than {MAXIMUM_SIZE}",),
        )
    start = body[:1024].removeprefix(_UTF8_BOM).lstrip()
    if start[:1] == b"{":
        return parse_json_files(body.removeprefix(_UTF8_BOM), url, MAXIMUM_LINKS)
    if start[:1] == b"<" or not body.strip() or b"<a" in body[: 1 << 16].lower():
        return parse_html_files(body, url, MAXIMUM_LINKS)
    shown = ascii(content_type[:80])[1:-1] or "no content type"
    raise IndexAccessError(
        f"`{url}` is not an index page",
        details=(f"found: {shown}, {len(body)} bytes that are neither HTML nor a JSON object",),
    )


def _without_repetition(files: list[IndexFile], url: str) -> tuple[IndexFile, ...]:
    """Return the first file of each name.

    Raises:
        IndexAccessError: A later one states another hash.
    """
    by_name: dict[str, IndexFile] = {}
    for file in files:
        first = by_name.setdefault(file.filename, file)
        if first is file:
            continue
        for digest in file.digests:
            known = first.digest(digest.algorithm)
            if known is not None and known != digest.value:
                raise IndexAccessError(
                    f"the index page `{url}` lists `{file.filename}` with two different hashes",
                    details=(
                        f"{first.url} with {digest.algorithm}:{known}",
                        f"{file.url} with {digest}",
                    ),
                )
    return tuple(by_name.values())
