"""Work that needs an event loop only now and then."""

import pytest

from xpip.network.loop import futures, waiting
from xpip.network.on_demand import Deadline, event_loop, has_event_loop, run_on_demand


class FakeClient:
    made = 0

    def __init__(self):
        type(self).made += 1
        self.closed = False

    async def get(self, url):
        await waiting.sleep(0)
        return f"{url} of {type(self).made}"

    async def __aexit__(self, *_):
        self.closed = True


@pytest.fixture
def make():
    FakeClient.made = 0
    clients = []

    def make():
        clients.append(FakeClient())
        return clients[-1]

    make.clients = clients
    return make


def test_without_need_there_is_neither_loop_nor_client(make):
    async def work(network):
        return has_event_loop(), network is not None

    assert run_on_demand(work, make) == (False, True)
    assert make.clients == []


def test_the_work_goes_on_in_a_loop_where_it_was(make):
    steps = []

    async def inner(network):
        steps.append(has_event_loop())
        await event_loop()
        steps.append(has_event_loop())
        await event_loop()
        return await network.get("page")

    async def work(network):
        try:
            return await inner(network), await network.get("file")
        finally:
            steps.append("end")

    assert run_on_demand(work, make) == ("page of 1", "file of 1")
    assert steps == [False, True, "end"]
    assert [client.closed for client in make.clients] == [True]


@pytest.mark.parametrize("needs_loop", [False, True])
def test_a_failure_comes_out_as_it_is(make, needs_loop):
    async def work(network):
        if needs_loop:
            await event_loop()
            await network.get("page")
        raise LookupError("gone")

    with pytest.raises(LookupError, match="gone"):
        run_on_demand(work, make)
    assert all(client.closed for client in make.clients)


def test_a_deadline_lets_work_that_is_done_in_time_be(make):
    done = []

    async def quick():
        done.append(has_event_loop())

    async def waiting(network):
        await event_loop()
        done.append(await network.get("page"))

    async def work(network):
        deadline = Deadline(60)
        await deadline.keep(quick())
        await deadline.keep(waiting(network))
        return deadline.is_over()

    assert run_on_demand(work, make) is False
    assert done == [False, "page of 1"]


def test_a_deadline_ends_work_that_waits_too_long(make):
    cancelled = []

    async def slow():
        await event_loop()
        try:
            await waiting.sleep(60)
        except futures.CancelledError:
            cancelled.append(True)
            raise

    async def work(_):
        deadline = Deadline(0.05)
        await deadline.keep(slow())
        return deadline.is_over()

    assert run_on_demand(work, make) is True
    assert cancelled == [True]
