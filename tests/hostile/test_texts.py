"""Hostile pages, requirements, configuration and lock files get one clear error, soon."""

import os
import time

import pytest

from tests.kit import hostile_texts
from tests.kit.environments import FakeEnvironment
from tests.kit.invariants import improper, snapshot, violations
from tests.kit.servers import Answer, FaultyServer

LONGEST = 2.0
"""Seconds of this process for any one input."""


class Place:
    """An environment, a folder of work, and a command that is judged."""

    def __init__(self, folder):
        self.folder = folder
        self.environment = FakeEnvironment(folder / "environment")
        self.environment.age()
        self.before = snapshot(self.environment.folder)

    def judge(self, row, *words):
        """Run a command on a row and return what is wrong with how it ended."""
        began = time.process_time()
        done = self.environment.main(*words)
        seconds = time.process_time() - began
        problems = improper(done)
        if done.code != (row.code if row.verdict else 0):
            problems.append("the exit code")
        if row.verdict not in done.err:
            problems.append(f"{row.verdict!r} is not said")
        if seconds > LONGEST:
            problems.append(f"{seconds:.1f} s")
        if snapshot(self.environment.folder) != self.before:
            problems.append("the environment has changed")
        return problems and [*problems, str(done)[:2000]]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return Place(tmp_path_factory.mktemp("place"))


@pytest.fixture(scope="module")
def server():
    with FaultyServer().serving() as serving:
        yield serving


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def title(row) -> str:
    return row.title.partition(": ")[2]


def rows(found):
    return pytest.mark.parametrize("row", found, ids=title)


INSTALL = ("install", "--dry-run", "--no-deps")


@rows(hostile_texts.json_pages())
def test_pages_in_json(place, server, row):
    check_page(place, server, row)


@rows(hostile_texts.html_pages())
def test_pages_in_html(place, server, row):
    check_page(place, server, row)


def check_page(place, server, row):
    name = f"/{len(server.routes)}"
    server.on(
        f"{name}/app/", Answer(body=row.build(), headers=(("Content-Type", row.content_type),))
    )
    assert place.judge(row, *INSTALL, "--index-url", server.url + name, "app") == []
    # Nothing but the page was asked for: a link may not make anybody fetch what it names.
    assert {target for target in server.targets() if target.startswith(f"{name}/")} <= {
        f"{name}/app/",
        f"{name}/app-1.0-py3-none-any.whl",
        f"{name}/app/app-1.0-py3-none-any.whl",
        f"{name}/app/app-1.0-py3-none-any.whl.metadata",
    }


@rows(hostile_texts.requirements())
def test_requirements_of_the_command_line(place, folder, row):
    assert place.judge(row, *INSTALL, "--no-index", row.build().decode()) == []


@rows(hostile_texts.requirements())
def test_requirements_in_a_file(place, folder, row):
    line = row.build()
    (folder / "requirements.txt").write_bytes(b"# first\n" + line + b"\n")
    # A NUL is found with the line, before anything looks at the requirement.
    row = row._replace(verdict="NUL") if b"\0" in line else row
    assert place.judge(row, *INSTALL, "--no-index", "-r", "requirements.txt") == []


@rows(hostile_texts.requirements_files())
def test_requirements_files(place, folder, row):
    (folder / "requirements.txt").write_bytes(row.build())
    assert place.judge(row, *INSTALL, "--no-index", "-r", "requirements.txt") == []


@rows(hostile_texts.pip_files())
def test_files_of_pip(place, folder, row, monkeypatch):
    (folder / "pip.conf").write_bytes(row.build())
    monkeypatch.setenv("PIP_CONFIG_FILE", str(folder / "pip.conf"))
    assert place.judge(row, *INSTALL, "--no-index", "app") == []


@rows(hostile_texts.project_files())
def test_files_of_the_project(place, folder, row):
    (folder / "xpip.toml").write_bytes(row.build())
    assert place.judge(row, *INSTALL, "--no-index", "app") == []


@rows(hostile_texts.lock_files())
def test_lock_files(place, folder, row):
    (folder / "pylock.toml").write_bytes(row.build())
    before = (folder / "pylock.toml").stat()
    assert place.judge(row, "sync", "--dry-run", "pylock.toml") == []
    assert (folder / "pylock.toml").stat().st_mtime_ns == before.st_mtime_ns


@rows(hostile_texts.direct_urls())
def test_direct_urls_of_what_is_installed(tmp_path, row):
    """They are somebody else's: every command goes on without them."""
    place = Place(tmp_path)
    info = place.environment.add("app", "1.0")
    (info / "direct_url.json").write_bytes(row.build())
    place.before = snapshot(place.environment.folder)
    for words in (
        ("freeze",),
        ("list",),
        ("inspect",),
        ("check",),
        ("show", "app"),
        (*INSTALL, "--no-index", "app"),
    ):
        assert place.judge(row, *words) == []
    assert place.environment.main("uninstall", "-y", "app").code == 0
    assert violations(place.environment.folder) == []


def test_what_is_refused_is_said_without_secrets(place, folder, monkeypatch):
    """A secret that stands where nobody expects one does not get out with the complaint."""
    secret = "S3CR3T"
    monkeypatch.setenv("XPIP_TEST_TOKEN", secret)
    url = f"https://user:{secret}@host.invalid/simple"
    texts = {
        "requirements.txt": f"--index-url {url} --nonsense\napp @ {url}/x.tar.nothing\n",
        "variables.txt": "app @ https://u:${XPIP_TEST_TOKEN}@host.invalid/x.nothing\n--evil\n",
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
        done = place.environment.main(*INSTALL, "-r", name)
        assert done.code == 1, done
        assert improper(done, [secret]) == []
    (folder / "xpip.toml").write_text(f"index-url = '{url}'\nindexx-url = '{url}'\n")
    done = place.environment.main(*INSTALL, "app")
    assert improper(done, [secret]) == []
    assert done.code == 2
    assert os.listdir(folder)
