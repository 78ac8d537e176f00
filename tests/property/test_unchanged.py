"""Random edits of everything a run consulted: each of them is a miss, and no edit is a hit.

The clock of the file system ticks every few milliseconds, and an edit within the tick of the stamp
could go unseen; so, as for real runs, what is remembered has been left alone for a while before.
"""

import os
import shutil
import tempfile
import time
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xpip.cli import unchanged

OUTPUT = "Requirement already satisfied: a in /env (1.0)\n"
PROJECTS = ("a", "b", "c")
BY_CONTENT = ("requirements.txt", "constraints.txt")


class World:
    """A small environment with everything that a satisfied run looks at, in a folder of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.library = folder / "site-packages"
        self.library.mkdir()
        for name in PROJECTS:
            info = self.info(name)
            info.mkdir()
            (info / "METADATA").write_text(f"Name: {name}\n")
            (info / "RECORD").write_text(f"{name}.py,,\n")
            (self.library / f"{name}.py").write_text("")
        (folder / "requirements.txt").write_text("a\nb\n-c constraints.txt\n")
        (folder / "constraints.txt").write_text("c<2\n")
        (folder / "pyvenv.cfg").write_text("home = /usr/bin\n")
        self.argv = ["install", "-r", "requirements.txt", f"--cache-dir={folder}/cache"]

    def texts(self):
        """Return what is compared by content; None for what is gone."""
        found = [self.folder / name for name in BY_CONTENT]
        return [path.read_bytes() if path.exists() else None for path in found]

    def info(self, name):
        return self.library / f"{name}-1.0.dist-info"

    def consulted(self):
        paths = [self.library, self.folder / "pip.conf", self.folder / ".venv" / "pyvenv.cfg"]
        paths += [
            self.folder / name for name in ("requirements.txt", "constraints.txt", "pyvenv.cfg")
        ]
        for name in PROJECTS:
            info = self.info(name)
            paths += [info, info / "METADATA", info / "RECORD", info / "direct_url.json"]
        return [str(path) for path in paths]

    def remember(self):
        return unchanged.remember(
            self.argv, f"{self.folder}/cache", self.consulted(), OUTPUT, time.time() + 10
        )


FILES = st.sampled_from(
    ["requirements.txt", "constraints.txt", "pyvenv.cfg"]
    + [
        f"site-packages/{name}-1.0.dist-info/{file}"
        for name in PROJECTS
        for file in ("METADATA", "RECORD")
    ]
)


NEW_FILES = [
    "pip.conf", ".venv/pyvenv.cfg", "site-packages/new.pth", "site-packages/a-1.0.dist-info/direct_url.json",
    "site-packages/d-1.0.dist-info/METADATA", "site-packages/.xpip-txn/journal",
]  # fmt: skip


@st.composite
def edits(draw):
    """Return whether only content counts, and a function on the folder that makes one edit."""
    kind = draw(
        st.sampled_from(
            ["write", "flip", "replace", "delete", "create", "rename", "project", "touch"]
        )
    )
    path = draw(FILES)
    text = draw(st.text(st.characters(codec="ascii", exclude_characters="\r"), max_size=40))
    restore = draw(st.booleans())
    new = draw(st.sampled_from(NEW_FILES))
    project = draw(st.sampled_from(PROJECTS))

    def apply(folder: Path):
        target = folder / path
        before = target.stat()
        if kind == "write":
            target.write_text(text)
        elif kind == "flip":
            content = bytearray(target.read_bytes())
            if not content:
                return  # An earlier edit emptied it.
            content[0] ^= 1
            target.write_bytes(content)
        elif kind == "replace":
            (folder / "other").write_bytes(target.read_bytes())
            (folder / "other").replace(target)
        elif kind == "delete":
            target.unlink()
            return
        elif kind == "create":
            (folder / new).parent.mkdir(parents=True, exist_ok=True)
            (folder / new).write_text(text)
            return
        elif kind == "rename":
            target.rename(target.with_name("renamed"))
            return
        elif kind == "project":
            shutil.rmtree(folder / "site-packages" / f"{project}-1.0.dist-info")
            return
        else:
            os.utime(target)
        if restore:
            os.utime(target, ns=(before.st_atime_ns, before.st_mtime_ns))

    is_text = path in BY_CONTENT and kind not in ("create", "project")
    return is_text, apply


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(changes=st.lists(edits(), min_size=1, max_size=3), seed=st.integers(0, 2**16))
def test_any_edit_is_a_miss_and_no_edit_is_a_hit(changes, seed):
    here = os.getcwd()
    with tempfile.TemporaryDirectory() as name:
        world = World(Path(name))
        os.chdir(name)
        try:
            assert world.remember()
            assert unchanged.check(world.argv) == OUTPUT
            time.sleep(0.012)
            before, all_texts = world.texts(), True
            for is_text, apply in changes:
                try:
                    apply(Path(name))
                    all_texts &= is_text
                except FileNotFoundError:
                    continue  # An earlier edit took it away.
            is_same = all_texts and world.texts() == before
            assert unchanged.check(world.argv) == (OUTPUT if is_same else None)
        finally:
            os.chdir(here)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_no_damage_of_a_stamp_is_ever_believed(data):
    here = os.getcwd()
    with tempfile.TemporaryDirectory() as name:
        world = World(Path(name))
        os.chdir(name)
        try:
            assert world.remember()
            (stamp,) = (Path(name) / "cache" / unchanged.BUCKET).iterdir()
            content = stamp.read_bytes()
            start = data.draw(st.integers(0, len(content) - 1))
            end = data.draw(st.integers(start, len(content)))
            middle = data.draw(st.binary(max_size=20))
            damaged = content[:start] + middle + content[end:]
            stamp.write_bytes(damaged)
            assert unchanged.check(world.argv) == (OUTPUT if damaged == content else None)
        finally:
            os.chdir(here)
