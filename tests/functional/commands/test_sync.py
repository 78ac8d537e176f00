"""`xpip sync` makes an environment hold exactly what files pin."""

import hashlib
import os
import subprocess
import sys

import pytest

from tests.kit.command import run
from tests.kit.invariants import OWN_FILES, snapshot, violations
from tests.kit.wheels import WheelBuilder

MORE_OWN = (
    *OWN_FILES, ".gitignore", "bin/activate.csh", "bin/activate.fish", "bin/activate.nu",
    "bin/Activate.ps1", "bin/activate_this.py", "bin/python3",
    f"bin/python3.{sys.version_info[1]}",
)  # fmt: skip


def sha256(path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def sync(world, *words, **variables):
    return world.xpip("sync", "--index-url", world.index.simple, *words, **variables)


def library(world):
    return next((world.environment / "lib").iterdir()) / "site-packages"


@pytest.fixture
def pinned(world):
    """Three projects on the index, two of them pinned and installed."""
    for name in ("alpha", "beta", "gamma"):
        world.wheel(name, "1.0", files={f"{name}/__init__.py": f"{name} = 1\n" * 20})
        world.wheel(name, "2.0", files={f"{name}/__init__.py": f"{name} = 2\n" * 20})
    world.write("requirements.txt", "alpha==1.0\nbeta==1.0\n")
    done = sync(world)
    assert done.code == 0, done
    assert world.installed() == {"alpha": "1.0", "beta": "1.0"}
    return world


def unchanged(world, done, before, *fragments):
    """One error with all fragments, and nothing of the environment differs."""
    assert done.code == 1, done
    assert done.err.count("error: ") == 1, done
    assert "Traceback" not in done.err
    for fragment in fragments:
        assert fragment in done.err, done
    assert snapshot(world.environment) == before


def test_what_differs_is_replaced_and_what_is_not_listed_goes(pinned):
    pinned.install("alpha==2.0", "gamma==1.0")
    done = sync(pinned)
    assert done.code == 0, done
    assert pinned.installed() == {"alpha": "1.0", "beta": "1.0"}
    rows = [line.split() for line in done.out.splitlines()[2:4]]
    assert rows[0] == ["alpha", "replace", "2.0", "1.0", "other", "version"]
    assert rows[1] == ["gamma", "remove", "1.0", "not", "listed"]
    assert done.out.splitlines()[-1] == "Synchronised: 1 replaced, 1 removed"
    assert violations(pinned.environment, MORE_OWN) == []


def test_twice_changes_nothing(pinned):
    before = snapshot(pinned.environment)
    done = sync(pinned)
    assert (done.code, done.out, done.err) == (0, "Everything up-to-date\n", "")
    assert snapshot(pinned.environment) == before


def test_a_dry_run_shows_the_plan_and_does_nothing(pinned):
    pinned.install("gamma")
    before = snapshot(pinned.environment)
    done = sync(pinned, "-n")
    assert done.code == 0
    assert "gamma   remove 2.0" in done.out
    assert snapshot(pinned.environment) == before


def test_a_file_of_pip_tools_can_be_named(pinned):
    pinned.install("alpha==2.0")
    pinned.write("other.toml", "[tool.pip-tools.sync]\ndry-run = true\n")
    done = sync(pinned, "--config", "other.toml")
    assert done.code == 0, done
    assert "other version" in done.out
    assert pinned.installed() == {"alpha": "2.0", "beta": "1.0"}


def test_dependencies_are_not_looked_at_but_with_strict_warned_of(world):
    world.wheel("app", "1.0", requires=["needed>=1"])
    world.write("requirements.txt", "app==1.0\n")
    assert sync(world).err == ""
    assert world.installed() == {"app": "1.0"}
    done = sync(world, "--strict")
    assert done.code == 0
    assert "warning: app 1.0 requires needed, which is not installed" in done.err


def test_what_installs_packages_stays(world):
    for name in ("pip", "setuptools", "wheel", "other"):
        world.wheel(name, "1.0")
    world.install("pip", "setuptools", "wheel", "other")
    world.write("requirements.txt", "other==1.0\n")
    assert sync(world).out == "Everything up-to-date\n"
    world.wheel("setuptools", "2.0")
    world.write("requirements.txt", "other==1.0\nsetuptools==2.0\n")
    assert sync(world).code == 0
    assert world.installed()["setuptools"] == "2.0"


def test_xpip_itself_and_what_it_needs_stays(world):
    world.wheel("xpip", "0.1", requires=["first"])
    world.wheel("first", "1.0", requires=["second"])
    for name in ("second", "other"):
        world.wheel(name, "1.0")
    world.install("xpip", "other")
    world.wheel("gamma", "1.0")
    world.write("requirements.txt", "gamma==1.0\n")
    assert sync(world).code == 0
    assert set(world.installed()) == {"xpip", "first", "second", "gamma"}


def test_a_file_with_another_hash_is_replaced(world):
    first = world.wheel("alpha", "1.0", files={"alpha.py": "one = 1\n" * 20})
    world.install("alpha")
    first.unlink()
    second = world.wheel("alpha", "1.0", files={"alpha.py": "two = 2\n" * 20})
    world.write("requirements.txt", f"alpha==1.0 --hash=sha256:{sha256(second)}\n")
    other = world.folder / "other"
    assert world.xpip("venv", other).code == 0
    assert world.xpip(
        "install", "--python", other, "-i", world.index.simple, "--refresh", "-r",
        world.folder / "requirements.txt",
    ).code == 0  # fmt: skip
    done = sync(world)
    assert "other hash" in done.out, done
    assert world.runs("import alpha; print(alpha.two)") == "2"
    assert sync(world).out == "Everything up-to-date\n"


def test_what_came_from_a_url_is_not_what_an_index_has(world):
    wheel = world.wheel("alpha", "1.0")
    world.install(wheel)
    world.write("requirements.txt", "alpha==1.0\n")
    done = sync(world)
    assert "other origin" in done.out, done
    assert not list(library(world).glob("alpha-1.0.dist-info/direct_url.json"))
    assert sync(world).out == "Everything up-to-date\n"


def test_a_wheel_by_its_path_is_kept_while_it_is_the_same(world):
    wheel = world.wheel("alpha", "1.0")
    world.write("requirements.txt", f"{wheel}\n")
    assert sync(world).out.endswith("Synchronised: 1 installed\n")
    assert sync(world).out == "Everything up-to-date\n"


@pytest.mark.parametrize("damage", ["", "alpha/__init__.py,sha256=abc", "\0\0\0\0"])
def test_a_damaged_record_is_replaced(pinned, damage):
    record = library(pinned) / "alpha-1.0.dist-info" / "RECORD"
    record.unlink()
    if damage:
        record.write_text(damage)
    done = sync(pinned)
    assert "damaged RECORD" in done.out, done
    assert violations(pinned.environment, MORE_OWN) == []


def test_repair_puts_back_only_what_differs(pinned):
    changed = library(pinned) / "alpha" / "__init__.py"
    changed.unlink()
    changed.write_text("hacked")
    untouched = library(pinned) / "alpha-1.0.dist-info" / "METADATA"
    inode = untouched.stat().st_ino
    assert sync(pinned).out == "Everything up-to-date\n"
    listed = pinned.xpip("check", "--files")
    assert listed.code == 1
    assert listed.out == f"alpha 1.0 has {changed}, which is changed.\n"
    done = sync(pinned, "--repair")
    assert done.out.endswith("Synchronised: 1 repaired\n"), done
    assert untouched.stat().st_ino == inode
    assert pinned.xpip("check", "--files").code == 0
    assert violations(pinned.environment, MORE_OWN) == []


def test_repair_installs_again_what_the_cache_does_not_have_any_more(pinned):
    changed = library(pinned) / "alpha" / "__init__.py"
    with changed.open("w") as file:  # In place, so that the cache has it too.
        file.write("hacked")
    done = sync(pinned, "--repair")
    assert "alpha   replace 1.0       1.0    changed files" in done.out, done
    assert pinned.runs("import alpha; print(alpha.alpha)") == "1"


def test_the_default_is_a_lock_before_requirements(world):
    done = sync(world)
    assert done.code == 1
    assert "there is neither `pylock.toml` nor `requirements.txt`" in done.err


def test_an_empty_file_changes_nothing_unless_that_is_allowed(pinned):
    pinned.write("empty.txt", "# nothing\n")
    done = sync(pinned, "empty.txt")
    assert done.code == 0
    assert "`empty.txt` pins nothing: nothing was changed" in done.err
    assert len(pinned.installed()) == 2
    assert sync(pinned, "--allow-empty", "empty.txt").code == 0
    assert pinned.installed() == {}


def test_ask_changes_nothing_without_an_answer(pinned):
    pinned.install("gamma")
    before = snapshot(pinned.environment)
    done = sync(pinned, "--ask")
    assert done.code == 2
    assert "nobody answered" in done.err
    assert snapshot(pinned.environment) == before


def test_lines_that_are_not_pinned_are_an_error_with_file_and_line(pinned):
    pinned.write("loose.txt", "alpha==1.0\nbeta\ngamma>=1\n")
    before = snapshot(pinned.environment)
    unchanged(pinned, sync(pinned, "loose.txt"), before, "loose.txt:2: `beta`", "loose.txt:3")
    pinned.write("one.txt", "alpha==1.*\n")
    unchanged(pinned, sync(pinned, "one.txt"), before, "one.txt:1: `alpha==1.*` is not pinned")


def test_conflicting_pins_name_both_lines(pinned):
    pinned.write("more.txt", "\nalpha==2.0\n")
    before = snapshot(pinned.environment)
    done = sync(pinned, "requirements.txt", "more.txt")
    unchanged(pinned, done, before, "requirements.txt:1: `alpha==1.0`", "more.txt:2: `alpha==2.0`")
    assert sync(pinned, "requirements.txt", "more.txt", "--force").code == 0
    assert pinned.installed()["alpha"] == "2.0"


def test_a_pin_that_a_constraint_refuses(pinned):
    pinned.write("requirements.txt", "-c limits.txt\nalpha==1.0\n")
    pinned.write("limits.txt", "alpha>=2\n")
    before = snapshot(pinned.environment)
    unchanged(
        pinned, sync(pinned), before, "requirements.txt:2: `alpha==1.0`", "limits.txt:1: `alpha>=2`"
    )


@pytest.mark.parametrize(
    ("name", "content", "fragment"),
    [
        ("loop.txt", b"-r loop.txt\n", "`loop.txt` includes itself"),
        ("binary.txt", b"alpha==1.0\n\xff\xfe\x00\n", "binary.txt:2:1: byte `0xFF`"),
        ("odd.txt", b"alpha==1.0\n<<<<<<< HEAD\n", "odd.txt:2:"),
    ],
)
def test_files_that_are_none_are_an_error(pinned, name, content, fragment):
    (pinned.folder / name).write_bytes(content)
    before = snapshot(pinned.environment)
    unchanged(pinned, sync(pinned, name), before, fragment)


def test_a_folder_is_no_file(pinned):
    before = snapshot(pinned.environment)
    unchanged(pinned, sync(pinned, "files"), before, "is a folder")


def test_a_hash_that_does_not_fit(pinned):
    pinned.write("requirements.txt", f"alpha==2.0 --hash=sha256:{'0' * 64}\n")
    before = snapshot(pinned.environment)
    unchanged(pinned, sync(pinned), before, "alpha")


def test_required_hashes_that_are_missing(pinned):
    pinned.install("gamma")
    before = snapshot(pinned.environment)
    pinned.write("requirements.txt", "alpha==2.0\n")
    unchanged(pinned, sync(pinned, "--require-hashes"), before, "requirements.txt:1", "hash")


def test_a_failing_download_leaves_everything_as_it_was(pinned):
    pinned.write("requirements.txt", "alpha==2.0\nnowhere==1.0\n")
    before = snapshot(pinned.environment)
    unchanged(pinned, sync(pinned), before, "nowhere")


def test_spellings_of_pip_sync(pinned):
    pinned.install("gamma")
    done = sync(
        pinned, "--python-executable", pinned.environment / "bin" / "python", "--no-config",
        "--pip-args", "--timeout 3 --no-color", "-q",
    )  # fmt: skip
    assert (done.code, done.out) == (0, ""), done
    assert pinned.installed() == {"alpha": "1.0", "beta": "1.0"}


def test_a_pending_change_is_undone_first(pinned):
    before = snapshot(pinned.environment)
    (library(pinned) / ".xpip-txn").mkdir()
    assert sync(pinned).code == 0
    assert snapshot(pinned.environment) == before


def test_a_stamp_answers_the_next_run_until_something_changes(pinned):
    import time

    for _ in range(2):
        time.sleep(0.1)
        assert sync(pinned).out == "Everything up-to-date\n"
    stamps = list((pinned.cache / "unchanged-v1").iterdir())
    assert stamps
    pinned.install("gamma")
    assert "gamma" in sync(pinned).out


def has_pip() -> bool:
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--version"], capture_output=True, check=False
    )
    return done.returncode == 0


@pytest.mark.skipif(not has_pip(), reason="pip is not installed")
def test_compile_then_sync_is_what_pip_sees(world):
    """Round trip over generated projects: `pip freeze` says what the file says."""
    for number in range(8):
        requires = [f"part{number + 1}>=1", "shared<3"] if number < 7 else ["shared"]
        world.wheel(f"part{number}", f"1.{number}", requires=requires)
    for version in ("1.0", "2.5", "3.0"):
        world.wheel("shared", version)
    world.write("requirements.in", "part0\n")
    options = ("--index-url", world.index.simple)
    done = world.xpip(
        "compile", *options, "requirements.in", "-o", "requirements.txt", "--generate-hashes",
        "--no-annotate", "--no-header", "--no-emit-index-url",
    )  # fmt: skip
    assert done.code == 0, done
    assert sync(world).code == 0
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(world.environment),
        "--disable-pip-version-check",
    ]
    assert run(*pip, "check").code == 0
    frozen = run(*pip, "freeze").out.splitlines()
    text = (world.folder / "requirements.txt").read_text()
    assert frozen == [line.split()[0] for line in text.splitlines() if "==" in line]
    assert len(frozen) == 9
    assert sync(world).out == "Everything up-to-date\n"


def test_a_warm_synchronisation_asks_nobody(world):
    """With hashes the store is enough, whatever became of the index."""
    wheel = WheelBuilder("alpha", "1.0").build(world.index.folder)
    world.write("requirements.txt", f"alpha==1.0 --hash=sha256:{sha256(wheel)}\n")
    assert sync(world).code == 0
    other = world.folder / "other"
    assert world.xpip("venv", other).code == 0
    done = world.xpip(
        "sync", "--python", other, "--index-url", "http://127.0.0.1:1/simple", "--retries", "0"
    )
    assert done.code == 0, done
    assert os.path.exists(next((other / "lib").iterdir()) / "site-packages" / "alpha.py")
