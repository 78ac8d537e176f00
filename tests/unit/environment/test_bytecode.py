"""Bytecode is made once for each kind of Python and linked into every environment."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit.invariants import violations
from tests.kit.store import FakeStore, bare_environment, place
from tests.unit.environment.pythons import interpreters
from xpip.environment.apply import ApplyOptions, apply
from xpip.environment.bytecode import make_bytecode
from xpip.environment.compiled import bytecode_kind
from xpip.environment.create import CreateOptions, create_environment
from xpip.environment.installed import scan
from xpip.environment.interpreter import query_interpreter
from xpip.environment.links import Placer
from xpip.model.environment import Environment
from xpip.model.reporter import SilentReporter
from xpip.store.blobs import blob_path
from xpip.store.bytecode import drop_bytecode, find_damaged, read_bytecode
from xpip.store.layout import BLOB_MTIME, Store
from xpip.store.wheels import drop_wheel

BODY = "def where():\n    return where.__code__.co_filename\n" + "# padding\n" * 20


class Warnings(SilentReporter):
    """Keeps warnings."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def warning(self, text: str) -> None:
        self.texts.append(text)


class World:
    """A store and environments of one Python, made as a user would make them."""

    def __init__(self, folder: Path, python: str) -> None:
        self.folder = folder
        self.stored = FakeStore(folder / "store")
        self.store = self.stored.store
        self.base = query_interpreter(python, self.store)
        self.reporter = Warnings()

    def environment(self, name: str) -> Environment:
        path = str(self.folder / name)
        create_environment(path, self.base, CreateOptions())
        interpreter = query_interpreter(f"{path}/bin/python", self.store)
        return Environment(interpreter, interpreter.layout, "--python", True, None)

    def wheel(self, version: str = "1.0", **more: str):
        files = {"demo/__init__.py": BODY, "demo/empty.py": "", "single.py": "x = 1\n", **more}
        return self.stored.add("demo", version, files)

    def make(self, wheel, level: int = 0):
        return make_bytecode(self.base, [wheel], self.store, level, self.reporter)

    def install(self, environment: Environment, wheel, **options: object):
        removals = [one for one in scan(environment) if one.name == "demo"]
        return apply(
            environment, removals, [place(wheel)], self.store, ApplyOptions(**options),
            self.reporter,
        )  # fmt: skip


@pytest.fixture
def world(tmp_path):
    return World(tmp_path, sys.executable)


def compiled_in(environment: Environment) -> dict[str, Path]:
    library = Path(environment.layout.purelib)
    return {str(path.relative_to(library)): path for path in sorted(library.rglob("*.pyc"))}


def run(environment: Environment, code: str, *options: str) -> tuple[str, str]:
    """Return what a program prints, and on the error output."""
    variables = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    done = subprocess.run(
        [environment.interpreter.executable, *options, "-c", code],
        capture_output=True, text=True, check=True, env=variables,
    )  # fmt: skip
    return done.stdout.strip(), done.stderr


@pytest.mark.parametrize("python", interpreters().values(), ids=interpreters())
@pytest.mark.parametrize("level", [0, 1, 2])
def test_linked_bytecode_is_what_python_loads(tmp_path, python, level):
    world = World(tmp_path, python)
    wheel = world.wheel()
    assert world.make(wheel, level) == ()
    environment = world.environment("one")
    world.install(environment, wheel, optimization=level)
    inodes = {name: path.stat().st_ino for name, path in compiled_in(environment).items()}
    assert len(inodes) == 3
    switches = ("-O" * level,) if level == 1 else ("-OO",) if level else ()
    said, log = run(environment, "import demo.empty, single; print(demo.where())", *switches, "-v")
    assert said == f"{environment.layout.purelib}/demo/__init__.py"
    for module in ("demo/__init__", "demo/empty", "single"):
        path = f"{environment.layout.purelib}/{module}.py"
        assert f"matches {path}" in log
    assert not [line for line in log.splitlines() if "wrote" in line and str(tmp_path) in line]
    after = {name: path.stat().st_ino for name, path in compiled_in(environment).items()}
    assert after == inodes
    assert world.reporter.texts == []


def test_both_environments_share_the_compiled_files(world):
    wheel = world.wheel()
    world.make(wheel)
    environments = [world.environment("one"), world.environment("two")]
    for environment in environments:
        world.install(environment, wheel)
    one, two = map(compiled_in, environments)
    assert one.keys() == two.keys()
    assert all(one[name].samefile(two[name]) for name in one)


@pytest.mark.parametrize("link_mode", ["hardlink", "copy", "auto"])
@pytest.mark.parametrize("inline_below", [0, 1000])
def test_bytecode_counts_however_the_files_come_from_the_store(tmp_path, link_mode, inline_below):
    world = World(tmp_path, sys.executable)
    world.stored.inline_below = inline_below
    wheel = world.wheel()
    world.make(wheel)
    environment = world.environment("one")
    world.install(environment, wheel, link_mode=link_mode)
    _, log = run(environment, "import demo, single", "-v")
    assert f"matches {environment.layout.purelib}/demo/__init__.py" in log
    assert f"matches {environment.layout.purelib}/single.py" in log


def test_an_edited_source_is_compiled_anew_and_nobody_else_sees_it(world):
    """The edit replaces the file, as editors do; the bytecode of the store must not change."""
    wheel = world.wheel()
    world.make(wheel)
    one, two = world.environment("one"), world.environment("two")
    for environment in (one, two):
        world.install(environment, wheel)
    kept = {name: path.read_bytes() for name, path in compiled_in(two).items()}
    source = Path(one.layout.purelib, "single.py")
    source.unlink()
    source.write_text("x = 2\n")  # The same size as before.
    assert run(one, "import single; print(single.x)")[0] == "2"
    assert run(two, "import single; print(single.x)")[0] == "1"
    assert {name: path.read_bytes() for name, path in compiled_in(two).items()} == kept
    name = next(name for name in compiled_in(one) if "single" in name)
    assert not compiled_in(one)[name].samefile(compiled_in(two)[name])


def test_a_source_edited_through_its_link_is_compiled_anew(world):
    wheel = world.wheel()
    world.make(wheel)
    one = world.environment("one")
    world.install(one, wheel)
    with open(Path(one.layout.purelib, "single.py"), "r+") as file:
        file.write("x = 3\n")
    assert run(one, "import single; print(single.x)")[0] == "3"


@pytest.mark.parametrize("is_made", [True, False])
def test_an_upgrade_of_equal_size_leaves_no_stale_bytecode(world, is_made):
    """Old and new source have the same time and size, so only removing the old bytecode helps."""
    old, new = world.wheel("1.0"), world.wheel("2.0", **{"single.py": "x = 2\n"})
    world.make(old)
    if is_made:
        world.make(new)
    environment = world.environment("one")
    world.install(environment, old)
    assert run(environment, "import single; print(single.x)")[0] == "1"
    world.install(environment, new)
    assert bool(compiled_in(environment)) is is_made
    assert run(environment, "import single; print(single.x)")[0] == "2"
    found = violations(Path(environment.layout.prefix))
    assert [line for line in found if "site-packages" in line] == []


def test_bytecode_goes_with_its_distribution(world):
    wheel = world.wheel()
    world.make(wheel)
    environment = world.environment("one")
    world.install(environment, wheel)
    record = Path(environment.layout.purelib, wheel.info_folder, "RECORD").read_text()
    rows = [line for line in record.splitlines() if ".pyc" in line]
    assert len(rows) == 3
    assert all(row.endswith(".pyc,,") for row in rows)
    apply(environment, scan(environment), [], world.store, ApplyOptions(), SilentReporter())
    assert list(Path(environment.layout.purelib).iterdir()) == []


def test_nothing_is_linked_when_nobody_wants_bytecode(world):
    wheel = world.wheel()
    world.make(wheel)
    environment = world.environment("one")
    world.install(environment, wheel, optimization=None)
    assert compiled_in(environment) == {}


def test_each_level_is_compiled_by_itself(world):
    wheel = world.wheel()
    world.make(wheel, 0)
    assert read_bytecode(world.store, wheel.key, bytecode_kind(world.base, 0)) is not None
    assert read_bytecode(world.store, wheel.key, bytecode_kind(world.base, 1)) is None


def test_modules_that_do_not_compile_stay_without(world):
    wheel = world.wheel(**{"demo/template.py": "{{ name }} = (\n", "demo/null.py": "a\0b"})
    assert world.make(wheel) == ()
    environment = world.environment("one")
    world.install(environment, wheel)
    assert sorted(Path(name).name.partition(".")[0] for name in compiled_in(environment)) == [
        "__init__", "empty", "single",
    ]  # fmt: skip
    assert world.reporter.texts == []


def test_an_edited_blob_is_not_compiled(world):
    wheel = world.wheel()
    file = next(f for folder in wheel.folders for f in folder.files if f.name == "single.py")
    with open(blob_path(world.store, wheel, file), "r+") as blob:
        blob.write("x = 9\n")
    world.make(wheel)
    assert read_bytecode(world.store, wheel.key, bytecode_kind(world.base, 0)) is None
    assert len(world.reporter.texts) == 1
    assert os.listdir(f"{world.store.root}/tmp") == []


def test_touched_bytecode_is_left_out(world):
    wheel = world.wheel()
    world.make(wheel)
    one = world.environment("one")
    world.install(one, wheel)
    path = next(path for name, path in compiled_in(one).items() if "single" in name)
    with open(path, "r+b") as file:
        file.write(b"other bytes")
    two = world.environment("two")
    world.install(two, wheel)
    assert len(compiled_in(two)) == 2
    assert run(two, "import single; print(single.x)")[0] == "1"


def test_damaged_bytecode_is_found_and_dropped(world):
    wheel = world.wheel()
    world.make(wheel)
    kind = bytecode_kind(world.base, 0)
    assert find_damaged(world.store, deep=True) == []
    bytecode = read_bytecode(world.store, wheel.key, kind)
    path = bytecode.blobs + "0"
    data = Path(path).read_bytes()
    Path(path).write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    os.utime(path, (BLOB_MTIME, BLOB_MTIME))
    assert find_damaged(world.store, deep=False) == []
    assert find_damaged(world.store, deep=True) == [f"{bytecode.blobs}manifest"]
    assert read_bytecode(world.store, wheel.key, kind) is None


def test_bytecode_that_a_crash_may_have_torn_is_checked_once(world):
    wheel = world.wheel()
    world.make(wheel)
    kind = bytecode_kind(world.base, 0)
    later = Store(world.store.root, booted=4e9)
    bytecode = read_bytecode(later, wheel.key, kind)
    assert bytecode is not None
    Path(bytecode.blobs + "0").write_bytes(b"\0" * bytecode.folders[0][2][0][2])
    assert read_bytecode(later, wheel.key, kind) is not None, "it was checked before"
    os.utime(bytecode.blobs + "manifest")
    assert read_bytecode(later, wheel.key, kind) is None


def test_bytecode_goes_with_its_wheel(world):
    wheel = world.wheel()
    world.make(wheel)
    world.make(wheel, 1)
    drop_wheel(world.store, wheel.key)
    assert read_bytecode(world.store, wheel.key, bytecode_kind(world.base, 0)) is None
    assert read_bytecode(world.store, wheel.key, bytecode_kind(world.base, 1)) is None
    drop_bytecode(world.store, wheel.key)


def test_a_layer_keeps_no_new_bytecode(world, tmp_path):
    """What comes from a cache that is only read is compiled where it is installed."""
    wheel = world.wheel()
    (tmp_path / "upper").mkdir()
    upper = Store(str(tmp_path / "upper"), (world.store.root,))
    assert make_bytecode(world.base, [wheel], upper, 0, world.reporter) == ("demo",)
    world.make(wheel)
    assert make_bytecode(world.base, [wheel], upper, 0, world.reporter) == ()


def test_a_worker_that_dies_loses_only_its_own_wheels(tmp_path):
    """`os.kill` in no module can do that: the interpreter itself is a program that ends at once."""
    world = World(tmp_path, sys.executable)
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    broken = world.base._replace(executable=str(program))
    assert make_bytecode(broken, [world.wheel()], world.store, 0, world.reporter) == ()
    assert len(world.reporter.texts) == 1
    assert os.listdir(f"{world.store.root}/tmp") == []


def test_kinds_of_bytecode_are_told_apart(tmp_path):
    base = bare_environment(tmp_path / "environment").interpreter
    final = base._replace(
        bytecode_tag="cpython-314",
        target=base.target._replace(
            implementation="cpython", markers=(("implementation_version", "3.14.1"),)
        ),
    )
    early = final._replace(
        target=final.target._replace(markers=(("implementation_version", "3.14.0a2"),))
    )
    other = final._replace(
        bytecode_tag="pypy311",
        target=final.target._replace(
            implementation="pypy", markers=(("implementation_version", "7.3.20"),)
        ),
    )
    assert bytecode_kind(final, 0) == "cpython-314"
    assert bytecode_kind(final, 2) == "cpython-314.opt-2"
    assert bytecode_kind(early, 0) == "cpython-314-3.14.0a2"
    assert bytecode_kind(other, 1) == "pypy311-7.3.20.opt-1"
    assert bytecode_kind(final._replace(bytecode_tag=""), 0) == ""


def test_no_half_of_a_compiled_file_is_left_when_the_disk_is_full(world):
    """Copies of more than a limit fail, as on a full disk; an import must not meet the rest."""
    import resource

    wheel = world.wheel(**{"large.py": "x = " + repr("y" * 50_000) + "\n"})
    world.make(wheel)
    environment = world.environment("one")
    world.install(environment, wheel, optimization=None)
    placer = Placer(world.store)
    bytecode = read_bytecode(world.store, wheel.key, bytecode_kind(world.base, 0))
    target = world.folder / "copies"
    target.mkdir()
    folders = [(f"{target}/", files) for _, _, files in bytecode.folders]
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    try:
        placer.place_compiled(bytecode.blobs, folders)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    names = {path.name.partition(".")[0] for path in target.iterdir()}
    assert names == {"__init__", "empty", "single"}
