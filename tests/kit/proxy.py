"""A proxy in a process of its own: CONNECT, absolute URLs and SOCKS 5, with a login if wanted.

It prints its port, and then a line of JSON for each request that reaches it.
"""

import asyncio
import base64
import json
import ssl
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]


class Passed(NamedTuple):
    """A request that reached the proxy."""

    kind: str
    """`CONNECT`, `GET` or `SOCKS`."""
    target: str
    headers: dict[str, str]


class ProxyProcess:
    """A running proxy."""

    def __init__(self, process: subprocess.Popen, port: int, scheme: str):
        self._process = process
        self.port = port
        self.address = f"127.0.0.1:{port}"
        self.url = f"{scheme}://{self.address}"

    def url_with(self, login: str) -> str:
        return self.url.replace("//", f"//{login}@")

    def passed(self) -> list[Passed]:
        """End the proxy and return what reached it."""
        self._process.terminate()
        out, _ = self._process.communicate(timeout=10)
        return [Passed(*json.loads(line)) for line in out.splitlines()]


@contextmanager
def proxy(login="", status=0, routes=None, certificate=None, scheme="http"):
    """Run a proxy while the block runs.

    Args:
        login: `user:password` to demand.
        status: To refuse every CONNECT with.
        routes: `host:port` -> `host:port`, in place of looking names up.
        certificate: Paths of key and certificate, to speak TLS.
    """
    told = json.dumps([login, status, routes or {}, certificate])
    process = subprocess.Popen(
        [sys.executable, __file__, told], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        yield ProxyProcess(process, int(process.stdout.readline()), scheme)
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


class Proxy:
    """What runs in the process."""

    def __init__(self, login, status, routes, certificate):
        self.login = login
        self.status = status
        self.routes = routes
        self.context = None
        if certificate:
            key, path = certificate
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(path, key)

    async def run(self) -> None:
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0, ssl=self.context)
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()

    async def serve(self, reader, writer) -> None:
        try:
            first = await reader.readexactly(1)
            if first == b"\5":
                await self.socks(reader, writer)
            else:
                await self.http(first, reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass  # the other end has gone
        finally:
            writer.close()

    async def http(self, first, reader, writer) -> None:
        head = (first + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, *rest = head.rstrip("\r\n").split("\r\n")
        headers = {name.lower(): value for name, _, value in (one.partition(": ") for one in rest)}
        kind, target, _ = line.split()
        print(json.dumps([kind, target, headers]), flush=True)
        wanted = "Basic " + base64.b64encode(self.login.encode()).decode()
        if self.login and headers.get("proxy-authorization") != wanted:
            await self.say(writer, 407, "Proxy-Authenticate: Basic")
            return
        if self.status:
            await self.say(writer, self.status, "X: y")
            return
        if kind == "CONNECT":
            ends = await self.open(target)
            # A length here means nothing, and some proxies state one.
            writer.write(b"HTTP/1.1 200 Connection established\r\nContent-Length: 7\r\n\r\n")
        else:
            host, _, path = target.removeprefix("http://").partition("/")
            ends = await self.open(host)
            kept = [one for one in rest if not one.lower().startswith("proxy-")]
            lines = [f"GET /{path} HTTP/1.1", *kept, "Connection: close", "", ""]
            ends[1].write("\r\n".join(lines).encode("latin-1"))
        await self.join((reader, writer), ends)

    async def say(self, writer, status, header) -> None:
        writer.write(f"HTTP/1.1 {status} No\r\n{header}\r\nContent-Length: 0\r\n\r\n".encode())
        await writer.drain()

    async def socks(self, reader, writer) -> None:
        methods = await reader.readexactly((await reader.readexactly(1))[0])
        wanted = 2 if self.login else 0
        if wanted not in methods:
            writer.write(b"\5\xff")
            return
        writer.write(bytes((5, wanted)))
        if wanted:
            await reader.readexactly(1)
            username = await reader.readexactly((await reader.readexactly(1))[0])
            password = await reader.readexactly((await reader.readexactly(1))[0])
            right = username + b":" + password == self.login.encode()
            writer.write(b"\1\0" if right else b"\1\1")
            if not right:
                return
        await reader.readexactly(4)
        host = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
        port = int.from_bytes(await reader.readexactly(2), "big")
        print(json.dumps(["SOCKS", f"{host}:{port}", {}]), flush=True)
        if self.status:
            writer.write(bytes((5, self.status, 0, 1)) + bytes(6))
            return
        ends = await self.open(f"{host}:{port}")
        writer.write(b"\5\0\0\1" + bytes(6))
        await self.join((reader, writer), ends)

    async def open(self, target):
        host, _, port = self.routes.get(target, target).rpartition(":")
        return await asyncio.open_connection(host, int(port))

    async def join(self, one, other) -> None:
        await asyncio.gather(self.pump(one[0], other[1]), self.pump(other[0], one[1]))

    async def pump(self, reader, writer) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass  # the other end has gone
        finally:
            writer.close()


if __name__ == "__main__":
    asyncio.run(Proxy(*json.loads(sys.argv[1])).run())
