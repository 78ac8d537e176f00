"""Repositories of git: any revision, each fetched once, and nothing of them is run."""

import base64
import gzip
import os
import shutil
import socket
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from xpip.errors import UsageError, XpipError
from xpip.formats.source_location import read_reference
from xpip.model.options import Credential
from xpip.model.reporter import SilentReporter
from xpip.model.source import CheckoutOptions
from xpip.store.layout import Store
from xpip.vcs.checkout import check_out
from xpip.vcs.editable import check_out_editable, repository_in
from xpip.vcs.frozen import standing_of
from xpip.vcs.programs import ProgramMissing, RepositoryError, RevisionNotFound

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


class Repository:
    """A real repository with a branch, an annotated tag and a ref that is neither."""

    def __init__(self, folder):
        self.folder = str(folder)
        self.url = f"file://{folder}"
        os.makedirs(self.folder)
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("config", "uploadpack.allowAnySHA1InWant", "true")
        self.first = self.commit({"a": "1", "sub/x": "1"})
        self.git("tag", "-a", "v1.0", "-m", "v1.0")
        self.git("checkout", "--quiet", "-b", "feature/x")
        self.second = self.commit({"a": "2"})
        self.git("checkout", "--quiet", "--detach")
        self.hidden = self.commit({"a": "3"})
        self.git("update-ref", "refs/pull/1/head", self.hidden)
        self.git("checkout", "--quiet", "main")

    def git(self, *arguments):
        variables = {
            "PATH": os.environ["PATH"], "HOME": self.folder, "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@x", "GIT_COMMITTER_NAME": "a",
            "GIT_COMMITTER_EMAIL": "a@x", "GIT_ALLOW_PROTOCOL": "file",
        }  # fmt: skip
        done = subprocess.run(
            ["git", *arguments], cwd=self.folder, env=variables, check=True, capture_output=True,
            text=True,
        )  # fmt: skip
        return done.stdout.strip()

    def commit(self, files):
        for name, text in files.items():
            path = os.path.join(self.folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "-m", "change")
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path):
    return Repository(tmp_path / "repository")


@pytest.fixture
def store(tmp_path):
    return Store(str(tmp_path / "cache"))


@pytest.fixture
def options(tmp_path):
    variables = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "GIT_CONFIG_NOSYSTEM": "1"}
    return CheckoutOptions(variables, str(tmp_path / "src"), timeout=30, lock_timeout=30)


def located(url, revision="", editable=False):
    at = f"@{revision}" if revision else ""
    return read_reference(f"git+{url}{at}", "/", editable).source


def got(repository, store, options, revision=""):
    return check_out(located(repository.url, revision), store, options, SilentReporter())


def text_of(folder, name="a"):
    with open(os.path.join(folder, name), encoding="utf-8") as file:
        return file.read()


class TestRevisions:
    @pytest.mark.parametrize(
        ("revision", "commit", "text"),
        [
            ("", "first", "1"), ("main", "first", "1"), ("HEAD", "first", "1"),
            ("v1.0", "first", "1"), ("feature/x", "second", "2"), ("feature%2Fx", "second", "2"),
            ("refs/heads/feature/x", "second", "2"), ("refs/pull/1/head", "hidden", "3"),
        ],
    )  # fmt: skip
    def test_names(self, repository, store, options, revision, commit, text):
        folder, found = got(repository, store, options, revision)
        assert found == getattr(repository, commit)
        assert text_of(folder) == text

    def test_commits_in_full_and_abbreviated(self, repository, store, options):
        for revision in (repository.second, repository.second.upper(), repository.first[:9]):
            assert got(repository, store, options, revision)[1].startswith(revision.lower())
        assert got(repository, store, options, repository.hidden)[1] == repository.hidden

    def test_a_moved_branch_is_followed(self, repository, store, options):
        assert got(repository, store, options, "main")[1] == repository.first
        new = repository.commit({"a": "4"})
        folder, found = got(repository, store, options, "main")
        assert (found, text_of(folder)) == (new, "4")

    def test_a_commit_of_the_mirror_needs_no_repository(self, repository, store, options):
        got(repository, store, options, "feature/x")
        os.rename(repository.folder, f"{repository.folder}.away")
        assert got(repository, store, options, repository.second)[1] == repository.second
        assert got(repository, store, options, repository.first)[1] == repository.first

    def test_offline_the_names_are_those_last_seen(self, repository, store, options):
        got(repository, store, options, "feature/x")
        got(repository, store, options)
        offline = options._replace(offline=True)
        assert got(repository, store, offline, "feature/x")[1] == repository.second
        assert got(repository, store, offline)[1] == repository.first
        with pytest.raises(RepositoryError, match="is not in the cache"):
            got(repository, store, offline, "other")

    def test_the_checkout_has_the_tags_that_versions_are_made_of(self, repository, store, options):
        folder, _ = got(repository, store, options, "feature/x")
        done = subprocess.run(
            ["git", "describe"], cwd=folder, check=True, capture_output=True, text=True
        )
        assert done.stdout.startswith("v1.0-1-g")

    def test_a_checkout_that_somebody_edited_is_made_anew(self, repository, store, options):
        folder, _ = got(repository, store, options)
        with open(os.path.join(folder, "a"), "w", encoding="utf-8") as file:
            file.write("edited")
        again, _ = got(repository, store, options)
        assert again == folder
        assert text_of(again) == "1"


class TestErrors:
    @pytest.mark.parametrize(
        ("revision", "detail"),
        [("mian", "near it: main"), ("zzz", "it has: feature/x, main, v1.0")],
    )
    def test_an_unknown_revision_lists_those_there_are(
        self, repository, store, options, revision, detail
    ):
        with pytest.raises(RevisionNotFound) as caught:
            got(repository, store, options, revision)
        assert f"no branch, tag or commit `{revision}`" in caught.value.summary
        assert caught.value.details == (detail,)

    @pytest.mark.parametrize("revision", ["d" * 40, "deadbeef", "v1.0~1", "a..b", "a:b"])
    def test_what_is_no_name_is_not_found(self, repository, store, options, revision):
        with pytest.raises(RevisionNotFound):
            got(repository, store, options, revision)

    def test_a_missing_repository(self, repository, store, options):
        with pytest.raises(RepositoryError, match="does not exist, or is private"):
            check_out(located(f"{repository.url}x"), store, options, SilentReporter())

    def test_an_empty_repository(self, tmp_path, store, options):
        subprocess.run(["git", "init", "--quiet", "--bare", str(tmp_path / "e")], check=True)
        with pytest.raises(RepositoryError, match="is empty"):
            check_out(located(f"file://{tmp_path}/e"), store, options, SilentReporter())

    def test_nobody_listens(self, store, options):
        with pytest.raises(RepositoryError, match="cannot be reached"):
            check_out(located("http://127.0.0.1:1/r"), store, options, SilentReporter())

    def test_a_server_that_never_answers(self, store, options):
        with socket.create_server(("127.0.0.1", 0)) as server:
            url = f"http://127.0.0.1:{server.getsockname()[1]}/r"
            began = time.monotonic()
            with pytest.raises(RepositoryError, match="did not end within 1 seconds"):
                check_out(located(url), store, options._replace(timeout=1.0), SilentReporter())
            assert time.monotonic() - began < 10

    @pytest.mark.parametrize("vcs", ["git", "hg", "svn", "bzr"])
    def test_a_missing_program(self, store, options, vcs):
        location = read_reference(f"{vcs}+https://h.example/r", "/").source
        lacking = options._replace(variables={"PATH": "/nowhere"})
        with pytest.raises(ProgramMissing, match=f"needs the program `{vcs}`"):
            check_out(location, store, lacking, SilentReporter())


class TestHostile:
    def test_hooks_and_monitors_of_templates_and_users_do_not_run(
        self, repository, store, options, tmp_path
    ):
        hooks = tmp_path / "hooks"
        hooks.mkdir()
        for name in ("post-checkout", "reference-transaction", "monitor"):
            (hooks / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/pwned\n")
            (hooks / name).chmod(0o755)
        (tmp_path / ".gitconfig").write_text(
            f"[core]\nhooksPath = {hooks}\nfsmonitor = {hooks}/monitor\n"
            f"[init]\ntemplateDir = {tmp_path}\n"
        )
        got(repository, store, options, "feature/x")
        assert not (tmp_path / "pwned").exists()

    @pytest.mark.parametrize(
        "url", ["ext::sh -c touch% {}/pwned", "{}/other", "file://{}/other", "../other"]
    )
    def test_a_submodule_may_not_use_other_ways_than_its_repository(
        self, repository, store, options, tmp_path, url
    ):
        """From a server, only https and ssh; a repository of this machine may name others."""
        Repository(tmp_path / "other")
        repository.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add",
                       f"{tmp_path}/other", "module")  # fmt: skip
        modules = os.path.join(repository.folder, ".gitmodules")
        repository.git("config", "-f", modules, "submodule.module.url", url.format(tmp_path))
        repository.commit({"b": "1"})
        if not url.startswith("ext"):
            folder, _ = got(repository, store, options, "main")
            assert text_of(folder, "module/a") == "1"
            return
        with pytest.raises(RepositoryError):
            got(repository, store, options, "main")
        assert not (tmp_path / "pwned").exists()

    def test_variables_of_a_hook_that_runs_xpip_do_not_count(self, repository, store, options):
        variables = {**options.variables, "GIT_DIR": "/nowhere", "GIT_WORK_TREE": "/nowhere"}
        changed = options._replace(variables=variables)
        assert got(repository, store, changed)[1] == repository.first

    def test_no_error_shows_a_secret(self, store, options):
        secret = Credential("http", "127.0.0.1", 1, "/r", "me", "S3CR3T")
        with pytest.raises(RepositoryError) as caught:
            check_out(
                located("http://127.0.0.1:1/r"),
                store,
                options._replace(credentials=(secret,)),
                SilentReporter(),
            )
        assert "S3CR3T" not in repr((caught.value.summary, caught.value.details))


class TestSsh:
    @pytest.mark.parametrize("way", ["variable", "configuration", "path"])
    def test_the_ssh_of_the_user_is_used_and_asks_nobody(
        self, repository, store, options, tmp_path, way
    ):
        """A stand-in for ssh notes its words, and runs what the other side would run."""
        program = tmp_path / "bin" / "ssh"
        program.parent.mkdir()
        program.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/words\neval "last=\\${{$#}}"\n'
                           'exec sh -c "$last"\n')  # fmt: skip
        program.chmod(0o755)
        variables = dict(options.variables)
        if way == "variable":
            variables["GIT_SSH"] = str(program)
        elif way == "configuration":
            (tmp_path / ".gitconfig").write_text(f"[core]\nsshCommand = {program}\n")
        else:
            variables["PATH"] = f"{program.parent}:{variables['PATH']}"
        location = located(f"ssh://git@h.example{repository.folder}", "feature/x")
        found = check_out(location, store, options._replace(variables=variables), SilentReporter())
        assert found[1] == repository.second
        words = (tmp_path / "words").read_text()
        assert "git@h.example" in words
        assert ("BatchMode=yes" in words) is (way == "path")


class TestTogether:
    def test_many_at_once_fetch_into_one_mirror(self, repository, store, options):
        found, errors = [], []

        def work(revision):
            try:
                found.append(got(repository, store, options, revision)[1])
            except XpipError as error:
                errors.append(error)

        threads = [
            threading.Thread(target=work, args=(revision,))
            for revision in ("main", "feature/x", "v1.0", "refs/pull/1/head") * 2
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        assert sorted(set(found)) == sorted(
            (repository.first, repository.second, repository.hidden)
        )


class TestServers:
    def test_the_daemon_of_git(self, repository, store, options):
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        base = os.path.dirname(repository.folder)
        daemon = subprocess.Popen(
            ["git", "daemon", "--export-all", "--reuseaddr", "--listen=127.0.0.1",
             f"--port={port}", f"--base-path={base}", base],
            env={**options.variables}, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            url = f"git://127.0.0.1:{port}/repository"
            for _ in range(100):
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    if daemon.poll() is not None:
                        pytest.skip("`git daemon` cannot run here")
                    time.sleep(0.05)
            for revision, commit in (("feature/x", repository.second), ("", repository.first),
                                     (repository.hidden, repository.hidden)):  # fmt: skip
                found = check_out(located(url, revision), store, options, SilentReporter())
                assert found[1] == commit
            with pytest.raises(RevisionNotFound):
                check_out(located(url, "nope"), store, options, SilentReporter())
            with pytest.raises(RepositoryError):
                check_out(located(f"{url}x"), store, options, SilentReporter())
        finally:
            daemon.terminate()
            daemon.wait()


class GitOverHttp(BaseHTTPRequestHandler):
    """The CGI program of git behind a password."""

    root = ""

    def do_GET(self):
        self.answer(b"")

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.answer(body)

    def answer(self, body):
        wanted = "Basic " + base64.b64encode(b"me:S3CR3T").decode()
        if self.headers.get("Authorization") != wanted:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="x"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        path, _, query = self.path.partition("?")
        variables = {
            "PATH": os.environ["PATH"], "GIT_PROJECT_ROOT": self.root, "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path, "QUERY_STRING": query, "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""), "REMOTE_USER": "me",
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""), "HOME": self.root,
        }  # fmt: skip
        done = subprocess.run(
            ["git", "http-backend"], input=body, env=variables, capture_output=True, check=True
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        fields = [line.split(": ", 1) for line in head.decode().split("\r\n")]
        status = next((value for name, value in fields if name == "Status"), "200 OK")
        self.send_response(int(status.split()[0]))
        for name, value in fields:
            if name != "Status":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


class TestPasswords:
    @pytest.fixture
    def port(self, repository):
        handler = type("Handler", (GitOverHttp,), {"root": os.path.dirname(repository.folder)})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()
        server.server_close()

    def test_a_password_of_a_url_logs_in_and_stays_nowhere(self, repository, store, options, port):
        secret = Credential("http", "127.0.0.1", port, "/repository", "me", "S3CR3T")
        location = located(f"http://127.0.0.1:{port}/repository/.git", "feature/x")
        found = check_out(
            location, store, options._replace(credentials=(secret,)), SilentReporter()
        )
        assert found[1] == repository.second
        done = subprocess.run(["grep", "-r", "S3CR3T", store.root], check=False)
        assert done.returncode == 1

    @pytest.mark.parametrize("password", ["", "wrong"])
    def test_without_the_right_one_the_error_says_so(
        self, repository, store, options, port, password
    ):
        wrong = Credential("http", "127.0.0.1", port, "/", "me", password)
        location = located(f"http://127.0.0.1:{port}/repository/.git")
        with pytest.raises(RepositoryError, match="may not be read"):
            check_out(location, store, options._replace(credentials=(wrong,)), SilentReporter())


class TestEditable:
    def place(self, repository, store, options, revision="", ask=None, name="Demo_x"):
        location = located(repository.url, revision, editable=True)
        return check_out_editable(location, name, store, options, ask, SilentReporter())

    def test_it_is_a_whole_repository_in_the_folder_for_sources(self, repository, store, options):
        folder, commit = self.place(repository, store, options, "feature/x")
        assert folder == os.path.join(options.folder, "demo-x")
        assert commit == repository.second
        shutil.rmtree(store.root)
        done = subprocess.run(["git", "log", "--oneline"], cwd=folder, check=True,
                              capture_output=True, text=True)  # fmt: skip
        assert len(done.stdout.splitlines()) == 2
        assert repository_in(folder, options) == ("git", repository.url)

    def test_the_same_repository_is_switched_and_keeps_own_files(self, repository, store, options):
        folder, _ = self.place(repository, store, options)
        with open(os.path.join(folder, "mine"), "w", encoding="utf-8") as file:
            file.write("x")
        assert self.place(repository, store, options, "feature/x")[1] == repository.second
        assert (text_of(folder), text_of(folder, "mine")) == ("2", "x")

    def test_own_changes_are_not_overwritten(self, repository, store, options):
        folder, _ = self.place(repository, store, options)
        with open(os.path.join(folder, "a"), "w", encoding="utf-8") as file:
            file.write("mine")
        with pytest.raises(RepositoryError):
            self.place(repository, store, options, "feature/x")
        assert text_of(folder) == "mine"

    def test_something_else_stops_unless_somebody_says_what_to_do(self, repository, store, options):
        folder = os.path.join(options.folder, "demo-x")
        os.makedirs(folder)
        with open(os.path.join(folder, "mine"), "w", encoding="utf-8") as file:
            file.write("x")
        with pytest.raises(UsageError, match="something that is no checkout"):
            self.place(repository, store, options)
        for action in ("a", "s"):
            with pytest.raises(UsageError):
                self.place(repository, store, options._replace(exists_action=action))
        assert self.place(repository, store, options, ask=lambda *_: "i")[0] == folder
        assert os.listdir(folder) == ["mine"]
        self.place(repository, store, options._replace(exists_action="b"))
        assert os.listdir(f"{folder}.bak") == ["mine"]
        assert text_of(folder) == "1"

    def test_another_repository_can_be_wiped(self, repository, store, options, tmp_path):
        other = Repository(tmp_path / "other")
        other.commit({"only-here": "1"})
        folder, _ = self.place(other, store, options)
        with pytest.raises(UsageError, match="a checkout of"):
            self.place(repository, store, options)
        self.place(repository, store, options._replace(exists_action="w"))
        assert not os.path.exists(os.path.join(folder, "only-here"))


class TestStanding:
    def test_a_checkout_stands_at_its_commit(self, repository, store, options):
        location = located(repository.url, editable=True)
        folder, commit = check_out_editable(
            location, "demo", store, options, None, SilentReporter()
        )
        found = standing_of(folder, "demo-x", options.variables)
        assert found.reference == f"git+{repository.url}@{commit}#egg=demo_x"
        with open(os.path.join(folder, "sub", "setup.py"), "w", encoding="utf-8"):
            pass
        below = standing_of(os.path.join(folder, "sub"), "demo", options.variables)
        assert below.reference.endswith("#egg=demo&subdirectory=sub")

    def test_a_repository_without_remote_and_a_plain_folder(self, repository, options, tmp_path):
        assert standing_of(repository.folder, "demo", options.variables) == ("Git", "", "")
        assert standing_of("/", "demo", options.variables) == ("", "", "")

    @pytest.mark.parametrize(
        ("remote", "expected"),
        [("git@h.example:org/r.git", "git+ssh://git@h.example/org/r.git@"),
         ("https://me:S3CR3T@h.example/r", "git+https://h.example/r@"),
         ("ssh://git@h.example/r", "git+ssh://git@h.example/r@")],
    )  # fmt: skip
    def test_remotes_become_urls_without_secrets(self, repository, options, remote, expected):
        repository.git("remote", "add", "origin", remote)
        found = standing_of(repository.folder, "demo", options.variables)
        assert found.reference.startswith(expected)

    def test_a_remote_that_is_nothing(self, repository, options):
        repository.git("remote", "add", "origin", "/no/such/folder")
        assert standing_of(repository.folder, "demo", options.variables).invalid
