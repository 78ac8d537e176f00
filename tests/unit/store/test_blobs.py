"""Nothing edited is ever taken for a blob, and what is right is made whole without disturbing anybody."""

import os
from pathlib import Path

import pytest

from tests.kit.wheels import WheelBuilder
from xpip.errors import StoreFault
from xpip.store.blobs import DamagedBlob, blob_path, ensure_blob, heal, is_untouched
from xpip.store.layout import Store, open_store
from xpip.store.unpack import add_wheel
from xpip.store.wheels import read_wheel

TEXT = "x = 'long enough to be a blob of its own and not a part of the manifest'\n"


class Case:
    def __init__(self, tmp_path, mode=0o644):
        self.store = open_store(str(tmp_path / "cache"))
        builder = WheelBuilder("app", "1.0", {"a.py": TEXT}, modes={"a.py": mode})
        self.wheel_file = builder.build(tmp_path / "wheels")
        self.wheel = self.add()
        self.file = next(
            f for folder in self.wheel.folders for f in folder.files if f.name == "a.py"
        )
        self.path = Path(blob_path(self.store, self.wheel, self.file))
        self.installed = tmp_path / "installed.py"
        os.link(self.path, self.installed)

    def add(self):
        return add_wheel(self.store, str(self.wheel_file), self.wheel_file.name, ())

    def is_untouched(self):
        return is_untouched(os.lstat(self.path), self.file.size, self.file.executable)

    def is_present(self):
        return read_wheel(self.store, self.wheel.key) is not None


@pytest.fixture(params=[0o644, 0o755])
def case(tmp_path, request):
    return Case(tmp_path, request.param)


def test_a_touched_blob_with_the_right_bytes_gets_a_new_inode_of_the_same_mode(case):
    mode = case.path.stat().st_mode
    os.utime(case.installed)
    assert not case.is_untouched()
    assert heal(case.store, case.wheel, case.file)
    assert case.is_untouched()
    assert case.path.read_text() == TEXT
    assert case.path.stat().st_mode == mode
    assert case.path.stat().st_ino != case.installed.stat().st_ino
    assert case.is_present()
    assert os.listdir(f"{case.store.root}/tmp") == []


@pytest.mark.parametrize("edit", ["same size", "longer", "empty", "gone", "link"])
def test_a_blob_with_other_bytes_makes_its_wheel_absent_until_it_is_fetched_again(
    case, edit, tmp_path
):
    if edit == "gone":
        case.path.unlink()
    elif edit == "link":
        case.path.unlink()
        case.path.symlink_to(tmp_path / "installed.py")
    else:
        case.installed.write_text(
            {"same size": TEXT.upper(), "longer": TEXT * 2, "empty": ""}[edit]
        )
    assert not os.path.lexists(case.path) or not case.is_untouched()
    with pytest.raises(DamagedBlob) as caught:
        ensure_blob(case.store, case.wheel, case.file)
    assert isinstance(caught.value, StoreFault)
    assert "`a.py` of `app 1.0`" in caught.value.summary
    assert not case.is_present()
    assert case.add() == case.wheel
    assert case.is_untouched()
    assert not case.path.is_symlink()
    assert case.path.read_text() == TEXT
    assert case.is_present()


def test_a_live_blob_is_never_unlinked(case):
    case.installed.write_text("edited")
    assert not heal(case.store, case.wheel, case.file)
    assert case.path.exists()


def test_a_blob_of_a_cache_that_is_only_read_is_passed_over(case, tmp_path):
    store = Store(str(tmp_path / "own"), layers=(case.store.root,))
    os.utime(case.path)
    assert not heal(store, case.wheel, case.file)
    assert read_wheel(store, case.wheel.key) is None
    assert case.is_present()
