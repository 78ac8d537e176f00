"""Who gets which password: URLs, variables, netrc, the keyring, a person at a terminal."""

import base64
import json
import os
import pty
import select
import signal
import stat
import sys
import time
from pathlib import Path

import pytest

from tests.kit.index import IndexServer
from tests.kit.servers import Answer, FaultyServer, redirect
from tests.kit.world import refused

USER, PASSWORD = "me@home", "S3:CR/3T"
QUOTED = "me%40home:S3%3ACR%2F3T"


def basic(username=USER, password=PASSWORD):
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


class LockedServer(FaultyServer):
    """Serves an index to who has the right login, and tells others what it wants."""

    wanted = basic()

    def _answer(self, connection, asked):
        if asked.headers.get("authorization") != self.wanted:
            with self._lock:
                self.requests.append(asked)
            connection.sendall(
                b"HTTP/1.1 401 No\r\nWWW-Authenticate: Basic\r\nContent-Length: 2\r\n\r\nno"
            )
            return True
        return super()._answer(connection, asked)

    def logins(self):
        """What was sent, in order, without repetitions."""
        return list(dict.fromkeys(one.headers.get("authorization", "") for one in self.requests))


def publish(world, server, folder="simple"):
    """Have a server offer the wheels of the world's index."""
    for path in sorted(world.index.folder.iterdir()):
        project = path.name.partition("-")[0]
        row = {"filename": path.name, "url": f"/files/{path.name}", "hashes": {}}
        page = {"meta": {"api-version": "1.0"}, "name": project, "files": [row]}
        kind = (("Content-Type", "application/vnd.pypi.simple.v1+json"),)
        server.on(f"/{folder}/{project}/", Answer(200, json.dumps(page).encode(), kind))
        server.on(f"/files/{path.name}", Answer(200, path.read_bytes()))


@pytest.fixture
def locked(world):
    world.wheel("app", "1.0")
    with LockedServer().serving() as server:
        publish(world, server)
        yield server


def at(server, login=""):
    return server.url.replace("//", f"//{login}@" if login else "//") + "/simple"


def install(world, index_url, *words, **variables):
    done = world.xpip("install", "--no-input", "-i", index_url, *words, "app", **variables)
    no_secret(world, done)
    return done


def no_secret(world, done):
    """Look for the password in everything that was printed or written."""
    words = (PASSWORD, QUOTED.partition(":")[2], base64.b64encode(PASSWORD.encode()).decode())
    for word in (*words, basic()[6:]):
        assert word not in done.out + done.err, done
        for folder in (world.cache, world.environment):
            for path in folder.rglob("*"):
                assert word not in path.name
                if path.is_file() and not path.is_symlink():
                    assert word.encode() not in path.read_bytes(), path


class TestUrls:
    def test_the_login_of_the_index_is_for_pages_and_files(self, world, locked):
        done = install(world, at(locked, QUOTED), "-vvv")
        assert done.code == 0, done
        assert locked.logins() == [basic()]

    def test_a_token_stands_in_place_of_the_user_name(self, world, locked):
        locked.wanted = basic("T0KEN", "")
        assert install(world, at(locked, "T0KEN")).code == 0
        assert locked.logins() == [basic("T0KEN", "")]

    def test_nothing_secret_is_in_the_report(self, world, locked):
        done = install(world, at(locked, QUOTED), "--dry-run", "--report", "report.json", "-q")
        if done.code == 2:
            pytest.skip("this xpip has no --report yet")
        report = (world.folder / "report.json").read_text()
        assert "S3" not in report
        assert at(locked).removesuffix("/simple") in report

    def test_a_wrong_one_is_told_with_where_it_came_from(self, world, locked):
        done = install(world, at(locked, "me:wrong"))
        refused(world, done, "the server answered 401", "user name and password from the index URL")
        assert "wrong" not in done.err

    def test_none_is_told_with_what_to_do(self, world, locked):
        refused(world, install(world, at(locked)), "answered 401", "in the index URL or in a netrc")

    def test_a_direct_url_has_its_own(self, world, locked):
        wheel = next(path for path in locked.routes if path.endswith(".whl"))
        url = locked.url.replace("//", f"//{QUOTED}@") + wheel
        done = world.xpip("install", "--no-input", "--no-index", f"app @ {url}")
        assert done.code == 0, done
        no_secret(world, done)

    def test_variables_of_a_named_index(self, world, locked):
        done = world.xpip(
            "install", "--index", f"team={at(locked)}", "app",
            XPIP_INDEX_TEAM_USERNAME=USER, XPIP_INDEX_TEAM_PASSWORD=PASSWORD,
        )  # fmt: skip
        assert done.code == 0, done
        no_secret(world, done)


class TestNetrc:
    def netrc(self, world, host="127.0.0.1", name="netrc"):
        return str(world.write(name, f"machine {host} login {USER} password {PASSWORD}\n"))

    def test_it_is_asked_for_the_host(self, world, locked):
        assert install(world, at(locked), NETRC=self.netrc(world)).code == 0
        assert locked.logins() == [basic()]

    def test_the_other_name_in_the_home_folder(self, world, locked):
        self.netrc(world, name="_netrc")
        assert install(world, at(locked), HOME=str(world.folder)).code == 0

    def test_it_is_not_for_other_hosts(self, world, locked):
        done = install(world, at(locked), NETRC=self.netrc(world, "localhost"))
        refused(world, done, "answered 401")
        assert locked.logins() == [""]

    def test_the_index_url_is_stronger(self, world, locked):
        done = install(world, at(locked, "me:wrong"), NETRC=self.netrc(world))
        refused(world, done, "answered 401")
        assert locked.logins() == [basic("me", "wrong")]

    def test_one_that_is_refused_is_named(self, world, locked):
        path = world.write("netrc", "machine 127.0.0.1 login you password no\n")
        done = install(world, at(locked), NETRC=str(path))
        refused(world, done, f"user name and password from `{path}`")


class TestRedirects:
    def test_a_password_does_not_follow_to_another_port(self, world, locked):
        with FaultyServer().serving() as other:
            publish(world, other)
            locked.on("/simple/app/", redirect(f"{other.url}/simple/app/"))
            assert install(world, at(locked, QUOTED)).code == 0
        sent = {name for one in other.requests for name in one.headers}
        assert not sent & {"authorization", "cookie", "proxy-authorization", "referer"}

    def test_a_redirect_may_bring_a_login_of_its_own(self, world, locked):
        with FaultyServer().serving() as other:
            location = locked.url.replace("//", f"//{QUOTED}@")
            other.on("/simple/app/", redirect(f"{location}/simple/app/", 307))
            publish_files = [path for path in locked.routes if path.startswith("/files/")]
            page = json.loads(locked.routes["/simple/app/"][0].body)
            page["files"][0]["url"] = f"{location}{publish_files[0]}"
            kind = (("Content-Type", "application/vnd.pypi.simple.v1+json"),)
            locked.on("/simple/app/", Answer(200, json.dumps(page).encode(), kind))
            done = install(world, f"{other.url}/simple", NETRC=TestNetrc().netrc(world))
            assert done.code == 0, done
        assert locked.logins() == [basic()]


PROGRAM = """#!{python}
import json, os, sys
with open({log!r}, "a") as log:
    log.write(json.dumps(sys.argv[1:]) + "\\n")
if sys.argv[1] == "set":
    with open({log!r}, "a") as log:
        log.write(json.dumps(["saved", sys.stdin.read()]) + "\\n")
    sys.exit(0)
known = {known!r}
words = sys.argv[4:]
if {old!r}:
    print("keyring: error: unrecognized arguments: --mode=creds", file=sys.stderr)
    sys.exit(2)
for service, username, password in known:
    if words[0] == service and (len(words) == 1 or words[1] == username):
        print(json.dumps({{"username": username, "password": password}}))
        sys.exit(0)
sys.exit(1)
"""


class Keyring:
    """A program `keyring`, first on PATH, and what it was asked."""

    def __init__(self, folder: Path, known=(), *, old=False):
        self.folder = folder
        self.log = folder / "log"
        folder.mkdir()
        program = folder / "keyring"
        text = PROGRAM.format(python=sys.executable, log=str(self.log), known=list(known), old=old)
        program.write_text(text)
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        self.path = f"{folder}{os.pathsep}{os.environ['PATH']}"

    def asked(self):
        return (
            [json.loads(line) for line in self.log.read_text().splitlines()]
            if self.log.exists()
            else []
        )


class TestKeyring:
    WAY = ("--keyring-provider", "subprocess")

    def test_the_program_is_asked_by_the_url_of_the_index_after_a_refusal(self, world, locked):
        keyring = Keyring(world.folder / "k", [(at(locked), USER, PASSWORD)])
        done = install(world, at(locked), *self.WAY, PATH=keyring.path)
        assert done.code == 0, done
        assert keyring.asked() == [["--mode=creds", "--output=json", "get", at(locked)]]
        assert locked.logins() == ["", basic()]

    def test_then_by_the_host_with_the_user_name_that_is_known(self, world, locked):
        host = locked.url.removeprefix("http://")
        keyring = Keyring(world.folder / "k", [(host, USER, PASSWORD)])
        done = install(world, at(locked, "me%40home"), *self.WAY, PATH=keyring.path)
        assert done.code == 0, done
        assert [one[3:] for one in keyring.asked()] == [[at(locked), USER], [host, USER]]
        assert locked.logins() == [basic(password=""), basic()]

    def test_one_project_after_the_other_asks_once(self, world, locked):
        world.wheel("lib", "1.0")
        publish(world, locked)
        keyring = Keyring(world.folder / "k", [(at(locked), USER, PASSWORD)])
        done = install(world, at(locked), "lib", *self.WAY, PATH=keyring.path)
        assert done.code == 0, done
        assert len(keyring.asked()) == 1

    def test_a_password_of_the_url_is_not_looked_up_again(self, world, locked):
        keyring = Keyring(world.folder / "k", [(at(locked), USER, PASSWORD)])
        done = install(world, at(locked, "me:wrong"), *self.WAY, PATH=keyring.path)
        refused(world, done, "answered 401")
        assert keyring.asked() == []

    def test_auto_asks_nobody_without_input(self, world, locked):
        keyring = Keyring(world.folder / "k", [(at(locked), USER, PASSWORD)])
        refused(world, install(world, at(locked), PATH=keyring.path), "answered 401")
        assert keyring.asked() == []

    def test_auto_asks_the_program_where_the_library_is_missing(self, world, locked):
        keyring = Keyring(world.folder / "k", [(at(locked), USER, PASSWORD)])
        done = world.xpip("install", "-i", at(locked), "app", PATH=keyring.path)
        assert done.code == 0, done

    @pytest.mark.parametrize("provider", ["auto", "import"])
    def test_the_library_is_asked_in_this_process(self, world, locked, provider):
        (world.folder / "library").mkdir()
        (world.folder / "library" / "keyring.py").write_text(
            "from collections import namedtuple\n"
            "def get_credential(service, username):\n"
            f"    if service == {at(locked)!r} and username is None:\n"
            f"        return namedtuple('C', 'username password')({USER!r}, {PASSWORD!r})\n"
        )
        path = f"{world.folder / 'library'}{os.pathsep}{os.environ['PYTHONPATH']}"
        way = ("--keyring-provider", provider)
        done = world.xpip("install", "-i", at(locked), *way, "app", PYTHONPATH=path)
        assert done.code == 0, done
        no_secret(world, done)

    def test_a_library_that_fails_is_a_warning(self, world, locked):
        (world.folder / "library").mkdir()
        (world.folder / "library" / "keyring.py").write_text(
            "def get_credential(service, username):\n    raise RuntimeError('no backend')\n"
        )
        path = f"{world.folder / 'library'}{os.pathsep}{os.environ['PYTHONPATH']}"
        done = install(world, at(locked), "--keyring-provider", "import", PYTHONPATH=path)
        refused_after_warning(
            world, done, "the keyring is not used any more: RuntimeError: no backend"
        )

    def test_a_program_that_is_too_old_is_a_warning(self, world, locked):
        keyring = Keyring(world.folder / "k", old=True)
        done = install(world, at(locked), *self.WAY, PATH=keyring.path)
        refused_after_warning(world, done, "25.2.1 or newer is needed")

    def test_a_program_that_is_missing_is_a_warning(self, world, locked):
        done = install(world, at(locked), *self.WAY, PATH="/nonexistent")
        refused_after_warning(world, done, "there is no program `keyring`")


def refused_after_warning(world, done, warning):
    assert done.code == 1, done
    assert warning in done.err
    assert "Traceback" not in done.err
    assert world.installed() == {}


class Terminal:
    """A command on a pseudo terminal."""

    def __init__(self, *words, **variables):
        self.seen = ""
        environ = {**os.environ, "TERM": "dumb", **variables}
        self.process, self.screen = pty.fork()
        if not self.process:
            os.execve(sys.executable, [sys.executable, "-m", "xpip", *map(str, words)], environ)

    def until(self, text, seconds=30.0):
        end = time.monotonic() + seconds
        start = len(self.seen)
        while text not in self.seen[start:]:
            ready, _, _ = select.select([self.screen], [], [], max(0, end - time.monotonic()))
            assert ready, f"no {text!r} in {self.seen!r}"
            self._read()

    def type(self, text):
        os.write(self.screen, text.encode())

    def _read(self):
        data = os.read(self.screen, 4096)
        assert data, self.seen
        self.seen += data.decode()

    def end(self):
        try:
            while True:
                self._read()
        except (OSError, AssertionError):
            pass  # the terminal is closed
        _, status = os.waitpid(self.process, 0)
        os.close(self.screen)
        return status


class TestPrompt:
    def run(self, world, server, *words, **variables):
        variables.setdefault("PATH", "/usr/bin:/bin")
        return Terminal(
            "install", "--python", world.environment, "--cache-dir", world.cache,
            "-i", at(server), *words, "app", **variables,
        )  # fmt: skip

    def test_user_name_and_password_are_asked_for_and_not_shown(self, world, locked):
        terminal = self.run(world, locked)
        terminal.until(f"User for {locked.url[7:]}:")
        terminal.type(f"{USER}\n")
        terminal.until("Password")
        terminal.type(f"{PASSWORD}\n")
        status = terminal.end()
        assert os.waitstatus_to_exitcode(status) == 0, terminal.seen
        assert PASSWORD not in terminal.seen
        assert world.installed() == {"app": "1.0"}
        assert locked.logins() == ["", basic()]

    def test_a_mistake_may_be_made_once(self, world, locked):
        terminal = self.run(world, locked)
        for password in ("wrong", PASSWORD):
            terminal.until("User for")
            terminal.type(f"{USER}\n")
            terminal.until("Password")
            terminal.type(f"{password}\n")
        assert os.waitstatus_to_exitcode(terminal.end()) == 0, terminal.seen
        assert "did not accept" in terminal.seen

    def test_no_answer_is_none(self, world, locked):
        terminal = self.run(world, locked)
        terminal.until("User for")
        terminal.type("\n")
        assert os.waitstatus_to_exitcode(terminal.end()) == 1
        assert "the server answered 401" in terminal.seen

    def test_without_input_nobody_is_asked(self, world, locked):
        terminal = self.run(world, locked, "--no-input")
        assert os.waitstatus_to_exitcode(terminal.end()) == 1
        assert "User for" not in terminal.seen

    @pytest.mark.parametrize("prompt", ["User for", "Password"])
    def test_ctrl_c_ends_it_at_once(self, world, locked, prompt):
        terminal = self.run(world, locked)
        terminal.until("User for")
        if prompt == "Password":
            terminal.type("me\n")
            terminal.until("Password")
        terminal.type("\x03")
        code = os.waitstatus_to_exitcode(terminal.end())
        assert code in (-signal.SIGINT, 130), terminal.seen
        assert "Traceback" not in terminal.seen

    def test_the_keyring_may_keep_it_once_it_is_right(self, world, locked):
        keyring = Keyring(world.folder / "k")
        terminal = self.run(world, locked, PATH=keyring.path)
        terminal.until("User for")
        terminal.type(f"{USER}\n")
        terminal.until("Password")
        terminal.type(f"{PASSWORD}\n")
        terminal.until("Save credentials to keyring [y/N]:")
        terminal.type("y\n")
        assert os.waitstatus_to_exitcode(terminal.end()) == 0, terminal.seen
        host = locked.url[7:]
        assert keyring.asked()[-2:] == [["set", host, USER], ["saved", f"{PASSWORD}\n"]]


def test_no_other_index_gets_the_password(world, locked):
    (world.folder / "more").mkdir()
    with IndexServer(world.folder / "more").serving(), FaultyServer().serving() as other:
        done = install(world, at(locked, QUOTED), "--extra-index-url", f"{other.url}/simple")
        assert done.code == 0, done
        assert other.requests
        assert all("authorization" not in one.headers for one in other.requests)
