"""Requirements files are read as pip reads them, and every bad line is reported with its place."""

import pytest

from xpip.errors import RequirementError
from xpip.formats.requirements_txt import BadLines, Include, OptionLine, decode, parse
from xpip.model.link import Digest
from xpip.model.origin import FileOrigin
from xpip.model.requirement import RequirementText

SHA256 = "a" * 64
SHA512 = "b" * 128


def entries(text, **variables):
    return parse(text, "r.txt", variables).entries


def texts(text, **variables):
    return [entry.text for entry in entries(text, **variables)]


def options(text, **variables):
    return [(entry.name, entry.value) for entry in entries(text, **variables)]


def problems(text, **variables):
    with pytest.raises(BadLines) as caught:
        parse(text, "r.txt", variables)
    error = caught.value
    if not error.summary.startswith("r.txt:"):
        return [line for line in error.details if line.startswith("r.txt:")]
    return [error.summary]


@pytest.mark.parametrize(
    "text",
    ["", "\n\n", "# only a comment", "   # indented comment\n\t\n", "\\\n\\\n", "  \\\n# end"],
)
def test_a_file_without_requirements_has_no_entries(text):
    assert entries(text) == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("foo==1\nbar", ["foo==1", "bar"]),
        ("  foo  \r\nbar\rbaz", ["foo", "bar", "baz"]),
        ("foo # comment", ["foo"]),
        ("foo\t#comment", ["foo"]),
        ("foo==1#not-a-comment", ["foo==1#not-a-comment"]),
        ("foo @ https://h/x.whl#sha256=1 # c", ["foo @ https://h/x.whl#sha256=1"]),
        ("foo \\\n  >=1", ["foo   >=1"]),
        ("foo>=1,\\\n<2", ["foo>=1,<2"]),
        ("foo \\\n# comment ends it\nbar", ["foo", "bar"]),
        ("# a comment never continues \\\nfoo", ["foo"]),
        ("foo \\", ["foo"]),
        ('foo; python_version < "3.9"', ['foo; python_version < "3.9"']),
        ("foo [a , b] >= 1", ["foo [a , b] >= 1"]),
        ("./dir/x-1-py3-none-any.whl[extra]", ["./dir/x-1-py3-none-any.whl[extra]"]),
        ("foo-bar-baz", ["foo-bar-baz"]),
        ("# hidden\u2028--index-url https://evil.example\nfoo", ["foo"]),
        ("foo\x0c", ["foo"]),
    ],
)
def test_requirements_are_the_text_without_comments_and_continuations(text, expected):
    assert texts(text) == expected


def test_a_requirement_knows_the_line_and_column_where_it_starts():
    found = entries("# first\n\n  foo \\\n   >=1\nbar\n")
    assert [entry.origin for entry in found] == [
        FileOrigin("r.txt", 3, 3),
        FileOrigin("r.txt", 5, 1),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${NAME}==1", ["foo==1"]),
        ("a${NAME}${NAME}", ["afoofoo"]),
        ("${UNSET}==1", ["${UNSET}==1"]),
        ("${EMPTY}==1", ["${EMPTY}==1"]),
        ("${lower}==1", ["${lower}==1"]),
        ("$NAME ${NAME", ["$NAME ${NAME"]),
        ("${${NAME}}", ["${foo}"]),
        ("${NESTED}", ["${NAME}"]),
    ],
)
def test_variables_are_expanded_once_when_they_are_set_and_upper_case(text, expected):
    assert texts(text, NAME="foo", EMPTY="", lower="x", NESTED="${NAME}") == expected


def test_the_names_of_variables_are_kept_whether_set_or_not():
    assert parse("${B}\n${A}\n# ${B}", "r.txt", {"A": "1"}).variables == ("A", "B")


def test_hashes_follow_a_requirement_on_further_lines():
    text = (
        f"foo==1 \\\n    --hash=sha256:{SHA256} \\\n    --hash=sha512:{SHA512.upper()} # via bar\n"
        f"bar==2 --hash sha256:{SHA256}\n"
    )
    foo, bar = entries(text)
    assert foo.text == "foo==1"
    assert foo.hashes == (Digest("sha256", SHA256), Digest("sha512", SHA512))
    assert bar.hashes == (Digest("sha256", SHA256),)


def test_config_settings_after_a_requirement_are_its_own():
    (entry,) = entries(f"foo --config-settings k=v -C a=b=c --hash=sha256:{SHA256}")
    assert entry.settings == (("k", "v"), ("a", "b=c"))
    entry = entry._replace(settings=())
    assert entry == RequirementText("foo", FileOrigin("r.txt", 1, 1), (Digest("sha256", SHA256),))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-i https://a/s", [("index-url", "https://a/s")]),
        ("--index-url=https://a/s", [("index-url", "https://a/s")]),
        ("--pypi-url https://a/s", [("index-url", "https://a/s")]),
        (
            "--extra-index-url=B -i A --extra-index-url C",
            [("index-url", "A"), ("extra-index-url", "B"), ("extra-index-url", "C")],
        ),
        ("-fwheels", [("find-links", "wheels")]),
        ("--find https://h/l", [("find-links", "https://h/l")]),
        ("--find-links 'two words'", [("find-links", "two words")]),
        (r"-f two\ words", [("find-links", "two words")]),
        ('-f "a \\"b\\" c"', [("find-links", 'a "b" c')]),
        ("-f a'b c'd", [("find-links", "ab cd")]),
        ("--no-index --pre", [("no-index", ""), ("pre", "")]),
        ("--only-binary a,b --no-binary :all:", [("only-binary", "a,b"), ("no-binary", ":all:")]),
        ("--prefer-binary", [("prefer-binary", "")]),
        ("--trusted-host h:80", [("trusted-host", "h:80")]),
        ("--require-hashes", [("require-hashes", "")]),
        ("--no-require-hashes", [("no-require-hashes", "")]),
        ("--use-feature fast-deps", [("use-feature", "fast-deps")]),
        ("${OPTIONS}", [("index-url", "A"), ("pre", "")]),
    ],
)
def test_option_lines(text, expected):
    assert options(text, OPTIONS="-i A --pre") == expected


@pytest.mark.parametrize(
    ("text", "kind", "target"),
    [
        ("-r a.txt", "requirement", "a.txt"),
        ("-ra.txt", "requirement", "a.txt"),
        ("--requirement=a.txt", "requirement", "a.txt"),
        ("--requirem 'a b.txt'", "requirement", "a b.txt"),
        ("-c ../c.txt", "constraint", "../c.txt"),
        ("--constraint https://h/c.txt", "constraint", "https://h/c.txt"),
    ],
)
def test_includes(text, kind, target):
    assert entries(text) == (Include(kind, target, FileOrigin("r.txt", 1, 1)),)


@pytest.mark.parametrize("text", ["-e ./x", "-e./x", "--editable=./x", "-e ./x -C a=b"])
def test_editables(text):
    settings = (("a", "b"),) if "-C" in text else ()
    expected = RequirementText("./x", FileOrigin("r.txt", 1, 1), editable=True, settings=settings)
    assert entries(text) == (expected,)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("foo\n\n--unknown x", "r.txt:3:1: unknown option `--unknown`"),
        ("-X", "r.txt:1:1: unknown option `-X`"),
        ("--no", ("r.txt:1:1: `--no` is ambiguous: it begins `--no-binary`, `--no-index`, "
         "`--no-require-hashes`")),
        ("-r", "r.txt:1:1: `-r` needs a value (FILE)"),
        ("-f ''", "r.txt:1:1: `--find-links` needs a value"),
        ("--pre=1", "r.txt:1:1: `--pre` takes no value"),
        ("--pre foo", "r.txt:1:7: `foo` is no option and follows one"),
        ("-r 'a.txt", "r.txt:1:4: the quote `'` is not closed"),
        ("foo --pre -i x",
         "r.txt:1:5: `--pre`, `--index-url` concern all requirements and cannot follow one"),
        ("foo -e .", "r.txt:1:5: `--editable` concerns all requirements and cannot follow one"),
        ("foo --hash=md5:" + "a" * 32,
         "r.txt:1:5: `md5` is not an algorithm of `--hash`: sha256, sha384, sha512"),
        ("foo --hash=sha256:" + "a" * 63,
         "r.txt:1:5: a sha256 digest has 64 hexadecimal digits"),
        ("foo --hash=sha256:" + "g" * 64,
         "r.txt:1:5: a sha256 digest has 64 hexadecimal digits"),
        ("foo --hash=" + SHA256,
         "r.txt:1:5: `--hash` needs an algorithm, a colon and the digest"),
        (f"--hash=sha256:{SHA256}", "r.txt:1:1: `--hash` has no requirement before it"),
        ("foo\0bar", "r.txt:1:4: the line holds a NUL character"),
        ("foo \\\n  --hash=sha256:1", "r.txt:2:3: a sha256 digest has 64 hexadecimal digits"),
        ("foo --hash=sha256:" + SHA256 + "\\ \n",
         "r.txt:1:83: nothing may follow the `\\` that continues a line"),
        ("${LONG} --unknown", "r.txt:1:9: unknown option `--unknown`"),
    ],
)  # fmt: skip
def test_bad_lines_are_reported_with_line_and_column(text, expected):
    assert problems(text, LONG="x" * 50) == [expected]


def test_all_bad_lines_are_in_one_error_and_the_good_ones_are_kept():
    text = "--bad\nfoo\nbar --pre\n-r x.txt\n-q"
    with pytest.raises(BadLines) as caught:
        parse(text, "r.txt", {})
    assert caught.value.summary == "`r.txt` has 3 lines that cannot be understood"
    assert problems(text) == [
        "r.txt:1:1: unknown option `--bad`",
        "r.txt:3:5: `--pre` concerns all requirements and cannot follow one",
        "r.txt:5:1: unknown option `-q`",
    ]
    kept = caught.value.readable.entries
    assert [type(entry) for entry in kept] == [RequirementText, Include]


def test_a_misspelt_option_is_answered_with_the_closest_one():
    with pytest.raises(BadLines) as caught:
        parse("--indx-url x", "r.txt", {})
    assert caught.value.hints == ("`--index-url` is the closest known option",)


def test_no_message_shows_a_password():
    text = "--indx-url https://user:S3CR3T@h/simple\n--bad ${URL}\nfoo --pre=https://S3CR3T@h/"
    with pytest.raises(BadLines) as caught:
        parse(text, "r.txt", {"URL": "https://user:S3CR3T@h/"})
    error = caught.value
    assert "S3CR3T" not in "\n".join((error.summary, *error.details, *error.hints))


def test_escape_sequences_do_not_reach_a_message():
    with pytest.raises(BadLines) as caught:
        parse("--bad \x1b]0;title\x07", "r.txt", {})
    assert "\x1b" not in "".join(caught.value.details)


def test_a_line_of_megabytes_is_refused():
    assert "longer than" in problems("foo" + " " * 1_000_000 + "bar")[0]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"foo # \xc3\xa9", "foo # é"),
        (b"\xef\xbb\xbffoo", "foo"),
        ("é".encode("utf-8-sig"), "é"),
        (b"\xff\xfe" + "é".encode("utf-16-le"), "é"),
        (b"\xfe\xff" + "é".encode("utf-16-be"), "é"),
        (b"\xff\xfe\x00\x00" + "é".encode("utf-32-le"), "é"),
        (b"\x00\x00\xfe\xff" + "é".encode("utf-32-be"), "é"),
        (b"# -*- coding: latin-1 -*-\n\xe9", "# -*- coding: latin-1 -*-\né"),
        (b"#!x\n# vim: set fileencoding=latin-1 :\n\xe9", None),
        (b"foo\n# coding=cp1252\n\x80", "foo\n# coding=cp1252\n€"),
    ],
)
def test_the_encoding_is_that_of_the_mark_or_comment_else_utf_8(data, expected):
    if expected is None:
        assert decode(data, "r.txt").endswith("é")
    else:
        assert decode(data, "r.txt") == expected


@pytest.mark.parametrize(
    ("data", "summary"),
    [
        (b"foo\nb\xe9r", "r.txt:2:2: byte `0xE9` is not valid utf-8"),
        (b"a\nb\n# coding: latin-1\n\xe9", "r.txt:4:1: byte `0xE9` is not valid utf-8"),
        (b"# coding: martian\nfoo", "`r.txt` declares the unknown encoding `martian`"),
        (b"# coding: rot13\nfoo", "`r.txt` declares the unknown encoding `rot13`"),
    ],
)
def test_bytes_that_are_no_text_are_reported(data, summary):
    with pytest.raises(RequirementError) as caught:
        decode(data, "r.txt")
    assert caught.value.summary == summary


def test_an_option_line_knows_its_origin():
    assert entries("foo\n--pre")[1] == OptionLine("pre", "", FileOrigin("r.txt", 2, 1))


def test_a_lock_of_400_requirements_with_hashes_is_read_without_parsing_them():
    """Parsing waits because packaging alone costs more than the whole file."""
    lines = []
    for number in range(400):
        lines.append(f"project-{number}==1.{number} \\\n")
        lines += [f"    --hash=sha256:{digest:064x} \\\n" for digest in range(14)]
        lines.append(f"    --hash=sha256:{99:064x}\n    # via other\n")
    found = entries("".join(lines))
    assert len(found) == 400
    assert {len(entry.hashes) for entry in found} == {15}
    assert found[-1].text == "project-399==1.399"
