"""Archives that two readers could understand differently are refused, whatever the difference."""

import io
import zipfile

import pytest

from tests.kit.wheels import Entry, WheelBuilder, ZipBuilder
from xpip.errors import IntegrityError
from xpip.formats.wheel_archive import (
    Limits,
    NeedMore,
    check_descriptor,
    check_local_header,
    check_names,
    parse_directory,
)


def parsed(data: bytes, **options):
    return parse_directory(data, len(data), "app.whl", **options)


def read_all(data: bytes) -> None:
    entries = parsed(data)
    check_names(entries, "app.whl")
    for entry in entries:
        span = data[entry.header_offset : entry.end]
        start = check_local_header(span, entry, "app.whl")
        check_descriptor(span[start + entry.compressed_size :], entry, "app.whl")


def refused(data: bytes, *fragments: str) -> None:
    """Refused by the directory, the names, or the header of some entry."""
    with pytest.raises(IntegrityError) as caught:
        read_all(data)
    assert "app.whl" in caught.value.summary
    assert caught.value.summary.isprintable()
    for fragment in fragments:
        assert fragment in caught.value.summary


def archive(*entries: Entry, **options) -> bytes:
    return ZipBuilder(list(entries), **options).bytes()


def test_entries_are_those_that_zipfile_sees():
    data = WheelBuilder("app", "1.0", {"app/a.py": "a", "app/ü.py": "u" * 900}, folders=["app"],
                        modes={"app/a.py": 0o755}).bytes()  # fmt: skip
    entries = parsed(data)
    with zipfile.ZipFile(io.BytesIO(data)) as reference:
        for entry, info in zip(entries, reference.infolist(), strict=True):
            assert (entry.name, entry.size, entry.compressed_size, entry.crc, entry.header_offset) == (
                info.filename, info.file_size, info.compress_size, info.CRC, info.header_offset,
            )  # fmt: skip
            assert entry.is_folder() == info.is_dir()
            assert entry.is_executable() == (info.filename == "app/a.py")
    assert check_names(entries, "app.whl") == (entries, ())


@pytest.mark.parametrize("options", [{"descriptor": True}, {"zip64": True}, {"method": 0}])
@pytest.mark.parametrize("zip64_end", [False, True])
@pytest.mark.parametrize("comment", [b"", b"a comment"])
def test_every_sound_way_to_write_an_archive_is_read(options, zip64_end, comment):
    data = archive(
        Entry("a", b"x" * 100, **options), Entry("b"), zip64_end=zip64_end, comment=comment
    )
    first, second = parsed(data)
    assert (first.name, first.size, second.name) == ("a", 100, "b")
    for entry in (first, second):
        span = data[entry.header_offset : entry.end]
        start = check_local_header(span, entry)
        check_descriptor(span[start + entry.compressed_size :], entry)


def test_a_name_without_the_flag_for_unicode_is_code_page_437():
    assert parsed(archive(Entry("ä".encode("cp437"))))[0].name == "ä"


@pytest.mark.parametrize("kept", [10, 21, 22, 60, 99])
def test_more_bytes_are_asked_for_when_the_directory_starts_earlier(kept):
    """A remote wheel is read from its end; what is asked for then is enough."""
    data = archive(Entry("a", b"x" * 5000, method=0), zip64_end=True)
    starts = [len(data) - kept]
    entries = ()
    while not entries:
        try:
            entries = parse_directory(data[starts[-1] :], len(data))
        except NeedMore as request:
            starts.append(request.start)
    assert len(starts) <= 4
    assert starts == sorted(set(starts), reverse=True)
    assert [entry.name for entry in entries] == ["a"]


def test_an_empty_archive_has_no_entries():
    assert parsed(archive()) == ()


GOOD = Entry("a.py", b"good")


@pytest.mark.parametrize(
    ("data", "fragment"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><html>log in</html>", "looks like HTML"),
        (b"\n <html>", "looks like HTML"),
        (b"not a zip at all", "not a zip archive"),
        (archive(GOOD)[: -len(archive(GOOD)) // 3], "cut off"),
        (archive(GOOD)[:-5], "cut off"),
        (archive(GOOD, suffix=b"TRAIL"), "behind its end"),
        (archive(GOOD, prefix=b"#!/bin/sh\n"), "not where its end record says"),
        (archive(GOOD, prefix=b"#!/bin/sh\n", shift_offsets=True), "before its first entry"),
        (archive(GOOD, before_directory=b"hidden"), "belong to no entry"),
        (archive(GOOD, after_directory=b"hidden"), "not where its end record says"),
        (archive(GOOD, Entry("b", gap=b"hidden")), "belong to no entry"),
        (archive(GOOD, Entry("b", central=False), Entry("c")), "belong to no entry"),
        (archive(GOOD, end_entries=2), "fewer entries"),
        (archive(GOOD, Entry("b"), end_entries=1), "more entries"),
        (archive(GOOD, end_size=1), "not where its end record says"),
        (archive(GOOD, end_offset=3), "not where its end record says"),
        (archive(GOOD, end_disk=1), "split"),
        (archive(GOOD, zip64_end=True, zip64_entries=2, end_entries=1), "disagree"),
        (archive(GOOD, zip64_end=True, zip64_offset=1), "not where"),
        (archive(GOOD, zip64_end=True, locator_offset=1), "locator"),
        (archive(Entry("a.py", b"good", zip64=True, zip64_size=3)), "other sizes"),
        (archive(Entry("a.py", b"good", local_name="b.py")), "another name"),
        (archive(Entry("a.py", b"good", local_method=0)), "another method"),
        (archive(Entry("a.py", b"good", local_size=3)), "other sizes"),
        (archive(Entry("a.py", b"good", local_crc=3)), "other sizes"),
        (archive(Entry("a.py", b"good", local_flags=8)), "other flags"),
        (archive(GOOD, Entry("b.py", b"b", local=False, header_offset=0)), "overlap"),
        (archive(Entry("a.py", b"good", compressed_size=400)), "overlap"),
        (archive(Entry("a.py", b"good", method=0, size=2)), "two sizes"),
        (archive(Entry("a.py", b"good", method=0, descriptor=True)), "from the front"),
        (archive(Entry("a.py", b"good", flags=1)), "encrypted"),
        (archive(Entry("a.py", b"good", flags=0x2000)), "encrypted"),
        (archive(Entry("a.py", b"good", method=14)), "`lzma`"),
        (archive(Entry("a.py", b"good", method=12)), "`bzip2`"),
        (archive(Entry("a.py", b"good", method=77)), "`number 77`"),
        (archive(Entry("a/", b"content")), "folder with content"),
        (archive(Entry(b"\xff", flags=0x800)), "not valid UTF-8"),
        (archive(Entry(b"")), "without a name"),
        (archive(Entry("a.py", extra=b"\x75\x70\x06\x00\x01\0\0\0\0b")), "second, different name"),
        (archive(Entry("a.py", extra=b"\x99\x99\xff\x00")), "extra field is damaged"),
        (archive(GOOD, comment=archive(GOOD)), "two ends"),
    ],
)
def test_what_readers_could_disagree_about_is_refused(data, fragment):
    refused(data, fragment)


def test_a_comment_that_holds_an_end_is_refused():
    refused(archive(GOOD, comment=archive()), "two ends")


@pytest.mark.parametrize(
    ("name", "fragment"),
    [
        ("../escaped.py", "leads outside"),
        ("m/../../escaped.py", "leads outside"),
        ("/tmp/escaped.py", "absolute"),
        ("m//x.py", "shortest form"),
        ("m/./x.py", "shortest form"),
        ("./x.py", "shortest form"),
        ("m\\..\\x.py", "backslash"),
        ("C:/x.py", "colon"),
        ("m/x.py:stream", "colon"),
        ("m/x\0.py", "cannot be seen"),
        ("m/x\n.py", "cannot be seen"),
        ("m/x\x1b[2J.py", "cannot be seen"),
        ("m/x\u202egnp.py", "cannot be seen"),
        ("m/x\u2028.py", "cannot be seen"),
        ("m/x.", "dot or blank"),
        ("m/x ", "dot or blank"),
        ("m/.. /x", "dot or blank"),
        ("m/.../x", "dot or blank"),
        ("m/" + "x" * 300, "300 bytes"),
        ("m/" * 2500 + "x", "5001 bytes"),
        ("m/" * 101 + "x", "102 parts"),
        ("m/" + "ä" * 128, "256 bytes"),
    ],
)
def test_names_that_some_system_reads_differently_are_refused(name, fragment):
    refused(archive(GOOD, Entry(name, b"x")), fragment)


@pytest.mark.parametrize(
    "name", ["m/ä ö.py", "m/…/x", "m/..x", "m/\u00a0.txt", "m/日本.py", "-", "m/[x]~$.py"]
)
def test_unusual_names_that_every_system_reads_alike_are_accepted(name):
    assert check_names(parsed(archive(Entry(name))))[0][0].name == name


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("m/Foo.py", "m/foo.py"),
        ("m/é.py", "m/e\u0301.py"),
        ("m/straße", "m/STRASSE"),
        ("m/x.py", "m/x.py"),
    ],
)
def test_names_that_file_systems_fold_together_need_equal_content(first, second):
    refused(archive(Entry(first, b"one"), Entry(second, b"two")), "different content")
    entries = parsed(archive(Entry(first, b"one"), Entry(second, b"one")))
    kept, warnings = check_names(entries, "app.whl")
    assert len(kept) == (1 if first == second else 2)
    assert len(warnings) == 1


@pytest.mark.parametrize(
    "entries",
    [
        (Entry("m/x", b"1"), Entry("m/x/y.py")),
        (Entry("m/x/y.py"), Entry("m/X", b"1")),
        (Entry("m/x/y/z.py"), Entry("m/x", b"1")),
        (Entry("m/l", b"..", mode=0o120777), Entry("m/l/z.py")),
        (Entry("m/é/y.py"), Entry("m/e\u0301", b"1")),
    ],
)
def test_a_path_that_is_file_and_folder_is_refused(entries):
    refused(archive(*entries), "a file and a folder at once")


@pytest.mark.parametrize("mode", [0o120777, 0o010644, 0o060644, 0o104755, 0o102755])
def test_special_modes_are_told_and_never_executable_unless_regular(mode):
    entries, warnings = check_names(parsed(archive(Entry("a.py", b"x", mode=mode))), "app.whl")
    assert len(warnings) == 1
    assert entries[0].is_executable() == (mode & 0o170000 == 0o100000)


def test_limits_stop_bombs_before_anything_is_inflated():
    small = Limits(entries=2, ratio=2, never_too_large=100)
    with pytest.raises(IntegrityError, match="3 entries"):
        parsed(archive(*(Entry(f"{number}") for number in range(3))), limits=small)
    bomb = archive(Entry("zeros", b"\0" * 100_000))
    with pytest.raises(IntegrityError, match="100000 bytes"):
        parsed(bomb, limits=small)
    assert parsed(bomb)[0].size == 100_000
