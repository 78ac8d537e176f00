"""RECORD rows are read and written as the `csv` module and pip do, and nothing else is accepted."""

import csv
import hashlib
import io

import pytest

from xpip.errors import IntegrityError
from xpip.formats.record import RecordRow, format_row, parse_record
from xpip.model.link import Digest

EMPTY = hashlib.sha256(b"").hexdigest()
EMPTY_ROW = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"


def test_rows_come_in_order_with_hexadecimal_digests():
    text = f"a/b.py,sha256={EMPTY_ROW},0\nx.dist-info/RECORD,,\n"
    assert parse_record(text, "RECORD") == (
        RecordRow("a/b.py", Digest("sha256", EMPTY), 0),
        RecordRow("x.dist-info/RECORD", None, None),
    )


@pytest.mark.parametrize("text", ["", "\n\n", "\r\n"])
def test_empty_lines_are_no_rows(text):
    assert parse_record(text, "RECORD") == ()


def test_windows_line_ends_and_a_missing_last_one_do_not_matter():
    assert [row.path for row in parse_record("a,,\r\nb,,", "RECORD")] == ["a", "b"]


@pytest.mark.parametrize(
    "path", ["a.py", "a,b.py", 'a"b.py', "ä, ö.py", '",",', "a\nb.py", 'x"\n",y']
)
def test_what_is_written_is_read_back_and_is_what_csv_writes(path):
    expected = io.StringIO()
    csv.writer(expected, lineterminator="\n").writerow([path, f"sha256={EMPTY_ROW}", 0])
    row = format_row(path, bytes.fromhex(EMPTY), 0)
    assert row == expected.getvalue()
    assert parse_record(row + "next,,\n", "RECORD")[0] == RecordRow(
        path, Digest("sha256", EMPTY), 0
    )
    assert parse_record(row + "next,,\n", "RECORD")[1].path == "next"


def test_a_row_without_hash():
    assert format_row("x/RECORD", None, None) == "x/RECORD,,\n"
    assert format_row("x/a.pyc", None, 3) == "x/a.pyc,,3\n"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("a.py", "path,hash,size"),
        ("a.py,sha256=x", "path,hash,size"),
        ("a.py,,,", "more than three columns"),
        ('"a.py,,', "never closed"),
        ('"a"b,,', "after a closing quote"),
        ('a"b,,', "quote inside"),
        (",,", "path is empty"),
        ("a.py,sha256,0", "is not a hash"),
        ("a.py,sha256=,0", "is not a hash"),
        ("a.py,sha256=é,0", "is not a hash"),
        (f"a.py,sha256={EMPTY_ROW},-1", "is not a size"),
        (f"a.py,sha256={EMPTY_ROW},1e3", "is not a size"),
        (f"a.py,sha256={EMPTY_ROW},{'9' * 5000}", "is not a size"),
    ],
)
def test_a_bad_row_is_refused_with_its_line(line, reason):
    with pytest.raises(IntegrityError) as caught:
        parse_record(f"good,,\n{line}\n", "app.whl: RECORD")
    assert "line 2 of `app.whl: RECORD`" in caught.value.summary
    assert reason in caught.value.summary
