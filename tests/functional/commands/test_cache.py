"""`xpip cache` shows, checks and empties the shared cache."""

import time

import pytest

from tests.kit.command import xpip
from tests.kit.environments import run_main
from tests.kit.wheels import WheelBuilder
from xpip.store.layout import open_store
from xpip.store.leases import Leases
from xpip.store.unpack import add_wheel


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


def cached(cache, *words):
    return run_main("cache", *words, "--cache-dir", cache)


def fill(cache, tmp_path, *names):
    store = open_store(str(cache))
    for name in names:
        files = {f"{name}/__init__.py": f"# {name}\n" + "x = 1\n" * 50}
        wheel = WheelBuilder(name, "1.0", files=files).build(tmp_path)
        add_wheel(store, str(wheel), wheel.name, ())
    return store


def blobs(cache):
    return sorted(path for path in (cache / "files-v1").rglob("*") if path.is_file())


def test_dir_says_where_it_is_and_makes_nothing(cache):
    assert cached(cache, "dir") == (0, f"{cache}\n", "")
    assert not cache.exists()


def test_the_size_of_an_absent_cache_is_nothing_and_none_is_made(cache):
    assert cached(cache, "size") == (0, "0 files, 0 bytes\n", "")
    assert not cache.exists()


def test_size_tells_each_kind_of_entry(cache, tmp_path):
    fill(cache, tmp_path, "flask")
    done = cached(cache, "size")
    assert done.code == 0
    kinds = [line.split()[0] for line in done.out.splitlines()[2:-1]]
    assert {"files-v1", "wheels-v2"} <= set(kinds)
    assert done.out.splitlines()[-1].partition(" ")[0].isdigit()


def test_clean_removes_everything(cache, tmp_path):
    fill(cache, tmp_path, "flask", "jinja2")
    done = cached(cache, "clean")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("Removed 2 wheels in ")
    assert cached(cache, "size").out == "0 files, 0 bytes\n"


def test_purge_is_the_word_of_pip_for_it(cache, tmp_path):
    fill(cache, tmp_path, "flask")
    assert cached(cache, "purge").out.startswith("Removed 1 wheel in ")


def test_clean_of_one_project_leaves_the_others(cache, tmp_path):
    fill(cache, tmp_path, "flask", "jinja2")
    done = cached(cache, "clean", "Flask", "-v")
    assert done.out.startswith("Removed 1 wheel in ")
    assert done.err == "removed flask-1.0-py3-none-any.whl\n"
    assert cached(cache, "clean").out.startswith("Removed 1 wheel in ")


def test_a_whole_cache_passes_the_check(cache, tmp_path):
    fill(cache, tmp_path, "flask")
    for words in (["verify"], ["verify", "--deep"]):
        done = cached(cache, *words)
        assert done.code == 0
        assert done.out.startswith("Checked 1 wheel with ")
        assert done.out.endswith(": all is well\n")


def test_an_edit_is_found_told_and_put_right(cache, tmp_path):
    fill(cache, tmp_path, "flask")
    blob = blobs(cache)[0]
    blob.chmod(0o644)
    blob.write_text("evil = 1\n")
    done = cached(cache, "verify")
    assert done.code == 1
    assert f"{blob} has been edited (of flask-1.0-py3-none-any.whl)\n" in done.out
    assert "1 problem put right" in done.out
    assert cached(cache, "verify").code == 0


def test_a_missing_file_is_found(cache, tmp_path):
    fill(cache, tmp_path, "flask")
    blobs(cache)[0].unlink()
    done = cached(cache, "verify")
    assert done.code == 1
    assert "is missing" in done.out


def test_stamps_of_tier_0_are_a_part_of_the_cache(cache, tmp_path, monkeypatch):
    import time

    from xpip.cli import unchanged

    monkeypatch.chdir(tmp_path)
    argv = ["install", "flask", "--cache-dir", str(cache)]
    assert unchanged.remember(argv, str(cache), [], "all there\n", time.time())
    assert "unchanged-v1" in cached(cache, "size").out
    assert cached(cache, "verify", "--deep").code == 0
    assert unchanged.check(argv) == "all there\n"
    cached(cache, "clean")
    assert unchanged.check(argv) is None


def test_a_switched_off_cache_cannot_be_looked_after():
    done = run_main("cache", "dir", "--no-cache-dir")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("error: there is no cache to look after")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "`cache` needs one of"),
        (["sise"], "`size` is the closest"),
        (["dir", "flask"], "takes no argument"),
        (["size", "--deep"], "belongs to `cache verify`"),
    ],
)
def test_mistakes_are_usage_errors(cache, words, message):
    done = cached(cache, *words)
    # pip's exit code, but for what only xpip has.
    assert (done.code, done.out) == (2 if "--deep" in words else 1, "")
    assert message in done.err


def test_wheels_are_listed_with_their_sizes(cache, tmp_path):
    assert cached(cache, "list").out == "No wheels cached.\n"
    fill(cache, tmp_path, "flask", "jinja2")
    lines = cached(cache, "list").out.splitlines()
    assert lines[:2] == ["Cache contents:", ""]
    assert [line.split(" (")[0] for line in lines[2:]] == [
        " - flask-1.0-py3-none-any.whl",
        " - jinja2-1.0-py3-none-any.whl",
    ]


@pytest.mark.parametrize("pattern", ["flask", "Flask", "flask-1.0", "fl*", "flask-1*-py3-"])
def test_a_pattern_is_a_name_or_the_beginning_of_a_file_name(cache, tmp_path, pattern):
    fill(cache, tmp_path, "flask", "jinja2")
    (path,) = cached(cache, "list", pattern, "--format", "abspath").out.splitlines()
    assert path.startswith(f"{cache}/wheels-v2/")
    removed = cached(cache, "remove", pattern)
    assert (removed.code, removed.err) == (0, "")
    assert removed.out.startswith("Removed 1 wheel in ")
    assert "flask" not in cached(cache, "list").out
    assert "jinja2" in cached(cache, "list").out
    assert cached(cache, "verify", "--deep").code == 0


def test_files_that_another_wheel_needs_stay(cache, tmp_path):
    store = open_store(str(cache))
    shared = "x = 1\n" * 50
    for name in ("one", "two"):
        wheel = WheelBuilder(name, "1.0", files={f"{name}/shared.py": shared}).build(tmp_path)
        add_wheel(store, str(wheel), wheel.name, ())
    assert cached(cache, "remove", "one").code == 0
    assert cached(cache, "verify", "--deep").code == 0
    assert "two-1.0" in cached(cache, "list").out


def test_a_pattern_that_fits_nothing_is_a_warning(cache, tmp_path):
    fill(cache, tmp_path, "flask")
    done = cached(cache, "remove", "absent")
    assert done.code == 0
    assert done.err == 'warning: No matching packages for pattern "absent"\n'


def test_info_counts_wheels(cache, tmp_path):
    fill(cache, tmp_path, "flask", "jinja2")
    out = cached(cache, "info").out
    assert out.startswith(f"Cache location: {cache}\n")
    assert out.endswith("Number of wheels: 2\n")


def test_a_forced_prune_waits_for_nobody(cache, tmp_path):
    """Another process may need what looks unused: that stays, and the caller is told at once."""
    fill(cache, tmp_path, "flask")
    with Leases(open_store(str(cache))):
        began = time.monotonic()
        done = xpip("cache", "prune", "--force", "--cache-dir", cache)
        assert time.monotonic() - began < 30
    assert done.code == 0, done
    assert "other xpip processes still use the cache" in done.err
