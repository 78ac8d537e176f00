"""The checker finds what it is there to find."""

import pytest

from tests.kit.invariants import installed_versions, snapshot, violations
from tests.kit.store import FakeStore, bare_environment, place
from xpip.environment.apply import ApplyOptions, apply
from xpip.model.reporter import SilentReporter

LIBRARY = "lib/python3.11/site-packages"


@pytest.fixture
def environment(tmp_path):
    """An environment with one distribution."""
    stored = FakeStore(tmp_path / "store")
    made = bare_environment(tmp_path / "env")
    wheel = stored.add("demo", "1", {"demo/a.py": "a = 1\n"}, console_scripts={"demo": "demo:a"})
    apply(made, [], [place(wheel)], stored.store, ApplyOptions("copy"), SilentReporter())
    return tmp_path / "env"


def test_a_whole_environment_has_no_violation(environment):
    assert violations(environment) == []
    assert installed_versions(environment) == {"demo-1"}


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (lambda library: (library / "demo/a.py").unlink(), "demo/a.py is missing"),
        (lambda library: (library / "demo/a.py").write_text("b = 1\n"), "not what RECORD says"),
        (lambda library: (library / "demo/b.py").write_text(""), "belongs to nobody"),
        (lambda library: (library / "demo-1.dist-info/INSTALLER").unlink(), "no INSTALLER"),
        (lambda library: (library / "demo-1.dist-info/RECORD").unlink(), "no RECORD"),
        (lambda library: (library / "demo-2.dist-info").mkdir(), "two dist-infos"),
        (lambda library: (library / ".xpip-txn").mkdir(), "left over"),
        (lambda library: (library / "~emo").mkdir(), "left over"),
    ],
)
def test_every_kind_of_damage_is_found(environment, damage, expected):
    damage(environment / LIBRARY)
    assert any(expected in problem for problem in violations(environment))


def test_a_snapshot_sees_content_mode_links_and_empty_folders(environment):
    seen = [snapshot(environment)]
    path = environment / LIBRARY / "demo/a.py"
    for change in (
        lambda: path.write_text("a = 2\n"),
        lambda: path.chmod(0o600),
        (environment / "empty").mkdir,
        lambda: (environment / "link").symlink_to("empty"),
    ):
        change()
        seen.append(snapshot(environment))
    assert len({tuple(sorted(one.items())) for one in seen}) == len(seen)
