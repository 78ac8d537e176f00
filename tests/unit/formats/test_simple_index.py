"""Reading index pages in both forms, the hostile ones included."""

import html
import json
import time
from urllib.parse import urldefrag, urljoin

import pytest

from xpip.errors import IndexAccessError
from xpip.formats.page_link import PageBase, filename_of
from xpip.formats.simple_html import parse_html_files
from xpip.formats.simple_index import is_login_page, parse_flat_page, parse_page
from xpip.formats.simple_json import parse_json_files
from xpip.model.link import Digest

INDEX = "https://index.example/simple/"
PAGE = INDEX + "foo/"
A = "a" * 64
B = "b" * 64


def parse(body, url=PAGE, content_type="text/html"):
    data = body if isinstance(body, bytes) else body.encode()
    return parse_page(data, content_type, url, "foo", INDEX)


def json_page(*files, **page):
    return json.dumps({"meta": {"api-version": "1.1"}, "name": "foo", "files": list(files), **page})


def json_file(filename="foo-1-py3-none-any.whl", **fields):
    return {"filename": filename, "url": f"/files/{filename}", "hashes": {}, **fields}


def anchor(filename="foo-1-py3-none-any.whl", href=None, **attributes):
    text = "".join(
        f' data-{name.replace("_", "-")}="{html.escape(value)}"'
        for name, value in attributes.items()
    )
    return f'<a href="{href or "/files/" + filename}"{text}>{filename}</a><br/>\n'


def only(page):
    assert len(page.files) == 1
    return page.files[0]


def test_a_json_file_is_read_with_all_its_fields():
    file = only(
        parse(
            json_page(
                json_file(
                    hashes={"sha256": A, "md5": "c" * 32},
                    yanked="broken",
                    size=17,
                    **{
                        "requires-python": ">=3.8",
                        "upload-time": "2024-01-01T00:00:00Z",
                        "core-metadata": {"sha256": B},
                    },
                )
            )
        )
    )
    assert file.filename == "foo-1-py3-none-any.whl"
    assert file.url == "https://index.example/files/foo-1-py3-none-any.whl"
    assert file.digests == (Digest("sha256", A), Digest("md5", "c" * 32))
    assert file.requires_python == ">=3.8"
    assert file.yanked == "broken"
    assert file.size == 17
    assert file.upload_time == "2024-01-01T00:00:00Z"
    assert file.metadata == Digest("sha256", B)


def test_the_project_and_the_index_are_those_that_were_asked():
    page = parse(json_page(json_file()))
    assert (page.project, page.index_url) == ("foo", INDEX)


def test_an_html_file_is_read_with_all_its_fields():
    file = only(
        parse(
            "<!DOCTYPE html><html><body>"
            + anchor(
                href=f"/files/foo-1-py3-none-any.whl#sha256={A.upper()}",
                requires_python=">=3.8, <4",
                yanked="it's <bad>",
                core_metadata=f"sha256={B}",
            )
        )
    )
    assert file.filename == "foo-1-py3-none-any.whl"
    assert file.url == "https://index.example/files/foo-1-py3-none-any.whl"
    assert file.digests == (Digest("sha256", A),)
    assert file.requires_python == ">=3.8, <4"
    assert file.yanked == "it's <bad>"
    assert file.metadata == Digest("sha256", B)


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/json", "text/html"])
def test_the_body_is_believed_and_not_the_content_type(content_type):
    assert only(parse("\n " + json_page(json_file()), content_type=content_type))
    assert only(parse("\n " + "<html>" + anchor(), content_type=content_type))
    assert only(parse(b"\xef\xbb\xbf" + json_page(json_file()).encode(), content_type=content_type))


def test_a_body_that_is_no_page_is_an_error_that_names_its_type():
    with pytest.raises(IndexAccessError) as caught:
        parse("it works", content_type="text/plain")
    assert caught.value.summary == f"`{PAGE}` is not an index page"
    assert caught.value.details == (
        "found: text/plain, 8 bytes that are neither HTML nor a JSON object",
    )


def test_an_empty_body_is_a_page_without_files():
    assert parse("").files == ()


@pytest.mark.parametrize(
    ("value", "reason"), [(True, ""), (False, None), (None, None), ("why", "why"), ("", "")]
)
def test_yanked_is_a_truth_value_or_a_reason(value, reason):
    assert only(parse(json_page(json_file(yanked=value)))).yanked == reason


@pytest.mark.parametrize(
    ("fields", "metadata"),
    [
        ({}, None),
        ({"core-metadata": True}, True),
        ({"core-metadata": False}, False),
        ({"core-metadata": {}}, True),
        ({"core-metadata": {"sha256": A}}, Digest("sha256", A)),
        ({"core-metadata": {"md5": "a" * 32, "sha256": A}}, Digest("sha256", A)),
        ({"data-dist-info-metadata": {"sha256": A}}, Digest("sha256", A)),
        ({"dist-info-metadata": True}, True),
        ({"core-metadata": False, "dist-info-metadata": True}, False),
        ({"core-metadata": "yes"}, None),
    ],
)
def test_core_metadata_is_announced_denied_or_not_mentioned(fields, metadata):
    assert only(parse(json_page(json_file(**fields)))).metadata == metadata


@pytest.mark.parametrize(
    ("attributes", "metadata"),
    [
        ({}, None),
        ({"core_metadata": "true"}, True),
        ({"core_metadata": "false"}, False),
        ({"dist_info_metadata": "true"}, True),
        ({"dist_info_metadata": f"sha256={A}"}, Digest("sha256", A)),
        ({"core_metadata": f"sha256={A}", "dist_info_metadata": "true"}, Digest("sha256", A)),
    ],
)
def test_html_announces_core_metadata_under_its_old_and_new_name(attributes, metadata):
    assert only(parse("<html>" + anchor(**attributes))).metadata == metadata


@pytest.mark.parametrize(
    "fields",
    [
        {"requires-python": None},
        {"requires-python": 3},
        {"size": True},
        {"size": -1},
        {"size": 1 << 70},
        {"size": "17"},
        {"upload-time": 5},
        {"hashes": None},
    ],
)
def test_optional_fields_of_the_wrong_type_say_nothing(fields):
    file = only(parse(json_page(json_file(**fields))))
    assert (file.requires_python, file.size, file.upload_time, file.digests) == ("", None, None, ())


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ('{"files": ', "it is not valid JSON"),
        ("{" + "[" * 100_000, "it is not valid JSON"),
        ('{"files":' + "[" * 100_000, "it is not valid JSON: nested too deeply"),
        ('{"files": [], "x": ' + "9" * 5000 + "}", "it is not valid JSON"),
        (b'{"files": "\xff"}', "it is not valid JSON"),
        ("{}", "`files` is null where a list is expected"),
        (json_page(files=None), "`files` is null where a list is expected"),
        (json_page(files={}), "`files` is an object where a list is expected"),
        (json_page(files=["x"]), "`files` holds a text where an object is expected"),
        (json_page({"url": "/x.whl"}), "a file has no usable `filename`, `url` or `hashes`"),
        (json_page({"filename": "x.whl"}), "a file has no usable `filename`, `url` or `hashes`"),
        (json_page(json_file(hashes=[])), ""),
        (json_page(json_file(hashes=["x"])), "a file has no usable `filename`, `url` or `hashes`"),
        (
            json_page(meta={"api-version": "2.0"}),
            "it is written for version `2.0` of the simple API, not 1.x",
        ),
        (json_page(meta={"api-version": "x\x1b"}), "it is written for version `x\\x1b` of"),
        (
            '<html><meta name="pypi:repository-version" content="2.0">',
            "it is written for version `2.0` of the simple API, not 1.x",
        ),
    ],
)
def test_a_page_that_breaks_the_specification_is_an_error_that_says_where(body, problem):
    if not problem:
        assert only(parse(body))
        return
    with pytest.raises(IndexAccessError) as caught:
        parse(body)
    assert caught.value.summary == f"the index page `{PAGE}` cannot be understood"
    assert caught.value.details[0].startswith(problem)


@pytest.mark.parametrize("version", ["1.0", "1.9", "1.99", "1"])
def test_later_minor_versions_are_read(version):
    assert only(parse(json_page(json_file(), meta={"api-version": version})))
    meta = f'<html><meta content="{version}" name="pypi:repository-version">'
    assert only(parse(meta + anchor()))


@pytest.mark.parametrize(
    "hashes",
    [
        {"sha256": ""},
        {"sha256": "a" * 63},
        {"sha256": "g" * 64},
        {"sha256": "../" + "a" * 61},
        {"md5": "../x"},
        {"../x": "aa"},
        {"sha256": 5},
    ],
)
def test_a_malformed_hash_is_an_error_because_it_could_name_a_file(hashes):
    with pytest.raises(IndexAccessError, match="malformed hash"):
        parse(json_page(json_file(hashes=hashes)))


@pytest.mark.parametrize("fragment", ["sha256=", "sha256=" + "z" * 64, "md5=../../x"])
def test_a_malformed_hash_of_a_fragment_is_an_error(fragment):
    with pytest.raises(IndexAccessError, match="malformed hash"):
        parse("<html>" + anchor(href="foo-1-py3-none-any.whl#" + fragment))


def test_two_hashes_of_one_kind_in_one_fragment_are_an_error():
    with pytest.raises(IndexAccessError, match="two sha256 hashes"):
        parse("<html>" + anchor(href=f"foo-1-py3-none-any.whl#sha256={A}&sha256={B}"))


def test_other_keys_of_a_fragment_mean_nothing():
    file = only(parse("<html>" + anchor(href=f"foo-1-py3-none-any.whl#egg=foo&sha256={A}&x")))
    assert file.digests == (Digest("sha256", A),)


def test_a_hash_is_kept_in_lower_case():
    assert only(parse(json_page(json_file(hashes={"SHA256": A.upper()})))).digests == (
        Digest("sha256", A),
    )


def test_one_file_name_with_two_hashes_is_an_error_that_names_both():
    with pytest.raises(IndexAccessError) as caught:
        parse(json_page(json_file(hashes={"sha256": A}), json_file(hashes={"sha256": B})))
    assert "foo-1-py3-none-any.whl" in caught.value.summary
    assert A in caught.value.details[0]
    assert B in caught.value.details[1]


def test_a_file_that_is_listed_twice_alike_counts_once():
    assert only(parse(json_page(json_file(hashes={"sha256": A}), json_file(hashes={"sha256": A}))))


@pytest.mark.parametrize(
    ("href", "url"),
    [
        ("foo-1.whl", PAGE + "foo-1.whl"),
        ("./foo-1.whl", PAGE + "foo-1.whl"),
        ("../foo-1.whl", INDEX + "foo-1.whl"),
        ("../../a/foo-1.whl", "https://index.example/a/foo-1.whl"),
        ("../../../../a/foo-1.whl", "https://index.example/a/foo-1.whl"),
        ("/a/foo-1.whl", "https://index.example/a/foo-1.whl"),
        ("/a/../b/foo-1.whl", "https://index.example/b/foo-1.whl"),
        ("//cdn.example/foo-1.whl", "https://cdn.example/foo-1.whl"),
        ("http://cdn.example/foo-1.whl", "http://cdn.example/foo-1.whl"),
        ("HTTPS://cdn.example/foo-1.whl", "https://cdn.example/foo-1.whl"),
        ("https://cdn.example:8443/foo-1.whl?x=1", "https://cdn.example:8443/foo-1.whl?x=1"),
        ("https://me:secret@cdn.example/foo-1.whl", "https://cdn.example/foo-1.whl"),
        ("//me:secret@cdn.example/foo-1.whl", "https://cdn.example/foo-1.whl"),
        ("a b/foo-1.whl", PAGE + "a%20b/foo-1.whl"),
        ("ä/foo-1.whl", PAGE + "%C3%A4/foo-1.whl"),
        ("foo-1+x.whl", PAGE + "foo-1+x.whl"),
        ("foo-1%2Bx.whl", PAGE + "foo-1%2Bx.whl"),
        ("javascript:alert(1)//foo-1.whl", None),
        ("data:text/plain,foo-1.whl", None),
        ("mailto:foo-1.whl", None),
        ("ftp://cdn.example/foo-1.whl", None),
        ("file:///etc/foo-1.whl", None),
        ("https:\\\\cdn.example\\foo-1.whl", None),
        ("https:///a/foo-1.whl", "https://index.example/a/foo-1.whl"),
        ("https://cdn.example:port/foo-1.whl", None),
        ("https://[::1/foo-1.whl", None),
        ("https://cdn.exämple/foo-1.whl", None),
        ("foo\n-1.whl", None),
        ("foo\x00-1.whl", None),
        ("", None),
    ],
)
def test_only_links_to_http_survive_and_without_credentials(href, url):
    assert PageBase(PAGE).resolve(href) == url


def test_the_quick_way_of_joining_agrees_with_the_standard_library():
    bases = ["https://h.example", "https://h.example/a", "https://h.example/a/b/c?q=/x/", PAGE]
    hrefs = [
        "x.whl", "a/x.whl", "../x.whl", "../../../x.whl", "./x.whl", "a/../x.whl", "a/./x.whl",
        "/x.whl", "/a/../x.whl", "?q", "x.whl?q=1", "x.whl#f", "..", "../", ".x.whl", "..x",
        "a/..x.whl", "../a..b/x.whl", "x:y/z.whl",
    ]  # fmt: skip
    for base in bases:
        for href in hrefs:
            joined = urldefrag(urljoin(base, href)).url
            expected = joined if joined.startswith("https://") else None
            assert PageBase(base).resolve(href) == expected, (base, href)


def test_a_page_that_is_a_file_may_lead_to_files():
    base = PageBase("file:///wheels/index.html")
    assert base.resolve("foo-1.whl") == "file:///wheels/foo-1.whl"
    assert base.resolve("/other/foo-1.whl") == "file:///other/foo-1.whl"
    assert base.resolve("https://cdn.example/foo-1.whl") == "https://cdn.example/foo-1.whl"


def test_a_base_element_moves_relative_links():
    page = parse(
        '<html><base href="https://cdn.example/x/"><base href="/y/">' + anchor(href="foo-1.zip")
    )
    assert only(page).url == "https://cdn.example/x/foo-1.zip"


@pytest.mark.parametrize("href", ["file:///etc/", "javascript:x", "data:,"])
def test_a_base_element_cannot_open_the_way_to_files(href):
    page = parse(f'<html><base href="{href}">' + anchor(href="foo-1.zip"))
    assert only(page).url == PAGE + "foo-1.zip"


def test_credentials_of_the_page_do_not_reach_its_files():
    page = parse(
        "<html>" + anchor(href="foo-1.zip"), url="https://me:secret@index.example/simple/foo/"
    )
    assert only(page).url == PAGE + "foo-1.zip"


def test_credentials_of_the_page_are_not_in_errors():
    with pytest.raises(IndexAccessError) as caught:
        parse("{", url="https://me:secret@index.example/simple/foo/")
    assert "secret" not in caught.value.summary


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://h/a/foo-1%2Bx.whl?q=/y", "foo-1+x.whl"),
        ("https://h/foo%20bar.whl", "foo bar.whl"),
        ("https://h/..%2F..%2Fx.whl", ""),
        ("https://h/%252e%252e%252fx.whl", "%2e%2e%2fx.whl"),
        ("https://h/x%00.whl", ""),
        ("https://h/x%0A.whl", ""),
        ("https://h/a%5Cx.whl", ""),
        ("https://h/x%1b[2J.whl", ""),
        ("https://h/", ""),
    ],
)
def test_a_file_name_is_decoded_once_and_is_never_a_path(url, name):
    assert filename_of(url) == name


@pytest.mark.parametrize(
    "filename", ["../x.whl", "a/b.whl", "a\\b.whl", "a\x00.whl", "\x1b[2J.whl", ""]
)
def test_json_files_whose_name_is_a_path_or_an_escape_are_dropped(filename):
    assert parse(json_page(json_file(filename, url="/x.whl"))).files == ()


def test_links_to_anything_but_distributions_are_no_files():
    page = parse(
        '<html><a href="../">up</a><a>x</a><a href="foo-1.whl.asc">s</a><a name="x">' + anchor()
    )
    assert only(page)


def test_odd_but_valid_html_is_read_like_a_browser_does():
    page = parse(
        "<HTML><!-- <a href='no-1.whl'>no</a> --><script>'<a href=no-2.whl>'</script>"
        "<title><a href=no-3.whl></title><p title='<a href=no-4.whl>'>"
        "<A\n HREF = 'a-1-py3-none-any.whl'\tdata-requires-python='&gt;=3.6'>a</A>"
        "<a class=x href=b-1-py3-none-any.whl data-yanked data-upload-time='2024-01-01'>b</a>"
        '<a href="c-1-py3-none-any.whl" data-requires-python=">=3.7,<4" rel="internal">c</a>'
        '<a data-yanked="x &amp;gt; y" href="d-1-py3-none-any.whl" href="no-5.whl"/>d</a>'
        '<a href="e-1-py3-none-any.whl"data-yanked="q">e</a>'
        "<abbr href='no-6.whl'></abbr></p></a href='no-7.whl'>"
        "<a href='f-1-py3-none-any.whl'"
    )
    assert [(file.filename[0], file.requires_python, file.yanked) for file in page.files] == [
        ("a", ">=3.6", None),
        ("b", "", ""),
        ("c", ">=3.7,<4", None),
        ("d", "", "x &gt; y"),
        ("e", "", "q"),
    ]
    assert [file.upload_time for file in page.files] == [None, "2024-01-01", None, None, None]


@pytest.mark.parametrize(
    "unit",
    [
        "<a ", "<", "<!--", '<a href="', "<a href='x", '<a x="y" ', "<script>", "</script", "<p '\">",
        "<a href=>", "<a '=\"'>", "<a\n", '<a b="&', "<title></t", "a=1 ", '">"<a "',
    ],
)  # fmt: skip
def test_hostile_html_takes_linear_time(unit):
    body = "<html>" + unit * (512 * 1024 // len(unit))
    started = time.perf_counter()
    try:
        parse(body)
    except IndexAccessError:
        pass
    assert time.perf_counter() - started < 5


def test_the_number_of_links_is_limited():
    with pytest.raises(IndexAccessError, match="cannot be understood"):
        parse_html_files(b"<a href=x>" * 11, PAGE, 10)
    with pytest.raises(IndexAccessError, match="cannot be understood"):
        parse_json_files(json_page(*[json_file()] * 11).encode(), PAGE, 10)


def test_json_and_html_of_one_page_are_the_same_files():
    versions = range(50)
    names = [f"foo-{version}-py3-none-any.whl" for version in versions]
    one = parse(json_page(*[json_file(name, hashes={"sha256": A}) for name in names]))
    other = parse("<html>" + "".join(anchor(name, f"/files/{name}#sha256={A}") for name in names))
    assert one == other


def test_a_flat_page_lists_distributions_of_any_project():
    files = parse_flat_page(
        (
            "<html>" + anchor("a-1.zip") + anchor("b-1-py3-none-any.whl") + '<a href="x.html">'
        ).encode(),
        "text/html",
        "https://links.example/all.html",
    )
    assert [file.filename for file in files] == ["a-1.zip", "b-1-py3-none-any.whl"]


def test_a_login_page_can_be_told_from_an_empty_index_page():
    login = b'<html><form action="/login"><input type="password" name="p"></form></html>'
    assert parse(login).files == ()
    assert is_login_page(login)
    assert not is_login_page(b"<html><body></body></html>")
