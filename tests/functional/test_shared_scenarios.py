"""The shared resolver scenarios through the command line, run by their own runner.

They expect uv's rules. xpip's default is pip's rule for pre-releases that a specifier names, so that
they are run with `--prerelease if-necessary`; the two in `PIPS_RULE` have no option.
"""

import os
import sys
from pathlib import Path

import pytest

from tests.kit.command import ROOT, run

SCENARIOS = ROOT.parent / "shared" / "scenarios"
PIPS_RULE = {
    # An upper bound of Requires-Python counts, as in pip; uv ignores it.
    "requires_python/python-less-than-current",
    # A dependency that pins a yanked version gets it, as in pip; in uv only the user may ask for it.
    "yanked/transitive-yanked-and-unyanked-dependency",
}

pytestmark = [
    pytest.mark.skipif(not SCENARIOS.is_dir(), reason="no ../shared/scenarios beside the checkout"),
    pytest.mark.skipif(sys.version_info < (3, 11), reason="their runner needs Python 3.11"),
]


def is_concrete(path: Path) -> bool:
    return "universal = true" not in path.read_text(encoding="utf-8")


def names() -> list[str]:
    files = sorted(SCENARIOS.glob("*/*.toml"))
    return [f"{path.parent.name}/{path.stem}" for path in files if is_concrete(path)]


def test_all_scenarios_for_one_target_come_out_as_expected(tmp_path):
    listed = [name for name in names() if name not in PIPS_RULE]
    assert len(listed) > 60
    (tmp_path / "list").write_text("\n".join(f"{name}.toml" for name in listed))
    tool = f"{sys.executable} -m xpip compile --prerelease if-necessary"
    done = run(
        sys.executable, SCENARIOS / "run.py", "--tool", tool, "--list", tmp_path / "list", SCENARIOS,
        timeout=600, PYTHONPATH=os.pathsep.join([str(ROOT / "src"), *sys.path]),
    )  # fmt: skip
    assert done.out == f"{len(listed)} passed, 0 failed\n", done


@pytest.mark.parametrize("name", sorted(PIPS_RULE))
def test_where_pip_and_uv_differ_pip_is_followed(name):
    """A difference that has gone should leave the list."""
    tool = f"{sys.executable} -m xpip compile --prerelease if-necessary"
    done = run(
        sys.executable, SCENARIOS / "run.py", "--tool", tool, "--only", name, SCENARIOS,
        PYTHONPATH=os.pathsep.join([str(ROOT / "src"), *sys.path]),
    )  # fmt: skip
    assert f"FAIL {name}: " in done.out, done
    assert "Traceback" not in done.out + done.err
