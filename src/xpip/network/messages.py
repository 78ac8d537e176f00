"""What goes over the wire, and the seam behind which it goes.

The seam is smaller than httpx's transport on purpose: `import httpx` costs some 45 ms and its
request and response objects 80 microseconds an exchange (docs/network.md), and a run without a
proxy needs neither. Whatever speaks httpx (a proxy, a test's fake index) comes in by `stock.py`.
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


class Exchange(Protocol):
    """Something that answers requests."""

    async def send(self, request: Request) -> Reply:
        """Return the answer to a request as soon as its head is there.

        Raises:
            TransferFault: There is none.
        """

    async def close(self) -> None:
        """Close every connection."""
