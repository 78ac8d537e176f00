"""When a folder counts as changed."""

import os

import pytest

from xpip.build.fingerprint import fingerprint
from xpip.errors import BuildFailed
from xpip.model.target import Target

TARGET = Target(
    "3.11.7",
    "cpython",
    (("os_name", "posix"), ("python_full_version", "3.11.7"), ("python_version", "3.11")),
    ("py3-none-any",),
)


def look(folder, keys=None, **variables):
    tables = () if keys is None else (("cache-keys", keys),)
    return fingerprint(str(folder), tables, variables, "the project")


def touch(path, text="x"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


class TestAllFiles:
    @pytest.mark.parametrize("name", ["new.py", "deep/er/new.c", "src/build/new.py", ".hidden"])
    def test_a_new_file_is_a_change(self, tmp_path, name):
        before = look(tmp_path)
        touch(tmp_path / name)
        assert look(tmp_path) != before

    @pytest.mark.parametrize(
        "name",
        ["build/x.py", "dist/x.whl", "__pycache__/x.pyc", "a/__pycache__/x.pyc", "x.egg-info/PKG-INFO",
         ".tox/x.py", "node_modules/x.js", "x.o"],
    )  # fmt: skip
    def test_what_builds_and_tools_make_is_none(self, tmp_path, name):
        before = look(tmp_path)
        touch(tmp_path / name)
        assert look(tmp_path) == before

    def test_an_environment_in_the_tree_does_not_count(self, tmp_path):
        before = look(tmp_path)
        touch(tmp_path / "env" / "pyvenv.cfg")
        touch(tmp_path / "env" / "x.py")
        assert look(tmp_path) == before

    def test_contents_of_the_same_size_count_by_their_time(self, tmp_path):
        path = touch(tmp_path / "a.py", "1")
        before = look(tmp_path)
        os.utime(path, ns=(1, 1))
        assert look(tmp_path) != before

    def test_a_file_that_went_is_a_change(self, tmp_path):
        path = touch(tmp_path / "a.py")
        before = look(tmp_path)
        path.unlink()
        assert look(tmp_path) != before

    def test_a_commit_is_a_change(self, tmp_path):
        touch(tmp_path / ".git" / "HEAD", "ref: refs/heads/main\n")
        touch(tmp_path / ".git" / "refs" / "heads" / "main", "1" * 40)
        before = look(tmp_path)
        touch(tmp_path / ".git" / "refs" / "heads" / "main", "2" * 40)
        assert look(tmp_path) != before


class TestCacheKeys:
    def test_only_what_is_named_counts(self, tmp_path):
        touch(tmp_path / "a.c")
        touch(tmp_path / "a.py")
        before = look(tmp_path, ["**/*.c"])
        touch(tmp_path / "a.py", "other")
        assert look(tmp_path, ["**/*.c"]) == before
        touch(tmp_path / "b" / "b.c")
        assert look(tmp_path, [{"file": "**/*.c"}]) != before

    def test_a_variable(self, tmp_path):
        keys = [{"env": "FLAVOUR"}]
        assert look(tmp_path, keys, FLAVOUR="a") != look(tmp_path, keys, FLAVOUR="b")
        assert look(tmp_path, keys) == look(tmp_path, keys, OTHER="x")

    def test_a_folder_counts_by_its_names(self, tmp_path):
        touch(tmp_path / "data" / "x")
        before = look(tmp_path, [{"dir": "data"}])
        os.utime(tmp_path / "data", ns=(1, 1))
        assert look(tmp_path, [{"dir": "data"}]) != before

    @pytest.mark.parametrize(
        "keys",
        ["x", [1], [{"file": 1}], [{"nothing": "x"}], ["../x"], ["/etc/*"], [{"a": 1, "b": 2}]],
    )
    def test_nonsense_is_refused(self, tmp_path, keys):
        with pytest.raises(BuildFailed) as caught:
            look(tmp_path, keys)
        assert "cache-keys" in caught.value.summary
