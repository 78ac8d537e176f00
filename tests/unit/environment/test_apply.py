"""Changing an environment: all of it or nothing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit.invariants import installed_versions, snapshot, violations
from tests.kit.store import FakeStore, bare_environment, place
from xpip.environment.apply import ApplyOptions, apply
from xpip.environment.faults import (
    EnvironmentBusy,
    EnvironmentChanged,
    FileCollision,
)
from xpip.environment.installed import scan
from xpip.environment.locks import EnvironmentLock
from xpip.environment.pending import has_pending_change
from xpip.errors import EnvironmentFault, IntegrityError, StoreFault
from xpip.model.reporter import SilentReporter

ROOT = Path(__file__).parents[3]


class Listener(SilentReporter):
    """Keeps warnings and what was done of each phase."""

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self.done = 0

    def warning(self, text: str) -> None:
        self.warnings.append(text)

    def progressed(self, phase: str, items: int = 0, size: int = 0) -> None:
        self.done += items


class World:
    """A store, an environment and what was reported."""

    def __init__(self, folder: Path, inline_below: int = 0) -> None:
        self.stored = FakeStore(folder / "store", inline_below)
        self.folder = folder / "env"
        self.environment = bare_environment(self.folder)
        self.library = Path(self.environment.layout.purelib)
        self.scripts = Path(self.environment.layout.scripts)
        self.reporter = Listener()

    def apply(self, removals=(), wheels=(), **options):
        options.setdefault("lock_timeout", 0.2)
        placements = [wheel if hasattr(wheel, "wheel") else place(wheel) for wheel in wheels]
        return apply(
            self.environment,
            removals,
            placements,
            self.stored.store,
            ApplyOptions(**options),
            self.reporter,
        )

    def installed(self, *names: str):
        return [one for one in scan(self.environment) if not names or one.name in names]

    def demo(self, version: str = "1.0", **more):
        return self.stored.add(
            "demo",
            version,
            {
                "demo/__init__.py": f"version = '{version}'\n",
                "demo/sub/part.py": "",
                "demo/data.txt": version * 40,
            },
            console_scripts={"demo": "demo:main"},
            **more,
        )


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_a_fresh_install_is_complete_and_owned_by_records(world):
    wheel = world.stored.add(
        "Demo.Pkg",
        "1.0",
        {"demo/__init__.py": "x = 1\n", "demo/sub/a.py": "", "tool": "#!/bin/sh\n"},
        data={
            "scripts/run": "#!python\nprint()\n",
            "data/share/demo/a.txt": "a" * 100,
            "headers/demo.h": "int x;\n",
        },
        executables=("tool",),
        console_scripts={"demo": "demo.cli:main"},
    )

    report = world.apply(wheels=[place(wheel, requested=True, direct_url='{"url": "u"}')])

    assert report.installed == (("Demo.Pkg", "1.0"),)
    assert violations(world.folder) == []
    info = world.library / "Demo.Pkg-1.0.dist-info"
    assert (info / "INSTALLER").read_bytes() == b"xpip\n"
    assert (info / "REQUESTED").read_bytes() == b""
    assert (info / "direct_url.json").read_text() == '{"url": "u"}'
    record = (info / "RECORD").read_text().splitlines()
    assert record[-1] == "Demo.Pkg-1.0.dist-info/RECORD,,"
    paths = {row.split(",")[0] for row in record}
    assert {
        "../../../bin/run",
        "../../../bin/demo",
        "../../../share/demo/a.txt",
        "../../../include/site/python3.11/Demo.Pkg/demo.h",
    } < paths
    assert (world.library / "tool").stat().st_mode & 0o111
    assert (world.scripts / "run").read_text() == f"#!{world.scripts}/python\nprint()\n"
    assert (world.scripts / "run").stat().st_mode & 0o111
    assert world.reporter.warnings == []


@pytest.mark.parametrize("mode", ["auto", "hardlink", "copy", "reflink"])
def test_every_link_mode_gives_the_same_tree(world, mode):
    world.apply(wheels=[world.demo()], link_mode=mode)

    assert violations(world.folder) == []
    links = (world.library / "demo/data.txt").stat().st_nlink
    if mode == "hardlink":
        assert links == 2
    elif mode != "auto":
        assert links == 1


def test_files_kept_in_the_manifest_are_written(tmp_path):
    world = World(tmp_path, inline_below=64)

    world.apply(wheels=[world.demo()])

    assert violations(world.folder) == []
    assert (world.library / "demo/__init__.py").stat().st_nlink == 1


def test_an_upgrade_leaves_nothing_of_the_old_version(world):
    old = world.stored.add(
        "demo", "1.0", {"demo/gone/old.py": "", "demo/same.py": "1"}, console_scripts={"old": "a:b"}
    )
    new = world.stored.add(
        "demo",
        "2.0",
        {"demo/new/fresh.py": "", "demo/same.py": "2"},
        console_scripts={"new": "a:b"},
    )
    world.apply(wheels=[old])
    cache = world.library / "demo/gone/__pycache__"
    cache.mkdir()
    (cache / "old.cpython-311.pyc").write_bytes(b"")
    (cache / "old.cpython-311.opt-1.pyc").write_bytes(b"")

    report = world.apply(world.installed(), [new])

    assert report.removed == (("demo", "1.0"),)
    assert report.installed == (("demo", "2.0"),)
    assert violations(world.folder) == []
    assert not (world.library / "demo/gone").exists()
    assert (world.library / "demo/same.py").read_text() == "2"


def test_the_same_version_can_be_installed_again(world):
    wheel = world.demo()
    world.apply(wheels=[wheel])
    (world.library / "demo/__init__.py").unlink()

    world.apply(world.installed(), [wheel])

    assert violations(world.folder) == []


def test_uninstall_leaves_the_environment_as_it_was(world):
    before = snapshot(world.folder)
    world.apply(wheels=[world.demo()])

    world.apply(world.installed())

    assert snapshot(world.folder) == before


def test_a_file_becomes_a_folder_and_a_folder_a_file(world):
    one = world.stored.add(
        "demo", "1.0", {"thing": "file", "other/a.py": "", "other/deep/b.py": ""}
    )
    two = world.stored.add("demo", "2.0", {"thing/a.py": "", "other": "file"})
    world.apply(wheels=[one])
    world.apply(world.installed(), [two])
    assert violations(world.folder) == []
    world.apply(world.installed(), [one])
    assert violations(world.folder) == []


def test_a_file_moves_from_one_distribution_to_another(world):
    world.apply(
        wheels=[
            world.stored.add("a", "1", {"moved.py": "1"}),
            world.stored.add("b", "1", {"b.py": ""}),
        ]
    )

    world.apply(
        world.installed(),
        [world.stored.add("a", "2", {"a.py": ""}), world.stored.add("b", "2", {"moved.py": "2"})],
    )

    assert violations(world.folder) == []
    assert (world.library / "moved.py").read_text() == "2"


def test_a_file_that_two_distributions_own_stays_while_one_of_them_does(world):
    shared = {"ns/__init__.py": "shared = 1\n"}
    world.apply(wheels=[world.stored.add("a", "1", {**shared, "ns/a.py": ""})])
    world.apply(wheels=[world.stored.add("b", "1", {**shared, "ns/b.py": ""})])
    assert violations(world.folder) == []

    world.apply(world.installed("a"))
    assert violations(world.folder) == []
    assert (world.library / "ns/__init__.py").exists()

    world.apply(world.installed("b"))
    assert not (world.library / "ns").exists()


def test_a_file_of_another_distribution_with_other_bytes_is_refused(world):
    world.apply(wheels=[world.stored.add("a", "1", {"ns/__init__.py": "a"})])
    before = snapshot(world.folder)

    with pytest.raises(FileCollision, match="belongs to `a`"):
        world.apply(wheels=[world.stored.add("b", "1", {"ns/__init__.py": "b"})])

    assert snapshot(world.folder) == before


def test_two_wheels_of_one_change_may_share_a_file_with_the_same_bytes_only(world):
    world.apply(
        wheels=[
            world.stored.add("a", "1", {"ns/x.py": "x"}),
            world.stored.add("b", "1", {"ns/x.py": "x"}),
        ]
    )
    assert violations(world.folder) == []
    before = snapshot(world.folder)

    with pytest.raises(FileCollision, match="`c` and `d` bring different files"):
        world.apply(
            wheels=[
                world.stored.add("c", "1", {"c/x.py": "1"}),
                world.stored.add("d", "1", {"c/x.py": "2"}),
            ]
        )

    assert snapshot(world.folder) == before


def test_a_file_of_nobody_is_replaced_with_a_warning(world):
    (world.library / "demo").mkdir()
    (world.library / "demo/__init__.py").write_text("mine")

    world.apply(wheels=[world.demo()])

    assert violations(world.folder) == []
    assert any("belonged to nobody" in text for text in world.reporter.warnings)


def test_stale_bytecode_of_nobody_goes(world):
    """All files of the store have one time, so it would pass for that of the new source."""
    cache = world.library / "demo/__pycache__"
    cache.mkdir(parents=True)
    (cache / "__init__.cpython-311.pyc").write_bytes(b"stale")
    (cache / "other.cpython-311.pyc").write_bytes(b"other")

    world.apply(wheels=[world.demo()])

    assert sorted(os.listdir(cache)) == ["other.cpython-311.pyc"]


def test_a_damaged_dist_info_is_replaced(world):
    damaged = world.library / "demo-1.0.dist-info"
    damaged.mkdir()
    (damaged / "junk").write_text("x")

    world.apply(wheels=[world.demo()])

    assert violations(world.folder) == []


@pytest.mark.parametrize(
    ("path", "content"),
    [("demo/sub", "a file"), ("demo/__init__.py", None)],
)
def test_files_and_folders_in_each_others_place_are_refused(world, path, content):
    place_of = world.library / path
    if content is None:
        place_of.mkdir(parents=True)
        (place_of / "user.txt").write_text("mine")
    else:
        place_of.parent.mkdir(parents=True)
        place_of.write_text(content)
    before = snapshot(world.folder)

    with pytest.raises(FileCollision, match=path):
        world.apply(wheels=[world.demo()])

    assert snapshot(world.folder) == before


def test_nothing_is_written_through_a_link_that_leads_out(world, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (world.library / "demo").symlink_to(outside)

    with pytest.raises(FileCollision, match="leads out of the environment"):
        world.apply(wheels=[world.demo()])

    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("name", ["python", "Python3.11", "activate.fish", "deactivate", "pip"])
def test_reserved_scripts_are_refused(world, name):
    before = snapshot(world.folder)
    by_entry_point = world.stored.add("demo", "1", {}, console_scripts={name: "a:b"})
    by_file = world.stored.add("demo", "2", {}, data={f"scripts/{name}": "#!python\n"})
    for wheel in (by_entry_point, by_file):
        with pytest.raises(IntegrityError, match=name):
            world.apply(wheels=[wheel])
    assert snapshot(world.folder) == before


def test_the_configuration_of_the_environment_is_no_wheels(world):
    with pytest.raises(IntegrityError, match=r"pyvenv\.cfg"):
        world.apply(
            wheels=[world.stored.add("demo", "1", {}, data={"data/pyvenv.cfg": "home = /evil\n"})]
        )


def test_the_project_pip_gets_its_scripts_for_the_interpreter(world):
    wheel = world.stored.add(
        "pip", "26", {"pip/__init__.py": ""}, console_scripts={"pip": "p:m", "pip3.9": "p:m"}
    )

    world.apply(wheels=[wheel])

    assert sorted(os.listdir(world.scripts)) == ["pip", "pip3", "pip3.11", "python"]
    assert violations(world.folder) == []


def test_a_touched_blob_is_put_right_and_reported(world):
    wheel = world.demo()
    blob = world.stored.blob_of("1.0" * 40)
    os.utime(blob, (5, 5))

    world.apply(wheels=[wheel])

    assert violations(world.folder) == []
    assert any("data.txt" in text and "touched" in text for text in world.reporter.warnings)


def test_an_edited_blob_is_never_installed_and_nothing_changes(world):
    world.apply(wheels=[world.stored.add("demo", "0.9", {"demo/__init__.py": "old"})])
    wheel = world.demo()
    world.stored.blob_of("1.0" * 40).write_text("9.9" * 40)
    before = snapshot(world.folder)

    with pytest.raises(StoreFault, match=r"data\.txt"):
        world.apply(world.installed(), [wheel])

    assert snapshot(world.folder) == before


def test_an_edit_in_one_environment_does_not_reach_another(world, tmp_path):
    world.apply(wheels=[world.demo()])
    with (world.library / "demo/data.txt").open("a") as file:
        file.write("edited")
    other = bare_environment(tmp_path / "other")

    with pytest.raises(StoreFault):
        apply(other, [], [place(world.demo())], world.stored.store, ApplyOptions(), world.reporter)

    assert installed_versions(tmp_path / "other") == set()


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, OSError])
def test_an_interruption_between_two_distributions_brings_the_old_state_back(world, error):
    class Interrupted(Listener):
        def progressed(self, phase: str, items: int = 0, size: int = 0) -> None:
            raise error

    world.apply(wheels=[world.demo("1.0"), world.stored.add("a", "1", {"a.py": ""})])
    before = snapshot(world.folder)
    world.reporter = Interrupted()

    with pytest.raises(error):
        world.apply(
            world.installed(), [world.demo("2.0"), world.stored.add("a", "2", {"b/c.py": ""})]
        )

    assert snapshot(world.folder) == before
    assert not has_pending_change(world.environment.layout)


def test_a_lost_race_for_a_place_leaves_the_strangers_file(world):
    """A process that does not know the lock writes a file between the check and the link."""

    class Intruder(Listener):
        def __init__(self, path: Path) -> None:
            super().__init__()
            self.path = path

        def started(self, phase: str, items: int, size: int = 0) -> None:
            self.path.write_text("intruder")

    world.reporter = Intruder(world.library / "six.py")

    with pytest.raises(FileCollision, match="appeared"):
        world.apply(wheels=[world.stored.add("six", "1", {"six.py": "x"})])

    assert (world.library / "six.py").read_text() == "intruder"
    assert installed_versions(world.folder) == set()


def test_an_environment_that_cannot_be_written_is_named(world):
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    world.library.chmod(0o555)
    try:
        with pytest.raises(EnvironmentFault, match="site-packages"):
            world.apply(wheels=[world.demo()])
    finally:
        world.library.chmod(0o755)


def test_another_change_is_waited_for_and_its_process_named(world):
    with (
        EnvironmentLock(str(world.library), 1, world.reporter),
        pytest.raises(EnvironmentBusy, match=str(os.getpid())),
    ):
        world.apply(wheels=[world.demo()], lock_timeout=0.05)
    assert installed_versions(world.folder) == set()


def test_a_plan_for_another_state_is_refused(world):
    planned = tuple(scan(world.environment))
    world.apply(wheels=[world.stored.add("a", "1", {"a.py": ""})])

    with pytest.raises(EnvironmentChanged):
        world.apply(wheels=[world.demo()], installed=planned)
    with pytest.raises(EnvironmentChanged, match="`a 1`"):
        world.apply(wheels=[world.stored.add("a", "2", {"a.py": ""})])
    gone = world.installed("a")
    world.apply(gone)
    with pytest.raises(EnvironmentChanged, match="removed"):
        world.apply(gone)


def test_a_target_folder_is_made_and_taken_back_after_a_failure(world, tmp_path):
    target = tmp_path / "new" / "target"
    layout = world.environment.layout._replace(
        prefix=str(target), purelib=str(target), platlib=str(target), scripts=f"{target}/bin", data=str(target),
        headers=f"{target}/include",
    )  # fmt: skip
    world.environment = world.environment._replace(layout=layout, origin="--target")
    bad = world.stored.add("bad", "1", {}, console_scripts={"python": "a:b"})
    with pytest.raises(IntegrityError):
        world.apply(wheels=[bad])
    assert not (tmp_path / "new").exists()

    world.apply(wheels=[world.demo()])

    assert (target / "bin/demo").exists()
    assert (target / "demo/__init__.py").exists()


def test_separate_library_folders_both_get_their_distributions(world):
    platlib = world.folder / "lib64" / "python3.11" / "site-packages"
    platlib.mkdir(parents=True)
    world.environment = world.environment._replace(
        layout=world.environment.layout._replace(platlib=str(platlib))
    )
    before = snapshot(world.folder)

    world.apply(
        wheels=[
            world.demo(),
            world.stored.add("native", "1", {"native.so": "x" * 99}, purelib=False),
        ]
    )
    assert (platlib / "native-1.dist-info/RECORD").exists()
    assert sorted(os.listdir(platlib)) == ["native-1.dist-info", "native.so"]

    world.apply(world.installed())
    assert snapshot(world.folder) == before


def test_a_large_change_is_shared_between_processes(world):
    wheels = [
        world.stored.add(
            f"p{number}",
            "1",
            {
                f"ns/p{number}/d{index}/f{file}.py": f"{index}"
                for index in range(30)
                for file in range(10)
            },
            console_scripts={f"p{number}": "a:b"},
        )
        for number in range(6)
    ]

    report = world.apply(wheels=wheels)

    assert len(report.installed) == 6
    assert world.reporter.done == 6
    assert violations(world.folder) == []


def test_what_fails_in_the_second_process_is_told_by_the_first(world):
    wheels = [
        world.stored.add(
            f"p{number}", "1", {f"p{number}/f{file}.py": f"{number} {file}" for file in range(400)}
        )
        for number in range(4)
    ]
    world.stored.blob_of("3 399").write_text("edit!")
    before = snapshot(world.folder)
    with pytest.raises(StoreFault, match="f399"):
        world.apply(wheels=wheels)
    assert snapshot(world.folder) == before

    world.stored.blob_of("3 399").write_text("3 399")
    world.apply(wheels=wheels)
    assert violations(world.folder) == []


def test_nothing_is_imported_after_the_first_write(tmp_path):
    """xpip may be changing the environment it runs in, and a file of `bin` may hide a module."""
    code = f"""
import sys
sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / "src")!r}]
from pathlib import Path
from tests.kit.store import FakeStore, bare_environment, place
from xpip.environment.apply import ApplyOptions, apply
from xpip.environment.installed import scan
from xpip.model.reporter import SilentReporter
import os
tmp = Path({str(tmp_path)!r})
stored = FakeStore(tmp / "store")
environment = bare_environment(tmp / "env")
one = [stored.add(f"p{{n}}", "1", {{f"p{{n}}/f{{i}}.py": f"{{n}}{{i}}" for i in range(300)}}, console_scripts={{f"p{{n}}": "a:b"}}) for n in range(5)]
two = stored.add("p1", "2", {{"p1/x.py": "x", "p1/f1.py": "2"}}, data={{"scripts/run": "#!python\\n"}})
os.utime(stored.blob_of("x"), (1, 1))
writing = False
late = []
def watch(event, arguments):
    global writing
    if event == "os.mkdir" and ".xpip-txn" in str(arguments[0]):
        writing = True
    elif event in ("os.rmdir", ) and str(arguments[0]).endswith(".xpip-txn"):
        writing = False
    elif event == "import" and writing:
        late.append(arguments[0])
class Failing(SilentReporter):
    def progressed(self, *_, **__):
        raise OSError("full")
sys.addaudithook(watch)
def go(removals, wheels, reporter=SilentReporter()):
    apply(environment, removals, [place(w) for w in wheels], stored.store, ApplyOptions(), reporter)
go([], one)
go([d for d in scan(environment) if d.name == "p1"], [two])
try:
    go(scan(environment), [], Failing())
    go([], one, Failing())
except OSError:
    pass
print(late)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout == "[]\n"
