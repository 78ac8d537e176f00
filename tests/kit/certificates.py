"""An own certificate authority, made with the program `openssl`, and what it signs."""

import shutil
import ssl
import subprocess
from pathlib import Path

OPENSSL = shutil.which("openssl")


class Certificates:
    """An own authority and what it signs."""

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir()
        self.authority = str(folder / "ca.pem")
        self._run(
            "req", "-x509", *self._key("ca"), "-out", "ca.pem", "-days", "2",
            "-subj", "/CN=own authority",
        )  # fmt: skip

    def _key(self, name: str) -> tuple[str, ...]:
        curve = ("ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")
        return ("-newkey", *curve, "-nodes", "-keyout", f"{name}.key")

    def _run(self, *arguments: str) -> None:
        result = subprocess.run(
            [OPENSSL, *arguments], cwd=self.folder, capture_output=True, check=False
        )
        assert result.returncode == 0, result.stderr.decode()

    def server(
        self, name: str, *, names="IP:127.0.0.1,DNS:localhost", days="2", signer="ca", more=""
    ) -> tuple[str, str]:
        """Return paths of a key and a certificate for it."""
        (self.folder / f"{name}.ext").write_text(f"subjectAltName={names}\n{more}")
        self._run("req", *self._key(name), "-out", f"{name}.csr", "-subj", f"/CN={name}")
        self._run(
            "x509", "-req", "-in", f"{name}.csr", "-CA", f"{signer}.pem", "-CAkey", f"{signer}.key",
            "-CAcreateserial", "-out", f"{name}.pem", "-days", days, "-extfile", f"{name}.ext",
        )  # fmt: skip
        return str(self.folder / f"{name}.key"), str(self.folder / f"{name}.pem")

    def intermediate(self, name: str) -> None:
        """Make an authority that the own one vouches for; it can be a signer."""
        self.server(name, more="basicConstraints=critical,CA:TRUE\n")

    def self_signed(self, name: str) -> ssl.SSLContext:
        """Return what a server needs whom nobody vouches for."""
        self._run(
            "req", "-x509", *self._key(name), "-out", f"{name}.pem", "-days", "2",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
        )  # fmt: skip
        return self._context(name)

    def context(self, name="server", **more) -> ssl.SSLContext:
        """Return what a server needs."""
        self.server(name, **more)
        return self._context(name)

    def asking_context(self, name="server") -> ssl.SSLContext:
        """Return what a server needs that wants to see a certificate of the client."""
        context = self.context(name)
        context.load_verify_locations(self.authority)
        context.verify_mode = ssl.CERT_REQUIRED
        return context

    def client(self, name="client", password="") -> str:
        """Return the path of a key and its certificate in one file."""
        key, certificate = self.server(name)
        if password:
            closed = f"{key}.closed"
            self._run("pkey", "-in", key, "-aes256", "-passout", f"pass:{password}", "-out", closed)
            key = closed
        both = self.folder / f"{name}-both.pem"
        both.write_text(Path(key).read_text() + Path(certificate).read_text())
        return str(both)

    def _context(self, name: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        return context
