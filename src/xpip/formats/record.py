"""RECORD: which files a distribution consists of, with hash and size.

It is CSV, read here without the `csv` module: nearly no row has quotes, and then splitting at the
last two commas is enough.
"""

from __future__ import annotations

from binascii import Error as Base64Error
from binascii import a2b_base64, b2a_base64

from xpip.errors import IntegrityError
from xpip.model.link import Digest
from xpip.model.records import NamedTuple

_URL_SAFE = str.maketrans("-_", "+/")
_COLUMNS = 3
_MAXIMUM_DIGITS = 18
_PADDING = "=="


class RecordRow(NamedTuple):
    """One file of a distribution."""

    path: str
    """As written; with `/`, below the library folder unless it starts with `../` or `/`."""
    digest: Digest | None
    """None when the row has none, as for RECORD itself and for bytecode."""
    size: int | None
    """Bytes; None when the row has none."""


def parse_record(text: str, owner: str) -> tuple[RecordRow, ...]:
    """Return the rows in file order; empty lines are left out.

    Args:
        owner: What the text is, for error messages.

    Raises:
        IntegrityError: A row is not `path,hash,size`; the message names the line.

    Spec: https://packaging.python.org/en/latest/specifications/recording-installed-packages/#the-record-file
    """
    rows: list[RecordRow] = []
    append = rows.append
    for number, line in _lines(text):
        if '"' in line:
            columns = _split_quoted(line, owner, number)
        else:
            columns = line.rsplit(",", 2)
            if "," in columns[0]:
                raise _damaged(owner, number, "it has more than three columns")
        if len(columns) != _COLUMNS:
            raise _damaged(owner, number, "it is not `path,hash,size`")
        path, digest, size = columns
        if not path:
            raise _damaged(owner, number, "its path is empty")
        append(
            RecordRow(
                path,
                _parse_digest(digest, owner, number) if digest else None,
                _parse_size(size, owner, number) if size else None,
            )
        )
    return tuple(rows)


def format_row(path: str, sha256: bytes | None, size: int | None) -> str:
    """Return the row of a file with its line end, written as pip and the `csv` module write it.

    Args:
        sha256: The raw digest; None leaves the column empty.
    """
    if '"' in path or "," in path or "\n" in path or "\r" in path:
        path = '"' + path.replace('"', '""') + '"'
    if sha256 is None:
        return f"{path},,{'' if size is None else size}\n"
    encoded = b2a_base64(sha256, newline=False).translate(_TO_URL_SAFE, b"=").decode("ascii")
    return f"{path},sha256={encoded},{'' if size is None else size}\n"


_TO_URL_SAFE = bytes.maketrans(b"+/", b"-_")


def _lines(text: str) -> list[tuple[int, str]]:
    """Return (number, line) of the lines that are not empty; quoted line ends do not end a line."""
    lines: list[tuple[int, str]] = []
    open_line: list[str] = []
    start = 0
    for number, line in enumerate(text.split("\n"), 1):
        if open_line or line.count('"') % 2:
            start = start if open_line else number
            open_line.append(line)
            if line.count('"') % 2 and len(open_line) > 1:
                lines.append((start, "\n".join(open_line).removesuffix("\r")))
                open_line = []
            continue
        stripped = line.removesuffix("\r")
        if stripped:
            lines.append((number, stripped))
    if open_line:
        lines.append((start, "\n".join(open_line)))
    return lines


def _split_quoted(line: str, owner: str, number: int) -> list[str]:
    """Return the columns of a row in which `"` stands somewhere."""
    columns = []
    position = 0
    while True:
        if line.startswith('"', position):
            column, position = _quoted_column(line, position + 1, owner, number)
        else:
            end = line.find(",", position)
            end = len(line) if end < 0 else end
            column, position = line[position:end], end
            if '"' in column:
                raise _damaged(owner, number, "it has a quote inside a column")
        columns.append(column)
        if position == len(line):
            return columns
        if line[position] != ",":
            raise _damaged(owner, number, "it has text after a closing quote")
        position += 1


def _quoted_column(line: str, position: int, owner: str, number: int) -> tuple[str, int]:
    """Return a quoted column without its quotes, and where the line goes on."""
    parts = []
    while True:
        end = line.find('"', position)
        if end < 0:
            raise _damaged(owner, number, "a quote is never closed")
        parts.append(line[position:end])
        if not line.startswith('"', end + 1):
            return '"'.join(parts), end + 1
        position = end + 2


def _parse_digest(text: str, owner: str, number: int) -> Digest:
    algorithm, equals, value = text.partition("=")
    try:
        raw = a2b_base64(value.translate(_URL_SAFE) + _PADDING) if value.isascii() else b""
    except Base64Error:
        raw = b""
    if not equals or not raw or not algorithm.isalnum():
        raise _damaged(owner, number, f"`{text}` is not a hash")
    return Digest(algorithm.lower(), raw.hex())


def _parse_size(text: str, owner: str, number: int) -> int:
    if text.isascii() and text.isdecimal() and len(text) <= _MAXIMUM_DIGITS:
        return int(text)
    raise _damaged(owner, number, f"`{text}` is not a size")


def _damaged(owner: str, number: int, reason: str) -> IntegrityError:
    return IntegrityError(f"line {number} of `{owner}` cannot be read: {reason}")
