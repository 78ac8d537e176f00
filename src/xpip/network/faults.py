"""What can go wrong with one attempt, before anybody decides whether to try again.

None of these leaves the room: `client.py` turns the last one into an `IndexAccessError`.
"""

from __future__ import annotations


class TransferFault(Exception):
    """One attempt failed; the text says how, without URL and without full stop."""

    retryable = True
    is_incomplete = False
    """A download broke off in its body, which counts for `--resume-retries`."""


class ConnectFault(TransferFault):
    """No connection could be opened."""


class TimedOut(TransferFault):
    """The server was silent, or slower than the minimum speed, for too long."""


class BrokenOff(TransferFault):
    """The connection ended before the answer did."""


class ProtocolFault(TransferFault):
    """The answer is not the HTTP/1.1 that a sane server sends; asking again would not help."""

    retryable = False


class CertificateFault(TransferFault):
    """The server could not prove who it is, or TLS failed otherwise; never tried again."""

    retryable = False

    def __init__(self, text: str, hints: tuple[str, ...] = (), *, avoidable: bool = True) -> None:
        super().__init__(text)
        self.hints = hints
        """What may help."""
        self.avoidable = avoidable
        """It would not matter if nobody checked the server's certificate."""


class ProxyFault(TransferFault):
    """The proxy refused; asking again would not help."""

    retryable = False


class BadStatus(TransferFault):
    """The server answered with a status that often passes."""

    def __init__(self, status: int, retry_after: float | None, who: str = "the server") -> None:
        super().__init__(f"{who} answered {status}")
        self.status = status
        self.retry_after = retry_after
        """Seconds the server asked to wait, capped; None when it said nothing sensible."""
