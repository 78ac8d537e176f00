"""Index pages in HTML, and flat pages of links.

A scanner for tags and nothing else: it takes linear time whatever the page holds, and it sees a
link exactly where a browser does (not in comments, scripts or attribute values).

Spec: https://packaging.python.org/en/latest/specifications/simple-repository-api/ (PEP 503, 592,
629, 658, 714).
"""

from __future__ import annotations

from xpip.errors import IndexAccessError
from xpip.formats.page_link import PageBase, filename_of, make_digest
from xpip.formats.simple_json import ensure_api_version
from xpip.model.file_names import SDIST_SUFFIXES
from xpip.model.link import Digest, IndexFile
from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_DISTRIBUTION_SUFFIXES = (".whl", *SDIST_SUFFIXES, ".egg", ".exe", ".msi", ".rpm", ".deb")
_RAW_TEXT = frozenset(("script", "style", "textarea", "title", "xmp"))
_WANTED = frozenset(("a", "base", "meta"))
_BLANK = " \t\n\r\f"
_BLANK_OR_SLASH = _BLANK + "/"
_NAME_END = _BLANK + "/>="
_VALUE_END = _BLANK + ">"
_LONGEST_TAG_NAME = 16
_MAXIMUM_ATTRIBUTES = 64
_QUICK_ATTEMPTS = 6
_QUICK_LENGTH = 4096


def parse_html_files(body: bytes, url: str, maximum: int) -> list[IndexFile]:
    """Return the distributions that a page links to, in its order.

    Args:
        url: Where the page was found, without credentials.
        maximum: More links than this are an error.

    Raises:
        IndexAccessError: The page is written for another version of the API or is too long.
    """
    base = PageBase(url)
    based = False
    links = 0
    files = []
    for name, attributes in _tags(body.decode("utf-8", "replace")):
        if name == "a":
            links += 1
            if links > maximum:
                raise IndexAccessError(
                    f"the index page `{url}` cannot be understood",
                    details=(f"it has more than {maximum} links",),
                )
            file = _parse_anchor(attributes, base)
            if file is not None:
                files.append(file)
        elif name == "base" and not based:
            target = base.resolve(attributes.get("href", ""))
            if target is not None:
                base = PageBase(target, local=url[:5].lower() == "file:")
                based = True
        elif attributes.get("name", "").lower() == "pypi:repository-version":
            ensure_api_version(attributes.get("content", ""), url)
    return files


def is_login_page(body: bytes) -> bool:
    """Say whether a page without files asks for a password instead of listing any."""
    lowered = body[: 1 << 20].lower()
    return b"<form" in lowered and (b"password" in lowered or b"login" in lowered)


def _parse_anchor(attributes: dict[str, str], base: PageBase) -> IndexFile | None:
    """Return the distribution that a link leads to, None when it leads elsewhere."""
    href = attributes.get("href", "").strip(_BLANK)
    if not href:
        return None
    location, _, fragment = href.partition("#")
    url = base.resolve(location)
    if url is None:
        return None
    filename = filename_of(url)
    if not filename.lower().endswith(_DISTRIBUTION_SUFFIXES):
        return None
    metadata = attributes.get("data-core-metadata", attributes.get("data-dist-info-metadata"))
    return IndexFile(
        filename,
        url,
        _parse_fragment(fragment, filename) if fragment else (),
        attributes.get("data-requires-python", ""),
        attributes.get("data-yanked"),
        None,
        # No specification has it; some servers send it all the same, and uv reads it too.
        attributes.get("data-upload-time") or None,
        None if metadata is None else _parse_metadata(metadata, filename),
    )


def _parse_fragment(fragment: str, filename: str) -> tuple[Digest, ...]:
    """Return the digests of a fragment such as `sha256=0123...`; other keys mean nothing here."""
    digests: dict[str, Digest] = {}
    for part in fragment.split("&"):
        algorithm, equals, value = part.partition("=")
        if not equals or not algorithm.lower().startswith(("sha", "md5", "blake2")):
            continue
        digest = make_digest(algorithm, value, filename)
        if digests.setdefault(digest.algorithm, digest) != digest:
            raise IndexAccessError(
                f"the index states two {digest.algorithm} hashes for `{filename}`",
                details=(str(digests[digest.algorithm]), str(digest)),
            )
    return tuple(digests.values())


def _parse_metadata(text: str, filename: str) -> Digest | bool:
    algorithm, equals, value = text.strip().partition("=")
    if equals:
        return make_digest(algorithm, value, filename)
    return algorithm.lower() != "false"


def _tags(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the name and the attributes of each `<a>`, `<base>` and `<meta>` start tag."""
    position = text.find("<")
    while position >= 0:
        following = text[position + 1 : position + 2]
        if following.isalpha():
            name = _tag_name(text, position + 1)
            attributes, position = _read_attributes(text, position + 1 + len(name))
            if position >= 0 and name in _WANTED:
                yield name, attributes
            elif position >= 0 and name in _RAW_TEXT:
                position = _skip_raw_text(text, position, name)
        elif following == "!" and text.startswith("<!--", position):
            position = text.find("-->", position + 2)
        if position < 0:
            return
        position = text.find("<", position + 1)


def _tag_name(text: str, start: int) -> str:
    """Return the lower-case name of the tag that starts here, cut where no known name is longer."""
    name = text[start : start + _LONGEST_TAG_NAME]
    for end, character in enumerate(name):
        if character in _BLANK or character in "/>":
            return name[:end].lower()
    return name.lower()


def _skip_raw_text(text: str, position: int, name: str) -> int:
    """Return where the end tag of an element starts that holds no tags, -1 without one."""
    end_tag = "</" + name
    while True:
        position = text.find("</", position)
        if position < 0 or text[position : position + len(end_tag)].lower() == end_tag:
            return position
        position += 2


def _read_attributes(text: str, start: int) -> tuple[dict[str, str], int]:
    """Return the attributes of a tag by lower-case name, and where its `>` is (-1 without one)."""
    end = start - 1
    for _ in range(_QUICK_ATTEMPTS):
        end = text.find(">", end + 1, start + _QUICK_LENGTH)
        if end < 0:
            break
        pieces = text[start:end].split('"')
        if len(pieces) % 2 == 0:
            # This `>` is inside a value, where it need not be escaped: `">=3.8"`.
            continue
        attributes = _quick_attributes(pieces)
        if attributes is None:
            break
        return attributes, end
    return _scan_attributes(text, start)


def _quick_attributes(pieces: list[str]) -> dict[str, str] | None:
    """Return the attributes of a tag split at its double quotes, None when it is not that plain."""
    if pieces[-1].strip(_BLANK_OR_SLASH):
        return None
    attributes: dict[str, str] = {}
    for position in range(0, len(pieces) - 1, 2):
        name = pieces[position].strip(_BLANK)
        if name[-1:] != "=" or not name[:-1].replace("-", "").isalnum():
            return None
        value = pieces[position + 1]
        attributes.setdefault(name[:-1].lower(), _unescape(value) if "&" in value else value)
    return attributes


def _scan_attributes(text: str, position: int) -> tuple[dict[str, str], int]:
    """Return what `_read_attributes` does, by the rules of HTML and one character at a time."""
    attributes: dict[str, str] = {}
    length = len(text)
    while position < length:
        if text[position] == ">":
            return attributes, position
        if text[position] in _BLANK_OR_SLASH:
            position += 1
            continue
        start = position
        position = _skip_to(text, position + 1, _NAME_END)
        name = text[start:position].lower()
        value = ""
        equals = _skip_over(text, position, _BLANK)
        if text[equals : equals + 1] == "=":
            start = _skip_over(text, equals + 1, _BLANK)
            quote = text[start : start + 1]
            if quote in ("'", '"'):
                position = text.find(quote, start + 1)
                if position < 0:
                    return attributes, -1
                value = text[start + 1 : position]
                position += 1
            else:
                position = _skip_to(text, start, _VALUE_END)
                value = text[start:position]
        # The first of two attributes with one name counts.
        if len(attributes) < _MAXIMUM_ATTRIBUTES and name not in attributes:
            attributes[name] = _unescape(value) if "&" in value else value
    return attributes, -1


def _skip_to(text: str, position: int, characters: str) -> int:
    while position < len(text) and text[position] not in characters:
        position += 1
    return position


def _skip_over(text: str, position: int, characters: str) -> int:
    while position < len(text) and text[position] in characters:
        position += 1
    return position


def _unescape(value: str) -> str:
    """Return the value with its character references decoded."""
    plain = value.replace("&gt;", ">").replace("&lt;", "<")
    if "&" not in plain:
        return plain
    from html import unescape

    return unescape(value)
