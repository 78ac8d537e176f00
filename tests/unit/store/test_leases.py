"""Who uses the store holds a lease; pruning waits for those of before and for nobody else."""

import os
from pathlib import Path

import pytest

from xpip.store.layout import LEASES, Store, open_store, temporary_store
from xpip.store.leases import Leases, Turn


@pytest.fixture
def store(tmp_path):
    return open_store(str(tmp_path / "cache"))


def lease_files(store) -> list[str]:
    return sorted(os.listdir(f"{store.root}/{LEASES}"))


def test_a_turn_without_anybody_at_work_is_over_at_once(store):
    turn = Turn(store)
    assert turn.is_over()
    assert lease_files(store) == []


def test_a_turn_is_over_when_all_of_before_have_ended(store):
    one, two = Leases(store), Leases(store)
    one.__enter__()
    two.__enter__()
    turn = Turn(store)
    assert not turn.is_over()
    one.__exit__()
    assert not turn.is_over()
    two.__exit__()
    assert turn.is_over()


def test_nobody_waits_for_who_comes_after_the_turn(store):
    with Leases(store):
        pass
    turn = Turn(store)
    with Leases(store):
        assert turn.is_over()
        assert lease_files(store) == ["current"]


def test_a_later_turn_waits_for_those_of_before_an_earlier_one_too(store):
    old = Leases(store)
    old.__enter__()
    assert not Turn(store).is_over()
    later = Turn(store)
    assert not later.is_over()
    old.__exit__()
    assert later.is_over()


def test_what_is_written_after_the_turn_is_no_older_than_it(store):
    turn = Turn(store)
    path = Path(store.root, "entry")
    path.touch()
    assert path.stat().st_ctime_ns >= turn.began_ns


def test_a_layer_gets_a_lease_and_no_file(store, tmp_path):
    lower = open_store(str(tmp_path / "lower"))
    upper = Store(str(tmp_path / "upper"), (lower.root,))
    with Leases(upper):
        assert os.listdir(lower.root) == ["CACHEDIR.TAG"]
    with Leases(lower):
        pass
    lease = Leases(upper)
    lease.__enter__()
    assert not Turn(lower).is_over()
    lease.__exit__()


def test_a_store_that_is_thrown_away_needs_none(tmp_path):
    store = temporary_store(str(tmp_path))
    with Leases(store):
        assert os.listdir(store.root) == []


def test_a_forked_process_keeps_the_lease_of_its_parent(store):
    lease = Leases(store)
    lease.__enter__()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(writing)
        os.read(reading, 1)
        os._exit(0)
    os.close(reading)
    lease.__exit__()
    turn = Turn(store)
    assert not turn.is_over()
    os.close(writing)
    os.waitpid(child, 0)
    assert turn.is_over()
