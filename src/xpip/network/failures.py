"""What the user reads when a server cannot be reached or will not answer."""

from __future__ import annotations

from xpip.errors import IndexAccessError
from xpip.model.records import TYPE_CHECKING
from xpip.network.faults import (
    BadStatus,
    CertificateFault,
    ConnectFault,
    ProxyFault,
    TimedOut,
    TransferFault,
)
from xpip.network.urls import parse_url, redacted

if TYPE_CHECKING:
    from xpip.network.auth import Login
    from xpip.network.urls import Address


class Unreachable(IndexAccessError):
    """A server gave no usable answer."""

    code = "unreachable"


class RefusedByServer(IndexAccessError):
    """A server answered with a status that means no."""

    code = "http-status"

    def __init__(
        self, status: int, summary: str, details: tuple[str, ...], hints: tuple[str, ...]
    ) -> None:
        super().__init__(summary, details=details, hints=hints)
        self.status = status


class InsecureTransport(IndexAccessError):
    """What was asked for would travel where anybody can read and change it."""

    code = "insecure-transport"


_HINTS = {
    403: "the server knows the file and withholds it: check the user's rights, or a firewall",
    404: "the file is gone from the index; `--refresh` reads the index again",
    410: "the file was withdrawn from the index; `--refresh` reads the index again",
    451: "the server withholds the file for legal reasons",
}


def for_status(status: int, url: str, login: Login | None) -> RefusedByServer:
    """Return the error for an answer that asking again would not change."""
    details: tuple[str, ...] = ()
    hint = _HINTS.get(status)
    if status == 401 and login is None:  # noqa: PLR2004
        hint = "give a user name and password in the index URL or in a netrc file"
    elif status in (401, 403) and login is not None:
        details = (f"sent: user name and password from {login.source}",)
        hint = "check them: they may be misspelt, out of date, or without rights here"
    return RefusedByServer(
        status,
        f"`{redacted(url)}` cannot be fetched: the server answered {status}",
        details,
        (hint,) if hint else (),
    )


def for_fault(fault: TransferFault, url: str, attempts: int, seconds: float) -> IndexAccessError:
    """Return the error for the last attempt's fault."""
    times = "1 attempt" if attempts == 1 else f"{attempts} attempts"
    summary = f"`{redacted(url)}` cannot be fetched: {fault}"
    details = (f"{times} in {seconds:.1f} s",)
    if isinstance(fault, BadStatus):
        return RefusedByServer(fault.status, summary, details, ())
    return Unreachable(summary, details=details, hints=_hints(fault, url))


def _hints(fault: TransferFault, url: str) -> tuple[str, ...]:
    if isinstance(fault, CertificateFault):
        origin = parse_url(url).origin
        unchecked = f"`--trusted-host {origin.host_header()}` goes on without checking, if you must"
        return (*fault.hints, unchecked) if fault.avoidable else fault.hints
    if isinstance(fault, ProxyFault):
        return ("the proxy is that of `--proxy`, or of `HTTPS_PROXY` and its like",)
    if isinstance(fault, ConnectFault):
        return ("check the URL and the network; `--offline` uses what is cached",)
    if isinstance(fault, TimedOut):
        return ("`--timeout SECONDS` allows for slower servers",)
    return ()


def for_plain_http(address: Address, url: str) -> InsecureTransport:
    """Return the error for an http URL of a host that nobody vouches for.

    Args:
        url: What redirected to it, or itself.
    """
    host = address.origin.host_header()
    is_redirected = parse_url(url).origin != address.origin
    return InsecureTransport(
        f"`{redacted(address.url)}` is plain http, which anybody on the way can change",
        details=(f"redirected from: `{redacted(url)}`",) if is_redirected else (),
        hints=("use its https URL", f"`--trusted-host {host}` accepts it"),
    )


def for_downgrade(address: Address, following: Address) -> InsecureTransport:
    """Return the error for a redirect from https to http."""
    host = following.origin.host_header()
    return InsecureTransport(
        f"`{redacted(address.url)}` redirects from https to plain http",
        details=(f"to: `{redacted(following.url)}`",),
        hints=(f"`--trusted-host {host}` accepts it",),
    )
