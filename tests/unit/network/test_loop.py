"""The event loop: order, cancellation, time, threads, failures, and how it ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from xpip.network.loop.futures import CancelledError
from xpip.network.loop.locks import Event, Lock, Semaphore
from xpip.network.loop.scheduler import get_running_loop, is_running, run
from xpip.network.loop.threads import ThreadPool
from xpip.network.loop.waiting import (
    FIRST_COMPLETED,
    ensure_future,
    gather,
    shield,
    sleep,
    wait,
    wait_for,
)

SOURCE = Path(__file__).resolve().parents[3] / "src"


async def value(what, seconds=0.0):
    await sleep(seconds)
    return what


async def failing(error, seconds=0.0):
    await sleep(seconds)
    raise error


@pytest.fixture
def reported(monkeypatch):
    """Collect what nobody could be told of."""
    found = []
    monkeypatch.setattr(sys, "excepthook", lambda _kind, error, _traceback: found.append(error))
    return found


class TestOrder:
    def test_what_is_ready_first_goes_first(self):
        steps = []

        async def walker(name):
            for number in range(3):
                steps.append(f"{name}{number}")
                await sleep(0)

        async def work():
            await gather(walker("a"), walker("b"), walker("c"))

        run(work())
        assert steps == ["a0", "b0", "c0", "a1", "b1", "c1", "a2", "b2", "c2"]

    def test_timers_ring_by_their_time_and_equal_ones_in_their_order(self):
        rung = []

        async def work():
            loop = get_running_loop()
            for delay, name in ((0.03, "late"), (0.0, "first"), (0.0, "second"), (0.01, "middle")):
                loop.call_later(delay, rung.append, name)
            loop.call_later(0.005, rung.append, "never").cancel()
            await sleep(0.05)

        run(work())
        assert rung == ["first", "second", "middle", "late"]

    def test_nothing_happens_before_its_time(self):
        async def work():
            begun = time.monotonic()
            for _ in range(20):
                await sleep(0.003)
            return time.monotonic() - begun

        assert run(work()) >= 0.06

    def test_waiting_costs_no_processor_time(self):
        async def work():
            begun = time.process_time()
            await sleep(0.3)
            return time.process_time() - begun

        assert run(work()) < 0.1

    def test_five_thousand_tasks_that_wait_for_each_other_end(self):
        """Neither the chain of tasks nor the chain of their results may nest."""

        async def link(before):
            return (await before if before is not None else 0) + 1

        async def work():
            task = None
            for _ in range(5000):
                task = ensure_future(link(task))
            return await task

        assert run(work()) == 5000

    def test_five_thousand_results_come_in_the_order_of_the_question(self):
        async def work():
            return await gather(*(value(number) for number in range(5000)))

        assert run(work()) == list(range(5000))


class TestCancellation:
    def test_it_is_raised_where_the_task_waits(self):
        steps = []

        async def patient():
            try:
                await sleep(60)
            except CancelledError:
                steps.append("cancelled")
                raise
            finally:
                await sleep(0)
                steps.append("cleaned up")

        async def work():
            task = ensure_future(patient())
            await sleep(0)
            assert task.cancel()
            with pytest.raises(CancelledError):
                await task
            return task.cancelled(), task.cancel()

        assert run(work()) == (True, False)
        assert steps == ["cancelled", "cleaned up"]

    def test_a_task_that_has_not_begun_never_does(self):
        steps = []

        async def one():
            steps.append("begun")

        async def work():
            task = ensure_future(one())
            task.cancel()
            await wait((task,))
            return task.cancelled()

        assert run(work()) is True
        assert steps == []

    def test_it_goes_through_to_the_innermost_task(self):
        ended = []

        async def innermost():
            try:
                await sleep(60)
            finally:
                ended.append("innermost")

        async def middle():
            await ensure_future(innermost())

        async def work():
            task = ensure_future(middle())
            await sleep(0.01)
            task.cancel()
            with pytest.raises(CancelledError):
                await task

        run(work())
        assert ended == ["innermost"]

    def test_a_task_may_refuse_it(self):
        async def stubborn():
            try:
                await sleep(60)
            except CancelledError:
                return "done all the same"

        async def work():
            task = ensure_future(stubborn())
            await sleep(0)
            task.cancel()
            return await task, task.cancelled()

        assert run(work()) == ("done all the same", False)

    def test_it_comes_with_the_next_wait_when_what_was_waited_for_is_done(self):
        async def one(gate):
            await gate
            await sleep(60)

        async def work():
            gate = get_running_loop().create_future()
            task = ensure_future(one(gate))
            await sleep(0)
            gate.set_result(None)
            task.cancel()
            await wait((task,))
            return task.cancelled()

        assert run(work()) is True

    def test_a_shield_keeps_it_off(self):
        async def work():
            inner = ensure_future(value("kept", 0.01))
            outer = ensure_future(gather_one(shield(inner)))
            await sleep(0)
            outer.cancel()
            await wait((outer,))
            return outer.cancelled(), await inner

        async def gather_one(future):
            return await future

        assert run(work()) == (True, "kept")

    def test_a_shield_hands_on_failures_and_cancellations_of_what_is_behind_it(self):
        async def work():
            with pytest.raises(LookupError):
                await shield(failing(LookupError("gone")))
            behind = ensure_future(sleep(60))
            waiting = ensure_future(wait((shield(behind),)))
            await sleep(0)
            behind.cancel()
            ((done,), _) = await waiting
            return done.cancelled()

        assert run(work()) is True

    def test_what_is_left_at_the_end_is_cancelled_and_waited_for(self):
        ended = []

        async def background():
            try:
                await sleep(60)
            finally:
                await sleep(0)
                ended.append(True)

        async def work():
            ensure_future(background())
            await sleep(0)
            return "answer"

        assert run(work()) == "answer"
        assert ended == [True]


class TestTime:
    def test_work_that_is_done_in_time(self):
        assert run(wait_for(value("x", 0.01), 60)) == "x"

    @pytest.mark.parametrize("seconds", [0.05, 0, -1])
    def test_work_that_takes_too_long_is_cancelled_and_waited_for(self, seconds):
        ended = []

        async def slow():
            try:
                await sleep(60)
            finally:
                await sleep(0.01)
                ended.append(True)

        async def work():
            begun = time.monotonic()
            with pytest.raises(TimeoutError):
                await wait_for(slow(), seconds)
            return time.monotonic() - begun

        assert max(0, seconds) <= run(work()) < 5
        assert ended == ([True] if seconds > 0 else [])

    def test_a_result_that_comes_in_spite_of_it_is_kept(self):
        async def stubborn():
            try:
                await sleep(60)
            except CancelledError:
                return "kept"

        assert run(wait_for(stubborn(), 0.01)) == "kept"

    def test_a_failure_comes_out_as_it_is(self):
        with pytest.raises(LookupError, match="gone"):
            run(wait_for(failing(LookupError("gone")), 60))

    def test_who_is_cancelled_while_the_time_runs_out_is_cancelled(self):
        async def slow():
            try:
                await sleep(60)
            finally:
                await sleep(0.05)

        async def work():
            task = ensure_future(wait_for(slow(), 0.01))
            await sleep(0.03)
            task.cancel()
            await wait((task,))
            return task.cancelled()

        assert run(work()) is True


class TestSeveral:
    def test_the_first_failure_is_told_and_the_others_go_on(self):
        ended = []

        async def slow():
            await sleep(0.02)
            ended.append(True)

        async def work():
            with pytest.raises(LookupError, match="first"):
                await gather(slow(), failing(LookupError("first")), failing(ValueError("later")))
            assert ended == []
            await sleep(0.05)

        run(work())
        assert ended == [True]

    def test_failures_among_the_results(self):
        async def work():
            cancelled = ensure_future(sleep(60))
            cancelled.cancel()
            found = await gather(
                value(1), failing(LookupError("x")), cancelled, return_exceptions=True
            )
            return [type(one) for one in found]

        assert run(work()) == [int, LookupError, CancelledError]

    def test_nothing_to_wait_for(self):
        async def work():
            return await gather(), await wait(())

        assert run(work()) == ([], (set(), set()))

    def test_cancelling_cancels_them_all(self):
        async def work():
            tasks = [ensure_future(sleep(60)) for _ in range(3)]

            async def together():
                await gather(*tasks)

            outer = ensure_future(together())
            await sleep(0)
            outer.cancel()
            await wait((outer, *tasks))
            return outer.cancelled(), [task.cancelled() for task in tasks]

        assert run(work()) == (True, [True, True, True])

    def test_the_first_of_several(self):
        async def work():
            quick, slow = ensure_future(value(1, 0.01)), ensure_future(value(2, 60))
            done, pending = await wait((quick, slow), return_when=FIRST_COMPLETED)
            return done == {quick}, pending == {slow}, slow.done()

        assert run(work()) == (True, True, False)

    def test_a_time_for_several(self):
        async def work():
            slow = ensure_future(sleep(60))
            return await wait((slow,), timeout=0.02) == (set(), {slow})

        assert run(work()) is True


class TestLocks:
    def test_so_many_are_inside_at_a_time_and_the_others_come_in_their_order(self):
        inside, most, order = set(), [], []

        async def one(name, gate):
            async with gate:
                inside.add(name)
                order.append(name)
                most.append(len(inside))
                await sleep(0.001)
                inside.remove(name)

        async def work():
            gate = Semaphore(2)
            await gather(*(one(number, gate) for number in range(7)))

        run(work())
        assert (order, max(most)) == (list(range(7)), 2)

    def test_who_is_cancelled_while_waiting_takes_no_place(self):
        async def holding(lock, seconds):
            async with lock:
                await sleep(seconds)
                return True

        async def work():
            lock = Lock()
            first = ensure_future(holding(lock, 0.02))
            second, third = (ensure_future(holding(lock, 0)) for _ in range(2))
            await sleep(0)
            second.cancel()
            await sleep(0.01)
            return await first, second.cancelled(), await third

        assert run(work()) == (True, True, True)

    def test_who_is_cancelled_when_let_in_lets_the_next_one_in(self):
        async def holding(lock):
            async with lock:
                return True

        async def work():
            lock = Lock()
            await lock.__aenter__()
            second, third = (ensure_future(holding(lock)) for _ in range(2))
            await sleep(0)
            await lock.__aexit__()
            second.cancel()
            await wait((second,))
            return second.cancelled(), await third

        assert run(work()) == (True, True)

    def test_an_event_wakes_all(self):
        async def work():
            event = Event()
            waiting = [ensure_future(event.wait()) for _ in range(3)]
            await sleep(0)
            states = [any(task.done() for task in waiting)]
            event.set()
            await gather(*waiting)
            event.clear()
            return [*states, event.is_set()]

        assert run(work()) == [False, False]


class TestThreads:
    def test_results_and_failures_of_threads_wake_the_loop(self):
        async def work():
            loop = get_running_loop()
            begun = time.monotonic()
            found = await gather(
                loop.run_in_executor(None, int, "7"),
                loop.run_in_executor(None, int, "x"),
                return_exceptions=True,
            )
            return found[0], type(found[1]), time.monotonic() - begun < 5

        assert run(work()) == (7, ValueError, True)

    def test_the_loop_goes_on_meanwhile(self):
        async def work():
            sleeping = get_running_loop().run_in_executor(None, time.sleep, 0.1)
            turns = 0
            while not sleeping.done():
                await sleep(0.01)
                turns += 1
            return turns

        assert run(work()) > 2

    def test_at_most_so_many_threads_work_at_a_time(self):
        running, most = [], []

        def act():
            running.append(1)
            most.append(len(running))
            time.sleep(0.01)
            running.pop()

        async def work():
            threads = ThreadPool(2)
            loop = get_running_loop()
            await gather(*(loop.run_in_executor(threads, act) for _ in range(8)))
            threads.close()

        run(work())
        assert (len(most), max(most)) == (8, 2)

    def test_the_end_of_the_loop_does_not_wait_for_a_thread_that_hangs(self):
        async def work():
            get_running_loop().run_in_executor(None, time.sleep, 3)
            await sleep(0.01)

        begun = time.monotonic()
        run(work())
        assert time.monotonic() - begun < 2.5

    def test_what_a_thread_says_after_the_end_of_the_loop_is_ignored(self):
        loops = []

        async def work():
            loops.append(get_running_loop())

        run(work())
        called = []
        loops[0].call_soon_threadsafe(called.append, 1)
        assert called == []


class TestFailures:
    def test_that_of_the_main_work_comes_out(self):
        with pytest.raises(LookupError, match="gone"):
            run(failing(LookupError("gone")))

    def test_one_that_nobody_asks_for_is_reported(self, reported):
        async def work():
            ensure_future(failing(LookupError("nobody asked")))
            await sleep(0.01)

        run(work())
        assert [str(error) for error in reported] == ["nobody asked"]

    def test_one_that_somebody_looked_at_is_not(self, reported):
        async def work():
            task = ensure_future(failing(LookupError("looked at")))
            await wait((task,))
            await gather(failing(ValueError("told")), return_exceptions=True)
            return str(task.exception())

        assert run(work()) == "looked at"
        assert reported == []

    def test_a_result_is_set_once(self):
        async def work():
            future = get_running_loop().create_future()
            with pytest.raises(RuntimeError):
                future.result()
            future.set_result(1)
            with pytest.raises(RuntimeError):
                future.set_result(2)
            return await future

        assert run(work()) == 1

    def test_there_is_one_loop_in_a_thread_at_a_time(self):
        async def work():
            with pytest.raises(RuntimeError):
                run(value(1))
            return is_running()

        assert run(work()) is True
        assert is_running() is False

    @pytest.mark.parametrize("end", [KeyboardInterrupt, SystemExit])
    def test_what_ends_the_program_ends_all_tasks_first(self, end):
        ended = []

        async def other(name):
            try:
                await sleep(60)
            finally:
                await sleep(0)
                ended.append(name)

        async def work():
            try:
                await gather(other("a"), other("b"), failing(end(), 0.01))
            finally:
                ended.append("main")

        with pytest.raises(end):
            run(work())
        assert sorted(ended) == ["a", "b", "main"]
        assert is_running() is False

    def test_no_descriptor_is_left_behind(self):
        run(value(1))
        before = len(os.listdir("/dev/fd"))
        run(value(1))
        assert len(os.listdir("/dev/fd")) == before


INTERRUPTED = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)
from xpip.network.loop.scheduler import get_running_loop, run
from xpip.network.loop.waiting import ensure_future, gather, sleep

async def other():
    try:
        await sleep(60)
    finally:
        await sleep(0)
        print("other ended", flush=True)

async def work():
    task = ensure_future(other())
    await sleep(0)
    try:
        print("ready", flush=True)
        {act}
    finally:
        print("main ended", flush=True)

try:
    run(work())
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


@pytest.mark.parametrize(
    "act",
    ["await sleep(60)", "time.sleep(60)", "while True: await sleep(0)", "while True: sum([1, 2])"],
)
def test_an_interrupt_breaks_out_at_once_and_cleans_up(act):
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED.format(act=act)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.05)
    begun = time.monotonic()
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=20)
    assert time.monotonic() - begun < 5
    assert sorted(output.splitlines()) == ["interrupted", "main ended", "other ended"]
    assert errors == ""


def test_an_interrupt_at_any_moment_ends_everything():
    """A signal may strike between taking a step from the queue and doing it."""

    for moment in range(1, 400, 7):
        begun, ended = [], []
        left = [moment]

        def strike(frame, event, _argument, left=left, begun=begun):
            in_loop = "network/loop" in frame.f_code.co_filename
            if in_loop and event == "call" and left[0] > 0 and len(begun) == 4:
                left[0] -= 1
                if not left[0]:
                    raise KeyboardInterrupt

        async def walker(begun=begun, ended=ended):
            try:
                begun.append("walker")
                for _ in range(10):
                    await sleep(0)
                    await sleep(0.0001)
            finally:
                ended.append("walker")

        async def work(begun=begun, ended=ended, walker=walker):
            try:
                begun.append("main")
                await gather(*(walker() for _ in range(3)))
            finally:
                ended.append("main")

        sys.setprofile(strike)
        try:
            run(work())
        except KeyboardInterrupt:
            pass
        finally:
            sys.setprofile(None)
        assert sorted(ended) == sorted(begun), moment
        assert not is_running(), moment
