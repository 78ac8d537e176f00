"""The rows of the table of exit codes that need a signal, a full disk or a closed pipe."""

import os
import resource
import signal
import subprocess
import sys
import time

import pytest

from tests.compat.parity.pips import pip_command
from tests.kit.command import ROOT, xpip
from tests.kit.servers import Answer, FaultyServer
from tests.kit.wheels import WheelBuilder

SMALL = 64 * 1024


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    path = tmp_path_factory.mktemp("endings") / "environment"
    assert xpip("venv", path).code == 0
    return path


@pytest.fixture(params=["pip", "xpip"])
def program(request, environment, tmp_path, monkeypatch):
    """Return what starts one of the programs, with variables that both understand."""
    for name, value in {
        "VIRTUAL_ENV": environment, "PIP_CACHE_DIR": tmp_path / "cache", "PIP_RETRIES": "0",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PYTHONPATH": ROOT / "src",
        "PYTHONDONTWRITEBYTECODE": "1",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, str(value))
    argv = [sys.executable, "-m", "xpip"] if request.param == "xpip" else pip_command(environment)
    return request.param, argv


def tree(folder):
    return sorted(path for path in folder.rglob("*") if "__pycache__" not in path.parts)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (signal.SIGINT, {"pip": 1, "xpip": -signal.SIGINT}),
        (signal.SIGTERM, {"pip": -signal.SIGTERM, "xpip": -signal.SIGTERM}),
    ],
)
def test_a_signal_while_downloading(program, environment, number, expected):
    """Of SIGINT xpip dies, so that a shell ends its loop too; pip turns it into a failure."""
    name, argv = program
    before = tree(environment)
    server = FaultyServer()
    server.routes["/alone-1.0-py3-none-any.whl"] = [Answer(delay=60)]
    with server.serving():
        process = subprocess.Popen(
            [*argv, "install", f"{server.url}/alone-1.0-py3-none-any.whl"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            # Whoever runs the tests in the background has children ignore SIGINT.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
        )  # fmt: skip
        try:
            deadline = time.monotonic() + 60
            while not server.requests and time.monotonic() < deadline:
                time.sleep(0.05)
            assert server.requests
            process.send_signal(number)
            assert process.wait(30) == expected[name]
        finally:
            process.kill()
            process.wait()
    assert tree(environment) == before


def test_a_full_disk(program, environment, tmp_path):
    name, argv = program
    before = tree(environment)
    wheel = WheelBuilder("large", "1.0", files={"large.py": "#" + "x" * 4 * SMALL}).build(tmp_path)
    done = subprocess.run(
        [*argv, "install", wheel], capture_output=True, check=False, timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL, SMALL)),
    )  # fmt: skip
    assert done.returncode == 1, done
    assert done.stderr
    if name == "xpip":
        assert tree(environment) == before


def test_nobody_reads_standard_output():
    """120 is pip's code for this; what pip itself does depends on how much it had to write."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as pipe:
        argv = [sys.executable, "-m", "xpip", "help"]
        done = subprocess.run(argv, stdout=pipe, stderr=subprocess.PIPE, check=False, timeout=60)
    assert done.returncode == 120, done
    assert b"Traceback" not in done.stderr
