"""What a user reads who asks for what cannot be, and what a program reads."""

import json
import sys

import pytest

from tests.kit.command import xpip
from tests.kit.index import IndexServer
from tests.kit.wheels import WheelBuilder


class World:
    """An index, and a folder with requirements."""

    def __init__(self, folder, index):
        self.folder = folder
        self.index = index

    def wheel(self, name, version, **options):
        options.setdefault("files", {f"{name}/__init__.py": ""})
        WheelBuilder(name, version, **options).build(self.index.folder)

    def compile(self, text, *words):
        (self.folder / "requirements.in").write_text(text)
        return xpip(
            "compile", "--python", sys.executable, "--index-url", self.index.simple,
            "--cache-dir", self.folder / "cache", "--no-header", "--no-emit-options",
            *words, "requirements.in", cwd=self.folder,
        )  # fmt: skip


@pytest.fixture
def world(tmp_path):
    (tmp_path / "files").mkdir()
    with IndexServer(tmp_path / "files").serving() as index:
        world = World(tmp_path, index)
        for version in ("1.0", "2.0"):
            world.wheel("app", version, requires=[f"library>={version}"])
            world.wheel("library", version)
        yield world


def test_a_conflict_is_told_with_what_was_found_to_help(world, goldens):
    done = world.compile("app>=2\nlibrary<2\n")
    assert done.code == 1, done
    goldens.check("explanations/command", done.err, index=world.index.simple)


def test_a_fix_that_was_told_resolves(world):
    assert "try: `library<3` in place of `library<2`" in world.compile("app>=2\nlibrary<2\n").err
    done = world.compile("app>=2\nlibrary<3\n", "-q")
    assert done.code == 0, done
    assert "library==2.0" in done.out


def test_another_python_is_a_fix_where_a_release_asks_for_it(world):
    world.wheel("young", "1.0", requires_python=">=3.10")
    done = world.compile("young\n", "--python-version", "3.9")
    assert done.code == 1, done
    assert "try: Python 3.10 in place of 3.9, which selects young 1.0\n" in done.err


def test_prereleases_are_a_fix_where_they_were_refused(world):
    world.wheel("young", "1.0rc1")
    done = world.compile("young\n", "--prerelease", "disallow")
    assert done.code == 1, done
    assert "try: `--pre`, which selects young 1.0rc1\n" in done.err


def test_a_hint_that_would_not_work_is_not_given(world):
    world.wheel("app", "3.0", requires=["library>=9"])
    done = world.compile("app>=9\nlibrary>=9\n")
    assert done.code == 1, done
    assert "try: " not in done.err
    assert "hint: " not in done.err


def test_an_error_as_json_is_one_line_with_all_that_is_known(world):
    done = world.compile("app>=2\nlibrary<2\n", "--json-errors")
    assert done.code == 1, done
    assert done.err.count("\n") == 1
    told = json.loads(done.err)
    assert (told["code"], told["exit_code"]) == ("no-solution", 1)
    assert told["summary"] == "`app>=2` and `library<2` cannot be satisfied together"
    explanation = told["explanation"]
    assert [(w["requirement"], w["file"], w["line"]) for w in explanation["wishes"]] == [
        ("app>=2", "requirements.in", 1),
        ("library<2", "requirements.in", 2),
    ]
    assert [fix["new"] for fix in explanation["fixes"]] == ["library<3", "app>=1.0"]
    assert [report["usable"] for report in explanation["projects"]] == [["1.0", "2.0"]] * 2


def test_an_unknown_option_is_told_as_json_too(world):
    done = world.compile("app\n", "--json-errors", "--nonsense")
    assert done.code == 2
    assert json.loads(done.err)["code"] == "option"


def test_what_was_published_meanwhile_is_found_before_giving_up(world):
    """Pages from the cache are asked for again where a proof rests on them."""
    assert world.compile("app\n", "-q").code == 0
    world.wheel("app", "3.0")
    done = world.compile("app>=3\n", "-q")
    assert done.code == 0, done


@pytest.mark.parametrize("engine", ["pubgrub", "backtracking"])
def test_both_engines_answer(world, engine):
    done = world.compile("app<2\n", "-q", "--resolver", engine, "-o", "-")
    assert done.code == 0, done
    assert "app==1.0" in done.out
    done = world.compile("app>=2\nlibrary<2\n", "--resolver", engine, "-o", "-")
    assert done.code == 1, done
    assert "`app>=2` and `library<2` cannot be satisfied together" in done.err
    assert "try: `library<3`" in done.err


def test_a_failure_that_is_repeated_at_once_asks_nobody_again(world):
    """Servers were asked just now; a question that is only a little different asks them."""
    assert world.compile("app>=3\n", "-q").code == 1
    asked = len(world.index.requests)
    assert world.compile("app>=3\n", "-q").code == 1
    assert len(world.index.requests) == asked
    assert world.compile("app>=4\n", "-q").code == 1
    assert len(world.index.requests) > asked
