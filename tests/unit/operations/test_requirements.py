"""Requirements files are read with all they include, and all problems come in one error."""

import os

import pytest

from xpip.errors import RequirementError, UsageError
from xpip.model.options import Credential
from xpip.model.origin import ArgumentOrigin, FileOrigin
from xpip.model.requirement import RequirementSources, RequirementText
from xpip.operations.requirements import parse_sources, read_sources

SHA256 = "a" * 64


@pytest.fixture
def write(tmp_path):
    def write(**files):
        for name, content in files.items():
            path = tmp_path / name.replace("__", "/").replace("_txt", ".txt")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)

    return write


@pytest.fixture
def read(tmp_path):
    def read(*files, arguments=(), constraints=(), variables=None, editables=()):
        return read_sources(
            arguments, files, constraints, variables or {}, str(tmp_path), editables
        )

    return read


def texts(requirements):
    return [requirement.text for requirement in requirements]


def test_arguments_come_before_files_in_the_order_written(write, read):
    write(a_txt="a1\na2\n", b_txt="b1\n")
    found = read("b.txt", "a.txt", arguments=("z", "y"))
    assert texts(found.requirements) == ["z", "y", "b1", "a1", "a2"]
    assert found.requirements[0].origin == ArgumentOrigin("z")
    assert found.requirements[-1].origin == FileOrigin("a.txt", 2)


def test_included_files_are_relative_to_the_file_that_names_them(write, read, tmp_path):
    write(
        reqs__base_txt="-r more/extra.txt\n-c ../limits.txt\nbase\n",
        reqs__more__extra_txt="extra\n",
        limits_txt="limit<2\n",
    )
    found = read("reqs/base.txt")
    assert texts(found.requirements) == ["extra", "base"]
    assert texts(found.constraints) == ["limit<2"]
    assert found.requirements[0].origin.path == "reqs/more/extra.txt"
    assert found.constraints[0].origin.path == "limits.txt"
    expected = ("reqs/base.txt", "reqs/more/extra.txt", "limits.txt")
    assert found.files == tuple(str(tmp_path / name) for name in expected)


def test_requirements_of_a_file_that_a_constraints_file_includes_are_requirements(write, read):
    """As in pip, the option decides and not the file around it."""
    write(c_txt="-r r.txt\n-c d.txt\nlimit<1", r_txt="wanted", d_txt="other<1")
    found = read(constraints=("c.txt",))
    assert texts(found.requirements) == ["wanted"]
    assert texts(found.constraints) == ["other<1", "limit<1"]


def test_a_file_that_is_reached_twice_is_read_once(write, read):
    write(a_txt="-r shared.txt\na", b_txt="-r ./shared.txt\nb", shared_txt="shared")
    found = read("a.txt", "b.txt", "shared.txt")
    assert texts(found.requirements) == ["shared", "a", "b"]
    assert len(found.files) == 3


def test_one_file_can_be_requirements_and_constraints(write, read):
    write(a_txt="a==1")
    found = read("a.txt", constraints=("a.txt",))
    assert texts(found.requirements) == texts(found.constraints) == ["a==1"]
    assert len(found.files) == 1


@pytest.mark.parametrize(
    ("files", "details"),
    [
        ({"a_txt": "-r a.txt"}, ("`a.txt` includes `a.txt`",)),
        (
            {"a_txt": "-r b.txt", "b_txt": "-c d/c.txt", "d__c_txt": "-r ../b.txt"},
            ("`b.txt` includes `d/c.txt`", "`d/c.txt` includes `b.txt`"),
        ),
    ],
)
def test_a_cycle_is_shown_as_a_chain(write, read, files, details):
    write(**files)
    with pytest.raises(RequirementError, match="includes itself") as caught:
        read("a.txt")
    assert caught.value.details == details


def test_a_chain_of_files_has_an_end(write, read):
    write(**{f"f{number}_txt": f"-r f{number + 1}.txt" for number in range(60)})
    with pytest.raises(RequirementError, match="included by more than 50 files"):
        read("f0.txt")


def test_options_of_all_files_are_collected(write, read, tmp_path):
    (tmp_path / "sub" / "wheels").mkdir(parents=True)
    write(
        a_txt="-i https://one/s\n--pre\n-r sub/b.txt\n--trusted-host h\n--only-binary a,b\n",
        sub__b_txt="-f wheels\n-f elsewhere\n-f https://h/l\n--prefer-binary\n--no-binary b\n"
        "--extra-index-url https://x/s\n",
    )
    found = read("a.txt")
    assert found.index_url == "https://one/s"
    assert found.extra_index_urls == ("https://x/s",)
    assert found.find_links == (str(tmp_path / "sub" / "wheels"), "elsewhere", "https://h/l")
    assert (found.pre, found.prefer_binary, found.no_index) == (True, True, False)
    assert found.trusted_hosts == ("h",)
    assert found.binary_choices == (
        ("no-binary", "b"),
        ("only-binary", "a"),
        ("only-binary", "b"),
    )


def test_a_later_index_takes_back_what_was_added_before(write, read):
    write(a_txt="-i A\n--extra-index-url X\n-i B\n--extra-index-url Y\n")
    found = read("a.txt")
    assert (found.index_url, found.extra_index_urls) == ("B", ("Y",))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a", False),
        ("--require-hashes\na", True),
        (f"a==1 --hash=sha256:{SHA256}\nb", True),
        (f"--no-require-hashes\na==1 --hash=sha256:{SHA256}\nb", False),
    ],
)
def test_one_hash_asks_for_hashes_everywhere(write, read, content, expected):
    write(a_txt=content)
    assert read("a.txt").require_hashes is expected


def test_a_hash_in_a_constraints_file_counts(write, read):
    write(c_txt=f"a==1 --hash=sha256:{SHA256}")
    assert read(arguments=("a",), constraints=("c.txt",)).require_hashes


def test_credentials_are_taken_out_of_every_url(write, read):
    write(
        a_txt="-i https://u:p%40w@i.example/simple\n--extra-index-url https://${TOKEN}@x.example/s\n"
        "-f https://f:q@f.example:8443/links\n"
        "foo @ https://d:e@d.example/foo-1-py3-none-any.whl ; python_version<'4'\n"
        "https://g:h@d.example/x/bar-1-py3-none-any.whl\n"
    )
    found = read("a.txt", arguments=("baz@https://k:l@k.example/baz-1-py3-none-any.whl",),
                 variables={"TOKEN": "S3CR3T"})  # fmt: skip
    assert found.index_url == "https://i.example/simple"
    assert texts(found.requirements) == [
        "baz@https://k.example/baz-1-py3-none-any.whl",
        "foo @ https://d.example/foo-1-py3-none-any.whl ; python_version<'4'",
        "https://d.example/x/bar-1-py3-none-any.whl",
    ]
    assert found.credentials == (
        Credential("https", "k.example", 443, "/baz-1-py3-none-any.whl", "k", "l"),
        Credential("https", "i.example", 443, "/simple", "u", "p@w"),
        Credential("https", "x.example", 443, "/s", "S3CR3T", ""),
        Credential("https", "f.example", 8443, "/links", "f", "q"),
        Credential("https", "d.example", 443, "/foo-1-py3-none-any.whl", "d", "e"),
        Credential("https", "d.example", 443, "/x/bar-1-py3-none-any.whl", "g", "h"),
    )
    assert "S3CR3T" not in repr(found._replace(credentials=()))
    assert found.variables == ("TOKEN",)


def test_a_password_with_a_slash_is_refused_without_being_shown(write, read):
    write(a_txt="-i https://user:S3/CR3T@h/simple")
    with pytest.raises(RequirementError) as caught:
        read("a.txt")
    assert caught.value.summary.startswith("a.txt:1: the password in")
    assert "CR3T" not in str(caught.value)
    assert "S3" not in str(caught.value)


@pytest.mark.parametrize("kind", ["missing", "folder", "unreadable"])
def test_a_file_that_cannot_be_read_is_named(tmp_path, read, kind):
    path = tmp_path / "r.txt"
    if kind == "folder":
        path.mkdir()
    elif kind == "unreadable":
        path.write_text("a")
        path.chmod(0)
        if os.access(path, os.R_OK):
            pytest.skip("this user may read everything")
    with pytest.raises(RequirementError) as caught:
        read("r.txt")
    assert f"`{path}`" in caught.value.summary


def test_a_missing_nested_file_names_the_file_that_includes_it(write, read):
    write(a_txt="-c lost.txt")
    with pytest.raises(RequirementError, match=r"the constraints file .* does not exist") as caught:
        read("a.txt")
    assert caught.value.details == ("included by `a.txt`",)


@pytest.mark.parametrize("url", ["https://h/r.txt", "HTTP://u:S3CR3T@h/r.txt"])
def test_a_file_behind_a_url_is_refused_with_a_way_out(read, url):
    with pytest.raises(UsageError, match="is a URL") as caught:
        read(url)
    assert "download it first" in caught.value.hints[0]
    assert "S3CR3T" not in caught.value.summary


def test_a_file_url_is_a_path(write, read, tmp_path):
    write(a_txt="a", **{"b c_txt": "b"})
    found = read(f"file://{tmp_path}/a.txt", f"file://{tmp_path}/b%20c.txt")
    assert texts(found.requirements) == ["a", "b"]


def test_all_problems_of_all_files_are_in_one_error(write, read):
    write(
        a_txt="--bad\n-r b.txt\n-r lost.txt\nfoo==1 bar\n./x.tar.zst\n",
        b_txt="x --pre\n--hash=sha256:1\n",
    )
    with pytest.raises(RequirementError) as caught:
        read("a.txt", arguments=("no good",), constraints=("https://h/c.txt",))
    text = "\n".join(caught.value.details)
    for place in ("a.txt:1:1", "b.txt:1:3", "b.txt:2:1", "lost.txt", "a.txt:4:8", "a.txt:5:1",
                  "https://h/c.txt", "the command line"):  # fmt: skip
        assert place in text


def test_editables_of_the_command_line_are_kept(read):
    found = read(editables=("./x",))
    assert found.requirements == (RequirementText("./x", ArgumentOrigin("-e ./x"), editable=True),)


class TestParsing:
    def test_requirements_and_constraints_are_parsed(self, write, read):
        write(
            a_txt="foo>=1",
            c_txt=f"bar<2 --hash=sha256:{SHA256}\nbaz @ https://h/baz-1-py3-none-any.whl",
        )
        parsed = parse_sources(read("a.txt", constraints=("c.txt",)), "/here")
        assert [str(r.requirement) for r in parsed.requirements] == ["foo>=1"]
        assert [r.requirement.name for r in parsed.constraints] == ["bar", "baz"]
        assert parsed.constraints[0].hashes

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("foo[extra]", "has extras"),
            ("-e ./foo", "is editable"),
            ("./foo-1-py3-none-any.whl", "has no name"),
            ("https://h/foo-1-py3-none-any.whl", "has no name"),
        ],
    )
    def test_a_constraint_is_a_name_with_versions(self, write, read, text, why):
        write(c_txt=text)
        with pytest.raises(RequirementError) as caught:
            parse_sources(read(constraints=("c.txt",)), "/here")
        assert caught.value.summary.endswith(why)
        assert caught.value.summary.startswith("c.txt:1: ")

    def test_all_syntax_errors_are_in_one_error(self):
        sources = RequirementSources(
            tuple(
                RequirementText(text, FileOrigin("r.txt", line))
                for line, text in enumerate(("foo bar", "ok", "a==", "git+https://h/x@-y"), 1)
            )
        )
        with pytest.raises(RequirementError) as caught:
            parse_sources(sources, "/here")
        assert caught.value.summary == "3 requirements or files cannot be used"
        assert [line[:7] for line in caught.value.details if line.startswith("r.txt")] == [
            "r.txt:1",
            "r.txt:3",
            "r.txt:4",
        ]

    def test_a_single_problem_keeps_its_own_kind(self):
        with pytest.raises(UsageError):
            read_sources((), ("https://h/r.txt",), (), {}, "/here")

    def test_sources_without_a_name_are_apart(self):
        sources = RequirementSources(
            tuple(RequirementText(text, ArgumentOrigin(text)) for text in (".", "foo @ ./foo"))
        )
        parsed = parse_sources(sources, "/here")
        assert [source.location.url for source in parsed.unnamed] == ["file:///here"]
        assert [one.source.url for one in parsed.requirements] == ["file:///here/foo"]

    def test_a_constraint_on_sources_needs_a_name(self):
        constraint = RequirementText("./x.tar.gz", FileOrigin("c.txt", 1))
        with pytest.raises(RequirementError, match="has no name"):
            parse_sources(RequirementSources((), (constraint,)), "/here")
