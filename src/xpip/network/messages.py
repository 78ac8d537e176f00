"""What goes over the wire, between the client and the pool of connections.

Two small things in place of an HTTP library's requests and responses: those of httpx take 45 ms to
import and 80 microseconds an exchange (docs/decisions/005).
"""

from __future__ import annotations

from xpip.model.records import NamedTuple, Protocol
from xpip.network.urls import Address


class Request(NamedTuple):
    """A GET."""

    address: Address
    headers: tuple[tuple[str, str], ...]
    """In sending order, without Host."""


class Reply(Protocol):
    """An answer whose body is still to be read."""

    status: int
    headers: dict[str, str]
    """Lower-case names; repeated ones joined by `, `."""

    async def read(self) -> bytes:
        """Return the next piece of the raw body, empty at its end.

        Raises:
            TransferFault: The body cannot be had in full.
        """

    async def close(self) -> None:
        """Let go of the connection; it is used again only when the body was read to its end."""
