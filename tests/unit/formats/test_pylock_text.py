"""A lock as text: what is written is read back, packaging finds it right, and order is fixed."""

import pytest

from xpip.formats.pylock import parse_lock
from xpip.formats.pylock_text import format_lock
from xpip.formats.toml_text import parse_toml
from xpip.model.link import Digest, IndexFile
from xpip.model.lock import Lock, LockedPackage
from xpip.model.source import SourceLocation

DIGESTS = (Digest("sha256", "a" * 64), Digest("sha512", "b" * 128))
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def file(name, url="", **fields):
    return IndexFile(name, url or f"https://h.example/files/{name}", DIGESTS, **fields)


LOCK = Lock(
    (
        LockedPackage(
            "app",
            "1.0",
            "'net' in extras",
            ">=3.8",
            "https://h.example/simple",
            ("lib", "other"),
            (file("app-1.0-py3-none-any.whl", size=12, upload_time="2026-01-02T03:04:05.5Z"),),
            file("app-1.0.tar.gz", "file:///work/files/app-1.0.tar.gz"),
        ),
        LockedPackage(
            "direct",
            "2",
            archive=file("direct-2.tar.gz", size=7),
            source=SourceLocation(
                "archive", "https://h.example/files/direct-2.tar.gz", "python", hashes=DIGESTS
            ),
        ),
        LockedPackage(
            "folder",
            source=SourceLocation("directory", "file:///work/libs/folder", "x", editable=True),
        ),
        LockedPackage(
            "repository",
            "3",
            source=SourceLocation(
                "vcs", "https://h.example/r.git", "py", vcs="git", revision="main"
            ),
            commit=COMMIT,
        ),
    ),
    requires_python=">=3.8",
    environments=("sys_platform == 'linux'",),
    extras=("net",),
    groups=("dev",),
)


def test_what_is_written_is_read_back():
    found, credentials = parse_lock(
        format_lock(LOCK, "/work/project"), "pylock.toml", "/work/project"
    )
    assert credentials == ()
    app, *others = found.packages
    (wheel,) = app.wheels
    # TOML has points in time and no way of writing them.
    assert wheel.upload_time == "2026-01-02T03:04:05.500000Z"
    wheel = wheel._replace(upload_time="2026-01-02T03:04:05.5Z")
    assert found._replace(packages=(app._replace(wheels=(wheel,)), *others)) == LOCK


def test_packaging_finds_it_right():
    from packaging.pylock import Pylock

    lock = Pylock.from_dict(parse_toml(format_lock(LOCK, "/work/project"), "pylock.toml"))
    assert [package.name for package in lock.packages] == [
        "app", "direct", "folder", "repository",
    ]  # fmt: skip


def test_paths_are_relative_to_the_lock():
    tables = parse_toml(format_lock(LOCK, "/work/project"), "pylock.toml")
    app, _, folder, _ = tables["packages"]
    assert app["sdist"]["path"] == "../files/app-1.0.tar.gz"
    assert folder["directory"]["path"] == "../libs/folder"
    far = parse_toml(format_lock(LOCK, "/home/me"), "pylock.toml")
    assert far["packages"][2]["directory"]["path"] == "/work/libs/folder"
    here = parse_toml(format_lock(LOCK, "/work/libs/folder"), "pylock.toml")
    assert here["packages"][2]["directory"]["path"] == "."


def test_wheels_are_sorted_and_keys_in_order():
    names = ["app-1-py3-none-any.whl", "app-1-cp311-cp311-win32.whl"]
    package = LockedPackage("app", "1", wheels=tuple(map(file, names)))
    text = format_lock(Lock((package,)), "/work")
    assert text.index(names[1]) < text.index(names[0])
    assert list(parse_toml(text, "x")) == ["lock-version", "created-by", "packages"]
    assert list(parse_toml(text, "x")["packages"][0]["wheels"][0]) == ["name", "url", "hashes"]


def test_urls_are_left_out_for_mirrors():
    text = format_lock(LOCK, "/work/project", urls=False)
    (app, *_) = parse_toml(text, "x")["packages"]
    assert "index" not in app
    assert set(app["wheels"][0]) == {"name", "upload-time", "size", "hashes"}
    assert set(app["sdist"]) == {"name", "hashes"}
    # There is no other way to a direct reference.
    assert "https://h.example/r.git" in text


def test_a_url_with_a_secret_is_not_written():
    signed = file(
        "a-1-py3-none-any.whl", "https://h.example/a-1-py3-none-any.whl?X-Amz-Signature=S3CR3T"
    )
    text = format_lock(Lock((LockedPackage("a", "1", wheels=(signed,)),)), "/work")
    assert "S3CR3T" not in text
    assert "a-1-py3-none-any.whl" in text


def test_the_header_stands_before_all():
    assert format_lock(LOCK, "/work", ("Made by", "", "   x")).startswith(
        '# Made by\n#\n#    x\n\nlock-version = "1.0"\n'
    )


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05+00:00"),
        ("2026-01-02T03:04:05.123456789Z", "2026-01-02T03:04:05.123456+00:00"),
        ("2026-01-02T03:04:05.1+02:00", "2026-01-02T01:04:05.100000+00:00"),
        ("2026-01-02T03:04:05", "2026-01-02T03:04:05+00:00"),
        ("yesterday", None),
    ],
)
def test_upload_times_are_points_in_utc(written, expected):
    wheel = file("a-1-py3-none-any.whl", upload_time=written)
    text = format_lock(Lock((LockedPackage("a", "1", wheels=(wheel,)),)), "/work")
    (found,) = parse_toml(text, "x")["packages"][0]["wheels"]
    time = found.get("upload-time")
    assert (time and time.isoformat()) == expected
