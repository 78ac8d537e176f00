"""What file names of wheels and sdists tell."""

import pytest

from xpip.model.file_names import expand_tags, parse_sdist_name, parse_wheel_name, sdist_stem


def test_an_ordinary_wheel_name_is_taken_apart():
    name = parse_wheel_name("flask-3.0.1-py3-none-any.whl")
    assert name is not None
    assert name.name == "flask"
    assert name.version == "3.0.1"
    assert name.build == ()
    assert name.tags == ("py3-none-any",)


def test_compressed_tags_are_expanded_in_order():
    name = parse_wheel_name("a-1-py2.py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl")
    assert name is not None
    assert name.tags == (
        "py2-none-manylinux_2_17_x86_64",
        "py2-none-manylinux2014_x86_64",
        "py3-none-manylinux_2_17_x86_64",
        "py3-none-manylinux2014_x86_64",
    )


@pytest.mark.parametrize(
    ("filename", "build"),
    [
        ("a-1-2-py3-none-any.whl", (2, "")),
        ("a-1-10_local-py3-none-any.whl", (10, "_local")),
        ("a-1-0001abc-py3-none-any.whl", (1, "abc")),
    ],
)
def test_a_build_tag_is_a_number_and_a_rest(filename, build):
    name = parse_wheel_name(filename)
    assert name is not None
    assert name.build == build


@pytest.mark.parametrize(
    ("filename", "name", "version"),
    [
        ("Zope.Interface-6.0-cp311-cp311-win_amd64.whl", "zope-interface", "6.0"),
        ("my__pkg-1-py3-none-any.whl", "my-pkg", "1"),
        ("torch-2.1.0+cpu-cp311-cp311-linux_x86_64.whl", "torch", "2.1.0+cpu"),
        ("torch-2.1.0%2Bcpu-cp311-cp311-linux_x86_64.whl", "torch", "2.1.0+cpu"),
        ("torch-2.1.0%2bcpu-cp311-cp311-linux_x86_64.whl", "torch", "2.1.0+cpu"),
        ("a-1!2.0-py3-none-any.whl", "a", "1!2.0"),
        ("a-1.0.post1-py3-none-any.WHL", "a", "1.0.post1"),
    ],
)
def test_local_versions_epochs_and_names_that_are_not_normalised_are_accepted(
    filename, name, version
):
    parsed = parse_wheel_name(filename)
    assert parsed is not None
    assert (parsed.name, parsed.version) == (name, version)


def test_tags_are_compared_in_lower_case():
    parsed = parse_wheel_name("a-1-CP311-cp311-Win_AMD64.whl")
    assert parsed is not None
    assert parsed.tags == ("cp311-cp311-win_amd64",)


@pytest.mark.parametrize(
    "filename",
    [
        "",
        ".whl",
        "a.whl",
        "a-1.whl",
        "a-1-py3-none.whl",
        "a-1-py3-none-any.whl.zip",
        "a-1-py3-none-any.tar.gz",
        "a-1-py3-none-any.whl\0",
        "a\0-1-py3-none-any.whl",
        "a-1\n-py3-none-any.whl",
        "a-1-py3-none-any\x1b[2J.whl",
        "a-1-py3-none-\u202eany.whl",
        "../a-1-py3-none-any.whl",
        "a/b-1-py3-none-any.whl",
        "a\\b-1-py3-none-any.whl",
        "C:a-1-py3-none-any.whl",
        "a-1-py3-none-any.whl:stream.whl",
        "a-..%2f..%2fx-py3-none-any.whl",
        "a%252b-1-py3-none-any.whl",
        "ä-1-py3-none-any.whl",
        "-1-py3-none-any.whl",
        "_a-1-py3-none-any.whl",
        "a-_-py3-none-any.whl",
        "a--py3-none-any.whl",
        "a-1-b-py3-none-any.whl",
        "a-1-²-py3-none-any.whl",
        "a-1-" + "9" * 5000 + "-py3-none-any.whl",
        "a-1-" + "9" * 30 + "-py3-none-any.whl",
        "a-1-1-2-py3-none-any.whl",
        "a-1-py3..py2-none-any.whl",
        "a-1-py3--any.whl",
        "a-1-py3-none-.whl",
        "a" * 600 + "-1-py3-none-any.whl",
        "a-1-" + ".".join(["p"] * 80) + "-" + ".".join(["n"] * 80) + "-any.whl",
    ],
)
def test_what_is_no_wheel_name_or_could_be_read_in_two_ways_is_refused(filename):
    assert parse_wheel_name(filename) is None


def test_expanding_is_bounded():
    assert expand_tags(".".join(["a"] * 33) + "-" + ".".join(["b"] * 32) + "-c") == ()


@pytest.mark.parametrize(
    ("filename", "project", "version"),
    [
        ("flask-0.1.tar.gz", "flask", "0.1"),
        ("Flask-0.1.zip", "flask", "0.1"),
        ("zope.interface-6.0.tar.gz", "zope-interface", "6.0"),
        ("zope_interface-6.0.tar.bz2", "zope-interface", "6.0"),
        ("foo-2-2.tar.gz", "foo-2", "2"),
        ("a-1.0%2Blocal.tar.gz", "a", "1.0+local"),
    ],
)
def test_the_version_of_an_sdist_starts_after_the_last_hyphen(filename, project, version):
    assert parse_sdist_name(filename, project) == version


@pytest.mark.parametrize(
    "filename",
    [
        "foo-2-2.tar.gz",
        "bar-1.tar.gz",
        "foo.tar.gz",
        "foo-.tar.gz",
        "foo-1.exe",
        "foo-1\n.zip",
        "-1.zip",
    ],
)
def test_an_sdist_of_another_project_or_without_a_version_is_refused(filename):
    assert parse_sdist_name(filename, "foo") is None


def test_the_stem_of_a_source_archive_is_its_name_without_suffix():
    assert sdist_stem("Foo-1.0.TAR.GZ") == "Foo-1.0"
    assert sdist_stem("foo-1.0.whl") is None
