"""No input makes a reader fail in another way than with an error of its own, soon and in its place.

By default every reader gets the same few inputs. `python3 tasks.py fuzz --minutes N` goes on with
others for that long, and prints the seed with which it can be repeated.
"""

import os
import resource
import shutil
import time

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.fuzz.mutation import mutated
from tests.fuzz.targets import targets
from tests.kit.watch import watching
from xpip.errors import XpipError

SECONDS = float(os.environ.get("XPIP_FUZZ_SECONDS") or 0)
"""For all readers together; 0: a fixed number of inputs."""
SEED = int(os.environ.get("XPIP_FUZZ_SEED") or 0)
FEW, MANY = 60, 500
"""Inputs of a round: by default, and when there is time."""
LONGEST = 2.0
"""Seconds of this process for one input."""
MOST_MEMORY = 512 << 20
"""Bytes that reading one input may take beyond what is taken already."""
TARGETS = targets()


class Attempt:
    """Reads one input after the other, each in an empty folder."""

    def __init__(self, target, root):
        self.target = target
        self.root = root
        self.count = 0

    def __call__(self, data):
        self.count += 1
        folder = self.root / str(self.count)
        folder.mkdir()
        began = time.process_time()
        with watching(folder) as watch:
            try:
                self.target.read(data, folder)
            except XpipError:
                pass
            except UnicodeDecodeError:
                # A reader here decodes as its caller does, who says so.
                assert self.target.name == "pip.conf"
        seconds = time.process_time() - began
        assert watch.deeds == []
        assert seconds < LONGEST, f"{seconds:.1f} s"
        if self.count % 50 == 0:
            self.clear()

    def clear(self):
        for folder in self.root.iterdir():
            shutil.rmtree(folder)


@pytest.fixture
def limited_memory():
    """Let an allocation fail that would take this process beyond what one input may take."""
    with open("/proc/self/statm", encoding="ascii") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (used + MOST_MEMORY, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="needs Linux")
@pytest.mark.parametrize("target", TARGETS, ids=[target.name for target in TARGETS])
def test_no_input_surprises_a_reader(target, tmp_path, monkeypatch, limited_memory):
    monkeypatch.chdir(tmp_path)
    attempt = Attempt(target, tmp_path)
    deadline = time.monotonic() + SECONDS / len(TARGETS)
    number = SEED
    while True:
        rounds = settings(
            max_examples=MANY if SECONDS else FEW,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate, Phase.shrink),
        )
        seed(number)(rounds(given(mutated(target.corpus))(attempt.__call__)))()
        number += 1
        if time.monotonic() >= deadline:
            break
    assert attempt.count >= FEW // 2
