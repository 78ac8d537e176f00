"""An HTTP server on loopback that misbehaves exactly as told.

It writes bytes, not responses: what HTTP libraries refuse to send is what the client has to survive.
A route is a list of answers, given one after the other, the last one for ever.
"""

import gzip
import socket
import ssl
import threading
import time
from contextlib import contextmanager
from typing import NamedTuple


class Asked(NamedTuple):
    """A request as it came."""

    target: str
    headers: dict[str, str]
    """Lower-case names."""
    connection: int
    """Number of the connection, from 0."""


class Answer(NamedTuple):
    """What to send, and how to spoil it."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    length: int | str | None = None
    """Content-Length to claim in place of the true one; "" for none at all."""
    cut: int | None = None
    """Close the connection after this many bytes of the body."""
    reset: bool = False
    """End with RST in place of FIN."""
    drip: float = 0.0
    """Seconds between single bytes of the body."""
    delay: float = 0.0
    """Seconds before the first byte."""
    chunks: tuple[bytes, ...] | None = None
    """Send these as chunks in place of the body."""
    raw: bytes | None = None
    """Send exactly this and close."""
    ranges: str = "yes"
    """How to take a Range: `yes`, `no`, `wrong` (another offset), `changed` (If-Range never fits)."""
    close: bool = False
    """Close the connection after the answer without having said so."""

    def with_headers(self, **headers: str) -> "Answer":
        """Return the answer with more headers; `_` in a name means `-`."""
        more = tuple((name.replace("_", "-"), value) for name, value in headers.items())
        return self._replace(headers=self.headers + more)


def redirect(location: str, status: int = 302) -> Answer:
    return Answer(status, b"moved", (("Location", location),))


def unavailable(retry_after: str | None = None, status: int = 503) -> Answer:
    headers = () if retry_after is None else (("Retry-After", retry_after),)
    return Answer(status, b"not now", headers)


def html(text: str = "<html><body>Sign in</body></html>", status: int = 200) -> Answer:
    return Answer(status, text.encode(), (("Content-Type", "text/html"),))


def zipped(body: bytes) -> Answer:
    return Answer(200, gzip.compress(body), (("Content-Encoding", "gzip"),))


class FaultyServer:
    """Answers by path; unknown paths get 404."""

    def __init__(self) -> None:
        self.routes: dict[str, list[Answer]] = {}
        self.requests: list[Asked] = []
        self.port = 0
        self.scheme = "http"
        self._connections = 0
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._stopping = False

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def on(self, path: str, *answers: Answer) -> str:
        """Set what a path answers, in order, and return its URL."""
        self.routes[path] = list(answers)
        return self.url + path

    def targets(self) -> list[str]:
        return [asked.target for asked in self.requests]

    def connections(self) -> int:
        """How many connections carried requests."""
        return len({asked.connection for asked in self.requests})

    def hang_up(self) -> None:
        """Close every open connection, as a server does with idle ones."""
        with self._lock:
            connections = [*self._open]
        for connection in connections:
            _shut(connection)

    @contextmanager
    def serving(self, context: ssl.SSLContext | None = None, host: str = "127.0.0.1"):
        """Listen while the block runs."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, self.port))
            listener.listen(64)
            self.port = listener.getsockname()[1]
            self.scheme = "https" if context else "http"
            thread = threading.Thread(target=self._accept, args=(listener, context), daemon=True)
            thread.start()
            try:
                yield self
            finally:
                self._stopping = True
                listener.shutdown(socket.SHUT_RDWR)
                self.hang_up()
                thread.join(5)

    def _accept(self, listener, context) -> None:
        while not self._stopping:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with self._lock:
                number = self._connections
                self._connections += 1
                self._open.add(connection)
            arguments = (connection, context, number)
            threading.Thread(target=self._serve, args=arguments, daemon=True).start()

    def _serve(self, connection, context, number: int) -> None:
        raw = connection
        try:
            if context is not None:
                connection = shake_hands(connection, context)
                with self._lock:
                    self._open.discard(raw)
                    self._open.add(connection)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with connection.makefile("rb") as reader:
                while (asked := read_request(reader, number)) is not None:
                    if not self._answer(connection, asked):
                        break
        except (OSError, ValueError, IndexError):
            pass  # The client has gone, or what it sends is no HTTP.
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()

    def _answer(self, connection, asked: Asked) -> bool:
        """Send the next answer of a path; False when the connection has to end."""
        with self._lock:
            self.requests.append(asked)
            answers = self.routes.get(
                asked.target.partition("?")[0], [Answer(404, b"no such path")]
            )
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if answer.delay:
            time.sleep(answer.delay)
        if answer.raw is not None:
            connection.sendall(answer.raw)
            return False
        status, headers, body = ranged(answer, asked)
        connection.sendall(make_head(answer, status, headers, len(body)))
        return self._send_body(connection, answer, body)

    def _send_body(self, connection, answer: Answer, body: bytes) -> bool:
        if answer.chunks is not None:
            for chunk in answer.chunks:
                connection.sendall(b"%x\r\n%s\r\n" % (len(chunk), chunk))
            connection.sendall(b"0\r\n\r\n")
        elif answer.drip:
            for position in range(len(body)):
                if self._stopping:
                    return False
                connection.sendall(body[position : position + 1])
                time.sleep(answer.drip)
        else:
            connection.sendall(body if answer.cut is None else body[: answer.cut])
        if answer.reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            return False
        return answer.cut is None and answer.length != "" and not answer.close


def shake_hands(connection: socket.socket, context: ssl.SSLContext) -> ssl.SSLSocket:
    """Begin TLS; a client that is turned away gets to read why before the connection ends."""
    secured = context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
    try:
        secured.do_handshake()
    except ssl.SSLError:
        # Closing with unread bytes would send a reset, which overtakes the alert.
        with socket.socket(fileno=secured.detach()) as bare:
            bare.shutdown(socket.SHUT_WR)
            bare.settimeout(2)
            while bare.recv(65536):
                pass
        raise
    return secured


def read_request(reader, number: int) -> Asked | None:
    line = reader.readline(65536).decode("latin-1")
    if not line.strip():
        return None
    headers = {}
    while (header := reader.readline(65536).decode("latin-1").strip()) != "":
        name, _, value = header.partition(":")
        headers[name.strip().lower()] = value.strip()
    return Asked(line.split()[1], headers, number)


def ranged(answer: Answer, asked: Asked) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
    """Apply the request's Range as the answer says; returns status, headers and body."""
    wanted = asked.headers.get("range", "")
    if answer.status != 200 or answer.ranges == "no" or not wanted.startswith("bytes="):
        return answer.status, answer.headers, answer.body
    condition = asked.headers.get("if-range")
    validators = [value for name, value in answer.headers if name in ("ETag", "Last-Modified")]
    if condition is not None and (condition not in validators or answer.ranges == "changed"):
        return answer.status, answer.headers, answer.body
    total = len(answer.body)
    first, _, last = wanted.removeprefix("bytes=").partition("-")
    start = int(first) if first else max(0, total - int(last))
    end = min(int(last) if first and last else total - 1, total - 1)
    if start > end:
        return 416, (*answer.headers, ("Content-Range", f"bytes */{total}")), b""
    body = answer.body[start : end + 1]
    told = start + 1 if answer.ranges == "wrong" else start
    headers = (*answer.headers, ("Content-Range", f"bytes {told}-{end}/{total}"))
    return 206, headers, body


def make_head(answer: Answer, status: int, headers, size: int) -> bytes:
    lines = [f"HTTP/1.1 {status} As told", "Date: Sat, 21 Nov 2026 00:00:00 GMT"]
    lines += [f"{name}: {value}" for name, value in headers]
    if answer.chunks is not None:
        lines.append("Transfer-Encoding: chunked")
    elif answer.length != "":
        lines.append(f"Content-Length: {size if answer.length is None else answer.length}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # it has ended by itself
