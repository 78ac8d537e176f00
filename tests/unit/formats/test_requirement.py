"""Requirements are parsed with packaging under limits; wheels may be named by path or URL."""

import contextlib
import random
import time

import pytest

from xpip.errors import RequirementError, XpipError
from xpip.formats.requirement import is_unnamed, parse_requirement
from xpip.formats.source_location import archive_name_version
from xpip.model.link import Digest
from xpip.model.origin import ArgumentOrigin, FileOrigin
from xpip.model.requirement import RequirementText, SourcedRequirement
from xpip.model.source import SourceLocation, UnnamedSource

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


def location(text, **extra):
    """What a requirement on sources names, with or without a name."""
    found = parsed(text, **extra)
    return found.location if isinstance(found, UnnamedSource) else found.source


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("foo-1.0.tar.gz", SourceLocation("archive", "file:///here/foo-1.0.tar.gz")),
        ("w/foo-1.0.tar.xz", SourceLocation("archive", "file:///here/w/foo-1.0.tar.xz")),
        ("https://h/foo-1.0.zip", SourceLocation("archive", "https://h/foo-1.0.zip")),
        ("https://h/archive/main", SourceLocation("archive", "https://h/archive/main")),
        (f"https://h/x.tgz#sha256={SHA256}&subdirectory=a/b",
         SourceLocation("archive", "https://h/x.tgz", "a/b", hashes=(Digest("sha256", SHA256),))),
        (f"file:x.tar#sha256={SHA256}",
         SourceLocation("archive", "file:///here/x.tar", hashes=(Digest("sha256", SHA256),))),
        ("foo @ https://h/foo-1.0.tar.gz", SourceLocation("archive", "https://h/foo-1.0.tar.gz")),
        (".", SourceLocation("directory", "file:///here")),
        ("./project[dev]", SourceLocation("directory", "file:///here/project")),
        ("foo @ ../project", SourceLocation("directory", "file:///project")),
        ("file:///project/", SourceLocation("directory", "file:///project")),
        ("file:///a%20b#subdirectory=c", SourceLocation("directory", "file:///a%20b", "c")),
        ("x.tar.gz/", SourceLocation("directory", "file:///here/x.tar.gz")),
        ("git+https://h/r.git@main",
         SourceLocation("vcs", "https://h/r.git", vcs="git", revision="main")),
        ("git+https://h/r.git@a/b%40c#subdirectory=x&egg=foo",
         SourceLocation("vcs", "https://h/r.git", "x", vcs="git", revision="a/b@c")),
        ("foo @ git+ssh://git@h/r.git@refs/pull/1/head",
         SourceLocation("vcs", "ssh://git@h/r.git", vcs="git", revision="refs/pull/1/head")),
        ("git+file:///r", SourceLocation("vcs", "file:///r", vcs="git")),
        ("hg+static-http://h/r", SourceLocation("vcs", "static-http://h/r", vcs="hg")),
        ("svn+ssh://h/r@7", SourceLocation("vcs", "svn+ssh://h/r", vcs="svn", revision="7")),
        ("bzr+lp:bar", SourceLocation("vcs", "lp:bar", vcs="bzr")),
    ],
)  # fmt: skip
def test_sources_are_archives_folders_and_repositories(text, expected):
    assert location(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("foo", SourceLocation("directory", "file:///here/foo", editable=True)),
        (".[dev]", SourceLocation("directory", "file:///here", editable=True)),
        ("file:sub", SourceLocation("directory", "file:///here/sub", editable=True)),
        ("foo @ file:sub", SourceLocation("directory", "file:///here/sub", editable=True)),
        ("git+https://h/r#egg=foo", SourceLocation("vcs", "https://h/r", vcs="git", editable=True)),
        ("foo[a] @ git+https://h/r",
         SourceLocation("vcs", "https://h/r", vcs="git", editable=True)),
    ],
)  # fmt: skip
def test_an_editable_is_a_folder_or_a_repository(text, expected):
    assert location(text, editable=True) == expected


@pytest.mark.parametrize(
    "text", [f"./{WHEEL}", "foo-1.0.tar.gz", "https://h/x.tar.gz", "foo @ https://h/x.zip"]
)
def test_archives_and_wheels_are_never_editable(text):
    with pytest.raises(RequirementError, match="only a folder or a repository"):
        parsed(text, editable=True)


def test_sources_have_the_name_that_somebody_wrote():
    assert parsed("foo[a] @ git+https://h/r").requirement.name == "foo"
    named = parsed("git+https://h/r@v1#egg=Foo_Bar&subdirectory=s[a] ; python_version<'4'")
    assert str(named.requirement) == (
        'Foo_Bar[a] @ git+https://h/r@v1#subdirectory=s ; python_version < "4"'
    )


def test_sources_without_a_name_keep_extras_marker_hashes_and_settings():
    given = Digest("sha256", "d" * 64)
    found = parsed(
        f"file:///x.tar.gz#sha256={SHA256}[b,a] ; python_version<'4'",
        hashes=(given,),
        settings=(("k", "v"),),
    )
    assert found == UnnamedSource(
        SourceLocation("archive", "file:///x.tar.gz", hashes=(Digest("sha256", SHA256),)),
        ("a", "b"),
        'python_version < "4"',
        FileOrigin("r.txt", 3, 1),
        (given, Digest("sha256", SHA256)),
        (("k", "v"),),
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("git+https://h/r@--upload-pack=x", "a revision must not begin with `-`"),
        ("git+https://h/r@%2d-upload-pack=x", "a revision must not begin with `-`"),
        ("git+https://h/r@a%0Ab", "control characters"),
        ("git+https://h/r@a\u2028b", "control characters"),
        ("git+https://h/r@", "nothing follows the `@`"),
        ("git+ssh://-oProxyCommand=x/r", "a host must not begin with `-`"),
        ("git+ssh://git@-oProxyCommand=x/r", "a host must not begin with `-`"),
        ("git+ext::sh -c x", "the scheme `git+ext:` is not supported"),
        ("git+ftp://h/r", "the scheme `git+ftp:` is not supported"),
        ("git://h/r", "the scheme `git:` is not supported"),
        ("git+https:h/r", "`//` is missing"),
        ("git@github.com:org/r.git", "it is an address for ssh"),
        ("git+git@github.com:org/r.git", "it is an address for ssh"),
        ("foo @ git@github.com:org/r.git", "it is an address for ssh"),
        ("git+https://h/r#egg=foo[a]b", "is not the name of a project"),
        ("foo @ git+https://h/r#egg=bar", "names another project"),
        ("https://h/x.tar.gz#subdirectory=../x", "must be a path inside the project"),
        ("https://h/x.tar.gz#subdirectory=/x", "must be a path inside the project"),
        (f"https://h/x.tar.gz#sha256={SHA256}&sha256={'d' * 64}", "is given twice"),
        (f"git+https://h/r#sha256={SHA256}", "a repository has no digest"),
        (f"file:///folder#sha256={SHA256}", "a folder has no digest"),
        ("./foo-1.0.tar.zst", "is not an archive that xpip unpacks"),
        ("https://h/foo-1.0.7z", "is not an archive that xpip unpacks"),
        ("foo-1.0.tar.Z", "is not an archive that xpip unpacks"),
    ],
)
def test_sources_that_cannot_be_fetched_are_refused_with_a_reason(text, problem):
    with pytest.raises(RequirementError) as caught:
        parsed(text)
    assert problem in caught.value.summary


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("git@github.com:org/r.git", "write `git+ssh://git@github.com/org/r.git`"),
        ("hg+hg@h.example:r", "write `hg+ssh://hg@h.example/r`"),
        ("git+https://h/r#egg=foo[a]b", "extras stand behind the name: `name[extra] @ URL`"),
        ("git://h/r", "the URL of a repository begins with the name of its system: `git+git://`"),
    ],
)
def test_a_refusal_tells_the_right_form(text, hint):
    with pytest.raises(RequirementError) as caught:
        parsed(text)
    assert hint in caught.value.hints


@pytest.mark.parametrize(
    "text",
    ["foo @ git+https://u:S3CR3T@h/r.git@main", "https://u:S3CR3T@h/x.tar.gz",
     "git+ssh://git:S3CR3T@h/r"],
)  # fmt: skip
def test_a_location_has_no_secret(text):
    assert "S3CR3T" not in repr(location(text))


@pytest.mark.parametrize(
    ("filename", "expected"),
    [("foo-1.0.tar.gz", ("foo", "1.0")), ("Foo_Bar-1.0rc1.zip", ("Foo_Bar", "1.0rc1")),
     ("foo-2-2.tar.gz", None), ("foo-main.zip", None), ("v1.0.tar.gz", None), ("foo-1.whl", None)],
)  # fmt: skip
def test_the_name_of_an_archive_counts_only_beyond_doubt(filename, expected):
    assert archive_name_version(filename) == expected


def test_random_texts_end_in_a_requirement_or_an_ordinary_error():
    """Pieces with a meaning, in any order: never another error, never a secret, never `..`."""
    pieces = [
        "git+", "https://", "ssh://", "file:", "//", "/", "@", "#", "egg=", "subdirectory=", "..",
        ".", "foo", "[a]", ";", " ", "python_version<'4'", ".tar.gz", ".whl", "-", "%2e%2e", "%",
        "u:S3CR3T@", "\u2028", "\0", ":", "=", "&", "sha256=", "~", "\\", "h.example",
    ]  # fmt: skip
    generator = random.Random(8)
    for _ in range(4000):
        text = "".join(generator.choice(pieces) for _ in range(generator.randrange(1, 9)))
        try:
            found = parsed(text, editable=generator.random() < 0.3)
        except XpipError:
            continue
        if isinstance(found, SourcedRequirement) and found.source is None:
            continue
        place = found.location if isinstance(found, UnnamedSource) else found.source
        assert ".." not in place.subdirectory.split("/")
        assert not place.revision.startswith("-")
        assert place.url
        if place.kind == "directory":
            assert place.url.startswith("file:///")


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
    for text in ("https://u:S3CR3T@h/x.whl", "foo @ git+https://S3CR3T@h/r.git@-x"):
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
