"""Whom to believe on TLS: the system's certificates, a file or folder of them, or anybody.

On Linux and the BSDs `truststore` reads the whole bundle again for each connection: 43 ms each,
measured, on the event loop. What it does there is to point OpenSSL at the system's files, so this
does the same, once. A folder with hashed names is tried before the bundle that holds the same
certificates, because OpenSSL looks into it only for the one issuer it needs (0.1 ms in place of
40); a server that fails then is judged again with everything loaded. macOS and Windows have no such
files, there truststore asks the system.
"""

from __future__ import annotations

import os
import sys

from xpip.errors import IndexAccessError
from xpip.model.records import TYPE_CHECKING
from xpip.network.loop.scheduler import get_running_loop
from xpip.network.loop.waiting import shield
from xpip.network.urls import Origin

if TYPE_CHECKING:
    import ssl

    from xpip.model.options import NetworkOptions
    from xpip.network.loop.futures import Future

# Where distributions keep their bundle when OpenSSL was built for another place.
_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)


_LARGEST_PEM = 1 << 20
"""Bytes."""


class Trust:
    """Makes each TLS context once, when the first https connection needs it."""

    def __init__(self, options: NetworkOptions) -> None:
        self._certificates = options.certificates
        self._client_certificate = options.client_certificate
        self._trusted = frozenset(host.lower() for host in options.trusted_hosts)
        self._contexts: dict[str, Future[ssl.SSLContext]] = {}
        self._use_folder: bool | None = None
        """None until the first https connection: plain http need not look into folders."""

    def is_trusted(self, origin: Origin) -> bool:
        """Say whether the user vouches for a host: without a port in the option, for all ports."""
        host = f"[{origin.host}]" if ":" in origin.host else origin.host
        return bool({host, origin.host, f"{host}:{origin.port}"} & self._trusted)

    async def context_for(self, origin: Origin) -> ssl.SSLContext:
        """Return the settings for connections to an origin.

        Raises:
            IndexAccessError: A certificate file cannot be read.
        """
        kind = "nobody" if self.is_trusted(origin) else "folder" if self.is_narrow() else "all"
        future = self._contexts.get(kind)
        if future is None:
            # Reading a bundle lets go of the interpreter lock, so a thread overlaps it with the
            # look-up of the host's address.
            loop = get_running_loop()
            future = self._contexts[kind] = loop.run_in_executor(None, self.make_context, kind)
        return await shield(future)

    def is_narrow(self) -> bool:
        """Say whether contexts so far look into the system's hashed folder alone."""
        if self._use_folder is None:
            self._use_folder = not self._certificates and _hashed_folder() is not None
        return self._use_folder

    def widen(self) -> None:
        """Load everything from now on."""
        self._use_folder = False

    def make_context(self, kind: str) -> ssl.SSLContext:
        """Return a new context.

        Args:
            kind: `nobody` to check no certificate, `folder` for the system's hashed folder alone,
                `all` for everything.
        """
        import ssl

        if kind == "all" and not self._certificates and sys.platform in ("darwin", "win32"):
            import truststore

            context: ssl.SSLContext = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        else:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            if kind == "nobody":
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
            else:
                self._load(context, kind)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        if self._client_certificate:
            path = self._client_certificate
            try:
                # The empty password keeps OpenSSL from asking for one on the terminal.
                context.load_cert_chain(path, password="")
            except (OSError, ValueError) as error:
                raise _unusable_client_certificate(path, error) from error
        return context

    def _load(self, context: ssl.SSLContext, kind: str) -> None:
        if self._certificates:
            path = self._certificates
            try:
                if os.path.isdir(path):
                    _load_folder(context, path)
                else:
                    context.load_verify_locations(cafile=path)
            except OSError as error:
                raise IndexAccessError(
                    f"the certificate file `{path}` cannot be used",
                    details=(_reason(error),),
                    hints=("name a PEM file, or a folder of them, with `--cert`",),
                ) from error
        elif kind == "folder":
            context.load_verify_locations(capath=_hashed_folder())
        else:
            _load_system(context)


def _load_system(context: ssl.SSLContext) -> None:
    import ssl

    paths = ssl.get_default_verify_paths()
    if paths.cafile or _hashed_folder() is not None:
        context.set_default_verify_paths()
        return
    for bundle in _BUNDLES:
        if os.path.isfile(bundle):
            context.load_verify_locations(cafile=bundle)
            return


def _load_folder(context: ssl.SSLContext, folder: str) -> None:
    """Trust the certificates of a folder, under whatever names they are there.

    Raises:
        OSError: The folder cannot be read.
    """
    names = os.listdir(folder)
    if any(map(_is_hashed_name, names)):
        context.load_verify_locations(capath=folder)
        return
    # Nobody has run `openssl rehash` here.
    for name in sorted(names):
        if name.endswith((".pem", ".crt", ".cer")):
            context.load_verify_locations(cafile=os.path.join(folder, name))


def _hashed_folder() -> str | None:
    """Return OpenSSL's folder of certificates if it holds any under their hashed names."""
    if sys.platform in ("darwin", "win32"):
        return None
    import ssl

    folder = ssl.get_default_verify_paths().capath
    try:
        names = os.listdir(folder) if folder else []
    except OSError:
        return None
    return folder if any(map(_is_hashed_name, names)) else None


def _is_hashed_name(name: str) -> bool:
    return name[8:] == ".0" and name[:8].isalnum()


def _reason(error: Exception) -> str:
    code = getattr(error, "reason", None) or ""
    if code in ("NO_CERTIFICATE_OR_CRL_FOUND", "NO_START_LINE"):
        return "there is no certificate in it"
    if code == "KEY_VALUES_MISMATCH":
        return "its key is not that of its certificate"
    return getattr(error, "strerror", None) or str(error)


def _unusable_client_certificate(path: str, error: Exception) -> IndexAccessError:
    reason = _reason(error)
    hint = "name a PEM file with a certificate and its key with `--client-cert`"
    try:
        with open(path, "rb") as file:
            text = file.read(_LARGEST_PEM)
    except OSError:
        text = b""
    else:
        if b"ENCRYPTED" in text:
            reason = "its key is encrypted, and nobody is asked for the password"
            hint = f"write it without one: `openssl pkey -in {path} -out plain.pem`"
        elif b"PRIVATE KEY-----" not in text:
            reason = "there is no private key in it"
        elif b"BEGIN CERTIFICATE-----" not in text:
            reason = "there is no certificate in it"
    return IndexAccessError(
        f"the client certificate `{path}` cannot be used", details=(reason,), hints=(hint,)
    )
