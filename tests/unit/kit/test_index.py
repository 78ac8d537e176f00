"""The index of the tests must serve what it claims to."""

import hashlib
import json
import urllib.error
import urllib.request
import zipfile

import pytest

from tests.kit.index import IndexServer


@pytest.fixture
def folder(tmp_path):
    with zipfile.ZipFile(tmp_path / "some_thing-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr("some_thing-1.0.dist-info/METADATA", "Name: some-thing\nVersion: 1.0\n")
    return tmp_path


def fetch(url, **headers):
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
        return answer.status, answer.read()


def test_a_json_page_lists_the_files_of_a_project(folder):
    with IndexServer(folder).serving() as index:
        page = json.loads(fetch(index.simple + "some-thing/")[1])
        assert [file["filename"] for file in page["files"]] == ["some_thing-1.0-py3-none-any.whl"]
        body = fetch(page["files"][0]["url"])[1]
        assert hashlib.sha256(body).hexdigest() == page["files"][0]["hashes"]["sha256"]
        assert fetch(page["files"][0]["url"] + ".metadata")[1].startswith(b"Name: some-thing")
        assert index.downloads() == ["some_thing-1.0-py3-none-any.whl"]


def test_an_html_page_carries_the_same(folder):
    with IndexServer(folder, json_pages=False).serving() as index:
        index.yanked["some_thing-1.0-py3-none-any.whl"] = "broken <b>"
        text = fetch(index.simple + "some-thing/")[1].decode()
        assert 'data-yanked="broken &lt;b&gt;"' in text
        assert "#sha256=" in text


def test_a_range_is_cut_out(folder):
    with IndexServer(folder).serving() as index:
        url = index.url + "/files/some_thing-1.0-py3-none-any.whl"
        whole = fetch(url)[1]
        assert fetch(url, Range="bytes=-10") == (206, whole[-10:])
        assert fetch(url, Range="bytes=4-7") == (206, whole[4:8])


def test_an_unknown_project_is_not_found(folder):
    with IndexServer(folder).serving() as index, pytest.raises(urllib.error.HTTPError):
        fetch(index.simple + "nothing/")
