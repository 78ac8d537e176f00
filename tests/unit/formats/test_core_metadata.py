"""Reading METADATA."""

import email
import time

import pytest

from xpip.errors import IntegrityError
from xpip.formats.core_metadata import parse_core_metadata, parse_headers

ORDINARY = b"""\
Metadata-Version: 2.1
Name: Flask.Ext
Version: 3.0.1
Summary: A thing
Requires-Python: >=3.8
Requires-Dist: Werkzeug >=3.0.0
Requires-Dist: asgiref >=3.2 ; extra == 'async'
Provides-Extra: async
Provides-Extra: Dot_Env
Description-Content-Type: text/x-rst

Requires-Dist: evil
"""


def test_the_fields_that_resolving_uses_are_read():
    metadata = parse_core_metadata(ORDINARY)
    assert metadata.name == "Flask.Ext"
    assert metadata.version == "3.0.1"
    assert metadata.requires_dist == ("Werkzeug >=3.0.0", "asgiref >=3.2 ; extra == 'async'")
    assert metadata.requires_python == ">=3.8"
    assert metadata.provides_extra == ("async", "dot-env")
    assert metadata.metadata_version == "2.1"


def test_a_description_says_nothing_about_dependencies():
    assert "evil" not in parse_core_metadata(ORDINARY).requires_dist


@pytest.mark.parametrize("line_end", [b"\r\n", b"\r", b"\n"])
def test_every_kind_of_line_end_is_read(line_end):
    assert parse_core_metadata(ORDINARY.replace(b"\n", line_end)) == parse_core_metadata(ORDINARY)


def test_a_byte_order_mark_is_skipped():
    assert parse_core_metadata(b"\xef\xbb\xbf" + ORDINARY).name == "Flask.Ext"


def test_field_names_are_read_in_any_case():
    metadata = parse_core_metadata(b"NAME: a\nversion: 1\nREQUIRES-DIST: b\n")
    assert (metadata.name, metadata.version, metadata.requires_dist) == ("a", "1", ("b",))


def test_a_folded_requirement_is_one_requirement():
    data = (
        b"Name: a\nVersion: 1\nRequires-Dist: b (>=1)\n   ; python_version\n\t< '3'\nSummary: x\n"
    )
    assert parse_core_metadata(data).requires_dist == ("b (>=1) ; python_version < '3'",)


def test_bytes_that_are_not_utf8_are_replaced():
    data = b"Name: a\nVersion: 1\nAuthor: Andr\xe9\nRequires-Dist: b\n"
    assert parse_core_metadata(data).requires_dist == ("b",)
    assert parse_headers(data)["author"] == ["Andr\ufffd"]


def test_extras_that_normalise_alike_are_one():
    data = b"Name: a\nVersion: 1\nProvides-Extra: a.b\nProvides-Extra: A-B\n"
    assert parse_core_metadata(data).provides_extra == ("a-b",)


def test_what_follows_a_line_without_a_colon_is_no_field_just_as_for_pip():
    data = b"Name: a\nVersion: 1\nRequires-Dist: b\nno field here\nRequires-Dist: c\n"
    assert parse_core_metadata(data).requires_dist == ("b",)
    assert email.message_from_bytes(data).get_all("Requires-Dist") == ["b"]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "it has no field `Name`"),
        (b"Name: a\n", "it has no field `Version`"),
        (b"\nName: a\nVersion: 1\n", "it has no field `Name`"),
        (b"Name: a\nName: a\nVersion: 1\n", "it has 2 fields `Name`, only one is allowed"),
        (b"Name: a\nVersion: 1\nversion: 2\n", "it has 2 fields `Version`, only one is allowed"),
        (b"Name: a\n b\nVersion: 1\n", "its field `Name` runs over several lines"),
        (b"Name: a\nVersion: 1\n 2\n", "its field `Version` runs over several lines"),
        (b"Name: a\0\nVersion: 1\n", "its header holds a NUL character"),
        (
            b"Name: \x1b]0;x\x07\nVersion: 1\n",
            r"its name '\x1b]0;x\x07' is not a valid project name",
        ),
        (b"Name: ../a\nVersion: 1\n", "its name '../a' is not a valid project name"),
        (b"Name: a\nVersion: ../1\n", "its version '../1' is not a valid version"),
        (b"Name: a\nVersion:\n", "its version '' is not a valid version"),
        (b"<html>\n<body>not metadata\n", "it has no field `Name`"),
    ],
)
def test_a_file_that_does_not_say_exactly_once_whom_it_describes_is_refused(data, problem):
    with pytest.raises(IntegrityError) as caught:
        parse_core_metadata(data, "a-1-py3-none-any.whl")
    assert caught.value.summary == "core metadata in `a-1-py3-none-any.whl` cannot be used"
    assert caught.value.details == (problem,)


def test_a_nul_in_the_description_does_no_harm():
    assert parse_core_metadata(b"Name: a\nVersion: 1\n\n\0").name == "a"


def test_sizes_are_limited():
    with pytest.raises(IntegrityError):
        parse_core_metadata(b"Name: a\nVersion: 1\nSummary: " + b"x" * (5 * 1024 * 1024))
    with pytest.raises(IntegrityError):
        parse_core_metadata(b"Name: a\nVersion: 1\n\n" + b"x" * (33 * 1024 * 1024))


@pytest.mark.parametrize("unit", [b"\n x", b"a:\n", b"a: b\n c\n", b":\n", b" \n"])
def test_hostile_headers_take_linear_time(unit):
    data = b"Name: a\nVersion: 1\nX: y" + unit * (2 * 1024 * 1024 // len(unit))
    started = time.perf_counter()
    try:
        parse_core_metadata(data)
    except IntegrityError:
        pass
    assert time.perf_counter() - started < 5


def test_all_fields_can_be_shown():
    headers = parse_headers(
        b"Name: a\nVersion: 1\nClassifier: x\nClassifier: y\nLicense: MIT\n  and more\n\nBody\r\ntext\n"
    )
    assert headers["classifier"] == ["x", "y"]
    assert headers["license"] == ["MIT\nand more"]
    assert headers["description"] == ["Body\ntext\n"]


@pytest.mark.parametrize("prefix", [b"        ", b"       |"])
def test_the_old_form_of_a_description_is_shown_without_its_margin(prefix):
    headers = parse_headers(
        b"Name: a\nDescription: One\n" + prefix + b"  two\n" + prefix + b"three\n"
    )
    assert headers["description"] == ["One\n  two\nthree"]
