"""Wheels with deterministic bytes: ordinary ones, and every hostile variation.

`WheelBuilder` knows wheels, `ZipBuilder` knows zip archives and can be told to lie in each field.
"""

import base64
import hashlib
import struct
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

STORED = 0
DEFLATED = 8

Content = bytes | str
Bytes = bytes
"""The type, where a method of this name hides it."""


def as_bytes(content: Content) -> bytes:
    return content.encode() if isinstance(content, str) else content


def record_row(path: str, content: bytes, algorithm: str = "sha256") -> str:
    """Return one line of RECORD without its line end."""
    digest = (
        base64.urlsafe_b64encode(hashlib.new(algorithm, content).digest()).rstrip(b"=").decode()
    )
    quoted = '"' + path.replace('"', '""') + '"' if set(path) & set(',"\r\n') else path
    return f"{quoted},{algorithm}={digest},{len(content)}"


@dataclass
class Entry:
    """One member of an archive; what is None is as it should be, anything else is written as told."""

    name: str | bytes
    data: bytes = b""
    method: int = DEFLATED
    mode: int = 0o100644
    """As in `st_mode`, kept in the external attributes."""
    system: int = 3
    """What made the archive: 0 for DOS, 3 for Unix."""
    flags: int | None = None
    compressed: bytes | None = None
    crc: int | None = None
    size: int | None = None
    compressed_size: int | None = None
    local_name: str | bytes | None = None
    local_method: int | None = None
    local_flags: int | None = None
    local_crc: int | None = None
    local_size: int | None = None
    extra: bytes = b""
    local_extra: bytes = b""
    comment: bytes = b""
    header_offset: int | None = None
    central: bool = True
    """List it in the central directory."""
    local: bool = True
    """Write its header and bytes."""
    descriptor: bool = False
    """Write sizes after the bytes, as streaming writers do."""
    zip64: bool = False
    """Keep sizes and offset in a zip64 field even though they are small."""
    zip64_size: int | None = None
    """Size to claim in the zip64 field."""
    gap: bytes = b""
    """Bytes before its local header."""


def encoded_name(name: str | bytes) -> tuple[bytes, int]:
    """Return the bytes of a name and the flag that says whether they are UTF-8."""
    if isinstance(name, bytes):
        return name, 0
    return (name.encode(), 0) if name.isascii() else (name.encode(), 0x800)


@dataclass
class ZipBuilder:
    """An archive that can be told to lie."""

    entries: list[Entry] = field(default_factory=list)
    prefix: bytes = b""
    suffix: bytes = b""
    comment: bytes = b""
    before_directory: bytes = b""
    after_directory: bytes = b""
    zip64_end: bool = False
    end_entries: int | None = None
    end_size: int | None = None
    end_offset: int | None = None
    zip64_entries: int | None = None
    zip64_offset: int | None = None
    locator_offset: int | None = None
    end_disk: int = 0
    shift_offsets: bool = False
    """Count offsets from the start of the file and not from the end of `prefix`."""

    def bytes(self) -> Bytes:
        out = bytearray(self.prefix)
        base = 0 if self.shift_offsets else len(self.prefix)
        central = bytearray()
        for entry in self.entries:
            offset = len(out) - base + len(entry.gap)
            if entry.local:
                out += entry.gap + self.local_part(entry)
            if entry.central:
                central += self.central_part(entry, offset)
        out += self.before_directory
        start = len(out) - base
        out += central + self.after_directory
        return bytes(out + self.end(len(out) - base, start, len(central)) + self.suffix)

    def local_part(self, entry: Entry) -> Bytes:
        name, utf8 = encoded_name(entry.name if entry.local_name is None else entry.local_name)
        body = body_of(entry)
        flags = utf8 | (8 if entry.descriptor else 0) if entry.flags is None else entry.flags
        flags = flags if entry.local_flags is None else entry.local_flags
        crc = zlib.crc32(entry.data) if entry.crc is None else entry.crc
        crc = crc if entry.local_crc is None else entry.local_crc
        size = len(entry.data) if entry.size is None else entry.size
        size = size if entry.local_size is None else entry.local_size
        packed = len(body) if entry.compressed_size is None else entry.compressed_size
        method = entry.method if entry.local_method is None else entry.local_method
        fields = (0, 0, 0) if entry.descriptor else (crc, packed, size)
        extra = entry.local_extra
        if entry.zip64 and not entry.descriptor:
            extra += struct.pack("<HHQQ", 1, 16, size, packed)
            fields = (crc, 0xFFFFFFFF, 0xFFFFFFFF)
        header = struct.pack(
            "<4s5H3L2H", b"PK\x03\x04", 20, flags, method, 0, 0x21, *fields, len(name), len(extra)
        )  # fmt: skip
        tail = struct.pack("<4sLLL", b"PK\x07\x08", crc, packed, size) if entry.descriptor else b""
        return header + name + extra + body + tail

    def central_part(self, entry: Entry, offset: int) -> Bytes:
        name, utf8 = encoded_name(entry.name)
        flags = utf8 | (8 if entry.descriptor else 0) if entry.flags is None else entry.flags
        crc = zlib.crc32(entry.data) if entry.crc is None else entry.crc
        size = len(entry.data) if entry.size is None else entry.size
        packed = len(body_of(entry)) if entry.compressed_size is None else entry.compressed_size
        offset = offset if entry.header_offset is None else entry.header_offset
        extra = entry.extra
        if entry.zip64:
            claimed = size if entry.zip64_size is None else entry.zip64_size
            extra += struct.pack("<HHQQQ", 1, 24, claimed, packed, offset)
            size = packed = offset = 0xFFFFFFFF
        attributes = entry.mode << 16 if entry.system == 3 else 0
        return struct.pack(
            "<4s4B4H3L5H2L", b"PK\x01\x02", 20, entry.system, 20, 0, flags, entry.method, 0, 0x21,
            crc, packed, size, len(name), len(extra), len(entry.comment), 0, 0, attributes, offset,
        ) + name + extra + entry.comment  # fmt: skip

    def end(self, here: int, start: int, size: int) -> Bytes:
        count = sum(entry.central for entry in self.entries)
        out = b""
        end = [
            count if self.end_entries is None else self.end_entries,
            size if self.end_size is None else self.end_size,
            start if self.end_offset is None else self.end_offset,
        ]
        if self.zip64_end:
            real = (
                count if self.zip64_entries is None else self.zip64_entries,
                size,
                start if self.zip64_offset is None else self.zip64_offset,
            )
            out += struct.pack(
                "<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, real[0], real[0], real[1], real[2]
            )
            locator = here if self.locator_offset is None else self.locator_offset
            out += struct.pack("<4sLQL", b"PK\x06\x07", 0, locator, 1)
            end = [
                0xFFFF if self.end_entries is None else self.end_entries,
                0xFFFFFFFF if self.end_size is None else self.end_size,
                0xFFFFFFFF if self.end_offset is None else self.end_offset,
            ]
        return out + struct.pack(
            "<4s4H2LH", b"PK\x05\x06", self.end_disk, 0, end[0], end[0], end[1], end[2], len(self.comment)
        ) + self.comment  # fmt: skip


def body_of(entry: Entry) -> bytes:
    if entry.compressed is not None:
        return entry.compressed
    if entry.method == DEFLATED:
        packer = zlib.compressobj(6, zlib.DEFLATED, -15)
        return packer.compress(entry.data) + packer.flush()
    return entry.data


@dataclass
class WheelBuilder:
    """A wheel; every argument after `files` is for what deviates from the plainest one.

    `WheelBuilder("app", "1.0", {"app/__init__.py": "x = 1\\n"}).build(folder)` writes
    `app-1.0-py3-none-any.whl` and returns its path.
    """

    name: str
    version: str
    files: Mapping[str, Content] | None = None
    """Path in the archive -> content; by default one module of the project's name."""
    requires: Sequence[str] = ()
    entry_points: Mapping[str, Mapping[str, str]] | str | bytes | None = None
    """Group -> name -> object, or the text of the file."""
    tag: str = "py3-none-any"
    build_tag: str = ""
    requires_python: str = ""
    provides_extra: Sequence[str] = ()
    summary: str = ""
    purelib: bool = True
    data: Mapping[str, Content] | None = None
    """Path below the `.data` folder, such as `scripts/tool`, -> content."""
    modes: Mapping[str, int] | None = None
    """Path in the archive -> mode, for files that are not 0644."""
    folders: Sequence[str] = ()
    """Folder entries to write, without the final slash."""
    metadata: Content | None = None
    """The whole of METADATA; `metadata=b""` gives an empty one."""
    wheel: Content | None = None
    """The whole of WHEEL."""
    wheel_version: str = "1.0"
    record: Content | None = None
    """The whole of RECORD."""
    edit_record: Callable[[list[str]], list[str]] | None = None
    """Changes the lines of RECORD."""
    leave_out: Sequence[str] = ()
    """Names of dist-info files not to write: `RECORD`, `WHEEL`, `METADATA`."""
    info_files: Mapping[str, Content] | None = None
    """More files of the dist-info folder."""
    info_folder: str = ""
    filename: str = ""
    method: int = DEFLATED
    edit_entries: Callable[[list[Entry]], list[Entry] | None] | None = None
    """Changes the entries just before they are written; RECORD is made by then."""
    archive: Mapping[str, object] | None = None
    """Fields of `ZipBuilder` to set, such as `{"prefix": b"#!/bin/sh\\n"}`."""

    @property
    def stem(self) -> str:
        return f"{self.name.replace('-', '_')}-{self.version}"

    def wheel_name(self) -> str:
        build = f"-{self.build_tag}" if self.build_tag else ""
        return self.filename or f"{self.stem}{build}-{self.tag}.whl"

    def info(self) -> str:
        return self.info_folder or f"{self.stem}.dist-info"

    def metadata_text(self) -> str:
        lines = ["Metadata-Version: 2.1", f"Name: {self.name}", f"Version: {self.version}"]
        if self.summary:
            lines.append(f"Summary: {self.summary}")
        if self.requires_python:
            lines.append(f"Requires-Python: {self.requires_python}")
        lines += [f"Provides-Extra: {extra}" for extra in self.provides_extra]
        lines += [f"Requires-Dist: {requirement}" for requirement in self.requires]
        return "\n".join(lines) + "\n"

    def wheel_text(self) -> str:
        interpreters, abis, platforms = self.tag.split("-")
        tags = [
            f"Tag: {interpreter}-{abi}-{platform}"
            for interpreter in interpreters.split(".")
            for abi in abis.split(".")
            for platform in platforms.split(".")
        ]
        purelib = "true" if self.purelib else "false"
        lines = [
            f"Wheel-Version: {self.wheel_version}",
            "Generator: xpip-tests",
            f"Root-Is-Purelib: {purelib}",
        ]
        if self.build_tag:
            lines.append(f"Build: {self.build_tag}")
        return "\n".join(lines + tags) + "\n"

    def entry_points_text(self) -> Content | None:
        if self.entry_points is None or isinstance(self.entry_points, (str, bytes)):
            return self.entry_points
        lines = []
        for group, points in self.entry_points.items():
            lines += [f"[{group}]", *(f"{name} = {target}" for name, target in points.items()), ""]
        return "\n".join(lines)

    def contents(self) -> dict[str, bytes]:
        """Return everything but RECORD, in archive order."""
        files = self.files
        if files is None:
            files = {f"{self.name.replace('-', '_')}.py": f"VERSION = {self.version!r}\n"}
        contents = {path: as_bytes(content) for path, content in files.items()}
        for path, content in (self.data or {}).items():
            contents[f"{self.stem}.data/{path}"] = as_bytes(content)
        info: dict[str, Content | None] = {
            "METADATA": self.metadata_text() if self.metadata is None else self.metadata,
            "WHEEL": self.wheel_text() if self.wheel is None else self.wheel,
            "entry_points.txt": self.entry_points_text(),
            **(self.info_files or {}),
        }
        for name, content in info.items():
            if content is not None and name not in self.leave_out:
                contents[f"{self.info()}/{name}"] = as_bytes(content)
        return contents

    def record_bytes(self, contents: Mapping[str, bytes]) -> bytes:
        if self.record is not None:
            return as_bytes(self.record)
        lines = [record_row(path, content) for path, content in contents.items()]
        lines.append(f"{self.info()}/RECORD,,")
        if self.edit_record is not None:
            lines = self.edit_record(lines)
        return ("\n".join(lines) + "\n").encode()

    def entries(self) -> list[Entry]:
        contents = self.contents()
        if "RECORD" not in self.leave_out:
            contents[f"{self.info()}/RECORD"] = self.record_bytes(contents)
        modes = self.modes or {}
        entries = [Entry(f"{folder}/", method=STORED, mode=0o40755) for folder in self.folders]
        for path, content in contents.items():
            mode = modes.get(path, 0o644)
            entries.append(
                Entry(path, content, self.method, mode if mode >= 0o10000 else 0o100000 | mode)
            )
        if self.edit_entries is not None:
            entries = self.edit_entries(entries) or entries
        return entries

    def bytes(self) -> bytes:
        """Return the wheel; equal arguments give equal bytes."""
        builder = ZipBuilder(self.entries())
        for name, value in (self.archive or {}).items():
            setattr(builder, name, value)
        return builder.bytes()

    def build(self, folder: str | Path) -> Path:
        """Write the wheel into a folder and return its path."""
        path = Path(folder) / self.wheel_name()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.bytes())
        return path
