"""What goes with a distribution, whoever installed it."""

import os
from pathlib import Path

import pytest

from tests.kit.invariants import snapshot
from tests.kit.store import FakeStore, bare_environment
from xpip.environment.apply import ApplyOptions, apply
from xpip.environment.boundaries import Boundaries
from xpip.environment.faults import MissingRecord
from xpip.environment.installed import scan
from xpip.environment.uninstall import find_removal
from xpip.errors import EnvironmentFault
from xpip.model.distribution import InstalledDistribution
from xpip.model.reporter import SilentReporter


class Site:
    """An environment with distributions that other tools installed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "env"
        self.environment = bare_environment(self.folder)
        self.library = Path(self.environment.layout.purelib)
        self.store = FakeStore(folder / "store").store

    def write(self, path: str, text: str = "") -> Path:
        target = self.library / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        return target

    def pip_style(self, name: str, rows: list[str], **info: str) -> None:
        folder = f"{name}-1.0.dist-info"
        self.write(f"{folder}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        for file, text in info.items():
            self.write(f"{folder}/{file}", text)
        rows = [*rows, f"{folder}/METADATA", f"{folder}/RECORD"]
        self.write(f"{folder}/RECORD", "".join(f"{row},,\r\n" for row in rows))

    def find(self, name: str):
        one = next(one for one in scan(self.environment) if one.name == name)
        return find_removal(one, Boundaries(self.environment))

    def remove(self, *names: str):
        going = [one for one in scan(self.environment) if one.name in names]
        assert {one.name for one in going} == set(names)
        return apply(
            self.environment,
            going,
            [],
            self.store,
            ApplyOptions(lock_timeout=0.1),
            SilentReporter(),
        )

    def files(self) -> set[str]:
        return {
            os.path.relpath(os.path.join(folder, name), self.folder)
            for folder, _, names in os.walk(self.folder)
            for name in names
        } - {"pyvenv.cfg", "bin/python"}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_files_bytecode_and_emptied_folders_go(site):
    before = snapshot(site.folder)
    for path in ("demo/__init__.py", "demo/a/b.py", "demo/__pycache__/__init__.cpython-311.pyc",
                 "demo/a/__pycache__/b.cpython-310.opt-2.pyc", "../../../bin/demo", "../../../share/man/man1/demo.1"):  # fmt: skip
        site.write(path)
    site.pip_style(
        "demo",
        ["demo/__init__.py", "demo/a/b.py", "demo/__pycache__/__init__.cpython-311.pyc", "../../../bin/demo",
         "../../../share/man/man1/demo.1", "demo/missing.py"],
    )  # fmt: skip

    site.remove("demo")

    assert snapshot(site.folder) == before


def test_a_namespace_stays_while_another_lives_there(site):
    site.write("ns/a/x.py")
    site.write("ns/b/x.py")
    site.pip_style("a", ["ns/a/x.py"])
    site.pip_style("b", ["ns/b/x.py"])

    site.remove("a")

    assert not (site.library / "ns/a").exists()
    assert (site.library / "ns/b/x.py").exists()


def test_a_users_own_file_keeps_its_folder(site):
    site.write("demo/__init__.py")
    mine = site.write("demo/settings.local", "mine")
    site.pip_style("demo", ["demo/__init__.py"])

    site.remove("demo")

    assert mine.read_text() == "mine"
    assert not (site.library / "demo/__init__.py").exists()


@pytest.mark.parametrize(
    "row", ["../../../../keep.txt", "{outside}", "linked/keep.txt", "demo/../../../../../keep.txt"]
)
def test_rows_that_lead_outside_are_left_alone_and_named(site, tmp_path, row):
    keep = tmp_path / "keep.txt"
    keep.write_text("keep")
    (site.library / "linked").symlink_to(tmp_path)
    site.pip_style("demo", [row.format(outside=keep)])

    report = site.remove("demo")

    assert keep.read_text() == "keep"
    assert "keep.txt" in report.warnings[0]
    assert "outside the environment" in report.warnings[0]


@pytest.mark.parametrize(
    "row", ["../../../bin/python", "../../../pyvenv.cfg", "../../../bin/activate"]
)
def test_parts_of_the_environment_itself_are_left_alone(site, row):
    site.write("../../../bin/activate")
    site.pip_style("demo", [row])

    report = site.remove("demo")

    assert (site.library / row).exists()
    assert "part of the environment itself" in report.warnings[0]


@pytest.mark.parametrize("row", [".", "..", "demo", "../../../bin", ""])
def test_a_row_that_names_a_folder_removes_no_folder(site, row):
    site.write("demo/mine.txt")
    site.pip_style("demo", [row] if row else [])

    site.remove("demo")

    assert (site.library / "demo/mine.txt").exists()
    assert (site.folder / "bin/python").exists()


def test_a_quoted_row_is_understood(site):
    site.write('we"ird,name.py')
    site.pip_style("demo", ['"we""ird,name.py"'])
    site.remove("demo")
    assert site.files() == set()


@pytest.mark.parametrize("row", ['""', '"', '"\0"', ",", '"a""', " "])
def test_a_row_that_names_nothing_is_passed_over(site, row):
    site.write("demo.py")
    site.pip_style("demo", ["demo.py", row])
    site.remove("demo")
    assert os.listdir(site.library) == []


def test_without_record_nothing_is_removed_and_the_installer_named(site):
    site.write("demo-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n")
    site.write("demo-1.0.dist-info/INSTALLER", "conda\n")
    before = snapshot(site.folder)

    with pytest.raises(MissingRecord) as caught:
        site.remove("demo")

    assert "`conda`" in caught.value.hints[0]
    assert snapshot(site.folder) == before


def test_an_egg_info_with_its_list_of_files(site):
    site.write("demo/a.py")
    site.write("../../../bin/demo")
    site.write("../../../bin/tool")
    site.write(
        "demo-1.0-py3.11.egg-info/PKG-INFO", "Metadata-Version: 1.0\nName: demo\nVersion: 1.0\n"
    )
    site.write(
        "demo-1.0-py3.11.egg-info/installed-files.txt",
        "../demo/a.py\nPKG-INFO\n../../../../../../etc/passwd\n",
    )
    site.write("demo-1.0-py3.11.egg-info/entry_points.txt", "[console_scripts]\ndemo = demo:main\n")
    site.write("demo-1.0-py3.11.egg-info/scripts/tool", "")

    report = site.remove("demo")

    assert site.files() == set()
    assert "etc/passwd" in report.warnings[0]


def test_an_egg_info_with_top_level_names(site):
    site.write("demo/a.py")
    site.write("demo/sub/data.txt")
    site.write("single.py")
    site.write("ns/other.py")
    site.write(
        "demo-1.0-py3.11.egg-info/PKG-INFO", "Metadata-Version: 1.0\nName: demo\nVersion: 1.0\n"
    )
    site.write("demo-1.0-py3.11.egg-info/top_level.txt", "demo\nsingle\nns\n\n../../x\nC:x\n")
    site.write("demo-1.0-py3.11.egg-info/namespace_packages.txt", "ns\n")

    report = site.remove("demo")

    assert site.files() == {"lib/python3.11/site-packages/ns/other.py"}
    assert len(report.warnings) == 2


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_an_egg_info_without_any_list_is_refused(site, kind):
    name = "demo-1.0-py3.11.egg-info" if kind == "file" else "demo-1.0-py3.11.egg-info/PKG-INFO"
    site.write(name, "Metadata-Version: 1.0\nName: demo\nVersion: 1.0\n")
    with pytest.raises(MissingRecord):
        site.remove("demo")


def test_an_egg_link_goes_with_its_line_and_the_project_stays(site, tmp_path):
    project = tmp_path / "project"
    (project / "demo.egg-info").mkdir(parents=True)
    (project / "demo.egg-info/PKG-INFO").write_text(
        "Metadata-Version: 1.0\nName: demo\nVersion: 1.0\n"
    )
    site.write("demo.egg-link", f"{project}\n.")
    site.write("easy-install.pth", f"/elsewhere\n{project}\n/more\n")

    site.remove("demo")

    assert site.files() == {"lib/python3.11/site-packages/easy-install.pth"}
    assert (site.library / "easy-install.pth").read_text() == "/elsewhere\n/more\n"
    assert (project / "demo.egg-info/PKG-INFO").exists()


def test_an_editable_installation_goes_by_its_record(site):
    site.write("__editable__.demo-1.0.pth", "/project\n")
    site.pip_style("demo", ["__editable__.demo-1.0.pth"])
    site.remove("demo")
    assert site.files() == set()


def test_what_belongs_to_the_base_interpreter_is_not_changed(site):
    foreign = InstalledDistribution("demo", "1", "/usr/lib", "demo-1.dist-info", changeable=False)
    with pytest.raises(EnvironmentFault, match="another environment"):
        find_removal(foreign, Boundaries(site.environment))


def test_two_distributions_of_one_name_both_go(site):
    site.write("demo/a.py")
    site.pip_style("demo", ["demo/a.py"])
    site.write("Demo-2.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: demo\nVersion: 2.0\n")
    site.write(
        "Demo-2.0.dist-info/RECORD",
        "demo/a.py,,\nDemo-2.0.dist-info/METADATA,,\nDemo-2.0.dist-info/RECORD,,\n",
    )
    site.remove("demo")
    assert site.files() == set()
