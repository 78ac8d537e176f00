"""Source archives that try to get out, to mislead or to blow up, each with its verdict.

Everything is written byte by byte, because no ordinary writer would make these.
"""

import gzip
import io
import tarfile
import zipfile
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

TOP = "demo-1.0"
OUTSIDE = "OUTSIDE"
"""Stands for a folder of the test that nothing may change; replaced by its path."""
SMALL_LIMITS = ("many members", "bomb", "zip: bomb")
"""Titles of what is too large for the small limits of a unit test only."""


class HostileSdist(NamedTuple):
    """One archive."""

    title: str
    filename: str
    data: bytes
    verdict: str
    """Part of the error; empty when it must be unpacked without harm."""


def header(name: str | bytes, kind: bytes = b"0", size: int = 0, **fields: bytes) -> bytes:
    """Return a ustar header with a right checksum, whatever is in it."""
    raw = name.encode() if isinstance(name, str) else name
    block = bytearray(512)
    block[: len(raw)] = raw
    block[100:108] = fields.get("mode", b"0000644\0")
    block[108:116] = block[116:124] = b"0000000\0"
    block[124:136] = fields.get("octal", b"%011o\0" % size)
    block[136:148] = b"%011o\0" % 1_000_000_000
    block[156:157] = kind
    target = fields.get("target", b"")
    block[157 : 157 + len(target)] = target
    magic = fields.get("magic", b"ustar\00000")
    block[257 : 257 + len(magic)] = magic
    prefix = fields.get("prefix", b"")
    block[345 : 345 + len(prefix)] = prefix
    block[148:156] = b" " * 8
    block[148:156] = fields.get("checksum", b"%06o\0 " % sum(block))
    return bytes(block)


def padded(data: bytes) -> bytes:
    """Return content as it stands in a tar file."""
    return data + bytes(-len(data) % 512)


def file(name: str | bytes, data: bytes = b"x", **fields: bytes) -> bytes:
    """Return a regular file."""
    return header(name, b"0", len(data), **fields) + padded(data)


def link(name: str, target: str, kind: bytes = b"2") -> bytes:
    """Return a symlink, or with `1` a hard link."""
    return header(name, kind, target=target.encode())


def pax(*records: tuple[str, str], kind: bytes = b"x") -> bytes:
    """Return an extended header."""
    data = b"".join(map(_record, records))
    return header("PaxHeaders/x", kind, len(data)) + padded(data)


def long_name(name: str, kind: bytes = b"L") -> bytes:
    """Return a long name in the way of GNU."""
    data = name.encode() + b"\0"
    return header("././@LongLink", kind, len(data), magic=b"ustar  \0") + padded(data)


def tar(*parts: bytes, end: bytes = bytes(1024)) -> bytes:
    """Return a gzipped tar file."""
    return gzip.compress(b"".join(parts) + end, mtime=0)


def _record(record: tuple[str, str]) -> bytes:
    body = f" {record[0]}={record[1]}\n".encode()
    length = len(body) + 1
    while len(str(length)) + len(body) != length:
        length = len(str(length)) + len(body)
    return str(length).encode() + body


def _zip(*entries: tuple[str, bytes, int]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content, mode in entries:
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return data.getvalue()


def hostile_sdists(
    outside: str, project: Mapping[str, bytes] = MappingProxyType({"PKG-INFO": b"x"})
) -> list[HostileSdist]:
    """Return all of them.

    Args:
        outside: A folder that none of them may change or read.
        project: What each of them has beside what is wrong with it; `PKG-INFO` is among it.
    """
    good = b"".join(file(f"{TOP}/{path}", data) for path, data in project.items())
    members = [(f"{TOP}/{path}", data, 0o100644) for path, data in project.items()]
    found = [
        *_tars(outside, good),
        *_headers(good),
        *_whole_files(good),
        *_zips(outside, members),
    ]
    return [HostileSdist(*row) for row in found]


def zeros_sdist(project: Mapping[str, bytes], size: int) -> bytes:
    """Return a small archive with so many zero bytes, a multiple of 16 MiB, in it."""
    zeros = bytes(16 << 20)
    count = size // len(zeros)
    parts = [header(f"{TOP}/zeros{n}", b"0", len(zeros)) + zeros for n in range(count)]
    return _packed_fast(project, *parts)


def crowded_sdist(project: Mapping[str, bytes], count: int) -> bytes:
    """Return an archive with so many empty files in it."""
    return _packed_fast(project, *(header(f"{TOP}/{number}") for number in range(count)))


def _packed_fast(project: Mapping[str, bytes], *parts: bytes) -> bytes:
    good = (file(f"{TOP}/{path}", data) for path, data in project.items())
    return gzip.compress(b"".join((*good, *parts, bytes(1024))), 1, mtime=0)


def _tars(outside: str, good: bytes) -> list[tuple[str, str, bytes, str]]:
    name = f"{TOP}.tar.gz"
    circle = link(f"{TOP}/a", "b") + link(f"{TOP}/b", "a")
    long_chain = b"".join(link(f"{TOP}/l{n}", f"l{n + 1}/..") for n in range(50))
    cases = [
        ("parent in a name", file("../escaped.py"), "leads outside"),
        ("parent inside a name", file(f"{TOP}/a/../../../escaped.py"), "leads outside"),
        ("absolute name", file(f"{outside}/escaped.py"), "absolute"),
        ("absolute after dot", file(f".//{outside}/escaped.py"), "absolute"),
        ("link to the parent of the root", link(f"{TOP}/l", "../.."), "leads outside"),
        ("link out of the top folder", link(f"{TOP}/l", "../other"), "leads outside"),
        ("absolute link", link(f"{TOP}/l", outside), "leads outside"),
        ("write through a link",
         link(f"{TOP}/l", outside) + file(f"{TOP}/l/escaped.py"), "behind the link"),
        ("write through a harmless link",
         file(f"{TOP}/d/x") + link(f"{TOP}/l", "d") + file(f"{TOP}/l/y"), "behind the link"),
        ("link in place of a folder",
         file(f"{TOP}/d/x") + link(f"{TOP}/d", outside), "file and a folder"),
        ("folder in place of a link",
         link(f"{TOP}/d", outside) + header(f"{TOP}/d/", b"5", mode=b"0000777\0"),
         "file and a folder"),
        ("file in place of a link", link(f"{TOP}/d", outside) + file(f"{TOP}/d"), "not the same"),
        ("two links that leave together",
         link(f"{TOP}/here", ".") + link(f"{TOP}/up", "here/../.."), "leads outside"),
        ("a chain of links", file(f"{TOP}/l50/x") + long_chain + link(f"{TOP}/o", "l0/../../.."),
         "leads outside"),
        ("links in a circle", circle, "circle"),
        ("hard link outside", link(f"{TOP}/h", "/etc/hostname", b"1"), "no file before it"),
        ("hard link upwards", link(f"{TOP}/h", "../../etc/hostname", b"1"), "no file before it"),
        ("hard link to itself", link(f"{TOP}/h", f"{TOP}/h", b"1"), "no file before it"),
        ("hard link to a symlink",
         link(f"{TOP}/l", "PKG-INFO") + link(f"{TOP}/h", f"{TOP}/l", b"1"), "no file before it"),
        ("hard link with content",
         header(f"{TOP}/h", b"1", 1, target=f"{TOP}/PKG-INFO".encode()) + padded(b"x"),
         "hardlink with content"),
        ("character device", header(f"{TOP}/dev", b"3"), "is a device"),
        ("block device", header(f"{TOP}/dev", b"4"), "is a device"),
        ("FIFO", header(f"{TOP}/fifo", b"6"), "is a FIFO"),
        ("sparse file", header(f"{TOP}/s", b"S"), "is a sparse file"),
        ("unknown kind", header(f"{TOP}/s", b"Z"), "of an unknown kind"),
        ("folder with content", header(f"{TOP}/d", b"5", 1) + padded(b"x"), "folder with content"),
        ("twice with other content", file(f"{TOP}/PKG-INFO", b"y"), "twice with different content"),
        ("twice the same", good, ""),
        ("file and folder", file(f"{TOP}/PKG-INFO/x"), "file and a folder"),
        ("folder and file", file(f"{TOP}/d/x") + file(f"{TOP}/d"), "file and a folder"),
        ("two tops", file("other/x"), "one folder at its top"),
        ("file at the top", file("setup.py"), "one folder at its top"),
        ("macOS leftovers", file("._demo-1.0") + file("__MACOSX/x"), ""),
        ("control character", file(f"{TOP}/a\nb"), "cannot be seen"),
        ("escape sequence", file(f"{TOP}/a\x1b[2J"), "cannot be seen"),
        ("bidirectional text", file(f"{TOP}/a\u202eb"), "cannot be seen"),
        ("backslash", file(f"{TOP}/a\\..\\b"), "backslash"),
        ("drive", file("C:/x"), "drive"),
        ("not UTF-8", file(f"{TOP}/".encode() + b"\xff"), "not valid UTF-8"),
        ("long part", long_name(f"{TOP}/{'x' * 300}") + file("x"), "more than 255 bytes"),
        ("long path", long_name(f"{TOP}/{'x/' * 1100}y") + file("x"), "more than 2048 bytes"),
        ("set-user bit", file(f"{TOP}/run", mode=b"0006777\0"), ""),
        ("good link", link(f"{TOP}/l", "PKG-INFO") + link(f"{TOP}/m", "l"), ""),
        ("good hard link", link(f"{TOP}/h", f"{TOP}/PKG-INFO", b"1"), ""),
    ]  # fmt: skip
    return [(title, name, tar(good, part), verdict) for title, part, verdict in cases]


def _headers(good: bytes) -> list[tuple[str, str, bytes, str]]:
    name = f"{TOP}.tar.gz"
    inner = file(f"{TOP}/setup.py", b"evil")
    cases = [
        ("PAX size hides members",
         pax(("size", str(len(inner)))) + header(f"{TOP}/data", b"0", 0) + inner, "disagree"),
        ("PAX size that agrees", pax(("size", "1")) + file(f"{TOP}/data"), ""),
        ("PAX size that is no number", pax(("size", "0x1")) + file(f"{TOP}/d"), "no number"),
        ("PAX path leads outside", pax(("path", "../../x")) + file(f"{TOP}/d"), "leads outside"),
        ("PAX path and GNU name", long_name(f"{TOP}/a") + pax(("path", f"{TOP}/b"))
         + file("x"), "also called"),
        ("two PAX paths", pax(("path", f"{TOP}/a"), ("path", f"{TOP}/b")) + file("x"),
         "no clear `path`"),
        ("two PAX headers", pax(("path", f"{TOP}/a")) + pax(("path", f"{TOP}/b")) + file("x"),
         "two headers"),
        ("two GNU names", long_name(f"{TOP}/a") + long_name(f"{TOP}/b") + file("x"),
         "two long names"),
        ("global PAX path", pax(("path", f"{TOP}/a"), kind=b"g") + file(f"{TOP}/x"),
         "for all its members"),
        ("global PAX comment", pax(("comment", "a" * 40), kind=b"g") + file(f"{TOP}/x"), ""),
        ("PAX sparse", pax(("GNU.sparse.major", "1")) + file(f"{TOP}/x"), "sparse"),
        ("damaged PAX record", header("p", b"x", 9) + padded(b"99 path=x") + file(f"{TOP}/x"),
         "PAX header of it is damaged"),
        ("PAX link leads outside", pax(("linkpath", "/etc/passwd")) + link(f"{TOP}/l", "PKG-INFO"),
         "leads outside"),
        ("NUL in a PAX path", pax(("path", f"{TOP}/a\0b")) + file("x"), "cannot be seen"),
        ("prefix of an old header", file("x", magic=b"ustar  \0", prefix=b"../../up"),
         "unknown kind"),
        ("prefix leads outside", file("x", prefix=b"../up"), "leads outside"),
        ("wrong checksum", file(f"{TOP}/x", checksum=b"000001\0 "), "damaged"),
        ("negative size", header(f"{TOP}/x", b"0", octal=b"\xff" * 12), "out of range"),
        ("size that is no number", header(f"{TOP}/x", b"0", octal=b"99999999999\0"), "damaged"),
        ("huge size", header(f"{TOP}/x", b"0", octal=b"77777777777\0"), "cut off"),
    ]  # fmt: skip
    return [(title, name, tar(good, part), verdict) for title, part, verdict in cases]


def _whole_files(good: bytes) -> list[tuple[str, str, bytes, str]]:
    name = f"{TOP}.tar.gz"
    whole = tar(good)
    plain = good + bytes(1024)
    many = b"".join(header(f"{TOP}/{number}") for number in range(300))
    return [
        ("empty file", name, b"", "empty"),
        ("HTML", name, b"<!DOCTYPE html><p>log in", "web page"),
        ("no gzip", name, b"nothing of the kind" * 40, "not a gzip file"),
        ("tar without gzip", name, plain, "not a gzip file, but one of tar"),
        ("zip called tar.gz", name, _zip((f"{TOP}/x", b"x", 0o100644)), "but one of zip"),
        ("tar.gz called zip", f"{TOP}.zip", whole, "not a zip file"),
        ("cut off", name, whole[: len(whole) * 2 // 3], "cut off"),
        ("damaged", name, whole[:20] + b"\0\0\0\0" + whole[24:], "damaged"),
        ("zip behind the end", name, whole + _zip((f"{TOP}/x", b"evil", 0o100644)), "damaged"),
        ("members behind the end", name, tar(good, end=bytes(1024) + file(f"{TOP}/evil")),
         "bytes behind its end"),
        ("a second archive", name, whole + tar(file(f"{TOP}/evil")), "bytes behind its end"),
        ("no members", name, tar(), "it is empty"),
        ("no end", name, tar(good, end=b""), ""),
        ("ends inside a header", name, tar(good, end=b"\0" * 100), "cut off"),
        ("many members", name, tar(good, many), "more than 200 members"),
        ("bomb", name, tar(header(f"{TOP}/zeros", b"0", 8 << 20), bytes(8 << 20)),
         "bytes allowed"),
    ]  # fmt: skip


def _zips(outside: str, good: list[tuple[str, bytes, int]]) -> list[tuple[str, str, bytes, str]]:
    name = f"{TOP}.zip"
    whole = _zip(*good)
    return [
        ("zip: good", name, whole, ""),
        ("zip: parent in a name", name, _zip(*good, ("../x", b"", 0)), "leads outside"),
        ("zip: absolute name", name, _zip(*good, (f"{outside}/x", b"", 0)), "absolute"),
        ("zip: link outside", name, _zip(*good, (f"{TOP}/l", outside.encode(), 0o120777)),
         "leads outside"),
        ("zip: write through a link", name,
         _zip(*good, (f"{TOP}/l", b"..", 0o120777), (f"{TOP}/l/x", b"", 0)), "behind the link"),
        ("zip: good link", name, _zip(*good, (f"{TOP}/l", b"PKG-INFO", 0o120777)), ""),
        ("zip: FIFO", name, _zip(*good, (f"{TOP}/f", b"", 0o010644)), "no file, folder or link"),
        ("zip: set-user bit", name, _zip(*good, (f"{TOP}/s", b"", 0o106755)), ""),
        ("zip: trailing bytes", name, whole + b"TRAIL", "bytes behind its end"),
        ("zip: leading bytes", name, b"PK\x03\x04" + whole, "source archive"),
        ("zip: two tops", name, _zip(*good, ("other/x", b"", 0)), "one folder at its top"),
        ("zip: cut off", name, whole[:-30], "no end record"),
        ("zip: bomb", name, _zip((f"{TOP}/zeros", bytes(8 << 20), 0)), "bytes"),
    ]  # fmt: skip


def good_sdist(files: dict[str, bytes], top: str = TOP) -> bytes:
    """Return an ordinary gzipped archive, as setuptools makes it."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz", format=tarfile.PAX_FORMAT) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(f"{top}/{name}")
            info.size = len(content)
            info.mtime = 1_500_000_000
            archive.addfile(info, io.BytesIO(content))
    return data.getvalue()
