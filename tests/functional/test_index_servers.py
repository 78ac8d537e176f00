"""Real servers on loopback: pypiserver, nginx, and TLS with certificates made here."""

import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.kit.certificates import OPENSSL, Certificates
from tests.kit.servers import Answer, FaultyServer
from tests.kit.wheels import WheelBuilder
from xpip.errors import IndexAccessError
from xpip.index.client import IndexClient
from xpip.model.options import IndexOptions, NetworkOptions
from xpip.model.reporter import SilentReporter
from xpip.network.client import Client
from xpip.network.failures import Unreachable
from xpip.network.loop import scheduler, waiting
from xpip.network.retry import Pace
from xpip.store.layout import open_store

NOW = 1_800_000_000.0
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/bin")


def free_port():
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running(argv, port, log):
    """Run a server until the block ends; it is ready when it accepts a connection."""
    with open(log, "wb") as output:
        process = subprocess.Popen(argv, stdout=output, stderr=output)
    try:
        for _ in range(200):
            if process.poll() is not None:
                raise AssertionError(log.read_text())
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def wheels(tmp_path):
    """A folder with two wheels, one of them larger than a range."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    WheelBuilder("app", "1.0", requires=("dep>=1",)).build(folder)
    filler = {f"dep/{number}.txt": f"{number} " * 400 for number in range(2000)}
    WheelBuilder("dep", "2.0", filler, method=0).build(folder)
    return folder


def install_like(index_url, tmp_path, **network):
    """Read pages and metadata of both projects and fetch their wheels."""
    store = open_store(str(tmp_path / "cache"))

    async def work():
        options = NetworkOptions(**{"retries": 1, "timeout": 5.0, **network})
        async with Client(options, SilentReporter(), pace=Pace(first_delay=0.01)) as client:
            index = IndexClient(IndexOptions((index_url,)), client, store, NOW, SilentReporter())
            pages = await waiting.gather(index.pages("app"), index.pages("dep"))
            files = [found.pages[0].files[0] for found in pages]
            metadata = await waiting.gather(*map(index.metadata, files))
            stored = await waiting.gather(*map(index.fetch_wheel, files))
            missing = await index.pages("no-such-project")
            return metadata, stored, missing

    return scheduler.run(work())


def check(outcome):
    metadata, stored, missing = outcome
    assert metadata[0].core.requires_dist == ("dep>=1",)
    assert [(wheel.name, wheel.version) for wheel in stored] == [("app", "1.0"), ("dep", "2.0")]
    assert missing.pages == ()


def test_pypiserver_is_an_index(wheels, tmp_path):
    port = free_port()
    argv = [
        sys.executable,
        "-m",
        "pypiserver",
        "run",
        "-i",
        "127.0.0.1",
        "-p",
        str(port),
        "--disable-fallback",
        str(wheels),
    ]
    with running(argv, port, tmp_path / "log"):
        check(install_like(f"http://127.0.0.1:{port}/simple/", tmp_path))


NGINX_CONF = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log; {user}
events {{ worker_connections 256; }}
http {{
  access_log off; types {{ text/html html; }} default_type application/octet-stream; gzip on; gzip_types text/html;
  client_body_temp_path {folder}/t; proxy_temp_path {folder}/t; fastcgi_temp_path {folder}/t;
  uwsgi_temp_path {folder}/t; scgi_temp_path {folder}/t;
  server {{ listen 127.0.0.1:{port}; root {root}; keepalive_requests 3; {more}
    location /simple/ {{ index index.html; }} }}
}}
"""


@pytest.fixture
def site(wheels, tmp_path):
    """A folder of static pages, as devpi-less people keep on a web server."""
    for project, name in (("app", "app-1.0-py3-none-any.whl"), ("dep", "dep-2.0-py3-none-any.whl")):
        page = tmp_path / "site" / "simple" / project / "index.html"
        page.parent.mkdir(parents=True)
        page.write_text(f'<!DOCTYPE html>\n<a href="../../files/{name}">{name}</a>\n')
    shutil.copytree(wheels, tmp_path / "site" / "files")
    return tmp_path / "site"


@contextmanager
def nginx(site, tmp_path, more=""):
    port, folder = free_port(), tmp_path / "nginx"
    folder.mkdir()
    user = "user root;" if os.geteuid() == 0 else ""
    conf = folder / "nginx.conf"
    conf.write_text(NGINX_CONF.format(folder=folder, port=port, root=site, user=user, more=more))
    with running(
        [NGINX, "-p", str(folder), "-c", str(conf), "-e", str(folder / "error.log")],
        port,
        tmp_path / "log",
    ):
        yield f"127.0.0.1:{port}"


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
class TestNginx:
    def test_static_pages_without_metadata_are_an_index(self, site, tmp_path):
        with nginx(site, tmp_path) as address:
            check(install_like(f"http://{address}/simple", tmp_path))

    def test_a_server_without_ranges_is_one_too(self, site, tmp_path):
        with nginx(site, tmp_path, "max_ranges 0;") as address:
            check(install_like(f"http://{address}/simple", tmp_path))

    @pytest.mark.skipif(OPENSSL is None, reason="openssl is not installed")
    def test_over_tls(self, site, tmp_path):
        made = Certificates(tmp_path / "tls")
        key, certificate = made.server("server")
        more = f"listen 127.0.0.1:{(port := free_port())} ssl; ssl_certificate {certificate}; ssl_certificate_key {key};"
        with nginx(site, tmp_path, more):
            check(
                install_like(
                    f"https://127.0.0.1:{port}/simple", tmp_path, certificates=made.authority
                )
            )


@pytest.fixture
def made(tmp_path):
    if OPENSSL is None:
        pytest.skip("openssl is not installed, so no certificates can be made")
    return Certificates(tmp_path / "tls")


def get(url, **options):
    async def work():
        chosen = NetworkOptions(**{"retries": 3, "timeout": 2.0, **options})
        async with Client(chosen, SilentReporter(), pace=Pace(first_delay=0.01)) as client:
            return await client.get(url)

    return scheduler.run(work())


class TestTls:
    def refused(self, url, **options):
        with pytest.raises(IndexAccessError) as caught:
            get(url, **options)
        assert isinstance(caught.value, Unreachable)
        assert caught.value.details[0].startswith("1 attempt "), "a certificate is not tried again"
        return caught.value

    def test_an_own_authority_is_believed_when_it_is_named(self, made):
        with FaultyServer().serving(made.context()) as server:
            url = server.on("/x", Answer(200, b"text"))
            assert get(url, certificates=made.authority).body == b"text"

    def test_a_folder_of_authorities_will_do(self, made):
        folder = made.folder / "hashed"
        folder.mkdir()
        shutil.copy(made.authority, folder / "ca.pem")
        subprocess.run([OPENSSL, "rehash", str(folder)], check=True)
        with FaultyServer().serving(made.context()) as server:
            url = server.on("/x", Answer(200, b"text"))
            assert get(url, certificates=str(folder)).body == b"text"

    def test_the_system_may_have_it_in_its_file_and_not_in_its_folder(
        self, made, monkeypatch, tmp_path
    ):
        folder = tmp_path / "system"
        folder.mkdir()
        shutil.copy(Certificates(tmp_path / "another").authority, folder / "ca.pem")
        subprocess.run([OPENSSL, "rehash", str(folder)], check=True)
        monkeypatch.setenv("SSL_CERT_DIR", str(folder))
        monkeypatch.setenv("SSL_CERT_FILE", made.authority)
        with (
            FaultyServer().serving(made.context("one")) as one,
            FaultyServer().serving(made.context("two")) as two,
        ):
            urls = [one.on("/x", Answer(200, b"text")), two.on("/x", Answer(200, b"text"))]

            async def work():
                async with Client(NetworkOptions(retries=0), SilentReporter()) as client:
                    return await waiting.gather(*map(client.get, urls))

            assert [response.body for response in scheduler.run(work())] == [b"text", b"text"]

    def test_an_unknown_authority_is_refused_with_both_ways_out(self, made):
        with FaultyServer().serving(made.context()) as server:
            error = self.refused(server.on("/x", Answer(200, b"text")))
        assert "certificate" in error.summary
        assert any("--cert FILE" in hint for hint in error.hints)
        assert any(f"--trusted-host 127.0.0.1:{server.port}" in hint for hint in error.hints)

    def test_a_certificate_for_another_host_is_refused(self, made):
        with FaultyServer().serving(made.context(names="DNS:other.example")) as server:
            self.refused(server.on("/x", Answer(200)), certificates=made.authority)

    def test_an_expired_certificate_is_refused(self, made):
        with FaultyServer().serving(made.context(days="0")) as server:
            time.sleep(1.1)
            error = self.refused(server.on("/x", Answer(200)), certificates=made.authority)
        assert "expired" in error.summary

    def test_a_trusted_host_is_not_checked(self, made):
        with FaultyServer().serving(made.context(names="DNS:other.example")) as server:
            url = server.on("/x", Answer(200, b"text"))
            assert get(url, trusted_hosts=(f"127.0.0.1:{server.port}",)).body == b"text"
            self.refused(url, trusted_hosts=(f"127.0.0.1:{server.port + 1}",))

    def test_a_redirect_from_a_trusted_host_trusts_nobody_else(self, made):
        with (
            FaultyServer().serving(made.context("one")) as one,
            FaultyServer().serving(made.context("two")) as two,
        ):
            two.on("/x", Answer(200, b"text"))
            url = one.on("/x", Answer(302, b"", (("Location", two.url + "/x"),)))
            self.refused(url, trusted_hosts=(f"127.0.0.1:{one.port}",))

    def test_a_redirect_to_plain_http_is_refused(self, made):
        with FaultyServer().serving(made.context()) as server, FaultyServer().serving() as plain:
            plain.on("/x", Answer(200, b"text"))
            url = server.on("/x", Answer(302, b"", (("Location", plain.url + "/x"),)))
            with pytest.raises(IndexAccessError) as caught:
                get(url, certificates=made.authority)
            assert "redirects from https to plain http" in caught.value.summary
            assert plain.requests == []
            assert (
                get(url, certificates=made.authority, trusted_hosts=("127.0.0.1",)).body == b"text"
            )

    def test_a_client_certificate_is_shown_when_asked_for(self, made, tmp_path):
        context = made.context()
        context.load_verify_locations(made.authority)
        context.verify_mode = ssl.CERT_REQUIRED
        key, certificate = made.server("client")
        both = tmp_path / "both.pem"
        both.write_text(Path(key).read_text() + Path(certificate).read_text())
        with FaultyServer().serving(context) as server:
            url = server.on("/x", Answer(200, b"text"))
            answer = get(url, certificates=made.authority, client_certificate=str(both))
            assert answer.body == b"text"
            with pytest.raises(Unreachable):
                get(url, certificates=made.authority)

    def test_plain_http_on_a_tls_port_is_told(self, made):
        with socket.create_server(("127.0.0.1", 0)) as listener:

            def answer():
                connection, _ = listener.accept()
                with connection:
                    connection.recv(4096)
                    connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

            thread = threading.Thread(target=answer)
            thread.start()
            error = self.refused(
                f"https://127.0.0.1:{listener.getsockname()[1]}/x", certificates=made.authority
            )
            thread.join()
        assert "does not speak TLS there" in error.summary


def test_a_dead_first_address_costs_a_moment_only():
    """localhost resolves to ::1 and 127.0.0.1 on most machines; nobody listens on the first."""
    with FaultyServer().serving() as server:
        server.on("/x", Answer(200, b"text"))
        begun = time.monotonic()
        assert get(f"http://localhost:{server.port}/x").body == b"text"
    assert time.monotonic() - begun < 2
