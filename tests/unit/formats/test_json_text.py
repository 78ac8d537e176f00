"""JSON without the module `json`: the same values, and the same refusals."""

import json

import pytest

from xpip.formats.json_text import parse_json

VALID = [
    b'{"a": [1, -2.5e3, true, false, null, "\\u00e9\\ud83d\\ude00", "\xc3\xa9"], "b": {}}',
    b'  {"a": 1}\n',
    b"[]",
    b'{"a": 1, "a": 2}\r\n\t ',
    b"[NaN, Infinity, -Infinity]",
    b'"text"',
    b"7",
    '{"a": "é"}'.encode("utf-16"),
    '{"a": "é"}'.encode("utf-16-le"),
    '{"a": "é"}'.encode("utf-32"),
    '{"a": "é"}'.encode("utf-8-sig"),
    b'{"a": "\xed\xa0\x80"}',
]
INVALID = [
    b"", b"{", b'{"a": 1} x', b"[1,]", b'{"a"}', b'["\x01"]', b"nul", b'{"a": \xff}', b"{'a': 1}",
    b'["' + b"x" * 5, b"[1] [2]", b"{\x00", b"[" + b"9" * 5000 + b"]x",
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(VALID)))
def test_what_is_valid_has_the_value_that_json_reads(number):
    data = VALID[number]
    assert repr(parse_json(data)) == repr(json.loads(data))


@pytest.mark.parametrize("number", range(len(INVALID)))
def test_what_is_not_valid_is_refused_in_the_words_of_json(number):
    data = INVALID[number]
    with pytest.raises(ValueError) as expected:
        json.loads(data)
    with pytest.raises(ValueError) as found:
        parse_json(data)
    assert str(found.value) == str(expected.value)


def test_what_is_nested_too_deeply_is_refused():
    with pytest.raises(RecursionError):
        parse_json(b"[" * 200_000)
