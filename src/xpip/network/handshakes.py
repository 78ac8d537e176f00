"""What a failed TLS handshake means, and what to do about it."""

from __future__ import annotations

import sys

from xpip.model.records import TYPE_CHECKING
from xpip.network.faults import BrokenOff, CertificateFault

if TYPE_CHECKING:
    from xpip.network.faults import TransferFault

_AUTHORITY = "name the authority that signed it with `--cert FILE`"
_EXPIRED = "its owner has to renew it; or is this machine's clock wrong?"
_CLIENT = "name a PEM file with key and certificate with `--client-cert FILE`"

# By the codes of OpenSSL's x509_vfy.h.
_REFUSALS = {
    9: ("is not valid yet", "is this machine's clock wrong?"),
    10: ("has expired", _EXPIRED),
    18: ("is self-signed, so nobody vouches for it", "trust it with `--cert FILE`"),
    19: (
        "is signed by an authority that is not trusted here",
        f"{_AUTHORITY}; a firewall that reads TLS has one of its own",
    ),
    20: (
        "is signed by an authority that is not known here, or comes without those in between",
        _AUTHORITY,
    ),
    21: ("came without those of its authority, which are not known here", _AUTHORITY),
    23: ("was revoked", "its owner has to replace it"),
    62: ("is for another host", "use the name that the certificate is for"),
    64: ("is for another address", "use the name that the certificate is for"),
}
_CLIENT_REQUIRED = ("CERTIFICATE_REQUIRED", "PEER_DID_NOT_RETURN_A_CERTIFICATE")
_CLIENT_REFUSED = (
    "ALERT_BAD_CERTIFICATE",
    "ALERT_UNSUPPORTED_CERTIFICATE",
    "ALERT_CERTIFICATE_EXPIRED",
    "ALERT_CERTIFICATE_REVOKED",
    "ALERT_CERTIFICATE_UNKNOWN",
    "ALERT_UNKNOWN_CA",
    "ALERT_ACCESS_DENIED",
    "ALERT_DECRYPT_ERROR",
)
_OLD = ("UNSUPPORTED_PROTOCOL", "ALERT_PROTOCOL_VERSION", "NO_PROTOCOLS_AVAILABLE")
_NO_TLS = (
    "WRONG_VERSION_NUMBER",
    "HTTP_REQUEST",
    "UNKNOWN_PROTOCOL",
    "RECORD_LAYER_FAILURE",
    "PACKET_LENGTH_TOO_LONG",
)


def is_tls_error(error: BaseException) -> bool:
    """Say whether it was TLS that failed."""
    # Without the module there has been no TLS; it takes 6 ms to import.
    ssl = sys.modules.get("ssl")
    return ssl is not None and isinstance(error, ssl.SSLError)


def is_refused_certificate(error: BaseException) -> bool:
    """Say whether it was the server's certificate that failed."""
    ssl = sys.modules.get("ssl")
    return ssl is not None and isinstance(error, ssl.SSLCertVerificationError)


def certificate_fault(peer: str, error: BaseException) -> TransferFault:
    """Return what to say of a TLS connection that failed.

    Args:
        peer: Who is at the other end, as messages name it.
    """
    import ssl

    if isinstance(error, ssl.SSLCertVerificationError):
        what, hint = _REFUSALS.get(error.verify_code, ("", _AUTHORITY))
        what = what or f"is not valid: {error.verify_message}"
        return CertificateFault(f"the certificate of {peer} {what}", (hint,))
    reason = (getattr(error, "reason", None) or "").upper()
    for known, text, hints in (
        (_CLIENT_REQUIRED, f"{peer} requires a client certificate", (_CLIENT,)),
        (_CLIENT_REFUSED, f"{peer} does not accept the client certificate", (_CLIENT,)),
        (_OLD, f"{peer} speaks only versions of TLS that are older than 1.2", ()),
        (_NO_TLS, f"{peer} does not speak TLS there", ("is it an http URL, or another port?",)),
    ):
        if any(word in reason for word in known):
            return CertificateFault(text, hints, avoidable=False)
    if isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
        return BrokenOff(f"{peer} closed the connection while TLS began")
    hints = (f"if it asks who you are: {_CLIENT}",) if "HANDSHAKE_FAILURE" in reason else ()
    shown = reason.replace("_", " ").lower() or str(error)
    return CertificateFault(f"no TLS connection to {peer}: {shown}", hints, avoidable=False)
