"""`xpip compile` beside pip-compile on the frozen index of ../shared/bench: the same answers.

The slice of PyPI has pages and metadata of everything, and wheels of some. pip-compile asks PyPI's
JSON API for hashes; this server answers it from the pages, so that neither tool downloads a file.
"""

import json
import os
import threading
from collections import defaultdict
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from packaging.version import Version

from tests.kit.command import ROOT, run, xpip
from xpip.model.file_names import parse_sdist_name, parse_wheel_name
from xpip.model.names import normalized_name

INPUTS = ROOT.parent / "shared" / "bench" / "inputs"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
STATE = Path(os.environ.get("XPIP_BENCH_DIR") or CACHE / "xpip-bench")
"""What `bench.py prepare` made; its `--dir`."""
PIP_COMPILE = STATE / "tools" / "pip-tools" / "bin" / "pip-compile"

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not INPUTS.is_dir(), reason="no ../shared/bench beside the checkout"),
    pytest.mark.skipif(
        not (STATE / "slice").is_dir() or not PIP_COMPILE.exists(),
        reason="the benchmark is not prepared: bench.py prepare, and XPIP_BENCH_DIR for its --dir",
    ),
]


def page(name: str) -> bytes | None:
    path = STATE / "slice" / "simple" / f"{normalized_name(name)}.json"
    return path.read_bytes() if path.is_file() else None


def api_answer(name: str, host: str) -> bytes | None:
    """Return what `NAME/json` of PyPI's JSON API says of files and their hashes."""
    text = page(name)
    if text is None:
        return None
    releases = defaultdict(list)
    for file in json.loads(text)["files"]:
        wheel = parse_wheel_name(file["filename"])
        version = (
            wheel.version if wheel else parse_sdist_name(file["filename"], normalized_name(name))
        )
        kind = "bdist_wheel" if wheel else "sdist"
        url = f"http://{host}{file['url']}"
        releases[str(Version(version))].append(
            {"packagetype": kind, "url": url, "digests": file["hashes"]}
        )
    return json.dumps({"releases": releases}).encode()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        kind, _, rest = self.path.strip("/").partition("/")
        body, content_type = None, "application/octet-stream"
        if kind == "simple":
            body, content_type = page(rest), "application/vnd.pypi.simple.v1+json"
        elif rest == "json":
            # pip-compile takes what stands before `simple` for the base of PyPI's JSON API.
            body, content_type = api_answer(kind, self.headers["Host"]), "application/json"
        elif kind == "files":
            path = STATE / "slice" / "files" / rest.rpartition("/")[2]
            body = path.read_bytes() if path.is_file() else None
        self.send_response(200 if body is not None else 404)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_):
        """Say nothing."""


@contextmanager
def serving():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/simple"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def entries(text: str) -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    """Return pin -> (reasons, hashes) of an output in split style."""
    found: dict[str, tuple[set[str], set[str]]] = {}
    reasons: set[str] = set()
    hashes: set[str] = set()
    for line in text.splitlines():
        if line[:1].isalnum():
            reasons, hashes = found.setdefault(line.removesuffix(" \\"), (set(), set()))
        elif line.startswith("    --hash="):
            hashes.add(line.strip().removesuffix(" \\"))
        elif line.startswith("    #"):
            reason = line.strip().removeprefix("#").strip().removeprefix("via").strip()
            reasons.update([reason] if reason else ())
    return {pin: (frozenset(why), frozenset(what)) for pin, (why, what) in found.items()}


@pytest.mark.parametrize("name", ["trio", "jupyter", "datascience", "flask", "django"])
def test_pins_annotations_and_hashes_are_those_of_pip_compile(tmp_path, name):
    (tmp_path / f"{name}.in").write_text((INPUTS / f"{name}.in").read_text())
    python = json.loads((STATE / "prepared.json").read_text())["python"]
    with serving() as index:
        theirs = run(
            PIP_COMPILE, "--quiet", "--no-config", "--allow-unsafe", "--strip-extras",
            "--generate-hashes", "--cache-dir", tmp_path / "pip-tools", "--index-url", index,
            "-o", "theirs.txt", f"{name}.in", cwd=tmp_path, timeout=600,
        )  # fmt: skip
        assert theirs.code == 0, theirs
        ours = xpip(
            "compile", "--python", python, "--generate-hashes", "--cache-dir", tmp_path / "xpip",
            "--index-url", index, "-o", "ours.txt", f"{name}.in", cwd=tmp_path, timeout=600,
        )  # fmt: skip
        assert ours.code == 0, ours
    expected = entries((tmp_path / "theirs.txt").read_text())
    assert len(expected) >= 3
    assert all(hashes for _, hashes in expected.values())
    assert entries((tmp_path / "ours.txt").read_text()) == expected
