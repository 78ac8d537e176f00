"""A compilation that is asked for again is answered from a stamp, and exactly as a full run would."""

import os
import shutil
import sys
import time

import pytest

from tests.kit.environments import run_main
from tests.kit.index import IndexServer
from tests.kit.wheels import WheelBuilder
from xpip.cli import repeated_compile, unchanged

SECRET = "pa55-w0rd"
OLD = "# by hand\nlibrary==1.0\n"


class Project:
    """A folder with requirements, an index and a cache; everything runs in this process."""

    def __init__(self, folder, index):
        self.folder = folder
        self.index = index
        self.cache = folder.parent / "cache"
        self.output = folder / "out.txt"

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def argv(self, *words):
        command = ("compile", "requirements.in")
        if words[:1] == ("lock",):
            command, words = ("lock", "requirements.in"), words[1:]
        return [
            *command, "--python", sys.executable, "--cache-dir", str(self.cache),
            "-i", self.index.simple, *words,
        ]  # fmt: skip

    def run(self, *words):
        return run_main(*self.argv(*words))

    def answered(self, *words, now=None):
        """Return what tier 0 says and does, None where the command would run."""
        moment = time.time() if now is None else now
        stdout, stderr = sys.stdout, sys.stderr
        import io

        sys.stdout, sys.stderr = io.StringIO(), io.StringIO()
        try:
            code = repeated_compile.answer(self.argv(*words), moment)
            return None if code is None else (code, sys.stdout.getvalue(), sys.stderr.getvalue())
        finally:
            sys.stdout, sys.stderr = stdout, stderr

    def stamps(self):
        folder = self.cache / unchanged.BUCKET
        return list(folder.iterdir()) if folder.exists() else []

    def set_output(self, content):
        if content is None:
            self.output.unlink(missing_ok=True)
        else:
            self.output.write_bytes(content)

    def get_output(self):
        return self.output.read_bytes() if self.output.exists() else None


@pytest.fixture
def project(tmp_path, monkeypatch):
    for name in list(os.environ):
        own = ("PIP_", "XPIP_", "UV_", "VIRTUAL_ENV", "CONDA_", "SSL_")
        if name.startswith(own) or name.lower().endswith(("_ca_bundle", "_proxy")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home" / "config"))
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path / "machine"))
    files = tmp_path / "files"
    WheelBuilder("app", "1.0", files={"app.py": ""}, requires=["library"]).build(files)
    for version in ("1.0", "2.0"):
        WheelBuilder("library", version, files={"library.py": ""}).build(files)
    with IndexServer(files).serving() as index:
        index.uploaded = dict.fromkeys(os.listdir(files), "2020-01-01T00:00:00Z")
        found = Project(tmp_path / "above" / "project", index)
        found.write("requirements.in", "-r more.in\n-c limits.txt\napp\n")
        found.write("more.in", "# nothing more\n")
        found.write("limits.txt", "library<3\n")
        monkeypatch.chdir(found.folder)
        time.sleep(0.06)  # What has just been written might be written again unnoticed.
        yield found


@pytest.fixture
def repeated(project):
    """The same run until a stamp answers it, both with and without an output file."""
    for _ in range(2):
        project.set_output(None)
        for _ in range(3):
            assert project.run("-o", "out.txt").code == 0
    assert project.answered("-o", "out.txt") is not None
    return project


# --- equal to a full run ---------------------------------------------------------------------------


@pytest.mark.parametrize("before", ["absent", "same", "old"])
@pytest.mark.parametrize(
    "words",
    [
        [], ["-q"], ["-o", "out.txt"], ["-o", "out.txt", "-q"], ["-o", "out.txt", "--check"],
        ["-o", "out.txt", "--dry-run"], ["-o", "out.txt", "-U"], ["-o", "out.txt", "-P", "library"],
        ["-o", "out.txt", "--generate-hashes", "--newline", "CRLF"], ["-o", "out.txt", "--no-header"],
        ["-o", "out.txt", "--annotation-style", "line", "--emit-index-annotation"],
        ["-o", "out.txt", "--no-emit-package", "library", "--json-errors"], ["-o", "out.txt", "--check", "-q"],
        ["-o", "out.txt", "--exclude-newer", "2990-01-01T00:00:00Z"], ["--reuse-hashes"],
        ["-o", "out.txt", "--python-version", "3.12", "--python-platform", "windows"],
        ["-o", "out.txt", "--color", "always", "--progress-bar", "on"],
        ["lock", "-o", "pylock.toml"], ["lock", "-o", "-"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_a_repeated_run_says_and_writes_what_a_full_one_does(project, words, before):
    if "pylock.toml" in words:
        project.output = project.folder / "pylock.toml"
    if words == ["--reuse-hashes"]:
        project.output = project.folder / "requirements.txt"
    content = {"absent": None, "old": OLD.encode()}.get(before)
    if before == "old" and "pylock.toml" in words:
        content = b'lock-version = "1.0"\ncreated-by = "me"\npackages = []\n'
    if before == "same":
        project.run(*(word for word in words if word not in ("--check", "--dry-run")))
        content = project.get_output()
    seen = []
    for _ in range(2):
        project.set_output(content)
        done = project.run(*words)
        seen.append(((done.code, done.out, done.err), project.get_output()))
    assert "\x1b" not in seen[1][0][2]
    project.set_output(content)
    assert project.answered(*words) == seen[1][0]
    assert project.get_output() == seen[1][1]
    # And by way of the program, where nobody says which of the two it was.
    project.set_output(content)
    done = project.run(*words)
    assert ((done.code, done.out, done.err), project.get_output()) == seen[1]


def test_answers_for_several_states_of_the_output_are_known_at_the_same_time(repeated):
    written = repeated.get_output()
    for content in (None, written, OLD.encode(), b"# other\n", b"# third\n"):
        for _ in range(2):
            repeated.set_output(content)
            assert repeated.run("-o", "out.txt").code == 0
    assert len(repeated.stamps()) == 1
    known = []
    for content in (None, written, OLD.encode(), b"# other\n", b"# third\n"):
        repeated.set_output(content)
        known.append(repeated.answered("-o", "out.txt") is not None)
    assert known == [True, False, True, True, True], "the oldest answer goes"


def test_the_mode_of_the_output_stays(repeated):
    repeated.output.write_bytes(OLD.encode())
    for _ in range(2):
        repeated.run("-o", "out.txt")
        repeated.output.write_bytes(OLD.encode())
    repeated.output.chmod(0o640)
    assert repeated.answered("-o", "out.txt")[0] == 0
    assert repeated.output.stat().st_mode & 0o777 == 0o640
    assert repeated.get_output() != OLD.encode()


def test_inputs_that_are_written_again_are_the_same(repeated):
    for name in ("requirements.in", "more.in", "limits.txt"):
        path = repeated.folder / name
        text = path.read_text()
        path.unlink()
        path.write_text(text)
    assert repeated.answered("-o", "out.txt") is not None


def test_an_answer_that_cannot_be_written_is_left_to_the_command(repeated):
    repeated.set_output(None)
    shutil.rmtree(repeated.folder / "sub", ignore_errors=True)
    (repeated.folder / "sub").mkdir()
    for _ in range(2):
        (repeated.folder / "sub" / "out.txt").unlink(missing_ok=True)
        repeated.run("-o", "sub/out.txt")
    shutil.rmtree(repeated.folder / "sub")
    assert repeated.answered("-o", "sub/out.txt") is None
    done = repeated.run("-o", "sub/out.txt")
    assert done.code == 1
    assert "cannot be written" in done.err


# --- one thing is different ------------------------------------------------------------------------


def project_file(text):
    return lambda project: project.write("pyproject.toml", text)


def change(name, text):
    return lambda project: project.write(name, text)


def remove(name):
    return lambda project: (project.folder / name).unlink()


def above(name, text):
    return lambda project: project.write(f"../{name}", text)


def spoil_a_page(project):
    pages = [path for path in project.cache.rglob("pages-*/**/*") if path.is_file()]
    data = pages[0].read_bytes()
    pages[0].unlink()
    pages[0].write_bytes(data)


def remove_pages(project):
    for path in project.cache.glob("pages-*"):
        shutil.rmtree(path)


def clean_the_cache(project):
    assert run_main("cache", "clean", "library", "--cache-dir", str(project.cache)).code == 0


def publish_and_refresh(project):
    WheelBuilder("library", "2.5", files={"library.py": ""}).build(project.index.folder)
    project.run("--refresh")


def link_the_output(project):
    project.output.rename(project.folder / "real.txt")
    project.output.symlink_to("real.txt")


@pytest.mark.parametrize(
    "difference",
    [
        pytest.param(change("requirements.in", "-r more.in\n-c limits.txt\napp \n"), id="input"),
        pytest.param(change("more.in", "library\n"), id="included file"),
        pytest.param(change("limits.txt", "library<2\n"), id="constraints"),
        pytest.param(remove("more.in"), id="missing input"),
        pytest.param(change("out.txt", "# edited\n"), id="output"),
        pytest.param(project_file("[tool.xpip]\npre = true\n"), id="pyproject"),
        pytest.param(project_file("[project]\n"), id="pyproject without settings"),
        pytest.param(change("xpip.toml", "pre = true\n"), id="xpip.toml"),
        pytest.param(above("xpip.toml", "pre = true\n"), id="xpip.toml above"),
        pytest.param(above("pyproject.toml", "[tool.xpip]\npre = true\n"), id="pyproject above"),
        pytest.param(change(".pip-tools.toml", "[tool.pip-tools]\npre = true\n"), id="pip-tools"),
        pytest.param(spoil_a_page, id="another page"),
        pytest.param(remove_pages, id="no pages"),
        pytest.param(clean_the_cache, id="cleaned cache"),
        pytest.param(publish_and_refresh, id="new release"),
        pytest.param(link_the_output, id="output is a link"),
    ],
)
def test_one_difference_and_the_command_runs(repeated, difference):
    difference(repeated)
    assert repeated.answered("-o", "out.txt") is None


@pytest.mark.parametrize(
    "name",
    [
        "PIP_PRE", "XPIP_NO_DEPS", "UV_INDEX_URL", "PIP_CONFIG_FILE", "VIRTUAL_ENV", "CONDA_PREFIX", "HOME", "PATH",
        "XDG_CONFIG_HOME", "CUSTOM_COMPILE_COMMAND", "TZ", "NO_COLOR", "SSL_CERT_FILE", "SSL_CERT_DIR", "https_proxy",
        "REQUESTS_CA_BUNDLE", "LC_ALL", "PYTHONPATH", "XDG_CACHE_HOME",
    ],
)  # fmt: skip
def test_another_variable_and_the_command_runs(repeated, monkeypatch, name):
    monkeypatch.setenv(name, "/somewhere/else")
    assert repeated.answered("-o", "out.txt") is None


def test_a_variable_that_the_input_mentions(project, monkeypatch):
    monkeypatch.setenv("LIMIT", "<3")
    project.write("requirements.in", "library${LIMIT}\n")
    time.sleep(0.06)
    for _ in range(3):
        project.run("-o", "out.txt")
    assert project.answered("-o", "out.txt") is not None
    monkeypatch.setenv("LIMIT", "<2")
    assert project.answered("-o", "out.txt") is None


@pytest.mark.parametrize(
    "place", ["home/config/pip/pip.conf", "machine/pip/pip.conf", "named.conf"]
)
def test_a_configuration_file_of_pip_that_comes_changes_and_goes(project, monkeypatch, place):
    monkeypatch.delenv("PIP_CONFIG_FILE")
    path = project.folder.parent.parent / place
    path.parent.mkdir(parents=True, exist_ok=True)
    if place == "named.conf":
        path.write_text("")
        monkeypatch.setenv("PIP_CONFIG_FILE", str(path))
    for text in ("[compile]\nno-deps = true\n", "[compile]\nno-deps = false\n"):
        time.sleep(0.06)
        for _ in range(3):
            assert project.run("-o", "out.txt").code == 0
        assert project.answered("-o", "out.txt") is not None
        path.write_text(text)
        assert project.answered("-o", "out.txt") is None
    path.unlink()
    assert project.answered("-o", "out.txt") is None


def test_pages_that_are_no_longer_fresh(repeated):
    assert repeated.answered("-o", "out.txt", now=time.time() + 500) is not None
    assert repeated.answered("-o", "out.txt", now=time.time() + 601) is None


def test_other_arguments_and_another_folder(repeated, monkeypatch):
    assert repeated.answered("-o", "out.txt", "--pre") is None
    assert repeated.answered("-o", "./out.txt") is None
    shutil.copytree(repeated.folder, repeated.folder.parent / "copy")
    monkeypatch.chdir(repeated.folder.parent / "copy")
    assert repeated.answered("-o", "out.txt") is None


def test_a_certificate_that_goes_away_is_warned_of(project, monkeypatch):
    place = project.write("ca.pem", "")
    monkeypatch.setenv("SSL_CERT_FILE", str(place))
    time.sleep(0.06)
    for _ in range(3):
        project.run("-o", "out.txt")
    assert project.answered("-o", "out.txt") is not None
    place.unlink()
    assert project.answered("-o", "out.txt") is None
    assert "ca.pem" in project.run("-o", "out.txt").err


def test_a_file_that_becomes_one_of_excluded_projects(project):
    words = ("-o", "out.txt", "--exclude", "other")
    for _ in range(3):
        assert project.run(*words).code == 0
    assert project.answered(*words) is not None
    project.write("other", "library\n")
    assert project.answered(*words) is None


# --- runs that leave no stamp ----------------------------------------------------------------------


def test_a_run_that_asks_the_index_leaves_no_stamp(project):
    assert project.run("-o", "out.txt").code == 0
    assert project.stamps() == []


@pytest.mark.parametrize(
    "words",
    [
        ["--refresh"], ["--refresh-package", "app"], ["--no-cache"], ["-v"], ["--log", "log.txt"], ["--offline"],
        ["--exclude-newer", "P1D"], ["--exclude-newer-package", "app=7 days"], ["--directory", "."],
        ["--project", "."], ["--debug"], ["--timings"], ["--build-constraint", "limits.txt"], ["-f", "warned/"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_runs_that_are_never_answered_from_a_stamp(project, words):
    if words[0] == "-f":
        words = []
        project.write("more.in", "--find-links beside\n")
    if "--directory" in words:
        words = ["--directory", ".."]
        for name in ("requirements.in", "more.in", "limits.txt"):
            project.write(f"../{name}", (project.folder / name).read_text())
    if "--offline" in words:
        project.run("-o", "out.txt")
    time.sleep(0.06)
    for _ in range(3):
        done = project.run("-o", "out.txt", *words)
        assert done.code == 0, done
        os.chdir(project.folder)
    assert project.answered("-o", "out.txt", *words) is None


def test_a_run_with_a_warning_leaves_no_stamp(project, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/ca.pem")
    for _ in range(3):
        assert "warning" in project.run("-o", "out.txt").err
    assert project.answered("-o", "out.txt") is None


def test_a_run_without_a_solution_leaves_no_stamp(project):
    project.write("limits.txt", "library<1\n")
    time.sleep(0.06)
    for _ in range(3):
        assert project.run("-o", "out.txt").code == 1
    assert project.answered("-o", "out.txt") is None


def test_an_output_that_is_an_input_too_leaves_a_stamp_only_where_it_stays(project):
    """What was read of it is not what is there after it has been written."""
    words = ("-o", "out.txt", "-c", "out.txt")
    project.write("out.txt", "library==1.0\n")
    time.sleep(0.06)
    project.run("-o", "other.txt", "-c", "out.txt")
    project.run(*words)
    project.write("out.txt", "library==1.0\n")
    time.sleep(0.06)
    assert "1 added" in project.run(*words).err
    assert project.answered(*words) is None
    time.sleep(0.06)
    project.run(*words)  # Now the pins are constraints too, which the annotations say.
    time.sleep(0.06)
    for _ in range(2):
        assert "nothing changes" in project.run(*words).err
    assert project.answered(*words) == (0, "", "out.txt: 2 pins, nothing changes\n")


def test_no_password_gets_into_the_cache(project):
    url = project.index.simple.replace("http://", f"http://me:{SECRET}@")
    words = ("-o", "out.txt", "--extra-index-url", url)
    for _ in range(3):
        assert project.run(*words).code == 0
    assert project.answered(*words) is not None
    for path in project.cache.rglob("*"):
        assert SECRET not in path.name
        assert not path.is_file() or SECRET.encode() not in path.read_bytes(), path
