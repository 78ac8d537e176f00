"""After an interrupted change, the next command of any kind undoes it or says that it is there."""

import os

import pytest

from tests.functional.commands.test_sync import MORE_OWN, library
from tests.kit.invariants import snapshot, violations
from xpip.environment.transaction import (
    FOLDER,
    Journal,
    create_journal,
    move_aside,
    open_folders,
    write_journal,
)

UNDOING = {
    "install what is there": ["install", "alpha==1.0"],
    "install what a file pins": ["install", "-r", "pins.txt"],
    "install something else": ["install", "beta"],
    "install nothing": ["install", "-r", "empty.txt"],
    "uninstall what is not there": ["uninstall", "-y", "absent"],
    "uninstall": ["uninstall", "-y", "alpha"],
    "sync": ["sync", "pins.txt"],
    "repair": ["repair"],
}
TELLING = {
    "list": ["list"],
    "freeze": ["freeze"],
    "check": ["check"],
    "show": ["show", "alpha"],
    "tree": ["tree"],
    "why": ["why", "alpha"],
    "inspect": ["inspect"],
    "install --dry-run": ["install", "--dry-run", "alpha==1.0"],
    "sync --dry-run": ["sync", "--dry-run", "pins.txt"],
}


@pytest.fixture
def place(world):
    """Return a world with `alpha` installed, asked for twice, and then half taken away."""
    for name in ("alpha", "beta"):
        world.wheel(name, "1.0", files={f"{name}/m{n}.py": f"{n}\n" * 30 for n in range(4)})
    world.write("pins.txt", "alpha==1.0\n")
    world.write("empty.txt", "# nothing\n")
    for _ in range(2):
        assert world.install("-r", "pins.txt").code == 0
    world.whole = snapshot(world.environment)
    folder = library(world)
    # A kill came when the first of the old files had been moved aside.
    journal = Journal((str(folder),), old=(f"{folder}/alpha/m0.py", f"{folder}/alpha/m1.py"))
    open_folders(journal.libraries, [])
    descriptor = create_journal(str(folder))
    write_journal(journal, descriptor)
    os.close(descriptor)
    move_aside(journal, 0)
    assert violations(world.environment, MORE_OWN) != []
    return world


def run(place, words):
    command, *rest = words
    index = ["--index-url", place.index.simple] if command in ("install", "sync") else []
    return place.xpip(command, *index, *rest)


@pytest.mark.parametrize("title", UNDOING)
def test_a_command_that_may_change_something_undoes_it(place, title):
    done = run(place, UNDOING[title])
    assert done.code == 0, done
    assert "an interrupted change was undone" in done.err, done
    assert violations(place.environment, MORE_OWN) == []
    if title not in ("uninstall", "install something else"):
        assert snapshot(place.environment) == place.whole


@pytest.mark.parametrize("title", TELLING)
def test_a_command_that_only_looks_says_so(place, title):
    before = snapshot(place.environment)
    done = run(place, TELLING[title])
    assert done.code == 0, done
    assert "is pending" in done.err, done
    assert snapshot(place.environment) == before
    assert (library(place) / FOLDER / "journal").exists()
