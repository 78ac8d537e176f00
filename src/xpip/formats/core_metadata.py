"""Core metadata: METADATA of a wheel, PKG-INFO, and the file that an index serves beside a wheel.

Only the header block counts: what a description says about dependencies is never believed. It is
split the way the `email` package does it, which pip uses, so that both see the same dependencies;
where readers disagree about who a file describes (two names, a folded name) it is refused.
"""

from __future__ import annotations

from xpip.errors import IntegrityError
from xpip.model.dependencies import CoreMetadata
from xpip.model.file_names import is_project_name, is_version_like
from xpip.model.names import normalized_name

MAXIMUM_SIZE = 32 * 1024 * 1024
"""Bytes of a whole file."""
MAXIMUM_HEADER_SIZE = 4 * 1024 * 1024
"""Bytes before the description; the largest known are some 200 kB."""

_UTF8_BOM = b"\xef\xbb\xbf"
_FOLD = " \t"


def parse_core_metadata(data: bytes, owner: str = "METADATA") -> CoreMetadata:
    """Return the fields that resolving and checking use.

    Args:
        owner: What the bytes are, for error messages: a file name or a URL without credentials.

    Raises:
        IntegrityError: The file does not say exactly once who it describes, or cannot be text.

    Spec: https://packaging.python.org/en/latest/specifications/core-metadata/
    """
    header, _ = _split(data, owner)
    fields: dict[str, list[str]] = {
        "metadata-version": [],
        "name": [],
        "version": [],
        "requires-dist": [],
        "requires-python": [],
        "provides-extra": [],
    }
    find = fields.get
    for key, value in _fields(header):
        values = find(key)
        if values is not None:
            values.append(value)
    name = _only(fields["name"], "Name", owner)
    if not is_project_name(name):
        raise _damaged(owner, f"its name {name!r} is not a valid project name")
    version = _only(fields["version"], "Version", owner)
    if not is_version_like(version):
        raise _damaged(owner, f"its version {version!r} is not a valid version")
    extras = fields["provides-extra"]
    return CoreMetadata(
        name=name,
        version=version,
        requires_dist=tuple(map(_unfolded, fields["requires-dist"])),
        requires_python=_unfolded(fields["requires-python"][0])
        if fields["requires-python"]
        else "",
        provides_extra=tuple(dict.fromkeys(map(normalized_name, extras))) if extras else (),
        metadata_version=fields["metadata-version"][0] if fields["metadata-version"] else "",
    )


def parse_headers(data: bytes, owner: str = "METADATA") -> dict[str, list[str]]:
    """Return all fields by lower-case name, values in file order, for showing them.

    The body is the last value of `description`. Lines of a folded value stay lines.

    Raises:
        IntegrityError: The file is too large or its header block holds a NUL.
    """
    header, body = _split(data, owner)
    headers: dict[str, list[str]] = {}
    for key, value in _fields(header):
        headers.setdefault(key, []).append(value)
    if body.strip():
        headers.setdefault("description", []).append(
            body.decode("utf-8", "replace").replace("\r\n", "\n")
        )
    return headers


def _split(data: bytes, owner: str) -> tuple[str, bytes]:
    """Return the header block as text with Unix line ends, and the bytes after it."""
    if len(data) > MAXIMUM_SIZE:
        raise _damaged(owner, f"it has {len(data)} bytes, more than {MAXIMUM_SIZE}")
    data = data.removeprefix(_UTF8_BOM)
    header, _, body = data.partition(b"\n\n")
    if b"\r" in header:
        # A lone CR ends a line too, for the `email` package as well.
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        header, _, body = data.partition(b"\n\n")
    if header[:1] == b"\n":
        return "", data
    if len(header) > MAXIMUM_HEADER_SIZE:
        raise _damaged(
            owner, f"its header has {len(header)} bytes, more than {MAXIMUM_HEADER_SIZE}"
        )
    if b"\0" in header:
        raise _damaged(owner, "its header holds a NUL character")
    return header.decode("utf-8", "replace"), body


def _fields(header: str) -> list[tuple[str, str]]:
    """Return (lower-case name, value) of each field; folded values have several lines."""
    fields: list[tuple[str, str]] = []
    append = fields.append
    folded: list[str] = []
    for line in header.split("\n"):
        if line[:1] in ("", " ", "\t"):
            if line and fields:
                folded.append(_continuation(line))
            continue
        if folded:
            key, value = fields[-1]
            fields[-1] = (key, "\n".join((value, *folded)))
            folded = []
        key, colon, value = line.partition(":")
        if not colon or not (key.isalnum() or _is_field_name(key)):
            # Here `email` ends the header block, so whatever follows is no field for pip either.
            return fields
        append((key.lower(), value.strip()))
    if folded:
        key, value = fields[-1]
        fields[-1] = (key, "\n".join((value, *folded)))
    return fields


def _is_field_name(text: str) -> bool:
    """Say whether the `email` package takes this for the name of a field."""
    return text.isascii() and text.isprintable() and " " not in text


def _continuation(line: str) -> str:
    """Return a continuation line without what the old forms of Description put before it."""
    for prefix in ("        |", "       |", "        "):
        if line.startswith(prefix):
            return line[len(prefix) :]
    return line.strip(_FOLD)


def _unfolded(value: str) -> str:
    return value.replace("\n", " ") if "\n" in value else value


def _only(values: list[str], field: str, owner: str) -> str:
    """Return the one value of a field that says who the file describes."""
    if not values:
        raise _damaged(owner, f"it has no field `{field}`")
    if len(values) > 1:
        raise _damaged(owner, f"it has {len(values)} fields `{field}`, only one is allowed")
    if "\n" in values[0]:
        raise _damaged(owner, f"its field `{field}` runs over several lines")
    return values[0]


def _damaged(owner: str, problem: str) -> IntegrityError:
    return IntegrityError(f"core metadata in `{owner}` cannot be used", details=(problem,))
