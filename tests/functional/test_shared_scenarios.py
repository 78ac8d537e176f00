"""The shared resolver scenarios through the command line, run by their own runner.

They expect uv's rules, and xpip's default is pip's. docs/decisions/010-scenarios-against-pips-rules.md
has what pip was measured to do with the six that differ.
"""

import os
import sys
from pathlib import Path

import pytest

from tests.kit.command import ROOT, Ran, run

SCENARIOS = ROOT.parent / "shared" / "scenarios"
NAMED_PRERELEASES = {
    # A specifier that names a pre-release admits all of them, as in pip; an option has uv's rule.
    "prereleases/package-prerelease-specified-mixed-available",
    "prereleases/prerelease-equivalent-stable-preference-explicit-first",
    "prereleases/prerelease-redundant-stable-preference-plain-first",
    "prereleases/transitive-prerelease-equivalent-stable-preference-plain-first",
}
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


def run_scenarios(folder: Path, listed: list[str], *options: str) -> Ran:
    (folder / "list").write_text("\n".join(f"{name}.toml" for name in listed))
    tool = " ".join([sys.executable, "-m", "xpip", "compile", *options])
    return run(
        sys.executable, SCENARIOS / "run.py", "--tool", tool, "--list", folder / "list", SCENARIOS,
        timeout=600, PYTHONPATH=os.pathsep.join([str(ROOT / "src"), *sys.path]),
    )  # fmt: skip


def test_all_scenarios_for_one_target_come_out_as_expected_by_pips_rules(tmp_path):
    listed = [name for name in names() if name not in NAMED_PRERELEASES | PIPS_RULE]
    assert len(listed) >= 68
    done = run_scenarios(tmp_path, listed)
    assert done.out == f"{len(listed)} passed, 0 failed\n", done


def test_scenarios_of_named_prereleases_come_out_as_expected_by_uvs_rule(tmp_path):
    listed = [name for name in names() if name.startswith("prereleases/")]
    assert set(listed) > NAMED_PRERELEASES
    done = run_scenarios(tmp_path, listed, "--prerelease", "if-necessary")
    assert done.out == f"{len(listed)} passed, 0 failed\n", done


def test_where_pip_and_uv_differ_pip_is_followed(tmp_path):
    """A difference that has gone should leave the lists."""
    listed = sorted(NAMED_PRERELEASES | PIPS_RULE)
    done = run_scenarios(tmp_path, listed)
    failed = [line.partition(": ")[0] for line in done.out.splitlines()[:-1]]
    assert failed == [f"FAIL {name}" for name in listed], done
    # Their server prints one of its own when a client that needs no more of an answer hangs up.
    assert "/src/xpip/" not in done.out + done.err, "a traceback of ours"
    pinned = "pinned {'a': '1.0.0a1'}, expected {'a': '0.3.0'}"
    assert pinned in done.out, "pip's own answer"
