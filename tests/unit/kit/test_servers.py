"""The faulty server does what it is told, seen with the standard library's client."""

import http.client
import time
import urllib.error
import urllib.request
from typing import NamedTuple

import pytest

from tests.kit.servers import Answer, FaultyServer, redirect, unavailable, zipped


@pytest.fixture
def server():
    with FaultyServer().serving() as running:
        yield running


class Got(NamedTuple):
    status: int
    body: bytes
    headers: dict


def ask(url, **headers) -> Got:
    request = urllib.request.Request(
        url, headers={k.replace("_", "-"): v for k, v in headers.items()}
    )
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return Got(answer.status, answer.read(), dict(answer.headers))
    except urllib.error.HTTPError as error:
        with error:
            return Got(error.code, error.read(), dict(error.headers))


def test_answers_come_in_order_and_the_last_one_stays(server):
    url = server.on("/x", unavailable(), Answer(200, b"first"), Answer(200, b"second"))
    assert ask(url).status == 503
    assert [ask(url).body for _ in range(3)] == [b"first", b"second", b"second"]


def test_an_unknown_path_is_404(server):
    assert ask(server.url + "/nowhere").status == 404


def test_a_cut_body_ends_early(server):
    with pytest.raises(http.client.IncompleteRead) as caught:
        ask(server.on("/x", Answer(200, b"0123456789", cut=4)))
    assert caught.value.partial == b"0123"


def test_a_reset_is_an_error_of_the_connection(server):
    with pytest.raises((ConnectionResetError, http.client.IncompleteRead)):
        ask(server.on("/x", Answer(200, b"0123456789", cut=4, reset=True)))


def test_a_drip_takes_its_time(server):
    begun = time.monotonic()
    assert ask(server.on("/x", Answer(200, b"abcd", drip=0.02))).body == b"abcd"
    assert time.monotonic() - begun > 0.06


def test_chunks_arrive_as_one_body(server):
    assert ask(server.on("/x", Answer(chunks=(b"ab", b"cde")))).body == b"abcde"


def test_ranges_are_honoured_ignored_or_mistaken(server):
    body = Answer(200, b"0123456789")
    good = ask(server.on("/good", body), Range="bytes=-3")
    assert (good.status, good.body, good.headers["Content-Range"]) == (206, b"789", "bytes 7-9/10")
    off = ask(server.on("/off", body._replace(ranges="no")), Range="bytes=-3")
    assert (off.status, off.body) == (200, b"0123456789")
    wrong = ask(server.on("/wrong", body._replace(ranges="wrong")), Range="bytes=2-4")
    assert wrong.headers["Content-Range"] == "bytes 3-4/10"


def test_if_range_is_compared_with_the_validators(server):
    url = server.on("/x", Answer(200, b"0123456789").with_headers(ETag='"a"'))
    assert ask(url, Range="bytes=8-", If_Range='"a"').status == 206
    assert ask(url, Range="bytes=8-", If_Range='"b"').status == 200


def test_redirects_and_codings_are_made(server):
    server.on("/here", zipped(b"text"))
    answer = ask(server.on("/there", redirect(server.url + "/here")))
    assert answer.headers["Content-Encoding"] == "gzip"
    assert server.targets() == ["/there", "/here"]


def test_it_hangs_up_on_idle_connections(server):
    server.on("/x", Answer(200, b"a"))
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    connection.request("GET", "/x")
    connection.getresponse().read()
    server.hang_up()
    time.sleep(0.05)
    assert connection.sock.recv(1) == b""
    connection.close()
