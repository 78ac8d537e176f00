"""Through httpx: behind a proxy, and over a transport that a caller brings."""

import asyncio

import httpx
import pytest

from tests.kit.servers import Answer, FaultyServer
from xpip.errors import IndexAccessError
from xpip.model.options import NetworkOptions
from xpip.model.reporter import SilentReporter
from xpip.network.client import Client
from xpip.network.failures import Unreachable
from xpip.network.retry import Pace

QUICK = Pace(first_delay=0.01)


@pytest.fixture
def proxy():
    with FaultyServer().serving() as running:
        yield running


def get(url, transport=None, **options):
    async def work():
        chosen = NetworkOptions(**{"retries": 1, "timeout": 1.0, **options})
        async with Client(chosen, SilentReporter(), transport, QUICK) as client:
            return await client.get(url)

    return asyncio.run(work())


class TestTransports:
    def test_requests_and_answers_pass_through(self):
        asked = []

        def answer(request):
            asked.append(request)
            return httpx.Response(200, headers={"X-Tail": "1"}, content=b"text")

        response = get("https://index.example/x?y=1", httpx.MockTransport(answer))
        assert (response.body, response.headers["x-tail"]) == (b"text", "1")
        assert str(asked[0].url) == "https://index.example/x?y=1"
        assert asked[0].headers["host"] == "index.example"

    @pytest.mark.parametrize(
        ("error", "attempts", "said"),
        [
            (httpx.ReadTimeout("x"), 2, "silent for too long"),
            (httpx.ConnectError("refused"), 2, "no connection to `https://index.example`: refused"),
            (httpx.RemoteProtocolError("peer closed"), 2, "closed before the end of the answer"),
            (httpx.ProxyError("403"), 1, "the proxy refused"),
            (httpx.UnsupportedProtocol("x"), 1, "x"),
        ],
    )
    def test_what_httpx_raises_is_put_in_our_words(self, error, attempts, said):
        asked = []

        def answer(request):
            asked.append(request)
            raise error

        with pytest.raises(Unreachable) as caught:
            get("https://index.example/x", httpx.MockTransport(answer))
        assert said in caught.value.summary
        assert len(asked) == attempts

    def test_a_body_that_breaks_off_is_asked_for_again(self):
        class Broken(httpx.AsyncByteStream):
            async def __aiter__(self):
                yield b"te"
                raise httpx.ReadError("reset")

        answers = [httpx.Response(200, stream=Broken()), httpx.Response(200, content=b"text")]
        assert (
            get("https://index.example/x", httpx.MockTransport(lambda _: answers.pop(0))).body
            == b"text"
        )


class TestProxy:
    def test_plain_http_is_asked_of_the_proxy(self, proxy):
        proxy.on("http://index.invalid/x", Answer(200, b"text"))
        response = get("http://index.invalid/x", proxy=proxy.url, trusted_hosts=("index.invalid",))
        assert response.body == b"text"
        assert proxy.targets() == ["http://index.invalid/x"]

    def test_its_password_is_for_it_alone(self, proxy):
        proxy.on("http://index.invalid/x", Answer(200, b"text"))
        url = proxy.url.replace("//", "//me:S3CR3T@")
        get("http://index.invalid/x", proxy=url, trusted_hosts=("index.invalid",))
        headers = proxy.requests[0].headers
        assert headers["proxy-authorization"].startswith("Basic ")
        assert "authorization" not in headers

    @pytest.mark.parametrize("status", [403, 407])
    def test_a_refused_tunnel_is_told_once_and_without_the_password(self, proxy, status):
        proxy.on("index.invalid:443", Answer(status))
        with pytest.raises(Unreachable) as caught:
            get("https://index.invalid/x", proxy=proxy.url.replace("//", "//me:S3CR3T@"))
        error = caught.value
        assert "the proxy refused" in error.summary
        assert "--proxy" in error.hints[0]
        assert len(proxy.requests) == 1
        assert "S3CR3T" not in repr((error.summary, error.details, error.hints))

    def test_no_proxy_goes_around_it(self, proxy):
        with FaultyServer().serving() as server:
            url = server.on("/x", Answer(200, b"text"))
            assert get(url, proxy=proxy.url, no_proxy=("127.0.0.0/8",)).body == b"text"
        assert proxy.requests == []

    @pytest.mark.parametrize("address", ["socks9://127.0.0.1:1", "nonsense"])
    def test_an_address_that_is_none_is_told(self, address):
        with pytest.raises(IndexAccessError) as caught:
            get("https://index.invalid/x", proxy=address)
        assert f"the proxy `{address}` cannot be used" in caught.value.summary
