"""A scan sees what the interpreter would see."""

import os
import time
from pathlib import Path

import pytest

from xpip.environment.installed import (
    installed_files,
    read_core_metadata,
    read_text,
    scan,
    scan_report,
)
from xpip.errors import EnvironmentFault
from xpip.model.environment import Environment, Layout


def environment(library: Path, read_also: tuple[Path, ...] = (), platlib: Path | None = None):
    folder = str(library)
    layout = Layout(
        prefix=folder,
        purelib=folder,
        platlib=str(platlib or library),
        scripts=folder,
        data=folder,
        headers=folder,
    )
    return Environment(None, layout, "--target", False, None, tuple(map(str, read_also)))


def place(library: Path, folder: str, name: str = "x", version: str = "1", more: str = "") -> Path:
    path = library / folder
    path.mkdir(parents=True)
    text = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{more}\n"
    (path / ("PKG-INFO" if folder.endswith("egg-info") else "METADATA")).write_text(text)
    return path


def named(distributions):
    return [(one.name, one.version) for one in distributions]


def test_names_come_normalised_and_sorted_from_folder_names(tmp_path):
    place(tmp_path, "Zope.Interface-6.1.dist-info")
    place(tmp_path, "a_b-2.0+cu121.dist-info")
    (tmp_path / "a_b").mkdir()
    (tmp_path / "six.py").touch()
    found = scan(environment(tmp_path))
    assert named(found) == [("a-b", "2.0+cu121"), ("zope-interface", "6.1")]
    assert found[0].location == str(tmp_path)
    assert found[0].info_folder == "a_b-2.0+cu121.dist-info"
    assert not found[0].legacy
    assert found[0].changeable


@pytest.mark.parametrize(
    "folder",
    ["my-odd-project-1.dist-info", "odd.dist-info", "odd-1_local.dist-info", "odd-dev.dist-info"],
)
def test_an_odd_folder_name_is_looked_up_in_metadata(tmp_path, folder):
    place(tmp_path, folder, "Odd_Project", "1.0+local")
    assert named(scan(environment(tmp_path))) == [("odd-project", "1.0+local")]


def test_a_missing_library_folder_is_an_empty_one(tmp_path):
    assert scan(environment(tmp_path / "absent")) == ()


def test_a_library_that_is_no_folder_holds_nothing_and_an_unreadable_one_is_an_error(tmp_path):
    (tmp_path / "file").touch()
    assert scan(environment(tmp_path / "file")) == ()
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    with pytest.raises(EnvironmentFault, match="cannot be read"):
        scan(environment(loop))


def test_damage_and_leftovers_are_listed_and_are_no_distributions(tmp_path):
    place(tmp_path, "good-1.dist-info")
    (tmp_path / "hollow-1.dist-info").mkdir()
    (place(tmp_path, "torn-1.dist-info") / "METADATA").write_text("")
    (tmp_path / "~lask").mkdir()
    (tmp_path / "~lask-3.0.dist-info").mkdir()
    report = scan_report(environment(tmp_path))
    assert named(report.distributions) == [("good", "1")]
    assert report.damaged == (f"{tmp_path}/hollow-1.dist-info", f"{tmp_path}/torn-1.dist-info")
    assert report.leftovers == (f"{tmp_path}/~lask", f"{tmp_path}/~lask-3.0.dist-info")


def test_two_versions_in_one_folder_are_both_told(tmp_path):
    place(tmp_path, "a-1.dist-info")
    place(tmp_path, "a-2.dist-info")
    assert named(scan(environment(tmp_path))) == [("a", "1"), ("a", "2")]


def test_what_an_earlier_folder_hides_is_left_out(tmp_path):
    own, system = tmp_path / "own", tmp_path / "system"
    place(own, "a-2.dist-info")
    place(system, "a-1.dist-info")
    place(system, "b-1.dist-info")
    found = scan(environment(own, (system,)))
    assert named(found) == [("a", "2"), ("b", "1")]
    assert [one.changeable for one in found] == [True, False]


def test_purelib_and_platlib_are_both_read(tmp_path):
    place(tmp_path / "pure", "a-1.dist-info")
    place(tmp_path / "plat", "b-1.dist-info")
    found = scan(environment(tmp_path / "pure", platlib=tmp_path / "plat"))
    assert named(found) == [("a", "1"), ("b", "1")]


def test_eggs_are_seen_as_legacy(tmp_path):
    place(tmp_path, "Old_One-1.5-py3.9.egg-info")
    place(tmp_path, "bare.egg-info", "Bare", "0.1")
    (tmp_path / "single-2.0.egg-info").write_text(
        "Metadata-Version: 1.0\nName: single\nVersion: 2.0\n"
    )
    found = scan(environment(tmp_path))
    assert named(found) == [("bare", "0.1"), ("old-one", "1.5"), ("single", "2.0")]
    assert all(one.legacy for one in found)
    assert read_core_metadata(found[2]).version == "2.0"


def test_an_egg_link_leads_to_the_source(tmp_path):
    source = tmp_path / "source"
    place(source, "my_project.egg-info", "my-project", "3.0")
    library = tmp_path / "library"
    library.mkdir()
    (library / "my-project.egg-link").write_text(f"{source}\n.\n")
    (library / "gone.egg-link").write_text("/nowhere\n.\n")
    report = scan_report(environment(library))
    assert named(report.distributions) == [("my-project", "3.0")]
    assert report.damaged == (f"{library}/gone.egg-link",)


def test_dependencies_of_an_egg_come_from_its_requires_file(tmp_path):
    path = place(tmp_path, "old-1-py3.9.egg-info", "old", "1")
    (path / "requires.txt").write_text(
        'six>=1\n\n[:python_version<"3"]\nenum34\n\n[Fast_Mode:os_name=="posix"]\nspeedups\n\n[docs]\nsphinx\n'
    )
    metadata = read_core_metadata(scan(environment(tmp_path))[0])
    assert metadata.requires_dist == (
        "six>=1",
        'enum34 ; (python_version<"3")',
        'speedups ; (os_name=="posix") and extra == "fast-mode"',
        'sphinx ; extra == "docs"',
    )
    assert metadata.provides_extra == ("fast-mode", "docs")


def test_files_of_a_distribution_are_read_by_name(tmp_path):
    path = place(tmp_path, "a-1.dist-info", "a", "1", "Requires-Dist: b>2\n")
    (path / "INSTALLER").write_text("pip\n")
    (path / "RECORD").write_text(
        "a.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\na-1.dist-info/RECORD,,\n"
    )
    (found,) = scan(environment(tmp_path))
    assert read_core_metadata(found).requires_dist == ("b>2",)
    assert read_text(found, "INSTALLER") == "pip\n"
    assert read_text(found, "REQUESTED") is None
    assert [row.path for row in installed_files(found)] == ["a.py", "a-1.dist-info/RECORD"]
    (path / "RECORD").unlink()
    assert installed_files(found) is None


def test_the_list_of_an_egg_is_told_relative_to_its_library(tmp_path):
    path = place(tmp_path, "old-1-py3.9.egg-info", "old", "1")
    (path / "installed-files.txt").write_text("../old.py\nPKG-INFO\n../../bin/old\n")
    (found,) = scan(environment(tmp_path))
    assert [row.path for row in installed_files(found)] == [
        "old.py",
        "old-1-py3.9.egg-info/PKG-INFO",
        "../bin/old",
    ]


def test_metadata_that_vanishes_is_an_error_with_its_path(tmp_path):
    path = place(tmp_path, "a-1.dist-info")
    (found,) = scan(environment(tmp_path))
    (path / "METADATA").unlink()
    with pytest.raises(EnvironmentFault) as caught:
        read_core_metadata(found)
    assert caught.value.details == (f"{path}/METADATA",)


def test_a_scan_of_a_hundred_distributions_takes_a_moment(tmp_path):
    for number in range(100):
        place(tmp_path, f"p{number}-1.{number}.dist-info")
    times = []
    for _ in range(5):
        start = time.perf_counter()
        assert len(scan(environment(tmp_path))) == 100
        times.append(time.perf_counter() - start)
    # 0.5 ms here; the limit is loose because other tests run at the same time.
    assert min(times) < 0.02
    assert os.listdir(tmp_path)
