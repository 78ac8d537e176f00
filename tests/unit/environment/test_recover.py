"""A change that was interrupted by a kill is undone by the next command."""

import os

import pytest

from tests.kit.invariants import installed_versions, snapshot, violations
from tests.kit.store import FakeStore, bare_environment, place
from xpip.environment.apply import ApplyOptions, apply
from xpip.environment.faults import EnvironmentChanged
from xpip.environment.installed import scan
from xpip.environment.pending import has_pending_change
from xpip.environment.recover import Recovered, recover
from xpip.errors import EnvironmentFault
from xpip.model.reporter import SilentReporter


class Killing(SilentReporter):
    """Ends the process without any chance to tidy up, like SIGKILL."""

    def __init__(self, after: int) -> None:
        self.left = after

    def progressed(self, phase: str, items: int = 0, size: int = 0) -> None:
        self.left -= 1
        if self.left == 0:
            os._exit(9)


@pytest.fixture
def killed(tmp_path):
    """An upgrade of two distributions, killed after the first is linked."""
    stored = FakeStore(tmp_path / "store")
    environment = bare_environment(tmp_path / "env")
    old = [stored.add(name, "1", {f"{name}/x.py": "1", f"{name}/old.py": ""}) for name in "ab"]
    new = [stored.add(name, "2", {f"{name}/x.py": "2", f"{name}/new/y.py": ""}) for name in "ab"]
    apply(
        environment,
        [],
        [place(wheel) for wheel in old],
        stored.store,
        ApplyOptions(),
        SilentReporter(),
    )
    before = snapshot(tmp_path / "env")
    if os.fork() == 0:
        try:
            apply(
                environment,
                scan(environment),
                [place(w) for w in new],
                stored.store,
                ApplyOptions(),
                Killing(1),
            )
        finally:
            os._exit(1)
    _, status = os.wait()
    assert os.waitstatus_to_exitcode(status) == 9
    assert has_pending_change(environment.layout)
    return tmp_path / "env", environment, before, stored, new


def test_recovery_brings_the_old_state_back(killed):
    folder, environment, before, *_ = killed
    told = []
    reporter = SilentReporter()
    reporter.warning = told.append

    assert recover(environment, reporter) == Recovered(("a 2", "b 2"))

    assert snapshot(folder) == before
    assert violations(folder) == []
    assert not has_pending_change(environment.layout)
    assert told == ["an interrupted change of `a 2`, `b 2` was undone"]
    assert recover(environment, reporter) is None


def test_the_next_change_recovers_first_and_asks_for_a_new_plan(killed):
    folder, environment, before, stored, new = killed
    placements = [place(wheel) for wheel in new]
    planned = scan(environment)

    with pytest.raises(EnvironmentChanged):
        apply(environment, planned, placements, stored.store, ApplyOptions(), SilentReporter())
    assert snapshot(folder) == before

    apply(
        environment, scan(environment), placements, stored.store, ApplyOptions(), SilentReporter()
    )
    assert installed_versions(folder) == {"a-2", "b-2"}
    assert violations(folder) == []


def test_a_second_process_that_outlives_the_first_is_waited_for(tmp_path):
    stored = FakeStore(tmp_path / "store")
    environment = bare_environment(tmp_path / "env")
    before = snapshot(tmp_path / "env")
    wheels = [
        stored.add(
            f"p{number}", "1", {f"ns/p{number}/d{file % 40}/f{file}.py": "" for file in range(800)}
        )
        for number in range(4)
    ]
    if os.fork() == 0:
        try:
            apply(
                environment,
                [],
                [place(w) for w in wheels],
                stored.store,
                ApplyOptions(),
                Killing(1),
            )
        finally:
            os._exit(1)
    _, status = os.wait()
    assert os.waitstatus_to_exitcode(status) == 9

    recover(environment, SilentReporter())

    assert snapshot(tmp_path / "env") == before


def test_nothing_pending_costs_no_lock_and_changes_nothing(tmp_path):
    environment = bare_environment(tmp_path / "env")
    before = snapshot(tmp_path)
    assert not has_pending_change(environment.layout)
    assert recover(environment, SilentReporter()) is None
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize(
    "line",
    [
        "created\t{outside}/KEPT",
        "old\t{outside}/KEPT",
        "folder\t{outside}/sub",
        "created\t{library}/../../../../KEPT",
        "created\t{library}/..",
        "created\tKEPT",
        "staged\t{outside}\tapp-1.dist-info",
        "staged\t{library}\t..",
        "library\t{outside}",
        "created\t{library}/way/KEPT",
        "created\t{library}/a\0b",
    ],
)
def test_a_journal_that_names_files_elsewhere_changes_nothing(tmp_path, line):
    """Somebody else may have made the environment, or moved it after the interruption."""
    environment = bare_environment(tmp_path / "env")
    library = environment.layout.purelib
    outside = tmp_path / "outside"
    (outside / "sub").mkdir(parents=True)
    for place_of in (outside, tmp_path):
        (place_of / "KEPT").write_text("kept")
    os.symlink(outside, f"{library}/way")
    os.makedirs(f"{library}/.xpip-txn/old")
    lines = ["xpip-transaction 1", f"library\t{library}", line, "end"]
    text = "\n".join(lines).format(outside=outside, library=library)
    with open(f"{library}/.xpip-txn/journal", "w", encoding="utf-8") as file:
        file.write(text)
    before = snapshot(tmp_path)

    with pytest.raises(EnvironmentFault, match="cannot be undone") as caught:
        recover(environment, SilentReporter())

    assert snapshot(tmp_path) == before
    assert "elsewhere" in caught.value.details[0]


def test_an_interrupted_change_of_an_environment_that_was_moved_is_told(killed):
    folder, *_ = killed
    moved = folder.with_name("moved")
    folder.rename(moved)
    environment = bare_environment(moved)
    before = snapshot(moved)
    with pytest.raises(EnvironmentFault, match="cannot be undone") as caught:
        recover(environment, SilentReporter())
    assert "move it back" in caught.value.hints[0]
    assert snapshot(moved) == before
