"""What `xpip sync` reads, and what it makes of folders, checkouts and leftovers."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit.command import ROOT
from tests.kit.invariants import snapshot
from tests.kit.projects import ProjectBuilder, hooks
from tests.kit.servers import Answer, FaultyServer


def sync(world, *words, **variables):
    variables.setdefault("BUILD_NOTES", str(world.folder / "notes"))
    return world.xpip("sync", "--index-url", world.index.simple, *words, **variables)


def builds(world) -> int:
    called = [hook for _, hook in hooks(world.folder / "notes")]
    return called.count("build_wheel") + called.count("build_editable")


def changed(world, *words) -> bool:
    """Synchronise, and say whether anything had to change."""
    done = sync(world, *words)
    assert done.code == 0, done
    return done.out != "Everything up-to-date\n"


def git(folder: Path, *words: str) -> str:
    identity = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.com")
    done = subprocess.run(
        ["git", *identity, *words],
        cwd=folder,
        env={**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done
    return done.stdout.strip()


def repository(folder: Path, version: str = "1.0") -> str:
    """Commit a project; return the commit."""
    ProjectBuilder("tool", version).folder(folder)
    if not (folder / ".git").exists():
        git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", version)
    return git(folder, "rev-parse", "HEAD")


# --- where files come from -------------------------------------------------------------------------


def test_files_from_a_server_and_from_a_pipe(world):
    for name in ("alpha", "beta"):
        world.wheel(name, "1.0")
    with FaultyServer().serving() as server:
        server.routes["/pins.txt"] = [Answer(200, b"alpha==1.0\n")]
        done = sync(world, f"{server.url}/pins.txt")
    assert done.code == 0, done
    assert world.installed() == {"alpha": "1.0"}
    piped = sync_with_input(world, "beta==1.0\n")
    assert piped.returncode == 0, piped
    assert world.installed() == {"beta": "1.0"}


def sync_with_input(world, text: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [
            sys.executable, "-m", "xpip", "sync", "--python", str(world.environment), "--cache-dir",
            str(world.cache), "--index-url", world.index.simple, "-",
        ],
        input=text.encode(),
        cwd=world.folder,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        check=False,
    )  # fmt: skip


def test_a_source_of_compile_is_refused_but_by_force(world):
    world.wheel("alpha", "1.0")
    world.write("requirements.in", "alpha==1.0\n")
    done = sync(world, "requirements.in")
    assert done.code == 2
    assert "looks like a source of `xpip compile`" in done.err
    assert "`requirements.txt` may be meant" in done.err
    assert world.installed() == {}
    done = sync(world, "requirements.in", "--force")
    assert done.code == 0, done
    assert "looks like a source" in done.err
    assert world.installed() == {"alpha": "1.0"}


PROJECT = """
[project]
name = "demo"
version = "1"
dependencies = ["alpha"]
[project.optional-dependencies]
more = ["beta"]
[dependency-groups]
lint = ["checker"]
"""


@pytest.fixture
def locked(world):
    for name in ("alpha", "beta", "checker"):
        world.wheel(name, "1.0")
    world.write("pyproject.toml", PROJECT)
    done = world.xpip("lock", "--index-url", world.index.simple)
    assert done.code == 0, done
    return world


def test_extras_and_groups_of_a_lock(locked):
    assert changed(locked)
    assert sorted(locked.installed()) == ["alpha"]
    assert changed(locked, "--extra", "more", "--group", "lint")
    assert sorted(locked.installed()) == ["alpha", "beta", "checker"]
    assert not changed(locked, "--all-extras", "--group", "lint")
    assert changed(locked, "--all-extras")
    assert sorted(locked.installed()) == ["alpha", "beta"]


@pytest.mark.parametrize(
    ("words", "fragment", "code"),
    [
        (("--extra", "nothing"), "has no extra `nothing`; it has `more`", 1),
        (("--group", "nothing"), "has no dependency group `nothing`; it has `lint`", 1),
        (("--group", "other/pyproject.toml:lint"), "is not of the lock file `pylock.toml`", 2),
        (("pins.txt", "--extra", "more"), "need a lock file", 2),
        (("pins.txt", "--group", "lint"), "need a lock file", 2),
    ],
)
def test_parts_that_are_not_there(locked, words, fragment, code):
    locked.write("pins.txt", "alpha==1.0\n")
    before = snapshot(locked.environment)
    done = sync(locked, *words)
    assert done.code == code, done
    assert fragment in done.err
    assert snapshot(locked.environment) == before


# --- folders and checkouts -------------------------------------------------------------------------


def test_a_folder_is_built_again_only_when_its_project_file_changes(world):
    folder = ProjectBuilder("tool").folder(world.folder / "tool")
    world.write("requirements.txt", "./tool\n")
    assert changed(world)
    assert (world.installed(), builds(world)) == ({"tool": "1.0"}, 1)
    assert not changed(world)
    assert builds(world) == 1
    ProjectBuilder("tool", "2.0").folder(folder)
    assert changed(world)
    assert (world.installed(), builds(world)) == ({"tool": "2.0"}, 2)


def test_an_editable_folder_and_an_ordinary_one_differ(world):
    ProjectBuilder("tool").folder(world.folder / "tool")
    world.write("requirements.txt", "-e ./tool\n")
    assert changed(world)
    assert not changed(world)
    where = "import tool; print(tool.__file__)"
    assert world.runs(where) == str(world.folder / "tool" / "src" / "tool.py")
    world.write("requirements.txt", "./tool\n")
    assert "editable or not" in sync(world, "--dry-run").out
    assert changed(world)
    assert str(world.environment) in world.runs(where)
    assert not changed(world)


def test_a_repository_is_pinned_by_its_commit(world):
    folder = world.folder / "repository"
    folder.mkdir()
    first = repository(folder)
    second = repository(folder, "2.0")
    world.write("requirements.txt", f"tool @ git+{folder.as_uri()}@{first}\n")
    assert changed(world)
    assert world.installed() == {"tool": "1.0"}
    assert not changed(world)
    world.write("requirements.txt", f"tool @ git+{folder.as_uri()}@{second}\n")
    assert changed(world)
    assert world.installed() == {"tool": "2.0"}
    assert not changed(world)
    # The same commit under another name is another pin, as in pip's own record of it.
    world.wheel("tool", "2.0")
    world.write("requirements.txt", "tool==2.0\n")
    assert "other origin" in sync(world, "--dry-run").out


def test_an_editable_checkout(world):
    folder = world.folder / "repository"
    folder.mkdir()
    commit = repository(folder)
    world.write("requirements.txt", f"-e git+{folder.as_uri()}@{commit}#egg=tool\n")
    assert changed(world)
    where = world.runs("import tool; print(tool.__file__)")
    assert where == str(world.environment / "src" / "tool" / "src" / "tool.py")
    assert not changed(world)


def test_folders_repositories_and_archives_of_a_lock(world):
    folder = world.folder / "repository"
    folder.mkdir()
    commit = repository(folder)
    ProjectBuilder("plain").folder(world.folder / "plain")
    archive = ProjectBuilder("packed").sdist(world.folder)
    world.write(
        "requirements.in", f"git+{folder.as_uri()}@{commit}\n./plain\npacked @ {archive.as_uri()}\n"
    )
    done = world.xpip(
        "compile", "--index-url", world.index.simple, "requirements.in", "-o", "pylock.toml"
    )
    assert done.code == 0, done
    assert changed(world)
    assert world.installed() == {"packed": "1.0", "plain": "1.0", "tool": "1.0"}
    number = builds(world)
    assert not changed(world)
    assert builds(world) == number
    ProjectBuilder("plain", "2.0").folder(world.folder / "plain")
    assert changed(world)
    assert world.installed()["plain"] == "2.0"


@pytest.mark.parametrize("action", ["", "w", "b", "i", "s"])
def test_another_checkout_in_the_way_of_an_editable_one(world, action):
    """pip asks; without anybody to answer `--exists-action` says what to do."""
    urls = []
    for name in ("one", "other"):
        folder = world.folder / name
        folder.mkdir()
        repository(folder, "1.0" if name == "one" else "2.0")
        urls.append(f"git+{folder.as_uri()}#egg=tool")
    assert world.install("-e", urls[0]).code == 0
    checkout = world.environment / "src" / "tool"
    words = ("--exists-action", action) if action else ()
    done = world.install("-e", urls[1], *words)
    if not action:
        assert done.code == 2, done
        assert "`--exists-action` says what to do" in done.err
        assert "VERSION = '1.0'" in (checkout / "src" / "tool.py").read_text()
        return
    assert done.code == 0, done
    version = "1.0" if action == "i" else "2.0"
    assert world.runs("import tool; print(tool.VERSION)") == version
    assert (checkout.parent / "tool.bak").is_dir() == (action == "b")
    assert world.installed() == {"tool": version}


# --- what is there and not listed ------------------------------------------------------------------


@pytest.mark.parametrize("cached", [True, False], ids=["cached", "uncached"])
@pytest.mark.parametrize("damage", ["no METADATA", "no RECORD", "an empty folder"])
def test_damaged_leftovers_that_are_not_listed(world, damage, cached):
    """What RECORD or the cache know of is removed whole; the rest stays and is told each time."""
    for name in ("alpha", "stray"):
        world.wheel(name, "1.0")
    world.write("requirements.txt", "alpha==1.0\n")
    assert world.install("alpha", "stray").code == 0
    library = next((world.environment / "lib").iterdir()) / "site-packages"
    info = library / "stray-1.0.dist-info"
    for path in info.iterdir():
        if damage.removeprefix("no ") in (path.name, "an empty folder"):
            path.unlink()
    if not cached:
        world.xpip("cache", "clean", "stray")
    before = snapshot(world.environment)
    done = sync(world)
    if cached or damage == "no METADATA":
        assert done.code == 0, done
        assert not info.exists()
        assert not (library / "stray").exists()
        assert sync(world).out == "Everything up-to-date\n"
    elif damage == "no RECORD":
        assert done.code == 1, done
        assert "cannot remove `stray 1.0`: it has no RECORD" in done.err
        assert snapshot(world.environment) == before
    else:
        assert done.code == 0, done
        assert "stays because nobody knows its files" in done.err
        assert snapshot(world.environment) == before
        assert "stays because nobody knows its files" in sync(world).err
    assert (library / "alpha-1.0.dist-info").is_dir()
