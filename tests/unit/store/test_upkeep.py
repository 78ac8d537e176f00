"""The cache can be measured, emptied and checked; environments keep their files."""

import os
from pathlib import Path

import pytest

from tests.kit.projects import ProjectBuilder
from tests.kit.wheels import WheelBuilder
from xpip.model.dependencies import CoreMetadata
from xpip.model.link import IndexPage
from xpip.store.layout import open_store
from xpip.store.metadata import read_metadata, write_metadata
from xpip.store.pages import CachedPage, read_page, write_page
from xpip.store.sources import add_source, read_source
from xpip.store.unpack import add_wheel
from xpip.store.upkeep import LEFTOVER_AGE, clean, measure, verify
from xpip.store.wheels import read_wheel

SHARED = "shared = 'the same long text in both of the wheels that this test unpacks'\n"
OWN = "own = 'a long text that only the wheel of this one project has in it: {}'\n"
NOW = 4_000_000_000.0
INDEX = "https://index.example/simple"


@pytest.fixture
def store(tmp_path):
    return open_store(str(tmp_path / "cache"))


@pytest.fixture
def wheels(store, tmp_path):
    found = {}
    for name in ("one", "two"):
        builder = WheelBuilder(name, "1.0", {"shared.py": SHARED, f"{name}.py": OWN.format(name)})
        path = builder.build(tmp_path / "wheels")
        found[name] = add_wheel(store, str(path), path.name, ())
        write_metadata(store, found[name].key, CoreMetadata(name, "1.0"))
        write_page(store, CachedPage(IndexPage(name, INDEX, ()), 0.0))
    return found


def blob(store, wheel, name) -> Path:
    file = next(file for folder in wheel.folders for file in folder.files if file.name == name)
    return Path(store.root, "files-v1", file.blob)


def all_files(store) -> list[Path]:
    return [
        path
        for path in Path(store.root).rglob("*")
        if path.is_file() and path.name != "CACHEDIR.TAG"
    ]


def test_the_size_is_that_of_all_files_by_bucket(store, wheels, tmp_path):
    size = measure(store)
    assert [bucket.name for bucket in size.buckets] == [
        "files-v1",
        "wheels-v2",
        "pages-v2",
        "metadata-v2",
    ]
    assert size.files == len(all_files(store))
    assert size.size == sum(path.stat().st_size for path in all_files(store))
    assert size.shared == 0
    os.link(blob(store, wheels["one"], "shared.py"), tmp_path / "installed.py")
    assert measure(store).shared == len(SHARED)


def test_an_absent_cache_takes_nothing(store):
    os.unlink(f"{store.root}/CACHEDIR.TAG")
    os.rmdir(store.root)
    assert measure(store) == ((), 0, 0, 0)
    assert clean(store, (), NOW) == (0, 0, ())
    assert verify(store, True, NOW) == (0, 0, ())


def test_cleaning_removes_everything_but_what_others_own(store, wheels, tmp_path):
    os.link(blob(store, wheels["one"], "shared.py"), tmp_path / "installed.py")
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "file").write_text("mine")
    os.symlink(victim, f"{store.root}/pages-v2/link")
    Path(store.root, "files-v9").mkdir()
    Path(store.root, "files-v9", "newer").touch()
    before = measure(store)
    removed = clean(store, (), NOW)
    assert removed == (
        before.files,
        before.size,
        ("one-1.0-py3-none-any.whl", "two-1.0-py3-none-any.whl"),
    )
    assert [path.name for path in all_files(store)] == ["newer"]
    assert (tmp_path / "installed.py").read_text() == SHARED
    assert (victim / "file").read_text() == "mine"


def test_cleaning_one_project_leaves_what_others_need(store, wheels):
    removed = clean(store, ["One"], NOW)
    assert removed.wheels == ("one-1.0-py3-none-any.whl",)
    assert read_wheel(store, wheels["one"].key) is None
    assert read_wheel(store, wheels["two"].key) == wheels["two"]
    assert not blob(store, wheels["one"], "one.py").exists()
    assert blob(store, wheels["one"], "shared.py").exists()
    assert read_metadata(store, wheels["one"].key) is None
    assert read_metadata(store, wheels["two"].key) is not None
    assert read_page(store, INDEX, "one") is None
    assert read_page(store, INDEX, "two") is not None
    assert verify(store, True, NOW).problems == ()


def test_cleaning_one_project_removes_its_unpacked_sources(store, wheels, tmp_path):
    kept = {}
    for name in ("One-Two", "one"):
        path = ProjectBuilder(name).sdist(tmp_path / "sources")
        kept[name] = add_source(store, str(path), path.name, ())
    removed = clean(store, ["one"], NOW)
    assert removed.files > 0
    assert read_source(store, kept["one"].key) is None
    assert not os.path.exists(kept["one"].path)
    assert read_source(store, kept["One-Two"].key) == kept["One-Two"]
    assert clean(store, ["one_two"], NOW).files > 0
    assert read_source(store, kept["One-Two"].key) is None


def test_cleaning_an_unknown_project_removes_nothing(store, wheels):
    assert clean(store, ["none"], NOW) == (0, 0, ())


def test_leftovers_of_killed_processes_go_after_a_day_and_no_sooner(store, tmp_path):
    for name in ("old", "young"):
        Path(store.root, "tmp", name).mkdir(parents=True)
        Path(store.root, "tmp", name, "blob").touch()
        Path(store.root, "tmp", f"{name}.whl").touch()
    for name in ("old", "old.whl"):
        os.utime(Path(store.root, "tmp", name), (NOW - LEFTOVER_AGE - 1,) * 2)
    for name in ("young", "young.whl"):
        os.utime(Path(store.root, "tmp", name), (NOW - 60,) * 2)
    verify(store, False, NOW)
    assert sorted(os.listdir(f"{store.root}/tmp")) == ["young", "young.whl"]
    assert clean(store, (), NOW).files == 0


def test_a_whole_cache_has_no_problems(store, wheels):
    report = verify(store, True, NOW)
    assert (report.wheels, report.problems) == (2, ())
    assert report.blobs == len(
        {path for path in Path(store.root, "files-v1").rglob("*") if path.is_file()}
    )


@pytest.mark.parametrize("deep", [False, True])
def test_every_kind_of_damage_is_found_told_and_put_right(store, wheels, deep, tmp_path):
    touched = blob(store, wheels["one"], "shared.py")
    os.utime(touched)
    edited = blob(store, wheels["two"], "two.py")
    edited.write_text("other")
    missing = blob(store, wheels["one"], "one.py")
    missing.unlink()
    torn = Path(store.root, "pages-v2", "0" * 64)
    torn.write_bytes(b"torn")
    found = {
        Path(problem.path): (problem.kind, problem.wheels)
        for problem in verify(store, deep, NOW).problems
    }
    assert found == {
        touched: ("touched", ("one-1.0-py3-none-any.whl", "two-1.0-py3-none-any.whl")),
        edited: ("edited", ("two-1.0-py3-none-any.whl",)),
        missing: ("missing", ("one-1.0-py3-none-any.whl",)),
        torn: ("torn", ()),
    }
    assert verify(store, True, NOW) == (0, 0, ())
    for name in ("one", "two"):
        path = tmp_path / "wheels" / f"{name}-1.0-py3-none-any.whl"
        assert add_wheel(store, str(path), path.name, ()) == wheels[name]
    assert verify(store, True, NOW).problems == ()


def test_only_a_deep_check_finds_an_edit_that_hides_and_it_is_out_of_use_then(
    store, wheels, tmp_path
):
    path = blob(store, wheels["one"], "one.py")
    status = path.stat()
    path.write_text(path.read_text().upper())
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert verify(store, False, NOW).problems == ()
    assert [problem.kind for problem in verify(store, True, NOW).problems] == ["edited"]
    assert path.exists()
    wheel = tmp_path / "wheels" / "one-1.0-py3-none-any.whl"
    add_wheel(store, str(wheel), wheel.name, ())
    assert path.read_text() == OWN.format("one")
    assert verify(store, True, NOW).problems == ()
