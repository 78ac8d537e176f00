"""GET with everything around it: redirects, credentials, retries, limits, words for failures."""

from __future__ import annotations

from time import monotonic

from xpip.errors import IndexAccessError
from xpip.model.records import TYPE_CHECKING, NamedTuple
from xpip.network import failures
from xpip.network.auth import Credentials, Login
from xpip.network.decoding import ACCEPTED, Decoder, TooLarge
from xpip.network.faults import BadStatus, TimedOut, TransferFault
from xpip.network.loop.waiting import sleep
from xpip.network.messages import Request
from xpip.network.pool import Pool
from xpip.network.ranges import parse_content_range
from xpip.network.retry import STATUSES, Pace, http_date, retry_after
from xpip.network.transfer import Sink, Transfer
from xpip.network.trust import Trust
from xpip.network.urls import Address, is_loopback, join, parse_url, redacted

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from typing import TypeVar

    from xpip.model.options import NetworkOptions
    from xpip.model.reporter import Reporter
    from xpip.network.auth import LoginSource
    from xpip.network.messages import Reply
    from xpip.network.urls import Origin

    _Value = TypeVar("_Value")

MAX_BODY = 64 << 20
"""Bytes of a decoded body, unless a caller says otherwise."""
MAX_REDIRECTS = 10
SMALL = 256 << 10
"""Bytes of an unwanted body that are read to keep a connection."""
PROGRESS = 1 << 20
"""Bytes after which a broken download counts as new, not as one more failure of the old one."""

_REDIRECTS = (301, 302, 303, 307, 308)
_ANSWERS = frozenset((304, 404, 410, 416))
_UNAUTHORIZED = 401


class Response(NamedTuple):
    """An answer that was read."""

    status: int
    """2xx, 304, 404 or 410."""
    headers: dict[str, str]
    """Lower-case names."""
    body: bytes
    """Decoded."""
    url: str
    """Where it came from in the end, without credentials."""


class Range(NamedTuple):
    """A part of a file."""

    status: int
    """206 for a part, 200 when a server without ranges sent a whole small file, else no body."""
    start: int
    """Where the body begins in the file."""
    total: int
    """Size of the file; 0 without a body."""
    body: bytes
    headers: dict[str, str]


class Opened(NamedTuple):
    """An answer whose body is still to be read, and who gave it."""

    reply: Reply
    address: Address
    login: Login | None


class Client:
    """Fetches; to be used in `async with`, by one event loop."""

    def __init__(
        self,
        options: NetworkOptions,
        reporter: Reporter,
        logins: LoginSource | None = None,
        pace: Pace | None = None,
    ) -> None:
        """Prepare a client; nothing is opened yet.

        Args:
            logins: Finds a user name and password where a server asks for them; None for nobody.
            pace: How patient to be, for tests.
        """
        self.options = options
        self._reporter = reporter
        self._pace = pace or Pace()
        self._trust = Trust(options)
        self._credentials = Credentials(options, logins, reporter)
        self._pool = Pool(self._trust, options)
        self._allowed: set[Origin] = set()
        self._asleep = 0.0
        """Seconds spent on waiting for a keyring or a person."""

    async def __aenter__(self) -> Client:  # noqa: PYI034 - typing.Self is 3.11
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._pool.close()

    async def get(
        self, url: str, headers: Mapping[str, str] | None = None, limit: int = MAX_BODY
    ) -> Response:
        """Return the answer of a server: 2xx, 304, 404 or 410.

        Args:
            limit: Bytes of the decoded body after which to give up.

        Raises:
            IndexAccessError: No such answer came, after all retries.
        """
        wanted = {"Accept-Encoding": ACCEPTED, **(headers or {})}

        async def attempt() -> Response:
            opened = await self.open(url, wanted)
            body = await self._read(opened.reply, limit)
            reply = opened.reply
            return Response(reply.status, reply.headers, body, opened.address.url)

        return await self._persist(url, attempt)

    async def get_range(self, url: str, start: int | None, length: int) -> Range:
        """Return a part of a file.

        Args:
            start: First byte; None for the last `length` bytes of the file.

        Raises:
            IndexAccessError: No usable answer came, after all retries.
        """
        wanted = f"-{length}" if start is None else f"{start}-{start + length - 1}"
        headers = {"Accept-Encoding": "identity", "Range": f"bytes={wanted}"}

        async def attempt() -> Range:
            reply = (await self.open(url, headers)).reply
            size = reply.headers.get("content-length", "")
            small = size.isdecimal() and int(size) <= max(length, SMALL)
            coded = reply.headers.get("content-encoding", "identity") != "identity"
            if reply.status == 206 and small and not coded:  # noqa: PLR2004
                place = parse_content_range(reply.headers.get("content-range", ""))
                body = await self._read(reply, max(length, SMALL))
                if place is not None and place.fits(start, length, len(body)):
                    return Range(206, place.start, place.total, body, reply.headers)
            elif reply.status == 200 and small and not coded:  # noqa: PLR2004
                body = await self._read(reply, max(length, SMALL))
                return Range(200, 0, len(body), body, reply.headers)
            await reply.close()
            status = 200 if reply.status == 206 else reply.status  # noqa: PLR2004
            return Range(status, 0, 0, b"", reply.headers)

        return await self._persist(url, attempt)

    async def download(self, url: str, sink: Sink, expected_size: int | None = None) -> None:
        """Write a whole file into a sink; a transfer that breaks off goes on where it stopped.

        Raises:
            IndexAccessError: The file cannot be had, after all retries.
            IntegrityError: It has not the expected size.
        """
        transfer = Transfer(sink, expected_size, self._pace)

        async def attempt() -> None:
            opened = await self.open(url, transfer.headers())
            if opened.reply.status in (404, 410):
                await opened.reply.close()
                raise failures.for_status(opened.reply.status, url, opened.login)
            await transfer.receive(opened.reply, redacted(url))

        await self._persist(url, attempt, lambda: sink.size)

    async def open(self, url: str, headers: Mapping[str, str]) -> Opened:
        """Return an answer as soon as its head is there, following redirects; no retries.

        Raises:
            TransferFault: There is none, or one that another attempt may better.
            IndexAccessError: There is none that anything could better.
        """
        address = parse_url(url)
        for _ in range(MAX_REDIRECTS + 1):
            self._ensure_allowed(address, url)
            reply, login = await self._ask(address, headers)
            location = reply.headers.get("location")
            if reply.status in _REDIRECTS and location:
                await self._discard(reply)
                address = self._redirected(address, location)
                continue
            if 200 <= reply.status < 300 or reply.status in _ANSWERS:  # noqa: PLR2004
                return Opened(reply, address, login)
            await self._discard(reply)
            if reply.status in STATUSES:
                raise _bad_status(reply)
            raise failures.for_status(reply.status, address.url, login)
        raise IndexAccessError(
            f"`{redacted(url)}` redirects in circles",
            details=(f"stopped after {MAX_REDIRECTS} redirects, at `{redacted(address.url)}`",),
        )

    async def _ask(
        self, address: Address, headers: Mapping[str, str]
    ) -> tuple[Reply, Login | None]:
        """Return an answer and who asked, after looking for a login where the server wants one."""
        credentials = self._credentials
        login = credentials.find(address)
        while True:
            reply = await self._send(address, headers, login)
            if reply.status != _UNAUTHORIZED:
                if login is not None:
                    credentials.accepted(address.origin, login)
                return reply, login
            begun = monotonic()
            # Nothing else goes on meanwhile: a person may be typing.
            better = credentials.another(address, login)
            self._asleep += monotonic() - begun
            if better is None:
                return reply, login
            await self._discard(reply)
            login = better

    async def _send(
        self, address: Address, headers: Mapping[str, str], login: Login | None
    ) -> Reply:
        lines = [("User-Agent", self.options.user_agent), *headers.items()]
        if "Accept" not in headers:
            lines.append(("Accept", "*/*"))
        if login is not None:
            lines.append(("Authorization", login.header()))
        return await self._pool.send(Request(address, tuple(lines)))

    def _ensure_allowed(self, address: Address, url: str) -> None:
        """Refuse plain http to other machines, unless the user vouches for the host.

        Args:
            url: What was asked for first.

        Raises:
            IndexAccessError: Refused.
        """
        origin = address.origin
        if origin in self._allowed:
            return
        plain = origin.scheme == "http" and not is_loopback(origin.host)
        if plain and not self._trust.is_trusted(origin):
            raise failures.for_plain_http(address, url)
        self._allowed.add(origin)

    def _redirected(self, address: Address, location: str) -> Address:
        """Return where a redirect leads.

        Raises:
            IndexAccessError: It leads somewhere it must not.
        """
        target = join(address.url, location)
        try:
            following = parse_url(target)
        except IndexAccessError as error:
            raise IndexAccessError(
                f"`{redacted(address.url)}` redirects to something that is not fetched",
                details=(str(error),),
            ) from error
        downgrade = address.origin.scheme == "https" and following.origin.scheme == "http"
        if downgrade and not self._trust.is_trusted(following.origin):
            raise failures.for_downgrade(address, following)
        return following

    async def _read(self, reply: Reply, limit: int) -> bytes:
        try:
            size = reply.headers.get("content-length", "")
            if size.isdecimal() and int(size) > limit:
                raise TooLarge(f"the answer is larger than {limit} bytes")
            decoder = Decoder(reply.headers.get("content-encoding", ""), limit)
            speed = self._pace.meter(self._now())
            pieces = []
            while piece := await reply.read():
                pieces.append(decoder.feed(piece))
                if not speed.accepts(len(piece), self._now()):
                    raise TimedOut(speed.complaint())
            decoder.end()
        finally:
            await reply.close()
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    async def _discard(self, reply: Reply) -> None:
        """Read the little that an error page holds, so that the connection can be used again."""
        size = reply.headers.get("content-length", "")
        try:
            if size.isdecimal() and int(size) <= SMALL:
                while await reply.read():
                    pass
        except TransferFault:
            # Nobody wants this body; the connection is dropped below.
            pass
        finally:
            await reply.close()

    async def _persist(
        self,
        url: str,
        attempt: Callable[[], Awaitable[_Value]],
        progress: Callable[[], int] = int,
    ) -> _Value:
        """Return what an attempt returns, as soon as one does.

        Raises:
            IndexAccessError: All failed, or one failed for good.
        """
        begun = counted_from = self._now()
        total = reached = 0
        failures_by_kind = {False: 0, True: 0}
        while True:
            try:
                return await attempt()
            except TransferFault as fault:
                total += 1
                if progress() >= reached + PROGRESS:
                    reached, counted_from = progress(), self._now()
                    failures_by_kind = {False: 0, True: 0}
                broke_off = fault.is_incomplete
                failures_by_kind[broke_off] += 1
                number = failures_by_kind[broke_off]
                limit = self.options.resume_retries if broke_off else self.options.retries
                spent = self._now() - counted_from
                exhausted = number > limit or spent > self._pace.budget
                if exhausted or not fault.retryable:
                    seconds = self._now() - begun
                    raise failures.for_fault(fault, url, total, seconds) from fault
                asked = fault.retry_after if isinstance(fault, BadStatus) else None
                wait = self._pace.delay(number) if asked is None else asked
                counted_from += asked or 0.0
                self._reporter.detail(f"`{redacted(url)}`: {fault}; next attempt in {wait:.1f} s")
            await sleep(wait)

    def _now(self) -> float:
        """Return seconds of a clock that stands still while a person is asked."""
        return monotonic() - self._asleep


def _bad_status(reply: Reply) -> BadStatus:
    asked = None
    value = reply.headers.get("retry-after")
    if value is not None:
        asked = retry_after(value, http_date(reply.headers.get("date", "")))
    return BadStatus(reply.status, asked)
