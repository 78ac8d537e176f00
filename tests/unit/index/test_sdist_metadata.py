"""What source archives say about themselves."""

import io
import tarfile
import zipfile

import pytest

from xpip.errors import BuildError, IntegrityError
from xpip.index.sdist_metadata import sdist_metadata

STATIC = (
    "Metadata-Version: 2.2\nName: Foo\nVersion: 1\nRequires-Dist: bar\nRequires-Python: >=3.8\n"
)


def tar(*members, mode="w:gz"):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        for name, text in members:
            info = tarfile.TarInfo(name)
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))
    return buffer.getvalue()


def archive(text):
    return tar(("foo-1/setup.py", "raise SystemExit\n"), ("foo-1/PKG-INFO", text))


@pytest.mark.parametrize("mode", ["w:gz", "w:bz2", "w:xz", "w"])
def test_static_metadata_is_believed(mode):
    data = tar(("foo-1/src/foo.egg-info/PKG-INFO", "x"), ("./foo-1/PKG-INFO", STATIC), mode=mode)
    found = sdist_metadata(data, "foo-1.tar.gz")
    assert (found.name, found.version, found.requires_dist) == ("Foo", "1", ("bar",))
    assert found.requires_python == ">=3.8"


def test_a_zip_is_read_too():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        made.writestr("foo-1/", "")
        made.writestr("foo-1/PKG-INFO", STATIC)
    assert sdist_metadata(buffer.getvalue(), "foo-1.zip").requires_dist == ("bar",)


@pytest.mark.parametrize(
    "text",
    [
        STATIC.replace("2.2", "2.1"),
        STATIC.replace("2.2", "1.0"),
        STATIC + "Dynamic: Requires-Dist\n",
        STATIC + "Dynamic: version\nDynamic: provides-extra\n",
    ],
)
def test_metadata_that_a_build_may_change_is_not_believed(text):
    with pytest.raises(BuildError, match=r"what `foo-1\.tar\.gz` needs is known only to a build"):
        sdist_metadata(archive(text), "foo-1.tar.gz")


def test_other_dynamic_fields_do_not_matter():
    assert sdist_metadata(archive(STATIC + "Dynamic: license-file\n"), "foo-1.tar.gz").name == "Foo"


def test_an_archive_without_metadata_would_have_to_be_built():
    with pytest.raises(BuildError, match="has no PKG-INFO"):
        sdist_metadata(tar(("foo-1/setup.py", "")), "foo-1.tar.gz")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no archive",
        archive(STATIC)[:60],
        b"\x1f\x8b\x08" + b"\0" * 50,
        archive("Name: Foo\n"),
    ],
    ids=lambda data: f"{len(data)} bytes",  # The bytes themselves hold the time.
)
def test_a_damaged_archive_is_refused(data):
    with pytest.raises((IntegrityError, BuildError), match=r"foo-1\.tar\.gz"):
        sdist_metadata(data, "foo-1.tar.gz")


def test_a_damaged_zip_is_refused():
    with pytest.raises(IntegrityError, match="cannot be unpacked"):
        sdist_metadata(b"PK", "foo-1.zip")
