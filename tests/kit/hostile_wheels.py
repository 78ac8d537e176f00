"""Every hostile wheel of the catalogue of attacks, each with what has to be said about it.

One row is one file of a project `app` 1.0. `verdict` is a fragment of the only possible error, or
empty when the file has to be accepted; `warning` is a fragment of what is told then. The rows are
data, so that every way a wheel can come in is held to the same verdicts, and so that a fuzzer has
something to start from.
"""

import base64
import hashlib
import io
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable
from typing import NamedTuple

from tests.kit.wheels import Entry, WheelBuilder, ZipBuilder, record_row

NAME = "app-1.0-py3-none-any.whl"
INFO = "app-1.0.dist-info"
KEPT = "../" * 12 + "KEPT"
"""Stands for a file outside every environment."""


class HostileWheel(NamedTuple):
    """A file to install, and the verdict."""

    title: str
    build: Callable[[], bytes]
    verdict: str = ""
    """A fragment of the error; empty: it is installed."""
    filename: str = NAME
    warning: str = ""
    """A fragment of a warning, for what is installed."""
    is_large: bool = False
    """It takes seconds or many megabytes."""
    is_kept: bool = False
    """Only the environment refuses it, so that it is in the cache then."""


def hostile_wheels() -> list[HostileWheel]:
    """Return all rows; titles are unique."""
    rows = [
        *_whole_files(),
        *_directories(),
        *_headers(),
        *_paths(),
        *_folded_names(),
        *_kinds(),
        *_bombs(),
        *_dist_infos(),
        *_wheel_files(),
        *_metadata(),
        *_records(),
        *_data_folders(),
        *_libraries(),
        *_scripts(),
        *_entry_point_files(),
        *_file_names(),
    ]
    assert len({row.title for row in rows}) == len(rows)
    return rows


def wheel(**options) -> Callable[[], bytes]:
    """Return what makes a wheel that deviates as told from the plainest one."""
    return lambda: WheelBuilder("app", "1.0", **options).bytes()


def with_entry(name: str | bytes, data: bytes = b"x", **changes) -> Callable[[], bytes]:
    """Return what makes a wheel with one more entry, which RECORD lists."""
    text = name if isinstance(name, str) else name.decode("latin-1")

    def add(entries: list[Entry]) -> list[Entry]:
        record = entries[-1]
        row = record_row(text, data).encode("utf-8", "surrogatepass")
        record.data = row + b"\n" + record.data
        return [Entry(name, data, **changes), *entries]

    return wheel(edit_entries=add)


def with_entries(*more: Entry, **options) -> Callable[[], bytes]:
    """Return what makes a wheel with more entries, each listed once."""

    def add(entries: list[Entry]) -> list[Entry]:
        record = entries[-1]
        rows = {one.name: record_row(str(one.name), one.data) for one in more}
        record.data = ("\n".join(rows.values()) + "\n").encode() + record.data
        return [*entries, *more]

    return wheel(edit_entries=add, **options)


def edited(position: int, **changes) -> Callable[[], bytes]:
    """Return what makes a wheel with one entry changed after RECORD was made."""

    def edit(entries: list[Entry]) -> None:
        for name, value in changes.items():
            setattr(entries[position], name, value)

    return wheel(edit_entries=edit)


def archive(**options) -> Callable[[], bytes]:
    """Return what makes a wheel whose archive lies."""
    return wheel(archive=options)


def _whole_files() -> list[HostileWheel]:
    good = wheel()
    page = b"<!DOCTYPE html>\n<html><body>Please log in</body></html>"
    return [
        HostileWheel("good", good),
        HostileWheel("empty file", lambda: b"", "the file is empty"),
        HostileWheel("HTML page", lambda: page, "login page"),
        HostileWheel("text", lambda: b"just words\n" * 40, "not a zip archive"),
        HostileWheel("tar", lambda: b"app.py\0".ljust(257, b"\0") + b"ustar  \0" * 99,
                     "not a zip archive"),
        HostileWheel("cut at two thirds", lambda: good()[: len(good()) * 2 // 3], "cut off"),
        HostileWheel("cut in its end record", lambda: good()[:-5], "cut off"),
        HostileWheel("cut inside the last entry", lambda: _without(good(), 400, 40), "not where"),
        HostileWheel("one zero byte behind", lambda: good() + b"\0", "behind its end"),
        HostileWheel("bytes behind", archive(suffix=b"TRAIL"), "behind its end"),
        HostileWheel("bytes in front", archive(prefix=b"#!/bin/sh\n"), "not where"),
        HostileWheel("bytes in front, offsets fit", archive(
            prefix=b"#!/bin/sh\n", shift_offsets=True), "before its first entry"),
        HostileWheel("two archives in a row", lambda: good() + good(), "not where"),
        HostileWheel("comment", archive(comment=b"a comment")),
        HostileWheel("comment with an archive", archive(comment=wheel()()), "two ends"),
        HostileWheel("empty archive", lambda: ZipBuilder().bytes(), "no dist-info folder"),
        HostileWheel("zeros", lambda: bytes(4096), "not a zip archive"),
    ]  # fmt: skip


def _without(data: bytes, start: int, count: int) -> bytes:
    return data[:start] + data[start + count :]


def _directories() -> list[HostileWheel]:
    return [
        HostileWheel("zip64 end", archive(zip64_end=True)),
        HostileWheel("bytes before the directory", archive(before_directory=b"hidden"),
                     "belong to no entry"),
        HostileWheel("bytes behind the directory", archive(after_directory=b"hidden"),
                     "not where its end record says"),
        HostileWheel("fewer entries than counted", archive(end_entries=9), "fewer entries"),
        HostileWheel("more entries than counted", archive(end_entries=1), "more entries"),
        HostileWheel("directory size lies", archive(end_size=1), "not where"),
        HostileWheel("directory offset lies", archive(end_offset=3), "not where"),
        HostileWheel("huge directory offset", archive(end_offset=0xFFFFFFF0), "not where"),
        HostileWheel("split archive", archive(end_disk=1), "split"),
        HostileWheel("zip64 end disagrees", archive(zip64_end=True, end_entries=3), "disagree"),
        HostileWheel("zip64 count lies", archive(zip64_end=True, zip64_entries=2**40),
                     "entries, more than"),
        HostileWheel("zip64 offset lies", archive(zip64_end=True, zip64_offset=1), "not where"),
        HostileWheel("zip64 locator lies", archive(zip64_end=True, locator_offset=1), "locator"),
        HostileWheel("zip64 locator leads far", archive(zip64_end=True, locator_offset=2**62),
                     "locator"),
    ]  # fmt: skip


def _headers() -> list[HostileWheel]:
    path_field = b"\x75\x70\x0b\x00\x01" + struct.pack("<L", zlib.crc32(b"app.py")) + b"other."
    return [
        HostileWheel("descriptor", edited(0, descriptor=True)),
        HostileWheel("zip64 sizes", edited(0, zip64=True)),
        HostileWheel("stored", wheel(method=0)),
        HostileWheel("zip64 size lies", edited(0, zip64=True, zip64_size=3), "it has 3"),
        HostileWheel("other name in the header", edited(0, local_name="apq.py"), "another name"),
        HostileWheel("longer name in the header", edited(0, local_name="app.pyc"), "another name"),
        HostileWheel("other method in the header", edited(0, local_method=0), "another method"),
        HostileWheel("other size in the header", edited(0, local_size=3), "other sizes"),
        HostileWheel("other CRC in the header", edited(0, local_crc=3), "other sizes"),
        HostileWheel("other flags in the header", edited(0, local_flags=8), "other flags"),
        HostileWheel("entry that is not listed", with_entry("m/x.py", central=False),
                     "before its first entry"),
        HostileWheel("METADATA that is not listed", edited(1, central=False), "no `app-1.0.dist"),
        HostileWheel("entry that is only listed", edited(1, local=False), "overlap"),
        HostileWheel("two entries with one header", edited(1, header_offset=0), "overlap"),
        HostileWheel("entry that reaches into the next", edited(0, compressed_size=60), "overlap"),
        HostileWheel("entry beyond the end", edited(0, header_offset=2**31), "first entry"),
        HostileWheel("hidden bytes between entries", edited(1, gap=b"hidden"), "belong to no"),
        HostileWheel("wrong CRC", edited(0, crc=7), "its CRC is wrong"),
        HostileWheel("wrong CRC of RECORD", edited(-1, crc=7), "its CRC is wrong"),
        HostileWheel("wrong CRC of METADATA", edited(1, crc=7), "its CRC is wrong"),
        HostileWheel("broken stream", edited(0, compressed=b"\xff" * 20), "bytes are damaged"),
        HostileWheel("stream that does not end", edited(0, compressed=b"\0\x05\0\xfa\xff12345"),
                     "fewer than"),
        HostileWheel("stream that ends early", edited(0, compressed=b"\x03\x00"), "fewer than"),
        HostileWheel("bytes behind the stream", edited(
            0, compressed=_deflated(b"VERSION = '1.0'\n") + b"more"), "do not end where"),
        HostileWheel("a second stream behind the first", edited(
            0, compressed=_deflated(b"VERSION = '1.0'\n") * 2), "do not end where"),
        HostileWheel("stored with two sizes", edited(0, method=0, size=2), "two sizes"),
        HostileWheel("stored with a descriptor", edited(0, method=0, descriptor=True),
                     "from the front"),
        HostileWheel("encrypted", edited(0, flags=1), "encrypted"),
        HostileWheel("strongly encrypted", edited(0, flags=0x41), "encrypted"),
        HostileWheel("masked headers", edited(0, flags=0x2000), "encrypted"),
        HostileWheel("patched data", edited(0, flags=0x20), "not allowed"),
        HostileWheel("bzip2", edited(0, method=12), "`bzip2`"),
        HostileWheel("lzma", edited(0, method=14), "`lzma`"),
        HostileWheel("zstandard", edited(0, method=93), "`zstandard`"),
        HostileWheel("unknown method", edited(0, method=77), "`number 77`"),
        HostileWheel("Unicode path field", edited(0, extra=path_field), "second, different name"),
        HostileWheel("damaged extra field", edited(0, extra=b"\x99\x99\xff\0"), "extra field"),
        HostileWheel("padding in the extra field", edited(0, extra=b"\0\0\0")),
        HostileWheel("two zip64 fields", edited(
            0, extra=struct.pack("<HHQ", 1, 8, 16) * 2), "two zip64 fields"),
    ]  # fmt: skip


def _deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def _paths() -> list[HostileWheel]:
    refused = {
        "parent folder": ("../escaped.py", "leads outside"),
        "many parent folders": ("../" * 20 + "tmp/escaped.py", "leads outside"),
        "parent folder inside": ("m/../../escaped.py", "leads outside"),
        "parent folder that returns": ("m/../n.py", "leads outside"),
        "prefix of the library folder": ("../site-packages-evil/x.py", "leads outside"),
        "absolute": ("/tmp/escaped.py", "absolute"),
        "two slashes in front": ("//host/share/x.py", "absolute"),
        "two slashes inside": ("m//x.py", "shortest form"),
        "dot inside": ("m/./x.py", "shortest form"),
        "dot in front": ("./x.py", "shortest form"),
        "backslashes": ("m\\..\\..\\x.py", "backslash"),
        "one backslash": ("m\\x.py", "backslash"),
        "drive": ("C:/x.py", "colon"),
        "drive with a relative path": ("C:x.py", "colon"),
        "stream of a file": ("m/x.py:stream", "colon"),
        "device path": ("\\\\.\\NUL", "backslash"),
        "NUL": ("m/x\0.py", "cannot be seen"),
        "NUL at the end": ("m/x.py\0.txt", "cannot be seen"),
        "newline": ("m/x\n.py", "cannot be seen"),
        "carriage return": ("m/x\r.py", "cannot be seen"),
        "escape sequence": ("m/\x1b[2J\x1b]0;title\x07.py", "cannot be seen"),
        "C1 control": ("m/\x9b2J.py", "cannot be seen"),
        "delete": ("m/x\x7f.py", "cannot be seen"),
        "right to left": ("m/x\u202egnp.py", "cannot be seen"),
        "zero width": ("m/x\u200b.py", "cannot be seen"),
        "line separator": ("m/x\u2028.py", "cannot be seen"),
        "byte order mark": ("m/\ufeffx.py", "cannot be seen"),
        "dot at the end": ("m/x.py.", "dot or blank"),
        "blank at the end": ("m/x.py ", "dot or blank"),
        "blank behind two dots": ("m/.. /x.py", "dot or blank"),
        "three dots": ("m/.../x.py", "dot or blank"),
        "long name": ("m/" + "x" * 300 + ".py", "303 bytes"),
        "long name of wide letters": ("m/" + "ä" * 128, "256 bytes"),
        "long path": ("m/" * 2500 + "x.py", "bytes, more than"),
        "deep path": ("m/" * 150 + "x.py", "parts, more than"),
    }
    accepted = {
        "wide letters": "m/日本.py",
        "blanks": "m/a b.txt",
        "two dots in a name": "m/..x",
        "no-break blank": "m/\u00a0.txt",
        "Windows device": "m/aux.py",
        "quotes and commas": 'm/a,"b".txt',
        "shell characters": "m/$(touch x);`y`&|.txt",
        "leading hyphen": "-r",
        "longest name": "m/" + "x" * 251 + ".py",
    }
    rows = [
        HostileWheel(f"path: {title}", with_entry(name), verdict)
        for title, (name, verdict) in refused.items()
    ]
    rows += [HostileWheel(f"path: {title}", with_entry(name)) for title, name in accepted.items()]
    rows += [
        HostileWheel("path: empty", with_entry(b""), "without a name"),
        HostileWheel("path: invalid UTF-8", with_entry(b"\xff\xfe.py", flags=0x800),
                     "not valid UTF-8"),
        HostileWheel("path: code page 437", _code_page_437),
        HostileWheel("path: folder that leads outside", with_entry("../x/", b""), "leads outside"),
        HostileWheel("path: folder entry", wheel(
            files={"m/x.py": ""}, folders=["m", "n"])),
        HostileWheel("path: folder with content", with_entry("m/", b"x"), "folder with content"),
    ]  # fmt: skip
    return rows


def _code_page_437() -> bytes:
    """Return a wheel with a name in the encoding of names that have no flag for Unicode."""
    return WheelBuilder(
        "app",
        "1.0",
        files={"m/ä.py": "x"},
        edit_entries=lambda entries: setattr(entries[0], "name", "m/ä.py".encode("cp437")),
    ).bytes()


def _folded_names() -> list[HostileWheel]:
    pairs = {
        "case": ("m/Foo.py", "m/foo.py"),
        "case of a folder": ("M/foo.py", "m/foo.py"),
        "composed and decomposed": ("m/é.py", "m/e\u0301.py"),
        "sharp s": ("m/straße", "m/STRASSE"),
    }
    rows = []
    for title, (first, second) in pairs.items():
        rows += [
            HostileWheel(f"folded: {title}, different", with_entries(
                Entry(first, b"1"), Entry(second, b"22")), "different content"),
            HostileWheel(f"folded: {title}, equal", with_entries(
                Entry(first, b"1"), Entry(second, b"1")), warning="are one file on"),
        ]  # fmt: skip
    both = "a file and a folder at once"
    return [
        *rows,
        HostileWheel("twice, different", with_entries(Entry("m/x.py", b"1"), Entry("m/x.py", b"22")),
                     "twice with different content"),
        HostileWheel("twice, equal", with_entries(Entry("m/x.py", b"1"), Entry("m/x.py", b"1")),
                     warning="twice with equal content"),
        HostileWheel("METADATA twice, different", with_entries(
            Entry(f"{INFO}/METADATA", b"Metadata-Version: 2.1\nName: app\nVersion: 1.0\n\n")),
            "twice with different content"),
        HostileWheel("RECORD twice, different", with_entries(Entry(f"{INFO}/RECORD", b"x,,\n")),
                     "twice with different content"),
        HostileWheel("METADATA in another case", with_entries(
            Entry(f"{INFO}/metadata", b"Metadata-Version: 2.1\nName: other\nVersion: 1.0\n\n")),
            "different content"),
        HostileWheel("file and folder", with_entries(Entry("m/x", b"1"), Entry("m/x/y.py", b"")),
                     both),
        HostileWheel("folder and file", with_entries(Entry("m/x/y.py", b""), Entry("m/x", b"1")),
                     both),
        HostileWheel("file and folder, folded", with_entries(
            Entry("m/x/y.py", b""), Entry("m/X", b"1")), both),
        HostileWheel("link and what lies behind it", with_entries(
            Entry("m/l", b"..", mode=0o120777), Entry("m/l/z.py", b"")), both),
    ]  # fmt: skip


def _kinds() -> list[HostileWheel]:
    odd = "marked as no regular file"
    modes = {
        "symbolic link": (0o120777, odd),
        "FIFO": (0o010644, odd),
        "device": (0o060644, odd),
        "character device": (0o020644, odd),
        "socket": (0o140644, odd),
        "set-user bit": (0o104755, "set-user bits"),
        "set-group bit": (0o102755, "set-user bits"),
        "world-writable": (0o100777, ""),
        "no permission": (0o100000, ""),
    }
    return [
        HostileWheel(f"mode: {title}", with_entry("m/x", b"/etc/passwd", mode=mode), warning=told)
        for title, (mode, told) in modes.items()
    ]


def _bombs() -> list[HostileWheel]:
    huge = 3 * 2**30
    return [
        HostileWheel("bomb: promises gigabytes", edited(0, size=huge), "more than the"),
        HostileWheel("bomb: promises exabytes", edited(0, zip64=True, zip64_size=2**62),
                     "more than the"),
        HostileWheel("bomb: more than it promises", _understated, "it has more than"),
        HostileWheel("bomb: METADATA of gigabytes", edited(1, size=2**29 - 4096), "bytes, more"),
        HostileWheel("bomb: RECORD of gigabytes", edited(-1, size=2**29 - 4096), "bytes, more"),
        HostileWheel("bomb: counts a million entries", archive(
            zip64_end=True, zip64_entries=1_000_000), "1000000 entries"),
        HostileWheel("bomb: entries share their bytes", _overlapping, "overlap"),
        HostileWheel("bomb: 20 MB of zeros", wheel(files={"m/zeros": bytes(20 << 20)})),
        HostileWheel("bomb: archive in an archive", lambda: WheelBuilder(
            "app", "1.0", {"m/inner.zip": WheelBuilder("app", "1.0").bytes()}).bytes()),
        HostileWheel("bomb: 600 MB of zeros", lambda: _zeros(600), "more than the", is_large=True),
        HostileWheel("bomb: a quarter of a million entries", _many_entries, "entries, more than",
                     is_large=True),
    ]  # fmt: skip


def _understated() -> bytes:
    """Return a wheel with an entry that inflates to a thousand times what every header says."""
    small = b"0" * 100

    def edit(entries: list[Entry]) -> None:
        entries[0].compressed = _deflated(bytes(30 << 20))
        entries[0].size = len(small)
        entries[0].crc = zlib.crc32(small)

    return WheelBuilder("app", "1.0", {"m/x": small}, edit_entries=edit).bytes()


def _overlapping() -> bytes:
    """Return a wheel in which many entries use the bytes of one."""
    names = [f"m/{number}" for number in range(50)]

    def edit(entries: list[Entry]) -> None:
        for entry in entries[1:50]:
            entry.local = False
            entry.header_offset = 0

    return WheelBuilder("app", "1.0", dict.fromkeys(names, bytes(9999)), edit_entries=edit).bytes()


def _zeros(megabytes: int) -> bytes:
    """Return a wheel with that many megabytes of zeros, packed one by one."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    hasher, crc, packed, zeros = hashlib.sha256(), 0, b"", bytes(1 << 20)
    for _ in range(megabytes):
        packed += packer.compress(zeros)
        hasher.update(zeros)
        crc = zlib.crc32(zeros, crc)
    packed += packer.flush()
    size = megabytes << 20
    row = f"m/zeros,sha256={_encoded(hasher.digest())},{size}\n".encode()

    def add(entries: list[Entry]) -> list[Entry]:
        entries[-1].data = row + entries[-1].data
        return [Entry("m/zeros", b"", compressed=packed, crc=crc, size=size), *entries]

    return wheel(edit_entries=add)()


def _encoded(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _many_entries() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as writer:
        for number in range(250_000):
            writer.writestr(f"m/{number}", b"")
    return data.getvalue()


def _dist_infos() -> list[HostileWheel]:
    return [
        HostileWheel("no dist-info", wheel(info_folder="nothing"), "no dist-info folder"),
        HostileWheel("dist-info of another project", wheel(info_folder="other-1.0.dist-info"),
                     "of another release"),
        HostileWheel("dist-info of another version", wheel(info_folder="app-2.0.dist-info"),
                     "of another release"),
        HostileWheel("dist-info without version", wheel(info_folder="app.dist-info"),
                     "of another release"),
        HostileWheel("two dist-infos", wheel(
            files={"app.py": "", "pip-99.dist-info/METADATA": "Name: pip\nVersion: 99\n"}),
            "2 dist-info folders"),
        HostileWheel("two dist-infos of one release", wheel(
            files={"app.py": "", "app-1.dist-info/METADATA": "Name: app\nVersion: 1.0\n"}),
            "2 dist-info folders"),
        HostileWheel("a file that ends in .dist-info", wheel(
            files={"app.py": "", "x.DIST-INFO": ""}), "2 dist-info folders"),
        HostileWheel("dist-info with another spelling", wheel(info_folder="App-1.dist-info")),
        HostileWheel("no WHEEL", wheel(leave_out=["WHEEL"]), f"no `{INFO}/WHEEL`"),
        HostileWheel("no METADATA", wheel(leave_out=["METADATA"]), f"no `{INFO}/METADATA`"),
        HostileWheel("no RECORD", wheel(leave_out=["RECORD"]), f"no `{INFO}/RECORD`"),
        HostileWheel("foreign INSTALLER", wheel(
            info_files={"INSTALLER": "conda\n", "REQUESTED": "", "direct_url.json": "[]"})),
        HostileWheel("folder in place of METADATA", wheel(
            leave_out=["METADATA"], info_files={"METADATA/x": ""}), f"no `{INFO}/METADATA`"),
    ]  # fmt: skip


def _wheel_files() -> list[HostileWheel]:
    head = "Wheel-Version: 1.0\nGenerator: kit\nRoot-Is-Purelib: {}\nTag: py3-none-any\n"
    return [
        HostileWheel("Wheel-Version 2.0", wheel(wheel_version="2.0"), "Wheel-Version 2.0"),
        HostileWheel("Wheel-Version 1.9", wheel(wheel_version="1.9"), warning="newer than 1.0"),
        HostileWheel("Wheel-Version in words", wheel(wheel_version="one"), "is not a version"),
        HostileWheel("Wheel-Version of 5000 digits", wheel(wheel_version="1." + "1" * 5000),
                     "is not a version"),
        HostileWheel("empty WHEEL", wheel(wheel=b""), "is not a version"),
        HostileWheel("WHEEL with NUL", wheel(wheel=b"Wheel-Version: 1.0\0\n"), "NUL"),
        HostileWheel("WHEEL in Latin-1", wheel(wheel=head.format("true").encode() + b"X: \xe4\n")),
        HostileWheel("WHEEL with line ends of Windows", wheel(
            wheel=head.format("true").replace("\n", "\r\n"))),
        HostileWheel("Root-Is-Purelib: maybe", wheel(wheel=head.format("maybe")),
                     "Root-Is-Purelib"),
        HostileWheel("Root-Is-Purelib with an escape", wheel(wheel=head.format("\x1b[2J")),
                     "Root-Is-Purelib"),
        HostileWheel("other tags", wheel(wheel=head.format("true").replace("py3-", "cp39-")),
                     warning="tags in the file name"),
        HostileWheel("a thousand tags", wheel(
            wheel=head.format("true") + "Tag: py3-none-any\n" * 5000)),
    ]  # fmt: skip


def _metadata() -> list[HostileWheel]:
    head = "Metadata-Version: 2.1\nName: app\nVersion: 1.0\n"
    refused = {
        "empty": (b"", "METADATA"),
        "another version": (head.replace("1.0", "2.0"), "names the version `2.0`"),
        "another name": (head.replace("app", "other"), "names the project `other`"),
        "no name": ("Metadata-Version: 2.1\nVersion: 1.0\n", "no field `Name`"),
        "no version": ("Metadata-Version: 2.1\nName: app\n", "no field `Version`"),
        "two names": (head + "Name: other\n", "2 fields `Name`"),
        "two equal names": (head + "Name: app\n", "2 fields `Name`"),
        "two versions": (head + "Version: 2.0\n", "2 fields `Version`"),
        "folded name": (head.replace("Name: app", "Name: app\n .evil"), "several lines"),
        "name that is a path": (head.replace("app", "../app"), "not a valid project name"),
        "name with an escape": (head.replace("app", "app\x1b]0;x\x07"), "not a valid project"),
        "name with a newline of Unicode": (head.replace("app", "app\u2028x"), "not a valid"),
        "version of 5000 digits": (head.replace("1.0", "1." + "1" * 5000), ""),
        "version with an escape": (head.replace("1.0", "1.0\x1b[2J"), "not a valid version"),
        "NUL": (head + "Summary: a\0b\n", "NUL"),
        "fields below the description": ("Metadata-Version: 2.1\n\n" + head, "no field `Name`"),
    }
    accepted = {
        "line ends of Windows": head.replace("\n", "\r\n") + "\r\ntext\r\n",
        "old line ends": head.replace("\n", "\r"),
        "mixed line ends": head.replace("\n", "\r\n", 1) + "Summary: x\r\n",
        "byte order mark": b"\xef\xbb\xbf" + head.encode(),
        "Latin-1": (head + "Author: J").encode() + b"\xf6rg\n",
        "escape in the summary": head + "Summary: \x1b]52;c;ZXZpbA==\x07\x1b[2J\u202e\n",
        "requirements in the description": head + "\nRequires-Dist: evil\n",
        "a million lines of description": head + "\n" + "x\n" * 1_000_000,
        "unknown fields": head + "X-Evil: 1\n" * 2000,
        "other spelling": head.replace("app", "APP"),
        "other form of the version": head.replace("1.0", "1"),
    }
    rows = [
        HostileWheel(f"METADATA: {title}", wheel(metadata=text), verdict or "METADATA")
        for title, (text, verdict) in refused.items()
    ]
    rows += [
        HostileWheel(f"METADATA: {title}", wheel(metadata=text)) for title, text in accepted.items()
    ]
    huge = head + "Summary: x\n" * 999_999
    rows.append(HostileWheel("METADATA: header of 10 MB", wheel(metadata=huge), "its header has"))
    return rows


def _records() -> list[HostileWheel]:
    wrong = hashlib.sha256(b"something else").digest()

    def lines(edit: Callable[[list[str]], list[str]]) -> Callable[[], bytes]:
        return wheel(edit_record=edit)

    def first(**parts: str) -> Callable[[], bytes]:
        def edit(rows: list[str]) -> list[str]:
            path, digest, size = rows[0].rsplit(",", 2)
            columns = {"path": path, "digest": digest, "size": size, **parts}
            return [",".join(columns.values()), *rows[1:]]

        return lines(edit)

    def prefixed(*rows: str) -> Callable[[], bytes]:
        return lines(lambda old: [*rows, *old])

    absent = "but the wheel does not have it"
    content = b"VERSION = '1.0'\n"
    return [
        HostileWheel("RECORD: empty", wheel(record=b""), "RECORD does not list it"),
        HostileWheel("RECORD: no CSV", wheel(record="garbage\n"), "line 1"),
        HostileWheel("RECORD: invalid UTF-8", wheel(record=b"\xff\xfe\n"), "not valid UTF-8"),
        HostileWheel("RECORD: UTF-16", wheel(record="a,,\n".encode("utf-16")), "not valid UTF-8"),
        HostileWheel("RECORD: quote never closed", wheel(record='"app.py,,\n'), "never closed"),
        HostileWheel("RECORD: text behind a quote", wheel(record='"app.py"x,,\n'), "closing quote"),
        HostileWheel("RECORD: four columns", prefixed("a,b,c,d"), "more than three"),
        HostileWheel("RECORD: empty path", prefixed(",,"), "its path is empty"),
        HostileWheel("RECORD: NUL", prefixed("a\0b,sha256=AAAA,1"), absent),
        HostileWheel("RECORD: escape", prefixed("\x1b[2J,sha256=AAAA,1"), absent),
        HostileWheel("RECORD: missing row", lines(lambda rows: rows[1:]), "does not list it"),
        HostileWheel("RECORD: row of a missing file", prefixed("gone.py,sha256=AAAA,1"), absent),
        HostileWheel("RECORD: row that leads outside", prefixed(f"{KEPT},,"), absent),
        HostileWheel("RECORD: absolute row", prefixed("/etc/passwd,,"), absent),
        HostileWheel("RECORD: row of another project", prefixed("pip/__init__.py,,"), absent),
        HostileWheel("RECORD: wrong hash", first(digest=f"sha256={_encoded(wrong)}"),
                     "is not what RECORD says"),
        HostileWheel("RECORD: no hash", first(digest="", size=""), "no hash"),
        HostileWheel("RECORD: md5", first(digest=_named("md5", content)), "not safe"),
        HostileWheel("RECORD: sha1", first(digest=_named("sha1", content)), "not safe"),
        HostileWheel("RECORD: sha512", first(digest=_named("sha512", content))),
        HostileWheel("RECORD: unknown hash", first(digest="crc32=AAAAAA"), "not safe"),
        HostileWheel("RECORD: hash that is none", first(digest="sha256"), "is not a hash"),
        HostileWheel("RECORD: short hash", first(digest="sha256=AAAA"), "not what RECORD says"),
        HostileWheel("RECORD: wrong size", first(size="3"), "RECORD says 3 bytes"),
        HostileWheel("RECORD: negative size", first(size="-1"), "is not a size"),
        HostileWheel("RECORD: size of 5000 digits", first(size="1" * 5000), "is not a size"),
        HostileWheel("RECORD: no size", first(size="")),
        HostileWheel("RECORD: row twice", lines(lambda rows: [rows[0], *rows])),
        HostileWheel("RECORD: row twice, different", lines(
            lambda rows: [rows[0], f"app.py,sha256={_encoded(wrong)},", *rows[1:]]),
            "twice with different hashes"),
        HostileWheel("RECORD: itself with a hash", lines(
            lambda rows: [*rows[:-1], f"{rows[-1][:-2]},sha256={_encoded(wrong)},3"])),
        HostileWheel("RECORD: not itself", lines(lambda rows: rows[:-1])),
        HostileWheel("RECORD: line ends of Windows", lines(
            lambda rows: [f"{row}\r" for row in rows])),
        HostileWheel("RECORD: signature without a row", wheel(
            info_files={"RECORD.jws": "{}"}, edit_record=lambda rows: [
                row for row in rows if "RECORD.jws" not in row])),
        HostileWheel("RECORD: backslash in a row", prefixed("m\\x.py,sha256=AAAA,1"), absent),
        HostileWheel("RECORD: other case in a row", lines(
            lambda rows: [rows[0].upper(), *rows[1:]]), absent),
    ]  # fmt: skip


def _named(algorithm: str, content: bytes) -> str:
    return f"{algorithm}={_encoded(hashlib.new(algorithm, content).digest())}"


def _data_folders() -> list[HostileWheel]:
    part = "would replace part of the environment"
    other = "would pass for another distribution"
    python = f"lib/python3.{sys.version_info[1]}/site-packages"
    refused = {
        "unknown key": ("unknown/x", "none of the data folders"),
        "file in no key": ("x.txt", "none of the data folders"),
        "key in another case": ("Scripts/x", "none of the data folders"),
        "pyvenv.cfg": ("data/pyvenv.cfg", part),
        "pyvenv.cfg in capitals": ("data/PYVENV.CFG", part),
        "interpreter by data": ("data/bin/python3.11", part),
        "interpreter by data for Windows": ("data/Scripts/python.exe", part),
        "activation by data": ("data/bin/activate", part),
        "interpreter by scripts": ("scripts/python", part),
        "Python.EXE by scripts": ("scripts/Python.EXE", part),
        "pip by scripts": ("scripts/pip3.11", part),
        "xpip by scripts": ("scripts/xpip", part),
        "activation by scripts": ("scripts/activate.fish", part),
        "way out of data": ("data/../../x", "leads outside"),
        "way out of scripts": ("scripts/../python", "leads outside"),
        "way out of headers": ("headers/../../../x.h", "leads outside"),
        "absolute below data": ("data//etc/passwd", "shortest form"),
        "dist-info by purelib": ("purelib/evil-1.0.dist-info/METADATA", other),
        "dist-info by platlib": ("platlib/evil-1.0.dist-info/METADATA", other),
        "own dist-info by purelib": (f"purelib/{INFO}/RECORD", other),
        "dist-info by data": (f"data/{python}/evil-1.0.dist-info/METADATA", other),
        "own dist-info by data": (f"data/{python}/{INFO}/RECORD", other),
        "dist-info at the top of data": ("data/evil-1.0.dist-info/METADATA", other),
        "egg-info by purelib": ("purelib/evil.egg-info/PKG-INFO", other),
        "egg-link by data": (f"data/{python}/evil.egg-link", other),
        "transaction folder by data": (f"data/{python}/.xpip-txn/journal", "keeps for itself"),
        "leftover by purelib": ("purelib/~ip/x", "pip leaves behind"),
    }
    accepted = {
        "data": "data/share/app/x.txt",
        "scripts": "scripts/app-tool",
        "headers": "headers/app.h",
        "purelib": "purelib/m/y.py",
        "platlib": "platlib/m/z.py",
        "resembling script": "scripts/python-argcomplete-check",
        "folder below scripts": "scripts/sub/tool",
        "python in another folder": "data/share/python",
    }
    rows = [
        HostileWheel(f"data: {title}", wheel(data={path: "x"}), verdict)
        for title, (path, verdict) in refused.items()
    ]
    rows += [
        HostileWheel(f"data: {title}", wheel(data={path: "x"})) for title, path in accepted.items()
    ]
    return [
        *rows,
        HostileWheel("data: folder of another project", wheel(
            files={"other-1.0.data/scripts/x": "x"}), "of another release"),
        HostileWheel("data: two of one path", wheel(
            files={"m/x.py": "1"}, data={"purelib/m/x.py": "22"}), "are for one place"),
        HostileWheel("data: two of one path, equal", wheel(
            files={"m/x.py": "1"}, data={"purelib/m/x.py": "1"})),
        HostileWheel("data: file and folder", wheel(
            files={"m/x/y.py": "1"}, data={"purelib/m/x": "22"}), "are for one place"),
        HostileWheel("data: one path by two ways", wheel(
            files={"m/x.py": "1"}, data={f"data/{python}/m/x.py": "22"}), "two different files",
            is_kept=True),
    ]  # fmt: skip


def _libraries() -> list[HostileWheel]:
    other = "would pass for another distribution"
    refused = {
        "egg-info of another": ("evil.egg-info/PKG-INFO", other),
        "egg-info of a version": ("pip-99-py3.11.egg-info", other),
        "egg-link": ("evil.egg-link", other),
        "egg": ("evil-1.0-py3.11.egg/EGG-INFO/PKG-INFO", other),
        "transaction folder": (".xpip-txn/journal", "keeps for itself"),
        "lock": (".xpip-lock", "keeps for itself"),
        "leftover of pip": ("~ip-1.0.dist-info/METADATA", ""),
        "leftover folder of pip": ("~ip/__init__.py", "pip leaves behind"),
    }
    accepted = {
        "own egg-info": "app.egg-info/PKG-INFO",
        "pth file": "app.pth",
        "startup file": "sitecustomize.py",
        "name of a standard module": "json.py",
        "hidden file": ".hidden",
    }
    rows = [
        HostileWheel(f"library: {title}", wheel(files={"app.py": "", path: "x"}),
                     verdict or "dist-info folders")
        for title, (path, verdict) in refused.items()
    ]  # fmt: skip
    text = "Name: app\nVersion: 1.0\n"
    return rows + [
        HostileWheel(f"library: {title}", wheel(files={"app.py": "", path: text}))
        for title, path in accepted.items()
    ]


def _scripts() -> list[HostileWheel]:
    names = {
        "": "is not a file name",
        ".": "is not a file name",
        "..": "is not a file name",
        "...": "is not a file name",
        "../../x": "is a path",
        "/abs": "is a path",
        "a/b": "is a path",
        "@s/../x": "is a path",
        "a\\b": "is a path",
        "C:x": "is a path",
        "~x": "is not a file name",
        "x" * 300: "longer than",
        "a\x1b[2Jb": "cannot be seen",
        "a\0b": "cannot be seen",
        "a\u202eb": "cannot be seen",
        "a|b": "is a path or has",
        'a"b': "is a path or has",
        "a<b": "is a path or has",
        "python": "would replace",
        "Python3": "would replace",
        "python3.13t": "would replace",
        "pythonw.exe": "would replace",
        "pypy3": "would replace",
        "activate": "would replace",
        "deactivate.bat": "would replace",
        "pip": "would replace",
        "PIP3.11": "would replace",
        "xpip": "would replace",
    }
    rows = [
        HostileWheel(f"script: {ascii(name)[:40]}", wheel(
            entry_points=f"[{group}]\n{name} = app:main\n"), verdict)
        for group in ("console_scripts",)
        for name, verdict in names.items()
    ]  # fmt: skip
    accepted = ("ok", "with blank", "with-hyphen", "ünïcode", "a$(touch x)b", "x;y", "x.py", "pipx")
    rows += [
        HostileWheel(f"script: {name!a}, accepted", wheel(
            entry_points={"console_scripts": {name: "app:main"}}))
        for name in accepted
    ]  # fmt: skip
    objects = ("m:x;import os", "m", "m:", ":x", "m:x()", "m:x y", "os.system('x'):y", "m:1x",
               "m-n:x", "m:x\\ny", "m:x #")  # fmt: skip
    rows += [
        HostileWheel(f"script object: {value}", wheel(
            entry_points=f"[console_scripts]\nrun = {value}\n"), "module:object")
        for value in objects
    ]  # fmt: skip
    rows.append(HostileWheel("script object: extras", wheel(
        entry_points="[console_scripts]\nrun = app : main [extra]\n")))  # fmt: skip
    rows.append(HostileWheel("script object: name in GUI scripts", wheel(
        entry_points="[gui_scripts]\n../x = app:main\n"), "is a path"))  # fmt: skip
    return rows


def _entry_point_files() -> list[HostileWheel]:
    texts: dict[str, tuple[str | bytes, str]] = {
        "invalid UTF-8": (b"[console_scripts]\nx = \xff:f\n", "not valid UTF-8"),
        "section twice": ("[a]\nx = y\n[a]\n", "again"),
        "name twice": ("[a]\nx = y\nx = z\n", "again"),
        "no equals sign": ("[console_scripts]\njust words\n", "no `=`"),
        "before any section": ("x = y\n", "before the first section"),
        "escape in a name": ("[a]\n\x1b[2J\n", "no `=`"),
        "no script": ("[other]\nx = anything at all; even this\n", ""),
        "only comments": ("# nothing\n; here\n", ""),
        "10,000 scripts of one module": (
            "[other]\n" + "".join(f"n{number} = m:f\n" for number in range(10_000)), ""),
    }  # fmt: skip
    return [
        HostileWheel(f"entry_points.txt: {title}", wheel(entry_points=text), verdict)
        for title, (text, verdict) in texts.items()
    ]


def _file_names() -> list[HostileWheel]:
    good = wheel()
    none = "is not"
    return [
        HostileWheel("file name: other case", good, filename="App-1.0-py3-none-any.whl"),
        HostileWheel("file name: other form of the version", good,
                     filename="app-1-py3-none-any.whl"),
        HostileWheel("file name: build tag", good, filename="app-1.0-7x-py3-none-any.whl"),
        HostileWheel("file name: another project", good, "another",
                     "other-1.0-py3-none-any.whl"),
        HostileWheel("file name: another version", good, "of another release",
                     "app-2.0-py3-none-any.whl"),
        HostileWheel("file name: too few parts", good, none, "app-1.0-any.whl"),
        HostileWheel("file name: build tag without a number", good, none,
                     "app-1.0-x-py3-none-any.whl"),
        HostileWheel("file name: not a version", good, none, "app-one_~-py3-none-any.whl"),
    ]  # fmt: skip


def local_versions() -> list[HostileWheel]:
    """Return wheels with a `+` in their version, which URLs and indexes write in several ways."""
    build = WheelBuilder("app", "1.0+cpu.1").bytes
    return [
        HostileWheel("local version", build, filename="app-1.0+cpu.1-py3-none-any.whl"),
        HostileWheel("local version, escaped", build, filename="app-1.0%2Bcpu.1-py3-none-any.whl"),
    ]
