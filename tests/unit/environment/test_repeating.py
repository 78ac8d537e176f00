"""A change that filled an empty environment, carried out once more."""

import os
import shutil
from pathlib import Path

import pytest

from tests.kit.invariants import snapshot, violations
from tests.kit.store import FakeStore, bare_environment, place
from xpip.environment.apply import ApplyOptions, apply
from xpip.environment.locks import EnvironmentLock
from xpip.environment.pending import has_pending_change
from xpip.environment.repeating import packed_change, repeat
from xpip.model.reporter import SilentReporter
from xpip.store.packing import pack


class Filled:
    """An environment that was filled, with the plan of that, and is empty again."""

    def __init__(self, folder: Path, number: int, mode: str = "hardlink") -> None:
        self.stored = FakeStore(folder / "store", 64)
        self.folder = folder / "env"
        self.mode = mode
        self.wheels = [self.wheel(name, number) for name in ("one", "two")]
        self.environment = bare_environment(self.folder)
        report = apply(
            self.environment, [], [place(wheel) for wheel in self.wheels], self.stored.store,
            ApplyOptions(mode, lock_timeout=1), SilentReporter(),
        )  # fmt: skip
        self.full = snapshot(self.folder)
        self.head, parts = packed_change(report.change, self.environment.layout)
        self.parts = []
        for position, part in enumerate(parts):
            path = folder / f"part{position}"
            path.write_bytes(pack(part))
            self.parts.append(str(path))
        self.empty()

    def wheel(self, name: str, number: int):
        files = {f"{name}/p{at % 7}/m{at}.py": f"value = {at}\n" * 9 for at in range(number)}
        files |= {f"{name}/__init__.py": "", f"{name}/native.so": "x" * 99, "shared/same.py": "#"}
        return self.stored.add(
            name, "1.0", files, executables=(f"{name}/native.so",),
            data={"scripts/run-" + name: "#!python\n", f"data/share/{name}.txt": "text" * 30},
            console_scripts={name: f"{name}:main"},
        )  # fmt: skip

    def empty(self) -> None:
        shutil.rmtree(self.folder)
        bare_environment(self.folder)
        self.bare = snapshot(self.folder)

    def repeat(self) -> bool:
        return repeat(self.head, self.parts, self.stored.store, self.mode)

    def is_untouched(self) -> bool:
        assert not has_pending_change(self.environment.layout)
        return snapshot(self.folder) == self.bare


@pytest.mark.parametrize("number", [3, 700])
@pytest.mark.parametrize("mode", ["hardlink", "copy", "auto"])
def test_the_same_files_are_there(tmp_path, number, mode):
    filled = Filled(tmp_path, number, mode)
    assert len(filled.parts) == (2 if number > 3 else 1)
    assert filled.repeat()
    assert snapshot(filled.folder) == filled.full
    assert violations(filled.folder) == []
    assert not has_pending_change(filled.environment.layout)
    assert not filled.repeat(), "it is not empty any more"
    assert snapshot(filled.folder) == filled.full


@pytest.mark.parametrize("name", ["one", "two"])
def test_a_touched_blob_of_either_half_leaves_nothing_behind(tmp_path, name):
    filled = Filled(tmp_path, 700)
    wheel = next(wheel for wheel in filled.wheels if wheel.name == name)
    blob = next(file.blob for folder in reversed(wheel.folders) for file in folder.files[-1:])
    os.utime(filled.stored.root / "files-v1" / blob)
    assert not filled.repeat()
    assert filled.is_untouched()


@pytest.mark.parametrize("number", [0, 1])
def test_a_part_that_cannot_be_read_leaves_nothing_behind(tmp_path, number):
    filled = Filled(tmp_path, 700)
    Path(filled.parts[number]).write_bytes(b"xpip")
    assert not filled.repeat()
    assert filled.is_untouched()


def test_an_environment_that_somebody_changes_is_left_to_the_command(tmp_path):
    filled = Filled(tmp_path, 3)
    with EnvironmentLock(filled.environment.layout.purelib, 1, SilentReporter()):
        assert not filled.repeat()
    assert filled.is_untouched()


def test_a_head_of_another_form_is_no_plan(tmp_path):
    filled = Filled(tmp_path, 3)
    for head in ((), filled.head[:-1], (*filled.head, 1), ((), *filled.head[1:])):
        assert not repeat(head, filled.parts, filled.stored.store, "hardlink")
    assert filled.is_untouched()


def test_only_a_change_that_filled_an_empty_environment_is_packed(tmp_path):
    filled = Filled(tmp_path, 3)
    layout = filled.environment.layout
    one, two = filled.wheels

    def change(*wheels):
        return apply(
            filled.environment, [], [place(wheel) for wheel in wheels], filled.stored.store,
            ApplyOptions(lock_timeout=1), SilentReporter(),
        ).change  # fmt: skip

    assert packed_change(None, layout) is None
    assert packed_change(change(one), layout) is not None
    Path(layout.scripts, "two").write_text("of nobody")
    assert packed_change(change(two), layout) is None, "something was replaced"
