"""direct_url.json says where a distribution came from, in both directions and without secrets."""

import json

import pytest

from xpip.formats.direct_url import (
    DirectUrl,
    direct_url_for,
    direct_url_for_editable,
    parse_direct_url,
    reference_of,
)
from xpip.model.link import Digest
from xpip.model.source import SourceLocation

SHA256 = Digest("sha256", "a" * 64)
SHA512 = Digest("sha512", "b" * 128)


def test_an_archive_has_its_digests():
    location = SourceLocation("archive", "https://h/x.tar.gz", "sub")
    text = direct_url_for(location, hashes=(SHA256, SHA512))
    assert json.loads(text) == {
        "url": "https://h/x.tar.gz",
        "subdirectory": "sub",
        "archive_info": {
            "hash": f"sha256={SHA256.value}",
            "hashes": {"sha256": SHA256.value, "sha512": SHA512.value},
        },
    }
    found = parse_direct_url(text)
    assert found == DirectUrl("https://h/x.tar.gz", "archive", "sub", hashes=(SHA256, SHA512))
    assert reference_of(found) == f"https://h/x.tar.gz#sha256={SHA256.value}&subdirectory=sub"


def test_a_repository_has_commit_and_what_was_asked_for():
    location = SourceLocation("vcs", "ssh://git@h/r", vcs="git", revision="v1")
    text = direct_url_for(location, "c" * 40)
    assert json.loads(text) == {
        "url": "ssh://git@h/r",
        "vcs_info": {"vcs": "git", "commit_id": "c" * 40, "requested_revision": "v1"},
    }
    found = parse_direct_url(text)
    assert found == DirectUrl("ssh://git@h/r", "vcs", vcs="git", commit="c" * 40, revision="v1")
    assert reference_of(found) == f"git+ssh://git@h/r@{'c' * 40}"


def test_folders_say_whether_they_are_editable():
    plain = direct_url_for(SourceLocation("directory", "file:///a%20b"))
    assert json.loads(plain) == {"url": "file:///a%20b", "dir_info": {}}
    assert reference_of(parse_direct_url(plain)) == "file:///a%20b"
    editable = direct_url_for_editable("/a b")
    assert json.loads(editable) == {"url": "file:///a%20b", "dir_info": {"editable": True}}
    assert parse_direct_url(editable).editable


def test_no_secret_gets_in_or_out():
    location = SourceLocation("archive", "https://me:S3CR3T@h/x.zip?token=S3CR3T")
    assert "S3CR3T" not in direct_url_for(location)
    written = json.dumps({"url": "https://me:S3CR3T@h/r", "vcs_info": {"vcs": "git"}})
    assert "S3CR3T" not in repr(parse_direct_url(written))


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"url": 3}', '{"url": ""}', "[" * 100_000])
def test_what_follows_no_specification_is_nothing(text):
    assert parse_direct_url(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ({"url": "u", "archive_info": {"hash": "md5=1"}}, (Digest("md5", "1"),)),
        ({"url": "u", "archive_info": {"hash": 1, "hashes": []}}, ()),
        ({"url": "u", "archive_info": None}, ()),
    ],
)
def test_older_and_odd_files_are_read_as_far_as_possible(text, expected):
    assert parse_direct_url(json.dumps(text)).hashes == expected
