"""A clock that is wrong by decades is no reason to fail, and nothing is lost by it."""

import sys

import pytest

from tests.functional.commands.test_sync import MORE_OWN
from tests.kit.command import ROOT, run
from tests.kit.invariants import improper, violations

DRIVER = """
import sys, time
now = float(sys.argv[1])
time.time = lambda: now
time.time_ns = lambda: int(now * 1e9)
from xpip.cli.main import main
place = ["--python", sys.argv[2], "--cache-dir", sys.argv[3]]
index = ["--index-url", sys.argv[4]]
for words in (
    ["install", *index, "alpha"], ["install", *index, "-r", "pins.txt"],
    ["install", *index, "-r", "pins.txt"], ["sync", *index, "pins.txt"], ["check"],
    ["cache", "verify", "--deep"], ["uninstall", "-y", "alpha"], ["install", *index, "alpha"],
):
    code = main([words[0], *place, *words[1:]])
    if code:
        sys.exit(f"error: {words} ended with {code}")
"""


@pytest.mark.parametrize("now", ["-5", "0", "4102444800", "99999999999"])
def test_everything_works_at_any_time(world, now):
    world.wheel("alpha", "1.0", requires=["beta"])
    world.wheel("beta", "1.0")
    world.write("pins.txt", "alpha==1.0\nbeta==1.0\n")
    done = run(
        sys.executable, "-c", DRIVER, now, world.environment, world.cache, world.index.simple,
        cwd=world.folder, PYTHONPATH=str(ROOT / "src"),
    )  # fmt: skip
    assert (done.code, improper(done)) == (0, []), done
    assert world.installed() == {"alpha": "1.0", "beta": "1.0"}
    assert violations(world.environment, MORE_OWN) == []
