"""What a TLS server can get wrong, what xpip says of it, and which option helps."""

import ssl
import time
import warnings
from pathlib import Path

import pytest

from tests.kit.certificates import OPENSSL, Certificates
from tests.kit.servers import Answer, FaultyServer
from xpip.errors import IndexAccessError
from xpip.model.options import NetworkOptions
from xpip.model.reporter import SilentReporter
from xpip.network.client import Client
from xpip.network.loop import scheduler
from xpip.network.retry import Pace


@pytest.fixture
def made(tmp_path):
    if OPENSSL is None:
        pytest.skip("openssl is not installed, so no certificates can be made")
    return Certificates(tmp_path / "tls")


def get(url, **options):
    async def work():
        chosen = NetworkOptions(**{"retries": 3, "timeout": 5.0, **options})
        async with Client(chosen, SilentReporter(), pace=Pace(first_delay=0.01)) as client:
            return (await client.get(url)).body

    return scheduler.run(work())


def error_of(context, **options):
    """Return the error of asking a server, which must come at the first attempt."""
    with FaultyServer().serving(context) as server:
        url = server.on("/x", Answer(200, b"text"))
        with pytest.raises(IndexAccessError) as caught:
            get(url, **options)
        assert caught.value.details[0].startswith("1 attempt "), "this is not tried again"
        return caught.value


def expired(made):
    # A certificate of no days is over by the time that it is asked for.
    context = made.context(days="0")
    time.sleep(1.1)
    return context


def old_tls(made):
    context = made.context()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context


def without_chain(made):
    made.intermediate("between")
    return made.context(signer="between")


SERVERS = {
    "expired": (expired, "has expired", "clock", True),
    "another host": (
        lambda made: made.context(names="DNS:other.example"), "is for another address", "name", True),
    "self-signed": (lambda made: made.self_signed("own"), "is self-signed", "--cert FILE", True),
    "chain missing": (without_chain, "not known here", "--cert FILE", True),
    "client certificate": (
        lambda made: made.asking_context(), "requires a client certificate", "--client-cert FILE", False),
}  # fmt: skip


@pytest.mark.parametrize("fault", SERVERS)
def test_a_fault_of_the_server_is_named_with_what_helps(made, fault):
    prepare, said, hint, is_avoidable = SERVERS[fault]
    error = error_of(prepare(made), certificates=made.authority)
    assert said in error.summary
    assert any(hint in one for one in error.hints), error.hints
    assert any("--trusted-host" in one for one in error.hints) == is_avoidable


def test_an_authority_that_nobody_knows_is_named(made, tmp_path):
    another = Certificates(tmp_path / "another")
    error = error_of(made.context(), certificates=another.authority)
    assert "is signed by an authority that is not known here" in error.summary


def test_a_server_with_old_versions_of_tls_only(made):
    try:
        context = old_tls(made)
    except (ssl.SSLError, ValueError):
        pytest.skip("this OpenSSL has no old versions of TLS")
    error = error_of(context, certificates=made.authority)
    assert "TLS" in error.summary
    assert all("--trusted-host" not in hint for hint in error.hints)


def test_a_chain_that_is_sent_needs_only_the_root(made):
    made.intermediate("between")
    key, certificate = made.server("server", signer="between")
    with open(certificate, "a") as file:
        file.write((made.folder / "between.pem").read_text())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with FaultyServer().serving(context) as server:
        assert get(server.on("/x", Answer(200, b"text")), certificates=made.authority) == b"text"


def test_a_folder_with_certificates_under_any_names_will_do(made, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "ours.crt").write_text(Path(made.authority).read_text())
    (folder / "README").write_text("nothing")
    with FaultyServer().serving(made.context()) as server:
        assert get(server.on("/x", Answer(200, b"text")), certificates=str(folder)) == b"text"


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_command_believes_the_file_of_a_variable(world, made, name):
    world.wheel("app", "1.0")
    with FaultyServer().serving(made.context()) as server:
        page = b'<a href="/app-1.0-py3-none-any.whl">app-1.0-py3-none-any.whl</a>'
        server.on("/simple/app/", Answer(200, page, (("Content-Type", "text/html"),)))
        wheel = next(world.index.folder.glob("app-*.whl"))
        server.on("/app-1.0-py3-none-any.whl", Answer(200, wheel.read_bytes()))
        index = f"{server.url}/simple"
        done = world.xpip("install", "-i", index, "app")
        assert done.code == 1, done
        assert "not known here" in done.err
        assert "Traceback" not in done.err
        done = world.xpip("install", "-i", index, "app", **{name: made.authority})
        assert done.code == 0, done


class TestClientCertificates:
    def test_one_with_its_key_is_shown(self, made):
        with FaultyServer().serving(made.asking_context()) as server:
            url = server.on("/x", Answer(200, b"text"))
            options = {"certificates": made.authority, "client_certificate": made.client()}
            assert get(url, **options) == b"text"

    def test_one_of_an_authority_that_the_server_does_not_know(self, made, tmp_path):
        stranger = Certificates(tmp_path / "another").client()
        error = error_of(
            made.asking_context(), certificates=made.authority, client_certificate=stranger
        )
        assert "does not accept the client certificate" in error.summary

    @pytest.mark.parametrize(
        ("spoil", "said"),
        [
            (lambda made: made.client(password="secret"), "its key is encrypted"),
            (lambda made: made.server("client")[1], "there is no private key in it"),
            (lambda made: made.server("client")[0], "there is no certificate in it"),
            (lambda made: f"{made.folder}/lost.pem", "No such file"),
        ],
    )
    def test_one_that_cannot_be_used_is_told_why(self, made, spoil, said):
        with FaultyServer().serving(made.context()) as server:
            url = server.on("/x", Answer(200, b"text"))
            with pytest.raises(IndexAccessError) as caught:
                get(url, certificates=made.authority, client_certificate=spoil(made))
        assert "the client certificate `" in caught.value.summary
        assert said in caught.value.details[0]
        assert caught.value.hints

    @pytest.mark.parametrize("text", ["", "nothing", None])
    def test_a_file_of_authorities_that_is_none(self, made, tmp_path, text):
        path = tmp_path / "ca.pem"
        if text is not None:
            path.write_text(text)
        with FaultyServer().serving(made.context()) as server:
            url = server.on("/x", Answer(200, b"text"))
            with pytest.raises(IndexAccessError) as caught:
                get(url, certificates=str(path))
        assert f"the certificate file `{path}` cannot be used" in caught.value.summary
        assert "_ssl.c" not in caught.value.details[0]
