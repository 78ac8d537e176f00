"""The checker finds what it is there to find."""

import itertools
import os

import pytest

from tests.kit.command import Ran
from tests.kit.invariants import (
    improper,
    installed_versions,
    leftovers,
    snapshot,
    violations,
    witness,
)
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


def test_a_witness_sees_also_what_was_written_anew_with_the_same_bytes(tmp_path):
    folder = tmp_path / "outside"
    (folder / "sub").mkdir(parents=True)
    path = folder / "sub/file"
    path.write_text("kept")
    seen = [witness(folder)]
    for change in (
        lambda: path.write_text("other"),
        lambda: path.chmod(0o600),
        lambda: os.utime(path, (1, 1)),
        lambda: path.rename(folder / "moved") and (folder / "moved").rename(path),
        lambda: (path.unlink(), path.write_text("other")),
        lambda: (folder / "new").symlink_to("sub"),
        lambda: (folder / "sub").chmod(0o700),
    ):
        change()
        seen.append(witness(folder))
    assert all(one != other for one, other in itertools.pairwise(seen))
    assert witness(folder) == seen[-1]


def test_unfinished_work_in_a_cache_is_found(tmp_path):
    assert leftovers(tmp_path) == []
    (tmp_path / "tmp").mkdir()
    (tmp_path / "tmp/17-1").mkdir()
    (tmp_path / "tmp/17-2.whl").write_text("")
    assert leftovers(tmp_path) == ["tmp/17-1", "tmp/17-2.whl"]


@pytest.mark.parametrize(
    ("done", "problem"),
    [
        (Ran(0, "fine\n", ""), ""),
        (Ran(1, "", "warning: a\nerror: b\n\nhint: c\n"), ""),
        (Ran(1, "", "error: with S3CR3T\n"), "secret"),
        (Ran(1, "", "error: a\nTraceback (most recent call last):\n"), "Traceback"),
        (Ran(2, "", "error: xpip has a bug: b\n"), "bug"),
        (Ran(1, "", "error: \x1b[2J\n"), "'\\x1b'"),
        (Ran(0, "\u202e\n", ""), "u202e"),
        (Ran(-9, "", ""), "exit code -9"),
        (Ran(1, "", ""), "no error"),
        (Ran(0, "", "error: b\n"), "without a failure"),
    ],
)
def test_what_a_command_must_not_say_is_found(done, problem):
    problems = improper(done, ["S3CR3T"])
    assert bool(problems) == bool(problem)
    assert problem in "; ".join(problems)
