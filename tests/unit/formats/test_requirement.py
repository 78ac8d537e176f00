"""Requirements are parsed with packaging under limits; wheels may be named by path or URL."""

import contextlib
import time

import pytest

from xpip.errors import BuildError, RequirementError, XpipError
from xpip.formats.requirement import is_unnamed, parse_requirement
from xpip.model.link import Digest
from xpip.model.origin import ArgumentOrigin, FileOrigin
from xpip.model.requirement import RequirementText

SHA256 = "c" * 64
WHEEL = "foo_bar-1.0-py3-none-any.whl"


def parsed(text, **extra):
    return parse_requirement(RequirementText(text, FileOrigin("r.txt", 3, 1), **extra), "/here")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("foo", "foo"),
        ("foo [a,b] >=1 , <2", "foo[a,b]<2,>=1"),
        ('foo; python_version<"3"', 'foo; python_version < "3"'),
        (f"foo @ https://h/{WHEEL}", f"foo @ https://h/{WHEEL}"),
        (f"foo@https://h/{WHEEL}", f"foo @ https://h/{WHEEL}"),
        (f"foo @ file:///w/{WHEEL}", f"foo @ file:///w/{WHEEL}"),
        (f"foo @ ./w/{WHEEL}", f"foo @ file:///here/w/{WHEEL}"),
        (WHEEL, f"foo-bar @ file:///here/{WHEEL}"),
        (f"w/{WHEEL}", f"foo-bar @ file:///here/w/{WHEEL}"),
        (f"../{WHEEL}[x]", f"foo-bar[x] @ file:///{WHEEL}"),
        (f"/a b/{WHEEL}", f"foo-bar @ file:///a%20b/{WHEEL}"),
        (f"./{WHEEL}; python_version<'4'", f'foo-bar @ file:///here/{WHEEL} ; python_version < "4"'),
        (f"https://h/a/{WHEEL}?x=1", f"foo-bar @ https://h/a/{WHEEL}?x=1"),
        (f"https://h/{WHEEL}[x] ; python_version<'4'",
         f'foo-bar[x] @ https://h/{WHEEL} ; python_version < "4"'),
        (f"file:{WHEEL}", f"foo-bar @ file:///here/{WHEEL}"),
        (f"file://localhost/w/{WHEEL}", f"foo-bar @ file:///w/{WHEEL}"),
        ("https://h/foo-1%2Bcpu-py3-none-any.whl", "foo @ https://h/foo-1%2Bcpu-py3-none-any.whl"),
    ],
)  # fmt: skip
def test_requirements_by_name_path_and_url(text, expected):
    assert str(parsed(text).requirement) == expected


@pytest.mark.parametrize(
    "text",
    [f"https://h/{WHEEL}#sha256={SHA256}", f"foo @ https://h/{WHEEL}#egg=foo&sha256={SHA256}"],
)
def test_the_digest_of_a_fragment_joins_the_hashes_and_leaves_the_url(text):
    given = Digest("sha256", "d" * 64)
    found = parsed(text, hashes=(given,))
    assert found.hashes == (given, Digest("sha256", SHA256))
    assert found.requirement.url == f"https://h/{WHEEL}"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("foo-1.0.tar.gz", "is a source archive"),
        ("https://h/foo-1.0.zip", "is a source archive"),
        ("foo @ https://h/foo-1.0.tar.gz", "is a source archive"),
        ("https://h/archive/main", "is not the URL of a wheel"),
        (".", "is a folder with sources"),
        ("./project[dev]", "is a folder with sources"),
        ("foo @ ../project", "is a folder with sources"),
        ("file:///project/", "is a folder with sources"),
        ("git+https://h/r.git@main", "is a source repository"),
        ("foo @ git+ssh://h/r.git", "is a source repository"),
        ("git+https://h/r@--upload-pack=x", "is a source repository"),
    ],
)
def test_what_would_have_to_be_built_is_named(text, why):
    with pytest.raises(BuildError) as caught:
        parsed(text)
    assert caught.value.summary == f"`{text}` {why}, and xpip installs wheels only for now"
    assert caught.value.details == ("asked for by r.txt:3:1",)


def test_an_editable_is_named_too():
    with pytest.raises(BuildError, match="is to be installed editable"):
        parsed(f"./{WHEEL}", editable=True)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("foo==1 bar", "r.txt:3:8"),
        ("foo = 1", "r.txt:3:5"),
        ("foo[a", "r.txt:3:6"),
        ('foo; python_version < "3" bad', "r.txt:3:27"),
        ("==1", "r.txt:3:1"),
        ("foo==1.*.2", "r.txt:3:"),
        ("foo; unknown_thing == '1'", "r.txt:3:6"),
        ("-x", "r.txt:3:1"),
        (f"https://h/{WHEEL} ; bad", "r.txt:3:"),
        ("foo @ ftp://h/x.whl", "r.txt:3:1"),
        ("https://h/bad.whl", "r.txt:3:1"),
        (f"https://h/{WHEEL}#sha256=123", "r.txt:3:1"),
        ("file://server/x.whl", "r.txt:3:1"),
    ],
)
def test_a_syntax_error_has_line_and_column(text, place):
    with pytest.raises(RequirementError) as caught:
        parsed(text)
    assert caught.value.summary.startswith(place)


def test_the_column_counts_from_where_the_requirement_starts():
    text = RequirementText("foo==1 bar", FileOrigin("r.txt", 3, 5))
    with pytest.raises(RequirementError) as caught:
        parse_requirement(text, "/here")
    assert caught.value.summary.startswith("r.txt:3:12: `foo==1 bar` is not a valid requirement")


def test_an_argument_is_reported_as_such():
    with pytest.raises(RequirementError) as caught:
        parse_requirement(RequirementText("foo bar", ArgumentOrigin("foo bar")), "/here")
    assert caught.value.summary.endswith("(column 5)")
    assert caught.value.details == ("written on the command line",)


def test_an_unset_variable_is_named():
    with pytest.raises(RequirementError) as caught:
        parsed("${NAME}==1")
    assert caught.value.hints == ("the variable `NAME` is not set",)


@pytest.mark.parametrize(
    "text",
    [
        "foo; " + "(" * 3000 + "python_version<'3'" + ")" * 3000,
        "foo; " + " or ".join(["python_version<'3'"] * 20_000),
        "foo==1." + "9" * 5000,
        "foo==" + "1." * 30_000,
        "foo[" + "a," * 30_000 + "]",
        "f" * 64_000,
        "foo" + " " * 64_000 + "x",
        "foo @ https://h/" + "a" * 64_000 + ".whl",
        "foo==1." + "9" * 99 + "a" * 99,
    ],
)
def test_huge_requirements_end_soon_in_an_ordinary_error(text):
    began = time.monotonic()
    with contextlib.suppress(XpipError):
        parsed(text)
    assert time.monotonic() - began < 2


def test_no_message_shows_a_password():
    for text in ("https://u:S3CR3T@h/x.whl", "foo @ git+https://S3CR3T@h/r.git"):
        with pytest.raises(XpipError) as caught:
            parsed(text)
        assert "S3CR3T" not in caught.value.summary + "".join(caught.value.details)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("foo", False), ("foo @ ./x.whl", False), ("./x", True), (WHEEL, True), ("https://h/x", True),
     ("foo; python_version<'3/4'", False), ("C:x", False)],
)  # fmt: skip
def test_only_paths_and_urls_are_unnamed(text, expected):
    assert is_unnamed(RequirementText(text, ArgumentOrigin(text))) is expected
