"""What a transaction costs beside the files themselves: some system calls, however many files.

`benchmarks/journal.py` measures the time of it.
"""

import sys

import pytest

from tests.functional.test_system_faults import why_not_traced
from tests.kit.command import ROOT, run

CHANGING = "openat,write,rename,mkdir,unlink,rmdir,fsync,syncfs,sync"


def calls_on_the_journal(world, name: str) -> list[str]:
    """Install a project and return the calls that are there for the journal, in order."""
    log = world.folder / "trace"
    done = run(
        "strace", "-f", "-y", "-qq", "-o", log, "-e", f"trace={CHANGING}",
        sys.executable, "-m", "xpip", "install", "--index-url", world.index.simple, name,
        "--python", world.environment, "--cache-dir", world.cache,
        cwd=world.folder, PYTHONPATH=str(ROOT / "src"),
    )  # fmt: skip
    assert done.code == 0, done
    lines = [line.split(None, 1)[1] for line in log.read_text().splitlines()]
    return [
        line.partition("(")[0]
        for line in lines
        if "/.xpip-txn/journal" in line or line.startswith(("fsync", "syncfs", "sync("))
    ]


@pytest.mark.skipif(bool(why_not_traced()), reason=why_not_traced())
def test_the_journal_costs_as_many_calls_for_many_files_as_for_few(world):
    for name, number in (("few", 3), ("many", 300)):
        files = {f"{name}/m{n}.py": f"{name} = {n}\n" * 9 for n in range(number)}
        world.wheel(name, "1.0", files=files)
    few, many = calls_on_the_journal(world, "few"), calls_on_the_journal(world, "many")
    assert many == few
    # It is created, written, brought to the disk with its folder, and removed.
    assert few == ["openat", "write", "fsync", "rename", "fsync", "unlink"]
