"""A small file system of its own, ten sizes of it: the environment is old or new, and told so."""

import json
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.kit.command import ROOT, xpip
from tests.kit.wheels import WheelBuilder

SIZES = 10
FILES = 120

DRIVER = """
import json, os, shutil, subprocess, sys
sys.path[:0] = sys.argv[1].split(os.pathsep)
from pathlib import Path
from tests.kit.command import xpip
from tests.kit.invariants import snapshot
_, _, source, mount, cache, files, extra = sys.argv
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1g", "none", mount], check=True)
copied = subprocess.run(["cp", "-a", source, mount + "/env"], capture_output=True)
assert copied.returncode == 0, copied
status = os.statvfs(mount)
size = (status.f_blocks - status.f_bfree) * status.f_frsize + int(extra)
subprocess.run(["mount", "-o", f"remount,size={size}", mount], check=True)
environment = Path(mount) / "env"
before = snapshot(environment)
done = xpip("install", "demo==2.0", "--no-index", "-f", files, "--python", environment,
            "--cache-dir", cache, PIP_CONFIG_FILE=os.devnull)
after = snapshot(environment)
listed = xpip("check", "--files", "--python", environment, "--cache-dir", cache)
print(json.dumps([done.code, done.err, after == before,
                  any("demo-2.0" in name for name in after), listed.code,
                  os.path.exists(mount + "/env/lib/.xpip-txn")]))
"""


@cache
def why_not_mounted() -> str:
    if shutil.which("unshare") is None:
        return "unshare is not installed"
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", "mount -t tmpfs none /mnt"], capture_output=True, check=False
    )
    return "" if done.returncode == 0 else "no file system may be mounted here"


@pytest.fixture
def scene(tmp_path):
    if why_not_mounted():
        pytest.skip(why_not_mounted())
    files = tmp_path / "files"
    for version, factor in (("1.0", 20), ("2.0", 400)):
        content = {f"demo/m{n}.py": f"v = {version!r}\n" * factor for n in range(FILES)}
        WheelBuilder("demo", version, files=content).build(files)
    environment = tmp_path / "env"
    assert xpip("venv", environment).code == 0
    for version in ("2.0", "1.0"):
        done = xpip(
            "install", f"demo=={version}", "--no-index", "-f", files, "--python", environment,
            "--cache-dir", tmp_path / "cache",
        )  # fmt: skip
        assert done.code == 0, done
    (tmp_path / "mount").mkdir()
    return tmp_path


def change_on(scene: Path, extra: int):
    """Upgrade on a file system that has so many bytes left beside the environment."""
    done = subprocess.run(
        [
            "unshare", "-rm", sys.executable, "-c", DRIVER, f"{ROOT}:{ROOT / 'src'}",
            scene / "env", scene / "mount", scene / "cache", scene / "files", str(extra),
        ],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_size_leaves_old_or_new_and_names_the_place(scene):
    outcomes = []
    for number in range(SIZES):
        code, err, is_old, is_new, checked, pending = change_on(scene, number * FILES * 1024)
        outcomes.append(code)
        assert checked == 0, "files are missing or changed"
        assert not pending
        if code == 0:
            assert is_new
        else:
            assert is_old
            assert code == 1
            assert str(scene / "mount") in err
            assert "Traceback" not in err
    assert outcomes[0] == 1
    assert outcomes[-1] == 0
