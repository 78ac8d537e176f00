"""What scripts rely on: the exit code of each ending, errors on stderr only (reliability.md 5).

`tests/compat/parity/areas/exit_codes.py` compares more of them with pip, 3 and 120 too.
"""

import pytest

from tests.kit.invariants import improper

OPERATIONAL, USAGE = 1, 2
ENDINGS = {
    # Title: (command and words, exit code, part of the error; {} is the folder of the test).
    "an installation": (["install", "alpha"], 0, ""),
    "an empty file of requirements": (["install", "-r", "empty.txt"], 0, ""),
    "nothing to remove": (["uninstall", "-y", "absent"], 0, ""),
    "a fine environment": (["check"], 0, ""),
    "a list": (["list"], 0, ""),
    "frozen": (["freeze"], 0, ""),
    "an unknown project": (["install", "absent"], OPERATIONAL, "`absent`"),
    "an unknown version": (["install", "alpha==9"], OPERATIONAL, "alpha"),
    "a conflict": (["install", "alpha", "needy"], OPERATIONAL, "needy"),
    "a wrong hash": (["install", "-r", "hash.txt"], OPERATIONAL, "sha256"),
    "a corrupt wheel": (["install", "./bad-1.0-py3-none-any.whl"], OPERATIONAL, "bad-1.0"),
    "nothing to show": (["show", "absent"], OPERATIONAL, ""),
    "no file of requirements": (["install", "-r", "absent.txt"], OPERATIONAL, "absent.txt"),
    "a malformed file": (["install", "-r", "malformed.txt"], OPERATIONAL, "malformed.txt:2"),
    "an unknown option in a file": (["install", "-r", "option.txt"], OPERATIONAL, "option.txt:1"),
    "no index": (
        ["install", "--retries", "0", "--index-url", "http://127.0.0.1:9/", "x"], OPERATIONAL,
        "127.0.0.1:9"),
    "an unknown option": (["install", "--nonsense", "x"], USAGE, "--nonsense"),
    "an unknown command": (["instal", "x"], OPERATIONAL, "instal"),
    "a value that is none": (["install", "--timeout", "soon", "x"], USAGE, "soon"),
}  # fmt: skip
QUIET = ("show", "check")
"""What these find out may be told without an error."""


@pytest.fixture
def place(world):
    world.wheel("alpha", "1.0")
    world.wheel("needy", "1.0", requires=["alpha>=2"])
    world.write("empty.txt", "# nothing\n")
    world.write("malformed.txt", "alpha\nalpha=1\n")
    world.write("option.txt", "--nonsense\n")
    world.write("hash.txt", f"alpha==1.0 --hash=sha256:{'0' * 64}\n")
    world.write("bad-1.0-py3-none-any.whl", "PK and nothing else")
    return world


@pytest.mark.parametrize("title", ENDINGS)
def test_each_ending_has_its_code(place, title):
    (command, *words), code, part = ENDINGS[title]
    index = ["--index-url", place.index.simple]
    is_installing = command == "install" and "--index-url" not in words
    done = place.xpip(command, *(index if is_installing else []), *words)
    assert done.code == code, done
    if not code or command in QUIET:
        assert "error: " not in done.err, done
        return
    assert improper(done) == []
    assert done.out == "", "errors are for stderr"
    assert part in done.err
    assert place.installed() == {}


def test_a_broken_environment_is_told_by_the_code_of_check(place):
    assert place.install("--no-deps", "needy").code == 0
    done = place.xpip("check")
    assert done.code == 1
    assert "alpha" in done.out + done.err
