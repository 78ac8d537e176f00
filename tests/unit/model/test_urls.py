"""No secret stays in a URL, and none is shown."""

from urllib.parse import quote, unquote

import pytest

from xpip.errors import UsageError
from xpip.model.options import Credential
from xpip.model.urls import (
    credential_for,
    path_to_url,
    percent_decoded,
    redact,
    redact_text,
    scheme_of,
    split_credentials,
    url_to_path,
)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://h/s", ("https://h/s", "", "")),
        ("https://u:p@h/s", ("https://h/s", "u", "p")),
        ("https://u@h", ("https://h", "u", "")),
        ("https://:p@h/", ("https://h/", "", "p")),
        ("https://u%40x:p%2Fw@h:8/s?q=1#f", ("https://h:8/s?q=1#f", "u@x", "p/w")),
        ("https://u:p@w@h/s", ("https://h/s", "u", "p@w")),
        ("git+ssh://git@h/r@v", ("git+ssh://git@h/r@v", "", "")),
        ("ssh://git:pw@h/r", ("ssh://git@h/r", "", "")),
        ("https://h/@scope/x", ("https://h/@scope/x", "", "")),
        ("https://[::1]:8/s", ("https://[::1]:8/s", "", "")),
        ("file:///a@b:c", ("file:///a@b:c", "", "")),
        ("./a@b", ("./a@b", "", "")),
        ("", ("", "", "")),
    ],
)
def test_credentials_are_taken_out(url, expected):
    assert split_credentials(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "https://me:S3/CR3T@h/s",
        "https://me:S3?CR3T@h/s",
        "https://me/x:S3CR3T@h/",
        "https://me:S3#CR3T@h/",
    ],
)
def test_a_password_that_ends_the_host_is_refused_and_not_shown(url):
    with pytest.raises(UsageError) as caught:
        split_credentials(url)
    for part in ("S3", "CR3T"):
        assert part not in caught.value.summary
        assert part not in redact(url)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://u:p@H.example/s/", Credential("https", "h.example", 443, "/s/", "u", "p")),
        ("http://u@h", Credential("http", "h", 80, "/", "u", "")),
        ("https://u:p@h:8443?x", Credential("https", "h", 8443, "/", "u", "p")),
        ("https://u:p@[::1]:8/s", Credential("https", "::1", 8, "/s", "u", "p")),
        ("https://u:p@[::1]/s", Credential("https", "::1", 443, "/s", "u", "p")),
        ("https://h/s", None),
        ("git+ssh://git@h/r", None),
        ("git+https://u:p@h/r@v1", Credential("https", "h", 443, "/r", "u", "p")),
        ("svn+http://u:p@h:8/r", Credential("http", "h", 8, "/r", "u", "p")),
    ],
)
def test_a_credential_belongs_to_one_origin_and_path(url, expected):
    assert credential_for(split_credentials(url)) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://u:p@h/s", "https://h/s"),
        ("https://h/s?X-Amz-Signature=1&a=2&token=3#sha256=4",
         "https://h/s?X-Amz-Signature=****&a=2&token=****#sha256=4"),
        ("https://h/s?sig=1&api_key=2&apikey=3&tokens=4",
         "https://h/s?sig=****&api_key=****&apikey=****&tokens=4"),
        ("no url", "no url"),
    ],
)  # fmt: skip
def test_what_is_shown(url, expected):
    assert redact(url) == expected


def test_urls_inside_text_are_found():
    text = 'foo @ https://u:p@h/x ; --index-url=https://a:b@i/s "https://c:d@j"'
    assert redact_text(text) == 'foo @ https://h/x ; --index-url=https://i/s "https://j"'


@pytest.mark.parametrize(
    "text",
    [
        "https://me:S3CR3T@h/x",
        "https://S3CR3T@h/x",
        "https://:S3CR3T@h",
        "see\thttps://me:S3CR3T@h\nand\u00a0https://me:S3CR3T@h/",
        "(https://me:S3CR3T@h/x),[https://me:S3CR3T@h/y]",
        "'https://me:S3CR3T@h','https://me:S3CR3T@i'",
        "https://h/?next=https://me:S3CR3T@k/",
        "https://me:S3CR3T'\"`<>@h/x",
        "https://me:S3/CR3T@h/x?token=S3CR3T",
        "https://me:S3?CR3T@h/x",
        "https://me:S3#CR3T@h/x",
        "https://me:S3@CR3T@h/x",
        "git+https://me:S3CR3T@h/r.git@v1#egg=x",
        "x@git+ssh://git:S3CR3T@h/r",
        "HTTPS://me:S3CR3T@H/x",
        "pip install -i=https://me:S3CR3T@h/s --proxy=me:S3CR3T@p:3128",
        "me:S3CR3T@proxy:3128",
        "//me:S3CR3T@h/x",
        "https://h/x?X-Amz-Security-Token=S3CR3T&X-Amz-Credential=S3CR3T&a=1",
        "https://h/x?access_token=S3CR3T;https://h/?pwd=S3CR3T",
        "x @ https://me:S3CR3T@h/x.whl; python_version>'3'",
        "{'url': 'https://me:S3CR3T@h'}",
        "\x1b[1mhttps://me:S3CR3T@h\x1b[0m",
        "https://me:S3CR3T@[::1]:8/x",
    ],
)
def test_no_secret_of_a_url_in_text_is_shown(text):
    shown = redact_text(text)
    assert "S3" not in shown
    assert "CR3T" not in shown


@pytest.mark.parametrize(
    "text",
    [
        "git@h:org/r.git", "git+ssh://git@h/r", "https://h/@scope/x", "me@h", "/a/b:c@d", "C:\\a@b",
        "foo @ file:///x", "a=b", "x @ https://h/x.whl#sha256=0 ", "a  b\n\tc@d",
    ],
)  # fmt: skip
def test_text_without_secrets_stays_as_it_is(text):
    assert redact_text(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [("https://h", "https"), ("GIT+SSH://h", "git+ssh"), ("file:x", "file"), ("C:/x", ""),
     ("a/b:c", ""), ("foo", ""), (":x", ""), ("1x:y", "")],
)  # fmt: skip
def test_schemes(text, expected):
    assert scheme_of(text) == expected


@pytest.mark.parametrize("path", ["/a/b", "/a b/ü%41#?.whl", "/\udcff", "/x+y~z@1,=_-"])
def test_paths_become_urls_and_come_back(path):
    url = path_to_url(path)
    assert url.isascii()
    assert url_to_path(url) == path
    assert unquote(url, errors="surrogateescape") == f"file://{path}"


def test_a_file_url_of_another_machine_is_refused():
    with pytest.raises(UsageError, match="another machine"):
        url_to_path("file://server/share/x.whl")
    assert url_to_path("file://localhost/x") == "/x"
    assert url_to_path("file:x") == "x"


@pytest.mark.parametrize("text", ["", "%", "%4", "%zz", "a%41", "%E2%82%AC", "100%", "%%41", "% 1"])
def test_decoding_agrees_with_the_standard_library(text):
    assert percent_decoded(text) == unquote(text)
    assert percent_decoded(quote(text)) == text
