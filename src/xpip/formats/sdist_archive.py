"""Source archives, read so that no other reader can see something else in them.

A tar file has three places for a name and two for a size, and readers differ in which one they
believe; links may lead anywhere. So headers that disagree are refused, and the whole list of
members is judged before a link is made (reliability.md 2.1 lists who was hit). The caller reads the
bytes; nothing here touches a file.

Spec: https://packaging.python.org/en/latest/specifications/source-distribution-format/
"""

from __future__ import annotations

from xpip.errors import IntegrityError
from xpip.formats.wheel_archive import shown
from xpip.model.records import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

FILE = "file"
FOLDER = "folder"
SYMLINK = "symlink"
HARDLINK = "hardlink"

BLOCK = 512
_LONGEST_EXTENSION = 1 << 20
"""Bytes of a PAX or GNU header."""
_LONGEST_LINK = 4096
_MAXIMUM_STEPS = 10_000
_KINDS = {b"0": FILE, b"\0": FILE, b"1": HARDLINK, b"2": SYMLINK, b"5": FOLDER}
_SPECIAL = {b"3": "a device", b"4": "a device", b"6": "a FIFO", b"S": "a sparse file",
            b"7": "a contiguous file", b"V": "a volume label", b"M": "a part of a file",
            b"D": "a GNU dump folder"}  # fmt: skip
_POSIX = b"ustar\x00"
_INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")


class SourceLimits(NamedTuple):
    """How large a source archive may be when unpacked."""

    members: int = 200_000
    ratio: int = 50
    """Unpacked bytes per archive byte."""
    never_too_large: int = 512 << 20
    """Bytes that may always come out, whatever the ratio."""
    size: int = 16 << 30
    """Bytes that may come out at most."""
    component: int = 255
    """Bytes of one file or folder name."""
    path: int = 2048
    """Bytes of a path in the archive."""
    depth: int = 100

    def allowed(self, archive_size: int) -> int:
        """Return how many bytes may come out of an archive."""
        return min(self.size, max(self.never_too_large, self.ratio * archive_size))


DEFAULT_LIMITS = SourceLimits()


class Member(NamedTuple):
    """One entry of an archive."""

    name: str
    """With `/`, without one at either end."""
    kind: str
    size: int = 0
    """Bytes of a file's content."""
    executable: bool = False
    mtime: int = 0
    """Seconds since the epoch; 0 for the time of a clock that was wrong."""
    target: str = ""
    """Of a link: as written for a symlink, the name of a member for a hard link."""


def refused(owner: str, reason: str) -> IntegrityError:
    """Return the error for an archive as a whole."""
    return IntegrityError(f"`{owner}` is no usable source archive: {reason}")


def member_refused(owner: str, name: str, reason: str) -> IntegrityError:
    """Return the error for one member of an archive."""
    return refused(owner, f"`{shown(name)}`: {reason}")


class Contents:
    """The members of an archive, each checked as it comes and all together at the end."""

    def __init__(self, owner: str, limits: SourceLimits = DEFAULT_LIMITS) -> None:
        """Begin with none.

        Args:
            owner: File name for error messages.
        """
        self._owner = owner
        self._limits = limits
        self._count = 0
        self._kinds: dict[str, str] = {"": FOLDER}
        self._targets: dict[str, str] = {}

    def add(self, member: Member) -> bool:
        """Take the next member; False when it stands there already and may only be the same.

        Raises:
            IntegrityError: It may not be unpacked, or not beside those before it.
        """
        self._count += 1
        if self._count > self._limits.members:
            raise refused(self._owner, f"it has more than {self._limits.members} members")
        if not member.name and member.kind == FOLDER:
            # `./`, with which some archives begin.
            return False
        reason = _name_fault(member.name, self._limits)
        if reason:
            raise member_refused(self._owner, member.name, reason)
        self._add_parents(member.name)
        known = self._kinds.get(member.name)
        if known is not None:
            return self._repeated(member, known)
        self._kinds[member.name] = member.kind
        if member.kind in (SYMLINK, HARDLINK):
            self._targets[member.name] = member.target
        if member.kind == HARDLINK:
            self._check_hard_link(member)
        return True

    def finish(self) -> tuple[str, tuple[tuple[str, str], ...]]:
        """Return the one folder at the top, and the symlinks with their targets.

        Raises:
            IntegrityError: There is not one folder, or a link leads outside.
        """
        tops = sorted({name.partition("/")[0] for name in self._kinds if name})
        if not tops:
            raise refused(self._owner, "it is empty")
        if len(tops) > 1 or self._kinds[tops[0]] != FOLDER:
            listed = ", ".join(f"`{shown(name)}`" for name in tops[:3])
            more = f" and {len(tops) - 3} more" if len(tops) > 3 else ""  # noqa: PLR2004
            raise refused(
                self._owner, f"it should hold one folder at its top and has {listed}{more}"
            )
        links = tuple(
            (name, target) for name, target in self._targets.items() if self._kinds[name] == SYMLINK
        )
        for name, _ in links:
            self._check_symlink(name, tops[0])
        return tops[0], links

    def _add_parents(self, name: str) -> None:
        parent = name.rpartition("/")[0]
        while parent not in self._kinds:
            self._kinds[parent] = FOLDER
            parent = parent.rpartition("/")[0]
        while parent:
            kind = self._kinds[parent]
            if kind == SYMLINK:
                raise member_refused(self._owner, name, f"it is behind the link `{shown(parent)}`")
            if kind != FOLDER:
                raise member_refused(self._owner, parent, "it is a file and a folder at once")
            parent = parent.rpartition("/")[0]

    def _repeated(self, member: Member, known: str) -> bool:
        if member.kind == FOLDER and known == FOLDER:
            return False
        if FOLDER in (member.kind, known):
            raise member_refused(self._owner, member.name, "it is a file and a folder at once")
        if member.kind != known or self._targets.get(member.name, "") != member.target:
            raise member_refused(self._owner, member.name, "it is there twice and not the same")
        return False

    def _check_hard_link(self, member: Member) -> None:
        if member.target == member.name or self._kinds.get(member.target) not in (FILE, HARDLINK):
            raise member_refused(
                self._owner,
                member.name,
                f"it is a link to `{shown(member.target)}`, which is no file before it",
            )

    def _check_symlink(self, name: str, top: str) -> None:
        """Walk where a link leads as the system would, one step at a time, and never outside."""
        place = name.rpartition("/")[0].split("/") if "/" in name else []
        pending = _steps(self._targets[name])
        if self._targets[name].startswith("/"):
            raise self._outside(name)
        steps = 0
        while pending:
            steps += 1
            if steps > _MAXIMUM_STEPS:
                raise member_refused(self._owner, name, "it is a link in a circle")
            part = pending.pop()
            if part == "..":
                if len(place) <= 1:
                    raise self._outside(name)
                place.pop()
                continue
            place.append(part)
            path = "/".join(place)
            if self._kinds.get(path) == SYMLINK:
                place.pop()
                pending += _steps(self._targets[path])
            if place[:1] not in ([], [top]):
                raise self._outside(name)

    def _outside(self, name: str) -> IntegrityError:
        target = shown(self._targets[name])
        return member_refused(self._owner, name, f"it is a link to `{target}`, which leads outside")


class TarReader:
    """The members of a tar file, one after the other."""

    def __init__(self, read: Callable[[int], bytes], owner: str) -> None:
        """Prepare reading.

        Args:
            read: Returns as many bytes as it is asked for, fewer only at the end.
            owner: File name for error messages.
        """
        self._read = read
        self._owner = owner
        self._left = 0
        self._padding = 0

    def next(self) -> Member | None:
        """Return the next member, None at the end; what was not read of the last one is skipped.

        Raises:
            IntegrityError: The headers are damaged, or readable in more than one way.
        """
        while self._left:
            self.data(1 << 16)
        self._skip_padding()
        extension = _Extension()
        while True:
            header = self._read(BLOCK)
            if not header and not extension.used:
                return None
            if len(header) < BLOCK:
                raise refused(self._owner, "it is cut off")
            if not header.strip(b"\0"):
                if extension.used:
                    raise refused(self._owner, "it ends after a header")
                self._check_end()
                return None
            self._check_sum(header)
            kind = header[156:157]
            if kind in (b"x", b"g", b"L", b"K"):
                self._extend(extension, kind, header)
                continue
            return self._member(header, extension)

    def data(self, length: int) -> bytes:
        """Return the next bytes of the member's content, empty at its end.

        Raises:
            IntegrityError: The archive ends before.
        """
        wanted = min(length, self._left)
        if not wanted:
            return b""
        data = self._read(wanted)
        if not data:
            raise refused(self._owner, "it is cut off")
        self._left -= len(data)
        return data

    def _skip_padding(self) -> None:
        if self._padding and len(self._read(self._padding)) < self._padding:
            raise refused(self._owner, "it is cut off")
        self._padding = 0

    def _check_end(self) -> None:
        """Ensure that nothing follows the end that another reader might go on with."""
        while data := self._read(1 << 16):
            if data.strip(b"\0"):
                raise refused(self._owner, "there are bytes behind its end")

    def _check_sum(self, header: bytes) -> None:
        stated = self._number(header[148:156])
        rest = header[:148] + b" " * 8 + header[156:]
        unsigned = sum(rest)
        # Old writers summed signed bytes.
        signed = unsigned - 256 * sum(byte > 127 for byte in rest)  # noqa: PLR2004
        if stated not in (unsigned, signed):
            raise refused(self._owner, "a header of it is damaged")

    def _extend(self, extension: _Extension, kind: bytes, header: bytes) -> None:
        size = self._number(header[124:136])
        if size > _LONGEST_EXTENSION:
            raise refused(self._owner, "a header of it is too large")
        data = self._read(size)
        padding = -size % BLOCK
        if len(data) < size or len(self._read(padding)) < padding:
            raise refused(self._owner, "it is cut off")
        if kind == b"g":
            # A commit of git or a comment; names and sizes for all members make no sense.
            named = {"path", "linkpath", "size"} & set(self._records(data))
            if named:
                raise refused(self._owner, f"it has one `{min(named)}` for all its members")
            return
        if kind == b"x":
            if extension.records:
                raise refused(self._owner, "it has two headers for one member")
            extension.records = self._records(data)
        elif kind == b"L":
            extension.name = self._once(extension.name, data)
        else:
            extension.target = self._once(extension.target, data)
        extension.used = True

    def _once(self, known: str | None, data: bytes) -> str:
        if known is not None:
            raise refused(self._owner, "it has two long names for one member")
        return self._text(data.rstrip(b"\0"))

    def _records(self, data: bytes) -> dict[str, str]:
        """Read PAX records: `LENGTH KEY=VALUE` and a newline each."""
        records: dict[str, str] = {}
        position = 0
        while position < len(data):
            if not data[position:].strip(b"\0"):
                break
            blank = data.find(b" ", position, position + 9)
            digits = data[position:blank] if blank > 0 else b""
            length = int(digits) if digits.isdigit() and digits[:1] != b"0" else 0
            record = data[position : position + length]
            key, equals, value = record[len(digits) + 1 : -1].partition(b"=")
            if not key or not equals or record[-1:] != b"\n" or len(record) != length:
                raise refused(self._owner, "a PAX header of it is damaged")
            name = self._text(key)
            if name in ("path", "linkpath", "size") or name.startswith("GNU.sparse"):
                text = self._text(value)
                if records.get(name, text) != text or not text:
                    raise refused(self._owner, f"a PAX header of it has no clear `{name}`")
            else:
                text = value.decode("utf-8", "replace")
            records[name] = text
            position += length
        return records

    def _member(self, header: bytes, extension: _Extension) -> Member:
        name = self._name(header, extension)
        kind = _KINDS.get(header[156:157])
        if kind == FILE and header[156:157] == b"\0" and name.endswith("/"):
            kind = FOLDER
        name = _shortest(name, folder=kind == FOLDER)
        if kind is None:
            what = _SPECIAL.get(header[156:157], "of an unknown kind")
            raise member_refused(self._owner, name, f"it is {what}, which is never unpacked")
        size = self._size(header, extension, name)
        if kind != FILE and size:
            raise member_refused(self._owner, name, f"it is a {kind} with content")
        target = ""
        if kind in (SYMLINK, HARDLINK):
            target = self._target(header, extension, name)
            target = _shortest(target) if kind == HARDLINK else target
        self._left = size
        self._padding = -size % BLOCK
        mode = self._number(header[100:108])
        executable = kind == FILE and bool(mode & 0o111)
        return Member(name, kind, size, executable, self._mtime(header, extension), target)

    def _name(self, header: bytes, extension: _Extension) -> str:
        if any(key.startswith("GNU.sparse") for key in extension.records):
            raise refused(self._owner, "it has a sparse file, which is never unpacked")
        pax = extension.records.get("path")
        if pax is not None and extension.name is not None and pax != extension.name:
            raise member_refused(self._owner, pax, f"it is also called `{shown(extension.name)}`")
        if pax is not None or extension.name is not None:
            return pax if pax is not None else extension.name or ""
        name = self._field(header[:100])
        prefix = header[345:500]
        if header[257:263] != _POSIX:
            if prefix.strip(b"\0"):
                raise member_refused(self._owner, name, "its header is of an unknown kind")
            return name
        before = self._field(prefix)
        return f"{before}/{name}" if before else name

    def _target(self, header: bytes, extension: _Extension, name: str) -> str:
        pax = extension.records.get("linkpath")
        if pax is not None and extension.target is not None and pax != extension.target:
            raise member_refused(self._owner, name, "it has two targets")
        target = pax if pax is not None else extension.target
        if target is None:
            target = self._field(header[157:257])
        if not target or len(target) > _LONGEST_LINK or _has_invisible(target):
            raise member_refused(self._owner, name, "it is a link without a usable target")
        return target

    def _size(self, header: bytes, extension: _Extension, name: str) -> int:
        size = self._number(header[124:136])
        stated = extension.records.get("size")
        if stated is not None and not (stated.isascii() and stated.isdigit()):
            raise member_refused(self._owner, name, "its PAX size is no number")
        if stated is not None and int(stated[:19]) != size:
            raise member_refused(
                self._owner, name, f"its headers disagree: it has {size} or {stated[:19]} bytes"
            )
        return size

    def _mtime(self, header: bytes, extension: _Extension) -> int:
        stated = extension.records.get("mtime", "").partition(".")[0]
        if stated.isascii() and stated.isdigit():
            seconds = int(stated[:12])
        else:
            try:
                seconds = self._number(header[136:148])
            except IntegrityError:
                return 0
        return seconds if 0 < seconds < 1 << 33 else 0

    def _number(self, field: bytes) -> int:
        """Return an octal number, or one in base 256 as GNU writes large ones."""
        if field[0] & 0x80:
            number = int.from_bytes(bytes((field[0] & 0x7F,)) + field[1:], "big")
            if field[0] & 0x40 or number >= 1 << 63:
                raise refused(self._owner, "a number in a header is out of range")
            return number
        text = field.strip(b" \0")
        if text.strip(b"01234567"):
            raise refused(self._owner, "a number in a header is damaged")
        return int(text, 8) if text else 0

    def _field(self, data: bytes) -> str:
        end = data.find(b"\0")
        return self._text(data if end < 0 else data[:end])

    def _text(self, data: bytes) -> str:
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            name = data[:200].decode("ascii", "backslashreplace")
            raise member_refused(self._owner, name, "its name is not valid UTF-8") from None


class _Extension:
    """What headers before that of a member say about it."""

    def __init__(self) -> None:
        self.used = False
        self.records: dict[str, str] = {}
        self.name: str | None = None
        self.target: str | None = None


def is_ignored(name: str) -> bool:
    """Say whether a member is one that macOS adds beside the folder at the top."""
    top, slash, _ = name.partition("/")
    return top == "__MACOSX" or (not slash and top.startswith("._"))


def _shortest(name: str, folder: bool = False) -> str:
    """Return a name without a leading `./`, and without the `/` that may end a folder's."""
    while name.startswith("./") and name != "./":
        name = name[2:]
    if folder:
        name = name.removesuffix("/")
    return "" if name == "." else name


def _steps(target: str) -> list[str]:
    """Return the parts of a link's target, the first one last."""
    return [part for part in reversed(target.split("/")) if part not in ("", ".")]


def _name_fault(name: str, limits: SourceLimits) -> str:
    """Return why a member may not be unpacked under its name, empty when it may."""
    if not name or name.startswith("/"):
        return "its path is absolute or empty"
    if "\\" in name or name[1:2] == ":":
        return "its name has a backslash or a drive, which is a path on some systems"
    if _has_invisible(name):
        return "its name has a character that cannot be seen"
    parts = name.split("/")
    if ".." in parts:
        return "its path leads outside"
    if "" in parts or "." in parts:
        return "its path is not in its shortest form"
    if len(name.encode()) > limits.path or len(parts) > limits.depth:
        return f"its path has more than {limits.path} bytes or {limits.depth} parts"
    if any(len(part.encode()) > limits.component for part in parts):
        return f"a part of its path has more than {limits.component} bytes"
    return ""


def _has_invisible(name: str) -> bool:
    if name.isascii() and name.isprintable():
        return False
    from unicodedata import category

    return any(category(character) in _INVISIBLE for character in name)
