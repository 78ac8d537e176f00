"""One builder of one key."""

import os
import threading
import time

import pytest

from xpip.build.locks import BuildBusy, BuildLock
from xpip.model.reporter import SilentReporter
from xpip.process import ProgramFailed, Stopper


def lock(path, timeout=5.0, stopper=None):
    return BuildLock(str(path), "app 1.0", timeout, stopper or Stopper(), SilentReporter())


def test_it_says_who_holds_it_and_goes_when_it_is_given_back(tmp_path):
    path = tmp_path / "folder" / "key.lock"
    with lock(path):
        assert path.read_text().split() == [str(os.getpid()), os.uname().nodename]
    assert not path.exists()


def test_the_second_one_waits_for_the_first(tmp_path):
    path = tmp_path / "key.lock"
    order = []

    def second():
        with lock(path):
            order.append("second")

    thread = threading.Thread(target=second)
    with lock(path):
        thread.start()
        time.sleep(0.2)
        order.append("first")
    thread.join(5)
    assert order == ["first", "second"]
    assert not path.exists()


def test_many_take_turns(tmp_path):
    path = tmp_path / "key.lock"
    inside = []
    most = []

    def work():
        for _ in range(5):
            with lock(path, 30):
                inside.append(1)
                most.append(len(inside))
                time.sleep(0.001)
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(most) == 30
    assert max(most) == 1


def test_patience_has_an_end(tmp_path):
    path = tmp_path / "key.lock"
    with lock(path), pytest.raises(BuildBusy) as caught, lock(path, 0.1):
        pass
    assert f"pid {os.getpid()}" in caught.value.summary


def test_a_stopped_wait_ends(tmp_path):
    path = tmp_path / "key.lock"
    stopper = Stopper()
    stopper.stop()
    with lock(path), pytest.raises(ProgramFailed), lock(path, 5, stopper):
        pass
