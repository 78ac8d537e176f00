"""One change of an environment at a time, and what `--durable` adds."""

import fcntl
import os
import shutil
import subprocess
import sys
import time

import pytest

from tests.functional.commands.test_sync import library, sync
from tests.functional.test_system_faults import why_not_traced
from tests.kit.command import ROOT, run


@pytest.fixture
def held(world):
    """An environment that this process keeps locked."""
    world.wheel("alpha", "1.0")
    world.write("requirements.txt", "alpha==1.0\n")
    descriptor = os.open(library(world), os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    yield world
    os.close(descriptor)


@pytest.mark.parametrize("command", ["install", "sync"])
def test_the_time_limit_ends_the_wait(held, command):
    words = ["alpha"] if command == "install" else []
    began = time.monotonic()
    done = held.xpip(command, *words, "--index-url", held.index.simple, "--lock-timeout", "0.3")
    assert done.code == 1, done
    assert time.monotonic() - began < 10
    assert f"error: another process (pid {os.getpid()}) is changing" in done.err
    assert "--lock-timeout" in done.err
    assert held.installed() == {}


def test_the_variable_says_the_same(held):
    done = sync(held, XPIP_LOCK_TIMEOUT="0.2")
    assert done.code == 1
    assert "waited 0 seconds" in done.err


def test_after_two_seconds_the_holder_is_named(held):
    done = sync(held, "--lock-timeout", "2.5")
    assert done.code == 1
    assert f"warning: waiting for another process (pid {os.getpid()})" in done.err


def test_a_running_change_is_told_apart_from_an_interrupted_one(held):
    (library(held) / ".xpip-txn").mkdir()
    done = held.xpip("list")
    assert done.code == 0
    assert "another process is changing" in done.err


def test_the_lock_of_a_killed_holder_is_free(world):
    world.wheel("alpha", "1.0")
    code = (
        "import fcntl, os, sys, time; d = os.open(sys.argv[1], os.O_RDONLY); "
        "fcntl.flock(d, fcntl.LOCK_EX); print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(library(world))], stdout=subprocess.PIPE
    )
    assert holder.stdout.readline() == b"held\n"
    holder.kill()
    holder.communicate()
    assert world.install("alpha", "--lock-timeout", "1").code == 0


def traced(world, *strace: str):
    if why_not_traced():
        pytest.skip(why_not_traced())
    world.wheel("alpha", "1.0")
    log = world.folder / "trace"
    done = run(
        "strace", "-f", "-qq", "-o", log, *strace, sys.executable, "-m", "xpip", "install", "alpha",
        "--index-url", world.index.simple, "--python", world.environment,
        "--cache-dir", world.cache, "--durable", cwd=world.folder, PYTHONPATH=str(ROOT / "src"),
    )  # fmt: skip
    return done, log.read_text()


@pytest.mark.parametrize("error", ["ENOLCK", "ENOSYS", "EOPNOTSUPP"])
def test_a_file_system_without_locks_is_used_with_one_warning(world, error):
    done, _ = traced(world, "-e", "trace=flock", "-e", f"inject=flock:error={error}")
    assert done.code == 0, done
    assert done.err.count("cannot lock") == 1
    assert world.installed() == {"alpha": "1.0"}


def test_durable_writes_the_file_system_once_before_the_commit(world):
    done, log = traced(world, "-e", "trace=syncfs,sync,rename,fsync")
    assert done.code == 0, done
    calls = [line.split(None, 1)[1] for line in log.splitlines()]
    flushes = [number for number, call in enumerate(calls) if call.startswith("syncfs(")]
    # The journal is renamed, so that it can be brought back when that does not reach the disk.
    commits = [number for number, call in enumerate(calls) if '.xpip-txn/journal.done"' in call]
    assert len(flushes) == len(commits) == 1
    assert flushes[0] < commits[-1]
    assert any(call.startswith("fsync(") for call in calls[commits[-1] :])


def test_a_disk_that_cannot_be_written_fails_the_durable_change(world):
    done, _ = traced(world, "-e", "trace=syncfs", "-e", "inject=syncfs:error=EIO")
    assert done.code == 1
    assert "cannot flush the file system of" in done.err
    assert world.installed() == {}
    shutil.rmtree(world.cache)
