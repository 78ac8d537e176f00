"""Core metadata in its JSON form."""

from xpip.formats.core_metadata import parse_headers
from xpip.formats.metadata_json import metadata_as_json


def test_repeated_fields_are_lists_and_names_have_underscores():
    text = b"Metadata-Version: 2.1\nName: x\nVersion: 1\nClassifier: A\nRequires-Dist: y\nHome-page: u\n"
    assert metadata_as_json(parse_headers(text)) == {
        "metadata_version": "2.1",
        "name": "x",
        "version": "1",
        "classifier": ["A"],
        "requires_dist": ["y"],
        "home_page": "u",
    }


def test_keywords_are_split_at_commas_or_at_blanks():
    assert metadata_as_json({"keywords": ["a, b c"]}) == {"keywords": ["a", "b c"]}
    assert metadata_as_json({"keywords": ["a b"]}) == {"keywords": ["a", "b"]}


def test_the_body_is_the_description():
    found = metadata_as_json(parse_headers(b"Name: x\n\nHello\n\nthere\n"))
    assert found["description"] == "Hello\n\nthere\n"


def test_unknown_fields_are_left_out():
    assert metadata_as_json({"x-own": ["1"]}) == {}
