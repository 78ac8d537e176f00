"""Which files of a release have their hashes written."""

from xpip.model.link import IndexFile, IndexPage
from xpip.model.options import SelectionPolicy
from xpip.model.resolution import ResolvedPackage
from xpip.operations.published import files_of

NAMES = (
    "foo_bar-1.0-py3-none-any.whl",
    "foo_bar-1.0-cp38-cp38-win32.whl",
    "foo-bar-1.tar.gz",
    "foo_bar-1.0.zip",
    "foo_bar-1.0.post1-py3-none-any.whl",
    "foo_bar-1.0.exe",
    "other-1.0-py3-none-any.whl",
)
PAGE = IndexPage(
    "foo-bar",
    "https://i.example/s",
    tuple(IndexFile(name, f"https://f.example/{name}") for name in NAMES),
)
PACKAGE = ResolvedPackage("foo-bar", "1.0", PAGE.files[0], PAGE.index_url, True)


def names(**policy):
    return [file.filename for file in files_of(PACKAGE, (PAGE,), SelectionPolicy(**policy))]


def test_all_wheels_and_source_archives_of_the_version_count():
    assert names() == list(NAMES[:4])


def test_kinds_that_an_option_forbids_do_not_count():
    everything, this = frozenset((":all:",)), frozenset(("foo-bar",))
    assert names(only_binary=everything) == list(NAMES[:2])
    assert names(only_binary=this) == list(NAMES[:2])
    assert names(no_binary=everything) == list(NAMES[2:4])
    assert names(no_binary=everything, only_binary=this) == list(NAMES[:2])


def test_what_was_uploaded_too_late_does_not_count():
    limit = 1_767_225_600.0  # 2026-01-01T00:00:00Z
    times = ("2025-12-31T00:00:00Z", "2026-01-02T00:00:00Z", "2025-12-31T00:00:00Z")
    files = tuple(
        file._replace(upload_time=moment)
        for file, moment in zip(PAGE.files[:3], times, strict=True)
    )
    page = PAGE._replace(files=files)
    policy = SelectionPolicy(uploaded_before=limit)
    found = [file.filename for file in files_of(PACKAGE, (page,), policy)]
    assert found == [NAMES[0], NAMES[2]]
    own = policy._replace(uploaded_before_packages=(("foo-bar", None),))
    assert len(files_of(PACKAGE, (page,), own)) == 3
