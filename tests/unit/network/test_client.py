"""The client against a server that misbehaves: what is retried, what is refused, what is said."""

import base64
import gzip
import zlib

import pytest

from tests.kit.servers import Answer, FaultyServer, html, redirect, unavailable, zipped
from xpip.errors import IndexAccessError, IntegrityError
from xpip.model.options import Credential, NetworkOptions
from xpip.model.reporter import SilentReporter
from xpip.network.client import Client
from xpip.network.failures import InsecureTransport, RefusedByServer, Unreachable
from xpip.network.loop import futures, scheduler, waiting
from xpip.network.retry import Pace

QUICK = Pace(first_delay=0.01, max_delay=0.05, budget=3.0)


@pytest.fixture
def server():
    with FaultyServer().serving() as running:
        yield running


@pytest.fixture
def other():
    with FaultyServer().serving() as running:
        yield running


class Collected:
    """A sink in memory."""

    def __init__(self):
        self.data = b""
        self.restarts = 0

    def write(self, data):
        self.data += data

    def restart(self):
        self.data = b""
        self.restarts += 1

    @property
    def size(self):
        return len(self.data)


def run(act, *, pace=QUICK, **options):
    """Run `act(client)` to its end."""
    chosen = NetworkOptions(**{"timeout": 0.5, "retries": 3, **options})

    async def work():
        async with Client(chosen, SilentReporter(), pace=pace) as client:
            return await act(client)

    return scheduler.run(work())


def get(url, *, headers=None, limit=1 << 20, **options):
    return run(lambda client: client.get(url, headers, limit), **options)


def download(url, size=None, **options):
    sink = Collected()
    run(lambda client: client.download(url, sink, size), **options)
    return sink


class TestAnswers:
    def test_body_and_headers_come_back(self, server):
        url = server.on("/x", Answer(200, b"text").with_headers(X_Tail="1"))
        response = get(url)
        assert (response.status, response.body, response.headers["x-tail"]) == (200, b"text", "1")

    @pytest.mark.parametrize("status", [404, 410])
    def test_absence_is_an_answer(self, server, status):
        assert get(server.on("/x", Answer(status, b"no"))).status == status

    def test_not_modified_is_an_answer(self, server):
        url = server.on("/x", Answer(304, b"").with_headers(ETag='"a"'))
        assert get(url, headers={"If-None-Match": '"a"'}).status == 304

    def test_a_connection_serves_many_requests(self, server):
        url = server.on("/x", Answer(200, b"text"))

        async def act(client):
            for _ in range(5):
                await client.get(url)

        run(act)
        assert server.connections() == 1

    def test_an_error_page_does_not_cost_the_connection(self, server):
        url = server.on("/x", unavailable(), Answer(200, b"text"))
        get(url)
        assert server.connections() == 1

    def test_parallel_requests_share_a_limited_pool(self, server):
        url = server.on("/x", Answer(200, b"text", delay=0.02))

        async def act(client):
            await waiting.gather(*[client.get(url) for _ in range(12)])

        run(act, concurrent_downloads=3)
        assert server.connections() == 3

    def test_chunks_are_put_together(self, server):
        assert get(server.on("/x", Answer(chunks=(b"ab", b"cde", b"f")))).body == b"abcdef"


class TestIdleConnections:
    def test_one_that_the_server_closed_is_replaced_without_counting_as_failure(self, server):
        url = server.on("/x", Answer(200, b"text"))

        async def act(client):
            await client.get(url)
            server.hang_up()
            return await client.get(url)

        assert run(act, retries=0).body == b"text"

    def test_one_that_closes_unannounced_after_its_answer_is_replaced(self, server):
        url = server.on("/x", Answer(200, b"text", close=True))

        async def act(client):
            return [(await client.get(url)).body for _ in range(4)]

        assert run(act, retries=0) == [b"text"] * 4


class TestRetries:
    @pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 520, 527])
    def test_a_status_that_often_passes_is_asked_again(self, server, status):
        url = server.on(
            "/x", unavailable(status=status), unavailable(status=status), Answer(200, b"at last")
        )
        assert get(url).body == b"at last"

    def test_it_ends_after_the_given_number_and_says_so(self, server):
        url = server.on("/x", unavailable(status=500))
        with pytest.raises(RefusedByServer) as caught:
            get(url, retries=2)
        assert len(server.requests) == 3
        assert caught.value.status == 500
        assert caught.value.details[0].startswith("3 attempts in ")

    @pytest.mark.parametrize("status", [400, 401, 403, 405, 451, 501])
    def test_a_plain_no_is_not_asked_again(self, server, status):
        with pytest.raises(RefusedByServer) as caught:
            get(server.on("/x", Answer(status, b"no")))
        assert (caught.value.status, len(server.requests)) == (status, 1)

    @pytest.mark.parametrize("cut", [0, 2, 9])
    @pytest.mark.parametrize("reset", [False, True])
    def test_a_body_that_breaks_off_is_asked_for_again(self, server, cut, reset):
        broken = Answer(200, b"0123456789", cut=cut, reset=reset)
        assert (
            get(server.on("/x", broken, broken, Answer(200, b"0123456789"))).body == b"0123456789"
        )

    def test_a_connection_that_says_nothing_times_out(self, server):
        with pytest.raises(Unreachable) as caught:
            get(server.on("/x", Answer(200, b"late", delay=5)), timeout=0.1, retries=1)
        assert "no answer for 0.1 seconds" in caught.value.summary
        assert "`--timeout SECONDS` allows for slower servers" in caught.value.hints

    def test_a_drip_is_cut_off_by_the_minimum_speed(self, server):
        pace = QUICK._replace(window=0.2)
        with pytest.raises(Unreachable) as caught:
            get(server.on("/x", Answer(200, b"x" * 200, drip=0.02)), retries=0, pace=pace)
        assert "less than 1000 bytes a second" in caught.value.summary

    def test_no_attempt_begins_after_the_budget(self, server):
        pace = QUICK._replace(budget=0.0)
        with pytest.raises(Unreachable):
            get(server.on("/x", Answer(200, b"0123", cut=1)), retries=9, pace=pace)
        assert len(server.requests) == 1

    def test_nobody_listening_is_told_with_attempts(self, server):
        with FaultyServer().serving() as gone:
            url = gone.url + "/x"
        with pytest.raises(Unreachable) as caught:
            get(url, retries=1)
        assert "no connection to" in caught.value.summary
        assert caught.value.details[0].startswith("2 attempts")

    def test_an_unknown_host_is_told(self):
        with pytest.raises(Unreachable) as caught:
            get("https://no-such-host.invalid/simple/", retries=0)
        assert "the host `no-such-host.invalid` is not known" in caught.value.summary

    def test_each_failure_is_told_to_those_who_ask_for_details(self, server):
        told = []

        class Listening(SilentReporter):
            def detail(self, text):
                told.append(text)

        url = server.on("/x", unavailable(), Answer(200, b"text"))

        async def work():
            async with Client(NetworkOptions(), Listening(), pace=QUICK) as client:
                await client.get(url)

        scheduler.run(work())
        assert len(told) == 1
        assert "the server answered 503" in told[0]


class TestRetryAfter:
    def test_it_is_waited_for_in_place_of_our_own_delay(self, server):
        pace = Pace(first_delay=30.0)
        url = server.on("/x", unavailable("0"), Answer(200, b"text"))
        assert get(url, pace=pace).body == b"text"

    def test_a_date_counts_from_the_date_of_the_answer(self, server):
        pace = Pace(first_delay=30.0)
        url = server.on("/x", unavailable("Sat, 21 Nov 2026 00:00:00 GMT"), Answer(200, b"text"))
        assert get(url, pace=pace).body == b"text"

    @pytest.mark.parametrize(
        "value", ["-1", "soon", "", "nan", "1e9", "Fri, 20 Nov 2026 00:00:00 GMT"]
    )
    def test_nonsense_is_ignored(self, server, value):
        assert get(server.on("/x", unavailable(value), Answer(200, b"text"))).body == b"text"


class TestRedirects:
    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_it_is_followed(self, server, status):
        server.on("/b", Answer(200, b"there"))
        response = get(server.on("/a", redirect("/b", status)))
        assert (response.body, response.url) == (b"there", server.url + "/b")

    def test_a_circle_ends_after_ten(self, server):
        with pytest.raises(IndexAccessError) as caught:
            get(server.on("/a", redirect("/a")))
        assert "redirects in circles" in caught.value.summary
        assert len(server.requests) == 11

    @pytest.mark.parametrize(
        "place",
        [
            "file:///etc/passwd",
            "ftp://index.example/x",
            "data:text/html,x",
            "https://",
            "http://[x/",
        ],
    )
    def test_only_http_leads_anywhere(self, server, place):
        with pytest.raises(IndexAccessError) as caught:
            get(server.on("/a", redirect(place)))
        assert "redirects to something that is not fetched" in caught.value.summary

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_a_password_does_not_follow_to_another_port(self, server, other, status):
        other.on("/b", Answer(200, b"there"))
        server.on("/a", redirect(other.url + "/b", status))
        secret = f"http://user:S3CR3T@127.0.0.1:{server.port}/a"
        assert get(secret).body == b"there"
        assert "authorization" in server.requests[0].headers
        assert "S3CR3T" not in repr(other.requests)
        assert "authorization" not in other.requests[0].headers
        assert {"cookie", "proxy-authorization", "referer"}.isdisjoint(other.requests[0].headers)

    def test_a_password_in_the_location_is_for_that_place_alone(self, server, other):
        other.on("/b", Answer(200, b"there"))
        server.on("/a", redirect(f"http://user:S3CR3T@127.0.0.1:{other.port}/b"))
        response = get(server.url + "/a")
        assert other.requests[0].headers["authorization"] == basic("user", "S3CR3T")
        assert "S3CR3T" not in response.url


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class TestCredentials:
    def credential(self, server, path="/", user="me", port=None):
        return Credential("http", "127.0.0.1", port or server.port, path, user, "S3CR3T")

    def test_they_go_to_their_origin_only(self, server, other):
        get(server.on("/x", Answer(200)), credentials=(self.credential(server),))
        get(other.on("/x", Answer(200)), credentials=(self.credential(server),))
        assert server.requests[0].headers["authorization"] == basic("me", "S3CR3T")
        assert "authorization" not in other.requests[0].headers

    def test_the_one_with_the_nearest_path_wins(self, server):
        known = (
            self.credential(server, "/a/simple", "a"),
            self.credential(server, "/b/simple", "b"),
        )
        get(server.on("/b/files/x", Answer(200)), credentials=known)
        assert server.requests[0].headers["authorization"] == basic("b", "S3CR3T")

    def test_netrc_is_read_when_it_is_named(self, server, tmp_path):
        netrc = tmp_path / "netrc"
        netrc.write_text("machine 127.0.0.1 login me password S3CR3T\n")
        get(server.on("/x", Answer(200)), netrc=str(netrc))
        assert server.requests[0].headers["authorization"] == basic("me", "S3CR3T")

    def test_a_netrc_that_is_not_there_is_no_failure(self, server, tmp_path):
        get(server.on("/x", Answer(200)), netrc=str(tmp_path / "none"))
        assert "authorization" not in server.requests[0].headers

    def test_a_401_without_a_password_says_how_to_give_one(self, server):
        with pytest.raises(RefusedByServer) as caught:
            get(server.on("/x", Answer(401)))
        assert "netrc" in caught.value.hints[0]

    def test_a_401_with_a_password_says_whose_it_was_and_never_what(self, server):
        url = server.on("/x", Answer(401)).replace("//", "//me:S3CR3T@")
        with pytest.raises(RefusedByServer) as caught:
            get(url)
        error = caught.value
        assert error.details == ("sent: user name and password from the URL",)
        assert "S3CR3T" not in repr((error.summary, error.details, error.hints, error))


class TestPlainHttp:
    def test_another_machine_is_refused_with_the_way_out(self):
        with pytest.raises(InsecureTransport) as caught:
            get("http://index.example/simple/six/")
        assert "`--trusted-host index.example` accepts it" in caught.value.hints

    def test_trust_in_another_port_does_not_help(self):
        with pytest.raises(InsecureTransport):
            get("http://index.example:8080/simple/", trusted_hosts=("index.example:8443",))

    @pytest.mark.parametrize("trusted", ["index.invalid", "index.invalid:8080", "INDEX.invalid"])
    def test_a_trusted_host_is_tried(self, trusted):
        with pytest.raises(Unreachable):
            get("http://index.invalid:8080/simple/", trusted_hosts=(trusted,), retries=0)


class TestCodings:
    def test_gzip_is_undone(self, server):
        assert get(server.on("/x", zipped(b"text" * 100))).body == b"text" * 100
        assert server.requests[0].headers["accept-encoding"] == "gzip, deflate"

    def test_several_gzip_members_are_one_body(self, server):
        body = gzip.compress(b"one ") + gzip.compress(b"two")
        assert (
            get(server.on("/x", Answer(200, body).with_headers(Content_Encoding="gzip"))).body
            == b"one two"
        )

    @pytest.mark.parametrize("body", [zlib.compress(b"text" * 9), zlib.compress(b"text" * 9)[2:-4]])
    def test_both_kinds_of_deflate_are_undone(self, server, body):
        url = server.on("/x", Answer(200, body).with_headers(Content_Encoding="deflate"))
        assert get(url).body == b"text" * 9

    def test_a_bomb_is_noticed_before_it_unfolds(self, server):
        url = server.on("/x", zipped(bytes(50 << 20)))
        with pytest.raises(Unreachable) as caught:
            get(url, limit=1 << 20)
        assert "larger than 1048576 bytes" in caught.value.summary
        assert len(server.requests) == 1

    def test_too_long_a_body_is_not_even_begun(self, server):
        with pytest.raises(Unreachable) as caught:
            get(server.on("/x", Answer(200, b"x" * 200)), limit=100)
        assert "larger than 100 bytes" in caught.value.summary

    @pytest.mark.parametrize("coding", ["gzip, gzip", "br", "gzip;q=1"])
    def test_what_was_not_asked_for_is_refused(self, server, coding):
        with pytest.raises(Unreachable) as caught:
            get(server.on("/x", Answer(200, b"x").with_headers(Content_Encoding=coding)))
        assert "which was not asked for" in caught.value.summary

    @pytest.mark.parametrize("body", [b"no gzip", gzip.compress(b"text" * 99, mtime=0)[:-9]])
    def test_damaged_gzip_is_told(self, server, body):
        with pytest.raises(Unreachable) as caught:
            get(server.on("/x", Answer(200, body).with_headers(Content_Encoding="gzip")))
        assert "gzip data" in caught.value.summary


class TestMalformedAnswers:
    @pytest.mark.parametrize(
        "raw",
        [
            b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\ntext",
            b"HTTP/1.1 200 OK\r\nContent-Length: 4, 5\r\n\r\ntext",
            b"HTTP/1.1 200 OK\r\nContent-Length: -4\r\n\r\ntext",
            b"HTTP/1.1 200 OK\r\nContent-Length: 0x4\r\n\r\ntext",
            b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1" * 300,
            b"HTTP/1.1 200 OK\r\nA: 1\r\n B: 2\r\nContent-Length: 0\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nName : 1\r\nContent-Length: 0\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nA: 1\nB: 2\r\nContent-Length: 0\r\n\r\n",
            b"HTTP/1.1 200 OK\r\n" + b"A: 1\r\n" * 101 + b"\r\n",
            b"HTTP/1.1 200 OK\r\nA: " + b"x" * 70000,
            b"HTTP/1.1 100 Continue\r\n\r\n" * 20,
            b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
            b"HTTP/2 200\r\n\r\n",
            b"SSH-2.0-OpenSSH\r\n\r\n",
            b"HTTP/1.1 abc\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ntext and more",
        ],
    )
    def test_it_is_refused_at_once(self, server, raw):
        with pytest.raises(Unreachable) as caught:
            get(server.on("/x", Answer(raw=raw)))
        assert caught.value.details[0].startswith("1 attempt ")

    def test_interim_answers_are_passed_over(self, server):
        raw = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        assert get(server.on("/x", Answer(raw=raw))).body == b"ok"

    def test_the_same_length_twice_is_no_contradiction(self, server):
        raw = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok"
        assert get(server.on("/x", Answer(raw=raw))).body == b"ok"

    def test_a_body_without_length_ends_with_the_connection(self, server):
        assert get(server.on("/x", Answer(200, b"text", length=""))).body == b"text"

    def test_trailers_are_dropped(self, server):
        raw = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nok\r\n0\r\nTail: 1\r\n\r\n"
        assert get(server.on("/x", Answer(raw=raw))).body == b"ok"

    @pytest.mark.parametrize(
        "url",
        [
            "http://127.0.0.1:99999/",
            "http:///x",
            "http://a b/",
            "ftp://h/",
            "http://u/x:y@127.0.0.1/",
            "http://a@b@127.0.0.1/",
        ],
    )
    def test_a_url_that_is_none_is_refused(self, url):
        with pytest.raises(IndexAccessError):
            get(url)

    def test_a_line_end_in_a_url_does_not_reach_the_server(self, server):
        server.on("/x%0D%0AEvil:1", Answer(200, b"ok"))
        assert get(server.url + "/x\r\nEvil:1").status in (200, 404)
        assert "evil" not in server.requests[0].headers


class TestRanges:
    def ask(self, url, start, length):
        return run(lambda client: client.get_range(url, start, length))

    def test_the_end_of_a_file(self, server):
        part = self.ask(server.on("/x", Answer(200, b"0123456789")), None, 4)
        assert (part.status, part.start, part.total, part.body) == (206, 6, 10, b"6789")

    def test_more_than_the_file_has_is_all_of_it(self, server):
        part = self.ask(server.on("/x", Answer(200, b"0123456789")), None, 400)
        assert (part.status, part.start, part.total, part.body) == (206, 0, 10, b"0123456789")

    def test_a_part_in_the_middle(self, server):
        part = self.ask(server.on("/x", Answer(200, b"0123456789")), 2, 3)
        assert (part.start, part.body) == (2, b"234")

    def test_a_small_file_from_a_server_without_ranges_comes_whole(self, server):
        part = self.ask(server.on("/x", Answer(200, b"0123456789", ranges="no")), None, 4)
        assert (part.status, part.start, part.total, part.body) == (200, 0, 10, b"0123456789")

    def test_a_large_file_from_a_server_without_ranges_is_not_read(self, server):
        part = self.ask(server.on("/x", Answer(200, bytes(1 << 20), ranges="no")), None, 4)
        assert (part.status, part.total, part.body) == (200, 0, b"")

    def test_the_wrong_part_is_no_part(self, server):
        part = self.ask(server.on("/x", Answer(200, b"0123456789", ranges="wrong")), 2, 3)
        assert (part.status, part.body) == (200, b"")

    def test_beyond_the_end_is_told(self, server):
        assert self.ask(server.on("/x", Answer(200, b"0123456789")), 20, 3).status == 416


class TestDownloads:
    BODY = bytes(range(256)) * 4096

    def test_a_file_arrives(self, server):
        assert download(server.on("/x", Answer(200, self.BODY)), len(self.BODY)).data == self.BODY

    def test_it_goes_on_where_it_broke_off(self, server):
        whole = Answer(200, self.BODY).with_headers(ETag='"v1"')
        sink = download(server.on("/x", whole._replace(cut=500_000), whole))
        assert sink.data == self.BODY
        assert sink.restarts == 0
        assert server.requests[1].headers["if-range"] == '"v1"'
        assert server.requests[1].headers["range"].startswith("bytes=")

    def test_last_modified_will_do(self, server):
        whole = Answer(200, self.BODY).with_headers(Last_Modified="Fri, 20 Nov 2026 00:00:00 GMT")
        sink = download(server.on("/x", whole._replace(cut=500_000), whole))
        assert (sink.data, sink.restarts) == (self.BODY, 0)

    @pytest.mark.parametrize("etag", [None, 'W/"weak"'])
    def test_without_a_strong_validator_it_starts_anew(self, server, etag):
        whole = Answer(200, self.BODY)
        if etag:
            whole = whole.with_headers(ETag=etag)
        sink = download(server.on("/x", whole._replace(cut=500_000), whole))
        assert (sink.data, sink.restarts) == (self.BODY, 1)
        assert "range" not in server.requests[1].headers

    def test_a_file_that_changed_starts_anew(self, server):
        old = Answer(200, b"old" * 300_000, cut=500_000).with_headers(ETag='"v1"')
        new = Answer(200, self.BODY).with_headers(ETag='"v2"')
        sink = download(server.on("/x", old, new))
        assert (sink.data, sink.restarts) == (self.BODY, 1)

    def test_a_part_from_the_wrong_place_is_thrown_away(self, server):
        whole = Answer(200, self.BODY).with_headers(ETag='"v1"')
        sink = download(
            server.on("/x", whole._replace(cut=500_000), whole._replace(ranges="wrong"), whole)
        )
        assert sink.data == self.BODY

    def test_it_is_given_up_when_it_never_ends(self, server):
        url = server.on("/x", Answer(200, self.BODY, cut=1000))
        with pytest.raises(Unreachable) as caught:
            download(url, retries=0, resume_retries=2)
        assert "closed before the end of the answer" in caught.value.summary
        assert len(server.requests) == 3

    @pytest.mark.parametrize("size", [10, len(BODY) - 1, len(BODY) + 1])
    def test_another_size_than_promised_is_told_with_both(self, server, size):
        with pytest.raises(IntegrityError) as caught:
            download(server.on("/x", Answer(200, self.BODY)), size)
        assert caught.value.details[0] == f"expected: {size} bytes"
        assert len(server.requests) == 1

    def test_a_file_that_is_gone_is_told_with_a_hint(self, server):
        with pytest.raises(RefusedByServer) as caught:
            download(server.on("/x", html(status=404)))
        assert "--refresh" in caught.value.hints[0]

    def test_a_download_that_is_cancelled_leaves_the_client_usable(self, server):
        slow = server.on("/slow", Answer(200, b"x" * 1000, drip=0.01))
        quick = server.on("/quick", Answer(200, b"text"))

        async def act(client):
            task = waiting.ensure_future(client.download(slow, Collected(), None))
            await waiting.sleep(0.05)
            task.cancel()
            with pytest.raises(futures.CancelledError):
                await task
            return await client.get(quick)

        assert run(act, concurrent_downloads=1).body == b"text"
