"""`xpip repair` heals what killed installers left; the shapes are those that pip and uv left when
they were killed at system calls of an upgrade (pip 23.2, uv 0.13.8)."""

import os
import shutil

import pytest

from tests.functional.commands.test_sync import MORE_OWN, library
from tests.kit.invariants import snapshot, violations


class Broken:
    """An environment with one project in its second version, and hands to break it."""

    def __init__(self, world):
        self.world = world
        self.library = library(world)
        self.info = self.library / "demo-2.0.dist-info"
        self.package = self.library / "demo"
        self.scripts = [world.environment / "bin" / name for name in ("demo", "run")]

    def remove_scripts(self):
        for script in self.scripts:
            script.unlink()

    def empty_info(self):
        """uv removes the old files in the order of RECORD, dist-info among them."""
        self.remove_scripts()
        for path in self.info.iterdir():
            path.unlink()
        (self.package / "m1.py").unlink()

    def half_installed(self):
        """Both tools write INSTALLER and the final RECORD last; until then it is the wheel's."""
        self.remove_scripts()
        rows = [
            row for row in (self.info / "RECORD").read_text().splitlines()
            if "../" not in row and "INSTALLER" not in row and "REQUESTED" not in row
        ]  # fmt: skip
        rows += ["demo-2.0.data/scripts/run,,"]
        (self.info / "RECORD").write_text("\n".join(rows) + "\n")
        for name in ("INSTALLER", "REQUESTED"):
            (self.info / name).unlink(missing_ok=True)
        (self.package / "m2.py").unlink()

    def half_installed_by_uv(self):
        self.half_installed()
        (self.library / "demo-2.0.data" / "scripts").mkdir(parents=True)
        (self.library / "demo-2.0.data" / "scripts" / "run").write_text("#!python\n")

    def half_installed_by_pip(self):
        self.half_installed()
        (self.library / "~emo").mkdir()
        (self.library / "~emo" / "old.py").write_text("")
        (self.library / "~emo-1.0.dist-info").mkdir()
        (self.library / "~emo-1.0.dist-info" / "METADATA").write_text(
            "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n"
        )
        (self.info / "RECORDkj_4pdph.tmp").write_text("demo/m1.py,")

    def moved_away_by_pip(self):
        self.remove_scripts()
        self.info.rename(self.library / "~emo-2.0.dist-info")
        self.package.rename(self.library / "~emo")

    def two_infos(self):
        old = self.library / "demo-1.0.dist-info"
        shutil.copytree(self.info, old)
        (old / "METADATA").write_text("Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n")
        (old / "RECORD").write_text(
            (self.info / "RECORD").read_text().replace("demo-2.0", "demo-1.0")
            + "demo/old.py,sha256=AAAA,3\n"
        )
        (self.package / "old.py").write_text("abc")

    def two_infos_and_no_whole_one(self):
        self.two_infos()
        (self.package / "m1.py").unlink()

    def no_record(self):
        (self.info / "RECORD").unlink()

    def torn_record(self):
        text = (self.info / "RECORD").read_text()
        (self.info / "RECORD").write_text(text[:100])

    def no_metadata(self):
        (self.info / "METADATA").unlink()

    def changed_and_missing_files(self):
        (self.package / "m1.py").unlink()
        (self.package / "m2.py").unlink()
        (self.package / "m2.py").write_text("hacked")
        self.scripts[0].unlink()
        (self.info / "METADATA").unlink()


def is_content(name: str) -> bool:
    """That a project was asked for is known from a file that may be lost, and RECORD lists it."""
    return not name.endswith(("/REQUESTED", "/RECORD"))


def contents(broken) -> dict[str, str]:
    found = snapshot(broken.world.environment)
    return {name: one for name, one in found.items() if is_content(name)}


SHAPES = [name for name in vars(Broken) if not name.startswith("_") and name != "remove_scripts"]


@pytest.fixture
def broken(world):
    for version in ("1.0", "2.0"):
        files = {f"demo/m{number}.py": f"v = {version!r}\n" * 30 for number in range(5)}
        world.wheel(
            "demo", version, files={**files, "demo/__init__.py": f"V = {version!r}\n"},
            data={"scripts/run": "#!python\nprint(1)\n"},
            entry_points={"console_scripts": {"demo": "demo:main"}},
        )  # fmt: skip
    world.wheel("other", "1.0")
    world.write("requirements.txt", "demo==2.0\nother==1.0\n")
    done = world.xpip("sync", "-i", world.index.simple)
    assert done.code == 0, done
    return Broken(world)


@pytest.mark.parametrize("shape", SHAPES)
def test_what_a_killed_installer_left_is_healed_from_the_cache(broken, shape):
    whole = snapshot(broken.world.environment)
    getattr(broken, shape)()
    damaged = snapshot(broken.world.environment)
    assert damaged != whole

    dry = broken.world.xpip("repair", "--dry-run")
    assert dry.code == 0, dry
    assert "would be" in dry.out
    assert snapshot(broken.world.environment) == damaged

    done = broken.world.xpip("repair")
    assert done.code == 0, done
    assert violations(broken.world.environment, MORE_OWN) == []
    assert contents(broken) == {name: one for name, one in whole.items() if is_content(name)}
    again = broken.world.xpip("repair")
    assert (again.code, again.out) == (0, "Nothing to repair\n")


@pytest.mark.parametrize(
    "shape", ["empty_info", "half_installed_by_uv", "no_record", "changed_and_missing_files",
              "moved_away_by_pip", "two_infos_and_no_whole_one"],
)  # fmt: skip
def test_what_the_cache_does_not_have_is_told_with_a_remedy_that_works(broken, shape):
    getattr(broken, shape)()
    shutil.rmtree(broken.world.cache)
    damaged = snapshot(broken.world.environment)
    done = broken.world.xpip("repair")
    assert done.code == 1, done
    assert "not healed" in done.out
    assert snapshot(broken.world.environment) == damaged
    remedy = next(line for line in done.out.splitlines() if "puts it right" in line)
    words = remedy.split("`")[1].split()[2:]
    assert broken.world.install(*words).code == 0
    last = broken.world.xpip("repair")
    assert last.code == 0, last
    assert broken.world.xpip("check", "--files").code == 0


def test_a_whole_environment_needs_nothing(broken):
    before = snapshot(broken.world.environment)
    done = broken.world.xpip("repair")
    assert (done.code, done.out, done.err) == (0, "Nothing to repair\n", "")
    assert snapshot(broken.world.environment) == before


def test_an_interrupted_change_is_undone(broken):
    (broken.library / ".xpip-txn").mkdir()
    listed = broken.world.xpip("list")
    assert listed.code == 0
    assert "an interrupted change of" in listed.err
    done = broken.world.xpip("repair")
    assert done.code == 0
    assert "a change by xpip was interrupted: undone" in done.out
    assert not (broken.library / ".xpip-txn").exists()


def test_old_folders_of_killed_processes_go_and_young_ones_stay(broken):
    for name in (".tmpAb12Cd", ".tmpyoung1"):
        (broken.library / name).mkdir()
        (broken.library / name / "x.py").write_text("")
    (broken.library / "x.py.xpip-part").write_text("")
    os.utime(broken.library / ".tmpAb12Cd", (1, 1))
    done = broken.world.xpip("repair")
    assert done.code == 0, done
    assert not (broken.library / ".tmpAb12Cd").exists()
    assert not (broken.library / "x.py.xpip-part").exists()
    assert (broken.library / ".tmpyoung1").exists()


def test_sync_mends_the_same_damage(broken):
    whole = snapshot(broken.world.environment)
    broken.half_installed_by_uv()
    done = broken.world.xpip("sync", "--repair", "-i", broken.world.index.simple)
    assert done.code == 0, done
    assert broken.world.xpip("check", "--files").code == 0
    assert {name: one for name, one in contents(broken).items() if ".data" not in name} == {
        name: one for name, one in whole.items() if is_content(name)
    }
