"""Single files are put back in a transaction of their own."""

import os
from pathlib import Path

import pytest

from tests.kit.invariants import snapshot, violations
from tests.kit.store import FakeStore, bare_environment, place
from xpip.environment.apply import ApplyOptions, apply
from xpip.environment.faults import EnvironmentBusy, FileCollision
from xpip.environment.installed import scan
from xpip.environment.pending import has_pending_change
from xpip.environment.recover import recover
from xpip.environment.transaction import open_folders
from xpip.errors import EnvironmentFault
from xpip.model.plan import Mending, Restoration
from xpip.model.reporter import SilentReporter


class Scene:
    """One installed distribution with two damaged files and a missing one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "env"
        self.stored = FakeStore(folder / "store")
        self.environment = bare_environment(self.folder)
        self.wheel = self.stored.add(
            "demo",
            "1.0",
            {f"demo/sub/m{number}.py": f"v = {number}\n" * 20 for number in range(4)},
            console_scripts={"demo": "demo:main"},
        )
        self.apply(placements=[place(self.wheel)])
        self.whole = snapshot(self.folder)
        library = Path(self.environment.layout.purelib)
        self.paths = [library / f"demo/sub/m{number}.py" for number in range(3)]
        self.paths.append(self.folder / "bin" / "demo")
        for path in self.paths:
            path.unlink()
        self.paths[0].write_text("changed")
        self.damaged = snapshot(self.folder)

    def apply(self, placements=(), reporter=None, **options):
        return apply(
            self.environment, [], placements, self.stored.store, ApplyOptions(**options),
            reporter or SilentReporter(),
        )  # fmt: skip

    def mending(self, *rubbish: Path) -> Mending:
        paths = tuple(map(str, self.paths))
        restoration = Restoration(scan(self.environment)[0], place(self.wheel), paths)
        return Mending((restoration,), tuple(map(str, rubbish)))


@pytest.fixture
def scene(tmp_path):
    return Scene(tmp_path)


def test_files_are_put_back_and_nothing_else_is_written(scene):
    kept = Path(scene.environment.layout.purelib) / "demo/sub/m3.py"
    inode = kept.stat().st_ino
    report = scene.apply(mending=scene.mending())
    assert report.restored == tuple(sorted(map(str, scene.paths)))
    assert snapshot(scene.folder) == scene.whole
    assert kept.stat().st_ino == inode
    assert violations(scene.folder) == []


def test_rubbish_goes_as_a_whole(scene):
    rubbish = Path(scene.environment.layout.purelib) / "~emo"
    (rubbish / "deep").mkdir(parents=True)
    (rubbish / "deep" / "x.py").write_text("")
    scene.apply(mending=scene.mending(rubbish))
    assert snapshot(scene.folder) == scene.whole


class Dying(SilentReporter):
    """Ends the process when everything is in place but the commit."""

    def started(self, phase: str, items: int, size: int = 0) -> None:
        os.link = die_at(os.link, 2)


def die_at(function, number: int):
    left = [number]

    def dying(*arguments, **more):
        left[0] -= 1
        if left[0] == 0:
            os._exit(9)
        return function(*arguments, **more)

    return dying


def test_a_kill_between_two_files_brings_the_damage_back(scene):
    rubbish = Path(scene.environment.layout.purelib) / "~emo"
    rubbish.mkdir()
    before = snapshot(scene.folder)
    if os.fork() == 0:
        try:
            scene.apply(mending=scene.mending(rubbish), reporter=Dying(), link_mode="hardlink")
        finally:
            os._exit(1)
    _, status = os.wait()
    assert os.waitstatus_to_exitcode(status) == 9
    assert has_pending_change(scene.environment.layout)
    assert snapshot(scene.folder) != before
    recover(scene.environment, SilentReporter())
    assert snapshot(scene.folder) == before


def test_a_folder_in_the_place_of_a_file_is_an_error_and_stays(scene):
    scene.paths[1].mkdir()
    before = snapshot(scene.folder)
    with pytest.raises(FileCollision, match="a folder has that place"):
        scene.apply(mending=scene.mending())
    assert snapshot(scene.folder) == before


def test_too_little_room_is_noticed_before_the_first_write(scene, monkeypatch):
    full = os.statvfs_result((4096, 4096, 100, 2, 2, 1000, 1000, 1000, 0, 255))
    monkeypatch.setattr(os, "statvfs", lambda _: full)
    other = scene.stored.add("big", "1.0", {f"big/m{n}.py": "x" * 5000 for n in range(9)})
    before = snapshot(scene.folder)
    with pytest.raises(EnvironmentFault, match="has no room for") as caught:
        scene.apply(placements=[place(other)], link_mode="copy")
    assert caught.value.details == ("8,192 bytes are free",)
    assert str(scene.environment.layout.purelib) in caught.value.summary
    assert snapshot(scene.folder) == before


def test_the_transaction_folder_of_somebody_else_is_left_alone(tmp_path):
    opened: list[str] = []
    open_folders([str(tmp_path)], [])
    with pytest.raises(EnvironmentBusy):
        open_folders([str(tmp_path)], opened)
    assert opened == []
    assert (tmp_path / ".xpip-txn").is_dir()
