"""A small index on loopback: JSON or HTML pages, metadata beside the wheels, a log of requests."""

import hashlib
import html
import json
import threading
import zipfile
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote


class IndexServer:
    """Serves every wheel and sdist of a folder by project, as PEP 503 or PEP 691 says."""

    def __init__(
        self, folder: Path, *, json_pages: bool = True, metadata: bool = True, hashes: bool = True
    ):
        self.folder = folder
        self.json_pages = json_pages
        self.metadata = metadata
        """Announce and serve core metadata beside wheels (PEP 658)."""
        self.hashes = hashes
        self.yanked: dict[str, str] = {}
        """File name -> reason."""
        self.requires_python: dict[str, str] = {}
        """File name -> specifier."""
        self.claimed_digests: dict[str, str] = {}
        """File name -> sha256 to state in place of the true one."""
        self.uploaded: dict[str, str] = {}
        """File name -> time of upload to state, in ISO 8601."""
        self.told_metadata: dict[str, bytes] = {}
        """File name -> what to serve beside the wheel in place of its METADATA."""
        self.requests: list[str] = []
        """Paths asked for, in order."""
        self.url = ""

    def paths(self) -> list[str]:
        return list(self.requests)

    def downloads(self) -> list[str]:
        """Names of the archives that were fetched."""
        return [
            path.rsplit("/", 1)[1] for path in self.requests if path.endswith((".whl", ".tar.gz"))
        ]

    def metadata_of(self, wheel: Path) -> bytes:
        told = self.told_metadata.get(wheel.name)
        return wheel_metadata(wheel) if told is None else told

    def files_of(self, project: str) -> list[Path]:
        return [path for path in sorted(self.folder.iterdir()) if project_of(path.name) == project]

    def page(self, project: str) -> tuple[bytes, str] | None:
        files = self.files_of(project)
        if not files:
            return None
        rows = []
        for path in files:
            digest = (
                self.claimed_digests.get(path.name) or hashlib.sha256(path.read_bytes()).hexdigest()
            )
            row = {"filename": path.name, "url": f"{self.url}/files/{path.name}", "hashes": {}}
            if self.hashes:
                row["hashes"] = {"sha256": digest}
            if path.name in self.requires_python:
                row["requires-python"] = self.requires_python[path.name]
            if path.name in self.yanked:
                row["yanked"] = self.yanked[path.name] or True
            if path.name in self.uploaded:
                row["upload-time"] = self.uploaded[path.name]
            if self.metadata and path.name.endswith(".whl"):
                told = self.metadata_of(path)
                row["core-metadata"] = {"sha256": hashlib.sha256(told).hexdigest()}
            rows.append(row)
        if self.json_pages:
            page = {"meta": {"api-version": "1.1"}, "name": project, "files": rows}
            return json.dumps(page).encode(), "application/vnd.pypi.simple.v1+json"
        return self.html_page(rows), "text/html; charset=utf-8"

    def html_page(self, rows: list[dict]) -> bytes:
        anchors = []
        for row in rows:
            attributes = ""
            if "requires-python" in row:
                attributes += f' data-requires-python="{html.escape(row["requires-python"])}"'
            if "yanked" in row:
                attributes += (
                    f' data-yanked="{html.escape("" if row["yanked"] is True else row["yanked"])}"'
                )
            if "upload-time" in row:
                attributes += f' data-upload-time="{row["upload-time"]}"'
            if "core-metadata" in row:
                attributes += f' data-core-metadata="sha256={row["core-metadata"]["sha256"]}"'
            fragment = f"#sha256={row['hashes']['sha256']}" if row["hashes"] else ""
            anchors.append(
                f'<a href="{row["url"]}{fragment}"{attributes}>{row["filename"]}</a><br/>'
            )
        return ("<!DOCTYPE html><html><body>\n" + "\n".join(anchors) + "\n</body></html>").encode()

    def answer(self, path: str) -> tuple[int, bytes, str]:
        self.requests.append(path)
        parts = [part for part in unquote(path.split("?", maxsplit=1)[0]).split("/") if part]
        if len(parts) == 2 and parts[0] == "simple":
            page = self.page(parts[1])
            return (200, *page) if page else (404, b"no such project", "text/plain")
        if len(parts) == 2 and parts[0] == "files":
            name = parts[1]
            if name.endswith(".metadata"):
                wheel = self.folder / name.removesuffix(".metadata")
                if self.metadata and wheel.exists():
                    return 200, self.metadata_of(wheel), "application/octet-stream"
            elif (self.folder / name).exists():
                return 200, (self.folder / name).read_bytes(), "application/octet-stream"
        return 404, b"not found", "text/plain"

    @contextmanager
    def serving(self):
        """Answer on a free port of loopback while the block runs; `url` is set, pages are at `url`/simple/."""
        index = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                status, body, content_type = index.answer(self.path)
                byte_range = self.headers.get("Range", "")
                total = len(body)
                if status == 200 and byte_range.startswith("bytes="):
                    first, _, last = byte_range.removeprefix("bytes=").partition("-")
                    start = int(first) if first else max(0, total - int(last))
                    end = min(int(last) if first and last else total - 1, total - 1)
                    status, body = 206, body[start : end + 1]
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(body)))
                if status == 206:
                    self.send_header("Content-Range", f"bytes {start}-{end}/{total}")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        self.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    @property
    def simple(self) -> str:
        return f"{self.url}/simple/"


def project_of(filename: str) -> str:
    return filename.split("-", maxsplit=1)[0].replace("_", "-").replace(".", "-").lower()


def wheel_metadata(path: Path) -> bytes:
    """Return METADATA of a wheel; empty when the file is no wheel."""
    try:
        with zipfile.ZipFile(path) as archive:
            name = next(n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
            return archive.read(name)
    except (zipfile.BadZipFile, StopIteration):
        return b""
