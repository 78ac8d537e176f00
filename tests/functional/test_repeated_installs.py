"""An environment that is removed, made anew and filled by the same command line once more."""

import os
import shutil
import time

import pytest

from tests.kit.command import run
from tests.kit.invariants import snapshot, violations

WATCHED = {"PYTHONPROFILEIMPORTTIME": "1"}
"""Has Python tell on standard error which modules a run loads."""
FULL = "xpip.cli.settings"
"""Module that every run needs that works its request through."""


class Rounds:
    """One command line in an environment that is made anew before each run."""

    def __init__(self, world, template):
        self.world = world
        self.template = template
        self.own = snapshot(template)
        self.words = ["-r", "requirements.txt"]
        world.wheel(
            "app", "1.0", requires=["library"], entry_points={"console_scripts": {"app": "app:main"}},
            files={"app/__init__.py": "VERSION = '1.0'\n" * 9, "app/data/table.txt": "x" * 99, "app/empty.py": ""},
            data={"data/share/app/app.conf": "key = value\n" * 9, "scripts/tool": "#!python\nprint(1)\n"},
        )  # fmt: skip
        world.wheel("library", "1.0")
        world.write("requirements.txt", "app\n")
        time.sleep(0.1)

    def anew(self, template=None):
        shutil.rmtree(self.world.environment)
        run("cp", "-a", template or self.template, self.world.environment)
        time.sleep(0.03)

    def run(self):
        return self.world.install(*self.words, **WATCHED)

    def first(self):
        """Run until the plan is there; return what was installed."""
        for _ in range(2):
            self.anew()
            done = self.run()
            assert done.code == 0, done
            assert FULL in done.err
        return snapshot(self.world.environment)


@pytest.fixture
def rounds(world, template):
    return Rounds(world, template)


def is_repeated(done):
    assert done.code == 0, done
    return FULL not in done.err


def test_the_same_is_installed_without_working_the_request_through(rounds):
    installed = rounds.first()
    said = "Successfully installed app-1.0 library-1.0\n"
    for _ in range(2):
        rounds.anew()
        done = rounds.run()
        assert is_repeated(done), done
        assert done.out == said
        assert snapshot(rounds.world.environment) == installed
        assert violations(rounds.world.environment, rounds.own) == []
    assert rounds.world.runs("import app, library; print(app.VERSION)") == "1.0"
    assert rounds.world.xpip("check").code == 0
    # And with everything there, there is nothing to do.
    assert "already satisfied" in rounds.run().out


def test_who_installs_once_does_not_write_a_plan(rounds):
    assert rounds.run().code == 0
    assert not (rounds.world.cache / "plans-v1").exists()


def test_a_command_line_has_one_plan(rounds):
    rounds.first()
    plans = rounds.world.cache / "plans-v1"
    before = set(plans.iterdir())
    rounds.world.write("requirements.txt", "library\n")
    rounds.first()
    assert len(set(plans.iterdir())) == len(before)
    assert before.isdisjoint(plans.iterdir())


def test_quiet_stays_quiet(rounds):
    rounds.words.append("-q")
    rounds.first()
    rounds.anew()
    done = rounds.run()
    assert is_repeated(done)
    assert done.out == ""


@pytest.mark.parametrize("name", ["foreign.py", ".hidden", "other-1.0.dist-info"])
def test_an_environment_that_holds_something_is_worked_through(rounds, name):
    rounds.first()
    rounds.anew()
    library = next((rounds.world.environment / "lib").iterdir()) / "site-packages"
    (library / name).mkdir()
    assert not is_repeated(rounds.run())
    assert rounds.world.installed()["app"] == "1.0"
    assert (library / name).is_dir()


@pytest.mark.parametrize("place", ["bin/app", "bin/tool", "share"])
def test_what_has_a_place_that_is_wanted_is_noticed(rounds, place):
    installed = rounds.first()
    rounds.anew()
    (rounds.world.environment / place).mkdir() if place == "share" else (
        rounds.world.environment / place
    ).write_text("mine")
    done = rounds.run()
    assert not is_repeated(done)
    assert ("belonged to nobody" in done.err) == (place != "share")
    assert snapshot(rounds.world.environment) == installed


def test_a_library_that_leads_elsewhere_is_not_filled_blindly(rounds, tmp_path):
    rounds.first()
    rounds.anew()
    library = next((rounds.world.environment / "lib").iterdir()) / "site-packages"
    library.rmdir()
    (tmp_path / "elsewhere").mkdir()
    library.symlink_to(tmp_path / "elsewhere")
    assert not is_repeated(rounds.run())


def test_other_requirements_are_worked_through(rounds):
    rounds.first()
    rounds.anew()
    rounds.world.write("requirements.txt", "library\n")
    assert not is_repeated(rounds.run())
    assert rounds.world.installed() == {"library": "1.0"}


def test_variables_and_configuration_count(rounds):
    rounds.first()
    rounds.anew()
    done = rounds.world.install(*rounds.words, **WATCHED, XPIP_LINK_MODE="copy")
    assert not is_repeated(done)


@pytest.mark.parametrize("change", ["touched", "edited"])
def test_a_blob_that_was_touched_is_never_linked(rounds, change):
    installed = rounds.first()
    module = next(rounds.world.environment.glob("lib/*/site-packages/app/__init__.py"))
    if change == "edited":
        with module.open("a") as file:
            file.write("edited = True\n")
    else:
        os.utime(module)
    rounds.anew()
    done = rounds.run()
    assert not is_repeated(done)
    assert "app/__init__.py" in done.err or "`__init__.py`" in done.err
    assert snapshot(rounds.world.environment) == installed
    assert violations(rounds.world.environment, rounds.own) == []


def test_a_wheel_that_left_the_store_is_fetched(rounds):
    installed = rounds.first()
    assert rounds.world.xpip("cache", "remove", "library").code == 0
    rounds.anew()
    asked = len(rounds.world.index.requests)
    assert not is_repeated(rounds.run())
    assert len(rounds.world.index.requests) > asked
    assert snapshot(rounds.world.environment) == installed


def test_a_page_that_changed_is_heeded(rounds):
    rounds.first()
    rounds.world.wheel("library", "2.0")
    rounds.anew()
    done = rounds.world.install(*rounds.words, "--refresh", **WATCHED)
    assert done.code == 0, done
    assert rounds.world.installed()["library"] == "2.0"
    rounds.anew()
    assert not is_repeated(rounds.run())
    assert rounds.world.installed()["library"] == "2.0"


@pytest.mark.parametrize("number", [0, 1])
def test_a_plan_that_is_torn_or_gone_is_no_plan(rounds, number):
    installed = rounds.first()
    for damage in (lambda data: data[:-1], lambda data: data[:40] + bytes(len(data) - 40), None):
        plan = sorted((rounds.world.cache / "plans-v1").iterdir())[number]
        data = plan.read_bytes()
        plan.unlink()
        if damage is not None:
            plan.write_bytes(damage(data))
        for _ in range(2):
            rounds.anew()
            assert not is_repeated(rounds.run())
            assert snapshot(rounds.world.environment) == installed


def test_another_configuration_of_the_environment_counts(rounds):
    rounds.first()
    rounds.anew()
    with (rounds.world.environment / "pyvenv.cfg").open("a") as file:
        file.write("note = other\n")
    time.sleep(0.03)
    assert not is_repeated(rounds.run())


@pytest.mark.parametrize("option", ["--report=report.json", "--no-deps", "--compile", "--upgrade"])
def test_other_options_are_another_command(rounds, option):
    rounds.first()
    for _ in range(2):
        rounds.anew()
        done = rounds.world.install(*rounds.words, option, **WATCHED)
        assert not is_repeated(done)
    rounds.anew()
    done = rounds.world.install(*rounds.words, option, **WATCHED)
    assert is_repeated(done) == (option == "--no-deps")


def test_the_cache_counts_its_plans_and_prunes_those_that_are_useless(rounds):
    rounds.first()
    assert "plans-v1" in rounds.world.xpip("cache", "size").out
    assert rounds.world.xpip("cache", "prune", "--ci").code == 0
    assert list((rounds.world.cache / "plans-v1").iterdir()) == []
