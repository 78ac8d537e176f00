"""What xpip installs from PyPI is, file by file, what pip installs.

Bytes and modes are compared; INSTALLER, order of RECORD, words of generated scripts and bytecode
aside. Run with `python3 tasks.py parity`; XPIP_PARITY_SETS and XPIP_PARITY_PYTHONS narrow it.
"""

import os
from pathlib import Path

import pytest

from tests.kit.command import ROOT, interpreters, run, xpip
from tests.kit.trees import describe_tree, differences

pytestmark = [pytest.mark.network, pytest.mark.long]

LOCKS = ROOT.parent / "shared" / "bench" / "locks"
SETS = {"example": ROOT / "examples" / "requirements.txt"} | {
    name: LOCKS / f"{name}.txt"
    for name in ("trio", "jupyter", "flask", "django", "fastapi", "datascience")
}
WANTED = os.environ.get("XPIP_PARITY_SETS", "").split() or list(SETS)
PYTHONS = os.environ.get("XPIP_PARITY_PYTHONS", "").split() or ["3.10", "3.11", "3.12", "3.13"]
AVAILABLE = interpreters()


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory):
    """Share files with no environment outside these tests: what edits one there would show here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XPIP_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def newest_pip(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("pip")
    assert run(next(iter(AVAILABLE.values())), "-m", "venv", folder).code == 0
    done = run(folder / "bin/python", "-m", "pip", "install", "-q", "--upgrade", "pip", timeout=300)
    assert done.code == 0, done
    return folder / "bin" / "python"


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("name", WANTED)
def test_trees_are_equal(name, python, newest_pip, tmp_path):
    if python not in AVAILABLE:
        pytest.skip(f"no Python {python} on this machine")
    if not SETS[name].exists():
        pytest.skip(f"{SETS[name].name} is not beside this checkout")
    ours, theirs = tmp_path / "environment", tmp_path / "aside"
    assert xpip("venv", ours, "--python", AVAILABLE[python]).code == 0
    # Absolute paths may end up in files, so both install into an environment of the same path.
    done = run(
        newest_pip, "-m", "pip", "--python", ours, "install", "--no-compile", "--only-binary", ":all:",
        "--disable-pip-version-check", "-r", SETS[name], timeout=900,
    )  # fmt: skip
    pip_succeeded = done.code == 0
    pip_output = str(done)
    frozen = tmp_path / "frozen.txt"
    frozen.write_text(run(newest_pip, "-m", "pip", "--python", ours, "freeze", "--all").out)
    ours.rename(theirs)
    assert xpip("venv", ours, "--python", AVAILABLE[python]).code == 0
    if not pip_succeeded:
        refused = xpip("install", "--python", ours, "-r", SETS[name], timeout=900)
        assert refused.code == 1, f"pip fails:\n{pip_output}\nbut xpip:\n{refused}"
        pytest.skip(f"pip and xpip both refuse {name} on {python}: {refused.err.splitlines()[0]}")
    # An unpinned set is held to what pip chose, so that trees and not opinions are compared.
    done = xpip("install", "--python", ours, "-r", SETS[name], "-c", frozen, timeout=900)
    assert done.code == 0, done
    assert differences(describe_tree(theirs), describe_tree(ours)) == []
    checked = run(newest_pip, "-m", "pip", "--python", ours, "check")
    assert checked.code == 0, checked


def test_pip_uninstalls_what_xpip_installed(newest_pip, tmp_path):
    environment = tmp_path / "environment"
    assert xpip("venv", environment).code == 0
    empty = describe_tree(environment)
    done = xpip("install", "--python", environment, "flask", "pyyaml", timeout=300)
    assert done.code == 0, done
    names = [
        line.split("==")[0] for line in xpip("freeze", "--all", "--python", environment).out.split()
    ]
    done = run(newest_pip, "-m", "pip", "--python", environment, "uninstall", "-y", *names)
    assert done.code == 0, done
    assert differences(empty, describe_tree(environment)) == []


def test_xpip_replaces_and_removes_what_pip_installed(newest_pip, tmp_path):
    environment = tmp_path / "environment"
    assert xpip("venv", environment).code == 0
    empty = describe_tree(environment)
    done = run(
        newest_pip,
        "-m",
        "pip",
        "--python",
        environment,
        "install",
        "flask<3",
        "pyyaml",
        timeout=300,
    )
    assert done.code == 0, done
    done = xpip("install", "--python", environment, "-U", "flask", timeout=300)
    assert done.code == 0, done
    assert run(newest_pip, "-m", "pip", "--python", environment, "check").code == 0
    names = [
        line.split("==")[0] for line in xpip("freeze", "--all", "--python", environment).out.split()
    ]
    assert xpip("uninstall", "--python", environment, "-y", *names).code == 0
    assert differences(empty, describe_tree(environment)) == []
