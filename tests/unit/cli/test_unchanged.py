"""Tier 0 answers only when nothing at all has changed."""

import os
import time

import pytest

from xpip.cli import unchanged

OUTPUT = "Requirement already satisfied: flask in /env (3.0)\n"


class Run:
    """One satisfied `xpip install -r requirements.txt`, with what it consulted."""

    def __init__(self, folder):
        self.folder = folder
        self.cache = folder / "cache"
        self.library = folder / "site-packages"
        self.info = self.library / "flask-3.0.dist-info"
        self.metadata = self.info / "METADATA"
        self.requirements = folder / "requirements.txt"
        self.absent = folder / ".venv" / "pyvenv.cfg"
        self.argv = ["install", "-r", "requirements.txt", "--cache-dir", str(self.cache)]
        self.info.mkdir(parents=True)
        self.metadata.write_text("Name: flask\n")
        self.requirements.write_text("flask\n")
        os.chdir(folder)

    @property
    def paths(self):
        return [
            str(p) for p in (self.library, self.info, self.metadata, self.requirements, self.absent)
        ]

    def remember(self, argv=None, began=None, **more):
        began = time.time() + 10 if began is None else began
        return unchanged.remember(
            argv or self.argv, str(self.cache), self.paths, OUTPUT, began, **more
        )

    def check(self, argv=None):
        return unchanged.check(argv or self.argv)

    def stamp(self):
        (path,) = (self.cache / unchanged.BUCKET).iterdir()
        return path


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Run(tmp_path)


@pytest.fixture
def remembered(run):
    assert run.remember()
    assert run.check() == OUTPUT
    return run


def test_a_repeated_run_is_answered_with_the_same_output(remembered):
    assert remembered.check() == OUTPUT


def test_before_the_first_run_there_is_no_answer(run):
    assert run.check() is None


def edit_in_place(run):
    run.metadata.write_text("Name: flask\nRequires-Dist: new\n")


def edit_and_hide_it(run):
    """Same length, same modification time: only the time of the status change tells."""
    found = run.metadata.stat()
    time.sleep(0.02)
    run.metadata.write_text("Name: flusk\n")
    os.utime(run.metadata, ns=(found.st_atime_ns, found.st_mtime_ns))


def replace_by_a_copy(run):
    found = run.metadata.stat()
    copy = run.folder / "copy"
    copy.write_text("Name: flask\n")
    os.utime(copy, ns=(found.st_atime_ns, found.st_mtime_ns))
    copy.replace(run.metadata)


def touch(run):
    os.utime(run.metadata)


def edit_what_is_compared_by_content(run):
    found = run.requirements.stat()
    run.requirements.write_text("flusk\n")
    os.utime(run.requirements, ns=(found.st_atime_ns, found.st_mtime_ns))


def change_mode(run):
    time.sleep(0.02)
    run.requirements.chmod(0o600)


def add_a_distribution(run):
    time.sleep(0.02)
    (run.library / "new-1.0.dist-info").mkdir()


def remove_the_distribution(run):
    run.metadata.unlink()
    run.info.rmdir()


def put_something_where_nothing_was(run):
    run.absent.parent.mkdir()
    run.absent.write_text("")


def remove_an_input(run):
    run.requirements.unlink()


def turn_a_folder_into_a_file(run):
    remove_the_distribution(run)
    run.info.write_text("")


@pytest.mark.parametrize(
    "edit",
    [
        edit_in_place, edit_and_hide_it, edit_what_is_compared_by_content, replace_by_a_copy, touch, change_mode, add_a_distribution,
        remove_the_distribution, put_something_where_nothing_was, remove_an_input, turn_a_folder_into_a_file,
    ],
)  # fmt: skip
def test_any_change_of_what_was_consulted_is_a_miss(remembered, edit):
    edit(remembered)
    assert remembered.check() is None


@pytest.mark.parametrize(
    "name",
    [
        "PIP_INDEX_URL", "PIP_UPGRADE", "XPIP_LINK_MODE", "VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH",
        "XDG_CONFIG_HOME", "HOME", "PATH", "LC_ALL",
    ],
)  # fmt: skip
def test_a_variable_that_could_matter_is_a_miss(remembered, monkeypatch, name):
    monkeypatch.setenv(name, "/somewhere/else")
    assert remembered.check() is None


def test_a_variable_that_cannot_matter_is_none(remembered, monkeypatch):
    monkeypatch.setenv("WINDOWID", "77")
    assert remembered.check() == OUTPUT


def test_a_variable_that_a_requirements_file_mentions_matters(run, monkeypatch):
    run.requirements.write_text("flask==${FLASK_VERSION}\n")
    monkeypatch.setenv("FLASK_VERSION", "3.0")
    assert run.remember()
    assert run.check() == OUTPUT
    monkeypatch.setenv("FLASK_VERSION", "2.0")
    assert run.check() is None
    monkeypatch.delenv("FLASK_VERSION")
    assert run.check() is None


def test_a_variable_that_the_settings_looked_at_matters(run, monkeypatch):
    assert run.remember(names=["SSL_CERT_FILE"])
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere")
    assert run.check() is None


def test_other_arguments_or_another_folder_are_another_run(remembered, tmp_path, monkeypatch):
    assert remembered.check([*remembered.argv, "-q"]) is None
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert remembered.check() is None


@pytest.mark.parametrize(
    "words",
    [
        ["-U"], ["--upgrade"], ["--upgr"], ["-qU"], ["-P", "flask"], ["--upgrade-package=flask"], ["--force-reinstall"],
        ["--force"], ["-I"], ["-e", "."], ["--editable=."], ["--report", "-"], ["--rep=x"], ["--dry-run"], ["-v"],
        ["-qv"], ["--verbose"], ["--no-cache-dir"], ["--no-cache"], ["--help"], ["-h"],
        ["flask @ https://files.example/flask.whl"],
    ],
)  # fmt: skip
def test_runs_that_ask_for_more_than_satisfying_are_never_remembered(run, words):
    argv = [*run.argv, *words]
    assert not unchanged.is_eligible(argv)
    assert not run.remember(argv)
    assert run.check(argv) is None


@pytest.mark.parametrize(
    "words",
    [
        ["-q"], ["-qq"], ["flask>=2"], ["-c", "constraints.txt"], ["--requirement=more.txt"], ["--pre"],
        ["-i", "https://index.example/simple"], ["--no-deps"], ["-p3.11"], ["-fhttps://files.example/page.html"],
    ],
)  # fmt: skip
def test_ordinary_runs_are(run, words):
    assert unchanged.is_eligible([*run.argv, *words])


def test_other_commands_are_never_answered(run):
    assert unchanged.check(["list", "--cache-dir", str(run.cache)]) is None
    assert not unchanged.is_eligible(["list"])


def test_what_changed_just_before_the_run_began_forbids_a_stamp(run):
    """It could change again within the same tick of the clock, and no state would tell."""
    changed = run.requirements.stat().st_mtime
    assert not run.remember(began=changed + 0.001)
    assert not run.remember(began=changed - 5)
    assert run.check() is None


def test_a_file_from_the_past_that_was_put_there_just_now_forbids_a_stamp(run):
    now = time.time()
    for path in (run.library, run.info, run.metadata, run.requirements):
        os.utime(path, (now - 1000, now - 1000))
    assert not run.remember(began=now)


def test_requirements_that_are_checked_out_again_are_the_same(remembered):
    """Their size and time may differ: only content, mode and owner decide."""
    content = remembered.requirements.read_bytes()
    remembered.requirements.unlink()
    remembered.requirements.write_bytes(content)
    os.utime(remembered.requirements, (5, 5))
    assert remembered.check() == OUTPUT


def test_a_large_file_is_compared_by_its_times(run):
    run.requirements.write_text("# long\n" * 100_000)
    assert run.remember()
    assert run.check() == OUTPUT
    os.utime(run.requirements, (5, 5))
    assert run.check() is None


@pytest.mark.parametrize("place", ["argument", "variable", "mentioned", "file"])
def test_a_stamp_keeps_no_secret(run, monkeypatch, place):
    secret = "pa55-w0rd"
    argv = list(run.argv)
    if place == "argument":
        argv += ["-i", f"https://me:{secret}@index.example/simple"]
    elif place == "variable":
        monkeypatch.setenv("PIP_INDEX_URL", f"https://me:{secret}@index.example/simple")
    elif place == "mentioned":
        monkeypatch.setenv("TOKEN", secret)
        run.requirements.write_text("-i https://me:${TOKEN}@index.example/simple\nflask\n")
    else:
        run.requirements.write_text(f"-i https://me:{secret}@index.example/simple\nflask\n")
    assert run.remember(argv)
    assert run.check(argv) == OUTPUT
    assert secret.encode() not in run.stamp().read_bytes()
    for other in (secret[:-1], secret[::-1]):
        if place == "argument":
            assert run.check([word.replace(secret, other) for word in argv]) is None
        elif place == "file":
            run.requirements.write_text(run.requirements.read_text().replace(secret, other))
            assert run.check(argv) is None


def test_links_to_a_blob_of_the_store_do_not_count_as_a_change(run):
    blob = run.folder / "blob"
    os.link(run.metadata, blob)
    assert run.remember()
    time.sleep(0.02)
    os.link(blob, run.folder / "another")
    assert run.check() == OUTPUT


def test_another_cache_than_tier_0_would_look_into_gets_no_stamp(run):
    assert not unchanged.remember(
        run.argv, str(run.folder / "other"), run.paths, OUTPUT, time.time() + 10
    )


@pytest.mark.parametrize("size", [0, 1, 16, 17, 32, 33, 100, -1])
def test_a_torn_stamp_is_a_miss(remembered, size):
    stamp = remembered.stamp()
    stamp.write_bytes(stamp.read_bytes()[:size])
    assert remembered.check() is None


def test_no_flipped_bit_reaches_marshal(remembered):
    stamp = remembered.stamp()
    content = stamp.read_bytes()
    for position in range(0, len(content), 7):
        damaged = bytearray(content)
        damaged[position] ^= 1 << position % 8
        stamp.write_bytes(damaged)
        assert remembered.check() is None


def test_swapped_words_of_a_stamp_are_a_miss(remembered):
    stamp = remembered.stamp()
    content = bytearray(stamp.read_bytes())
    content[64:80], content[80:96] = content[80:96], content[64:80]
    stamp.write_bytes(content)
    assert remembered.check() is None


def test_a_stamp_for_another_run_under_this_name_is_a_miss(remembered):
    stamp = remembered.stamp()
    other = [*remembered.argv, "-q"]
    remembered.remember(other)
    (theirs,) = (path for path in stamp.parent.iterdir() if path != stamp)
    theirs.replace(stamp)
    assert remembered.check() is None


def test_a_stamp_that_is_no_file_is_a_miss(remembered):
    stamp = remembered.stamp()
    stamp.unlink()
    os.mkfifo(stamp)
    assert remembered.check() is None
    stamp.unlink()
    stamp.mkdir()
    assert remembered.check() is None


def test_a_stamp_is_never_followed_through_a_link(remembered, tmp_path):
    stamp = remembered.stamp()
    moved = tmp_path / "moved"
    stamp.rename(moved)
    stamp.symlink_to(moved)
    assert remembered.check() is None


def test_a_well_formed_stamp_with_strange_content_is_a_miss(remembered):
    import marshal

    for content in (None, (), (1, 2, 3, 4, 5), "text", ((), {}, 5, 6, OUTPUT)):
        unchanged._write(str(remembered.cache), str(remembered.stamp()), marshal.dumps(content))
        assert remembered.check() is None


def test_only_so_many_stamps_are_kept_and_the_newest_are(remembered):
    folder = remembered.cache / unchanged.BUCKET
    for number in range(unchanged.MAXIMUM_STAMPS):
        (folder / f"{number}").write_text("old")
        os.utime(folder / f"{number}", (1000 + number, 1000 + number))
    argv = [*remembered.argv, "-q"]
    assert remembered.remember(argv)
    assert remembered.check(argv) == remembered.check() == OUTPUT
    assert len(os.listdir(folder)) < unchanged.MAXIMUM_STAMPS
    assert os.listdir(remembered.cache / "tmp") == []


def test_a_cache_that_cannot_be_written_stops_nothing(run):
    run.cache.write_text("a file")
    assert not run.remember()
    assert run.check() is None


@pytest.mark.parametrize(
    ("words", "variables", "root"),
    [
        ([], {"HOME": "/home/me"}, "/home/me/.cache/xpip"),
        ([], {"HOME": "/home/me", "XDG_CACHE_HOME": "/caches"}, "/caches/xpip"),
        ([], {"HOME": "/home/me", "PIP_CACHE_DIR": "/pip"}, "/pip"),
        ([], {"HOME": "/home/me", "PIP_CACHE_DIR": "/pip", "XPIP_CACHE_DIR": "/xpip"}, "/xpip"),
        (["--cache-dir", "/given"], {"XPIP_CACHE_DIR": "/xpip"}, "/given"),
        (["--cache-dir=/given"], {}, "/given"),
        (["--cache", "/given"], {"HOME": "/home/me"}, None),
        ([], {}, None),
    ],
)
def test_the_cache_is_found_from_arguments_and_variables_alone(words, variables, root):
    assert unchanged.store_root(["install", *words], variables) == root


@pytest.mark.parametrize("words", [[], ["--cache-dir", "relative/cache"], ["--cache-dir=~/cache"]])
def test_tier_0_looks_where_the_settings_put_the_cache(words, tmp_path, monkeypatch):
    from xpip.cli.settings import load_settings

    monkeypatch.chdir(tmp_path)
    argv = ["install", "flask", *words]
    settings = load_settings(argv, dict(os.environ), str(tmp_path), 0.0, global_file=os.devnull)
    assert unchanged.store_root(argv, os.environ) == settings.store.root


@pytest.mark.parametrize(("text", "hit"), [("[project]\n", True), ("[project]\n\n", False)])
def test_a_pyproject_that_is_written_again_is_the_same(tmp_path, monkeypatch, text, hit):
    """Its size and time may differ: only its content decides."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "pyproject.toml"
    file.write_text("[project]\n")
    argv = ["install", "-r", "x.txt", f"--cache-dir={tmp_path}/cache"]
    began = time.time() + 1
    assert unchanged.remember(argv, f"{tmp_path}/cache", [str(file)], "said\n", began)
    file.unlink()
    file.write_text(text)
    os.utime(file, (5, 5))
    assert unchanged.check(argv) == ("said\n" if hit else None)


def test_a_pyproject_that_is_written_while_a_run_reads_it_forbids_a_stamp(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "pyproject.toml"
    began = time.time()
    file.write_text("[project]\n")
    argv = ["install", "-r", "x.txt", f"--cache-dir={tmp_path}/cache"]
    assert not unchanged.remember(argv, f"{tmp_path}/cache", [str(file)], "said\n", began)
