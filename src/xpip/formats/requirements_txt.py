"""The file that pip made popular: requirements, options and includes, a line each.

Nothing here parses a requirement: that costs an import of 50 ms and waits until somebody must know
(`formats.requirement`). A lock file of 400 requirements and 6,000 hashes is read in some 5 ms.

Spec: https://pip.pypa.io/en/stable/reference/requirements-file-format/
"""

from __future__ import annotations

from xpip.errors import RequirementError
from xpip.formats.option_table import FLAG, LIST, BadOption, Option, OptionGroup, OptionTable
from xpip.model.link import Digest
from xpip.model.origin import FileOrigin
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.model.requirement import RequirementText
from xpip.model.urls import redact_text

if TYPE_CHECKING:
    from collections.abc import Mapping

REQUIREMENT = "requirement"
CONSTRAINT = "constraint"

DIGEST_LENGTHS = {"sha256": 64, "sha384": 96, "sha512": 128}
"""Hexadecimal digits of the algorithms that pip accepts."""
MAXIMUM_PROBLEMS = 100
"""Lines that are told; a file that is no requirements file at all has thousands."""
MAXIMUM_LINE = 1_000_000
"""Characters of one line with its continuations."""

_HEXADECIMAL = "0123456789abcdefABCDEF"
_BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    # UTF-32 comes first: the mark of little-endian UTF-16 begins that of little-endian UTF-32.
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)


class Include(NamedTuple):
    """A `-r` or `-c` line."""

    kind: str
    """`requirement` or `constraint`."""
    target: str
    """Path or URL as written, variables expanded."""
    origin: FileOrigin


class OptionLine(NamedTuple):
    """One option that concerns the whole run."""

    name: str
    """Long name without hyphens, such as `index-url`."""
    value: str
    """Empty for options without a value."""
    origin: FileOrigin


Settings = tuple[tuple[str, str], ...]
"""Of a build, as (key, value) in the order written."""
Entry = RequirementText | Include | OptionLine


class RequirementsFile(NamedTuple):
    """What one file says."""

    path: str
    entries: tuple[Entry, ...]
    """In the order written; several options of a line are several entries."""
    variables: tuple[str, ...] = ()
    """Names that the text refers to as `${NAME}`, set or not, sorted."""


class BadLines(RequirementError):
    """Some lines of a file cannot be understood; the summary or the details list all of them."""

    def __init__(
        self,
        summary: str,
        readable: RequirementsFile,
        details: tuple[str, ...],
        hints: tuple[str, ...],
    ) -> None:
        super().__init__(summary, details=details, hints=hints)
        self.readable = readable
        """What the other lines say, so that a caller can look for further problems."""


_TABLE = OptionTable(
    (
        OptionGroup(
            "Options of requirements files",
            (
                Option(("-i", "--index-url", "--pypi-url"), "index-url"),
                Option(("--extra-index-url",), "extra-index-url"),
                Option(("--no-index",), "no-index", FLAG),
                Option(("-c", "--constraint"), "constraint", metavar="FILE"),
                Option(("-r", "--requirement"), "requirement", metavar="FILE"),
                Option(("-e", "--editable"), "editable", metavar="FOLDER"),
                Option(("-f", "--find-links"), "find-links"),
                Option(("--no-binary",), "no-binary"),
                Option(("--only-binary",), "only-binary"),
                Option(("--prefer-binary",), "prefer-binary", FLAG),
                Option(("--require-hashes",), "require-hashes", FLAG),
                Option(("--no-require-hashes",), "no-require-hashes", FLAG),
                Option(("--pre",), "pre", FLAG),
                Option(("--all-releases",), "all-releases"),
                Option(("--only-final",), "only-final"),
                Option(("--trusted-host",), "trusted-host"),
                Option(("--use-feature",), "use-feature"),
                *(
                    Option((name,), "", refusal="`--config-settings KEY=VALUE` takes its place")
                    for name in ("--global-option", "--build-option", "--install-option")
                ),
                Option(("--hash",), "hash", LIST, metavar="ALGORITHM:HEX"),
                Option(("-C", "--config-settings", "--config-setting"), "config-settings", LIST),
            ),
        ),
    )
)


def decode(data: bytes, path: str) -> str:
    """Return the text of a file: by its byte order mark, a coding comment, else UTF-8.

    Raises:
        RequirementError: The bytes are not text in that encoding.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _decode(data[len(mark) :], encoding, path)
    return _decode(data, _declared_encoding(data) or "utf-8", path)


def parse(text: str, path: str, variables: Mapping[str, str]) -> RequirementsFile:
    """Return the entries of a requirements or constraints file.

    Args:
        path: As messages should name the file.
        variables: Values of `${NAME}`; an unset or empty one stays as it is written.

    Raises:
        BadLines: Lists all lines that cannot be understood.
    """
    entries: list[Entry] = []
    problems: list[tuple[_LineError, _Line, str]] = []
    for line in _logical_lines(text):
        try:
            _read_line(line, path, variables, entries)
        except _LineError as error:
            line_number, column = line.place(error.offset, variables)
            where = f"{path}:{line_number}:{column}"
            problems.append((error, line, where))
            if len(problems) == MAXIMUM_PROBLEMS:
                break
    names = {name for _, _, name in _references(text)} if "${" in text else ()
    file = RequirementsFile(path, tuple(entries), tuple(sorted(names)))
    if problems:
        raise _combined(problems, file)
    return file


class _Line(NamedTuple):
    """A line with its continuations, without its comment."""

    text: str
    number: int
    """Of its first physical line, from 1."""
    starts: tuple[tuple[int, int], ...] = ((0, 0),)
    """For each physical line: where it starts in `text`, and how many lines after the first."""

    def place(self, offset: int, variables: Mapping[str, str]) -> tuple[int, int]:
        """Return physical line and column (from 1) of an offset in the expanded text."""
        offset = _unexpanded_offset(self.text, offset, variables)
        start, after = max(entry for entry in self.starts if entry[0] <= offset)
        return self.number + after, offset - start + 1


class _LineError(Exception):
    """What is wrong with a line, at an offset of its expanded text."""

    def __init__(self, message: str, offset: int, hints: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.hints = hints


def _combined(problems: list[tuple[_LineError, _Line, str]], file: RequirementsFile) -> BadLines:
    hints: list[str] = []
    details = []
    for error, line, where in problems:
        details.append(f"{where}: {error.message}")
        # The text before expansion: a variable may hold a password.
        details.append(f"  {_excerpt(line.text)}")
        hints.extend(hint for hint in error.hints if hint not in hints)
    if len(problems) == 1:
        return BadLines(details[0], file, (details[1],), tuple(hints))
    count = f"{len(problems)} lines"
    if len(problems) == MAXIMUM_PROBLEMS:
        count = f"{count} or more"
    summary = f"`{file.path}` has {count} that cannot be understood"
    return BadLines(summary, file, tuple(details), tuple(hints))


def _excerpt(text: str) -> str:
    text = " ".join(redact_text(text.strip()).split())
    text = "".join(letter if letter.isprintable() else "?" for letter in text)
    return text if len(text) <= 120 else f"{text[:117]}..."  # noqa: PLR2004  (a terminal's width)


def _decode(data: bytes, encoding: str, path: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = error.start - (before.rfind(b"\n") + 1) + 1
        raise RequirementError(
            f"{path}:{line}:{column}: byte `0x{data[error.start]:02X}` is not valid {encoding}",
            hints=("save the file as UTF-8, or name its encoding: `# -*- coding: latin-1 -*-`",),
        ) from error
    except (LookupError, ValueError) as error:
        shown = _excerpt(encoding)
        raise RequirementError(f"`{path}` declares the unknown encoding `{shown}`") from error


def _declared_encoding(data: bytes) -> str:
    """Return what a comment in the first two lines says after `coding:` or `coding=` (PEP 263)."""
    if data.find(b"coding", 0, 400) < 0:
        return ""
    for line in data.split(b"\n", 2)[:2]:
        if not line.startswith(b"#"):
            continue
        _, found, rest = line.partition(b"coding")
        if not found or rest[:1] not in (b":", b"="):
            continue
        name = rest[1:].lstrip().decode("latin-1")
        end = 0
        while end < len(name) and (name[end].isalnum() or name[end] in "-_."):
            end += 1
        return name[:end]
    return ""


def _logical_lines(text: str) -> list[_Line]:
    """Join continued lines, take comments away and drop what is empty.

    Only the three newlines of editors end a line: with `str.splitlines`, U+2028 inside a comment
    would begin a line that nobody sees (CVE-2022-21668 was of this kind).
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines: list[_Line] = []
    parts: list[str] = []
    first = 0
    for number, physical in enumerate(text.split("\n"), 1):
        is_comment = "#" in physical and physical.lstrip()[0] == "#"
        if physical[-1:] == "\\" and not is_comment:
            if not parts:
                first = number
            parts.append(physical.rstrip("\\"))
        elif parts:
            # The blank keeps a comment apart from the line that it ends.
            parts.append(f" {physical}" if is_comment else physical)
            _add_line(lines, parts, first)
            parts = []
        elif physical and not is_comment:
            _add_line(lines, [physical], number)
    if parts:
        _add_line(lines, parts, first)
    return lines


def _add_line(lines: list[_Line], parts: list[str], number: int) -> None:
    text = parts[0] if len(parts) == 1 else "".join(parts)
    comment = text.find("#")
    while comment > 0 and not text[comment - 1].isspace():
        comment = text.find("#", comment + 1)
    if comment >= 0:
        text = text[:comment]
    text = text.rstrip()
    if not text:
        return
    if len(parts) == 1:
        lines.append(_Line(text, number))
        return
    starts = []
    start = 0
    for after, part in enumerate(parts):
        starts.append((start, after))
        start += len(part)
    lines.append(_Line(text, number, tuple(starts)))


def _read_line(line: _Line, path: str, variables: Mapping[str, str], entries: list[Entry]) -> None:
    text = _expanded(line.text, variables) if "${" in line.text else line.text
    if len(text) > MAXIMUM_LINE:
        raise _LineError(f"the line is longer than {MAXIMUM_LINE} characters", 0)
    if "\0" in text:
        raise _LineError("the line holds a NUL character", text.index("\0"))
    start = len(text) - len(text.lstrip())
    origin = FileOrigin(path, line.number, start + 1)
    split = _options_start(text, start)
    requirement = text[start:split].rstrip()
    if split == len(text):
        entries.append(RequirementText(requirement, origin))
    elif requirement:
        hashes = _hashes(text, split)
        settings: Settings = ()
        if hashes is None:
            hashes, settings = _requirement_options(text, split)
        entries.append(RequirementText(requirement, origin, hashes, settings=settings))
    else:
        _read_option_line(text, split, origin, entries)


def _options_start(text: str, start: int) -> int:
    """Return where the first word with a leading hyphen starts, the length when there is none."""
    if text[start] == "-":
        return start
    position = start
    while True:
        position = text.find("-", position + 1)
        if position < 0:
            return len(text)
        if text[position - 1].isspace():
            return position


def _hashes(text: str, start: int) -> tuple[Digest, ...] | None:
    """Read the usual tail of a locked requirement, None when it must be read with more care."""
    digests = []
    for word in text[start:].split():
        if not word.startswith("--hash=sha256:"):
            return None
        value = word[14:]
        if len(value) != 64 or value.strip("0123456789abcdef"):  # noqa: PLR2004  (sha256)
            return None
        digests.append(Digest("sha256", value))
    return tuple(digests)


def _requirement_options(text: str, start: int) -> tuple[tuple[Digest, ...], Settings]:
    """Return the hashes and the build settings that stand after a requirement."""
    words = _words(text, start)
    given = _read_options(words)
    foreign = [use for use in given if use[0].destination not in ("hash", "config-settings")]
    if foreign:
        names = ", ".join(f"`{option.name}`" for option, _, _ in foreign)
        verb = "concern" if len(foreign) > 1 else "concerns"
        raise _LineError(
            f"{names} {verb} all requirements and cannot follow one",
            foreign[0][2],
            ("write it on a line of its own",),
        )
    hashes = [(value, offset) for option, value, offset in given if option.destination == "hash"]
    return tuple(_digest(value, offset) for value, offset in hashes), _settings(given)


def _settings(given: list[tuple[Option, str, int]]) -> Settings:
    settings = [use for use in given if use[0].destination == "config-settings"]
    for option, text, offset in settings:
        if text.find("=") < 1:
            raise _LineError(f"`{option.name}` takes `KEY=VALUE`", offset)
    return tuple((text[: text.find("=")], text[text.find("=") + 1 :]) for _, text, _ in settings)


def _read_option_line(text: str, start: int, origin: FileOrigin, entries: list[Entry]) -> None:
    given = _read_options(_words(text, start))
    # An index takes back what earlier lines added, but not what its own line adds, as in pip.
    given.sort(key=lambda use: use[0].destination != "index-url")
    settings = _settings(given)
    for option, value, offset in given:
        name = option.destination
        if option.takes_value and not value:
            raise _LineError(f"`{option.name}` needs a value", offset)
        if name in (REQUIREMENT, CONSTRAINT):
            entries.append(Include(name, value, origin))
        elif name == "editable":
            entries.append(RequirementText(value, origin, editable=True, settings=settings))
        elif name == "hash":
            raise _LineError(
                "`--hash` has no requirement before it",
                offset,
                ("a requirement goes on in the next line after ` \\` at its end",),
            )
        elif name != "config-settings":
            entries.append(OptionLine(name, value, origin))


def _read_options(words: list[tuple[int, str]]) -> list[tuple[Option, str, int]]:
    """Return (option, value, offset in the line) for all words of a line."""
    try:
        read = _TABLE.read([word for _, word in words])
    except BadOption as error:
        raise _LineError(error.summary, words[error.position][0], error.hints) from error
    if read.positionals:
        position, extra = read.positionals[0]
        raise _LineError(
            f"`{_excerpt(extra)}` is no option and follows one",
            words[position][0],
            ("requirements come before options, and each on its own line",),
        )
    return [(use.option, use.value, words[use.position][0]) for use in read.given]


def _digest(text: str, offset: int) -> Digest:
    algorithm, colon, value = text.partition(":")
    if not colon:
        raise _LineError("`--hash` needs an algorithm, a colon and the digest", offset)
    length = DIGEST_LENGTHS.get(algorithm)
    if length is None:
        allowed = ", ".join(DIGEST_LENGTHS)
        raise _LineError(
            f"`{_excerpt(algorithm)}` is not an algorithm of `--hash`: {allowed}", offset
        )
    if len(value) != length or value.strip(_HEXADECIMAL):
        raise _LineError(f"a {algorithm} digest has {length} hexadecimal digits", offset)
    return Digest(algorithm, value.lower())


def _words(text: str, start: int) -> list[tuple[int, str]]:
    """Split at white space into (offset, word), as a POSIX shell reads quotes and backslashes."""
    words: list[tuple[int, str]] = []
    position = start
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        letters: list[str] = []
        begin = position
        while position < len(text) and not text[position].isspace():
            position = _take(text, position, letters)
        words.append((begin, "".join(letters)))
    return words


def _take(text: str, position: int, letters: list[str]) -> int:
    """Add one letter, escaped letter or quoted run, and return the position after it."""
    letter = text[position]
    if letter == "\\":
        if position + 1 == len(text):
            raise _LineError("nothing may follow the `\\` that continues a line", position)
        letters.append(text[position + 1])
        return position + 2
    if letter not in "'\"":
        letters.append(letter)
        return position + 1
    begin = position
    position += 1
    while position < len(text) and text[position] != letter:
        if letter == '"' and text[position] == "\\" and text[position + 1 : position + 2] in '"\\':
            position += 1
        letters.append(text[position : position + 1])
        position += 1
    if position >= len(text):
        raise _LineError(f"the quote `{letter}` is not closed", begin)
    return position + 1


def _references(text: str) -> list[tuple[int, int, str]]:
    """Return (start, end, name) of each `${NAME}`; only `A-Z`, `0-9` and `_` make a name."""
    found = []
    start = text.find("${")
    while start >= 0:
        end = text.find("}", start)
        if end < 0:
            break
        name = text[start + 2 : end]
        if name and not name.strip("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"):
            found.append((start, end + 1, name))
        start = text.find("${", start + 2)
    return found


def unset_variables(text: str) -> tuple[str, ...]:
    """Return the names that are still there as `${NAME}` after expansion."""
    return tuple(name for _, _, name in _references(text))


def _expanded(text: str, variables: Mapping[str, str]) -> str:
    parts = []
    position = 0
    for start, end, name in _references(text):
        value = variables.get(name)
        if value:
            parts += [text[position:start], value]
            position = end
    return "".join([*parts, text[position:]])


def _unexpanded_offset(text: str, offset: int, variables: Mapping[str, str]) -> int:
    """Return the place in the text as written; inside a value, that of its `${`."""
    growth = 0
    for start, end, name in _references(text):
        value = variables.get(name)
        if not value:
            continue
        if offset < start + growth:
            break
        if offset < start + growth + len(value):
            return start
        growth += len(value) - (end - start)
    return min(offset - growth, len(text))
