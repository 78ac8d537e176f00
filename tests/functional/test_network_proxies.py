"""Through a proxy: a real process that tunnels, forwards and demands a login."""

import pytest

from tests.kit.certificates import OPENSSL, Certificates
from tests.kit.proxy import proxy
from tests.kit.servers import Answer, FaultyServer
from xpip.errors import IndexAccessError
from xpip.model.options import NetworkOptions
from xpip.model.reporter import SilentReporter
from xpip.network.client import Client
from xpip.network.failures import Unreachable
from xpip.network.loop import scheduler
from xpip.network.retry import Pace

LOGIN = "me%40home:S3CR3T"
DECODED = "me@home:S3CR3T"


def get(*urls, **options):
    async def work():
        chosen = NetworkOptions(**{"retries": 1, "timeout": 5.0, **options})
        async with Client(chosen, SilentReporter(), pace=Pace(first_delay=0.01)) as client:
            return [(await client.get(url)).body for url in urls]

    return scheduler.run(work())


def refused(url, **options):
    with pytest.raises(IndexAccessError) as caught:
        get(url, **options)
    error = caught.value
    assert "S3CR3T" not in repr((error.summary, error.details, error.hints))
    return error


@pytest.fixture
def made(tmp_path):
    if OPENSSL is None:
        pytest.skip("openssl is not installed, so no certificates can be made")
    return Certificates(tmp_path / "tls")


@pytest.fixture
def secure(made):
    with FaultyServer().serving(made.context(names="DNS:index.example")) as server:
        server.on("/x", Answer(200, b"text"))
        yield server


@pytest.fixture
def plain():
    with FaultyServer().serving() as server:
        server.on("/x", Answer(200, b"text"))
        yield server


def to(server, port):
    return {f"index.example:{port}": f"127.0.0.1:{server.port}"}


class TestTunnels:
    URL = "https://index.example/x"

    def test_https_goes_through_a_tunnel_that_is_used_again(self, made, secure):
        with proxy(routes=to(secure, 443)) as running:
            options = {"https_proxy": running.url, "certificates": made.authority}
            assert get(self.URL, self.URL, **options) == [b"text", b"text"]
            (passed,) = running.passed()
        assert (passed.kind, passed.target) == ("CONNECT", "index.example:443")
        assert secure.connections() == 1

    def test_the_login_of_the_proxy_is_for_it_alone(self, made, secure):
        with proxy(DECODED, routes=to(secure, 443)) as running:
            options = {"https_proxy": running.url_with(LOGIN), "certificates": made.authority}
            assert get(self.URL, **options) == [b"text"]
        headers = secure.requests[0].headers
        assert "proxy-authorization" not in headers
        assert "authorization" not in headers

    @pytest.mark.parametrize(
        ("login", "said"),
        [
            ("", "asks for a user name and password (407)"),
            ("me:S3CR3T", "did not accept its user name and password (407)"),
        ],
    )
    def test_a_proxy_that_wants_another_login_is_told_once(self, login, said):
        with proxy("you:pw") as running:
            url = running.url_with(login) if login else running.url
            error = refused(self.URL, https_proxy=url)
            assert len(running.passed()) == 1
        assert f"the proxy `{running.url}` {said}" in error.summary
        assert "--proxy" in error.hints[0]

    @pytest.mark.parametrize(("status", "attempts"), [(403, 1), (502, 2)])
    def test_a_proxy_that_does_not_connect(self, status, attempts):
        with proxy(status=status) as running:
            error = refused(self.URL, https_proxy=running.url)
            assert len(running.passed()) == attempts
        assert f"the proxy `{running.url}`" in error.summary
        assert str(status) in error.summary

    def test_a_proxy_that_is_not_there(self, plain):
        error = refused(self.URL, https_proxy="http://me:S3CR3T@127.0.0.1:1")
        assert "no connection to the proxy `http://127.0.0.1:1`" in error.summary

    def test_the_certificate_of_the_server_is_checked_behind_the_proxy(self, secure):
        with proxy(routes=to(secure, 443)) as running:
            error = refused(self.URL, https_proxy=running.url)
        assert "the certificate of `https://index.example`" in error.summary

    def test_the_way_to_the_proxy_may_be_tls_itself(self, made, secure):
        with proxy(
            DECODED, routes=to(secure, 443), certificate=made.server("proxy"), scheme="https"
        ) as running:
            options = {"https_proxy": running.url_with(LOGIN), "certificates": made.authority}
            assert get(self.URL, self.URL, **options) == [b"text", b"text"]
            assert len(running.passed()) == 1

    def test_a_proxy_whose_certificate_is_not_valid(self, made, secure):
        certificate = made.server("proxy", names="DNS:other.example")
        with proxy(certificate=certificate, scheme="https") as running:
            error = refused(self.URL, https_proxy=running.url, certificates=made.authority)
        assert f"of the proxy `{running.url}`" in error.summary


class TestForwarding:
    URL = "http://index.example:8080/x?a=b"

    def test_plain_http_is_asked_of_the_proxy_by_its_whole_url(self, plain):
        plain.on("/x", Answer(200, b"text"))
        with proxy(DECODED, routes=to(plain, 8080)) as running:
            options = {"http_proxy": running.url_with(LOGIN), "trusted_hosts": ("index.example",)}
            assert get(self.URL, **options) == [b"text"]
            (passed,) = running.passed()
        assert (passed.kind, passed.target) == ("GET", self.URL)
        assert plain.requests[0].headers["host"] == "index.example:8080"

    def test_a_wrong_login_is_told_once(self):
        with proxy("you:pw") as running:
            options = {"http_proxy": running.url_with(LOGIN), "trusted_hosts": ("index.example",)}
            error = refused(self.URL, **options)
            assert len(running.passed()) == 1
        assert isinstance(error, Unreachable)
        assert "did not accept its user name and password (407)" in error.summary

    def test_each_scheme_has_its_own(self, plain):
        with proxy() as running:
            assert get(plain.url + "/x", https_proxy=running.url) == [b"text"]
            assert running.passed() == []

    def test_hosts_without_proxy_are_reached_straight(self, plain):
        with proxy() as running:
            options = {"http_proxy": running.url, "no_proxy": ("127.0.0.0/8",)}
            assert get(plain.url + "/x", **options) == [b"text"]
            assert running.passed() == []

    @pytest.mark.parametrize("address", ["socks9://127.0.0.1:1", "gopher://x", "http://"])
    def test_an_address_that_is_none_is_told(self, address):
        error = refused("http://127.0.0.1/x", http_proxy=address)
        assert f"the proxy `{address}` cannot be used" in error.summary


class TestSocks:
    @pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
    def test_the_proxy_looks_the_host_up(self, made, secure, scheme):
        with proxy(routes=to(secure, 443), scheme=scheme) as running:
            options = {"https_proxy": running.url, "certificates": made.authority}
            assert get("https://index.example/x", **options) == [b"text"]
            assert running.passed()[0].target == "index.example:443"

    def test_plain_http_too_with_a_login(self, plain):
        with proxy(DECODED, routes=to(plain, 8080), scheme="socks5") as running:
            options = {"http_proxy": running.url_with(LOGIN), "trusted_hosts": ("index.example",)}
            assert get("http://index.example:8080/x", **options) == [b"text"]

    @pytest.mark.parametrize(
        ("login", "said"),
        [("", "does not do without a user name"), ("a:S3CR3T", "did not accept its user name")],
    )
    def test_a_login_that_is_missing_or_wrong(self, login, said):
        with proxy("you:pw", scheme="socks5") as running:
            url = running.url_with(login) if login else running.url
            assert said in refused("https://index.example/x", https_proxy=url).summary

    def test_a_host_that_cannot_be_reached(self):
        with proxy(status=4, scheme="socks5") as running:
            error = refused("https://index.example/x", https_proxy=running.url)
        assert (
            "cannot connect to `https://index.example`: the host cannot be reached" in error.summary
        )

    def test_a_proxy_that_speaks_http_instead(self, plain):
        error = refused("https://index.example/x", https_proxy=f"socks5://127.0.0.1:{plain.port}")
        assert "the proxy" in error.summary


def test_a_command_takes_the_proxy_from_the_variables(world):
    world.wheel("app", "1.0")
    with proxy(DECODED) as running:
        done = world.install("app", HTTP_PROXY=running.url_with(LOGIN))
        assert done.code == 0, done
        passed = running.passed()
    assert passed[0].target == f"{world.index.simple}app/"
    with proxy() as unused:
        ways = {"NO_PROXY": "localhost,127.0.0.1", "HTTP_PROXY": unused.url}
        assert world.install("--refresh", "-U", "app", **ways).code == 0
        done = world.install("--refresh", "-U", "app", "--no-proxy-env", HTTP_PROXY=unused.url)
        assert done.code == 0, done
        assert unused.passed() == []


def test_a_command_that_the_proxy_turns_away_says_so_and_shows_no_password(world):
    world.wheel("app", "1.0")
    with proxy("you:pw") as running:
        done = world.install("-vvv", "app", "--proxy", running.url_with("me:S3CR3T"))
    assert done.code == 1
    assert "did not accept its user name and password (407)" in done.err
    assert "S3CR3T" not in done.out + done.err
